"""R waves of the ECG that is drawn over a spectral strip, or above it, in whatever colour.

A coloured trace is told by its colour. A white or grey one is followed along its even stretches,
and its R waves are the narrow strokes that stand on them.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.envelope.period import BEAT_S
from EchoMeasureLib.measuring.envelope.pixels import Flags, grown
from EchoMeasureLib.measuring.envelope.thin_lines import line_pieces
from EchoMeasureLib.measuring.envelope.tint import TINTED, darkest_share, grey_levels

Doubles = npt.NDArray[np.float64]

ABOVE = 0.15
"""Share of the strip's height above it in which its ECG may lie too."""

SATURATED, BRIGHT = 0.3, 40
"""Share of the brightest channel of a trace by which the darkest is darker, as it is and without
the strip's tint; levels of that brightest one."""

FULL_ROW = 0.85
"""A row that is coloured over more of the strip's width is the baseline or a border."""

SMEARED = 2
"""Rows beside it over which compression has smeared it."""

REST = (0.25, 0.06)
"""Shares of the strip's height above and below its resting line in which a trace lies."""

RESTING, RESTING_ROWS = 0.15, 3
"""Share of the columns in which a trace lies within so many rows of its resting line."""

COVERED, COVERED_GREY = 0.5, 0.35
"""Share of the columns from its first to its last in which a trace is seen."""

STRAIGHT = 0.6
"""Rows by which a grey line that is no ECG but a baseline or a border goes up and down at most."""

STROKE = 0.5
"""Share of a grey trace's light that its strokes have at least."""

TURNS = 3
"""Pixels between a stretch and its strokes that may be missing, from either side."""

STROKE_S = 0.03
"""A stroke is dark on both sides within so long."""

TALL, HIGH = 0.045, 0.55
"""Height of an R wave at least, as a share of the strip's; and as a share of the highest one."""

WIDEST_S = 0.09
"""An R wave is narrower at half of its height; a T wave is not."""

FEWEST, UNEVEN = 2, 1.75
"""R waves at least, and how much longer than the shortest the longest beat may be: beyond, one of
them was not seen, or what is none was taken for one."""


class DrawnEcg:
    """The ECG of a strip, looked for when it is asked about."""

    def __init__(self, frame: Frame, region: Region) -> None:
        self._frame, self._region = frame, region

    @cached_property
    def r_waves(self) -> tuple[float, ...]:
        """As `find_r_waves`."""
        return find_r_waves(self._frame, self._region)


def find_r_waves(frame: Frame, region: Region) -> tuple[float, ...]:
    """Columns (source pixels) of the R waves of a drawn ECG, from left to right.

    Empty where no such trace is seen with peaks as a heart's, or the columns are no times.
    """
    if not region.times_known or region.units[0] != "s" or not region.delta[0]:
        return ()
    box = region.bounds.clipped(frame.shape[1], frame.shape[0])
    if box.width < 16 or box.height < 16:
        return ()
    top = max(0, box.y0 - round(ABOVE * box.height))
    part = frame[top : box.y1 + 1, box.x0 : box.x1 + 1]
    per_px = abs(region.delta[0])
    for trace in (_coloured_trace, _grey_trace):
        height = trace(part, box.height, per_px)
        if height is None:
            continue
        peaks = _peaks(height, TALL * box.height, WIDEST_S / per_px, BEAT_S[0] / per_px)
        steps = np.diff(peaks) * per_px
        if len(peaks) >= FEWEST and steps.max() <= min(BEAT_S[1], UNEVEN * steps.min()):
            return tuple(float(box.x0 + peak) for peak in peaks)
    return ()


