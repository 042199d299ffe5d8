"""The values of a report: the sheet by sections, what has no value, beats that do not count."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import groupby

from EchoMeasureLib.exporting.report.html_text import (
    Html,
    Part,
    element,
    grouped_table,
    joined,
    listed,
    table,
    whole,
)
from EchoMeasureLib.measuring.doubts import Doubt
from EchoMeasureLib.measuring.measured import BeatValue
from EchoMeasureLib.measuring.sheet import Sheet, SheetRow
from EchoMeasureLib.measuring.sheet_values import BEAT, cycle_of, is_measured, shown
from EchoMeasureLib.review.answers import beat_name
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.rounding import frame_words, written
from EchoMeasureLib.texts import each_once

MARKS = {"H": "\u25b2 H", "L": "\u25bc L"}
"""Shapes and letters: a print in black tells them too."""

LEGEND = (
    "\u25b2 H lies above its range, \u25bc L below. ~ means that a limit lies within one published "
    "standard deviation of a single reading. Beats: how many go into the mean, of how many that "
    "were found, with the standard deviation over those."
)

_HEADS = ("Value", "Result", "Range", "Mark", "Beats", "Rests on", "Reviewed")


def value_tables(sheet: Sheet) -> Html:
    """The rows of the sheet that have a value, under their sections."""
    there = [row for row in sheet.rows if row.text]
    groups = (
        (
            section.value[0].upper() + section.value[1:],
            [_cells(row, _said_elsewhere(sheet, row)) for row in rows],
        )
        for section, rows in groupby(there, lambda row: row.section)
    )
    words = LEGEND if there else "No value could be given."
    return joined(element("p", words, class_="quiet"), grouped_table(_HEADS, groups, "values"))


def _said_elsewhere(sheet: Sheet, row: SheetRow) -> set[str]:
    """What `doubt_list` says of this row."""
    return {doubt.text.rstrip(".") for doubt in sheet.doubts if row.id in doubt.rows}


def _cells(row: SheetRow, elsewhere: Collection[str]) -> Iterator[Part]:
    """`elsewhere`: what is not said again here."""
    notes = [word for word in (row.basis, *row.note.split("; ")) if word]
    yield row.name
    yield element("span", row.text, class_="number")
    yield row.range
    yield _mark(row)
    yield _beats(row)
    yield "; ".join(word for word in notes if word not in elsewhere)
    yield "given" if row.manual else ("yes" if row.reviewed else "no")


def _mark(row: SheetRow) -> Html:
    words = " ".join(word for word in (MARKS.get(row.mark, ""), "~" if row.near else "") if word)
    degree = f" {row.word}" if row.mark else ""
    return joined(element("span", words, class_="mark"), degree) if words else Html()


def _beats(row: SheetRow) -> Html:
    if not row.beats:
        return Html()
    count = f"{row.n} of {len(row.beats)}" if row.n < len(row.beats) else str(row.n)
    if (what := cycle_of(row.id)) != BEAT:
        count += f" {what}{'s' * (len(row.beats) > 1)}"
    spread = "" if row.sd is None else f"SD {shown(row.id, row.sd)}"
    return joined(count, " ", whole(spread))


def absent_values(sheet: Sheet) -> Html:
    """What has no value, by the reason; empty where everything has one."""
    absent: dict[str, list[str]] = {}
    for row in sheet.rows:
        if not row.text:
            absent.setdefault(row.reason, []).append(row.name)
    rows = ((", ".join(names), reason) for reason, names in absent.items())
    return table("", ("No value", "Reason"), rows, "pairs")


def beats_left_out(review: Review) -> Html:
    """Every beat that was found and does not count, and why; empty where all count."""
    rows = [
        (
            row.name,
            beat_name(row.id, beat),
            _where(review, beat),
            _number(row, beat),
            _why(review, beat),
        )
        for row in review.sheet().rows
        if is_measured(row.id)
        for beat in row.beats
        if not beat.counts
    ]
    return table("", ("Value", "Beat", "Where", "Number", "Why it does not count"), rows)


def _number(row: SheetRow, beat: BeatValue) -> str:
    return "none" if beat.value is None else shown(row.id, abs(beat.value))


def _where(review: Review, beat: BeatValue) -> str:
    image = f"image {list(review.images).index(beat.image) + 1}"
    if review.images[beat.image].frame_count > 1:
        return f"{image}, {frame_words(beat.frame, beat.time_s)}"
    if beat.time_s is None:
        return image
    return f"{image}, {written(beat.time_s, 2)} s from the left"


def _why(review: Review, beat: BeatValue) -> str:
    """The reason, and what its flags mean."""
    first = beat.why_not
    said = (text for id in beat.entries for text in review.entry(id).caliper.sentences)
    others = [text for text in each_once(*said) if text != first]
    stop = "." if others and not first.endswith(".") else ""
    return " ".join([first + stop, *others])


def doubt_list(sheet: Sheet) -> Html:
    """What does not fit together, with the values it is about; empty where nothing is."""
    return listed(
        joined(element("strong", _names(sheet, doubt)), f": {doubt.text}") for doubt in sheet.doubts
    )


def _names(sheet: Sheet, doubt: Doubt) -> str:
    found = (sheet.row(id) for id in doubt.rows)
    return ", ".join(row.name for row in found if row is not None and row.text) or "The study"
