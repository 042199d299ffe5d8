"""The values of a sheet by id, measured or derived: their unit, and how a number is written."""

from __future__ import annotations

from collections.abc import Mapping

from EchoMeasureLib.definitions import Lengths, Output, Phase
from EchoMeasureLib.measuring.formula_inputs import OUTPUTS, QUANTITIES, SMALLEST_IVC
from EchoMeasureLib.measuring.formulae import FORMULAE

SHOWN_AS = {"e_a_ratio": "e_a"}
"""Measured values that a formula repeats under its own id: one row is enough."""

MEASURED_AS: Mapping[str, str] = {shown: id for id, shown in SHOWN_AS.items()}
"""The id of a measured value that a formula repeats, by that of its row."""

OUTPUT_OF: Mapping[str, Output] = {SHOWN_AS.get(id, id): output for id, output in OUTPUTS.items()}
"""How the value of a measured row is written, by the row's id."""

MEASUREMENT_OF: Mapping[str, str] = {
    **{SHOWN_AS.get(quantity.id, quantity.id): quantity.measurement for quantity in QUANTITIES},
    SMALLEST_IVC: "ivc",
}
"""What is measured for a row of the sheet, by the row's id."""


def is_measured(id: str) -> bool:
    """Whether it is read off an image, also where the row is that of a formula."""
    return id in OUTPUTS or id in SHOWN_AS.values()


BEAT = Phase.ED.cycle


def cycle_of(id: str) -> str:
    """What a row has several of, for people: "breath" of the vena cava, else `BEAT`."""
    return OUTPUT_OF[id].phase.cycle if id in OUTPUT_OF else BEAT


def unit_of(id: str) -> str:
    """UCUM unit in which it is stored. Raises `KeyError` for an id that no sheet has."""
    return OUTPUTS[id].unit if id in OUTPUTS else FORMULAE[id].unit


def shown(id: str, number: float, lengths: Lengths = Lengths.CM) -> str:
    """A number in the unit of a measured or derived row, with the decimals of one reading.

    Such as "0.10 cm" for a standard deviation of LVIDd.
    """
    return OUTPUTS[id].text(number, lengths) if id in OUTPUTS else FORMULAE[id].text(number)


def answered(id: str, number: float, lengths: Lengths = Lengths.CM) -> str:
    """The same with the decimals of what is reported."""
    return OUTPUTS[id].answer(number, lengths) if id in OUTPUTS else FORMULAE[id].text(number)
