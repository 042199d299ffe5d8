"""The course of the values of a cine over its frames, with its end-diastoles and end-systoles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.exporting.summaries import alone
from EchoMeasureLib.measuring.cava_curve import CavaCurve
from EchoMeasureLib.review.entries import Entry
from EchoMeasureLib.review.session import Review


@dataclass(frozen=True, slots=True)
class TracePoint:
    """The value of one frame."""

    frame: int
    value: float | None
    """In the unit of its line; None where there is no number."""
    doubtful: bool = False
    """Whether it is flagged or left out, and so counts for nothing."""


@dataclass(frozen=True, slots=True)
class TraceLine:
    """The values of one measurement, by frame."""

    name: str
    """Such as "LVID"."""
    colour: str
    unit: str
    """For people."""
    points: tuple[TracePoint, ...]
    means: tuple[str, ...]
    """What is reported of it, such as "LVIDd 4.7 cm"."""


@dataclass(frozen=True, slots=True)
class PhaseMark:
    """A frame that is end-diastole or end-systole."""

    frame: int
    phase: Phase


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything that is traced below a cine."""

    lines: tuple[TraceLine, ...]
    """All of one unit."""
    marks: tuple[PhaseMark, ...]
    """In time."""
    times: tuple[float, ...] | None
    """Seconds of every frame of the cine; None where the file does not say."""
    frame_count: int
    still: bool = False
    """Whether its frames are places along a strip, which is one picture."""
    words: str = ""
    """What is to be said of it as a whole."""


def trace_of(review: Review, image: str, entries: Iterable[Entry]) -> Trace | None:
    """The course of the lengths that these calipers of one image give.

    A strip shows its own course, so None for it, and for a still. Of several calipers of a
    measurement on a frame the reviewer's goes first.
    """
    facts = review.images[image]
    by_measurement: dict[str, dict[int, Entry]] = {}
    for entry in entries:
        if CATALOG[entry.measurement].on_strip:
            continue
        frames = by_measurement.setdefault(entry.measurement, {})
        if entry.frame not in frames or (entry.reviewed and not frames[entry.frame].reviewed):
            frames[entry.frame] = entry
    if facts.frame_count == 1 or not by_measurement:
        return None
    only = alone(review, image)
    lines = [_line(only, id, frames) for id, frames in by_measurement.items()]
    marks = {
        PhaseMark(frame, phase)
        for id in by_measurement
        for phase in (Phase.ED, Phase.ES)
        for frame in only.phase_frames(phase, image, id)
    }
    if not any(point.value is not None for line in lines for point in line.points):
        return None
    return Trace(tuple(lines), _in_time(marks), facts.times, facts.frame_count)


def cava_trace(curve: CavaCurve, entries: Iterable[Entry]) -> Trace:
    """The diameter of a vena cava over its strip, and where these calipers of it stand."""
    row = CATALOG["ivcmmax"]
    points = tuple(TracePoint(place, cm) for place, cm in enumerate(curve.cm))
    marks = {
        PhaseMark(_nearest(curve.seconds, entry.caliper.strip_s), output.phase)
        for entry in entries
        for output in CATALOG[entry.measurement].outputs
        if output.phase.of_breath and entry.caliper.strip_s is not None
    }
    line = TraceLine(row.short_name, row.colour, row.outputs[0].people_unit, points, ())
    said = ("by the envelope reader", curve.breath_words, curve.gaps_words)
    return Trace(
        (line,),
        _in_time(marks),
        curve.seconds,
        len(points),
        still=True,
        words="; ".join(filter(None, said)),
    )


def _nearest(times: Sequence[float], time: float) -> int:
    return min(range(len(times)), key=lambda place: abs(times[place] - time))


def _in_time(marks: Iterable[PhaseMark]) -> tuple[PhaseMark, ...]:
    return tuple(sorted(marks, key=lambda mark: (mark.frame, mark.phase.value)))


def _line(review: Review, measurement: str, frames: dict[int, Entry]) -> TraceLine:
    row = CATALOG[measurement]
    points = tuple(_point(frames[frame]) for frame in sorted(frames))
    ids = {output.formula_id for output in row.outputs}
    return TraceLine(
        row.short_name, row.colour, row.outputs[0].people_unit, points, _means(review, ids)
    )


def _point(entry: Entry) -> TracePoint:
    caliper = entry.caliper
    output, value = CATALOG[entry.measurement].outputs[0], caliper.values[0].value
    shown = None if value is None else abs(value) * output.shown_factor
    return TracePoint(entry.frame, shown, bool(entry.excluded))


def _means(review: Review, ids: set[str]) -> tuple[str, ...]:
    rows = [row for row in review.sheet().rows if row.id in ids and row.text]
    return tuple(f"{row.name} {row.text}" for row in rows)
