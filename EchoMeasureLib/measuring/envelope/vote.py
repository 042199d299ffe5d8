"""Whether a Doppler point lies on the peak of the wave that the picture shows there."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.measuring.envelope.edges import Edges
from EchoMeasureLib.measuring.envelope.incomplete import INCOMPLETE, is_incomplete, why_in_part
from EchoMeasureLib.measuring.envelope.light_about import (
    columns_about,
    is_drawn_over,
    light_against,
)
from EchoMeasureLib.measuring.envelope.reading import StripReading
from EchoMeasureLib.measuring.envelope.same_wave import ALIKE_FROM, BEAT_SHARE, settle
from EchoMeasureLib.measuring.envelope.sides import Side
from EchoMeasureLib.measuring.envelope.summits import summits_near
from EchoMeasureLib.measuring.envelope.tip_marks import strokes_about
from EchoMeasureLib.measuring.envelope.tops import MARKED, Top
from EchoMeasureLib.measuring.envelope.waves import BORDER_MS, LOWEST_SHARE, is_cut

APART = 0.08
"""Share of a wave's height by which a point may miss its peak."""

MOST_DOUBT = 0.09
"""The peak of a wave in more doubt is none to go by."""

BLURRED, NEAR = 0.06, 0.1
"""A wave in more doubt says nothing of a point that is no farther off. Of 6362 points of 1512
phantoms, left as they are and moved by 10 to 30 %, this, `UNSEEN` and `OUTVOTED` flag 1.5 and
95.7 %; a model trained on all that is known of each flagged 98 % of the moved at 2 % of the others.
"""

UNSEEN = 0.3
"""A wave in more doubt says nothing of any point."""

OUTVOTED = 3.0
"""Other beats that agree with a point clear it if it is no more of its own wave's doubts away."""

CLEAR = 0.025
"""A wave in less doubt stands for itself, as beats do differ; of others the other beats are asked
as well."""

FEWEST_BEATS = 2
"""So many other beats can speak for a point."""

FAR = 0.6
"""A top lower than this share of a point's height is of another wave, or of none."""

DARK = 0.75
"""How many deviations of the noise light may stand over it where there is no wave."""


CUT = "The wave reaches the strip's edge."
OTHERWISE = "The same wave is seen otherwise in other beats."
UNCLEAR = "The wave is not seen clearly."
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
    at_least: bool = False
    """Whether the wave may be higher than what is seen of it: cut, or incomplete."""
    hole: bool = False
    """Whether the picture has a hole just beyond the point (`envelope.holes`)."""


def vote_on(reading: StripReading, point: PixelPoint) -> Vote:
    """Compare a point (source pixels) with the wave on its side of the baseline."""
    found = reading.side(bool(point.y < reading.baseline))
    if found is None:
        return Vote(Verdict.UNSURE, why=NOTHING)
    side, edges = found
    column = round(point.x) - side.left
    border = side.columns(BORDER_MS)
    if not 0 <= column < side.grey.shape[1] or not side.written[column]:
        about = side.written[max(0, round(column - border)) : round(column + border) + 1]
        nothing = len(about) > 0 and not about.any() and bool(side.written.any())
        verdict = Verdict.NO_WAVE if nothing else Verdict.UNSURE
        return Vote(verdict, why="The trace has not reached that place.")
    height = abs(point.y - side.zero)
    tops = [
        top
        for summit, about in summits_near(side, edges.smooth, column)
        if (top := reading.top(side.up, summit, about)) is not None
    ]
    if tops and not side.shows(tops[0].column - border, tops[0].column + border):
        return Vote(Verdict.UNSURE, why=ENDS)
    whole = tops
    if reading.continuous:
        whole = [top for top in tops if not is_incomplete(side, edges, top.column, top.height)]
    if tops and not whole and tops[0].height >= FAR * height:
        return _by_what_is_seen(side, tops[0], height, INCOMPLETE)
    return _by_tops(reading, (side, edges), column, height, whole or tops)


