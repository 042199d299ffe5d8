"""TID 5300, Simplified Adult Echo SR, against PS3.16 and PS3.3 A.35.17."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest
from pydicom.sr._concepts_dict import concepts
from report_study import INFLOW, PLAX, TR, ReportStudy, report_study
from report_walking import Item

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.main import main
from EchoMeasureLib.exporting.structured_report import code_words, report_codes
from EchoMeasureLib.exporting.structured_report.report_codes import SrCode
from EchoMeasureLib.exporting.structured_report.report_meanings import MEANINGS

PRE, POST, PATIENT = "125301", "125302", "121118"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> ReportStudy:
    return report_study(tmp_path_factory.mktemp("study"))


def written(study: ReportStudy, out: Path, *words: str) -> pydicom.Dataset:
    command = ["export", "sr", str(study.document), "--template", "5300", "--out", str(out)]
    assert main([*command, *words]) == 0
    return pydicom.dcmread(out)


@pytest.fixture(scope="module")
def report(study: ReportStudy) -> pydicom.Dataset:
    return written(study, study.folder / "echo.dcm")


@pytest.fixture(scope="module")
def root(report: pydicom.Dataset) -> Item:
    return Item(report)


def test_it_is_a_simplified_adult_echo_report(report: pydicom.Dataset, root: Item) -> None:
    assert report.SOPClassUID == "1.2.840.10008.5.1.4.1.1.88.72"
    assert report.ContentTemplateSequence[0].TemplateIdentifier == "5300"
    assert root.name == ("125200", "DCM")
    for keyword in ("Manufacturer", "ManufacturerModelName", "DeviceSerialNumber"):
        assert report[keyword].value


def test_only_what_the_class_allows_is_in_it(root: Item) -> None:
    """PS3.3 A.35.17.3: these types, by value, no heading that contains an image."""
    allowed = {
        *("TEXT", "CODE", "NUM", "DATETIME", "UIDREF", "PNAME"),
        *("CONTAINER", "IMAGE", "SCOORD", "WAVEFORM", "TCOORD"),
    }
    for item in root.everything():
        assert item.kind in allowed
        assert "ReferencedContentItemIdentifier" not in item.dataset
        for child in item.children:
            assert (item.kind, child.kind) != ("CONTAINER", "IMAGE")
            if item.kind == "SCOORD":
                assert (child.relation, child.kind) == ("SELECTED FROM", "IMAGE")
            if item.kind == "NUM":
                assert child.relation in {"HAS CONCEPT MOD", "HAS PROPERTIES", "INFERRED FROM"}


def test_what_is_pre_coordinated_has_no_more_than_its_template(root: Item) -> None:
    """TID 5301: selection, derivation, label, coordinates, in this order; codes of CID 12300."""
    order = ["121404", "121401", "125309", "121112"]
    numbers = root.one(PRE).children
    assert numbers
    for number in numbers:
        assert number.kind == "NUM"
        assert 12300 in cids("LN", number.name[0])
        places = [order.index(child.name[0]) for child in number.children]
        assert places == sorted(places)
    chosen = [number.name for number in numbers if number.below("121404")]
    assert len(set(chosen)) == len(chosen)


@pytest.mark.parametrize(
    ("loinc", "image", "frame", "number", "unit", "points"),
    [
        ("80007-8", PLAX, 1, 5.0, "cm", [100.75, 20.5, 100.75, 70.5]),
        ("80011-0", PLAX, 3, 3.0, "cm", [100.75, 20.5, 100.75, 50.5]),
        ("79969-2", PLAX, 1, 1.0, "cm", [100.75, 10.5, 100.75, 20.5]),
        ("80032-6", PLAX, 1, 1.0, "cm", [100.75, 70.5, 100.75, 80.5]),
        ("80070-6", INFLOW, None, 80.0, "cm/s", [30.5, 24.5]),
        ("80066-4", INFLOW, None, 50.0, "cm/s", [50.5, 30.5]),
        ("18038-0", INFLOW, None, 1.6, "1", [30.5, 24.5, 50.5, 30.5]),
    ],
)
def test_a_value_lies_on_its_frame_with_code_and_unit(
    root: Item, loinc: str, image: str, frame: int | None, number: float, unit: str, points
) -> None:
    value = root.one(PRE, loinc)
    assert value.unit == unit
    assert value.value == pytest.approx(number, abs=1e-9)
    place = value.one("121112")
    assert list(place.dataset.GraphicData) == pytest.approx(points, abs=1e-4)
    reference = place.children[0].dataset.ReferencedSOPSequence[0]
    assert reference.ReferencedSOPInstanceUID == image
    assert reference.get("ReferencedFrameNumber") == frame
    assert value.says("121404") == [("121410", "DCM")]


def test_of_several_beats_the_mean_is_the_one_that_counts(root: Item) -> None:
    beats = root.below(PRE, "79921-3")
    assert [beat.value for beat in beats] == pytest.approx([240, 260, 250])
    first, second, mean = beats
    assert not first.below("121404")
    assert not second.below("121404")
    assert mean.says("121404") == [("121412", "DCM")]
    assert mean.says("121401") == [("373098007", "SCT")]
    assert not mean.below("121112")
    assert first.children[-1].children[0].dataset.ReferencedSOPSequence[
        0
    ].ReferencedSOPInstanceUID == (TR)


def test_what_the_network_had_said_stands_apart_with_its_name(root: Item) -> None:
    before = root.one(POST, "before-edit")
    assert before.value == pytest.approx(250)
    assert before.says("111001") == ["image.ckpt"]
    assert before.says("111003") == [f"sha256:{'ab' * 32}"]
    assert list(before.one("121112").dataset.GraphicData) == pytest.approx([120.5, 45.5])


def test_what_is_calculated_says_so_and_from_what(root: Item) -> None:
    shortening = root.one(POST, "29434-8")
    assert shortening.value == pytest.approx(40)
    assert shortening.says("125306") == [("125314", "DCM")]
    inputs = [child for child in shortening.children if child.relation == "INFERRED FROM"]
    assert [(child.name[0], child.value) for child in inputs] == [("80007-8", 5), ("80011-0", 3)]
    assert root.one(POST, "80019-3").says("125306") == [("125315", "DCM")]
    assert root.one(POST, "rwt").says("125306") == [("118586006", "SCT")]
    assert root.one(POST, "77891-0").says("370129005") == [("125209", "DCM")]


def test_the_person_is_described_also_where_something_is_not_known(
    root: Item, tmp_path: Path
) -> None:
    said = root.one(PATIENT)
    assert said.says("121033", "8302-2", "29463-7", "8277-6") == []
    assert said.says("8302-2") == [160]
    assert said.says("29463-7") == [60]
    assert said.says("121033") == [62]
    assert said.says("121032") == [("F", "DCM")]
    unknown = report_study(tmp_path)
    from EchoMeasureLib.measuring.subject import Subject

    unknown.review.describe(Subject())
    patient = Item(written(unknown, tmp_path / "echo.dcm")).one(PATIENT)
    assert [child.name[0] for child in patient.children] == [
        *("121033", "121032", "8302-2", "29463-7"),
    ]
    assert patient.says("121032") == [("U", "DCM")]
    height = patient.one("8302-2").dataset
    assert not height.MeasuredValueSequence
    assert height.NumericValueQualifierCodeSequence[0].CodeValue == "114010"


def test_observers_grades_and_notice_are_there(root: Item) -> None:
    assert root.says("121008") == ["Anna Berg^"]
    assert root.says("121013") == ["EchoMeasure"]
    assert any("TR above 2.8 m/s: no" in str(text) for text in root.says("grade"))
    assert root.says("lv_geometry") == ["eccentric hypertrophy"]
    assert root.says("notice") == [RESEARCH_USE_ONLY]


def test_what_nobody_reviewed_is_post_coordinated_and_marked(
    study: ReportStudy, tmp_path: Path
) -> None:
    root = Item(written(study, tmp_path / "a.dcm", "--include-unreviewed"))
    assert not root.below(PRE, "80054-0")
    value, answer = root.below(POST, "80054-0")
    assert value.value == pytest.approx(10)
    assert value.says("doubt") == answer.says("doubt") == ["not reviewed"]
    assert value.says("111001") == ["image.ckpt"]
    assert value.says("363698007") == [("399086000", "SCT")]
    assert value.says("399264008") == [("439858009", "SCT")]
    assert not value.below("121404")
    assert not answer.below("121404")


def test_a_caliper_that_was_left_out_says_why(tmp_path: Path) -> None:
    study = report_study(tmp_path)
    (first, *_) = (e for e in study.review.entries.values() if e.measurement == "trvmax")
    study.review.leave_out(first.id, "extrasystole")
    root = Item(written(study, tmp_path / "a.dcm"))
    assert [n.value for n in root.below(PRE, "79921-3")] == pytest.approx([260])
    assert root.one(PRE, "79921-3").says("121404") == [("121410", "DCM")]
    left_out = root.one(POST, "79921-3")
    assert left_out.value == pytest.approx(240)
    assert left_out.says("not-counted") == ["left out: extrasystole"]


# The codes, in the words of pydicom's dictionary


def entries(scheme: str, value: str) -> list[tuple[str, list[int]]]:
    return [
        (meaning, list(cids))
        for named in concepts[scheme].values()
        for code, (meaning, cids) in named.items()
        if code == value
    ]


def cids(scheme: str, value: str) -> set[int]:
    return {cid for _, found in entries(scheme, value) for cid in found}


ALL = sorted(
    {code for code in vars(report_codes).values() if isinstance(code, SrCode)}
    | {SrCode(value, "LN", words) for value, words in code_words.LOINC.items()}
    | {SrCode(value, "SCT", words) for value, words in code_words.SNOMED.items()}
    | {
        code
        for meaning in MEANINGS.values()
        for code in (meaning.site, meaning.property, meaning.view, meaning.flow, meaning.mode)
        if code is not None
    }
    | set(report_codes.PHASES.values())
)

NOT_IN_PYDICOM = {"260674002", "272518008", "399264008", "8302-2", "29463-7"}
"""The first three it calls otherwise than PS3.16, which names them as here; the others it lacks."""


@pytest.mark.parametrize(
    "code",
    [c for c in ALL if c.scheme != report_codes.OWN and c.value not in NOT_IN_PYDICOM],
    ids=str,
)
def test_a_code_means_what_its_scheme_says(code: SrCode) -> None:
    assert code.meaning in [meaning for meaning, _ in entries(code.scheme, code.value)]


@pytest.mark.parametrize("id", MEANINGS)
def test_what_is_said_of_a_measurement_is_of_the_right_list(id: str) -> None:
    meaning = MEANINGS[id]
    for code, cid in (
        (meaning.site, 12305),
        (meaning.property, 12304),
        (meaning.view, 12226),
        (meaning.flow, 12306),
        (meaning.mode, 12224),
        (meaning.about, 12302),
    ):
        assert code is None or cid in cids(code.scheme, code.value), code


def test_pre_coordinated_codes_are_those_of_cid_12300() -> None:
    listed = {code for code in code_words.LOINC if 12300 in cids("LN", code)}
    assert listed == code_words.PRECOORDINATED
