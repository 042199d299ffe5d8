"""A study named by its address: fetched from a server that the file of servers names, and gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from archived_studies import STUDY, Files
from dicomweb_service import DicomWebService

from EchoMeasureLib.errors import EchoMeasureError, InvalidArgument, InvalidState, ServerProblem
from EchoMeasureLib.pacs.configuration import PacsConfig, read_config
from EchoMeasureLib.pacs.study_address import named_study, study_for_now

UID = "1.2.840.99.7"
SERVERS = """
[servers.hospital]
protocol = "dicomweb"
url = "https://pacs.example.org/dicom-web"

[servers.research]
protocol = "dicomweb"
url = "https://pacs.example.org/dicom-web/research"

[servers.here]
protocol = "dicomweb"
url = "http://127.0.0.1:8042/dicom-web"
"""


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], PacsConfig]:
    def config(text: str) -> PacsConfig:
        path = tmp_path / "servers.toml"
        path.write_text(text, encoding="utf-8")
        return read_config(path)

    return config


@pytest.mark.parametrize(
    ("address", "server", "study"),
    [
        ("https://pacs.example.org/dicom-web", "hospital", ""),
        ("https://pacs.example.org/dicom-web/", "hospital", ""),
        (f"https://pacs.example.org/dicom-web/studies/{UID}", "hospital", UID),
        (f"HTTPS://PACS.example.org:443/dicom-web/studies/{UID}/", "hospital", UID),
        (f"https://pacs.example.org/dicom-web/studies?StudyInstanceUID={UID}", "hospital", UID),
        (f"https://pacs.example.org/dicom-web/research/studies/{UID}", "research", UID),
        (f"http://127.0.0.1:8042/dicom-web/studies/{UID}", "here", UID),
    ],
)
def test_an_address_names_a_server_of_the_file_and_a_study(
    written: Callable[[str], PacsConfig], address: str, server: str, study: str
) -> None:
    settings, uid = named_study(address, written(SERVERS))
    assert (settings.name, uid) == (server, study)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (f"https://evil.example/dicom-web/studies/{UID}", "has no DICOMweb server"),
        (f"http://pacs.example.org/dicom-web/studies/{UID}", "has no DICOMweb server"),
        (f"https://pacs.example.org:8443/dicom-web/studies/{UID}", "has no DICOMweb server"),
        (f"https://pacs.example.org/dicom-webs/studies/{UID}", "has no DICOMweb server"),
        ("https://pacs.example.org:port/dicom-web", "no address of a server"),
        (f"https://echo:secret@pacs.example.org/dicom-web/studies/{UID}", "A password does not"),
        ("https://pacs.example.org/dicom-web/studies/../../x", "names no study"),
        ("https://pacs.example.org/dicom-web/studies", "names no study"),
        (f"https://pacs.example.org/dicom-web/studies/{UID}/series/1.2", "names no study"),
        (f"https://pacs.example.org/dicom-web/patients/{UID}", "names no study"),
    ],
)
def test_nobody_else_is_asked_and_nothing_else(
    written: Callable[[str], PacsConfig], address: str, said: str
) -> None:
    with pytest.raises(InvalidArgument, match=said) as caught:
        named_study(address, written(SERVERS))
    assert "secret" not in str(caught.value)


@pytest.fixture
def config(
    web: DicomWebService,
    written: Callable[[str], PacsConfig],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> PacsConfig:
    """A server on the loopback that wants a password, and a data folder of its own."""
    web.login = ("echo", "measure")
    monkeypatch.setenv("ECHOMEASURE_PACS_HERE_PASSWORD", "measure")
    monkeypatch.setenv("ECHOMEASURE_DATA", str(tmp_path / "data"))
    return written(f'[servers.here]\nprotocol = "dicomweb"\nurl = "{web.url}"\nuser = "echo"\n')


def test_its_ultrasound_lies_in_a_private_folder_until_the_end(
    web: DicomWebService, config: PacsConfig, files: Files, tmp_path: Path
) -> None:
    with study_for_now(f"{web.url}/studies/{STUDY}", config) as folder:
        assert sorted(path.stem for path in folder.iterdir()) == sorted(files.uids)
        assert folder.parent.stat().st_mode & 0o077 == 0
        assert tmp_path / "data" in folder.parents
    assert list((tmp_path / "data" / "fetched").iterdir()) == []


def test_a_server_with_several_studies_asks_for_one(web: DicomWebService, config: PacsConfig):
    with pytest.raises(InvalidArgument, match="has 2 studies"), study_for_now(web.url, config):
        pass


@pytest.mark.parametrize(
    ("study", "password", "error"),
    [
        ("1.2.840.1", "measure", ServerProblem),
        (STUDY, "wrong", ServerProblem),
        (STUDY, "", InvalidState),
    ],
)
def test_what_the_server_refuses_leaves_nothing(
    web: DicomWebService,
    config: PacsConfig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    study: str,
    password: str,
    error: type[EchoMeasureError],
) -> None:
    monkeypatch.setenv("ECHOMEASURE_PACS_HERE_PASSWORD", password)
    with pytest.raises(error), study_for_now(f"{web.url}/studies/{study}", config):
        pass
    assert list((tmp_path / "data" / "fetched").iterdir()) == []
