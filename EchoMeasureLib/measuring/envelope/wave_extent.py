"""From where to where a wave of a Doppler strip goes, and whether all of it is seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.measuring.envelope.edges import Edges
from EchoMeasureLib.measuring.envelope.fall_of_light import columns_of_fade
from EchoMeasureLib.measuring.envelope.flanks import MOST_OFF, find_flank
from EchoMeasureLib.measuring.envelope.laid_beats import alike
from EchoMeasureLib.measuring.envelope.pixels import Floats
from EchoMeasureLib.measuring.envelope.reading import StripReading
from EchoMeasureLib.measuring.envelope.sides import Side
from EchoMeasureLib.measuring.envelope.vote import MOST_DOUBT
from EchoMeasureLib.measuring.envelope.waves import Wave

LOW = 0.3
"""Share of its height down to which a wave's edge is followed."""

CLUTTER, OVER, MOST_CLUTTER = 30, 0.13, 0.4
"""Percentile of a side's edge that is what lies between waves, share of the height by which the
edge is followed down to no less than that, and share from which a wave is lost in it."""

STRAIGHT, OFF_LINE = (0.8, 0.3), 0.025
"""Shares of the height between which the flank of a wave is a line that leads on to the baseline,
and deviation from it, as a share of the height, of one that is no line. A jet's are bent, and have
lines of their own."""

AT_PEAK = (0.88, 1.5)
"""Shares of its height at which the line of a flank passes the peak. Below them a wave first falls
more steeply; above them the line is that of another wave. Fitted on simulated echoes."""

SEEN_DOWN_TO = 0.36, 0.41
"""Share of the height down to which a rise and a fall are seen at least, or too much of them is
guessed: what rises out of the flow of another wave has begun later than its line says."""

OUTSIDE = 0.4
"""Share of the rows over which a wave's light fades by which its edge, column by column, lies
farther out than its top, which all columns together show. Fitted on simulated echoes."""

WIDENED_MS, WIDENED = 14.0, 3.0
"""By smoothing over time, in ms and columns, a steep flank reaches the baseline too far out, and a
gentle one does not: the squares of the way from half of its height to the baseline differ by that
of both. Fitted on phantoms and on the edges of simulated echoes."""

SLOWEST_MS = 6.5
"""A column that lasts longer is too much of a duration."""

DIP, RISE = 0.6, 0.2
"""Below this share of its height, and this share above what it fell to, another wave begins."""

LONGEST_S = 0.42
"""From its peak a wave is over after so long."""

UNLIKE_SHARE, UNLIKE_S, AS_MANY = 0.08, 0.015, 0.3
"""A wave lasts like the same one of other beats, to this share and so many seconds. E and A may be
equally high, so it need not last like more than this share of all waves of its height."""

UNEVEN = "Its edge is too uneven to be traced."
UNCLEAR = "It is not seen clearly."
IN_CLUTTER = "It is too low to be told from the clutter beside the baseline."
NOT_WHOLE = "It is not seen from its onset to its end."
INTO_NEXT = "It runs into the next wave."
BLURRED = "The picture is too blurred, or the sweep too slow: light fades too far at its flanks."
TOO_COARSE = f"The sweep is too slow: a pixel lasts more than {SLOWEST_MS:g} ms."
OUT_OF_LAST = "It rises out of the wave before it."
CUT_OFF = "It is cut off where the strip begins or ends."
OTHERWISE = "It lasts otherwise than the other beats."

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Extent:
    """From where to where a wave is followed, in columns from its side's first."""

    side: Side
    edges: Edges
    edge: Doubles
    """Its outer edge from `first` to `last`, rows over the baseline."""
    onset: float
    first: int
    last: int
    end: float

    @property
    def columns(self) -> float:
        """How many columns it lasts."""
        return self.end - self.onset


def jet_extent(side: Side, edges: Edges, wave: Wave) -> Extent | str:
    """From where to where a jet goes, and its own edge; words where that is not seen.

    It rises and falls in one arch, and its flanks are lines.
    """
    return _extent(side, edges, wave, arched=True)


def extent_of(reading: StripReading, wave: Wave) -> Extent | str:
    """From where to where a wave goes; words where that is not seen, or is not to be relied on."""
    found = reading.side(wave.up)
    if found is None or wave.top.doubt > MOST_DOUBT:
        return UNCLEAR
    extent = _extent(*found, wave)
    if isinstance(extent, str):
        return extent
    lengths = [
        other.columns
        for like in reading.waves()
        if like.peak != wave.peak and alike(like, wave)
        if not isinstance(other := _extent(*found, like), str)
    ]
    if len(lengths) >= 2:
        most = max(extent.side.columns(1000 * UNLIKE_S), UNLIKE_SHARE * extent.columns)
        apart = sorted(abs(length - extent.columns) for length in lengths)
        if apart[int(AS_MANY * len(apart))] > most:
            return OTHERWISE
    return extent


def clutter_share(side: Side, edges: Edges, height: float) -> float:
    """Up to which share of a height something is seen between the waves."""
    return float(np.percentile(edges.smooth[side.written], CLUTTER)) / height


