"""What the reader adds by hand to what was measured: facts, and values of other methods."""

from __future__ import annotations

import enum
from dataclasses import dataclass, fields

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.measuring.grading.ranges import RangeSet


class Rhythm(str, enum.Enum):
    """The rhythm during the examination, as the reader says."""

    SINUS = "sinus"
    AF = "af"


LIMITS: dict[str, tuple[float, float, str]] = {
    "age": (0, 130, "years"),
    "ef": (1, 95, "per cent"),
    "lavi": (3, 250, "mL/m2"),
    "lars": (0, 90, "per cent"),
    "pv_s_d": (0.05, 10, "a ratio"),
    "ivrt": (5, 400, "milliseconds"),
    "dt": (20, 800, "milliseconds"),
    "ar_a": (-300, 300, "milliseconds"),
    "t_e_e": (-200, 400, "milliseconds"),
}
"""Lowest and highest number that can be, and the unit to give it in."""


@dataclass(frozen=True, slots=True)
class Examination:
    """Nothing here is assumed: what is None was not given.

    Raises `InvalidArgument` for a number that cannot be, with the unit to give it in.
    """

    age: float | None = None
    """Years."""
    rhythm: Rhythm | None = None
    group: str = ""
    """Id of a special group of `diastole_groups`; empty when the general tables hold."""
    disease: bool = False
    """A disease of the myocardium is known."""
    no_jet: bool = False
    """There was no measurable tricuspid regurgitation."""
    ef: float | None = None
    """Ejection fraction by another method, %."""
    lavi: float | None = None
    """Left atrial volume index, mL/m2."""
    lars: float | None = None
    """Left atrial reservoir strain, %."""
    pv_s_d: float | None = None
    """Pulmonary vein S/D."""
    ivrt: float | None = None
    """Isovolumic relaxation time, ms."""
    dt: float | None = None
    """Deceleration time of E, ms."""
    ar_a: float | None = None
    """Ar minus A duration, ms."""
    t_e_e: float | None = None
    """T(E-e'), ms."""
    ranges: RangeSet = RangeSet.ASE
    """Whose normal ranges."""

    def __post_init__(self) -> None:
        for field in fields(self):
            number = getattr(self, field.name)
            if field.name not in LIMITS or number is None:
                continue
            low, high, unit = LIMITS[field.name]
            if not low <= number <= high:
                raise InvalidArgument(
                    f"A {field.name} of {number:g} is not possible.", f"Give it in {unit}."
                )

    @property
    def special_group(self) -> str:
        """The group whose table holds: as given, or atrial fibrillation by the rhythm."""
        return self.group or ("af" if self.rhythm is Rhythm.AF else "")
