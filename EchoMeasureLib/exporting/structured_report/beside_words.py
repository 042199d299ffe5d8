"""A report of somebody else in plain words: what it is, and each of its values beside ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from EchoMeasureLib.definitions import Lengths
from EchoMeasureLib.exporting.structured_report.report_tree import ReportTree
from EchoMeasureLib.exporting.structured_report.their_values import (
    TheirAnswer,
    TheirValue,
    number_words,
)
from EchoMeasureLib.exporting.structured_report.values_beside import BesideRow
from EchoMeasureLib.measuring.sheet_values import shown

NEITHER = "-"
"""Stands where one of the two has no number."""


class BesideWords(NamedTuple):
    """A value as both have it, for people."""

    name: str
    ours: str
    theirs: str
    difference: str
    """Theirs minus ours, such as "-0.20 cm (-4.1 %)"; empty where one has no number."""
    remark: str
    """What the report says of its number, and whether anybody stands behind ours."""


def report_words(tree: ReportTree, values: Sequence[TheirValue]) -> str:
    """Such as "TID 5200 of GE Vivid T8, partial, unverified; 12 numbers"."""
    flags = [
        "complete" if tree.complete else "partial",
        "verified" if tree.verified else "unverified",
    ]
    template = f"TID {tree.template}" if tree.template else "no template named"
    numbers = "1 number" if len(values) == 1 else f"{len(values)} numbers"
    return f"{template} of {maker_words(tree)}, {', '.join(flags)}; {numbers}"


def maker_words(tree: ReportTree) -> str:
    """Who made a report, as far as it says."""
    return made_by(tree.maker, tree.model) or "an unknown maker"


def made_by(maker: str, model: str) -> str:
    """Both names, once where they are the same; empty where there is none."""
    return " ".join(dict.fromkeys(word for word in (maker, model) if word))


def row_words(row: BesideRow, lengths: Lengths = Lengths.CM) -> BesideWords:
    """A row for people; `lengths`: the unit of lengths."""
    ours = NEITHER if row.ours is None else shown(row.id, row.ours, lengths)
    open_ = "ours not reviewed" if row.ours is not None and not row.reviewed else ""
    return BesideWords(
        row.name,
        ours,
        _theirs(row.theirs, lengths),
        _difference(row, lengths),
        "; ".join(word for word in (_how(row.theirs), open_) if word),
    )


def value_words(value: TheirValue) -> str:
    """A number as the report has it, with all that is said of it: name, site, mode, ..."""
    codes = [code.meaning for code in (value.site, value.view, value.flow) if code is not None]
    said = ", ".join(word for word in (*codes, value.words) if word)
    return f"{_name(value)} {number_words(value)}{f' ({said})' if said else ''}"


def unmatched_words(value: TheirValue) -> tuple[str, str]:
    """A number that is no value of ours, with its place, and why it is none."""
    where = [code.meaning for code in (value.site, value.flow, value.method) if code is not None]
    place = f" ({', '.join(where)})" if where else ""
    return f"{_name(value)} {number_words(value)}{place}", value.why_not


def _difference(row: BesideRow, lengths: Lengths) -> str:
    if row.difference is None:
        return ""
    size = _signed(shown(row.id, abs(row.difference), lengths), row.difference)
    if row.percent is None:
        return size
    return f"{size} ({_signed(f'{abs(row.percent):.1f} %', row.percent)})"


def _signed(size: str, number: float) -> str:
    """The size with the sign of the number, where there is any of it to be read."""
    if not any(digit in size for digit in "123456789"):
        return size
    return f"{'-' if number < 0 else '+'}{size}"


def _name(value: TheirValue) -> str:
    return value.label or value.name.meaning or value.name.value


def _theirs(theirs: TheirAnswer | None, lengths: Lengths) -> str:
    if theirs is None:
        return NEITHER
    if theirs.number is not None:
        return shown(theirs.id, theirs.number, lengths)
    sizes = [value.converted for value in theirs.values if value.converted is not None]
    return f"{shown(theirs.id, min(sizes), lengths)} to {shown(theirs.id, max(sizes), lengths)}"


def _how(theirs: TheirAnswer | None) -> str:
    if theirs is None:
        return ""
    if theirs.number is None:
        return theirs.basis
    counted = [value for value in theirs.values if value.converted == theirs.number]
    return max(counted, key=lambda value: value.selection is not None).words
