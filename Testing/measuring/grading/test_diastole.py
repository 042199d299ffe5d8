"""Diastolic function: every branch of the tables of 2016 and 2025 with numbers and outcome.

The rows are those of published calculators and summaries, each worked through by hand.
"""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.measuring.grading.diastole import DiastolicFacts
from EchoMeasureLib.measuring.grading.diastole_2016 import WORDS as WORDS_2016
from EchoMeasureLib.measuring.grading.diastole_2016 import grade_2016
from EchoMeasureLib.measuring.grading.diastole_2025 import (
    WORDS as WORDS_2025,
)
from EchoMeasureLib.measuring.grading.diastole_2025 import (
    dysfunction_2025,
    grade_2025,
)
from EchoMeasureLib.measuring.grading.diastole_groups import GROUPS, grade_group
from EchoMeasureLib.measuring.grading.rules import INSUFFICIENT
from EchoMeasureLib.rounding import rounded

CASES = """
c1,2016,60,80,70,9,12,2.4,28,normal,N4
c2,2016,60,100,80,5,7,3.1,40,raised_II,N2>R3
c3,2016,60,80,70,6,9,2.4,38,indeterminate,N3
c4,2016,60,90,80,6,11,-,30,normal,N4
c5,2016,60,80,70,9,12,-,-,insufficient,N1
c6,2016,35,45,70,5,6,2.4,30,normal_I,R1
c7,2016,35,110,45,5,7,2.9,40,raised_III,R2
c8,2016,35,80,70,4,6,2.5,40,raised_II,R3
c9,2016,35,60,80,5,7,2.4,30,normal_I,R3
c10,2016,35,80,70,4,6,-,30,indeterminate,R4
c11,2016,35,80,70,4,6,-,40,raised_II,R4
c12,2016,35,80,70,6,8,-,30,normal_I,R4
c13,2016,35,80,70,4,6,-,-,indeterminate,R5
k1,2025,-,80,70,9,12,2.4,-,normal,T0
k2,2025,-,100,80,5,7,3.0,-,raised_2,T1
k3,2025,-,120,50,5,7,3.2,-,raised_3,T1
k4,2025,-,45,70,5,7,2.4,-,normal_1,T2
k5,2025,-,70,60,6,8,2.4,38,raised_2,T3>T4a
k6,2025,-,70,60,6,8,2.4,28,normal_1,T3>T4b
k7,2025,-,70,60,6,8,2.4,-,indeterminate,T3>T4c
k8,2025,-,80,70,9,12,3.0,30,normal_nograde,T3>T4b
k9,2025,-,110,50,5,7,2.4,40,raised_3,T3>T4a
k10,2025,-,100,-,5,7,3.0,-,raised_nograde,T1>T5
b1,2016,60,98,80,7,7,2.8,34,normal,N4
b2,2025,-,98,80,7,7,2.8,34,raised_2,T1
"""
"""id, tables, EF %, E, A, septal e', lateral e' cm/s, TR m/s, LAVI mL/m2, outcome, rules.

b1 and b2 are one patient on the limits.
"""


def rows() -> list[tuple[str, str, DiastolicFacts, str, str]]:
    found = []
    for line in CASES.strip().splitlines():
        id, year, *numbers, outcome, fired = line.split(",")
        names = ("ef", "e", "a", "septal", "lateral", "tr", "lavi")
        given = {n: float(x) for n, x in zip(names, numbers, strict=True) if x != "-"}
        found.append((id, year, DiastolicFacts(**given), outcome, fired))
    return found


@pytest.mark.parametrize(
    ("year", "facts", "outcome", "fired"), [row[1:] for row in rows()], ids=[r[0] for r in rows()]
)
def test_every_branch(year: str, facts: DiastolicFacts, outcome: str, fired: str) -> None:
    grade = grade_2016(facts) if year == "2016" else grade_2025(facts)
    assert (grade.outcome, ">".join(grade.fired)) == (outcome, fired)


