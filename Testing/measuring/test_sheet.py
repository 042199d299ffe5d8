"""The sheet: a row for every value, in the order of a report, what was given by hand marked so."""

from __future__ import annotations

import pytest
import sheet_page

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.measuring.breathing import Manoeuvre
from EchoMeasureLib.measuring.examination import GIVEN, Examination, Rhythm
from EchoMeasureLib.measuring.formula_inputs import OUTPUTS
from EchoMeasureLib.measuring.formulae import FORMULAE
from EchoMeasureLib.measuring.measured import BeatValue, Measured
from EchoMeasureLib.measuring.rhythm import HeartRhythm, heart_rhythm
from EchoMeasureLib.measuring.sections import SECTIONS, SheetSection
from EchoMeasureLib.measuring.sheet import Sheet, SheetRow, make_sheet
from EchoMeasureLib.measuring.sheet_values import SHOWN_AS
from EchoMeasureLib.measuring.subject import Subject


def measured(**numbers: float) -> dict[str, Measured]:
    return {
        id: Measured(id, OUTPUTS[id].name, number, OUTPUTS[id].unit, (f"{id}-f0",))
        for id, number in numbers.items()
    }


def sheet(numbers: dict[str, float], subject: Subject | None = None, **given: object) -> Sheet:
    examination = Examination(**given)  # type: ignore[arg-type]
    return make_sheet(measured(**numbers), subject or Subject(), examination)


def rows(made: Sheet) -> dict[str, SheetRow]:
    return {row.id: row for row in made.rows}


def test_every_value_that_can_stand_on_a_sheet_has_its_section() -> None:
    outputs = {output.formula_id for row in CATALOG.values() for output in row.outputs}
    assert set(SECTIONS) == outputs | {"ivc_min", "rhythm"} | set(FORMULAE) | set(GIVEN)
    assert SheetSection.OTHER not in SECTIONS.values()


def test_the_rows_stand_in_the_order_of_a_report() -> None:
    made = sheet(
        {"trvmax": -240, "avvmax": -130, "e": 80, "la": 3.5, "lvidd": 5.0}, systolic=120, lavi=30
    )
    sections = [row.section for row in made.rows]
    order = list(SheetSection)
    assert sections == sorted(sections, key=order.index)
    assert [row.id for row in made.rows if row.section is SheetSection.HEAD] == ["systolic", "bsa"]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"lavi": 38}, "38 mL/m\u00b2"),
        ({"lars": 17.6}, "18 %"),
        ({"dt": 160}, "160 ms"),
        ({"ivrt": 65}, "65 ms"),
        ({"pv_s_d": 0.8}, "0.80"),
        ({"ef": 55}, "55 %"),
        ({"systolic": 120}, "120 mmHg"),
        ({"diastolic": 70}, "70 mmHg"),
        ({"heart_rate": 72}, "72 /min"),
        ({"ar_a": -12}, "-12 ms"),
        ({"t_e_e": 20}, "20 ms"),
        ({"rap": 8}, "8 mmHg"),
    ],
)
def test_what_is_given_by_hand_is_a_row_marked_manual(given: dict[str, float], text: str) -> None:
    (id,) = given
    row = rows(sheet({"e": 80}, **given))[id]
    assert (row.value, row.text, row.manual) == (given[id], text, True)
    assert "given by the reader" in (row.basis, row.note)
    assert not any(row.manual for row in sheet({"e": 80}).rows)


def test_what_was_not_given_has_no_row() -> None:
    assert not (set(GIVEN) - {"rap"}) & rows(sheet({"e": 80})).keys()


def test_a_number_that_the_file_gave_says_so() -> None:
    made = sheet({}, heart_rate=72, systolic=118, from_file=frozenset({"heart_rate"}))
    assert rows(made)["heart_rate"].basis == "from the file"
    assert rows(made)["systolic"].basis == "given by the reader"


