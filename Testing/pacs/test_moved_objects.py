"""C-MOVE: the server brings what was asked for to a port of ours, which takes nothing else."""

from __future__ import annotations

import io
import socket
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import pydicom
import pytest
import trustme
from archived_studies import STUDY, Files, dimse_settings, fill
from dimse_service import CLASSES, TITLE, DimseService
from free_ports import free_port
from pynetdicom import AE, build_context

from EchoMeasureLib.errors import ServerProblem
from EchoMeasureLib.pacs.associations import Guard
from EchoMeasureLib.pacs.configuration import ServerSettings
from EchoMeasureLib.pacs.dimse_server import DimseServer
from EchoMeasureLib.pacs.fetching import fetch_study
from EchoMeasureLib.pacs.moved_objects import objects_taken
from EchoMeasureLib.pacs.receiving import Receiver


@pytest.fixture
def moving(dimse: DimseService) -> ServerSettings:
    """A server that knows where we are."""
    dimse.known_port = free_port()
    return dimse_settings(dimse, listen_port=dimse.known_port)


def check_came(folder: Path, service: DimseService, files: Files) -> None:
    for uid in files.uids:
        came = pydicom.dcmread(folder / f"{uid}.dcm")
        stored = pydicom.dcmread(io.BytesIO(service.archive.files[uid]))
        assert came == stored
        assert came.file_meta.TransferSyntaxUID == stored.file_meta.TransferSyntaxUID


def test_a_study_is_brought_as_it_is_stored(
    moving: ServerSettings, dimse: DimseService, files: Files, tmp_path: Path
) -> None:
    done = fetch_study(DimseServer(moving), STUDY, Receiver(tmp_path, 1 << 20), "US")
    assert (done.new, done.present) == (3, 0)
    check_came(done.folder, dimse, files)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("another object", "was asked for .* and sent an object with another S"),
        ("refuses to give", "gives nothing: "),
        ("has it no more", "does not have the object, or not in an encoding"),
    ],
)
def test_what_is_not_brought_as_it_should_is_not_kept(
    moving: ServerSettings, dimse: DimseService, tmp_path: Path, fault: str, said: str
) -> None:
    dimse.fault = fault
    receiver = Receiver(tmp_path, 1 << 20)
    with pytest.raises(ServerProblem, match=said):
        fetch_study(DimseServer(moving), STUDY, receiver, "US")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    dimse.fault = ""
    assert fetch_study(DimseServer(moving), STUDY, receiver, "US").new == 3


def test_a_server_that_does_not_know_where_we_are_says_so(
    moving: ServerSettings, dimse: DimseService, tmp_path: Path
) -> None:
    dimse.known_port = 0
    with pytest.raises(ServerProblem, match="does not know where we are: have it enter our AE"):
        fetch_study(DimseServer(moving), STUDY, Receiver(tmp_path, 1 << 20), "US")


def test_nobody_else_brings_anything(moving: ServerSettings) -> None:
    """Who calls us from elsewhere is refused, by title; and who offers other kinds."""
    context = build_context(CLASSES[0])
    stored: list[Any] = []
    store = lambda event: stored.append(event) or 0  # noqa: E731
    with objects_taken(moving, [context], store, Guard(20.0)):
        stranger = AE(ae_title="STRANGER")
        made = stranger.associate("127.0.0.1", moving.listen_port, [context])
        assert made.is_rejected
        known = AE(ae_title=TITLE)
        where = ("127.0.0.1", moving.listen_port)
        others = known.associate(*where, [build_context(CLASSES[2])], moving.calling_aet)
        assert not others.is_established
    assert stored == []


def test_a_port_that_is_taken_is_said_to_be(moving: ServerSettings, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", moving.listen_port)):
        said = f"Port {moving.listen_port} of this machine cannot be opened"
        with pytest.raises(ServerProblem, match=said):
            fetch_study(DimseServer(moving), STUDY, Receiver(tmp_path, 1 << 20), "US")


def test_over_tls_both_ways(files: Files, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    for name in ("server", "ours"):
        made = authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem
        made.write_to_path(tmp_path / f"{name}.pem")
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(tmp_path / "server.pem")
    trusting = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    with DimseService(theirs).running() as service:
        fill(service.archive, files)
        service.known_port = free_port()
        service.brought_with = {"tls_args": (trusting, "127.0.0.1")}
        own = {"ca_file": tmp_path / "ca.pem", "certificate": tmp_path / "ours.pem"}
        settings = replace(dimse_settings(service, listen_port=service.known_port), tls=True, **own)
        done = fetch_study(DimseServer(settings), STUDY, Receiver(tmp_path / "in", 1 << 20), "US")
        check_came(done.folder, service, files)