@pytest.mark.parametrize(
    ("facts", "outcome", "missing"),
    [
        # No ejection fraction: table N would say normal, table R grade I.
        (DiastolicFacts(None, 45, 70, 9, 12, 2.4, lavi=28), INSUFFICIENT, ("EF",)),
        # Reduced without A: the ratio that opens table R cannot be formed.
        (DiastolicFacts(35, 80, None, 4, 6, 2.5, lavi=40), INSUFFICIENT, ("E/A",)),
        (DiastolicFacts(60, 80, 70, 9, 12), INSUFFICIENT, ("TR velocity", "LAVI")),
    ],
)
def test_2016_says_what_is_missing(
    facts: DiastolicFacts, outcome: str, missing: tuple[str, ...]
) -> None:
    grade = grade_2016(facts)
    assert (grade.outcome, grade.missing) == (outcome, missing)


def test_2016_pulmonary_veins_decide_a_split_pair_at_a_low_ejection_fraction() -> None:
    split = {"e": 80, "a": 70, "septal": 4, "lateral": 6, "lavi": 30}
    assert grade_2016(DiastolicFacts(ef=35, pv_s_d=0.8, **split)).outcome == "raised_II"
    assert grade_2016(DiastolicFacts(ef=35, pv_s_d=1.2, **split)).outcome == "indeterminate"
    preserved = DiastolicFacts(ef=60, disease=True, pv_s_d=0.8, **split)
    assert grade_2016(preserved).outcome == "indeterminate"


def test_2016_disease_of_the_myocardium_leads_past_table_n() -> None:
    facts = {"ef": 60, "e": 80, "a": 70, "septal": 9, "lateral": 12, "tr": 2.4, "lavi": 28}
    assert grade_2016(DiastolicFacts(**facts)).fired == ("N4",)
    assert grade_2016(DiastolicFacts(**facts, disease=True)).fired == ("R3",)


def test_2025_a_jet_that_was_not_measured_is_not_taken_for_none() -> None:
    """Without P3 one of three is open; the reader's word that there was no jet closes it."""
    unknown = DiastolicFacts(e=80, a=70, septal=9, lateral=12)
    assert grade_2025(unknown).outcome == INSUFFICIENT
    assert grade_2025(unknown).missing == ("TR velocity or PASP",)
    none = DiastolicFacts(e=80, a=70, septal=9, lateral=12, no_jet=True)
    assert (grade_2025(none).outcome, grade_2025(none).fired) == ("normal", ("T0",))


def test_2025_what_is_missing_does_not_matter_where_the_outcome_is_the_same() -> None:
    """Slow e', high E/e', a large atrium: with or without a fast jet the pressure is raised."""
    facts = DiastolicFacts(e=100, a=80, septal=5, lateral=7, lavi=40)
    assert grade_2025(facts).outcome == "raised_2"


def test_2025_limits_of_e_prime_by_age() -> None:
    """Septal 6.5, lateral 9, average 7.75 cm/s: slow under 40 years, not slow after 65."""
    at = {"e": 70, "a": 50, "septal": 6.5, "lateral": 9, "tr": 2.4, "lavi": 30}
    assert grade_2025(DiastolicFacts(age=30, **at), by_age=True).outcome == "normal_1"
    assert grade_2025(DiastolicFacts(age=70, **at), by_age=True).outcome == "normal"
    assert grade_2025(DiastolicFacts(age=30, **at)).outcome == "normal"


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        # Slow e' and one further sign.
        (DiastolicFacts(e=45, a=70, septal=5, lateral=7, lars=25, lavi=28), "present"),
        # e' not slow: one sign is not enough, two are.
        (DiastolicFacts(e=80, a=70, septal=9, lateral=12, lars=25, lavi=40), "absent"),
        (DiastolicFacts(e=80, a=70, septal=9, lateral=12, lars=15, lavi=40), "present"),
        # One sign is known, a second one is open.
        (DiastolicFacts(e=80, a=70, septal=9, lateral=12, lavi=40), INSUFFICIENT),
    ],
)
def test_2025_dysfunction_is_a_question_of_its_own(facts: DiastolicFacts, outcome: str) -> None:
    assert dysfunction_2025(facts).outcome == outcome


