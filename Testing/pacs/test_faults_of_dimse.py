"""What a server of DIMSE does wrong ends in a sentence, and nothing wrong lies on the disk."""

from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path

import pytest
from archived_studies import OTHER, STUDY, Files, dimse_settings
from dimse_service import DimseService
from waiting import DEADLINE_S
from watch import Watch

from EchoMeasureLib.errors import ServerProblem
from EchoMeasureLib.pacs.dimse_server import DimseServer
from EchoMeasureLib.pacs.fetching import fetch_study
from EchoMeasureLib.pacs.queries import Query
from EchoMeasureLib.pacs.receiving import Receiver
from EchoMeasureLib.pacs.sending import send


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("another object", "was asked for .* and sent an object with another S"),
        ("breaks off", "broke off in the middle"),
        ("refuses to give", r"it could not send it to us \(status A702\)"),
        ("has it no more", "does not have the object, or not in an encoding"),
    ],
)
def test_an_object_that_does_not_come_as_it_should_is_not_kept(
    dimse: DimseService, tmp_path: Path, fault: str, said: str
) -> None:
    dimse.fault = fault
    receiver = Receiver(tmp_path, 1 << 20)
    server = DimseServer(dimse_settings(dimse))
    with pytest.raises(ServerProblem, match=said):
        fetch_study(server, STUDY, receiver, "US")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    dimse.fault = ""
    assert fetch_study(server, STUDY, receiver, "US").new == 3


def test_a_search_that_is_refused_is_a_sentence(dimse: DimseService) -> None:
    dimse.fault = "refuses to find"
    with pytest.raises(ServerProblem, match=r"it is overloaded \(status A700\)"):
        DimseServer(dimse_settings(dimse)).studies(Query())


def test_a_study_without_a_uid_hides_no_other(dimse: DimseService) -> None:
    dimse.fault = "bad uid"
    left_out: list[int] = []
    found = DimseServer(dimse_settings(dimse)).studies(Query(), left_out.append)
    assert ({study.uid for study in found}, left_out) == ({STUDY, OTHER}, [1])


@pytest.mark.parametrize("what", ["find", "get"])
def test_a_silent_server_is_given_up(
    dimse: DimseService, tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch()
    monkeypatch.setattr("EchoMeasureLib.pacs.associations.clock", watch)
    server = DimseServer(dimse_settings(dimse))
    receiver = Receiver(tmp_path, 1 << 20)
    asked = {
        "find": lambda: server.studies(Query()),
        "get": lambda: list(server.fetch(instances, receiver)),
    }[what]
    instances = server.instances(STUDY, "US")
    dimse.fault = "silent"
    dimse.silence = lambda: setattr(watch, "now", watch.now + DEADLINE_S + 1)
    with pytest.raises(ServerProblem, match=f"is silent for {DEADLINE_S:g} s"):
        asked()
    dimse.go_on.set()


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"called_aet": "OTHER"}, "is not called OTHER. Check called_aet"),
        ({"calling_aet": "NOBODY"}, "does not know NOBODY. Have it enter this AE title"),
    ],
)
def test_who_is_not_let_in_hears_why(
    dimse: DimseService, setting: dict[str, object], said: str
) -> None:
    settings = replace(dimse_settings(dimse), **setting)  # type: ignore[arg-type]
    with pytest.raises(ServerProblem) as raised:
        DimseServer(settings).studies(Query())
    assert said in str(raised.value)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_server_that_is_away_is_said_to_be(dimse: DimseService) -> None:
    settings = replace(dimse_settings(dimse), port=1)
    with pytest.raises(ServerProblem, match=r"cannot be reached\. Check host and port"):
        DimseServer(settings).studies(Query())
    gc.collect()  # pynetdicom 3.0.4 leaves a socket that was never connected to the collector


@pytest.mark.parametrize(
    ("status", "stored", "words"),
    [
        (0x0000, True, ""),
        (0xB000, True, "it changed data elements (status B000)"),
        (0xA700, False, "its disk or memory is full (status A700)"),
        (0xA900, False, "it says that the data do not fit the kind of object (status A900)"),
        (0x0124, False, "we may not store there (status 0124)"),
    ],
)
def test_every_status_of_a_store_is_said(
    dimse: DimseService, files: Files, status: int, stored: bool, words: str
) -> None:
    dimse.status = status
    (answer,) = send(DimseServer(dimse_settings(dimse)), [files.report])
    assert (answer.stored, answer.words) == (stored, words)


def test_a_server_that_takes_no_reports_says_so_and_none_is_stored(files: Files) -> None:
    images = {"1.2.840.10008.5.1.4.1.1.6.1"}
    with DimseService(classes=images).running() as service:
        server = DimseServer(dimse_settings(service))
        with pytest.raises(ServerProblem, match="accepts none of the questions or kinds"):
            list(send(server, [files.report]))