def _coloured_trace(part: Frame, strip_height: int, per_px: float) -> Doubles | None:
    """Height of the top of a coloured trace over its resting line, per column; None without one."""
    red, green, blue = (part[..., channel] for channel in range(3))
    most = np.maximum(np.maximum(red, green), blue)
    least = np.minimum(np.minimum(red, green), blue)
    bright = most >= BRIGHT
    drawn = bright & (most - least > SATURATED * most.astype(np.float32))
    if not drawn.any():
        return None
    if darkest_share(least, most) < TINTED:
        # Neither the flow of a strip that is tinted as a whole nor what is white is a trace.
        drawn &= grey_levels(part)[1] > SATURATED * most
    full = np.flatnonzero(drawn.mean(axis=1) > FULL_ROW)
    for row in full.tolist():
        drawn[max(0, row - SMEARED) : row + SMEARED + 1] = False
    rest = _resting_row(drawn)
    if rest is None:
        return None
    line = drawn.copy()
    line[: max(0, rest - RESTING_ROWS)] = False
    line[rest + RESTING_ROWS + 1 :] = False
    band = _band(rest, strip_height)
    own = _joined(drawn[band], line[band])
    return _over_rest(own, rest - band.start, COVERED)


def _resting_row(drawn: Flags) -> int | None:
    """The row about which most of a trace lies; None where nothing lies so."""
    count = drawn.sum(axis=1)
    near = np.convolve(count, np.ones(2 * RESTING_ROWS + 1), "same")
    row = int(near.argmax())
    return row if near[row] >= RESTING * drawn.shape[1] else None


def _band(rest: int, strip_height: int) -> slice:
    above, below = (round(share * strip_height) for share in REST)
    return slice(max(0, rest - above), rest + below + 1)


def _joined(drawn: Flags, line: Flags) -> Flags:
    """Of what is drawn all that hangs together with a line."""
    from scipy import ndimage

    names, _ = ndimage.label(grown(drawn, TURNS, TURNS), np.ones((3, 3), bool))
    return drawn & np.isin(names, np.unique(names[line]))


def _over_rest(drawn: Flags, rest: int, covered: float) -> Doubles | None:
    seen: npt.NDArray[np.bool_] = np.asarray(drawn.any(axis=0))
    columns = np.flatnonzero(seen)
    if len(columns) < 16 or seen[columns[0] : columns[-1] + 1].mean() < covered:
        return None
    upper = drawn.argmax(axis=0).astype(np.float64)
    return np.where(seen, rest - upper, 0.0)


def _grey_trace(part: Frame, strip_height: int, per_px: float) -> Doubles | None:
    """The same of a white or grey trace."""
    from scipy import ndimage

    grey = np.minimum(np.minimum(part[..., 0], part[..., 1]), part[..., 2]).astype(np.float32)
    even, pieces = line_pieces(grey)
    pieces = [piece for piece in pieces if piece.rows.std() > STRAIGHT]
    if not pieces:
        return None
    line = np.zeros(grey.shape, bool)
    for piece in pieces:
        line[piece.rows, piece.at] = True
    rest = _resting_row(line)
    if rest is None:
        return None
    band = _band(rest, strip_height)
    line, light = line[band], grey[band]
    level = float(np.median(even[band][line]))
    size = 2 * round(STROKE_S / per_px / 2) + 1
    beside = ndimage.grey_opening(light, (1, max(5, size)))
    strokes = (light - beside > STROKE * level) | line
    # Between a line and a stroke it turns, and is thin in neither way.
    return _over_rest(_joined(strokes, line), rest - band.start, COVERED_GREY)


def _peaks(height: Doubles, least: float, widest: float, apart: float) -> list[int]:
    """Middles of the narrow stretches that reach high over the resting line, the highest of those
    that are less than a beat apart; none where one is wide."""
    limit = max(least, HIGH * float(height.max()))
    over = np.concatenate([[False], height >= limit, [False]])
    edges = np.flatnonzero(over[1:] != over[:-1])
    stretches: list[tuple[int, int]] = []
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        # The top of a steep stroke may be drawn with a gap.
        if stretches and start - stretches[-1][1] <= 2:
            stretches[-1] = (stretches[-1][0], stop)
        else:
            stretches.append((start, stop))
    if any(stop - start > widest for start, stop in stretches):
        return []
    found: list[int] = []
    for start, stop in sorted(stretches, key=lambda one: -float(height[slice(*one)].max())):
        middle = (start + stop - 1) // 2
        if all(abs(middle - other) >= apart for other in found):
            found.append(middle)
    return sorted(found)
