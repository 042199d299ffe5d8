"""The made-up person of a phantom study."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BORN, EXAMINED = "19600101", "20260101"
"""Birth and study date of every phantom, as DICOM writes them."""


@dataclass(frozen=True, slots=True)
class Body:
    """What the file says of the person, and the truth knows."""

    sex: str
    """M or F."""
    height_cm: int
    weight_kg: float
    age: int
    """Years on the day of the study."""


def body_of(seed: int) -> Body:
    """The person of the study of this seed: the same in all of its images."""
    rng = np.random.default_rng([seed, 7])
    sex = str(rng.choice(["M", "F"]))
    height = round(100 * float(f"{rng.uniform(1.55, 1.9):.2f}"))
    weight = round(float(rng.uniform(52, 105)), 1)
    return Body(sex, height, weight, int(EXAMINED[:4]) - int(BORN[:4]))
