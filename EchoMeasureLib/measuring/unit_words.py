"""Units of derived and given numbers as people write them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from EchoMeasureLib.rounding import written

UNIT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "cm2": "cm\u00b2",
        "cm2/m2": "cm\u00b2/m\u00b2",
        "L/min/m2": "L/min/m\u00b2",
        "mL/m2": "mL/m\u00b2",
        "mm[Hg]": "mmHg",
        "mm/mm[Hg]": "mm/mmHg",
        "m2": "m\u00b2",
        "g/m2": "g/m\u00b2",
        "g/m2.7": "g/m^2.7",
    }
)
"""UCUM units that people write otherwise."""


def with_unit(number: float, decimals: int, unit: str) -> str:
    """A number for people with its UCUM unit, such as "35.3 %"; of a plain number only itself."""
    shown = written(number, decimals)
    return shown if unit == "1" else f"{shown} {UNIT_WORDS.get(unit, unit)}"
