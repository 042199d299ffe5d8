"""Two small studies in an archive, and servers of both kinds that have them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from archived_files import Archive
from archived_studies import Files, dimse_settings, fill, web_settings, write_files
from dicomweb_service import DicomWebService
from dimse_service import DimseService

from EchoMeasureLib.pacs.server_opening import open_server
from EchoMeasureLib.pacs.servers import Server


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return write_files(tmp_path_factory.mktemp("archived"))


@pytest.fixture(scope="session")
def _web_service() -> Iterator[DicomWebService]:
    with DicomWebService().running() as service:
        yield service


@pytest.fixture(scope="session")
def _dimse_service() -> Iterator[DimseService]:
    with DimseService().running() as service:
        yield service


@pytest.fixture
def web(_web_service: DicomWebService, files: Files) -> DicomWebService:
    """As if it were new, with both studies."""
    _web_service.reset()
    fill(_web_service.archive, files)
    return _web_service


@pytest.fixture
def dimse(_dimse_service: DimseService, files: Files) -> DimseService:
    """As if it were new, with both studies."""
    _dimse_service.reset()
    fill(_dimse_service.archive, files)
    return _dimse_service


@pytest.fixture(params=["web", "dimse"])
def both(request: pytest.FixtureRequest) -> Iterator[tuple[Server, Archive]]:
    """A server of each kind, with its archive."""
    service = request.getfixturevalue(request.param)
    settings = (web_settings if request.param == "web" else dimse_settings)(service)
    with open_server(settings) as server:
        yield server, service.archive
