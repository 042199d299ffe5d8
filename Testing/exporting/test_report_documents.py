"""The DICOM object around a report: whose it is, who stands behind it, what it replaces."""

from __future__ import annotations

import contextlib
import datetime
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pydicom
import pytest
from check_dicom import report_complaints
from marked_file import MARK, NAMED, write_marked
from report_study import STUDY, WHO, ReportStudy, report_study
from report_walking import Item
from review_studies import plax

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.exporting.structured_report.own_calipers import own_calipers
from EchoMeasureLib.exporting.structured_report.report_tree import read_tree
from EchoMeasureLib.exporting.structured_report.their_values import answers_of, values_of
from EchoMeasureLib.exporting.study_object import new_study_object
from EchoMeasureLib.imaging.header import quiet_pydicom
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.review.document import save
from EchoMeasureLib.review.session import Review

TEMPLATES = ("1500", "5300")


@pytest.fixture
def study(tmp_path: Path) -> ReportStudy:
    return report_study(tmp_path)


def export(study: ReportStudy, template: str, name: str = "a.dcm", *words: str, code: int = 0):
    out = study.folder / name
    command = ["export", "sr", str(study.document), "--template", template, "--out", str(out)]
    assert main([*command, *words]) == code
    return pydicom.dcmread(out) if code == 0 else None


def observations(report: pydicom.Dataset) -> set[str]:
    return {
        item.dataset.ObservationUID
        for item in Item(report).everything()
        if "ObservationUID" in item.dataset
    }


def test_dates_are_in_the_time_zone_of_the_images_as_the_study_s_are() -> None:
    """PS3.3 C.12.1.1.8: one zone holds for all dates and times of an object."""
    source = pydicom.Dataset()
    source.StudyDate, source.StudyTime = "20260301", "233000"
    made = datetime.datetime(2026, 3, 1, 20, 0, tzinfo=datetime.timezone.utc)
    local = new_study_object("1.2.3", source, made)
    assert "TimezoneOffsetFromUTC" not in local
    assert (local.ContentDate, local.ContentTime) == ("20260301", "200000")
    source.TimezoneOffsetFromUTC = "+0530"
    zoned = new_study_object("1.2.3", source, made)
    assert zoned.TimezoneOffsetFromUTC == "+0530"
    assert (zoned.ContentDate, zoned.ContentTime) == ("20260302", "013000")
    assert (zoned.StudyDate, zoned.StudyTime) == ("20260301", "233000")


def test_an_odd_header_is_repeated_as_it_stands_and_quietly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = {
        **WHO,
        "PatientID": "P\\17",
        "StudyDate": "2026.03.01",
        "StudyTime": "10:15:00",
        "AccessionNumber": "A" * 30,
        "TimezoneOffsetFromUTC": "-0300",
    }
    with quiet_pydicom():
        study = report_study(tmp_path, odd)
    for template in TEMPLATES:
        report = export(study, template)
        assert list(report.PatientID) == ["P", "17"]
        assert (report.StudyDate, report.StudyTime) == ("20260301", "101500")
        assert report.TimezoneOffsetFromUTC == "-0300"
    assert "Invalid value" not in (said := capsys.readouterr().err)
    assert "Warning" not in said


