"""What a file says of the person's body, where it can be true; nothing that says who it is."""

from __future__ import annotations

from dataclasses import dataclass

from EchoMeasureLib.errors import InvalidArgument

AGE = (0.0, 120.0)
"""Years; this and the others: lowest and highest that is believed."""
HEIGHT_M = (0.4, 2.5)
WEIGHT_KG = (1.0, 400.0)
MASS_INDEX = (8.0, 90.0)
"""kg/m2; beyond it one of the two is wrong, and nobody knows which."""
TALLEST_AT_BIRTH_M, TALLEST_GAIN_M = 0.95, 0.15
"""No child is taller, with so much more for each year: the tallest known ones were 1.63 m at 5 and
1.83 m at 8 years. An age of 0 may be nearly 1."""
HEAVIEST_AT_BIRTH_KG, HEAVIEST_GAIN_KG = 30.0, 12.0
"""No child is heavier; the heaviest known ones were 28 kg in their first year."""
HEART_RATE = (30.0, 220.0)
SYSTOLIC, DIASTOLIC = (50.0, 280.0), (20.0, 180.0)
_OTHERS = {"heart_rate": HEART_RATE, "systolic": SYSTOLIC, "diastolic": DIASTOLIC}


def too_tall(age: float, height_m: float) -> bool:
    """Whether nobody of this age (whole years) is of that height."""
    return height_m > TALLEST_AT_BIRTH_M + TALLEST_GAIN_M * age


def too_heavy(age: float, weight_kg: float) -> bool:
    """Whether nobody of this age (whole years) is of that weight."""
    return weight_kg > HEAVIEST_AT_BIRTH_KG + HEAVIEST_GAIN_KG * age


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """What is None or empty the file does not say, or it cannot be true.

    Raises `InvalidArgument` for what cannot be.
    """

    sex: str = ""
    """M or F."""
    height_cm: float | None = None
    weight_kg: float | None = None
    age: float | None = None
    """Whole years on the day of the study."""
    heart_rate: float | None = None
    """Per minute."""
    systolic: float | None = None
    """Blood pressure, mmHg."""
    diastolic: float | None = None
    """Blood pressure, mmHg."""
    notes: tuple[str, ...] = ()
    """What the file says and was not taken, each with the reason."""

    def __post_init__(self) -> None:
        height = tuple(100 * limit for limit in HEIGHT_M)
        limits = {"height_cm": height, "weight_kg": WEIGHT_KG, "age": AGE, **_OTHERS}
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise InvalidArgument(f"A file cannot give {value:g} as {name}.")
        if self.sex not in ("", "M", "F"):
            raise InvalidArgument(f"A file cannot give '{self.sex}' as sex.")
