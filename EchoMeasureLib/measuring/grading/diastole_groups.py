"""Filling pressure in groups of people for whom the general tables do not hold; none has a grade.

Read second hand (tools that follow ASE 2025), so each answer says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from EchoMeasureLib.errors import InvalidArgument
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
    settled,
)

VERSION = "2025.1"
GUIDELINE = "ASE 2025 diastolic function, special groups (second hand)"
SECOND_HAND = "read second hand, not in the guideline's own text"

WORDS = {
    "normal": "filling pressure not raised",
    "raised": "filling pressure raised",
    "indeterminate": "indeterminate",
    INSUFFICIENT: "cannot be said",
}


@dataclass(frozen=True, slots=True)
class Group:
    """One group: what it asks, and how the answers are put together."""

    id: str
    name: str
    ask: Callable[[DiastolicFacts], Sequence[Criterion]]
    open: tuple[str, ...]
    """Criteria that are needed: where one is missing, every way it could be is tried."""
    decide: Callable[[Mapping[str, bool], Known], Answer]


def grade_group(id: str, facts: DiastolicFacts) -> Grade:
    """The answer for a person of this group. Raises `InvalidArgument` for an unknown one."""
    if id not in GROUPS:
        raise InvalidArgument(f"There is no group '{id}'.", f"Known: {', '.join(GROUPS)}.")
    group = GROUPS[id]
    criteria = tuple(group.ask(facts))
    known = {c.id: c.holds for c in criteria}
    answers = settled({id: known[id] for id in group.open}, lambda h: group.decide(h, known))
    outcomes = {outcome for outcome, _ in answers}
    outcome = outcomes.pop() if len(outcomes) == 1 else INSUFFICIENT
    fired = min(rules for _, rules in answers) if outcome != INSUFFICIENT else ()
    lacking = [c.words for c in criteria if c.holds is None]
    missing = tuple(lacking) if outcome in (INSUFFICIENT, "indeterminate") else ()
    return Grade(
        f"diastole_{id}", VERSION, GUIDELINE, outcome, f"{group.name}: {WORDS[outcome]}",
        fired, missing, (), criteria, (SECOND_HAND,),
    )  # fmt: skip


def _e_over_average(facts: DiastolicFacts) -> float | None:
    return facts.over(facts.average if facts.average is not None else facts.septal or facts.lateral)


def _af(facts: DiastolicFacts) -> Sequence[Criterion]:
    pressure = known_any(above(facts.tr, 2.8, 1), above(facts.pasp, 35, 0))
    if pressure is None and facts.no_jet:
        pressure = False
    return (
        Criterion("e", "E at least 100 cm/s", at_least(facts.e, 100, 0)),
        Criterion("e_e", "septal E/e' above 11", above(facts.over(facts.septal), 11, 1)),
        Criterion("p", "TR above 2.8 m/s or PASP above 35 mmHg", pressure),
        Criterion("dt", "deceleration time at most 160 ms", at_most(facts.dt, 160, 0)),
        Criterion("lars", "LA reservoir strain below 16 %", below(facts.lars, 16, 0)),
        Criterion("s_d", "pulmonary vein S/D below 1", below(facts.pv_s_d, 1, 2)),
        Criterion("bmi", "BMI above 30 kg/m2", above(facts.bmi, 30, 1)),
    )


def _af_decide(holds: Mapping[str, bool], known: Known) -> Answer:
    positive = sum(holds.values())
    if positive != 2:
        return ("raised" if positive > 2 else "normal"), ("AF1",)
    second = [known[id] for id in ("lars", "s_d", "bmi") if known[id] is not None]
    for outcome, wanted in (("raised", True), ("normal", False)):
        if sum(s is wanted for s in second) >= 2:
            return outcome, ("AF1", "AF2")
    return "indeterminate", ("AF1", "AF2")


def _by_ratio(low: float, high: float, strict: bool) -> Callable[[DiastolicFacts], list[Criterion]]:
    """E/A that answers by itself below and above; between the two something else decides."""

    def ask(facts: DiastolicFacts) -> list[Criterion]:
        is_low = below(facts.e_a, low, 2) if strict else at_most(facts.e_a, low, 2)
        is_high = above(facts.e_a, high, 2) if strict else at_least(facts.e_a, high, 2)
        less, more = ("below", "above") if strict else ("at most", "at least")
        return [
            Criterion("low", f"E/A {less} {low:g}", is_low),
            Criterion("high", f"E/A {more} {high:g}", is_high),
        ]

    return ask


def _between(ids: Sequence[str]) -> Callable[[Mapping[str, bool], Known], Answer]:
    """Low is normal, high is raised; between, any of these that was measured decides."""

    def decide(holds: Mapping[str, bool], known: Known) -> Answer:
        if holds["low"]:
            return "normal", ("low",)
        if holds["high"]:
            return "raised", ("high",)
        outcome = known_any(*(known[id] for id in ids))
        words = {True: "raised", False: "normal", None: "indeterminate"}
        return words[outcome], ("between",)

    return decide


def _any(ids: Sequence[str]) -> Callable[[Mapping[str, bool], Known], Answer]:
    """One sign is enough; without any that was measured nothing can be said."""

    def decide(holds: Mapping[str, bool], known: Known) -> Answer:
        found = known_any(*(known[id] for id in ids))
        return {True: "raised", False: "normal", None: INSUFFICIENT}[found], ("any",)

    return decide


def _majority(holds: Mapping[str, bool], known: Known) -> Answer:
    asked = [h for h in known.values() if h is not None]
    if len(asked) < 2:
        return INSUFFICIENT, ("majority",)
    positive = sum(asked)
    if 2 * positive == len(asked):
        return "indeterminate", ("majority",)
    return ("raised" if 2 * positive > len(asked) else "normal"), ("majority",)


def _time_ratio(facts: DiastolicFacts) -> float | None:
    """None also where e' does not come after E, for which no limit is published."""
    ivrt, delay = facts.ivrt, facts.t_e_e
    return ivrt / delay if ivrt is not None and delay is not None and delay > 0 else None


