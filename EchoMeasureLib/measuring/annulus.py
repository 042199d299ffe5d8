"""How far the tricuspid annulus moves in each beat of an M-mode, read without a network.

Of the bright lines the annulus is the one that moves most towards the probe in systole: nearer to
the apex and beyond the annulus tissue moves less (Rudski et al., J Am Soc Echocardiogr
2010;23:685-713, measure TAPSE along the line of the lateral annulus from end-diastole to
end-systole). A line is believed only where its beats are alike, the tissue about it, followed
through systole and back, has moved just as far, and nothing else has moved farther.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.fastest_echo import moves_more
from EchoMeasureLib.measuring.m_mode_lines import (
    COLUMN_S,
    NEAR_FIELD_CM,
    ROW_CM,
    Floats,
    even_grid,
    follow_lines,
)
from EchoMeasureLib.measuring.m_mode_looks import Looks
from EchoMeasureLib.measuring.m_mode_tissue import carried

LINES = 4
"""How many lines are followed."""

LEAST_CM, MOST_CM = 0.4, 3.8
"""Excursions that are looked for."""

SYSTOLE_S, LONGEST_S, BEAT_S = (0.2, 0.45), 0.55, 0.4
"""How long the way up takes in the middle of the beats, and at most; the shortest beat."""

ALIKE, MOST_ALIKE = 0.15, 0.7
"""Beats are alike whose excursions lie within such a share of their middle; so many have to be."""

WHOLE = (0.7, 1.5)
"""Shares of the strip that its beats cover, one more than there are."""

SAME_CM, SAME = 0.12, 0.07
"""The tissue has moved as far as the line where both differ by less, cm or share of it."""

FARTHER, LINE_FARTHER = 0.05, 0.12
"""Shares by which other tissue, and another line with beats alike, may have moved farther."""

FOLLOWED, LOOK = 4, (1.5, 6, 24)
"""Beats whose tissue is followed, columns from look to look, and fewest and most looks."""

BACK_CM, APART, KNOWN = 0.15, 0.25, 0.7
"""Tissue is followed for sure where the way back ends so near to where it began; it has moved alike
where beats differ by less, as a share of the line's excursion, in so many of them."""

MORE_CM = 0.15
"""By which an echo beside a beat's line may move more in this beat."""

BLOCK, SOME = 10, 0.2
"""Rows, half a centimetre, that are looked at together, and the share of them that is followed."""

THICK = 5
"""Rows side by side that have to have moved as far."""

NO_LINE = (
    "No line of the M-mode moves alike in every beat together with the tissue about it, so which "
    "is the annulus is not sure."
)
TOO_SMALL = "The M-mode shows too little depth or time to be read."


@dataclass(frozen=True, slots=True)
class _Line:
    rows: Floats
    beats: tuple[tuple[int, int], ...]
    """Columns of end-diastole and end-systole of the beats that are alike."""
    excursion: float
    """Middle of theirs, cm."""


def find_excursions(
    frame: Frame, region: Region
) -> tuple[tuple[PixelPoint, PixelPoint], ...] | str:
    """Lowest and highest point of the annulus in each beat that is clear, source pixels.

    Words instead where it is not sure which line is the annulus.
    """
    grid = even_grid(frame, region)
    if grid is None:
        return TOO_SMALL
    lines = [line for rows in follow_lines(grid, LINES) if (line := _regular(rows)) is not None]
    found = max((line for line in lines if _believed(grid.light, line)), key=_size, default=None)
    farthest = max((line.excursion for line in lines), default=0.0)
    if found is None or farthest > (1 + LINE_FARTHER) * found.excursion:
        return NO_LINE
    rows = found.rows
    beats = tuple(
        (grid.point(low, float(rows[low])), grid.point(high, float(rows[high])))
        for low, high in found.beats
    )
    clear = tuple(ends for ends in beats if moves_more(frame, region, *ends) <= MORE_CM)
    return clear if len(clear) >= max(2, KNOWN * len(beats)) else NO_LINE


def _size(line: _Line) -> float:
    return line.excursion


