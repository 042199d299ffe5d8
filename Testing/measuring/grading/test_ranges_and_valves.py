"""Ranges, degrees, uncertainty, aortic stenosis and pulmonary hypertension, by their tables."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from EchoMeasureLib.measuring.equations import lv_mass_g
from EchoMeasureLib.measuring.examination import GIVEN
from EchoMeasureLib.measuring.formula_inputs import INPUTS
from EchoMeasureLib.measuring.formulae import FORMULAE
from EchoMeasureLib.measuring.grading.ranges import RANGES, RangeSet, assess
from EchoMeasureLib.measuring.grading.uncertainty import BANDS, deviation_of, propagated
from EchoMeasureLib.measuring.grading.valves import grade_aortic_stenosis, ph_probability


@pytest.mark.parametrize(
    ("value", "number", "sex", "mark", "word"),
    [
        ("lvidd", 5.2, "F", "", "normal"),
        ("lvidd", 5.24, "F", "", "normal"),  # shown as 5.2
        ("lvidd", 5.25, "F", "H", "above normal"),  # shown as 5.3
        ("lvidd", 5.25, "M", "", "normal"),
        ("ivsd", 1.0, "F", "H", "above normal"),
        ("lv_mass_index", 115, "M", "", "normal"),
        ("lv_mass_index", 116, "M", "H", "mildly abnormal"),
        ("lv_mass_index", 132, "M", "H", "moderately abnormal"),
        ("lv_mass_index", 149, "M", "H", "severely abnormal"),
        ("lv_mass_index", 108.4, "F", "H", "mildly abnormal"),
        ("lv_mass_index", 109, "F", "H", "moderately abnormal"),
        ("fs", 24, "M", "L", "mildly abnormal"),
        ("fs", 19.4, "M", "L", "moderately abnormal"),
        ("fs", 14, "M", "L", "severely abnormal"),
        ("rwt", 0.424, "", "", "normal"),  # shown as 0.42
        ("rwt", 0.425, "", "H", "above normal"),
        ("trvmax", -284.0, "", "", "normal"),  # 2.8 m/s
        ("trvmax", -285.0, "", "H", "above normal"),  # 2.9 m/s
        ("tapse", 1.75, "", "", "normal"),  # shown as 1.8
        ("tapse", 1.74, "", "L", "mildly reduced"),
    ],
)
def test_a_value_beside_its_range(
    value: str, number: float, sex: str, mark: str, word: str
) -> None:
    found = assess(value, number, sex)
    assert found is not None
    assert (found.mark, found.word) == (mark, word)


def test_a_range_by_sex_or_age_needs_to_know_it() -> None:
    assert assess("lvidd", 5.0) is None
    assert assess("medevel", -9.0) is None
    young, old = assess("medevel", -9.0, age=30), assess("medevel", -9.0, age=70)
    assert young is not None
    assert old is not None
    # 15.5 - 2 x 2.7 = 10.1 and 10.4 - 2 x 2.1 = 6.2 cm/s.
    assert (young.row.low, young.mark, old.row.low, old.mark) == (10.1, "L", 6.2, "")


@pytest.mark.parametrize(
    ("id", "sex", "value", "normal"),
    [
        ("ivsd", "M", 1.0, True),
        ("ivsd", "F", 1.0, False),
        ("tapse", "F", 1.64, False),
        ("tapse", "M", 3.0, True),
        ("trvmax", "M", 281, True),  # 2.8 m/s as it is shown
        ("trvmax", "M", 285, False),
        # Mean 3.4 with a standard deviation of 0.3: two of them reach to 4.0.
        ("aortic_root", "M", 4.0, True),
        ("aortic_root", "F", 3.7, False),
    ],
)
def test_normal_ranges_follow_the_guideline(id: str, sex: str, value: float, normal: bool) -> None:
    found = assess(id, value, sex)
    assert found is not None
    assert (found.mark == "") is normal


def test_a_site_chooses_its_set_and_the_answer_names_it() -> None:
    ase, bse = assess("lvidd", 5.7, "M"), assess("lvidd", 5.7, "M", set=RangeSet.BSE)
    assert ase is not None
    assert bse is not None
    assert (ase.mark, bse.mark, bse.word) == ("", "H", "mildly abnormal")
    assert "2015" in ase.row.source
    assert "BSE 2020" in bse.row.source


def test_a_value_within_its_uncertainty_of_a_limit_says_so() -> None:
    """LVIDd 5.1 cm: 4 % between observers is 0.181 cm for one reading; the limit is 0.1 away."""
    deviation = deviation_of("lvidd", 5.1)
    assert deviation == pytest.approx(5.1 * 0.04 * 0.886, abs=1e-3)
    near = assess("lvidd", 5.1, "F", deviation=deviation)
    assert near is not None
    assert near.near
    far = assess("lvidd", 4.5, "F", deviation=deviation_of("lvidd", 4.5))
    assert far is not None
    assert not far.near


def test_every_row_is_of_a_value_that_there_is_and_names_its_source() -> None:
    known = {*INPUTS, *FORMULAE, *GIVEN}
    assert {row.value for row in RANGES} <= known
    assert set(BANDS) <= set(INPUTS)
    for row in RANGES:
        assert row.source
        assert row.low is not None or row.high is not None
        limits = [limit for limit, _ in row.beyond]
        assert limits == sorted(limits)
        assert [limit for limit, _ in row.below] == sorted((x for x, _ in row.below), reverse=True)


def test_uncertainty_is_propagated_to_a_derived_value() -> None:
    """LV mass: the linear formula's derivatives, worked out by hand.

    d mass / d wall = 3 k S^2, d mass / d cavity = 3 k (S^2 - D^2); S = 6.6, D = 4.6, k = 0.832.
    """
    sizes = {"ivsd": 1.0, "lvidd": 4.6, "lvpwd": 1.0}
    sd = {"ivsd": 0.11 * 0.8862, "lvidd": 4.6 * 0.04 * 0.8862, "lvpwd": 0.15 * 0.8862}
    wall, cavity = 3 * 0.832 * 6.6**2, 3 * 0.832 * (6.6**2 - 4.6**2)
    by_hand = math.hypot(wall * sd["ivsd"], cavity * sd["lvidd"], wall * sd["lvpwd"])

    def mass(moved: Mapping[str, float]) -> dict[str, float | None]:
        now = {**sizes, **moved}
        return {"lv_mass": lv_mass_g(now["ivsd"], now["lvidd"], now["lvpwd"])}

    found = propagated(sizes, {"lv_mass": list(sizes)}, mass)
    assert found == {"lv_mass": pytest.approx(by_hand, rel=0.01)}


def test_what_rests_on_a_value_without_a_published_band_has_no_uncertainty() -> None:
    def total(moved: Mapping[str, float]) -> dict[str, float | None]:
        return {"total": sum({"mrvmax": 500.0, "trvmax": 300.0, **moved}.values())}

    found = propagated({"mrvmax": 500.0, "trvmax": 300.0}, {"total": ["mrvmax", "trvmax"]}, total)
    assert found == {"total": None}


@pytest.mark.parametrize(
    ("vmax", "dvi", "outcome"),
    [
        (2.5, None, "none"),
        (2.54, None, "none"),
        (2.55, None, "mild"),
        (2.9, None, "mild"),
        (2.95, None, "moderate"),
        (3.9, None, "moderate"),
        (3.95, None, "severe"),  # 4.0 m/s is severe
        (4.5, 0.2, "severe"),
        (3.5, 0.30, "moderate"),
        (2.7, 0.6, "mild"),
        (2.2, 0.7, "none"),
        (3.5, 0.2, "discordant"),
        (4.2, 0.4, "discordant"),
        (None, 0.2, "insufficient"),
    ],
)
def test_aortic_stenosis(vmax: float | None, dvi: float | None, outcome: str) -> None:
    assert grade_aortic_stenosis(vmax, dvi).outcome == outcome


NONE = dict.fromkeys("ABC", False)
TWO = {"A": True, "B": False, "C": True}


@pytest.mark.parametrize(
    ("tr", "signs", "no_jet", "outcome"),
    [
        (2.8, NONE, False, "low"),
        (None, NONE, True, "low"),
        (2.8, TWO, False, "intermediate"),
        (None, TWO, True, "intermediate"),
        (2.9, NONE, False, "intermediate"),
        (3.4, NONE, False, "intermediate"),
        (3.4, TWO, False, "high"),
        (3.5, {}, False, "high"),
        (2.8, {"A": True, "B": False, "C": False}, False, "low"),
        (2.8, {"A": True}, False, "insufficient"),
        (None, TWO, False, "insufficient"),
    ],
)
def test_probability_of_pulmonary_hypertension(
    tr: float | None, signs: dict[str, bool | None], no_jet: bool, outcome: str
) -> None:
    assert ph_probability(tr, signs, no_jet).outcome == outcome
