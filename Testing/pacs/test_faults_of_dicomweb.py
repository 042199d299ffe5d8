"""What a server of DICOMweb does wrong ends in a sentence, and nothing wrong lies on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from archived_studies import OTHER, STUDY, Files, web_settings
from dicomweb_service import DicomWebService

from EchoMeasureLib.errors import ServerProblem
from EchoMeasureLib.pacs.fetching import fetch_study
from EchoMeasureLib.pacs.logins import Login
from EchoMeasureLib.pacs.queries import Query
from EchoMeasureLib.pacs.receiving import Receiver
from EchoMeasureLib.pacs.sending import send
from EchoMeasureLib.pacs.web_answers import study_of
from EchoMeasureLib.pacs.web_errors import refusal
from EchoMeasureLib.pacs.web_server import WebServer


def ask(service: DicomWebService, login: Login | None = None, **more: object) -> list[str]:
    with WebServer(web_settings(service, **more), login) as server:
        return [study.uid for study in server.studies(Query())]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("another object", "was asked for .* and sent an object with another S"),
        ("cut part", "answer ends in the middle"),
        ("cut length", "broke off in the middle"),
        ("two parts", "several objects"),
        ("no end", "more than 1 MB"),
        ("no dicom", "was asked for .* and sent what is no DICOM file"),
        ("no multipart", "sends no DICOM"),
        ("status 500", r"fault of its own \(status 500\)"),
        ("status 503", r"fault of its own \(status 503\)"),
        ("status 403", "does not allow this"),
        ("status 404", "has nothing there"),
    ],
)
def test_an_object_that_does_not_come_as_it_should_is_not_kept(
    web: DicomWebService, tmp_path: Path, fault: str, said: str
) -> None:
    web.fault, web.faults_left = fault, 1
    receiver = Receiver(tmp_path, 1 << 20)
    with WebServer(web_settings(web), None) as server:
        with pytest.raises(ServerProblem, match=said) as raised:
            fetch_study(server, STUDY, receiver, "US")
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
        assert "Patient^Name" not in str(raised.value)
        # The server has come to its senses.
        assert fetch_study(server, STUDY, receiver, "US").new == 3


def test_an_object_that_comes_alone_is_taken(web: DicomWebService, tmp_path: Path) -> None:
    web.fault = "the object alone"
    with WebServer(web_settings(web), None) as server:
        assert fetch_study(server, STUDY, Receiver(tmp_path, 1 << 20), "US").new == 3


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("elsewhere", "sends to another address"),
        ("no json", "is no DICOMweb"),
        ("no end of answers", "has no end"),
    ],
)
def test_a_search_that_is_not_answered_as_it_should_is_a_sentence(
    web: DicomWebService, fault: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("EchoMeasureLib.pacs.web_session.MOST_ANSWER", 1 << 20)
    web.fault = fault
    with pytest.raises(ServerProblem, match=said):
        ask(web)


def test_studies_without_a_uid_hide_no_other_and_are_counted(web: DicomWebService) -> None:
    day = {"00080020": {"vr": "DA", "Value": ["20260301"]}}
    named = [{"0020000D": {"vr": "UI", "Value": uid}, **day} for uid in (["../../etc"], [])]
    web.more_studies = [*named, {"0020000D": {"vr": "UI"}}]
    left_out: list[int] = []
    with WebServer(web_settings(web), None) as server:
        studies = server.studies(Query(), left_out.append)
        assert server.studies(Query(study="1.2.4"), left_out.append) == []
    assert ({study.uid for study in studies}, left_out) == ({STUDY, OTHER}, [3])


def test_padded_values_and_several_in_one_are_read_as_those_of_a_file() -> None:
    """PS3.5 6.2 pads a UID with a null and words with a space, and 6.4 parts values by "\\"."""
    found = study_of(
        {
            "0020000D": {"vr": "UI", "Value": ["1.2.3\0"]},
            "00080061": {"vr": "CS", "Value": ["SR\\US "]},
            "00080020": {"vr": "DA", "Value": ["20260301"]},
        }
    )
    assert (found.uid, found.modalities) == ("1.2.3", ("SR", "US"))
    assert Query(modality="US").matches(found)


@pytest.mark.parametrize(
    ("status", "said"), [(429, "more often than it allows"), (413, "nothing as large")]
)
def test_a_refusal_says_why(web: DicomWebService, status: int, said: str) -> None:
    assert said in refusal(web_settings(web), status).problem


def test_a_server_that_gives_the_same_page_again_and_again_is_asked_twice(
    web: DicomWebService,
) -> None:
    web.fault = "no offset"
    assert sorted(ask(web)) == [STUDY, OTHER]
    assert len(web.asked) == 2


def test_the_host_is_named_with_its_port(web: DicomWebService, files: Files) -> None:
    with WebServer(web_settings(web), None) as server:
        server.studies(Query())
        list(send(server, [files.report]))
    assert web.hosts == {web.url.removeprefix("http://").removesuffix("/dicom-web")}


def test_wildcards_are_sent_as_they_are(web: DicomWebService) -> None:
    with WebServer(web_settings(web), None) as server:
        server.studies(Query(patient_id="P-*"))
    assert "PatientID=P-*&" in web.asked[0]
    assert "%" not in web.asked[0]


@pytest.mark.parametrize("login", [None, Login("echo", "wrong"), Login("", "measure")])
def test_a_login_that_is_refused_is_said_and_the_secret_is_not(
    web: DicomWebService, login: Login | None
) -> None:
    web.login = ("echo", "measure")
    with pytest.raises(ServerProblem, match="refuses the login") as raised:
        ask(web, login)
    assert "wrong" not in f"{raised.value}{login!r}"
    assert "measure)" not in f"{raised.value}{login!r}"


@pytest.mark.parametrize("secret", ["measure", "p\u00e4ss:w\u00f6rd"])
def test_a_login_is_taken(web: DicomWebService, secret: str) -> None:
    web.login = ("echo", secret)
    assert len(ask(web, Login("echo", secret))) == 2


def test_a_token_is_taken(web: DicomWebService) -> None:
    web.token = "abc"
    assert len(ask(web, Login("", "abc"))) == 2


def test_a_server_that_is_away_is_said_to_be(web: DicomWebService) -> None:
    with pytest.raises(ServerProblem, match="cannot be reached"):
        ask(web, url="http://127.0.0.1:1/dicom-web")


@pytest.mark.parametrize(
    ("status", "stored", "words"),
    [
        (0xA700, False, r"its disk or memory is full \(status A700\)"),
        (0x0122, False, r"it does not take objects of this kind \(status 0122\)"),
        (0xC123, False, r"it does not understand the object \(status C123\)"),
    ],
)
def test_what_is_not_stored_is_said_with_its_reason(
    web: DicomWebService, files: Files, status: int, stored: bool, words: str
) -> None:
    web.failure = status
    with WebServer(web_settings(web), None) as server:
        (answer,) = send(server, [files.report])
    assert (answer.stored, answer.words) == (stored, words.replace("\\", ""))


def test_what_is_stored_with_a_warning_is_stored_and_said(
    web: DicomWebService, files: Files
) -> None:
    web.warning = 0xB000
    with WebServer(web_settings(web), None) as server:
        (answer,) = send(server, [files.report])
    assert (answer.stored, answer.words) == (True, "it changed data elements (status B000)")


def test_a_server_that_does_not_say_whether_it_stored_has_not(
    web: DicomWebService, files: Files
) -> None:
    web.fault = "says nothing"
    with WebServer(web_settings(web), None) as server:
        (answer,) = send(server, [files.report])
    assert (answer.stored, answer.words) == (False, "it does not say whether it stored the object")