def _regular(rows: Floats) -> _Line | None:
    """A line with its beats; None where these are not alike."""
    beats = _beats(rows)
    if len(beats) < 2:
        return None
    sizes = np.array([ROW_CM * (rows[low] - rows[high]) for low, high in beats])
    middle = float(np.median(sizes))
    alike = [beat for beat, cm in zip(beats, sizes, strict=True) if abs(cm / middle - 1) <= ALIKE]
    times = COLUMN_S * float(np.median([high - low for low, high in alike])) if alike else 0.0
    covered = (len(beats) + 1) * float(np.median(np.diff([high for _, high in beats]))) / len(rows)
    regular = len(alike) >= max(2, MOST_ALIKE * len(beats)) and WHOLE[0] <= covered < WHOLE[1]
    if not regular or not SYSTOLE_S[0] <= times <= SYSTOLE_S[1]:
        return None
    return _Line(rows, tuple(alike), middle)


def _believed(light: Floats, line: _Line) -> bool:
    """Whether the tissue about a line moves as far as the line does, and none moves farther."""
    rows = np.arange(len(light), dtype=np.float64)
    beats = line.beats[:FOLLOWED]
    lows = [float(line.rows[low]) for low, _ in beats]
    sizes = [low - float(line.rows[high]) for low, (_, high) in zip(lows, beats, strict=True)]
    shares = np.array(
        [_moved(light, *beat, 1.6 * size) / size for beat, size in zip(beats, sizes, strict=True)]
    )
    own = np.array([np.interp(low, rows, share) for low, share in zip(lows, shares, strict=True)])
    own = own[np.isfinite(own)]
    if len(own) < max(2, KNOWN * len(beats)) or float(np.ptp(own)) > APART:
        return False
    if abs(float(np.median(own)) - 1) > max(SAME_CM / line.excursion, SAME):
        return False
    return _farthest(shares) <= 1 + FARTHER and _about(shares) <= 1 + LINE_FARTHER


def _beats(rows: Floats) -> list[tuple[int, int]]:
    """Columns at which a line is lowest and then highest, beat by beat."""
    from scipy.signal import find_peaks

    up = -ROW_CM * rows
    tops, _ = find_peaks(up, prominence=LEAST_CM, distance=round(BEAT_S / COLUMN_S))
    found = []
    for top in tops:
        first = max(0, int(top) - round(LONGEST_S / COLUMN_S))
        low = first + int(up[first : int(top) + 1].argmin())
        if low > 2 and top - low >= 3:
            found.append((low, int(top)))
    return found


def _moved(light: Floats, low: int, high: int, most: float) -> Floats:
    """Rows by which the tissue of each row moves up from one column to another; NaN where the way
    back does not lead back. `most`: rows by which it may."""
    each, fewest, many = LOOK
    count = int(np.clip(round((high - low) / each), fewest, many))
    half = max(1, round((high - low) / count / 2))
    looks = [
        light[:, max(0, round(at) - half) : round(at) + half + 1].mean(axis=1)
        for at in np.linspace(low, high, count + 1)
    ]
    there = Looks(np.array(looks), 0.0, -most)
    rows = np.arange(len(light), dtype=np.float64)
    up = carried(there)[-1]
    back = np.interp(up, rows, carried(there.turned)[-1])
    return np.where(np.abs(back - rows) * ROW_CM <= BACK_CM, rows - up, np.nan)


def _farthest(shares: Floats) -> float:
    """How far anything moves in all beats (beats, rows), as a share of the line's excursion."""
    from scipy import ndimage

    known = np.isfinite(shares).sum(axis=0) >= max(2, KNOWN * len(shares))
    moved = np.full(shares.shape[1], -1.0)
    for row in np.flatnonzero(known):
        seen = shares[np.isfinite(shares[:, row]), row]
        if float(np.ptp(seen)) < APART:
            moved[row] = float(np.median(seen))
    moved[: round(NEAR_FIELD_CM / ROW_CM / 2)] = -1
    moved[-6:] = -1
    return float(ndimage.minimum_filter1d(moved, THICK).max())


def _about(shares: Floats) -> float:
    """How far half a centimetre beside another moves where a fifth of it is followed, by its
    middle: what is seen poorly has no number of its own, but may well be the annulus."""
    seen = np.isfinite(shares)
    middles = [-1.0]
    for first in range(round(NEAR_FIELD_CM / ROW_CM), shares.shape[1] - BLOCK, BLOCK):
        rows = slice(first, first + BLOCK)
        known = shares[:, rows][seen[:, rows]]
        enough = len(known) >= SOME * seen[:, rows].size
        middles.append(float(np.median(known)) if enough else -1.0)
    return max((min(pair) for pair in pairwise(middles)), default=-1.0)
