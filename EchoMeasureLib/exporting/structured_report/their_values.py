"""The numbers of somebody's structured report, TID 5200, 5300 or 1500, as values of ours.

What a scanner writes twice counts once; of several the one that counts is the one the report says
was chosen, else its mean, and where it says neither there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from EchoMeasureLib.conversions import converted
from EchoMeasureLib.exporting.structured_report.report_codes import (
    CYCLE_POINT,
    DERIVATION,
    FLOW_DIRECTION,
    IMAGE_MODE,
    IMAGE_VIEW,
    M_MODE,
    MEAN,
    METHOD,
    SELECTION,
    SHORT_LABEL,
    SITE,
    SrCode,
    own,
    same,
)
from EchoMeasureLib.exporting.structured_report.report_tree import ReportNode, ReportTree
from EchoMeasureLib.exporting.structured_report.their_codes import our_value
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.measuring.formula_inputs import OUTPUTS
from EchoMeasureLib.measuring.sections import SECTIONS
from EchoMeasureLib.measuring.sheet_values import unit_of
from EchoMeasureLib.rounding import written

CONTEXT: Mapping[str, SrCode] = {
    "site": SITE,
    "mode": IMAGE_MODE,
    "view": IMAGE_VIEW,
    "method": METHOD,
    "phase": CYCLE_POINT,
    "flow": FLOW_DIRECTION,
}
"""What may be said of a number itself or, for all below it, of a heading."""

_RESPIRATION = SrCode("364062005", "SCT", "Respiratory Cycle Point")
_DOUBT = own("doubt", "")


@dataclass(frozen=True, slots=True)
class TheirValue:
    """One number of a report."""

    name: SrCode
    number: float
    unit: str
    """As the report has it."""
    id: str
    """Of the value of ours that it is; empty where it is none."""
    converted: float | None
    """The size in the unit of that value."""
    why_not: str = ""
    """Why it is no value of ours."""
    site: SrCode | None = None
    mode: SrCode | None = None
    view: SrCode | None = None
    method: SrCode | None = None
    phase: SrCode | None = None
    flow: SrCode | None = None
    derivation: SrCode | None = None
    """How several were combined; None for one sample."""
    selection: SrCode | None = None
    """Why it is the one that counts; None where it is not said that it is."""
    label: str = ""
    doubts: tuple[str, ...] = ()
    """What our own reports say against it."""

    @property
    def words(self) -> str:
        """What is said of it, such as "2D mode, Mean, chosen"."""
        codes = (self.mode, self.method, self.phase, self.derivation)
        said = [code.meaning or code.value for code in codes if code is not None]
        return ", ".join([*said, *(["chosen"] if self.selection else []), *self.doubts])


@dataclass(frozen=True, slots=True)
class TheirAnswer:
    """What a report says of one value of ours."""

    id: str
    number: float | None
    """The one that counts, in our unit; None where several are there and none is chosen."""
    basis: str
    """Why that one, or why none."""
    values: tuple[TheirValue, ...]


def values_of(tree: ReportTree) -> tuple[TheirValue, ...]:
    """Every number that the report says for itself; inputs that it repeats are passed over."""
    found = dict.fromkeys(_numbers(tree.root, {}))
    chosen = {replace(value, selection=None) for value in found if value.selection}
    # Some scanners write what is chosen a second time without saying so.
    return tuple(value for value in found if value.selection or value not in chosen)


def answers_of(values: Sequence[TheirValue]) -> tuple[TheirAnswer, ...]:
    """One answer per value of ours that is there, in the order of the sheet."""
    by_id: dict[str, list[TheirValue]] = {}
    for value in values:
        if value.id and value.converted is not None:
            by_id.setdefault(value.id, []).append(value)
    return tuple(_answer(id, tuple(by_id[id])) for id in SECTIONS if id in by_id)


def _answer(id: str, values: tuple[TheirValue, ...]) -> TheirAnswer:
    for basis, among in (
        ("chosen", [value for value in values if value.selection]),
        ("mean", [value for value in values if same(value.derivation, MEAN)]),
        ("", [value for value in values if not value.derivation]),
    ):
        # Ours are measured in 2-D images: of two modes theirs of that kind comes first.
        plain = [value for value in among if not same(value.mode, M_MODE)] or among
        numbers = {value.converted for value in plain}
        if len(numbers) == 1:
            return TheirAnswer(id, numbers.pop(), basis, values)
        if len(numbers) > 1 and basis:
            return TheirAnswer(id, None, f"{len(numbers)} values are {basis}", values)
    return TheirAnswer(id, None, f"{len(values)} values, none chosen", values)


def _numbers(node: ReportNode, context: Mapping[str, SrCode]) -> Iterator[TheirValue]:
    """Those below a heading; what is said of it holds for them unless they say otherwise."""
    here = _context(node, context)
    for child in node.children:
        if child.kind == "CONTAINER":
            yield from _numbers(child, here)
        elif child.kind == "NUM" and child.name is not None and child.number is not None:
            yield _value(child, child.name, child.number, here)


def _context(node: ReportNode, known: Mapping[str, SrCode]) -> dict[str, SrCode]:
    said = {key: node.code_of(name) for key, name in CONTEXT.items()}
    said["phase"] = said["phase"] or node.code_of(_RESPIRATION)
    return {**known, **{key: code for key, code in said.items() if code is not None}}


def _value(
    node: ReportNode, name: SrCode, number: float, context: Mapping[str, SrCode]
) -> TheirValue:
    said = _context(node, context)
    id, why = our_value(
        name, said.get("site"), said.get("flow"), said.get("method"), said.get("phase")
    )
    size = None
    if id:
        size, why = _in_our_unit(number, node.unit, id)
        id = id if size is not None else ""
    labels = node.words_of(SHORT_LABEL)
    return TheirValue(
        name,
        number,
        node.unit,
        id,
        size,
        why,
        derivation=node.code_of(DERIVATION),
        selection=node.code_of(SELECTION),
        label=labels[0] if labels else "",
        doubts=tuple(dict.fromkeys((*node.words_of(_DOUBT), *_implausible(id, size)))),
        **said,
    )


def _in_our_unit(number: float, unit: str, id: str) -> tuple[float | None, str]:
    """The size in our unit, or why there is none."""
    ours = unit_of(id)
    if ours == "cm" and number < 0:
        return None, "a length is never negative"
    size = converted(abs(number), unit, ours)
    if size is not None:
        return size, ""
    return None, f"its unit {unit} is none of {ours}" if unit else "its unit is missing"


def _implausible(id: str, size: float | None) -> tuple[str, ...]:
    """The word for a size that no heart has."""
    output = OUTPUTS.get(id)
    if output is None or size is None or output.plausible.contains(size):
        return ()
    return (Flag.IMPLAUSIBLE.words,)


def number_words(value: TheirValue) -> str:
    """A number with its unit as the report has it, such as "4.21 cm"."""
    unit = "" if value.unit in ("1", "{ratio}") else value.unit
    return f"{written(abs(value.number), 2)} {unit}".strip()
