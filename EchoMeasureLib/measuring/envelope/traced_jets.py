"""A jet of a strip as a traced edge, seen in two ways: by itself, and with all beats of its kind.

Its own edge is followed column by column; and all beats are laid upon each other and the arch that
parts their light from the dark is fitted to each. Grain, clicks and other flow lead the two astray
differently: where they enclose the same area the edge in their middle is believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.measuring.envelope.feet import UP, clicks_of, to_clicks
from EchoMeasureLib.measuring.envelope.few_points import Doubles, few_points
from EchoMeasureLib.measuring.envelope.laid_beats import LIKENESS, LaidBeat
from EchoMeasureLib.measuring.envelope.reading import StripReading
from EchoMeasureLib.measuring.envelope.sides import Side
from EchoMeasureLib.measuring.envelope.vote import MOST_DOUBT
from EchoMeasureLib.measuring.envelope.wave_extent import (
    CUT_OFF,
    IN_CLUTTER,
    OTHERWISE,
    UNCLEAR,
    Extent,
    clutter_share,
    jet_extent,
)
from EchoMeasureLib.measuring.envelope.waves import Wave

Points: TypeAlias = tuple[PixelPoint, ...]

FEWEST = 40
"""Columns that a traced jet has at least: one more or less at both ends is 5 % of so many."""

STRETCH = (0.97, 1.08)
"""By how much the edge of a jet by continuous wave may be read too low: it dissolves outwards, and
its top is read from all of its columns at once."""

BORDER = 2
"""Columns that are seen before its onset and after its end at least."""

APART = 0.06
"""Share by which the areas of its own edge and of its arch may differ."""

CLEAR, LONGER = 1.0, 0.13
"""How much lighter it is within its arch than beyond it, at least, 2 is as much as there is; and by
which share it may last otherwise than the others. Fitted on phantoms, as all that follow."""

HOLDS = 0.75
"""Share of what the outline of a wave encloses that lies between onset and end of an arch that may
count although its own edge is not seen: else it has been laid over a part of the wave."""

APART_ALONE, CLEAR_TOGETHER, MOST_CLUTTER, SHOULDER_MS, HELD = 0.08, 1.0, 0.45, 60.0, 0.07
"""An arch may count although its own edge is not seen or is further off: by no more than this share
of the area, with this contrast of all beats together, share of its height that is hidden by what
lies between waves, time for which it is light beside it (longer than a click, that is another wave)
and share by which its area changes when its flanks are not held to the other beats."""

FOOT = 0.15
"""Share of its height up to which a rise begins at the later of both onsets: clicks, grain and blur
over time put one too early, never too late."""

OF_ARCH = 0.25
"""How much the arch says of when the peak is: a round top says less of it than the wave's own."""

RISE_CLEAR, QUARTER_MS = 1.2, 20.0
"""How long a jet rises is known where all beats together have this contrast, and it rises to a
quarter of its height in so many ms at most. Fitted on phantoms and simulated echoes."""

APART_MS = ((0.0, 18.0), (0.5, 7.5), (1.0, 12.0))
"""And where both ways rise to these shares of the height within so many ms of each other."""

WITHIN, WITHIN_MS = 0.12, (6.0, 15.0)
"""Share of its height to which a rise may be anything but flow where its onset is not known, and
how long that takes at least and at most: next to no area lies there."""

LATE, IN_CLUTTER_FROM, FROM_MS = 0.5, 0.2, 24.0
"""Share of its time from which the peak of a jet is late, so that it may begin slowly beneath what
is seen of its flank; share of its height that clutter hides where both ends are guessed; and how
much earlier it may begin then, unless a click tells. Fitted on simulated echoes."""

WIDER_MS, WIDER_PX = 4.0, 1.0
"""How far each flank of its own edge counts beyond the arch by pulsed wave, in time and columns: a
valve clicks just where a jet begins, and the edge takes its click for the jet's foot, while all
columns of all beats together do not."""

TOO_SLOW = f"The sweep is too slow: the wave is less than {FEWEST} columns wide."
DIFFERS = "Its own edge and what all beats show together differ too much."