@pytest.mark.parametrize("template", TEMPLATES)
def test_an_image_without_a_series_cannot_be_referred_to(
    study: ReportStudy, template: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in study.folder.glob("*.dcm"):
        header = pydicom.dcmread(path)
        del header.SeriesInstanceUID
        header.save_as(path)
    export(study, template, code=2)
    assert "cannot refer to it" in capsys.readouterr().err


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_correction_is_a_new_document_that_names_the_old_and_keeps_its_uids(
    study: ReportStudy, template: str
) -> None:
    first = export(study, template)
    jet = next(e for e in study.review.entries.values() if e.measurement == "trvmax")
    study.review.move(jet.id, [(41, 43)])
    second = export(study, template, "b.dcm", "--previous", str(study.folder / "a.dcm"))
    assert first.SOPInstanceUID != second.SOPInstanceUID
    (named,) = second.PredecessorDocumentsSequence
    (series,) = named.ReferencedSeriesSequence
    (instance,) = series.ReferencedSOPSequence
    assert named.StudyInstanceUID == STUDY
    assert series.SeriesInstanceUID == first.SeriesInstanceUID
    assert instance.ReferencedSOPInstanceUID == first.SOPInstanceUID
    assert instance.ReferencedSOPClassUID == first.SOPClassUID
    assert observations(first) == observations(second)
    numbers = [item.value for item in Item(second).everything() if item.name == ("79921-3", "LN")]
    assert 230 in [round(number, 9) for number in numbers if isinstance(number, float)]


@pytest.mark.parametrize("template", TEMPLATES)
def test_an_organisation_is_one_value_of_one_line(study: ReportStudy, template: str) -> None:
    """VR LO (PS3.5 6.2): a backslash would part it in two, of an attribute that has one."""
    clinic = "Clinic\\West\nWard " + 70 * "x"
    words = ["--complete", "--verified-by", "Berg^Anna", "--organisation", clinic]
    report = export(study, template, "a.dcm", *words)
    said = report.VerifyingObserverSequence[0].VerifyingOrganization
    assert said == "Clinic West Ward " + 47 * "x"
    nothing = ["--complete", "--verified-by", "Berg^Anna", "--organisation", " \\ "]
    export(study, template, "b.dcm", *nothing, code=2)


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_birth_date_as_it_was_written_before_1993_is_the_same_day(
    tmp_path: Path, template: str
) -> None:
    """PS3.5 6.2: such a day is read as DICOM writes it since."""
    with quiet_pydicom():
        study = report_study(tmp_path, {**WHO, "PatientBirthDate": "1964.02.29"})
    image = pydicom.dcmread(tmp_path / "2.dcm")
    image.PatientBirthDate = "19640229"
    image.save_as(tmp_path / "2.dcm")
    report = export(study, template)
    assert report.PatientBirthDate == "19640229"
    again = tmp_path / "again.json"
    assert main(["sr", str(tmp_path / "a.dcm"), "--to-review", str(again)]) == 0


@pytest.mark.parametrize("template", TEMPLATES)
def test_it_is_complete_and_verified_when_a_person_says_so(
    study: ReportStudy, template: str
) -> None:
    words = ["--complete", "--verified-by", "Berg^Anna", "--organisation", "Echo laboratory"]
    report = export(study, template, "a.dcm", *words)
    assert (report.CompletionFlag, report.VerificationFlag) == ("COMPLETE", "VERIFIED")
    (observer,) = report.VerifyingObserverSequence
    assert observer.VerifyingObserverName == "Berg^Anna"
    assert observer.VerifyingOrganization == "Echo laboratory"
    assert observer.VerificationDateTime
    alone = export(study, template, "b.dcm", "--complete")
    assert (alone.CompletionFlag, alone.VerificationFlag) == ("COMPLETE", "UNVERIFIED")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--verified-by", "Berg^Anna", "--complete"], "organisation"),
        (["--verified-by", "Berg^Anna", "--organisation", "Echo"], "complete"),
        (["--complete", "--include-unreviewed"], "nobody has reviewed"),
    ],
)
def test_what_cannot_be_said_is_refused_and_nothing_written(
    study: ReportStudy, capsys, words: list[str], said: str
) -> None:
    export(study, "5300", "a.dcm", *words, code=2)
    assert said in capsys.readouterr().err
    assert not (study.folder / "a.dcm").exists()


def test_a_previous_report_of_another_patient_or_no_report_is_refused(
    study: ReportStudy, tmp_path: Path, capsys
) -> None:
    (tmp_path / "other").mkdir()
    other = report_study(tmp_path / "other", {**WHO, "PatientID": "P-18"})
    export(other, "5300")
    export(study, "5300", "b.dcm", "--previous", str(other.folder / "a.dcm"), code=2)
    assert "another study or patient" in capsys.readouterr().err
    export(study, "5300", "b.dcm", "--previous", str(study.folder / "1.dcm"), code=3)
    assert "no structured report" in capsys.readouterr().err


def test_what_cannot_be_opened_is_said_and_not_waited_for(tmp_path: Path, capsys) -> None:
    (tmp_path / "folder").mkdir()
    names = {"none.dcm": "No such file", "folder": "a folder, not a file"}
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        names["pipe"] = "a pipe, not a file"
    for name, words in names.items():
        assert main(["sr", str(tmp_path / name)]) == 3
        said = capsys.readouterr().err
        assert "cannot be opened" in said
        assert words in said


@pytest.mark.parametrize("template", TEMPLATES)
def test_of_a_marked_file_only_the_patient_and_the_study_are_repeated(
    tmp_path: Path, template: str
) -> None:
    echo = write_marked(tmp_path / "echo.dcm")
    review = Review(read(echo), "AB")
    review.place("lvid", 1, [(300, 100), (300, 200)])
    save(review, tmp_path / "review.json")
    out = tmp_path / "a.dcm"
    words = ["export", "sr", str(tmp_path / "review.json"), "--template", template]
    assert main([*words, "--out", str(out)]) == 0
    kept = {"PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate"}
    kept |= {"AccessionNumber", "StudyID", "ReferringPhysicianName", "StudyDate"}
    report = pydicom.dcmread(out)
    found = {element.keyword for element in report.iterall() if MARK in str(element.value)}
    assert found == kept & {*NAMED}
    for keyword in kept - {"StudyDate"}:
        assert report[keyword].value == pydicom.dcmread(echo)[keyword].value
    assert b"echo.dcm" not in out.read_bytes()
    assert str(tmp_path).encode() not in out.read_bytes()


@pytest.mark.parametrize("template", TEMPLATES)
def test_names_of_any_script_are_repeated_as_they_are(tmp_path: Path, template: str) -> None:
    tags = {**WHO, "SpecificCharacterSet": "ISO_IR 192", "PatientName": "Müller^Jürgen=山田^太郎"}
    study = report_study(tmp_path, tags, "Łukasz = Nowak\\")
    report = export(study, template)
    assert str(report.PatientName) == "Müller^Jürgen=山田^太郎"
    (reader,) = Item(report).says("121008")
    assert reader == "Łukasz   Nowak^"


