"""What the tables of diastolic function ask for, in the units in which clinicians speak."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from EchoMeasureLib.errors import InvalidArgument

NAMES = {
    "ef": "EF",
    "e": "E",
    "a": "A",
    "septal": "septal e'",
    "lateral": "lateral e'",
    "tr": "TR velocity",
    "pasp": "PASP",
    "lavi": "LAVI",
    "lars": "LA reservoir strain",
    "pv_s_d": "pulmonary vein S/D",
    "ivrt": "IVRT",
    "dt": "E deceleration time",
    "ar_a": "Ar-A duration",
    "t_e_e": "T(E-e')",
    "bmi": "BMI",
}
"""What people call each number."""

MAY_BE_BELOW_0 = ("ar_a", "t_e_e")
"""Differences of times."""


@dataclass(frozen=True, slots=True)
class DiastolicFacts:
    """Sizes only: velocities without their sign. What is None was not measured; nothing is assumed.

    Raises `InvalidArgument` for a number that is not finite or is below zero.
    """

    ef: float | None = None
    """Ejection fraction, %."""
    e: float | None = None
    """Mitral E, cm/s."""
    a: float | None = None
    """Mitral A, cm/s."""
    septal: float | None = None
    """Septal e', cm/s."""
    lateral: float | None = None
    """Lateral e', cm/s."""
    tr: float | None = None
    """Peak velocity of tricuspid regurgitation, m/s."""
    pasp: float | None = None
    """Systolic pulmonary artery pressure, mmHg."""
    lavi: float | None = None
    """Left atrial volume index, mL/m2."""
    lars: float | None = None
    """Left atrial reservoir strain, %."""
    pv_s_d: float | None = None
    """Pulmonary vein, systolic over diastolic velocity."""
    ivrt: float | None = None
    """Isovolumic relaxation time, ms."""
    dt: float | None = None
    """Deceleration time of E, ms."""
    ar_a: float | None = None
    """Duration of pulmonary vein Ar minus that of mitral A, ms; may be below zero."""
    t_e_e: float | None = None
    """Time from the onset of E to the onset of e', ms; may be below zero."""
    bmi: float | None = None
    """Body mass index, kg/m2."""
    age: float | None = None
    """Years."""
    disease: bool = False
    """Whether the reader knows of a disease of the myocardium."""
    no_jet: bool = False
    """Whether the reader says that there was no measurable tricuspid regurgitation."""

    def __post_init__(self) -> None:
        for field in fields(self):
            number = getattr(self, field.name)
            if number is None or isinstance(number, bool):
                continue
            if not math.isfinite(number) or (number < 0 and field.name not in MAY_BE_BELOW_0):
                raise InvalidArgument(
                    f"{NAMES.get(field.name, field.name)} cannot be {number:g}.",
                    "Give the size of a velocity without its sign, or leave it out.",
                )

    @property
    def e_a(self) -> float | None:
        """E/A; None without E or with no A to divide by."""
        return self.e / self.a if self.e is not None and self.a else None

    @property
    def average(self) -> float | None:
        """Mean of septal and lateral e', cm/s; None unless both were measured."""
        if self.septal is None or self.lateral is None:
            return None
        return (self.septal + self.lateral) / 2

    def over(self, e_prime: float | None) -> float | None:
        """E over this e'; None when one of them is missing or e' is zero."""
        return self.e / e_prime if self.e is not None and e_prime else None


def known_any(*holds: bool | None) -> bool | None:
    """Whether any of what was measured holds; None when nothing was measured."""
    known = [h for h in holds if h is not None]
    return any(known) if known else None
