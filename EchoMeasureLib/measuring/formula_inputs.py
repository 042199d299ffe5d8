"""The measured inputs of the formulae: what they are called, and which values of the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Output

SMALLEST_IVC = "ivc_min"
"""Of the calipers of the inferior vena cava the one with a sniff; `ivc_max` is the largest."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number that the formulae ask for, and where it comes from."""

    id: str
    """As in `INPUTS` where a formula uses it."""
    measurement: str
    """Id in the catalog of what is measured for it."""
    output: Output


QUANTITIES = tuple(
    Quantity(output.formula_id, row.id, output)
    for row in CATALOG.values()
    for output in row.outputs
)
"""One per output of the catalog; the smallest IVC comes in addition."""

OUTPUTS: Mapping[str, Output] = MappingProxyType(
    {
        **{quantity.id: quantity.output for quantity in QUANTITIES},
        SMALLEST_IVC: CATALOG["ivc"].outputs[0],
    }
)
"""The value of the catalog that each of them is, by id."""

INPUTS: Mapping[str, str] = MappingProxyType(
    {
        **{quantity.id: quantity.output.name for quantity in QUANTITIES},
        SMALLEST_IVC: "IVC minimum",
    }
)
"""What each of them is called, by id."""
