"""The same questions and the same answers, over DICOMweb and over DIMSE."""

from __future__ import annotations

import datetime
import io
from pathlib import Path

import pydicom
import pytest
from archived_files import Archive
from archived_studies import ID, NAME, OTHER, STUDY, Files

from EchoMeasureLib.errors import InvalidArgument, ServerProblem, UnreadableFile
from EchoMeasureLib.pacs.fetching import fetch_study
from EchoMeasureLib.pacs.queries import Query
from EchoMeasureLib.pacs.receiving import Receiver
from EchoMeasureLib.pacs.sending import send
from EchoMeasureLib.pacs.servers import Server
from EchoMeasureLib.progress import Cancelled, Progress

Both = tuple[Server, Archive]

MARCH, APRIL = datetime.date(2026, 3, 1), datetime.date(2026, 4, 5)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Query(), {STUDY, OTHER}),
        (Query(modality=""), {STUDY, OTHER}),
        (Query(modality="SR"), {STUDY}),
        (Query(modality="CT"), set()),
        (Query(MARCH, MARCH), {STUDY}),
        (Query(MARCH, APRIL), {STUDY, OTHER}),
        (Query(first=datetime.date(2026, 3, 2)), {OTHER}),
        (Query(last=datetime.date(2026, 4, 4)), {STUDY}),
        (Query(patient_id=ID), {STUDY}),
        (Query(patient_id="P-*"), {STUDY}),
        (Query(patient_id="P-1?"), {STUDY}),
        (Query(patient_id="P-?"), set()),
        (Query(patient_id="Q 2^b/3"), {OTHER}),
        (Query(patient_id="Q-2^b/3"), set()),
        (Query(accession="A1"), {STUDY, OTHER}),
        (Query(study=OTHER), {OTHER}),
        (Query(study="1.2.3"), set()),
    ],
)
def test_studies_are_found_by_date_modality_and_id(
    both: Both, query: Query, found: set[str]
) -> None:
    assert {study.uid for study in both[0].studies(query)} == found


def test_a_study_says_when_what_and_how_many_and_its_repr_names_nobody(both: Both) -> None:
    (study,) = both[0].studies(Query(study=STUDY))
    assert (study.day, study.time, study.instances) == (MARCH, "101500", 4)
    assert set(study.modalities) == {"US", "SR"}
    assert (study.patient_name, study.patient_id) == (NAME, ID)
    assert "Paula" not in repr(study)
    assert ID not in repr(study)


def test_a_study_is_fetched_as_it_is_stored(both: Both, files: Files, tmp_path: Path) -> None:
    server, archive = both
    receiver = Receiver(tmp_path, 1 << 20)
    done = fetch_study(server, STUDY, receiver, "US")
    assert (done.new, done.present, done.folder) == (3, 0, tmp_path / STUDY)
    assert {path.name for path in done.folder.iterdir()} == {f"{uid}.dcm" for uid in files.uids}
    for uid in files.uids:
        came = pydicom.dcmread(done.folder / f"{uid}.dcm")
        stored = pydicom.dcmread(io.BytesIO(archive.files[uid]))
        assert came == stored
        assert came.PixelData == stored.PixelData
        assert came.file_meta.TransferSyntaxUID == stored.file_meta.TransferSyntaxUID


def test_what_is_there_is_not_fetched_again(
    both: Both, files: Files, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server, _ = both
    receiver = Receiver(tmp_path, 1 << 20)
    fetch_study(server, STUDY, receiver, "US")
    (tmp_path / STUDY / f"{files.uids[1]}.dcm").unlink()
    (tmp_path / STUDY / f"{files.uids[2]}.dcm").write_bytes(files.paths[0].read_bytes())
    again = fetch_study(server, STUDY, receiver, "US")
    # One was gone, and one was another object under its name.
    assert (again.new, again.present) == (2, 1)
    assert fetch_study(server, STUDY, receiver, "US").new == 0
    name = request.node.callspec.params["both"]
    asked = request.getfixturevalue(name).fetched
    assert sorted(asked) == sorted([*files.uids, *files.uids[1:]])


def test_reports_come_when_they_are_asked_for(both: Both, tmp_path: Path) -> None:
    assert fetch_study(both[0], STUDY, Receiver(tmp_path, 1 << 20), "SR").new == 1
    assert fetch_study(both[0], STUDY, Receiver(tmp_path, 1 << 20), "").instances == 4


def test_a_study_that_is_not_there_is_said_not_to_be(both: Both, tmp_path: Path) -> None:
    with pytest.raises(ServerProblem, match=r"no series of modality US in the study 1\.2\.3"):
        fetch_study(both[0], "1.2.3", Receiver(tmp_path, 1 << 20), "US")


def test_a_fetch_that_is_stopped_keeps_what_is_whole_and_goes_on(
    both: Both, tmp_path: Path
) -> None:
    def stop_at_the_second(progress: Progress) -> None:
        if progress.done == 2:
            raise Cancelled

    receiver = Receiver(tmp_path, 1 << 20)
    with pytest.raises(Cancelled):
        fetch_study(both[0], STUDY, receiver, "US", stop_at_the_second)
    assert len([*tmp_path.glob("*/*.dcm")]) == 2
    assert len([*tmp_path.glob("*/*")]) == 2
    assert fetch_study(both[0], STUDY, receiver, "US").new == 1


def test_an_object_larger_than_any_is_not_kept(both: Both, tmp_path: Path) -> None:
    with pytest.raises(ServerProblem, match="more than 0 MB"):
        fetch_study(both[0], STUDY, Receiver(tmp_path, 5000), "US")
    assert [*tmp_path.glob("*/*")] == []


def test_a_report_is_stored_and_comes_back_the_same(
    both: Both, files: Files, tmp_path: Path
) -> None:
    server, archive = both
    archive.files.clear()
    (answer,) = send(server, [files.report])
    assert (answer.stored, answer.words) == (True, "")
    done = fetch_study(server, STUDY, Receiver(tmp_path, 1 << 20), "SR")
    (path,) = done.folder.iterdir()
    assert pydicom.dcmread(path) == pydicom.dcmread(files.report)


def test_an_image_is_not_sent_and_nor_is_anything_beside_it(both: Both, files: Files) -> None:
    server, archive = both
    archive.files.clear()
    with pytest.raises(InvalidArgument, match="is not sent: it is no report"):
        list(send(server, [files.report, files.paths[0]]))
    assert archive.files == {}


def test_what_is_no_dicom_is_not_sent(both: Both, tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_text("no DICOM", encoding="utf-8")
    with pytest.raises(UnreadableFile, match="cannot be read as DICOM"):
        list(send(both[0], [tmp_path / "a.dcm"]))
