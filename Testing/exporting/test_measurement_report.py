"""TID 1500 as viewers and research tools read it, against the templates of DICOM PS3.16."""

from __future__ import annotations

from pathlib import Path

import highdicom
import pydicom
import pytest
from report_study import ANNULUS, INFLOW, PLAX, STUDY, TR, ReportStudy, report_study
from report_walking import Item
from review_studies import m_mode

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.main import main
from EchoMeasureLib.exporting.structured_report.report_contents import contents_of
from EchoMeasureLib.review.session import Review


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> ReportStudy:
    return report_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def report(study: ReportStudy) -> pydicom.Dataset:
    out = study.folder / "report.dcm"
    assert main(["export", "sr", str(study.document), "--template", "1500", "--out", str(out)]) == 0
    return pydicom.dcmread(out)


@pytest.fixture(scope="module")
def groups(report: pydicom.Dataset) -> list[Item]:
    return Item(report).below("126010", "125007")


def of(groups: list[Item], loinc: str) -> list[Item]:
    """The groups whose number has this code."""
    return [group for group in groups if group.below(loinc)]


def test_it_is_a_measurement_report_of_the_patient_and_study(report: pydicom.Dataset) -> None:
    assert report.SOPClassUID == report.file_meta.MediaStorageSOPClassUID
    assert report.SOPClassUID.name == "Comprehensive SR Storage"
    assert report.ContentTemplateSequence[0].TemplateIdentifier == "1500"
    assert Item(report).name == ("126000", "DCM")
    assert (report.PatientName, report.PatientID) == ("Phantom^Paula", "P-17")
    assert (report.PatientBirthDate, report.PatientSex) == ("19640229", "F")
    assert (report.StudyInstanceUID, report.StudyDate) == (STUDY, "20260301")
    assert (report.AccessionNumber, report.ReferringPhysicianName) == ("A1", "Refer^Rita")
    assert report.Modality == "SR"
    assert report.SeriesInstanceUID not in {f"{STUDY}.9{number}" for number in range(1, 5)}
    assert report.SeriesDescription


def test_no_program_says_that_it_is_complete_or_verified(report: pydicom.Dataset) -> None:
    assert (report.CompletionFlag, report.VerificationFlag) == ("PARTIAL", "UNVERIFIED")
    assert "VerifyingObserverSequence" not in report


def test_every_image_that_it_refers_to_is_evidence(report: pydicom.Dataset) -> None:
    (evidence,) = report.CurrentRequestedProcedureEvidenceSequence
    listed = {
        (series.SeriesInstanceUID, instance.ReferencedSOPInstanceUID)
        for series in evidence.ReferencedSeriesSequence
        for instance in series.ReferencedSOPSequence
    }
    assert listed == {(f"{STUDY}.9{n}", f"{STUDY}.{n}") for n in (1, 2, 3)}
    used = {
        item.dataset.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
        for item in Item(report).everything()
        if item.kind == "IMAGE"
    }
    assert used == {PLAX, TR, INFLOW}


@pytest.mark.parametrize(
    ("loinc", "image", "frame", "number", "unit", "points"),
    [
        ("80007-8", PLAX, 1, 5.0, "cm", [100.75, 20.5, 100.75, 70.5]),
        ("80011-0", PLAX, 3, 3.0, "cm", [100.75, 20.5, 100.75, 50.5]),
        ("79969-2", PLAX, 1, 1.0, "cm", [100.75, 10.5, 100.75, 20.5]),
        ("80032-6", PLAX, 1, 1.0, "cm", [100.75, 70.5, 100.75, 80.5]),
        ("80070-6", INFLOW, None, 80.0, "cm/s", [30.5, 24.5]),
        ("80066-4", INFLOW, None, 50.0, "cm/s", [50.5, 30.5]),
    ],
)
def test_a_value_lies_on_its_frame_with_code_and_unit(
    groups: list[Item], loinc: str, image: str, frame: int | None, number: float, unit: str, points
) -> None:
    (group,) = of(groups, loinc)
    value = group.one(loinc)
    assert (value.kind, value.unit) == ("NUM", unit)
    assert value.value == pytest.approx(number, abs=1e-9)
    (place,) = value.children
    assert (place.relation, place.kind) == ("INFERRED FROM", "SCOORD")
    assert place.dataset.GraphicType == ("POLYLINE" if len(points) == 4 else "POINT")
    assert list(place.dataset.GraphicData) == pytest.approx(points, abs=1e-4)
    (shown,) = place.children
    assert (shown.relation, shown.kind) == ("SELECTED FROM", "IMAGE")
    reference = shown.dataset.ReferencedSOPSequence[0]
    assert reference.ReferencedSOPInstanceUID == image
    assert reference.get("ReferencedFrameNumber") == frame


