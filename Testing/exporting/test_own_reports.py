"""What EchoMeasure reports it reads back: the same points, values and decisions."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from report_study import INFLOW, PLAX, TR, WHO, ReportStudy, report_study
from review_studies import STUDY, m_mode, plax, predicted, spectral
from vendor_report import LEFT_VENTRICLE, findings, number, write_vendor_report

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.cli.main import main
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.exporting.structured_report.own_reviews import review_of_report
from EchoMeasureLib.exporting.structured_report.report_contents import contents_of
from EchoMeasureLib.exporting.structured_report.report_tree import ReportTree, tree_of
from EchoMeasureLib.exporting.structured_report.report_writing import Template, make_report
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.imaging.subject_facts import SubjectFacts
from EchoMeasureLib.measuring.breathing import Manoeuvre
from EchoMeasureLib.measuring.examination import Examination, Rhythm
from EchoMeasureLib.measuring.grading.ranges import RangeSet
from EchoMeasureLib.measuring.subject import BsaFormula, Subject
from EchoMeasureLib.review.document import read_document, resume_closed
from EchoMeasureLib.review.session import Review

CINES = (
    plax(),
    spectral(RegionKind.CW, "1.2.840.99.1.2"),
    spectral(RegionKind.PW, "1.2.840.99.1.4", -5.0),
    m_mode(),
)
KEYS = [cine.identity.sop_instance_uid for cine in CINES]
PLACES = {
    "lvid": KEYS[0],
    "ivs": KEYS[0],
    "la": KEYS[0],
    "pa": KEYS[0],
    "avvmax": KEYS[1],
    "trvmax": KEYS[1],
    "avvti": KEYS[1],
    "mvpeak": KEYS[2],
    "medevel": KEYS[2],
    "tapse": KEYS[3],
}


def source(cine) -> Dataset:
    """The header of an image that is in memory."""
    header = Dataset()
    header.SOPInstanceUID, header.StudyInstanceUID = cine.identity.sop_instance_uid, STUDY
    header.SOPClassUID = "1.2.840.10008.5.1.4.1.1.3.1"
    header.SeriesInstanceUID, header.Modality = "1.2.840.99.1.90", "US"
    header.Rows, header.Columns, header.NumberOfFrames = cine.rows, cine.columns, cine.frame_count
    return header


SOURCES = {key: source(cine) for key, cine in zip(KEYS, CINES, strict=True)}


def through_dicom(review: Review, template: Template) -> ReportTree:
    """Written to bytes and read from them."""
    report = make_report(contents_of(review, include_unreviewed=True), SOURCES, template)
    stream = BytesIO()
    pydicom.dcmwrite(stream, report)
    stream.seek(0)
    return tree_of(pydicom.dcmread(stream))


def axis(size: int) -> st.SearchStrategy[float]:
    return st.floats(1, size - 2, allow_nan=False).map(lambda number: round(number, 3))


@st.composite
def calipers(draw: st.DrawFn) -> tuple:
    measurement = draw(st.sampled_from(sorted(PLACES)))
    frames = CINES[KEYS.index(PLACES[measurement])].frame_count
    count = len(CATALOG[measurement].points)
    points = draw(st.lists(st.tuples(axis(80), axis(60)), min_size=count, max_size=count))
    if CATALOG[measurement].traced:
        peak = points[0][1]
        points = [(10.0, 20.0), (15.5, 20 + peak / 3), (22.0, 20 + peak / 2), (40.0, 20.0)]
    return (
        *(measurement, draw(st.integers(0, frames - 1)), points),
        draw(st.sampled_from(["placed", "accepted", "moved", "unreviewed", "left out", "noted"])),
        draw(st.sampled_from([None, Phase.ED, Phase.ES])),
        draw(st.floats(0.06, 1).map(lambda number: round(number, 4))),
    )


def made(wishes: list[tuple]) -> Review:
    review = Review(CINES[0], "Anna Berg")
    for cine in CINES[1:]:
        review.add_cine(cine)
    for measurement, frame, points, done, phase, confidence in wishes:
        image = PLACES[measurement]
        if done == "placed":
            entry = review.place(measurement, frame, points, image)
        else:
            entry = review.add_prediction(predicted(measurement, frame, points, confidence), image)
        if done == "accepted":
            review.accept(entry.id)
        if done == "moved":
            review.move(entry.id, [(x + 0.5, y) for x, y in points])
        if done == "left out":
            review.leave_out(review.accept(entry.id).id, "off axis")
        if done == "noted":
            review.note(review.accept(entry.id).id, "a note \\ of two\nlines")
        if phase is not None and measurement in ("lvid", "ivs", "la", "pa"):
            review.choose(entry.id, phase)
    return review


def reported(review: Review) -> dict[str, object]:
    return {
        entry.id: entry
        for entry in review.entries.values()
        if any(v.value is not None for v in entry.caliper.values)
        and all(v.value is not None for v in entry.caliper.values if v.unit != "1")
    }


@settings(deadline=None, max_examples=examples(6))
@given(st.lists(calipers(), min_size=1, max_size=6))
def test_a_measurement_report_comes_back_as_the_review_it_was_made_of(wishes) -> None:
    review = made(wishes)
    wanted = reported(review)
    if not wanted:
        return
    again, notes = review_of_report(through_dicom(review, Template.MEASUREMENTS), CINES)
    assert again.reviewer == "Anna Berg"
    assert set(again.entries) == set(wanted)
    assert [note for note in notes if "the report says" in note] == []
    for id, before in wanted.items():
        after = again.entry(id)
        assert (after.image, after.frame, after.measurement) == (
            *(before.image, before.frame, before.measurement),
        )
        assert (after.status, after.left_out) == (before.status, before.left_out)
        assert after.notes == before.notes.replace("\\", "/")
        assert (after.caliper.model is None) == (before.caliper.origin.value != "predicted")
        if before.caliper.origin.value == "predicted":
            assert after.caliper.model == before.caliper.model
        same_points(before, after)
        assert [v.flags for v in after.caliper.values] == [v.flags for v in before.caliper.values]
        if CATALOG[before.measurement].id in ("lvid", "ivs", "la", "pa"):
            assert again.phase_of(after) == review.phase_of(before)


def where(wish: tuple) -> tuple:
    """What tells one caliper from another where a report names none: the same twice is one."""
    measurement, frame, points, *_ = wish
    return measurement, frame, tuple(points)


@settings(deadline=None, max_examples=examples(6))
@given(st.lists(calipers(), min_size=1, max_size=6, unique_by=where))
def test_an_echo_report_comes_back_with_the_same_points_and_values(wishes) -> None:
    review = made(wishes)
    wanted = reported(review)
    if not wanted:
        return
    again, notes = review_of_report(through_dicom(review, Template.ECHO), CINES)
    assert [note for note in notes if "the report says" in note] == []

    def order(entry):
        points = tuple((point.x, point.y) for point in entry.caliper.points)
        return entry.measurement, entry.image, entry.frame, points

    before, after = sorted(wanted.values(), key=order), sorted(again.entries.values(), key=order)
    assert len(before) == len(after)
    if not any(entry.measurement == "mvpeak" for entry in before):
        for one, other in zip(before, after, strict=True):
            assert order(one)[:3] == order(other)[:3]
            assert one.reviewed == other.reviewed
            same_points(one, other)


def same_points(before, after) -> None:
    """GraphicData is of 32 bits."""
    for one, other in zip(before.caliper.points, after.caliper.points, strict=True):
        assert (other.x, other.y) == pytest.approx((one.x, one.y), abs=1e-5)
    for one, other in zip(before.caliper.values, after.caliper.values, strict=True):
        assert other.value == pytest.approx(one.value, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("template", ["1500", "5300"])
def test_a_file_becomes_a_review_with_the_same_answers(
    tmp_path: Path, capsys, template: str
) -> None:
    study = report_study(tmp_path)
    out, again = tmp_path / "report.dcm", tmp_path / "again.json"
    assert (
        main(["export", "sr", str(study.document), "--template", template, "--out", str(out)]) == 0
    )
    assert main(["sr", str(out), "--to-review", str(again)]) == 0
    assert "the image gives" not in capsys.readouterr().err
    review = resume_closed(read_document(again))
    assert set(review.images) == {PLAX, TR, INFLOW}
    assert review.reviewer == "Anna Berg"
    assert (review.subject.height_cm, review.subject.weight_kg) == (160, 60)
    before = {m.id: m.value for m in study.review.measured().values() if m.value is not None}
    after = {m.id: m.value for m in review.measured().values() if m.value is not None}
    assert set(before) - set(after) == {"latevel"}
    assert after == {id: pytest.approx(before[id], rel=1e-6) for id in after}


HEART_RATE = ("8867-4", "LN")
MEASURED_IT, ENTERED_IT = "125316", "113857"
"""Directly measured, Manual Entry (CID 12303)."""


def numbers_named(item: Dataset, code: tuple[str, str]) -> list[Dataset]:
    """Every number of this concept, wherever it stands."""
    name = item.get("ConceptNameCodeSequence", [Dataset()])[0]
    here = (name.get("CodeValue"), name.get("CodingSchemeDesignator")) == code
    below = [found for one in item.get("ContentSequence", ()) for found in numbers_named(one, code)]
    return [item, *below] if here else below


@pytest.mark.parametrize("template", Template)
@pytest.mark.parametrize("by_file", [True, False])
def test_a_heart_rate_has_its_own_code_and_says_whether_the_file_gave_it(
    tmp_path: Path, template: Template, by_file: bool
) -> None:
    """LOINC 8867-4 as in CID 12220; reports from before have a code of our own."""
    study = report_study(tmp_path, {**WHO, "HeartRate": "72"})
    if not by_file:
        study.review.examine(replace(study.review.examination, heart_rate=66.0, systolic=120.0))
    sources = {key: pydicom.dcmread(tmp_path / f"{key[-1]}.dcm") for key in study.review.images}
    report = make_report(contents_of(study.review), sources, template)
    (number,) = numbers_named(report, HEART_RATE)
    value = number.MeasuredValueSequence[0]
    assert (float(value.NumericValue), value.MeasurementUnitsCodeSequence[0].CodeValue) == (
        *(72 if by_file else 66, "/min"),
    )
    codes = [c for one in number.ContentSequence for c in one.get("ConceptCodeSequence", ())]
    assert [c.CodeValue for c in codes] == [MEASURED_IT if by_file else ENTERED_IT]
    cines = [read(tmp_path / f"{key[-1]}.dcm") for key in study.review.images]
    for older in (False, True):
        if older:
            name = number.ConceptNameCodeSequence[0]
            name.CodeValue, name.CodingSchemeDesignator = "heart_rate", "99ECHOMEASURE"
            (kind,) = (one for one in number.ContentSequence if "ConceptCodeSequence" in one)
            kind.ConceptCodeSequence[0].CodeValue = ENTERED_IT
            number.ContentSequence = [kind]
        again, _ = review_of_report(tree_of(report), cines)
        assert again.examination.heart_rate == (72 if by_file else 66)
        assert again.examination.systolic == (None if by_file else 120)
        assert again.examination.from_file == ({"heart_rate"} if by_file and not older else set())


def through_file(study: ReportStudy, template: Template) -> Review:
    """The review that a report of this study becomes, with its images."""
    keys = study.review.images
    sources = {key: pydicom.dcmread(study.folder / f"{key[-1]}.dcm") for key in keys}
    report = make_report(contents_of(study.review), sources, template)
    cines = [read(study.folder / f"{key[-1]}.dcm") for key in keys]
    return review_of_report(tree_of(report), cines)[0]


@pytest.mark.parametrize("template", Template)
def test_what_the_answers_rest_on_comes_back_with_them(tmp_path: Path, template: Template) -> None:
    """The file says F, 62; the reader M, 50. Mosteller: sqrt(160 * 60 / 3600) = 1.633."""
    study = report_study(tmp_path)
    review = study.review
    review.describe(Subject("M", 160, 60, 50, BsaFormula.MOSTELLER))
    review.examine(
        Examination(
            rhythm=Rhythm.AF,
            manoeuvre=Manoeuvre.SNIFF,
            disease=True,
            no_jet=True,
            lavi=38.0,
            ranges=RangeSet.BSE,
        )
    )
    again = through_file(study, template)
    assert again.subject == review.subject
    assert again.examination == review.examination
    assert again.sheet().row("bsa").text == "1.63 m\u00b2"
    reported = contents_of(review)
    assert [grade.outcome for grade in again.sheet().grades] == [
        grade.outcome for grade in reported.grades
    ]
    review.examine(replace(review.examination, rhythm=None, group="mac"))
    assert through_file(study, template).examination == review.examination


@pytest.mark.parametrize("template", Template)
def test_what_the_file_says_of_the_person_is_no_manual_entry(
    tmp_path: Path, template: Template
) -> None:
    study = report_study(tmp_path, {**WHO, "PatientSize": "1.65", "PatientWeight": "70"})
    review = Review(read(tmp_path / "1.dcm"), "Anna Berg")
    review.place("lvid", 0, [(100, 20), (100, 70)], phase=Phase.ED)
    again = through_file(replace(study, review=review), template)
    assert again.subject == review.subject
    assert again.subject.from_file == {"sex", "age", "height_cm", "weight_kg"}
    review.describe(replace(review.subject, weight_kg=71.0))
    again = through_file(replace(study, review=review), template)
    assert again.subject == review.subject
    assert again.subject.from_file == {"sex", "age", "height_cm"}


def test_a_height_of_the_file_is_measured_and_a_weight_that_was_typed_entered(
    tmp_path: Path,
) -> None:
    report_study(tmp_path, {**WHO, "PatientSize": "1.65", "PatientWeight": "70"})
    review = Review(read(tmp_path / "1.dcm"), "Anna Berg")
    review.place("lvid", 0, [(100, 20), (100, 70)], phase=Phase.ED)
    review.describe(replace(review.subject, weight_kg=71.0))
    sources = {PLAX: pydicom.dcmread(tmp_path / "1.dcm")}
    report = make_report(contents_of(review), sources, Template.MEASUREMENTS)

    def method(code: str) -> str:
        number, *_ = numbers_named(report, (code, "LN"))
        said = (c for one in number.ContentSequence for c in one.get("ConceptCodeSequence", ()))
        return str(next(said).CodeValue)

    assert (method("8302-2"), method("29463-7")) == (MEASURED_IT, ENTERED_IT)


@pytest.mark.parametrize("template", Template)
def test_a_cardiac_output_rests_on_the_heart_rate_of_its_strip(template: Template) -> None:
    """12 cm x 3.14 cm2 x 60; the file of the first image says 90, which comes back as given."""
    images = [spectral(RegionKind.CW, KEYS[1]), spectral(RegionKind.PW, KEYS[2], -5.0)]
    for image, rate in zip(images, (90, 60), strict=True):
        image.subject = SubjectFacts(heart_rate=rate)
    review = Review(images[0], "Anna Berg")
    review.add_cine(images[1])
    review.place("lvotvti", 0, [(10, 20), (20, 36), (40, 20)], KEYS[2])
    review.examine(replace(review.examination, lvot_diameter=2.0))
    report = make_report(contents_of(review), SOURCES, template)
    rates = numbers_named(report, HEART_RATE)
    said = [(n.RelationshipType, float(n.MeasuredValueSequence[0].NumericValue)) for n in rates]
    assert said == [("CONTAINS", 90), ("CONTAINS", 60), ("INFERRED FROM", 60)]
    (output,) = numbers_named(report, ("82799009", "SCT"))
    number = float(output.MeasuredValueSequence[0].NumericValue)
    assert number == pytest.approx(12 * 3.14159 * 60 / 1000, rel=1e-4)
    again, _ = review_of_report(tree_of(report), images[1:])
    assert again.examination.heart_rate == 90
    assert again.sheet().row("co").value == pytest.approx(number, rel=1e-4)


def test_a_report_that_does_not_fit_its_image_says_both_numbers(tmp_path: Path, capsys) -> None:
    study = report_study(tmp_path)
    out = tmp_path / "report.dcm"
    words = ["export", "sr", str(study.document), "--template", "1500", "--out", str(out)]
    assert main(words) == 0
    image = pydicom.dcmread(tmp_path / "1.dcm")
    image.SequenceOfUltrasoundRegions[0].PhysicalDeltaY = 0.11
    image.SequenceOfUltrasoundRegions[0].PhysicalDeltaX = 0.11
    image.save_as(tmp_path / "1.dcm")
    assert main(["sr", str(out), "--to-review", str(tmp_path / "again.json")]) == 0
    said = capsys.readouterr().err
    assert "lvid-f0: the report says 5.00 cm, the image gives 5.50 cm." in said


def test_images_that_are_gone_and_reports_of_others_are_one_sentence(
    tmp_path: Path, capsys
) -> None:
    study = report_study(tmp_path)
    out, again = tmp_path / "report.dcm", tmp_path / "again.json"
    words = ["export", "sr", str(study.document), "--template", "1500", "--out", str(out)]
    assert main(words) == 0
    (tmp_path / "2.dcm").unlink()
    capsys.readouterr()
    assert main(["sr", str(out), "--to-review", str(again)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    section = findings(LEFT_VENTRICLE, number(("29436-3", "LN", "LVIDd"), 4.7, "cm"))
    theirs = write_vendor_report(tmp_path / "theirs.dcm", [section])
    assert main(["sr", str(theirs), "--to-review", str(again)]) == 2
    assert "not by EchoMeasure" in capsys.readouterr().err
    assert not again.exists()