@pytest.mark.parametrize(
    ("e", "e_e", "tr", "dt", "more", "outcome"),
    [
        (110, 14, 3.0, 150, {}, "raised"),
        (80, 9, 2.4, 150, {}, "normal"),
        (110, 14, 2.4, 200, {}, "indeterminate"),
        (110, 14, 2.4, 200, {"lars": 12, "pv_s_d": 0.8}, "raised"),
        (110, 14, 2.4, 200, {"lars": 20, "pv_s_d": 1.2}, "normal"),
        (110, 14, 2.4, 200, {"lars": 12, "pv_s_d": 1.2, "bmi": 33}, "raised"),
    ],
)
def test_atrial_fibrillation(
    e: float, e_e: float, tr: float, dt: float, more: dict[str, float], outcome: str
) -> None:
    facts = DiastolicFacts(e=e, septal=e / e_e, tr=tr, dt=dt, **more)
    assert grade_group("af", facts).outcome == outcome


@pytest.mark.parametrize(
    ("group", "facts", "outcome"),
    [
        ("non_cardiac_ph", DiastolicFacts(e=40, a=80), "normal"),
        ("non_cardiac_ph", DiastolicFacts(e=100, a=40), "raised"),
        ("non_cardiac_ph", DiastolicFacts(e=80, a=70, lavi=30), "normal"),
        ("non_cardiac_ph", DiastolicFacts(e=80, a=70, lavi=40), "raised"),
        ("non_cardiac_ph", DiastolicFacts(e=80, a=70), "indeterminate"),
        ("mac", DiastolicFacts(e=80, a=100), "indeterminate"),  # 0.80 is not below 0.8
        ("mac", DiastolicFacts(e=79, a=100), "normal"),
        ("mac", DiastolicFacts(e=95, a=50), "raised"),
        ("mac", DiastolicFacts(e=80, a=70, ivrt=75), "raised"),
        ("mac", DiastolicFacts(e=80, a=70, ivrt=90), "normal"),
        ("mitral_stenosis", DiastolicFacts(ivrt=55), "raised"),
        ("mitral_stenosis", DiastolicFacts(a=160), "raised"),
        ("mitral_stenosis", DiastolicFacts(ivrt=80, t_e_e=10), "normal"),
        # e' before E: no limit is published for that ratio.
        ("mitral_stenosis", DiastolicFacts(ivrt=80, t_e_e=-10), "normal"),
        ("mitral_stenosis", DiastolicFacts(t_e_e=-10), INSUFFICIENT),
        ("mitral_stenosis", DiastolicFacts(), INSUFFICIENT),
        ("severe_mr", DiastolicFacts(ar_a=30), "raised"),
        ("severe_mr", DiastolicFacts(e=100, septal=5, lateral=7, ef=60), INSUFFICIENT),
        ("severe_mr", DiastolicFacts(e=100, septal=5, lateral=7, ef=35), "raised"),
        ("hcm", DiastolicFacts(e=100, septal=5, lateral=7, lavi=40), "raised"),
        ("hcm", DiastolicFacts(e=100, septal=5, lateral=7, lavi=30), "indeterminate"),
        ("hcm", DiastolicFacts(e=60, septal=8, lateral=9, lavi=30, tr=2.9), "normal"),
        ("transplant", DiastolicFacts(e=60, septal=9, lateral=11), "normal"),
        ("transplant", DiastolicFacts(e=100, septal=5, lateral=7), "raised"),
        ("transplant", DiastolicFacts(e=80, septal=8, lateral=8, tr=3.0), "raised"),
        ("transplant", DiastolicFacts(e=80, septal=8, lateral=8), "indeterminate"),
        ("paced", DiastolicFacts(tr=3.0), "raised"),
        ("paced", DiastolicFacts(pasp=30), "normal"),
        ("paced", DiastolicFacts(e=100, a=40), INSUFFICIENT),
        ("restrictive", DiastolicFacts(e=130, a=50), "raised"),
        ("restrictive", DiastolicFacts(e=80, a=50, dt=200, ivrt=80), "normal"),
    ],
)
def test_special_groups(group: str, facts: DiastolicFacts, outcome: str) -> None:
    grade = grade_group(group, facts)
    assert grade.outcome == outcome
    assert "second hand" in grade.notes[0]


