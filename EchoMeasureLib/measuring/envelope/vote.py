"""Whether a Doppler point lies on the peak of the wave that the picture shows there."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.measuring.envelope.edges import Edges
from EchoMeasureLib.measuring.envelope.incomplete import INCOMPLETE, is_incomplete, why_in_part
from EchoMeasureLib.measuring.envelope.pixels import Floats
from EchoMeasureLib.measuring.envelope.reading import StripReading
from EchoMeasureLib.measuring.envelope.same_wave import ALIKE_FROM, BEAT_SHARE, settle
from EchoMeasureLib.measuring.envelope.sides import Side
from EchoMeasureLib.measuring.envelope.tops import Top
from EchoMeasureLib.measuring.envelope.waves import BORDER_MS, LOWEST_SHARE, is_cut

APART = 0.08
"""Share of a wave's height by which a point may miss its peak."""

DOUBTS, MOST_DOUBT = 1.5, 0.09
"""A point is against a wave that is so many of its doubts away; one in more doubt says nothing."""

NEAR_MS = 45.0
"""A wave's summit lies within so long of a point that is meant for it."""

SUMMIT = 0.02
"""Share by which a summit stands over both ends of what is looked at."""

CLEAR = 0.025
"""A wave in less doubt stands for itself, as beats do differ; of others the rest of the strip is
asked: beats that agree with the point clear it, beats that agree with each other may tell."""

FEWEST_BEATS = 2
"""So many other beats can speak for a point."""

ALIKE = 0.15
"""Other beats are alike whose heights lie within such a share of their middle."""

FAR = 0.6
"""A top lower than this share of a point's height is of another wave, or of none."""

DARK_MS, DARK = 15.0, 0.75
"""How far to either side of a point it has to be dark where there is no wave, and how many
deviations of the noise its light may stand over it."""


CUT = "The wave reaches the strip's edge."
ENDS = "The trace ends beside it, and the wave may be higher."
NOTHING = "Nothing is seen on that side of the baseline."


class Verdict(enum.Enum):
    """What the picture says of a point."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    NO_WAVE = "no wave"
    UNSURE = "unsure"
    """The wave is seen too poorly to vote for or against."""


@dataclass(frozen=True, slots=True)
class Vote:
    """The verdict, and the wave it is about."""

    verdict: Verdict
    peak: PixelPoint | None = None
    """The wave's peak, source pixels; None where there is none."""
    top: Top | None = None
    why: str = ""
    """Why it is unsure, or what keeps the peak from being one, in words."""
    cut: bool = False
    """Whether the wave reaches the strip's edge: its peak is not on the picture."""
    hole: bool = False
    """Whether the picture has a hole just beyond the point (`envelope.holes`)."""


def vote_on(reading: StripReading, point: PixelPoint) -> Vote:
    """Compare a point (source pixels) with the wave on its side of the baseline."""
    found = reading.side(bool(point.y < reading.baseline))
    if found is None:
        return Vote(Verdict.UNSURE, why=NOTHING)
    side, edges = found
    column = round(point.x) - side.left
    if not 0 <= column < side.grey.shape[1] or not side.written[column]:
        return Vote(Verdict.UNSURE, why="The trace has not reached that place.")
    height = abs(point.y - side.zero)
    tops = [
        top
        for summit, about in _summits(side, edges.smooth, column)
        if (top := reading.top(side.up, summit, about)) is not None
    ]
    border = side.columns(BORDER_MS)
    if tops and not side.shows(tops[0].column - border, tops[0].column + border):
        return Vote(Verdict.UNSURE, why=ENDS)
    whole = tops
    if reading.continuous:
        whole = [top for top in tops if not is_incomplete(side, edges, top.column, top.height)]
    if tops and not whole and tops[0].height >= FAR * height:
        return Vote(Verdict.UNSURE, _peak(side, tops[0]), tops[0], INCOMPLETE)
    return _by_tops(reading, (side, edges), column, height, whole or tops)


def _by_tops(
    reading: StripReading, seen: tuple[Side, Edges], column: int, height: float, tops: list[Top]
) -> Vote:
    """The verdict on a height at a column of a side by the tops that are near, nearest first."""
    side, edges = seen
    tops = [_settled(reading, side, edges, top) for top in tops]
    for top in tops:
        if abs(height / top.height - 1) <= APART:
            cut = is_cut(side, top.height)
            return Vote(Verdict.AGREES, _peak(side, top), top, CUT if cut else "", cut)
    if not tops or tops[0].height < FAR * height:
        return _beyond(side, edges, column, height, tops)
    top = tops[0]
    peak = _peak(side, top)
    if is_cut(side, top.height):
        return Vote(Verdict.UNSURE, peak, top, CUT, cut=True)
    apart = height / top.height - 1
    if (
        apart > 0
        and reading.continuous
        and (why := why_in_part(side, edges, [top], abs(reading.region.delta[1])))
    ):
        return Vote(Verdict.UNSURE, peak, top, why)
    others = _other_beats(reading, side, edges, top) if top.doubt > CLEAR else []
    if len(others) >= FEWEST_BEATS:
        beside = height / float(np.median(others)) - 1
        if abs(beside) <= APART:
            return Vote(
                Verdict.UNSURE, peak, top, "The same wave is seen otherwise in other beats."
            )
        alike = max(others) - min(others) <= ALIKE * float(np.median(others))
        if alike and apart * beside > 0 and abs(apart) > max(APART, top.doubt):
            return Vote(Verdict.DISAGREES, peak, top)
    if top.doubt > MOST_DOUBT or abs(apart) <= DOUBTS * top.doubt:
        return Vote(Verdict.UNSURE, peak, top, "The wave is not seen clearly.")
    return Vote(Verdict.DISAGREES, peak, top)


