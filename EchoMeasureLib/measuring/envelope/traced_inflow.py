"""Mitral inflow of one beat as a traced edge: from the onset of E to the end of A.

Its integral is traced from one to the other (Quinones et al., J Am Soc Echocardiogr
2002;15:167-184). Its outer flanks are lines, as those of a jet, so that no click of a valve counts;
from the peak of E to that of A its edge is followed as it is seen. Where their inner flanks, led on
to the baseline, leave something beyond them, it is slow flow or clutter: half of it is drawn, and
where it is much the whole is not traced.
"""

from __future__ import annotations

import numpy as np

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.measuring.envelope.beat_length import find_beat_length
from EchoMeasureLib.measuring.envelope.edges import Edges
from EchoMeasureLib.measuring.envelope.few_points import Doubles, few_points
from EchoMeasureLib.measuring.envelope.flanks import MOST_OFF, Flank, find_flank
from EchoMeasureLib.measuring.envelope.laid_beats import alike
from EchoMeasureLib.measuring.envelope.reading import StripReading
from EchoMeasureLib.measuring.envelope.sides import Side
from EchoMeasureLib.measuring.envelope.timelines import ejection_time
from EchoMeasureLib.measuring.envelope.vote import MOST_DOUBT
from EchoMeasureLib.measuring.envelope.wave_extent import (
    AS_MANY,
    BLURRED,
    CUT_OFF,
    IN_CLUTTER,
    LONGEST_S,
    LOW,
    NOT_WHOLE,
    OTHERWISE,
    OVER,
    UNCLEAR,
    UNEVEN,
    UNLIKE_S,
    clutter_share,
    fade_of,
    walk,
)
from EchoMeasureLib.measuring.envelope.waves import Wave

FEWEST = 70
"""Columns that the inflow of a beat has at least: one more or less at both ends, and at the dip, is
4 % of so many."""

LONGEST_DIASTOLE_S, BESIDE_EJECTION_S = 0.6, 0.1
"""Seconds from the peak of E to that of A at most where nothing says how long a beat is; and those
that a beat has at least beside this time and an ejection."""

NEAR_S, OTHER_SIDE, AFTER_R_S = 0.06, 0.3, 0.2
"""Flow of the other side that has its peak no nearer to those of E and A, and this share of the
height of the lower of both, may be an ejection; and an A so long after an R wave is the next E."""

MOST_CLUTTER, MOST_BETWEEN = 0.3, 0.05
"""Share of the height of E and of A below which clutter lies, or their flanks are lost in it; and
share of the integral up to which something may be seen between E and A beyond their flanks, half of
which is drawn. Fitted on phantoms."""

UNLIKE_SHARE = 0.15
"""Share of its way to the baseline by which a flank may differ from those of other beats."""

OVER_DIP, HIGH_DIP = 0.05, 0.65
"""Share of its height over the dip down to which the inner flank of a wave is a line, and share
from which the dip is so high that there is none."""

MOST_FADE = 0.05
"""Share of the width of an inflow over which light fades at its flanks at most: blur of a picture
widens it. Fitted on simulated echoes: 10 of 17 that fade more were 5 to 16 % off, 6 of 70
others."""

TOO_SLOW = f"The sweep is too slow: the inflow of a beat is less than {FEWEST} columns wide."
TWO_BEATS = "A systole may lie between E and A."
BETWEEN = (
    "The slow flow between E and A is not told from clutter: the whole inflow is to be traced by "
    "hand."
)


def tracing_of_inflow(reading: StripReading, e: Wave, a: Wave) -> tuple[PixelPoint, ...] | str:
    """The edge from the onset of E to the end of A, source pixels; words where it is not seen."""
    found = reading.side(e.up)
    if found is None or e.top.doubt > MOST_DOUBT or a.top.doubt > MOST_DOUBT:
        return UNCLEAR
    side, edges = found
    rise, fall = _flank_like_others(reading, e, -1), _flank_like_others(reading, a, 1)
    if isinstance(rise, str):
        return rise
    if isinstance(fall, str):
        return fall
    tops = [(float(wave.peak - side.left), float(wave.top.height)) for wave in (e, a)]
    onset, end = tops[0][0] - float(rise.away[-1]), tops[1][0] + float(fall.away[-1])
    if not side.shows(onset, end):
        return CUT_OFF
    if end - onset < FEWEST:
        return TOO_SLOW
    if fade_of(side, edges, e, a) > MOST_FADE * (end - onset):
        return BLURRED
    if why := _not_one_diastole(reading, e, a, side):
        return why
    middle = _middle(side, edges, e, a)
    if isinstance(middle, str):
        return middle
    columns, heights, over = middle
    lowest = int(heights.argmin())
    dip = float(columns[lowest]), float(heights[lowest])
    columns = np.concatenate((tops[0][0] - rise.away[::-1], columns, tops[1][0] + fall.away))
    heights = np.concatenate((tops[0][1] * rise.heights[::-1], heights, tops[1][1] * fall.heights))
    if over > MOST_BETWEEN * float(np.trapezoid(heights, columns)):
        return BETWEEN
    corners = [(onset, 0.0), tops[0], dip, tops[1], (end, 0.0)]
    points = few_points(columns, heights, corners, max(top for _, top in tops))
    return tuple(PixelPoint(float(side.left + x), float(side.row(y))) for x, y in points)