def test_an_unknown_group_names_the_known_ones() -> None:
    with pytest.raises(InvalidArgument, match="af, non_cardiac_ph, mac"):
        grade_group("athlete", DiastolicFacts())


def test_what_would_change_an_outcome_is_said() -> None:
    """Two of four positive: one sign more or less decides."""
    grade = grade_2016(DiastolicFacts(60, 80, 70, 6, 9, 2.4, lavi=38))
    assert grade.outcome == "indeterminate"
    assert "TR above 2.8 m/s: filling pressure raised, grade II" in grade.changes
    assert "LAVI above 34 mL/m2 not so: normal diastolic function" in grade.changes


def test_numbers_are_rounded_half_up_before_they_are_compared() -> None:
    """2.85 m/s is shown as 2.9, which is above 2.8; 2.849 is shown as 2.8."""
    assert [rounded(x, 1) for x in (2.849, 2.85, -2.85)] == [2.8, 2.9, -2.9]
    rest = {"ef": 60, "e": 80, "a": 70, "septal": 6, "lateral": 9, "lavi": 30}
    assert grade_2016(DiastolicFacts(tr=2.85, **rest)).outcome == "indeterminate"
    assert grade_2016(DiastolicFacts(tr=2.849, **rest)).outcome == "normal"


@pytest.mark.parametrize("number", [-1.0, math.inf, math.nan])
def test_a_number_that_cannot_be_is_refused(number: float) -> None:
    with pytest.raises(InvalidArgument, match="E cannot be"):
        DiastolicFacts(e=number)


def size(high: float) -> st.SearchStrategy[float | None]:
    return st.none() | st.floats(0, high, allow_nan=False)


FACTS = st.builds(
    DiastolicFacts,
    ef=size(90), e=size(200), a=size(200), septal=size(25), lateral=size(25), tr=size(5),
    pasp=size(100), lavi=size(80), lars=size(60), pv_s_d=size(3), ivrt=size(200), dt=size(400),
    t_e_e=size(100), bmi=size(60), age=size(110), disease=st.booleans(), no_jet=st.booleans(),
)  # fmt: skip


@given(FACTS)
def test_any_subset_of_numbers_has_an_answer_of_the_table(facts: DiastolicFacts) -> None:
    assert grade_2016(facts).outcome in WORDS_2016
    assert grade_2025(facts).outcome in WORDS_2025
    assert dysfunction_2025(facts).outcome in ("present", "absent", INSUFFICIENT)
    for group in GROUPS:
        assert grade_group(group, facts).outcome in (
            "normal", "raised", "indeterminate", INSUFFICIENT,
        )  # fmt: skip


@given(FACTS)
def test_without_numbers_there_is_no_grade(facts: DiastolicFacts) -> None:
    """Nothing is ever assumed: with no velocity at all every table says so."""
    empty = DiastolicFacts(ef=facts.ef, lavi=facts.lavi, age=facts.age)
    assert grade_2016(empty).outcome == INSUFFICIENT
    assert grade_2025(empty).outcome in (INSUFFICIENT, "indeterminate")
