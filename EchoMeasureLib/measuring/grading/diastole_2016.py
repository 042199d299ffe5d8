"""Diastolic function by ASE/EACVI 2016 (Nagueh et al., J Am Soc Echocardiogr 2016;29:277-314).

Table N answers for a normal ejection fraction without myocardial disease, table R for the
others. The outcome is the left atrial pressure (LAP) with the grade.
"""

from __future__ import annotations

from EchoMeasureLib.measuring.grading.diastole import DiastolicFacts, known_any
from EchoMeasureLib.measuring.grading.rules import (
    INSUFFICIENT,
    Answer,
    Criterion,
    Grade,
    Known,
    above,
    at_least,
    at_most,
    below,
    what_would_change,
)

TABLE, VERSION = "diastole_2016", "2016.1"
GUIDELINE = "ASE/EACVI 2016 diastolic function (Nagueh et al.)"

WORDS = {
    "normal": "normal diastolic function",
    "normal_I": "filling pressure not raised, grade I",
    "raised_II": "filling pressure raised, grade II",
    "raised_III": "filling pressure raised, grade III",
    "indeterminate": "indeterminate",
    INSUFFICIENT: "cannot be graded",
}

IN_N = ("e_e", "e_prime", "tr", "lavi")
IN_R = ("e_e", "tr", "lavi")
NUMBERS = {"e_e": "E/e'", "e_prime": "e'", "tr": "TR velocity", "lavi": "LAVI", "e_a": "E/A"}


def grade_2016(facts: DiastolicFacts) -> Grade:
    """The grade, from what was measured."""
    criteria = _criteria(facts)
    outcome, fired, missing = _answer({c.id: c.holds for c in criteria})
    changes = what_would_change(criteria, outcome, WORDS, lambda known: _answer(known)[0])
    notes = [] if facts.disease else ["taken as without known disease of the myocardium"]
    if outcome == "raised_III" and facts.age is not None and facts.age < 40:
        notes.append("E/A of 2 or more may be normal under 40 years")
    return Grade(
        TABLE, VERSION, GUIDELINE, outcome, WORDS[outcome], fired, missing, changes, criteria,
        tuple(notes),
    )  # fmt: skip


def _criteria(facts: DiastolicFacts) -> tuple[Criterion, ...]:
    if facts.average is not None:
        e_e = above(facts.over(facts.average), 14, 1)
        words = "average E/e' above 14"
    elif facts.septal is not None:
        e_e, words = above(facts.over(facts.septal), 15, 1), "septal E/e' above 15"
    else:
        e_e, words = above(facts.over(facts.lateral), 13, 1), "lateral E/e' above 13"
    slow = known_any(below(facts.septal, 7, 1), below(facts.lateral, 10, 1))
    return (
        Criterion("reduced", "EF below 50 %, or disease", facts.disease or below(facts.ef, 50, 0)),
        Criterion("e_e", words, e_e),
        Criterion("e_prime", "septal e' below 7 or lateral below 10 cm/s", slow),
        Criterion("tr", "TR above 2.8 m/s", above(facts.tr, 2.8, 1)),
        Criterion("lavi", "LAVI above 34 mL/m2", above(facts.lavi, 34, 0)),
        Criterion("e_a_low", "E/A at most 0.8", at_most(facts.e_a, 0.8, 2)),
        Criterion("e_slow", "E at most 50 cm/s", at_most(facts.e, 50, 0)),
        Criterion("e_a_high", "E/A at least 2", at_least(facts.e_a, 2, 2)),
        Criterion("s_d", "pulmonary vein S/D below 1", below(facts.pv_s_d, 1, 2)),
        Criterion("ef_low", "EF below 50 %", below(facts.ef, 50, 0)),
    )


def _answer(known: Known) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Outcome, rules, and the names of what is missing for it."""
    if known["reduced"] is None:
        (normal, *_), (reduced, *_) = _normal_table(known), _reduced_table(known)
        same = normal == reduced
        return (normal, ("N", "R"), ()) if same else (INSUFFICIENT, (), ("EF",))
    if known["reduced"]:
        outcome, fired = _reduced_table(known)
    else:
        outcome, fired = _normal_table(known)
    return outcome, fired, _missing(known, outcome, fired)


def _normal_table(known: Known) -> Answer:
    asked = [known[id] for id in IN_N if known[id] is not None]
    if len(asked) < 3:
        return INSUFFICIENT, ("N1",)
    positive = sum(map(bool, asked))
    if 2 * positive == len(asked):
        return "indeterminate", ("N3",)
    if 2 * positive < len(asked):
        return "normal", ("N4",)
    outcome, fired = _reduced_table(known)
    return outcome, ("N2", *fired)


def _reduced_table(known: Known) -> Answer:
    if known["e_a_low"] is None:
        return INSUFFICIENT, ()
    if known["e_a_low"] and known["e_slow"]:
        return "normal_I", ("R1",)
    if known["e_a_high"]:
        return "raised_III", ("R2",)
    asked = [known[id] for id in IN_R if known[id] is not None]
    positive = sum(map(bool, asked))
    if len(asked) == 3:
        return ("raised_II" if positive >= 2 else "normal_I"), ("R3",)
    if len(asked) < 2:
        return "indeterminate", ("R5",)
    if positive == 1:
        by_vein = known["ef_low"] and known["s_d"]
        return ("raised_II" if by_vein else "indeterminate"), ("R4",)
    return ("raised_II" if positive else "normal_I"), ("R4",)


def _missing(known: Known, outcome: str, fired: tuple[str, ...]) -> tuple[str, ...]:
    """Names of what would help, where nothing could be decided."""
    if outcome not in (INSUFFICIENT, "indeterminate"):
        return ()
    if not fired or fired == ("N2",):
        return ("E/A",)
    wanted = IN_N if fired[0].startswith("N") else IN_R
    return tuple(NUMBERS[id] for id in wanted if known[id] is None)