@dataclass(frozen=True, slots=True)
class TracedJet:
    """The edge of a jet from its onset to its end at the baseline."""

    points: Points
    """Source pixels; so few that a person can move them."""
    own: bool
    """Whether its own edge speaks for it, and not only what all beats show together."""
    onset_until: float | None = None
    """Source column up to which its onset may lie; None where onset and peak are known in time."""
    onset_from: float | None = None
    """Source column from which it may; None where it is known well enough for a mean over time."""


def tracing_of_jet(reading: StripReading, wave: Wave) -> TracedJet | str:
    """The edge of a jet; words where it is not seen clearly or in only one of the two ways."""
    found = reading.clear_side(wave.up)
    if found is None or wave.top.doubt > MOST_DOUBT:
        return UNCLEAR
    own = jet_extent(*found, wave)
    side, beat = found[0], reading.laid_beat(wave)
    if why := _why_not(beat, side):
        return why
    arch = to_clicks(_sides_of_arch(beat), reading, wave)
    if isinstance(own, str):
        alone = _holds(reading, wave, beat) and not _why_not_alone(beat)
        return _by_arch(reading, side, wave, arch) if alone else own
    edge = to_clicks(_sides_of_edge(own, wave, reading.continuous), reading, wave)
    apart = abs(_area(edge) / _area(arch) - 1)
    if apart <= APART:
        known = beat.contrast_of_all >= RISE_CLEAR and _rises_alike(side, edge, arch)
        if not reading.continuous:
            edge = _without_feet(edge, arch, side.columns(WIDER_MS) + WIDER_PX)
        middle = (edge + arch) / 2
        known = known and _at_share(middle, 0.25) - middle[0][0] <= side.columns(QUARTER_MS)
        sides = _from_onset_to_peak(middle, edge, arch)
        first = _onset_from(reading, side, wave, sides)
        until = None if known and first is None else _onset_until(side, sides)
        return TracedJet(_points(side, wave, sides), True, until, first)
    if apart > APART_ALONE:
        return DIFFERS
    if not _holds(reading, wave, beat):
        return DIFFERS
    # Of what dissolves outwards an arch says too little.
    drawn = (edge + arch) / 2 if reading.continuous else arch
    return _why_not_alone(beat) or _by_arch(reading, side, wave, drawn)


def _by_arch(reading: StripReading, side: Side, wave: Wave, arch: Doubles) -> TracedJet:
    until, first = _onset_until(side, arch), _onset_from(reading, side, wave, arch)
    return TracedJet(_points(side, wave, arch), False, until, first)


def _why_not(beat: LaidBeat, side: Side) -> str:
    """Why the arch of a beat is not to be relied on, in words; empty where it is."""
    if not side.shows(beat.onset - BORDER, beat.end + BORDER):
        return CUT_OFF
    if beat.end - beat.onset < FEWEST:
        return TOO_SLOW
    if beat.contrast < CLEAR:
        return UNCLEAR
    return OTHERWISE if beat.stretched > LONGER else ""


def _why_not_alone(beat: LaidBeat) -> str:
    """The same where nothing else speaks for it."""
    if beat.clutter > MOST_CLUTTER:
        return IN_CLUTTER
    if beat.contrast_of_all < CLEAR_TOGETHER:
        return UNCLEAR
    if beat.shoulder_ms > SHOULDER_MS or beat.alone > HELD:
        return DIFFERS
    return OTHERWISE if beat.likeness < LIKENESS else ""


def _holds(reading: StripReading, wave: Wave, beat: LaidBeat) -> bool:
    """Whether an arch lasts as long as most of the wave that it is laid over."""
    columns, rows = reading.outline(wave)
    left = wave.peak - beat.middle
    return beat.share_within(columns - left, np.abs(rows - reading.baseline)) >= HOLDS


