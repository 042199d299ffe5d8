"""The file of servers: what it may say, and what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from EchoMeasureLib.errors import InvalidArgument, InvalidDocument, InvalidState
from EchoMeasureLib.pacs.configuration import CONSENT, Protocol, config_path, read_config
from EchoMeasureLib.pacs.logins import Login, login_of
from EchoMeasureLib.pacs.watch_settings import WatchSettings, watch_settings

WEB = 'protocol = "dicomweb"\nurl = "https://pacs.example.org/dicom-web/"\n'
DIMSE = (
    'protocol = "dimse"\nhost = "10.0.0.5"\nport = 11112\n'
    'called_aet = "ARCHIVE"\ncalling_aet = "ECHOMEASURE"\n'
)


def config(folder: Path, text: str, name: str = "archive") -> Path:
    path = folder / "servers.toml"
    path.write_text(f"[servers.{name}]\n{text}", encoding="utf-8")
    return path


def test_tls_is_on_by_default(tmp_path: Path) -> None:
    web = read_config(config(tmp_path, WEB)).server("archive")
    assert (web.tls, web.host, web.port) == (True, "pacs.example.org", 443)
    assert web.url == "https://pacs.example.org/dicom-web"
    dimse = read_config(config(tmp_path, DIMSE)).server("archive")
    assert (dimse.protocol, dimse.tls, dimse.port) == (Protocol.DIMSE, True, 11112)


@pytest.mark.parametrize(
    ("text", "tls"),
    [
        (WEB.replace("https://pacs.example.org", "http://localhost:8042"), False),
        (WEB.replace("https://pacs.example.org", "http://[::1]:8042"), False),
        (DIMSE.replace("10.0.0.5", "127.0.0.1"), False),
        (DIMSE.replace("10.0.0.5", "127.0.0.1") + "tls = true\n", True),
        (DIMSE + f'tls = false\nunencrypted = "{CONSENT}"\n', False),
        (DIMSE + f'tls = false\nunencrypted = "{CONSENT.capitalize()}."\n', False),
        (WEB.replace("https", "http") + f'unencrypted = "{CONSENT}"\n', False),
    ],
)
def test_without_tls_only_on_this_machine_or_in_words(tmp_path: Path, text: str, tls: bool) -> None:
    assert read_config(config(tmp_path, text)).server("archive").tls is tls


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (WEB.replace("https", "http"), "would be asked without TLS"),
        (DIMSE + "tls = false\n", "would be asked without TLS"),
        (DIMSE + 'tls = false\nunencrypted = "yes"\n', "it has to say"),
        (DIMSE + "tls = false\nunencrypted = true\n", "expected text"),
        (WEB + "tls = false\n", "contradicts the address"),
        (WEB + "listen_port = 11119\n", "there is no such setting"),
        (DIMSE + "listen_port = 11119\n", "comes to us over TLS needs a certificate"),
        (DIMSE + "listen_port = 111190\n", "there is no such port"),
        (WEB + 'user = "echo"\npassword = "measure"\n', "a secret does not belong"),
        (WEB.replace("pacs.", "echo:measure@pacs."), "a secret does not belong"),
        (WEB.replace("https", "ftp"), "is no address"),
        (WEB.replace("/dicom-web/", "/?a=b"), "ends with its path"),
        (WEB + 'usr = "echo"\n', "no such setting"),
        (WEB + "port = 104\n", "no such setting"),
        (WEB + 'login = "token"\nuser = "echo"\n', "goes with the login `password`"),
        (WEB + 'login = "password"\n', "goes with the login `password`"),
        (WEB + "timeout_s = 0\n", "more than 0"),
        (WEB + 'key = "a.pem"\n', "no certificate that it belongs to"),
        (DIMSE.replace("ARCHIVE", ""), "1 to 16 plain characters"),
        (DIMSE.replace("ARCHIVE", "A" * 17), "1 to 16 plain characters"),
        (DIMSE.replace("ARCHIVE", "A\\\\B"), "1 to 16 plain characters"),
        (DIMSE.replace("11112", "70000"), "host or port"),
        (DIMSE + 'user = "echo"\n', "by AE title and certificate"),
        (WEB.replace("dicomweb", "fhir"), "is none of dicomweb, dimse"),
        ("protocol = dicomweb", "is no TOML"),
    ],
)
def test_what_is_wrong_in_it_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    path = config(tmp_path, text)
    with pytest.raises(InvalidDocument) as raised:
        read_config(path)
    assert said in str(raised.value)
    assert str(path) in str(raised.value)
    assert "measure" not in str(raised.value).replace(str(path), "")


@pytest.mark.parametrize("name", ['"a b"', '"Archive"', '"../x"', "a_b", "9a"])
def test_a_name_of_a_server_can_be_part_of_a_variable(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidDocument, match="small letters"):
        read_config(config(tmp_path, WEB, name))


def test_a_server_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="It has: archive"):
        read_config(config(tmp_path, WEB)).server("other")


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InvalidDocument, match=r"There is no file .* Docs/pacs\.md"):
        read_config(tmp_path / "servers.toml")


def test_certificates_are_named_from_the_folder_of_the_file(tmp_path: Path) -> None:
    server = read_config(config(tmp_path, WEB + 'ca_file = "hospital.pem"\n')).server("archive")
    assert server.ca_file == tmp_path / "hospital.pem"


def test_which_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ECHOMEASURE_PACS", raising=False)
    assert config_path(None) == tmp_path / "echomeasure-data" / "servers.toml"
    monkeypatch.setenv("ECHOMEASURE_PACS", "/etc/echomeasure/servers.toml")
    assert config_path(None) == Path("/etc/echomeasure/servers.toml")
    assert config_path(Path("a.toml")) == Path("a.toml")


class TestWatch:
    def parsed(self, folder: Path, text: str) -> WatchSettings:
        path = config(folder, WEB)
        table = f'[watch]\nserver = "archive"\nfolder = "watched"\n{text}'
        path.write_text(f"{path.read_text(encoding='utf-8')}\n{table}", encoding="utf-8")
        return watch_settings(read_config(path))

    def test_nothing_is_sent_unless_it_is_said_where_and_what(self, tmp_path: Path) -> None:
        found = self.parsed(tmp_path, "")
        assert (found.send_to, found.send, found.with_reports) == ("", (), False)
        assert (found.folder, found.health_port) == (tmp_path / "watched", 0)
        more = 'send_to = "archive"\nsend = ["5300"]\nmost_gigabytes = 0.5\n'
        found = self.parsed(tmp_path, more)
        assert (found.send_to, found.send, found.most_bytes) == ("archive", ("5300",), 1 << 29)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ('send = ["5300"]\n', "go together"),
            ('send_to = "archive"\n', "go together"),
            ('send_to = "archive"\nsend = ["5200"]\n', "templates are 5300, 1500"),
            ('send_to = "other"\nsend = ["5300"]\n', "there is no server 'other'"),
            ("poll_seconds = 0\n", "at least 1"),
            ("days = 0\n", "is less than 1"),
            ("health_port = 70000\n", "at most 65535"),
            ('measurements = ["lvidd"]\n', "there is no measurement 'lvidd'"),
            ("polls = 3\n", "no such setting"),
        ],
    )
    def test_what_is_wrong_is_said_with_its_place(
        self, tmp_path: Path, text: str, said: str
    ) -> None:
        with pytest.raises(InvalidDocument) as raised:
            self.parsed(tmp_path, text)
        assert said in str(raised.value)
        assert "servers.toml: At watch." in str(raised.value)

    def test_a_file_that_says_nothing_of_it_is_a_sentence(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidDocument, match="does not say what is watched"):
            watch_settings(read_config(config(tmp_path, WEB)))


class TestLogins:
    def test_the_password_comes_from_the_environment(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        text = WEB + 'user = "echo"\n'
        server = read_config(config(tmp_path, text, "old-archive")).server("old-archive")
        with pytest.raises(InvalidState, match="ECHOMEASURE_PACS_OLD_ARCHIVE_PASSWORD"):
            login_of(server)
        monkeypatch.setenv("ECHOMEASURE_PACS_OLD_ARCHIVE_PASSWORD", "measure")
        assert login_of(server) == Login("echo", "measure")
        assert "measure" not in repr(login_of(server))

    def test_a_token_has_no_user(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        server = read_config(config(tmp_path, WEB + 'login = "token"\n')).server("archive")
        monkeypatch.setenv("ECHOMEASURE_PACS_ARCHIVE_TOKEN", "abc")
        assert login_of(server) == Login("", "abc")

    def test_a_secret_with_a_line_break_begins_no_other_header(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server = read_config(config(tmp_path, WEB + 'login = "token"\n')).server("archive")
        monkeypatch.setenv("ECHOMEASURE_PACS_ARCHIVE_TOKEN", "abc\r\nHost: other")
        with pytest.raises(InvalidState, match="characters that none has"):
            login_of(server)

    def test_the_password_comes_from_the_keyring(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import keyring
        from keyring.backend import KeyringBackend

        class InMemory(KeyringBackend):
            """A keyring of its own: that of the machine is nobody's business."""

            priority = 1  # type: ignore[assignment]
            kept: dict[tuple[str, str], str] = {}  # noqa: RUF012

            def get_password(self, service: str, username: str) -> str | None:
                return self.kept.get((service, username))

            def set_password(self, service: str, username: str, password: str) -> None:
                self.kept[service, username] = password

            def delete_password(self, service: str, username: str) -> None:
                del self.kept[service, username]

        text = WEB + 'user = "echo"\nsecret_from = "keyring"\n'
        server = read_config(config(tmp_path, text)).server("archive")
        before = keyring.get_keyring()
        keyring.set_keyring(InMemory())
        try:
            with pytest.raises(InvalidState, match="keyring set echomeasure-pacs-archive echo"):
                login_of(server)
            keyring.set_password("echomeasure-pacs-archive", "echo", "measure")
            assert login_of(server) == Login("echo", "measure")
        finally:
            keyring.set_keyring(before)

    def test_who_needs_no_login_has_none(self, tmp_path: Path) -> None:
        assert login_of(read_config(config(tmp_path, DIMSE)).server("archive")) is None
