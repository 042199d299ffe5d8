"""Aortic stenosis and the probability of pulmonary hypertension, as words."""

from __future__ import annotations

from EchoMeasureLib.measuring.grading.rules import (
    INSUFFICIENT,
    Criterion,
    Grade,
    above,
    at_least,
    below,
)
from EchoMeasureLib.rounding import rounded

STENOSIS_2017 = "EACVI/ASE 2017 aortic stenosis (Baumgartner et al.)"
PRESSURE_2022 = "ESC/ERS 2015 and 2022 pulmonary hypertension"
VERSION = "2026.2"

BY_VELOCITY = ((4.0, "severe"), (3.0, "moderate"), (2.6, "mild"), (0.0, "none"))
"""Lowest peak velocity of each degree, m/s, rounded to 0.1."""

STENOSIS_WORDS = {
    "none": "no stenosis by velocity; 2.5 m/s is the limit of sclerosis, not of normal",
    "mild": "mild aortic stenosis",
    "moderate": "moderate aortic stenosis",
    "severe": "severe aortic stenosis",
    "discordant": "velocity and other criteria differ: flow?",
    INSUFFICIENT: "cannot be graded",
}


def grade_aortic_stenosis(
    vmax_m_s: float | None,
    dvi: float | None = None,
    mean_mmhg: float | None = None,
    area_cm2: float | None = None,
) -> Grade:
    """By peak velocity, m/s; said where mean gradient, valve area or DVI are of another degree."""
    velocity = _by_velocity(vmax_m_s)
    others = {
        name: degree
        for name, degree in (
            ("DVI", _by_index(dvi)),
            ("mean gradient", _by_gradient(mean_mmhg)),
            ("AVA", _by_area(area_cm2)),
        )
        if degree is not None
    }
    criteria = (
        Criterion("severe_v", "Vmax at least 4.0 m/s", at_least(vmax_m_s, 4.0, 1)),
        Criterion("severe_i", "DVI below 0.25", below(dvi, 0.25, 2)),
        Criterion("severe_g", "mean gradient at least 40 mmHg", at_least(mean_mmhg, 40, 0)),
        Criterion("severe_a", "AVA below 1.0 cm2", below(area_cm2, 1.0, 2)),
    )
    if velocity is None:
        return Grade(
            "aortic_stenosis", VERSION, STENOSIS_2017, INSUFFICIENT,
            STENOSIS_WORDS[INSUFFICIENT], (), ("AV Vmax",), (), criteria,
        )  # fmt: skip
    ours = "mild" if velocity == "none" else velocity
    apart = {name: degree for name, degree in others.items() if degree != ours}
    outcome = "discordant" if apart else velocity
    words = STENOSIS_WORDS[outcome]
    if apart:
        said = ", ".join(f"{degree} by {name}" for name, degree in apart.items())
        words = f"{STENOSIS_WORDS[velocity]} by velocity, {said}: flow?"
    fired = (f"Vmax {velocity}", *(f"{name} {degree}" for name, degree in others.items()))
    return Grade("aortic_stenosis", VERSION, STENOSIS_2017, outcome, words, fired, (), (), criteria)


def _by_velocity(vmax: float | None) -> str | None:
    if vmax is None:
        return None
    shown = rounded(vmax, 1)
    return next(word for limit, word in BY_VELOCITY if shown >= limit)


def _by_index(dvi: float | None) -> str | None:
    if dvi is None:
        return None
    shown = rounded(dvi, 2)
    if shown > 0.50:
        return "mild"
    return "severe" if shown < 0.25 else "moderate"


def _by_gradient(mean_mmhg: float | None) -> str | None:
    if mean_mmhg is None:
        return None
    shown = rounded(mean_mmhg, 0)
    return "severe" if shown >= 40 else "moderate" if shown >= 20 else "mild"


def _by_area(area_cm2: float | None) -> str | None:
    if area_cm2 is None:
        return None
    shown = rounded(area_cm2, 2)
    return "severe" if shown < 1.0 else "moderate" if shown <= 1.5 else "mild"


def ph_probability(
    tr_m_s: float | None,
    signs: dict[str, bool | None],
    no_jet: bool = False,
) -> Grade:
    """Probability of pulmonary hypertension from the jet, m/s, and signs in the groups A, B and C.

    `signs`: by group A (ventricles), B (pulmonary artery) and C (vena cava, right atrium) whether
    one of the group was found; None when none of it was looked at.
    """
    criteria = tuple(
        Criterion(group, f"a sign of group {group}", signs.get(group)) for group in "ABC"
    )
    present = sum(c.holds is True for c in criteria)
    open_ = sum(c.holds is None for c in criteria)
    if tr_m_s is None and not no_jet:
        return _probability(INSUFFICIENT, (), ("TR velocity, or that there was no jet",), criteria)
    fast = above(tr_m_s, 3.4, 1)
    middle = above(tr_m_s, 2.8, 1)
    if fast:
        return _probability("high", ("TR > 3.4",), (), criteria)
    outcomes = ("intermediate", "high") if middle else ("low", "intermediate")
    band = "TR 2.9-3.4" if middle else "TR <= 2.8 or none"
    if present >= 2:
        return _probability(outcomes[1], (band, "signs"), (), criteria)
    if present + open_ < 2:
        return _probability(outcomes[0], (band, "no signs"), (), criteria)
    missing = tuple(c.words for c in criteria if c.holds is None)
    return _probability(INSUFFICIENT, (band,), missing, criteria)


def _probability(
    outcome: str, fired: tuple[str, ...], missing: tuple[str, ...], criteria: tuple[Criterion, ...]
) -> Grade:
    words = (
        "probability of pulmonary hypertension cannot be said"
        if outcome == INSUFFICIENT
        else f"{outcome} probability of pulmonary hypertension"
    )
    return Grade(
        "ph_probability", VERSION, PRESSURE_2022, outcome, words, fired, missing, (), criteria
    )