def test_beats_are_numbered_and_their_velocities_are_sizes(groups: list[Item]) -> None:
    jets = of(groups, "79921-3")
    assert [jet.one("79921-3").value for jet in jets] == pytest.approx([240, 260])
    assert [jet.says("122149") for jet in jets] == [["1"], ["2"]]


def test_a_breath_has_no_beat_number() -> None:
    review = Review(m_mode(), "AB")
    entry = review.place("ivcmmax", 0, [(10.0, 20.0), (10.0, 40.0)])
    (value,) = contents_of(review).values
    assert (value.entry.id, value.beat) == (entry.id, None)


@pytest.mark.parametrize(
    ("loinc", "site", "phase", "mode", "view", "flow"),
    [
        ("80007-8", "87878005", "416190007", "399064001", "399139001", None),
        ("80011-0", "87878005", "416430001", "399064001", "399139001", None),
        ("79921-3", "46030003", "111973004", "261198000", "399214001", "312004007"),
        ("80070-6", "91134007", "444392003", "261199008", "399214001", "263677008"),
    ],
)
def test_site_phase_mode_view_and_flow_are_coded(
    groups: list[Item], loinc: str, site: str, phase: str, mode: str, view: str, flow: str | None
) -> None:
    for group in of(groups, loinc):
        assert group.says("363698007") == [(site, "SCT")]
        assert group.says("272518008") == [(phase, "SCT")]
        assert group.says("399264008") == [(mode, "SCT")]
        assert group.says("111031") == [(view, "SCT")]
        assert group.says("260674002") == ([(flow, "SCT")] if flow else [])


def test_a_network_is_named_where_it_placed_the_points_and_a_person_where_one_did(
    groups: list[Item],
) -> None:
    accepted, edited = of(groups, "79921-3")
    assert accepted.says("111001") == ["image.ckpt"]
    assert accepted.says("111003") == [f"sha256:{'ab' * 32}"]
    assert "decoder=robust" in accepted.says("111002")
    assert accepted.says("before-edit") == []
    assert edited.says("111001") == []
    (before,) = edited.says("before-edit")
    assert str(before).startswith("250 cm/s at pixels (120.00, 45.00)")
    assert accepted.says("review-status") == [("accepted", "99ECHOMEASURE")]
    assert edited.says("review-status") == [("edited", "99ECHOMEASURE")]
    assert {name for group in groups for name in group.says("121008")} == {"Anna Berg^"}


def test_person_and_program_are_the_observers(report: pydicom.Dataset) -> None:
    root = Item(report)
    assert root.says("121005") == [("121006", "DCM"), ("121007", "DCM")]
    assert root.says("121008") == ["Anna Berg^"]
    assert root.says("121013") == ["EchoMeasure"]


def test_the_answer_is_the_mean_and_names_its_beats(report: pydicom.Dataset) -> None:
    mean = Item(report).one("126011", "79921-3")
    assert mean.value == pytest.approx(250)
    assert mean.says("121401") == [("373098007", "SCT")]
    assert mean.says("121404") == [("121412", "DCM")]
    inputs = [child for child in mean.children if child.relation == "INFERRED FROM"]
    assert [child.value for child in inputs] == pytest.approx([240, 260])
    single = Item(report).one("126011", "80007-8")
    assert single.says("121401") == []
    assert single.says("121404") == [("121410", "DCM")]


def test_an_input_is_the_same_observation_as_the_number_itself(
    report: pydicom.Dataset, groups: list[Item]
) -> None:
    mean = Item(report).one("126011", "79921-3")
    theirs = [group.one("112040").value for group in of(groups, "79921-3")]
    inputs = [child for child in mean.children if child.relation == "INFERRED FROM"]
    assert [child.dataset.ObservationUID for child in inputs] == theirs


