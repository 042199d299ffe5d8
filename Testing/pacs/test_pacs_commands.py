"""`echomeasure pacs`: what a person types and reads."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from archived_studies import ID, OTHER, STUDY, Files
from command_line import COMMAND, surroundings
from dicomweb_service import DicomWebService
from dimse_service import OUR_TITLE, TITLE, DimseService
from free_ports import free_port
from waiting import DEADLINE_S, wait_until

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.pacs.configuration import read_config

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    web: DicomWebService,
    dimse: DimseService,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """A command of this room; exit code, what it prints and what it says."""
    web.login = ("echo", "measure")
    config = tmp_path / "servers.toml"
    config.write_text(
        f"""
[servers.web]
protocol = "dicomweb"
url = "{web.url}"
user = "echo"

[servers.dimse]
protocol = "dimse"
host = "127.0.0.1"
port = {dimse.port}
called_aet = "{TITLE}"
calling_aet = "{OUR_TITLE}"
""",
        encoding="utf-8",
    )
    monkeypatch.setenv("ECHOMEASURE_PACS", str(config))
    monkeypatch.setenv("ECHOMEASURE_PACS_WEB_PASSWORD", "measure")
    monkeypatch.chdir(tmp_path)

    def command(*words: object) -> tuple[int, str, str]:
        code = main(["pacs", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


@pytest.mark.parametrize("server", ["web", "dimse"])
def test_find_names_nobody_unless_it_is_asked_to(run: Run, server: str) -> None:
    code, out, _ = run("find", server)
    assert code == 0
    assert out.splitlines() == [
        f"2026-04-05  10:15  US        1 objects  {OTHER}",
        f"2026-03-01  10:15  SR/US     4 objects  {STUDY}",
    ]
    _, out, _ = run("find", server, "--study", STUDY, "--with-identity")
    assert re.search(rf"{STUDY} +Phantom\^Paula  {ID}  A1", out)


def test_find_says_how_many_studies_nobody_can_ask_for(run: Run, dimse: DimseService) -> None:
    dimse.fault = "bad uid"
    code, out, said = run("find", "dimse", "--json")
    assert (code, {study["uid"] for study in json.loads(out)}) == (0, {STUDY, OTHER})
    assert said.splitlines() == [
        "The server names 1 study whose UID is none: it is left out. Tell who looks after it."
    ]


def test_find_for_programs_names_nobody_either(run: Run) -> None:
    code, out, _ = run("find", "web", "--json", "--from", "2026-03-01", "--to", "2026-03-31")
    assert code == 0
    assert json.loads(out) == [
        {
            "uid": STUDY,
            "date": "20260301",
            "time": "101500",
            "modalities": ["SR", "US"],
            "instances": 4,
        }
    ]
    _, out, _ = run("find", "web", "--json", "--study", STUDY, "--with-identity")
    assert json.loads(out)[0]["patient_id"] == ID


def test_fetch_writes_a_folder_for_each_study_and_then_nothing_new(
    run: Run, files: Files, tmp_path: Path
) -> None:
    words = ("fetch", "web", "--days", "40000", "--out", "studies")
    code, _, said = run(*words)
    assert (code, "--days is a number" in said) == (2, True)
    words = ("fetch", "web", "--from", "2026-01-01", "--out", "studies")
    code, out, said = run(*words)
    assert code == 0
    assert sorted(out.splitlines()) == [
        f"studies/{STUDY}: 3 new, 0 there",
        f"studies/{OTHER}: 1 new, 0 there",
    ]
    assert "4 objects fetched" in said
    code, out, _ = run(*words, "--json")
    assert [(one["study"], one["new"], one["present"]) for one in json.loads(out)] == [
        (STUDY, 0, 3),
        (OTHER, 0, 1),
    ]
    names = {path.name for path in (tmp_path / "studies").rglob("*")}
    assert names == {STUDY, OTHER, *(f"{uid}.dcm" for uid in (*files.uids, files.other))}


def test_a_study_that_does_not_come_keeps_no_other_from_it(run: Run, web: DicomWebService) -> None:
    web.fault, web.faults_left = "no dicom", 1
    words = ("fetch", "web", "--from", "2026-01-01", "--out", "studies")
    code, out, said = run(*words)
    assert (code, len(out.splitlines())) == (1, 1)
    assert re.search(r"1\.2\.840\.99\.\d is not fetched: The server was asked for", said)
    assert "1 study is not fetched: run the command again." in said
    assert run(*words)[0] == 0


def test_everything_is_not_fetched_by_mistake(run: Run) -> None:
    code, _, said = run("fetch", "web", "--out", "studies")
    assert (code, "everything the server has" in said) == (2, True)


def test_send_says_what_became_of_each_file(run: Run, web: DicomWebService, files: Files) -> None:
    code, out, _ = run("send", "web", files.report)
    assert (code, out) == (0, f"{files.report} stored\n")
    web.failure = 0xA700
    code, out, said = run("send", "web", files.report)
    assert code == 1
    assert out == f"{files.report} NOT stored: its disk or memory is full (status A700)\n"
    assert "1 of 1 files were not stored." in said
    code, out, _ = run("send", "web", files.report, "--json")
    assert (code, json.loads(out)[0]["stored"]) == (1, False)


def test_a_secret_that_is_missing_or_wrong_is_said_and_not_shown(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHOMEASURE_PACS_WEB_PASSWORD", "hidden-word")
    code, out, said = run("find", "web")
    assert (code, out) == (1, "")
    assert "refuses the login" in said
    assert "hidden-word" not in said
    monkeypatch.delenv("ECHOMEASURE_PACS_WEB_PASSWORD")
    assert "ECHOMEASURE_PACS_WEB_PASSWORD" in run("find", "web")[2]


def test_a_server_that_is_not_in_the_file_names_those_that_are(run: Run) -> None:
    code, _, said = run("find", "archive")
    assert (code, "It has: web, dimse." in said) == (2, True)


class TestWatch:
    @pytest.fixture
    def watched(self, run: Run, tmp_path: Path, web: DicomWebService) -> Path:
        """The folder of a service; today its archive has nothing."""
        config = tmp_path / "servers.toml"
        more = f'[watch]\nserver = "web"\nfolder = "watched"\nhealth_port = {free_port()}\n'
        config.write_text(f"{config.read_text(encoding='utf-8')}\n{more}", encoding="utf-8")
        return tmp_path / "watched"

    def test_once_looks_once(self, run: Run, watched: Path, web: DicomWebService) -> None:
        code, out, _ = run("watch", "--once")
        assert code == 0
        assert [json.loads(line)["event"] for line in out.splitlines()] == ["started"]
        assert "StudyDate=" in web.asked[0]
        web.fault = "elsewhere"
        code, out, _ = run("watch", "--once")
        assert code == 1
        assert json.loads(out.splitlines()[1])["event"] == "server_away"

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
    def test_asked_to_end_it_ends_and_its_health_is_told_until_then(
        self, run: Run, watched: Path, tmp_path: Path
    ) -> None:
        port = read_config(tmp_path / "servers.toml").watch.integer("health_port")
        command = [*COMMAND, "pacs", "watch"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=surroundings()
        ) as process:
            found: list[dict[str, object]] = []

            def well() -> bool:
                assert process.poll() is None
                try:
                    answer = requests.get(f"http://127.0.0.1:{port}/health", timeout=DEADLINE_S)
                except requests.ConnectionError:
                    return False
                found.append(answer.json())
                return answer.status_code == 200

            wait_until(well, "health")
            assert found[-1]["status"] == "ok"
            assert found[-1]["server"] == {"reachable": True, "problem": ""}
            assert requests.get(f"http://127.0.0.1:{port}/", timeout=DEADLINE_S).status_code == 404
            process.send_signal(signal.SIGTERM)
            out, said = process.communicate(timeout=DEADLINE_S)
        assert (process.returncode, said) == (0, b"")
        events = [json.loads(line)["event"] for line in out.splitlines()]
        assert events == ["started", "stopped"]


@pytest.mark.parametrize(
    ("server", "package"), [("web", "dicomweb_client"), ("dimse", "pynetdicom")]
)
def test_without_its_packages_the_command_says_which(run: Run, server: str, package: str) -> None:
    code = (
        f"import sys\nsys.modules[{package!r}] = None\n"
        f"from EchoMeasureLib.cli.main import main\nsys.exit(main(['pacs', 'find', {server!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=surroundings(),
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"echomeasure: Asking a server needs the package {package}, which is not installed. "
        "Install it with: pip install 'echomeasure[pacs]'\n"
    )


@pytest.mark.parametrize("words", [["find"], ["fetch"], ["send"], ["watch"], []])
def test_help_has_examples(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["pacs", *words, "--help"])
    assert f"echomeasure pacs {' '.join(words)}".strip() in capsys.readouterr().out
