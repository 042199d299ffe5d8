"""What can be compared: every value of the catalog and of the formulae, with its unit."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.choices import Choice
from EchoMeasureLib.definitions import Lengths, Output, Range
from EchoMeasureLib.measuring.formula_inputs import INPUTS, OUTPUTS, QUANTITIES
from EchoMeasureLib.measuring.formulae import FORMULAE
from EchoMeasureLib.measuring.sections import SECTIONS
from EchoMeasureLib.measuring.sheet_values import MEASURED_AS, SHOWN_AS
from EchoMeasureLib.measuring.unit_words import UNIT_WORDS
from EchoMeasureLib.rounding import written


class Level(Choice):
    """What one value of a set is, and so what is compared with what."""

    FRAME = "frame"
    """One caliper on one frame, whatever it counts for."""
    BEAT = "beat"
    """What one beat gives."""
    IMAGE = "image"
    """The mean over the beats of one image."""
    STUDY = "study"
    """What is reported: the mean over the beats of the study that count, and derived values."""

    @property
    def words(self) -> str:
        """Said beside every result."""
        return _WORDS[self]


_WORDS = {
    Level.FRAME: "single calipers on the same frame are compared",
    Level.BEAT: "single beats are compared",
    Level.IMAGE: "means over the beats of an image are compared",
    Level.STUDY: "what is reported for a study is compared: means over beats, and derived values",
}


ANY = Range(None, None)


@dataclass(frozen=True, slots=True)
class Quantity:
    """One value that two sets can both have."""

    id: str
    name: str
    """For people, such as "LVIDd"."""
    unit: str
    """UCUM; every number of it is in this one."""
    shown_unit: str
    """For people; empty for a plain number."""
    factor: float
    """From `unit` to `shown_unit`."""
    decimals: int
    """Of a mean or a difference, in `shown_unit`."""
    plausible: Range = ANY
    """Sizes outside are no value of it, in `unit`."""

    def number(self, value: float) -> str:
        """A number for people, without its unit."""
        text = written(value * self.factor, self.decimals)
        return text.removeprefix("-") if float(text) == 0 else text

    def shown_in(self, lengths: Lengths) -> Quantity:
        """The same for people who read lengths in this unit."""
        if self.shown_unit != Lengths.CM.value or lengths is Lengths.CM:
            return self
        return replace(
            self,
            shown_unit=lengths.value,
            factor=10 * self.factor,
            decimals=max(0, self.decimals - 1),
        )


class NoQuantity(enum.Enum):
    """Why a word names no value."""

    UNKNOWN = "no value of that name is known"
    WITHOUT_PHASE = "end-diastole or end-systole: say lvidd or lvids"


def quantity(id: str, level: Level) -> Quantity | NoQuantity:
    """The value of this id. Ids of measurements and of formulae are both understood.

    On single frames there is LVID at whatever moment; else LVIDd and LVIDs.
    """
    id = MEASURED_AS.get(id, id)
    if level is Level.FRAME and id in _BY_VARIABLE:
        id = _BY_VARIABLE[id].id
    elif level is not Level.FRAME and id in _MEASURED and id not in OUTPUTS:
        variables = [v for v, output in _BY_VARIABLE.items() if output.id == id]
        if len(variables) > 1:
            return NoQuantity.WITHOUT_PHASE
        (id,) = variables
    shown_as = SHOWN_AS.get(id, id)
    if level is Level.FRAME and id in _MEASURED:
        return _of_output(shown_as, _MEASURED[id], _MEASURED[id].name_at(None))
    if id in OUTPUTS:
        return _of_output(shown_as, OUTPUTS[id], INPUTS[id])
    row = FORMULAE.get(id)
    if row is None or row.classes:
        return NoQuantity.UNKNOWN
    unit = UNIT_WORDS.get(row.unit, row.unit)
    return Quantity(row.id, row.name, row.unit, "" if unit == "1" else unit, 1.0, row.decimals + 1)


def rank(id: str) -> int:
    """Where a report has a value."""
    return _PLACES.get(id, len(_PLACES))


def _of_output(id: str, output: Output, name: str) -> Quantity:
    shown = output.people_unit, output.shown_factor, output.decimals
    return Quantity(id, name, output.unit, *shown, output.plausible)


_MEASURED = {output.id: output for row in CATALOG.values() for output in row.outputs[::-1]}
"""By the id of a caliper's value; of those that share one, the first."""

_BY_VARIABLE = {quantity.id: quantity.output for quantity in QUANTITIES}

_PLACES = {id: place for place, id in enumerate(SECTIONS)}
_PLACES |= {
    output.id: _PLACES[variable]
    for variable, output in _BY_VARIABLE.items()
    if output.id not in _PLACES and variable in _PLACES
}
