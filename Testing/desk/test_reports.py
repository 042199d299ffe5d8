"""Structured reports from the desk: what the reviewer stands behind, in the DICOM database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from dicom_database import DicomDatabase
from report_walking import Item
from scripted_worker import ScriptedWorker
from slicer_scene import HeadlessSlicer
from watch import Watch

from EchoMeasureLib.desk.desk import Desk
from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.exporting.structured_report.report_writing import Template
from EchoMeasureLib.folders import DATA_VARIABLE
from EchoMeasureLib.inference.worker_client import WorkerClient


@pytest.fixture
def database(tmp_path: Path) -> DicomDatabase:
    return DicomDatabase(tmp_path / "database")


@pytest.fixture
def stocked(
    slicer_app: HeadlessSlicer,
    watch: Watch,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    database: DicomDatabase,
    plax: Path,
) -> Iterator[Desk]:
    """A desk with a database, an open image, and two calipers by hand on it."""
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "data"))
    desk = Desk(
        slicer_app.scene,
        slicer_app.app.app_logic,
        database=lambda: database,
        measurer=WorkerClient(ScriptedWorker().start, watch),
        librarian=WorkerClient(ScriptedWorker().start, watch),
        clock=watch,
    )
    desk.load_file(plax)
    desk.set_reviewer("AB")
    review = desk.study.need_review()
    review.place("ivs", 2, [(500, 300), (500, 340)])
    yield desk
    desk.close()


@pytest.mark.parametrize("template", [*Template])
def test_a_report_goes_into_the_database_of_the_patient(
    stocked: Desk, database: DicomDatabase, plax: Path, template: Template
) -> None:
    said = stocked.reports.store(template)
    assert said.startswith("Stored in the DICOM database: 1 value.")
    (report,) = database.reports()
    image = pydicom.dcmread(plax, stop_before_pixels=True)
    assert report.StudyInstanceUID == image.StudyInstanceUID
    assert report.PatientName == image.PatientName
    assert (report.CompletionFlag, report.VerificationFlag) == ("PARTIAL", "UNVERIFIED")
    assert Item(report).says("121008") == ["AB^"]


def test_a_corrected_report_names_the_one_before(stocked: Desk, database: DicomDatabase) -> None:
    stocked.reports.store(Template.ECHO)
    (first,) = database.reports()
    stocked.study.need_review().move("ivs-f2", [(500, 300), (500, 345)])
    stocked.reports.store(Template.ECHO)
    assert len(database.reports()) == 2
    (second,) = [r for r in database.reports() if "PredecessorDocumentsSequence" in r]
    series = second.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0]
    assert series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == first.SOPInstanceUID


def test_nobody_stands_behind_a_report_without_a_decision(stocked: Desk) -> None:
    stocked.study.need_review().reject("ivs-f2")
    assert stocked.reports.obstacle == "Accept or edit calipers first."
    with pytest.raises(InvalidState):
        stocked.reports.store(Template.ECHO)


def test_without_a_database_there_is_no_report(desk: Desk, plax: Path) -> None:
    desk.load_file(plax)
    desk.set_reviewer("AB")
    desk.study.need_review().place("ivs", 2, [(500, 300), (500, 340)])
    assert desk.reports.obstacle == "Slicer's DICOM database is not open."
    with pytest.raises(InvalidState):
        desk.reports.store(Template.ECHO)
