"""The equations behind derived values, in the units that their names say."""

from __future__ import annotations

import math

from EchoMeasureLib.measuring.breathing import Manoeuvre
from EchoMeasureLib.measuring.subject import BsaFormula
from EchoMeasureLib.rounding import rounded

COLLAPSE_LIMITS = {Manoeuvre.SNIFF: 50.0, Manoeuvre.QUIET: 20.0}
"""The fall of the IVC in per cent that tells a low from a high pressure (ASE/EACVI 2015)."""


MASS_INDEX = (4.0, 120.0)
"""kg/m2, from the smallest newborns to the heaviest adults. Beyond it height or weight was given in
another unit, such as inches."""

GROWN_UP, LEAST_GROWN_UP_CM = 18, 90
"""Years; and centimetres that some ten grown persons on record do not reach, but 35 inches do."""


class NoAnswer(ValueError):
    """The inputs are all there, but give no number; the text says why."""


BEYOND = "its inputs are out of all proportion"


class NotNeeded(NoAnswer):
    """There is nothing to compute here, and nothing is missing."""


def teichholz_ml(diameter_cm: float) -> float:
    """Volume of a ventricle of this internal diameter, mL."""
    return 7.0 / (2.4 + diameter_cm) * diameter_cm**3


def lv_mass_g(ivs: float, lvid: float, lvpw: float) -> float:
    """Linear (cube) method, g; all three at end-diastole in cm."""
    return 0.8 * 1.04 * ((ivs + lvid + lvpw) ** 3 - lvid**3) + 0.6


def check_body(height_cm: float, weight_kg: float | None, age: float | None) -> None:
    """Raises `NoAnswer` where nobody has this height with that weight, or at that age, years.

    Then one of them is wrong, and no number may rest on any.
    """
    index = None if weight_kg is None else weight_kg / (height_cm / 100) ** 2
    if index is not None and not MASS_INDEX[0] <= index <= MASS_INDEX[1]:
        body = f"nobody of {height_cm:g} cm weighs {weight_kg:g} kg"
        raise NoAnswer(f"{body}; one of them may be in another unit")
    if age is not None and age >= GROWN_UP and height_cm < LEAST_GROWN_UP_CM:
        raise NoAnswer(
            f"hardly anybody of {age:g} years is {height_cm:g} cm tall; the height may be in inches"
        )


def body_surface_m2(height_cm: float, weight_kg: float, formula: BsaFormula) -> float:
    """Body surface area, m2."""
    if formula is BsaFormula.MOSTELLER:
        return math.sqrt(height_cm * weight_kg / 3600.0)
    return float(0.007184 * weight_kg**0.425 * height_cm**0.725)


def gradient_mmhg(velocity_cm_s: float) -> float:
    """Simplified Bernoulli equation: 4 V^2 with V in m/s."""
    return 4.0 * (velocity_cm_s / 100.0) ** 2


def circle_cm2(diameter_cm: float) -> float:
    """Area of the outflow tract, which is taken to be round, cm2."""
    return math.pi / 4 * diameter_cm**2


def right_atrial_mmhg(ivc_cm: float, collapse_percent: float, manoeuvre: Manoeuvre | None) -> float:
    """3, 8 or 15 mmHg from the largest IVC and its collapse, rounded as people see them.

    Raises `NoAnswer` where it depends on a manoeuvre that nobody has named.
    """
    wide, fall = rounded(ivc_cm, 1) > 2.1, rounded(collapse_percent, 0)

    def at(limit: float) -> float:
        if not wide and fall > limit:
            return 3.0
        return 15.0 if wide and fall < limit else 8.0

    limits = COLLAPSE_LIMITS.values() if manoeuvre is None else [COLLAPSE_LIMITS[manoeuvre]]
    answers = {at(limit) for limit in limits}
    if len(answers) > 1:
        raise NoAnswer(
            f"an IVC collapse of {fall:.0f} % needs to be known as with a sniff or in quiet "
            "breathing"
        )
    return answers.pop()
