"""A wave of a strip as points of calipers: its traced edge, the slope of its fall, its duration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.measuring.envelope.edges import Edges
from EchoMeasureLib.measuring.envelope.pixels import Floats
from EchoMeasureLib.measuring.envelope.reading import StripReading
from EchoMeasureLib.measuring.envelope.sides import Side
from EchoMeasureLib.measuring.envelope.vote import MOST_DOUBT
from EchoMeasureLib.measuring.envelope.waves import Wave

LOW, STEP = 0.3, 0.2
"""Share of its height down to which a wave's edge is followed, and over which share above that its
flanks are straight enough to lead on to the baseline."""

CLUTTER, OVER, MOST_CLUTTER = 30, 0.13, 0.4
"""Percentile of a side's edge that is what lies between waves, share of the height by which the
edge is followed down to no less than that, and share from which a wave is lost in it."""

LEAD = (0.5, 0.8)
"""Of the way that a straight flank takes to the baseline, at onset and end: flow begins steeply."""

FLAT, BLUR_MS = 1.2, 8.0
"""A flank that takes so many times longer for its last part than for the part above it, and what
smoothing adds, has run into clutter."""

STRETCH = (0.97, 1.08)
"""By how much the edge of a jet by continuous wave may be read too low: it dissolves outwards, and
its top is read from all of its columns at once."""

DIP, RISE = 0.6, 0.2
"""Below this share of its height, and this share above what it fell to, another wave begins."""

LONGEST_S = 0.42
"""From its peak a wave is over after so long."""

LIKE, UNLIKE_SHARE, UNLIKE_S = 0.25, 0.15, 0.025
"""Waves whose heights differ by less are of one kind, and then last alike: to this share of the
others' and so many seconds."""

FINE_PX, FINE, MOST_POINTS = 0.5, 0.008, 40
"""How far the points of a tracing may leave the edge, rows and share of the height, and how many
there are at most, so that a person can move them."""

FALL = (0.8, 0.3)
"""Shares of the height between which the fall of a wave is taken as straight."""

SEEN_DOWN_TO, STRAIGHT = 0.45, 0.03
"""Share of the height down to which a fall is seen at least, and deviation from a line of one that
is straight."""

FEWEST = 4
"""Columns that a flank has at least, or its slope is not seen."""

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Extent:
    """From where to where a wave is followed, in columns from the side's first."""

    onset: float
    first: int
    last: int
    end: float


def tracing_of_wave(
    reading: StripReading, wave: Wave, last: Wave | None = None
) -> tuple[PixelPoint, ...] | None:
    """The edge of a wave from its onset to its end at the baseline, in source pixels.

    With `last` on to the end of that later wave, as from E to A. None where it is not seen from
    end to end, or lasts otherwise than its like on the same strip. Points are so few that a
    person can move them.
    """
    found, other = _seen(reading, wave), _seen(reading, last or wave)
    if found is None or other is None:
        return None
    side, edges, extent = found
    end = other[2]
    columns = np.arange(extent.first, end.last + 1, dtype=np.float64)
    heights = np.asarray(edges.smooth[extent.first : end.last + 1], np.float64)
    tops = [(float(w.peak - side.left), w.top.height) for w in (wave, last or wave)]
    summits = [int(np.clip(round(x) - extent.first, 0, len(heights) - 1)) for x, _ in tops]
    if reading.continuous:
        near = heights[max(0, summits[0] - 2) : summits[0] + 3]
        heights *= float(np.clip(tops[0][1] / np.median(near), *STRETCH))
    # Up to its peak a wave rises, and from there it falls: what does not is a hole in the picture.
    rise, fall = heights[: summits[0] + 1], heights[summits[-1] :]
    rise[:] = np.maximum.accumulate(rise)
    fall[:] = np.maximum.accumulate(fall[::-1])[::-1]
    heights = np.minimum(heights, max(height for _, height in tops))
    corners = [(extent.onset, 0.0), *dict.fromkeys(tops), (end.end, 0.0)]
    points = _thinned(columns, heights, corners, max(FINE_PX, FINE * wave.top.height))
    return tuple(PixelPoint(float(side.left + x), float(side.row(y))) for x, y in points)


def fall_of_wave(reading: StripReading, wave: Wave) -> tuple[PixelPoint, PixelPoint] | None:
    """The peak of a wave, and where the line of its fall meets the baseline, in source pixels.

    None where the fall is not seen, as where another wave follows too soon.
    """
    found = _seen(reading, wave)
    if found is None:
        return None
    side, edges, _ = found
    peak, height = round(wave.peak - side.left), wave.top.height
    edge = edges.smooth[peak:]
    below = np.flatnonzero(edge < FALL[1] * height)
    stop = int(below[0]) if len(below) else len(edge)
    turn = _turn(edge[:stop], height)
    fall = np.flatnonzero(edge[:turn] <= FALL[0] * height)
    if len(fall) < FEWEST:
        return None
    slope, rest = np.polyfit(fall + peak, edge[fall], 1)
    off = float(np.std(edge[fall] - (slope * (fall + peak) + rest)))
    if slope >= 0 or float(edge[fall].min()) > SEEN_DOWN_TO * height or off > STRAIGHT * height:
        return None
    zero = side.left - rest / slope
    return PixelPoint(wave.peak, wave.row), PixelPoint(float(zero), side.zero)


