"""Units as other programs write them, turned into those of the catalog. Nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_SCALES: tuple[Mapping[str, float], ...] = (
    {"cm": 1, "mm": 0.1, "m": 100},
    {"cm/s": 1, "m/s": 100, "mm/s": 0.1},
    {"mm[Hg]": 1, "kPa": 1 / 0.133322387415},
    {"mL": 1, "L": 1000, "cm3": 1},
    # A ratio is not turned into per cent: of 62 without a unit nobody knows which it is.
    {"%": 1},
    {"1": 1},
    {"g": 1, "kg": 1000},
    {"m2": 1, "cm2": 1e-4},
    {"g/m2": 1},
    {"g/m2.7": 1},
    {"mL/m2": 1},
    {"mm/mm[Hg]": 1, "cm/mm[Hg]": 10},
    {"/min": 1},
)
"""Units of one kind, each with its size in the first. By UCUM, where upper case counts."""

_SPELLINGS: Mapping[str, str] = MappingProxyType(
    {
        "ml": "mL", "l": "L", "mmHg": "mm[Hg]", "mm Hg": "mm[Hg]", "cm^3": "cm3", "percent": "%",
        "{ratio}": "1", "ratio": "1", "{1}": "1", "m\u00b2": "m2", "cm\u00b2": "cm2",
        "g/m\u00b2": "g/m2", "mL/m\u00b2": "mL/m2", "ml/m2": "mL/m2", "g/m^2.7": "g/m2.7",
        "g/m^2": "g/m2",
        "{g/m2.7}": "g/m2.7", "mm/mmHg": "mm/mm[Hg]", "{H.B.}/min": "/min", "bpm": "/min",
        "1/min": "/min", "cm/sec": "cm/s", "m/sec": "m/s",
    }
)  # fmt: skip
"""What people and vendors write for them."""


def converted(value: float, unit: str, wanted: str) -> float | None:
    """The value in the `wanted` unit; None where it is of another kind, or not known.

    A bare number is one without a unit: an empty unit is that of a ratio and of nothing else.

    >>> converted(47, "mm", "cm"), converted(2.4, "m/s", "cm/s"), converted(4.7, "cm/s", "cm")
    (4.7, 240.0, None)
    """
    given, target = (_plain(one) for one in (unit, wanted))
    if given == target:
        return value
    for scale in _SCALES:
        if given in scale and target in scale:
            # A division where that is exact: 47 mm are 4.7 cm, and not 4.7000000000000002.
            factor = scale[given] / scale[target]
            return value * factor if factor >= 1 else value / (scale[target] / scale[given])
    return None


def _plain(unit: str) -> str:
    unit = unit.strip()
    return _SPELLINGS.get(unit, unit) or "1"