def test_what_is_known_of_an_examination_is_said_in_one_line() -> None:
    assert Examination().text() == ""
    known = Examination(
        Rhythm.AF, Manoeuvre.SNIFF, disease=True, heart_rate=72, lavi=36.5,
        from_file=frozenset({"heart_rate"}),
    )  # fmt: skip
    assert known.text() == (
        "atrial fibrillation, manoeuvre sniff, disease of the myocardium, "
        "Heart rate 72 beats per minute (from the file), LAVI 36.5 mL/m2"
    )


def test_a_row_carries_the_beats_it_is_the_mean_of() -> None:
    beats = tuple(
        BeatValue(number, "1.2.3", 0, None, value, ("trvmax-f0",), why)
        for number, value, why in ((1, -300.0, ""), (2, -260.0, ""), (3, -500.0, "flagged"))
    )
    tr = Measured("trvmax", "TR Vmax", -280, "cm/s", basis="mean of 2", beats=beats, sd=28.3)
    row = rows(make_sheet({"trvmax": tr}, Subject(), Examination()))["trvmax"]
    assert (row.n, row.sd, row.beats) == (2, 28.3, beats)


def test_e_over_a_stands_once() -> None:
    """`e_a_ratio` is measured on each beat, `e_a` is what is shown of it."""
    made = rows(sheet({"e": 80, "a": 60, "e_a_ratio": 80 / 60}))
    assert set(SHOWN_AS) & made.keys() == set()
    assert made["e_a"].text == "1.33"


def test_the_uncertainty_of_a_ratio_is_that_of_both_its_parts() -> None:
    """DVI 100/400: 9.6 % of the LVOT and 4.0 % of the jet, 10.4 % together to first order."""
    row = rows(sheet({"lvotvmax": -100, "avvmax": -400}))["dvi"]
    assert row.deviation == pytest.approx(0.25 * (0.096**2 + 0.04**2) ** 0.5, rel=0.01)


def test_a_pressure_given_by_hand_has_no_published_uncertainty_and_rests_on_no_vein() -> None:
    made = rows(sheet({"ivc_max": 2.4, "ivc_min": 2.0, "trvmax": -300}, rap=8))
    assert made["rap"].deviation is None
    # 3.8 % between observers is 3.37 % for one reading, twice that for the square of 36 mmHg.
    assert made["rvsp"].deviation == pytest.approx(2 * 0.038 * 0.8862 * 36, rel=0.01)


def test_a_gradient_and_the_corrected_one_stand_beside_each_other() -> None:
    """AV 3.0 and LVOT 2.0 m/s: 36 and 20 mmHg. Below 1.5 m/s nothing is missing."""
    made = rows(sheet({"avvmax": -300, "lvotvmax": -200}))
    assert (made["av_gradient"].text, made["av_gradient_corrected"].text) == ("36 mmHg", "20 mmHg")
    assert "av_gradient_corrected" not in rows(sheet({"avvmax": -300, "lvotvmax": -100}))


@pytest.mark.parametrize(
    ("ivc_max", "ivc_min", "manoeuvre", "sign"),
    [
        (2.1, 2.0, None, False),  # narrow
        (2.4, None, None, None),
        (2.4, 2.0, None, True),  # 17 %: less than half and than a fifth
        (2.4, 1.1, None, False),  # 54 %
        (2.4, 1.5, None, None),  # 38 %: it depends
        (2.4, 1.5, Manoeuvre.SNIFF, True),
        (2.4, 1.5, Manoeuvre.QUIET, False),
        (None, None, Manoeuvre.SNIFF, None),
    ],
)
def test_a_full_vein_is_a_sign_of_pulmonary_hypertension_by_how_it_was_seen(
    ivc_max: float | None, ivc_min: float | None, manoeuvre: Manoeuvre | None, sign: bool | None
) -> None:
    sizes = {"trvmax": -250, "ivc_max": ivc_max, "ivc_min": ivc_min}
    made = sheet({id: n for id, n in sizes.items() if n is not None}, manoeuvre=manoeuvre)
    (grade,) = (grade for grade in made.grades if grade.table == "ph_probability")
    assert next(c.holds for c in grade.criteria if c.id == "C") is sign


