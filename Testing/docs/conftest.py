"""The pages, and the folder in which their samples run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from archived_studies import fill, write_files
from dicomweb_service import DicomWebService
from PIL import Image


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The server `archive` of the page, with two studies; `report.dcm` is a report of one."""
    with DicomWebService().running() as service:
        files = write_files(tmp_path / "made")
        fill(service.archive, files)
        (tmp_path / "report.dcm").write_bytes(files.report.read_bytes())
        config = tmp_path / "servers.toml"
        table = '[servers.archive]\nprotocol = "dicomweb"\nuser = "echo"\n'
        watched = '[watch]\nserver = "archive"\nfolder = "watched"\n'
        config.write_text(f'{table}url = "{service.url}"\n{watched}', encoding="utf-8")
        monkeypatch.setenv("ECHOMEASURE_PACS", str(config))
        monkeypatch.setenv("ECHOMEASURE_PACS_ARCHIVE_PASSWORD", "measure")
        yield


@pytest.fixture
def sample_folder(
    real_file: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Path:
    """The current folder of a sample: `echo.dcm` is the Philips still of an ascending aorta.

    A sample that asks an archive has one, on the loopback.
    """
    block = getattr(request.node, "callspec", None)
    if block is not None and "echomeasure pacs" in str(
        getattr(block.params.get("block"), "text", "")
    ):
        request.getfixturevalue("archive")
    echo = real_file("JPGLosslessP14SV1_1s_1f_8b.dcm")
    (tmp_path / "echo.dcm").write_bytes(echo.read_bytes())
    Image.new("RGB", (64, 48)).save(tmp_path / "screenshot.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path