def ends_of_wave(reading: StripReading, wave: Wave) -> tuple[PixelPoint, PixelPoint] | None:
    """Onset and end of a wave at the baseline, in source pixels; None as for its tracing.

    None too where it runs into the next one, as E into A.
    """
    found = _seen(reading, wave)
    if found is None:
        return None
    side, _, extent = found
    zero = side.zero
    ends = side.left + extent.onset, side.left + extent.end
    others = (other for other in reading.waves() if other.up is wave.up and other.peak != wave.peak)
    if any(ends[0] < o.peak < ends[1] and o.top.height > LOW * wave.top.height for o in others):
        return None
    return PixelPoint(ends[0], zero), PixelPoint(ends[1], zero)


def _seen(reading: StripReading, wave: Wave) -> tuple[Side, Edges, _Extent] | None:
    found = reading.side(wave.up)
    if found is None or wave.top.doubt > MOST_DOUBT:
        return None
    side, edges = found
    extent = _extent(side, edges, wave)
    if extent is None:
        return None
    lengths = [
        (other.end - other.onset) * side.seconds_per_px
        for like in reading.waves()
        if like.up is wave.up and like is not wave and _alike(like, wave)
        if (other := _extent(side, edges, like)) is not None
    ]
    if len(lengths) >= 2:
        own, usual = (extent.end - extent.onset) * side.seconds_per_px, float(np.median(lengths))
        if abs(own - usual) > max(UNLIKE_S, UNLIKE_SHARE * usual):
            return None
    return side, edges, extent


def _alike(one: Wave, other: Wave) -> bool:
    return abs(one.top.height / other.top.height - 1) <= LIKE


def _extent(side: Side, edges: Edges, wave: Wave) -> _Extent | None:
    edge, height = edges.smooth, wave.top.height
    clutter = float(np.percentile(edge[side.written], CLUTTER)) / height
    if clutter > MOST_CLUTTER:
        return None
    low = max(LOW, clutter + OVER)
    peak = round(wave.peak - side.left)
    reach = side.columns(1000 * LONGEST_S)
    feet, blur = [], side.columns(BLUR_MS)
    for step, share in zip((-1, 1), LEAD, strict=True):
        place = _walk(edge, peak, step, low, height, reach)
        if place is None:
            return None
        place, lead = _foot(edge, place, peak, low, height, blur)
        feet.append((place, place + step * max(share * lead, 0.5)))
    (first, onset), (last, end) = feet
    return _Extent(onset, first, last, end)


def _walk(
    edge: Floats, peak: int, step: int, low: float, height: float, reach: float
) -> int | None:
    """The last column of the wave to one side of its peak; None where it does not end."""
    place = lowest = peak
    while 0 <= place + step < len(edge) and abs(place - peak) < reach:
        place += step
        if edge[place] < low * height:
            return place - step
        if edge[place] < edge[lowest]:
            lowest = place
        if edge[lowest] < DIP * height and edge[place] > edge[lowest] + RISE * height:
            return lowest
    return None


def _turn(edge: Floats, height: float) -> int:
    """Where a falling edge begins to rise to another wave, or its end."""
    lowest = np.minimum.accumulate(edge) if len(edge) else edge
    again = np.flatnonzero((lowest < DIP * height) & (edge > lowest + 0.5 * RISE * height))
    return int(edge[: int(again[0])].argmin()) if len(again) else len(edge)


def _foot(
    edge: Floats, place: int, peak: int, low: float, height: float, blur: float
) -> tuple[int, float]:
    """The column down to which a flank shows its wave, and how many a line goes on to the baseline.

    Flow begins and ends steeply: a flank that gets flatter towards the baseline shows clutter.
    """
    inner = _climb(edge, place, peak, (low + STEP) * height)
    upper = _climb(edge, inner, peak, (low + 2 * STEP) * height)
    if abs(inner - place) > FLAT * abs(upper - inner) + blur:
        place, inner = inner, upper
    return place, _lead(edge, place, inner, peak)


def _climb(edge: Floats, place: int, peak: int, until: float) -> int:
    """Where a flank has risen to a height, on its way to the peak."""
    step = 1 if place < peak else -1
    while place != peak and edge[place] < until:
        place += step
    return place


def _lead(edge: Floats, place: int, inner: int, peak: int) -> float:
    """How many columns a line through two of a flank goes on to the baseline."""
    if inner == place:
        return 0.5
    rise = float(edge[inner] - edge[place]) / abs(inner - place)
    far = abs(peak - place) / 2 + 2
    return min(float(edge[place]) / rise, far) if rise > 0 else 1.0


def _thinned(
    columns: Doubles, heights: Doubles, corners: Sequence[tuple[float, float]], fine: float
) -> list[tuple[float, float]]:
    """Fewer points along an edge, none of the corners left out."""
    while True:
        points = [corners[0]]
        for start, stop in pairwise(corners):
            inside = (columns > start[0]) & (columns < stop[0])
            piece = [start, *zip(columns[inside], heights[inside], strict=True), stop]
            points += _kept(np.array(piece), fine)[1:]
        if len(points) <= MOST_POINTS:
            return points
        fine *= 1.3


def _kept(points: Doubles, fine: float) -> list[tuple[float, float]]:
    """Ramer, Douglas and Peucker, by the distance in rows."""
    first, last = points[0], points[-1]
    share = (points[:, 0] - first[0]) / max(last[0] - first[0], 1e-9)
    off = np.abs(points[:, 1] - (first[1] + share * (last[1] - first[1])))
    worst = int(off.argmax())
    if off[worst] <= fine or not 0 < worst < len(points) - 1:
        return [(float(first[0]), float(first[1])), (float(last[0]), float(last[1]))]
    return _kept(points[: worst + 1], fine)[:-1] + _kept(points[worst:], fine)