def _pressure_only(facts: DiastolicFacts) -> Sequence[Criterion]:
    return (
        Criterion("tr", "TR above 2.8 m/s", False if facts.no_jet else above(facts.tr, 2.8, 1)),
        Criterion("pasp", "PASP above 35 mmHg", above(facts.pasp, 35, 0)),
    )


_ROWS = (
    Group("af", "atrial fibrillation", _af, ("e", "e_e", "p", "dt"), _af_decide),
    Group(
        "non_cardiac_ph", "pulmonary hypertension of other than cardiac cause",
        lambda f: (
            *_by_ratio(0.8, 2, strict=False)(f),
            Criterion("e_e", "lateral E/e' above 13", above(f.over(f.lateral), 13, 1)),
            Criterion("lavi", "LAVI above 34 mL/m2", above(f.lavi, 34, 0)),
            Criterion("lars", "LA reservoir strain below 16 %", below(f.lars, 16, 0)),
        ),
        ("low", "high"), _between(("e_e", "lavi", "lars")),
    ),
    Group(
        "mac", "mitral annular calcification",
        lambda f: (
            *_by_ratio(0.8, 1.8, strict=True)(f),
            Criterion("ivrt", "IVRT below 80 ms", below(f.ivrt, 80, 0)),
        ),
        ("low", "high"), _between(("ivrt",)),
    ),
    Group(
        "mitral_stenosis", "mitral stenosis",
        lambda f: (
            Criterion("ivrt", "IVRT below 60 ms", below(f.ivrt, 60, 0)),
            Criterion("a", "A above 150 cm/s", above(f.a, 150, 0)),
            Criterion("ratio", "IVRT/T(E-e') below 4.2", below(_time_ratio(f), 4.2, 1)),
        ),
        (), _any(("ivrt", "a", "ratio")),
    ),
    Group(
        "severe_mr", "severe mitral regurgitation",
        lambda f: (
            Criterion("ar_a", "Ar-A at least 30 ms", at_least(f.ar_a, 30, 0)),
            Criterion("ivrt", "IVRT below 60 ms", below(f.ivrt, 60, 0)),
            Criterion("ratio", "IVRT/T(E-e') below 5.6", below(_time_ratio(f), 5.6, 1)),
            Criterion(
                "e_e", "E/e' above 14, with a reduced EF",
                above(_e_over_average(f), 14, 1) if below(f.ef, 50, 0) else None,
            ),
        ),
        (), _any(("ar_a", "ivrt", "ratio", "e_e")),
    ),
    Group(
        "hcm", "hypertrophic cardiomyopathy",
        lambda f: (
            Criterion("e_e", "E/e' above 14", above(_e_over_average(f), 14, 1)),
            Criterion("lavi", "LAVI above 34 mL/m2", above(f.lavi, 34, 0)),
            Criterion("tr", "TR above 2.8 m/s", above(f.tr, 2.8, 1)),
            Criterion("ar_a", "Ar-A at least 30 ms", at_least(f.ar_a, 30, 0)),
        ),
        (), _majority,
    ),
    Group(
        "transplant", "heart transplant",
        lambda f: (
            Criterion("low", "E/e' below 7", below(_e_over_average(f), 7, 1)),
            Criterion("high", "E/e' above 14", above(_e_over_average(f), 14, 1)),
            Criterion("tr", "TR above 2.8 m/s", False if f.no_jet else above(f.tr, 2.8, 1)),
        ),
        ("low", "high"), _between(("tr",)),
    ),
    Group(
        "paced", "paced, LBBB or AV block with E and A fused",
        _pressure_only, (), _any(("tr", "pasp")),
    ),
    Group(
        "restrictive", "restrictive cardiomyopathy",
        lambda f: (
            Criterion("e_a", "E/A above 2.5", above(f.e_a, 2.5, 2)),
            Criterion("dt", "deceleration time below 150 ms", below(f.dt, 150, 0)),
            Criterion("ivrt", "IVRT below 50 ms", below(f.ivrt, 50, 0)),
        ),
        (), _any(("e_a", "dt", "ivrt")),
    ),
)  # fmt: skip

GROUPS: Mapping[str, Group] = MappingProxyType({row.id: row for row in _ROWS})
"""Every group by id."""