def _sides_of_edge(own: Extent, wave: Wave, continuous: bool) -> Doubles:
    """Columns at which its own edge rises to, and falls from, each of the shares of `UP`."""
    columns = np.arange(own.first, own.last + 1, dtype=np.float64)
    top, summit = float(wave.peak - own.side.left), wave.top.height
    heights = own.edge / summit
    place = int(np.clip(round(top) - own.first, 0, len(heights) - 1))
    if continuous:
        near = heights[max(0, place - 2) : place + 3]
        heights *= float(np.clip(1 / np.median(near), *STRETCH))
    # Up to its peak a wave rises, and from there it falls: what does not is a hole in the picture.
    before, after = columns < top, columns > top
    rise = np.minimum(np.maximum.accumulate(heights[before]), 1)
    fall = np.minimum(np.maximum.accumulate(heights[after][::-1]), 1)
    left = np.interp(UP, [0, *rise, 1], [own.onset, *columns[before], top])
    right = np.interp(UP, [0, *fall, 1], [own.end, *columns[after][::-1], top])
    return np.stack((left, right))


def _sides_of_arch(beat: LaidBeat) -> Doubles:
    """The same of the arch that all beats show."""
    return beat.middle + beat.columns_a_step * beat.arch.sides(UP)


def _without_feet(edge: Doubles, arch: Doubles, wider: float) -> Doubles:
    """Sides of an edge that lie so many columns beyond those of an arch at most; its top stays."""
    top = edge[0][-1]
    left = np.minimum(np.maximum(edge[0], arch[0] - wider), top)
    return np.stack((left, np.maximum(np.minimum(edge[1], arch[1] + wider), top)))


def _from_onset_to_peak(middle: Doubles, edge: Doubles, arch: Doubles) -> Doubles:
    """The sides in the middle of both, which begin where both have begun, to the wave's peak."""
    later, top = np.maximum(edge[0], arch[0]), edge[0][-1] + OF_ARCH * (arch[0][-1] - edge[0][-1])
    left = middle[0] + (later - middle[0]) * np.clip(1 - UP / FOOT, 0, 1)
    left[-1] = top
    return np.stack((np.minimum.accumulate(left[::-1])[::-1], np.maximum(middle[1], top)))


def _at_share(sides: Doubles, share: float) -> float:
    """Column at which sides rise to a share of the height."""
    return float(np.interp(share, UP, sides[0]))


def _rises_alike(side: Side, edge: Doubles, arch: Doubles) -> bool:
    return all(
        abs(_at_share(edge, share) - _at_share(arch, share)) <= side.columns(ms)
        for share, ms in APART_MS
    )


def _onset_until(side: Side, sides: Doubles) -> float:
    """Source column up to which an onset that is not known may lie."""
    least, most = (side.columns(ms) for ms in WITHIN_MS)
    latest = float(np.clip(_at_share(sides, WITHIN) - sides[0][0], least, most)) + sides[0][0]
    return float(side.left + latest)


def _onset_from(reading: StripReading, side: Side, wave: Wave, sides: Doubles) -> float | None:
    """Source column from which flow may be there where its time is not known; None where it is."""
    if not reading.continuous:
        return None
    clicks = [click is not None for click in clicks_of(sides, reading, wave)]
    found = reading.clear_side(wave.up)
    assert found is not None  # the wave was read there
    hidden = clutter_share(*found, wave.top.height)
    late = sides[0][-1] - sides[0][0] >= LATE * (sides[1][0] - sides[0][0])
    if all(clicks) or not ((late and not clicks[0]) or hidden >= IN_CLUTTER_FROM):
        return None
    return float(side.left + sides[0][0] - side.columns(FROM_MS))


def _area(sides: Doubles) -> float:
    """In columns by heights."""
    return float(np.trapezoid(sides[1] - sides[0], UP))


def _points(side: Side, wave: Wave, sides: Doubles) -> Points:
    """Few points along the edge, source pixels."""
    height = wave.top.height
    columns = np.concatenate((sides[0], sides[1][-2::-1]))
    heights = height * np.concatenate((UP, UP[-2::-1]))
    corners = [(float(columns[n]), float(heights[n])) for n in (0, len(UP) - 1, -1)]
    points = few_points(columns, heights, corners, height)
    return tuple(PixelPoint(float(side.left + x), float(side.row(y))) for x, y in points)