def fade_of(side: Side, edges: Edges, *waves: Wave) -> float:
    """Columns over which light fades at the flanks of waves of a side; 0 where none is seen."""
    fades = [
        columns_of_fade(
            side.grey, edges.smooth, round(wave.peak - side.left), step, wave.top.height
        )
        for wave in waves
        for step in (-1, 1)
    ]
    return float(np.median([fade for fade in fades if fade is not None] or [0.0]))


def _extent(side: Side, edges: Edges, wave: Wave, arched: bool = False) -> Extent | str:
    edge, height = edges.smooth, wave.top.height
    clutter = clutter_share(side, edges, height)
    if clutter > MOST_CLUTTER:
        return IN_CLUTTER
    low = max(LOW, clutter + OVER)
    peak = round(wave.peak - side.left)
    reach = side.columns(1000 * LONGEST_S)
    ends = [walk(edge, peak, step, low, height, reach, arched) for step in (-1, 1)]
    if ends[0] is None or ends[1] is None:
        return NOT_WHOLE
    extent = (_arch if arched else _as_seen)(side, edges, wave, (ends[0], ends[1]), low)
    if not isinstance(extent, str) and not side.shows(extent.onset, extent.end):
        return CUT_OFF
    return extent


def _as_seen(
    side: Side, edges: Edges, wave: Wave, ends: tuple[int, int], low: float
) -> Extent | str:
    """A wave whose flanks are straight, to where their lines meet the baseline."""
    if side.columns(SLOWEST_MS) < 1:
        return TOO_COARSE
    if low > SEEN_DOWN_TO[1]:
        return IN_CLUTTER
    inner, outer = wave.top.rim
    shares = (edges.smooth - OUTSIDE * (outer - inner)).astype(np.float64) / wave.top.height
    peak = round(wave.peak - side.left)
    widened = float(np.hypot(side.columns(WIDENED_MS), WIDENED))
    ways = []
    flanks = shares[max(0, ends[0] - 1) : peak + 1][::-1], shares[peak : ends[1] + 2]
    for flank, least, words in zip(flanks, SEEN_DOWN_TO, (OUT_OF_LAST, INTO_NEXT), strict=True):
        if flank.min() > least:
            return words
        way = _to_baseline(flank, widened)
        if way is None:
            return UNEVEN
        ways.append(way)
    first, last = ends
    edge = edges.smooth[first : last + 1].astype(np.float64)
    return Extent(side, edges, edge, peak - ways[0], first, last, peak + ways[1])


def _to_baseline(flank: Doubles, widened: float) -> float | None:
    """Columns from a peak to where the line of its flank meets the baseline; None if it is none."""
    first = int(np.flatnonzero(flank > STRAIGHT[0])[-1]) if flank.max() > STRAIGHT[0] else 0
    low = np.flatnonzero(flank[first:] < STRAIGHT[1])
    away = np.arange(first, first + int(low[0]) + 1 if len(low) else len(flank))
    if len(away) < 2:
        return None
    slope, rest = np.polyfit(away, flank[away], 1)
    if slope >= 0 or float(np.std(flank[away] - slope * away - rest)) > OFF_LINE:
        return None
    if not AT_PEAK[0] <= rest <= AT_PEAK[1]:
        return None
    half = -0.5 / slope
    return float(-rest / slope - half + np.sqrt(max(half**2 - widened**2, half**2 / 4)))


def _arch(side: Side, edges: Edges, wave: Wave, ends: tuple[int, int], low: float) -> Extent | str:
    """A jet whose flanks are the lines that most of their heights agree upon."""
    peak, height = round(wave.peak - side.left), wave.top.height
    shares = edges.smooth.astype(np.float64) / height
    rise = find_flank(shares[max(0, ends[0] - 1) : peak + 1][::-1], low)
    fall = find_flank(shares[peak : ends[1] + 2], low)
    if rise is None or fall is None:
        return NOT_WHOLE
    if rise.off + fall.off > 2 * MOST_OFF:
        return UNEVEN
    first = int(np.ceil(peak - rise.away[-1]))
    last = int(np.floor(peak + fall.away[-1]))
    if first < 0 or last >= len(shares):
        return CUT_OFF
    columns = np.arange(first, last + 1)
    edge = shares[first : last + 1].copy()
    for flank, away in ((rise, peak - columns), (fall, columns - peak)):
        on = away > flank.away[0]
        edge[on] = np.interp(away[on], flank.away, flank.heights)
    onset, end = float(peak - rise.away[-1]), float(peak + fall.away[-1])
    return Extent(side, edges, height * edge, onset, first, last, end)


def walk(
    edge: Floats, peak: int, step: int, low: float, height: float, reach: float, arched: bool
) -> int | None:
    """The last column of the wave to one side of its peak; None where it does not end."""
    place = lowest = peak
    while 0 <= place + step < len(edge) and abs(place - peak) < reach:
        place += step
        if edge[place] < low * height:
            return place - step
        if edge[place] < edge[lowest]:
            lowest = place
        again = edge[lowest] < DIP * height and edge[place] > edge[lowest] + RISE * height
        if again and not arched:
            return lowest
    return None
