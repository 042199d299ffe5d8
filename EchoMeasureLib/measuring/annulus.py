"""How far the tricuspid annulus moves in each beat of an M-mode, read without a network.

Of the bright lines the annulus is the one that moves most towards the probe in systole: nearer to
the apex and beyond the annulus tissue moves less (Rudski et al., J Am Soc Echocardiogr
2010;23:685-713, measure TAPSE along the line of the lateral annulus from end-diastole to
end-systole). A line is believed only where the tissue about it, compared by its whole pattern at
end-diastole and end-systole, has moved just as far, beats are alike, and nothing else has moved
farther.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.m_mode_lines import (
    COLUMN_S,
    NEAR_FIELD_CM,
    ROW_CM,
    Floats,
    even_grid,
    follow_lines,
)

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

SURE, SEEN = 0.75, 0.7
"""Likeness of the tissue's pattern from which it has moved with its line, and from which anything
else is believed to have moved."""

FARTHER = 0.12
"""Share by which something else may have moved farther."""

PATTERN_CM, LEVEL_CM = 0.55, 1.2
"""Half of what is compared, and over how much depth light is taken out."""

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
    farthest: float
    """How far anything moved in these beats, cm."""


def find_excursions(
    frame: Frame, region: Region
) -> tuple[tuple[PixelPoint, PixelPoint], ...] | str:
    """Lowest and highest point of the annulus in each beat that is clear, source pixels.

    Words instead where it is not sure which line is the annulus.
    """
    grid = even_grid(frame, region)
    if grid is None:
        return TOO_SMALL
    lines = [_believed(grid.light, rows) for rows in follow_lines(grid, LINES)]
    found = max((line for line in lines if line is not None), key=_size, default=None)
    if found is None or found.farthest > (1 + FARTHER) * found.excursion:
        return NO_LINE
    return tuple(
        (grid.point(low, float(found.rows[low])), grid.point(high, float(found.rows[high])))
        for low, high in found.beats
    )


def _size(line: _Line) -> float:
    return line.excursion


def _believed(light: Floats, rows: Floats) -> _Line | None:
    """A line with its beats; None where it does not move as the annulus does."""
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
    likeness = _likeness(light, alike)
    at = round(float(np.median([rows[low] for low, _ in alike])))
    own = likeness[:, max(0, at - 3) : at + 4].mean(axis=1)
    moved = ROW_CM * float(own.argmax() - _BACK)
    if abs(moved - middle) > max(SAME_CM, SAME * middle) or float(own.max()) < SURE:
        return None
    return _Line(rows, tuple(alike), middle, _farthest(likeness))


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


_BACK = 4
"""Rows by which tissue may move away from the probe."""


def _likeness(light: Floats, beats: Sequence[tuple[int, int]]) -> Floats:
    """(rows moved, rows): how like the pattern about a row at end-diastole is to that so many rows
    higher at end-systole, -1 to 1, of all beats together. The first is `_BACK` rows lower."""
    from scipy import ndimage

    soft = ndimage.gaussian_filter(light, (1.0, 2.0))
    soft = soft - ndimage.gaussian_filter1d(soft, LEVEL_CM / ROW_CM, axis=0)
    early, late = (soft[:, [beat[end] for beat in beats]] for end in (0, 1))
    half = round(PATTERN_CM / ROW_CM)
    window = np.exp(-0.5 * (np.arange(-2 * half, 2 * half + 1) / half) ** 2)
    window /= window.sum()

    def about(values: Floats) -> Floats:
        found: Floats = ndimage.convolve1d(values, window, axis=0, mode="nearest").sum(axis=1)
        return found

    count, most = len(soft), round(MOST_CM / ROW_CM)
    power = about(early**2)
    found = np.full((most + _BACK + 1, count), -1.0)
    for number, rows in enumerate(range(-_BACK, most + 1)):
        there = np.zeros_like(late)
        if rows >= count:
            break
        if rows >= 0:
            there[rows:] = late[: count - rows]
        else:
            there[:rows] = late[-rows:]
        found[number] = about(early * there) / (np.sqrt(power * about(there**2)) + 1e-6)
        found[number, : max(rows, 0)] = -1
    return found


def _farthest(likeness: Floats) -> float:
    """How far towards the probe anything has moved, cm; 0 where nothing is clear."""
    from scipy import ndimage

    even = ndimage.uniform_filter1d(likeness, 9, axis=1)
    moved, sure = ROW_CM * (even.argmax(axis=0) - _BACK), even.max(axis=0)
    same = np.abs(moved - ndimage.median_filter(moved, 9)) <= 0.1
    clear = same & (sure >= SEEN) & (moved < MOST_CM - 0.2)
    clear[: round(NEAR_FIELD_CM / ROW_CM)] = False
    clear[-6:] = False
    found = np.sort(moved[clear])[-5:]
    return float(found[0]) if len(found) == 5 else 0.0