def _not_one_diastole(reading: StripReading, e: Wave, a: Wave, side: Side) -> str:
    """Why a systole lies between E and A, in words; empty where none does."""
    seconds, beat = (a.peak - e.peak) * side.seconds_per_px, find_beat_length(reading).seconds
    if seconds > (LONGEST_DIASTOLE_S if beat is None else _longest_diastole(beat)):
        return TWO_BEATS
    near = side.columns(1000 * NEAR_S)
    if any(
        other.up is not e.up
        and e.peak + near < other.peak < a.peak - near
        and other.top.height > OTHER_SIDE * min(e.top.height, a.top.height)
        for other in reading.waves()
    ):
        return TWO_BEATS
    last = a.peak - side.columns(1000 * AFTER_R_S)
    return TWO_BEATS if any(e.peak < r_wave < last for r_wave in reading.r_waves) else ""


def _longest_diastole(beat: float) -> float:
    """Seconds from the peak of E to that of A at most: the rest of a beat is an ejection."""
    return beat - float(ejection_time(np.array(beat))) - BESIDE_EJECTION_S


def _flank_like_others(reading: StripReading, wave: Wave, step: int) -> Flank | str:
    """The outer flank of a wave; words where it reaches otherwise than in all other beats.

    So it does where a valve clicks beside it, or the R wave of a drawn ECG touches it.
    """
    found = reading.side(wave.up)
    assert found is not None  # the wave was read there
    flank = _flank(*found, wave, step)
    if isinstance(flank, str):
        return flank
    own = float(flank.away[-1])
    others = [
        abs(float(other.away[-1]) - own)
        for like in reading.waves()
        if like.peak != wave.peak and alike(like, wave)
        if not isinstance(other := _flank(*found, like, step), str)
    ]
    most = max(found[0].columns(1000 * UNLIKE_S), UNLIKE_SHARE * own)
    # E and A may be equally high: it need not be like all of them.
    if len(others) >= 2 and sorted(others)[int(AS_MANY * len(others))] > most:
        return OTHERWISE
    return flank


def _flank(side: Side, edges: Edges, wave: Wave, step: int) -> Flank | str:
    """The outer flank of a wave down to the baseline."""
    height = wave.top.height
    clutter = clutter_share(side, edges, height)
    if clutter > MOST_CLUTTER:
        return IN_CLUTTER
    low = max(LOW, clutter + OVER)
    peak = round(wave.peak - side.left)
    last = walk(edges.smooth, peak, step, low, height, side.columns(1000 * LONGEST_S), True)
    if last is None:
        return NOT_WHOLE
    until = max(0, last - 1) if step < 0 else last + 1
    shares = edges.smooth[min(peak, until) : max(peak, until) + 1].astype(np.float64) / height
    flank = find_flank(shares[::step], low)
    if flank is None:
        return NOT_WHOLE
    return UNEVEN if flank.off > MOST_OFF else flank


def _middle(side: Side, edges: Edges, e: Wave, a: Wave) -> tuple[Doubles, Doubles, float] | str:
    """Columns and heights of the edge between the two peaks, and the area of what is seen there
    beyond the flanks of both."""
    first, last = round(e.peak - side.left) + 1, round(a.peak - side.left) - 1
    if last - first < 4:
        return UNCLEAR
    columns = np.arange(first, last + 1, dtype=np.float64)
    seen = edges.smooth[first : last + 1].astype(np.float64)
    dip = int(seen.argmin())
    lines = np.maximum(
        _line(side, edges, e, columns, seen, dip, 1), _line(side, edges, a, columns, seen, dip, -1)
    )
    over = np.clip(seen - lines, 0, None)
    return columns, seen - over / 2, float(over.sum())


def _line(
    side: Side, edges: Edges, wave: Wave, columns: Doubles, seen: Doubles, dip: int, step: int
) -> Doubles:
    """Heights of the inner flank of a wave, led on to the baseline; as it is seen where the dip is
    too high for a line."""
    height, peak = wave.top.height, wave.peak - side.left
    share = float(seen[dip]) / height
    low = max(LOW, clutter_share(side, edges, height) + OVER, share + OVER_DIP)
    flank = None
    if share < HIGH_DIP:
        inner = seen[: dip + 1] if step > 0 else seen[dip:][::-1]
        flank = find_flank(np.append(1.0, inner / height), low)
    if flank is None:
        own = columns <= columns[dip] if step > 0 else columns >= columns[dip]
        return np.where(own, seen, 0.0)
    away = step * (columns - peak)
    line = height * np.interp(away, flank.away, flank.heights, left=1.0, right=0.0)
    return np.asarray(np.where(away < flank.away[0], seen, line))
