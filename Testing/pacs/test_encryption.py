"""TLS with servers of both kinds: who is trusted, who is not, and who wants to know us."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from archived_studies import Files, dimse_settings, fill, web_settings
from dicomweb_service import DicomWebService
from dimse_service import DimseService

from EchoMeasureLib.errors import ServerProblem
from EchoMeasureLib.pacs.configuration import ServerSettings
from EchoMeasureLib.pacs.queries import Query
from EchoMeasureLib.pacs.server_opening import open_server


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority, and a certificate of ours."""
    folder = tmp_path_factory.mktemp("certificates")
    made = trustme.CA()
    made.cert_pem.write_to_path(folder / "ca.pem")
    server = made.issue_cert("127.0.0.1")
    server.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    made.issue_cert("other.example.org").private_key_and_cert_chain_pem.write_to_path(
        folder / "other.pem"
    )
    made.issue_cert("client.example.org").private_key_and_cert_chain_pem.write_to_path(
        folder / "client.pem"
    )
    return folder


def context(folder: Path, name: str, wants_ours: bool = False) -> ssl.SSLContext:
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(folder / f"{name}.pem")
    if wants_ours:
        found.verify_mode = ssl.CERT_REQUIRED
        found.load_verify_locations(folder / "ca.pem")
    return found


def asked(settings: ServerSettings) -> int:
    with open_server(settings) as server:
        return len(server.studies(Query()))


@pytest.fixture(params=["web", "dimse"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def settings_with(kind: str, authority: Path, files: Files) -> Iterator[object]:
    """The settings of a new server with such a certificate."""
    running = []

    def start(name: str, wants_ours: bool = False, **more: object) -> ServerSettings:
        made = context(authority, name, wants_ours)
        service = DicomWebService(made) if kind == "web" else DimseService(made)
        running.append(service.running())
        running[-1].__enter__()
        fill(service.archive, files)
        if isinstance(service, DicomWebService):
            return web_settings(service, **more)
        return dimse_settings(service, tls=True, **more)

    yield start
    for one in running:
        one.__exit__(None, None, None)


def test_who_is_trusted_is_asked(settings_with, authority: Path) -> None:
    assert asked(settings_with("server", ca_file=authority / "ca.pem")) == 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("name", "trusting"), [("server", False), ("other", True)])
def test_who_is_not_trusted_or_another_one_is_not_asked(
    settings_with, authority: Path, name: str, trusting: bool
) -> None:
    settings = settings_with(name, ca_file=authority / "ca.pem" if trusting else None)
    with pytest.raises(ServerProblem, match="is not trusted"):
        asked(settings)


def test_a_server_that_wants_to_know_us_is_told(settings_with, authority: Path) -> None:
    ours = {"ca_file": authority / "ca.pem", "certificate": authority / "client.pem"}
    assert asked(settings_with("server", wants_ours=True, **ours)) == 2


def test_a_certificate_that_is_none_is_a_sentence(settings_with, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("none", encoding="utf-8")
    settings = settings_with("server", ca_file=tmp_path / "ca.pem")
    with pytest.raises(ServerProblem, match=r"Check ca_file|is not trusted"):
        asked(settings)