def _peak(side: Side, top: Top) -> PixelPoint:
    return PixelPoint(side.left + top.column, side.row(top.height))


def _settled(reading: StripReading, side: Side, edges: Edges, top: Top) -> Top:
    """A top in some doubt, with what the same wave of other beats says of its height."""
    if top.doubt <= CLEAR or is_cut(side, top.height):
        return top
    known = reading.settled_tops
    if (side.up, top) not in known:
        others = [
            other
            for other in _same_wave(reading, side, edges, top)
            if ALIKE_FROM <= other.height / top.height <= 1 / ALIKE_FROM
        ]
        known[side.up, top] = settle(side, edges, [top, *others])[0]
    return known[side.up, top]


def _other_beats(reading: StripReading, side: Side, edges: Edges, top: Top) -> list[float]:
    """How high the same wave is seen to be in the beats before and after."""
    tops = _same_wave(reading, side, edges, top)
    return [other.height for other in tops if other.doubt <= MOST_DOUBT]


def _same_wave(reading: StripReading, side: Side, edges: Edges, top: Top) -> list[Top]:
    """Tops where the wave should be in the beats before and after."""
    period = reading.period
    if period is None:
        return []
    found = []
    for beat in (-3, -2, -1, 1, 2, 3):
        column = round(top.column + beat * period)
        near = round(abs(beat) ** 0.5 * BEAT_SHARE * period)
        first, last = column - near, column + near
        if first < 0 or last >= len(edges.smooth):
            continue
        summit = first + int(edges.smooth[first : last + 1].argmax())
        other = reading.top(side.up, summit, (first, last))
        if other is not None:
            found.append(other)
    return found


def _beyond(side: Side, edges: Edges, column: int, height: float, tops: list[Top]) -> Vote:
    """The verdict on a point that is far outside all that is seen as flow."""
    reach = max(2, round(side.columns(DARK_MS)))
    first, last = max(0, column - reach), column + reach + 1
    low = 1.25 * max([float(edges.whole[first:last].max()), *(top.height for top in tops)])
    part = edges.soft[round(low) : round(0.95 * height), first:last]
    if part.shape[0] < 4 or float(part.mean()) > edges.noise + DARK * edges.spread:
        return Vote(Verdict.UNSURE, why="Something dim is seen under the point.")
    if side.hidden[round(low) : round(0.95 * height), first:last].mean() > 0.3:
        return Vote(Verdict.UNSURE, why="Something is drawn over the strip there.")
    if tops and tops[0].doubt <= MOST_DOUBT and tops[0].height > LOWEST_SHARE * side.strip_height:
        return Vote(Verdict.DISAGREES, _peak(side, tops[0]), tops[0])
    return Vote(Verdict.NO_WAVE)


def _summits(side: Side, smooth: Floats, column: int) -> list[tuple[int, tuple[int, int]]]:
    """Summits near a column, nearest first, each with the columns about it."""
    reach = max(3, round(side.columns(NEAR_MS)))
    first, last = max(0, column - reach), min(len(smooth) - 1, column + reach)
    part = smooth[first : last + 1]
    inner = np.flatnonzero((part[1:-1] >= part[:-2]) & (part[1:-1] > part[2:])) + 1
    summits = [int(p) for p in inner if _stands(part, int(p))]
    summits.sort(key=lambda p: abs(p + first - column))
    found = [p + first for p in summits[:3]] or _uphill(smooth, column, reach)
    return [(p, (max(0, p - reach), min(len(smooth) - 1, p + reach))) for p in found]


def _uphill(smooth: Floats, column: int, reach: int) -> list[int]:
    """Where the edge rises to from a column that no summit is near to.

    The column itself as well where that is far: a small wave may ride on a large one's flank.
    """
    place = column
    while abs(place - column) < 2 * reach:
        first = max(0, place - 2)
        higher = first + int(smooth[first : place + 3].argmax())
        if smooth[higher] <= smooth[place]:
            break
        place = higher
    return [place] if abs(place - column) <= reach else [place, column]


def _stands(part: Floats, place: int) -> bool:
    lower = max(float(part[: place + 1].min()), float(part[place:].min()))
    return lower < (1 - SUMMIT) * float(part[place])