def test_a_picture_that_belongs_to_no_study_is_refused(tmp_path: Path, capsys) -> None:
    cine = plax(uid="", study="")
    review = Review(cine, "AB")
    review.place("lvid", 0, [(40, 2), (40, 52)])
    save(review, tmp_path / "review.json")
    words = ["export", "sr", str(tmp_path / "review.json"), "--template", "5300"]
    assert main([*words, "--out", str(tmp_path / "a.dcm")]) == 2
    said = capsys.readouterr().err
    assert "no DICOM image of a study" in said
    assert said.count("\n") == 1


def test_a_file_that_is_gone_is_one_sentence_and_may_be_named(
    study: ReportStudy, tmp_path: Path, capsys
) -> None:
    document = study.document
    away = tmp_path / "away"
    away.mkdir()
    moved = [Path(shutil.move(tmp_path / f"{n}.dcm", away / f"{n}.dcm")) for n in (1, 2, 3)]
    words = ["export", "sr", str(document), "--template", "5300", "--out", str(tmp_path / "a.dcm")]
    assert main(words) == 2
    said = capsys.readouterr().err
    assert "is not at hand" in said
    assert said.count("\n") == 1
    assert main([*words, "--file", *map(str, moved)]) == 0


def test_a_file_of_another_patient_under_the_same_uids_is_refused(
    study: ReportStudy, tmp_path: Path, capsys
) -> None:
    document = study.document
    file = pydicom.dcmread(tmp_path / "1.dcm")
    file.PatientID = "P-18"
    file.save_as(tmp_path / "1.dcm")
    words = ["export", "sr", str(document), "--template", "5300", "--out", str(tmp_path / "a.dcm")]
    assert main(words) == 2
    assert "another patient" in capsys.readouterr().err


def test_a_review_in_which_nobody_stands_behind_anything_gives_no_report(
    tmp_path: Path, capsys
) -> None:
    study = report_study(tmp_path)
    for entry in list(study.review.entries.values()):
        study.review.reject(entry.id)
    export(study, "5300", code=2)
    assert "nothing to report" in capsys.readouterr().err.lower()


@pytest.mark.slow
@pytest.mark.parametrize("template", TEMPLATES)
def test_dciodvfy_finds_no_error(study: ReportStudy, template: str) -> None:
    export(study, template, "a.dcm", "--include-unreviewed")
    assert report_complaints(study.folder / "a.dcm") == []


@pytest.mark.slow
@pytest.mark.parametrize("template", TEMPLATES)
def test_dcmtk_reads_the_whole_tree(study: ReportStudy, template: str) -> None:
    export(study, template, "a.dcm", "--include-unreviewed")
    done = subprocess.run(
        ["dsrdump", str(study.folder / "a.dcm")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    errors = [line for line in done.stderr.splitlines() if line.startswith(("E:", "F:"))]
    assert errors == []
    assert done.stdout.count("NUM:") == sum(
        item.kind == "NUM" for item in Item(pydicom.dcmread(study.folder / "a.dcm")).everything()
    )


def test_without_highdicom_only_one_template_is_missed(
    study: ReportStudy, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setitem(sys.modules, "highdicom", None)
    export(study, "1500", code=1)
    said = capsys.readouterr().err
    assert "needs the package highdicom" in said
    assert "echomeasure[sr]" in said
    assert not (study.folder / "a.dcm").exists()
    export(study, "5300")


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_report_is_read_or_refused(
    damaged: dict[str, bytes], tmp_path: Path, template: str, seed: int
) -> None:
    rng = random.Random(seed)
    data = bytearray(damaged[template])
    for _ in range(rng.choice((1, 3, 20))):
        place = rng.randrange(132, len(data))
        data[place : place + rng.randrange(2)] = rng.randbytes(rng.randrange(1, 4))
    if seed % 4 == 0:
        del data[rng.randrange(200, len(data)) :]
    path = tmp_path / "a.dcm"
    path.write_bytes(data)
    with contextlib.suppress(UnreadableFile):
        tree = read_tree(path)
        answers_of(values_of(tree))
        own_calipers(tree)


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Both reports as they are before they are damaged."""
    study = report_study(tmp_path_factory.mktemp("damaged"))
    for template in TEMPLATES:
        export(study, template, f"{template}.dcm")
    return {template: (study.folder / f"{template}.dcm").read_bytes() for template in TEMPLATES}


def test_files_of_images_may_be_named_one_by_one(study: ReportStudy, tmp_path: Path) -> None:
    """None of them lies beside the review."""
    (tmp_path / "elsewhere").mkdir()
    review = Path(shutil.copy(study.document, tmp_path / "elsewhere"))
    named = [w for path in sorted(study.folder.glob("*.dcm")) for w in ("--file", str(path))]
    assert named.count("--file") > 1
    out = tmp_path / "report.dcm"
    assert main(["export", "sr", str(review), "--template", "5300", "--out", str(out), *named]) == 0
    assert out.exists()