def test_every_value_says_where_its_uncertainty_is_from_or_that_it_is_unknown() -> None:
    made = rows(sheet({"lvidd": 5.0, "lvids": 3.2, "pa": 2.0, "avvmax": -200}))
    told = {id: made[id].deviation_source for id in ("lvidd", "fs", "pa", "avvmax")}
    assert told == {
        "lvidd": "PMC8026622", "fs": "propagated", "pa": "unknown", "avvmax": "25 readers",
    }  # fmt: skip
    assert made["la_ao"].deviation_source == ""


REGULAR = heart_rhythm([0.0, 0.8, 1.6, 2.4])
"""75 per minute."""
IRREGULAR = heart_rhythm([0.0, 0.6, 1.6, 2.2, 3.2])
"""RR 0.6, 1.0, 0.6, 1.0 s: standard deviation 0.23 of a mean of 0.8."""


def with_beats(*rhythms: HeartRhythm, **given: object) -> Sheet:
    return make_sheet({}, Subject(), Examination(**given), rhythms)  # type: ignore[arg-type]


def test_rhythm_and_heart_rate_are_those_of_the_beats_where_nobody_gave_them() -> None:
    made = rows(with_beats(REGULAR))
    assert (made["heart_rate"].text, made["heart_rate"].manual) == ("75 /min", False)
    assert made["heart_rate"].basis == "60 over the mean RR of 3 beats"
    assert (made["rhythm"].text, made["rhythm"].basis) == ("regular", "RR of 3 beats")
    assert not {"rhythm", "heart_rate"} & rows(with_beats()).keys()


def test_what_the_reader_gives_stands_and_a_contradiction_is_said() -> None:
    made = with_beats(REGULAR, rhythm=Rhythm.AF, heart_rate=120)
    assert rows(made)["rhythm"].text == "atrial fibrillation"
    assert rows(made)["heart_rate"].text == "120 /min"
    (doubt,) = made.doubts
    assert doubt.text == "the beats give a heart rate of 75, not 120 /min"
    assert with_beats(REGULAR, rhythm=Rhythm.SINUS, heart_rate=70).doubts == ()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "the beats are irregular: which rhythm is it?"),
        ({"rhythm": Rhythm.SINUS}, "the beats are irregular, though given as sinus rhythm"),
        ({"rhythm": Rhythm.AF}, None),
    ],
)
def test_irregular_beats_ask_for_the_rhythm(given: dict[str, object], sentence: str | None) -> None:
    made = with_beats(REGULAR, IRREGULAR, **given)
    assert [doubt.text for doubt in made.doubts] == ([sentence] if sentence else [])


def test_e_over_a_carries_the_beats_of_the_strip() -> None:
    beats = tuple(
        BeatValue(n, "1", 0, None, ratio, (f"b{n}",)) for n, ratio in ((1, 1.2), (2, 1.3))
    )
    ratio = Measured("e_a_ratio", "E/A", 1.25, "1", basis="mean of 2 beats", beats=beats, sd=0.07)
    row = rows(make_sheet({"e_a_ratio": ratio}, Subject(), Examination()))["e_a"]
    assert (row.basis, row.n, row.sd, row.beats) == ("mean of 2 beats", 2, 0.07, beats)


def test_a_grade_says_what_its_ef_and_its_pressure_rest_on() -> None:
    inputs = {"e": 80, "a": 70, "medevel": -9, "latevel": -12, "lvidd": 5.0, "lvids": 3.2}
    inputs |= {"trvmax": -240}
    notes = {grade.table: grade.notes for grade in sheet(inputs, rap=8).grades}
    assert "EF from linear dimensions (Teichholz)" in notes["diastole_2016"]
    told = "PASP taken as RVSP; RA pressure given by the reader"
    assert told in notes["diastole_2025"]
    notes = {grade.table: grade.notes for grade in sheet(inputs, ef=55).grades}
    assert not any("Teichholz" in note for note in notes["diastole_2016"])
    assert not any("PASP" in note for note in notes["diastole_2025"])


def test_the_page_of_the_sheet_is_as_the_tables_are() -> None:
    """`python Testing/support/sheet_page.py` writes it anew."""
    assert sheet_page.PAGE.read_text(encoding="utf-8") == sheet_page.page()