@pytest.mark.parametrize(
    ("name", "number", "unit", "inputs"),
    [
        # (5 - 3) / 5
        ("29434-8", 40.0, "%", ["80007-8", "80011-0"]),
        # 0.8 * 1.04 * (7^3 - 5^3) + 0.6
        ("80019-3", 181.976, "g", ["79969-2", "80007-8", "80032-6"]),
        # 2 * 1 / 5
        ("rwt", 0.4, "1", ["80032-6", "80007-8"]),
        # 4 * 2.5^2
        ("79937-9", 25.0, "mm[Hg]", ["79921-3"]),
        # of the beat, and as it counts
        ("18038-0", 1.6, "1", ["80070-6", "80066-4"]),
        # 0.007184 * 60^0.425 * 160^0.725
        ("8277-6", 1.62206, "m2", ["8302-2", "29463-7"]),
    ],
)
def test_what_is_derived_names_its_inputs(
    report: pydicom.Dataset, name: str, number: float, unit: str, inputs: list[str]
) -> None:
    value, *_ = Item(report).below("126011", name)
    assert value.value == pytest.approx(number, rel=1e-4)
    assert value.unit == unit
    found = [child for child in value.children if child.relation == "INFERRED FROM"]
    assert [child.name[0] for child in found] == inputs


def test_grades_come_with_their_rules_as_text(report: pydicom.Dataset) -> None:
    said = Item(report).says("C0034375", "grade")
    assert said
    assert any("TR above 2.8 m/s: no" in str(text) for text in said)
    # 112 g/m2 is above the limit of women, 95; a relative wall of 0.40 is not above 0.42.
    assert Item(report).says("C0034375", "lv_geometry") == ["eccentric hypertrophy"]


def test_nothing_unreviewed_is_in_it_and_that_is_said(report: pydicom.Dataset) -> None:
    root = Item(report)
    assert not [item for item in root.everything() if item.name[0] == "80054-0"]
    assert any("1 caliper not reviewed" in str(text) for text in root.says("C0034375", "remark"))


def test_it_says_that_it_is_for_research(report: pydicom.Dataset) -> None:
    assert Item(report).says("C0034375", "notice") == [RESEARCH_USE_ONLY]


def test_unreviewed_values_come_when_asked_for_and_are_marked(
    study: ReportStudy, tmp_path: Path
) -> None:
    words = ["--template", "1500", "--include-unreviewed", "--out", str(tmp_path / "a.dcm")]
    assert main(["export", "sr", str(study.document), *words]) == 0
    root = Item(pydicom.dcmread(tmp_path / "a.dcm"))
    (group,) = of(root.below("126010", "125007"), "80054-0")
    assert group.one("80054-0").value == pytest.approx(10)
    assert group.says("doubt") == ["not reviewed"]
    assert group.says("review-status") == [("unreviewed", "99ECHOMEASURE")]
    assert group.says("121008") == []
    answer = root.one("126011", "80054-0")
    assert answer.says("121404") == []
    assert answer.says("doubt") == ["not reviewed"]


# What OHIF and Cornerstone take for granted (see Docs/structured-reports.md)


def test_every_group_has_one_number_with_one_child(groups: list[Item]) -> None:
    assert len(groups) == 8
    for group in groups:
        (number,) = [child for child in group.children if child.kind == "NUM"]
        assert len(number.children) == 1


def test_tracking_names_the_tool_that_shows_it(groups: list[Item]) -> None:
    tools = {group.one("112039").value.rpartition(":")[0] for group in groups}
    assert tools == {f"Cornerstone3DTools@^0.1.0:{tool}" for tool in ("Length", "Probe")}
    for group in groups:
        first, *_ = [child for child in group.children if child.kind == "UIDREF"]
        assert first.name == ("112040", "DCM")
    uids = [group.one("112040").value for group in groups]
    assert len(set(uids)) == len(uids)


def test_every_item_of_groups_and_image_library_has_a_name(
    report: pydicom.Dataset, groups: list[Item]
) -> None:
    root = Item(report)
    named = [*root.children, *(child for group in groups for child in group.children)]
    named += list(root.one("111028").everything())
    assert all(item.name[0] for item in named)
    listed = root.below("111028", "126200", "260753009")
    assert [item.dataset.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for item in listed] == [
        *(PLAX, TR, INFLOW),
    ]
    assert ANNULUS not in str(report)


def test_highdicom_reads_it_back(report: pydicom.Dataset) -> None:
    found = highdicom.sr.ComprehensiveSR.from_dataset(report)
    groups = found.content.get_image_measurement_groups()
    assert len(groups) == 8
    numbers = {str(group.finding_type.value): group.get_measurements()[0].value for group in groups}
    assert numbers["80007-8"] == pytest.approx(5.0)
    assert groups[0].tracking_uid
