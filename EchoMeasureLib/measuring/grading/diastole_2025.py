"""Diastolic function by ASE 2025 (Nagueh et al., J Am Soc Echocardiogr 2025;38:537-569).

Three primary criteria (P) are asked; where they do not agree, secondary ones (S) decide. Where
a primary one is missing, the outcome is given only if it is the same either way.
"""

from __future__ import annotations

from collections.abc import Mapping

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
    settled,
    what_would_change,
)

TABLE, VERSION = "diastole_2025", "2025.1"
GUIDELINE = "ASE 2025 diastolic function (Nagueh et al.)"

WORDS = {
    "normal": "filling pressure not raised",
    "normal_1": "filling pressure not raised, grade 1",
    "normal_nograde": "filling pressure not raised, no grade",
    "raised_2": "filling pressure raised, grade 2",
    "raised_3": "filling pressure raised, grade 3",
    "raised_nograde": "filling pressure raised, no grade without A",
    "indeterminate": "indeterminate: no secondary criterion was measured",
    INSUFFICIENT: "cannot be graded",
}

PRIMARY = ("p1", "p2", "p3")
SECONDARY = ("s_d", "lars", "lavi", "ivrt")
OPEN = (*PRIMARY, "e_a_low")
NUMBERS = {"p1": "e'", "p2": "E/e'", "p3": "TR velocity or PASP", "e_a_low": "E/A"}

SLOW = {"general": (6.0, 7.0, 6.5), "under 40": (7.0, 10.0, 9.0), "40 to 65": (6.0, 8.0, 7.0)}
"""Septal, lateral and average e' in cm/s that are slow; over 65 years the general limits hold."""


def grade_2025(facts: DiastolicFacts, by_age: bool = False) -> Grade:
    """The grade, from what was measured; `by_age` takes the limits of e' for the person's age."""
    criteria = _criteria(facts, by_age)
    outcome, fired, missing = _answer({c.id: c.holds for c in criteria})
    changes = what_would_change(criteria, outcome, WORDS, lambda known: _answer(known)[0])
    notes = [f"limits of e' for {age_band(facts)} years"] if by_age and facts.age else []
    return Grade(
        TABLE, VERSION, GUIDELINE, outcome, WORDS[outcome], fired, missing, changes, criteria,
        tuple(notes),
    )  # fmt: skip


def dysfunction_2025(facts: DiastolicFacts) -> Grade:
    """Whether there is diastolic dysfunction at all, which is a question of its own.

    With a slow e' one further sign is enough, without it two are needed.
    """
    all_criteria = {c.id: c for c in _criteria(facts, by_age=False)}
    odd = known_any(at_most(facts.e_a, 0.8, 2), at_least(facts.e_a, 2, 2))
    criteria = (
        *(all_criteria[id] for id in ("p1", "p2", "lars", "lavi")),
        Criterion("e_a", "E/A at most 0.8 or at least 2", odd),
    )

    def answer(holds: Mapping[str, bool]) -> Answer:
        further = sum(holds[id] for id in ("p2", "lars", "lavi", "e_a"))
        return ("present" if further >= (1 if holds["p1"] else 2) else "absent"), ("D",)

    answers = settled({c.id: c.holds for c in criteria}, answer)
    outcomes = {outcome for outcome, _ in answers}
    outcome = outcomes.pop() if len(outcomes) == 1 else INSUFFICIENT
    words = {
        "present": "diastolic dysfunction present",
        "absent": "no diastolic dysfunction",
        INSUFFICIENT: "cannot be said",
    }
    missing = tuple(c.words for c in criteria if c.holds is None)
    return Grade(
        "dysfunction_2025", VERSION, GUIDELINE, outcome, words[outcome],
        () if outcome == INSUFFICIENT else ("D",),
        missing if outcome == INSUFFICIENT else (), (), criteria,
    )  # fmt: skip


def age_band(facts: DiastolicFacts) -> str:
    """Which limits of e' belong to the person's age."""
    if facts.age is None or facts.age > 65:
        return "general"
    return "under 40" if facts.age < 40 else "40 to 65"


def _criteria(facts: DiastolicFacts, by_age: bool) -> tuple[Criterion, ...]:
    septal, lateral, average = SLOW[age_band(facts) if by_age else "general"]
    slow = known_any(
        at_most(facts.septal, septal, 1),
        at_most(facts.lateral, lateral, 1),
        at_most(facts.average, average, 1),
    )
    ratio = known_any(
        at_least(facts.over(facts.septal), 15, 1),
        at_least(facts.over(facts.lateral), 13, 1),
        at_least(facts.over(facts.average), 14, 1),
    )
    pressure = known_any(at_least(facts.tr, 2.8, 1), at_least(facts.pasp, 35, 0))
    if pressure is None and facts.no_jet:
        pressure = False
    return (
        Criterion(
            "p1", f"e' septal at most {septal:g}, lateral {lateral:g} or average {average:g} cm/s",
            slow,
        ),
        Criterion("p2", "E/e' septal at least 15, lateral 13 or average 14", ratio),
        Criterion("p3", "TR at least 2.8 m/s or PASP 35 mmHg", pressure),
        Criterion("e_a_low", "E/A at most 0.8", at_most(facts.e_a, 0.8, 2)),
        Criterion("e_a_high", "E/A at least 2", at_least(facts.e_a, 2, 2)),
        Criterion("s_d", "pulmonary vein S/D at most 0.67", at_most(facts.pv_s_d, 0.67, 2)),
        Criterion("lars", "LA reservoir strain at most 18 %", at_most(facts.lars, 18, 0)),
        Criterion("lavi", "LAVI above 34 mL/m2", above(facts.lavi, 34, 0)),
        Criterion("ivrt", "IVRT at most 70 ms", at_most(facts.ivrt, 70, 0)),
    )  # fmt: skip


def _answer(known: Known) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Outcome, rules, and the names of what is missing for it."""
    answers = settled({id: known[id] for id in OPEN}, lambda holds: _table(holds, known))
    outcomes = {outcome for outcome, _ in answers}
    if len(outcomes) > 1:
        return INSUFFICIENT, (), tuple(NUMBERS[id] for id in OPEN if known[id] is None)
    outcome = outcomes.pop()
    fired = min(rules for _, rules in answers)
    if outcome == "indeterminate":
        return outcome, fired, ("pulmonary vein S/D, LA reservoir strain, LAVI or IVRT",)
    return outcome, fired, ()


def _table(holds: Mapping[str, bool], known: Known) -> Answer:
    positive = [id for id in PRIMARY if holds[id]]
    if not positive:
        return "normal", ("T0",)
    if len(positive) == len(PRIMARY):
        return _raised(known, ("T1",))
    if positive == ["p1"] and holds["e_a_low"]:
        return "normal_1", ("T2",)
    secondary = [known[id] for id in SECONDARY if known[id] is not None]
    if any(secondary):
        return _raised(known, ("T3", "T4a"))
    if secondary:
        return ("normal_1" if holds["p1"] else "normal_nograde"), ("T3", "T4b")
    return "indeterminate", ("T3", "T4c")


def _raised(known: Known, fired: tuple[str, ...]) -> Answer:
    if known["e_a_high"] is None:
        return "raised_nograde", (*fired, "T5")
    return ("raised_3" if known["e_a_high"] else "raised_2"), fired