def _by_tops(
    reading: StripReading, seen: tuple[Side, Edges], column: int, height: float, tops: list[Top]
) -> Vote:
    """The verdict on a height at a column of a side by the tops that are near, nearest first."""
    side, edges = seen
    tops = [_settled(reading, side, edges, top) for top in tops]
    for top in tops:
        if abs(height / top.height - 1) <= APART and not top.marked:
            if is_cut(side, top.height):
                return Vote(Verdict.AGREES, _peak(side, top), top, CUT, at_least=True)
            return _by_agreement(side, edges, column, height, top)
    if not tops or tops[0].height < FAR * height:
        return _beyond(side, edges, column, height, tops)
    top = tops[0]
    if is_cut(side, top.height):
        return _by_what_is_seen(side, top, height, CUT)
    if top.marked:
        return _by_mark(side, top, height)
    why, at_least = _why_unsure(reading, seen, top, height)
    if not why:
        return Vote(Verdict.DISAGREES, _peak(side, top), top)
    but = light_against(side, edges, column, height, top.height)
    return _unless_light(why, but, _peak(side, top), top, at_least)


def _by_agreement(side: Side, edges: Edges, column: int, height: float, top: Top) -> Vote:
    """The verdict on a height by a top that is as high, unless it is seen too poorly."""
    peak = _peak(side, top)
    if top.doubt <= UNSEEN:
        return Vote(Verdict.AGREES, peak, top)
    but = light_against(side, edges, column, height, top.height)
    return _unless_light(UNCLEAR, but, peak, top)


def _unless_light(why: str, but: str, peak: PixelPoint, top: Top, at_least: bool = False) -> Vote:
    """An unsure verdict, with its reason, unless light speaks against the point in these words."""
    verdict = Verdict.DISAGREES if but else Verdict.UNSURE
    return Vote(verdict, peak, top, f"{why} {but}".strip(), at_least)


def _why_unsure(
    reading: StripReading, seen: tuple[Side, Edges], top: Top, height: float
) -> tuple[str, bool]:
    """Why a top says nothing of a height, in words, and whether it may be higher than it is seen;
    empty where it does."""
    apart = height / top.height - 1
    if apart > 0 and reading.continuous and (why := _why_in_part(reading, *seen, top)):
        return why, True
    if abs(apart) <= OUTVOTED * top.doubt and top.doubt > CLEAR:
        others = _other_beats(reading, *seen, top)
        if len(others) >= FEWEST_BEATS and abs(height / float(np.median(others)) - 1) <= APART:
            return OTHERWISE, False
    if top.doubt > UNSEEN or (top.doubt > BLURRED and abs(apart) <= NEAR):
        return UNCLEAR, False
    return "", False


def _by_mark(side: Side, top: Top, height: float) -> Vote:
    """The verdict on a height by a top on which something may be drawn: the peak lies where that
    is, or where light was seen to end."""
    low, high = strokes_about(side, top)
    against = height < (1 - APART) * min(low, top.height) or height > (1 + APART) * max(
        high, top.height
    )
    return Vote(Verdict.DISAGREES if against else Verdict.UNSURE, _peak(side, top), top, MARKED)


def _by_what_is_seen(side: Side, top: Top, height: float, why: str) -> Vote:
    """The verdict on a height by a wave that is as high as its top at least.

    Well below what is seen it is wrong, however high the wave may be.
    """
    against = height / top.height < 1 - APART and top.doubt <= UNSEEN
    verdict = Verdict.DISAGREES if against else Verdict.UNSURE
    return Vote(verdict, _peak(side, top), top, why, at_least=True)


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


def _why_in_part(reading: StripReading, side: Side, edges: Edges, top: Top) -> str:
    """Why a jet may be higher than this top, by what all beats show, in words."""
    tops = reading.tops_like(side.up, top.height, MOST_DOUBT) or [top]
    return why_in_part(side, edges, tops, abs(reading.region.delta[1]))


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
    about = columns_about(side, column)
    low = 1.25 * max([float(edges.whole[about].max()), *(top.height for top in tops)])
    part = edges.soft[round(low) : round(0.95 * height), about]
    if part.shape[0] < 4 or float(part.mean()) > edges.noise + DARK * edges.spread:
        return Vote(Verdict.UNSURE, why="Something dim is seen under the point.")
    if is_drawn_over(side, low, 0.95 * height, about):
        return Vote(Verdict.UNSURE, why="Something is drawn over the strip there.")
    if tops and tops[0].doubt <= MOST_DOUBT and tops[0].height > LOWEST_SHARE * side.strip_height:
        return Vote(Verdict.DISAGREES, _peak(side, tops[0]), tops[0])
    return Vote(Verdict.NO_WAVE)
