"""How far the tricuspid annulus moves in each beat of an M-mode, read without a network.

Of what an M-mode shows the annulus moves most towards the probe in systole: nearer to the apex and
beyond the annulus tissue moves less (Rudski et al., J Am Soc Echocardiogr 2010;23:685-713, measure
TAPSE along the line of the lateral annulus from end-diastole to end-systole). So the one motion
that all tissue shares (`m_mode_motion`) is fitted first, and the annulus is the bright line with
the largest share of it. It is believed only where the line, followed by itself, moves the same.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.m_mode_grid import (
    COLUMN_S,
    NEAR_FIELD_CM,
    ROW_CM,
    Floats,
    even_grid,
)
from EchoMeasureLib.measuring.m_mode_lines import heights_of, line_about, upper_edge
from EchoMeasureLib.measuring.m_mode_motion import (
    CLEAR,
    LIKE,
    Motion,
    follow_motion,
    supported,
)

LEAST_CM, MOST_CM = 0.4, 3.8
"""Excursions that are looked for."""

SYSTOLE_S, LONGEST_S, BEAT_S = (0.18, 0.5), 0.6, 0.35
"""How long the way up takes, how far back it is looked for, and the shortest beat."""

MOST = 0.96
"""Share of the largest one that the annulus has at least: the groove beyond it moves nearly so."""

BRIGHT = 0.12
"""Share of the brightest line's height over what lies about it that a line has."""

SURE = 0.75
"""Correlation of the annulus with itself through the beat."""

MORE, FEW_ROWS = 1.15, 3
"""What is seen no more than dimly may move so many times as far as the annulus in so few rows."""

CROSSING_ROWS = 12
"""As far may more rows seem to that cannot, since their tissue would go through clearer one: beside
a line it looks so. From so many on it is the clearer one that is doubtful."""

AGAINST = 0.1
"""Share of the annulus' motion by which other tissue moves the other way in as few rows: along the
right ventricle's wall none does, and across the left ventricle the septum does."""

OPPOSITE, OPPOSITE_ROWS, SKIN_CM = 0.3, 8, 1.0
"""So much of it the septum moves the other way in at least so many rows, even where it lies in the
near field but for its first part: of M-modes of another make 0 to 5 rows of 40 annuli do, 16 and
more of 26 left ventricles."""

LINES, APART = 3, 4
"""How many lines are tried, and rows between them."""

SHOWN = 0.25
"""Share of the rows that move or rest for sure: with less, hardly anything is seen."""

THICK_CM, THICKEST_CM, NEARLY = 1.8, 3.2, 0.85
"""Where lines that move nearly as far as the annulus, so much of it, lie farther apart, they may be
the two walls of an aorta, and beyond the second they are."""

LESS, GROWING_ROWS = 0.35, 9
"""Along the ventricle's wall it is not so: above them tissue moves less but at least such a share,
in so many rows."""

GAP_CM = 1.0
"""Nor is there such a gap, in which tissue does not, between some that does and the line."""

DEEP_CM = (4.0, 15.0)
"""Depths at which the annulus lies."""

ALIKE, SLOPE = 0.97, 0.08
"""Correlation of the line's own motion with that of all tissue, and by how much more or less it
may be."""

SAME_CM, SAME = 0.12, 0.08
"""Both are the same in a beat where they differ by less, cm or share of the excursion."""

FIT = 0.75
"""Share of its usual likeness that every column of a beat has to the motion of all."""

EDGE_CM = 0.25
"""By how much less than the line its upper edge may move."""

KNOWN = 0.6
"""Share of the beats in which both are the same."""

NO_LINE = (
    "No bright line of the M-mode moves most, in every beat and together with the tissue about it, "
    "so which is the annulus is not sure."
)
TOO_SMALL = "The M-mode shows too little depth or time to be read."


def find_excursions(
    frame: Frame, region: Region
) -> tuple[tuple[PixelPoint, PixelPoint], ...] | str:
    """Lowest and highest point of the annulus in each beat that is clear, source pixels.

    Words instead where it is not sure which line is the annulus.
    """
    grid = even_grid(frame, region)
    if grid is None:
        return TOO_SMALL
    motion = follow_motion(grid.light)
    for row in annulus_rows(grid.light, motion) if motion is not None else ():
        assert motion is not None
        way = motion.way(row)
        early, late = (motion.written & now for now in motion.ends())
        edge_cm = (upper_edge(grid.light, way, early) - upper_edge(grid.light, way, late)) * ROW_CM
        beats = _same_beats(way, line_about(grid.light, way, motion.written), motion)
        if beats and edge_cm >= -EDGE_CM:
            return tuple(
                (grid.point(low, float(way[low])), grid.point(high, float(way[high])))
                for low, high in beats
            )
    return NO_LINE


def annulus_rows(light: Floats, motion: Motion) -> Iterator[int]:
    """Rows of bright lines that move most, the clearest first; none where that is not sure.

    `light` is (rows, columns) on the even grid.
    """
    rows = supported(motion)
    if not len(rows):
        return
    heights = heights_of(light, [motion.way(row) for row in rows.tolist()], motion.written)
    bright = heights >= BRIGHT * heights.max()
    rows, heights = rows[bright], heights[bright]
    if not len(rows):  # nothing that moves is brighter than what lies about it
        return
    shares = motion.shares[rows]
    most = float(shares.max())
    lines = rows[shares > NEARLY * most]
    deep = len(light) - 6 - round(NEAR_FIELD_CM / ROW_CM)
    seen, faster = motion.ordered(LIKE), motion.shares > MORE * most
    depths = np.arange(len(light))
    inside = (depths > NEAR_FIELD_CM / ROW_CM) & (depths < len(light) - 6)
    clear = seen & (motion.likeness > CLEAR)
    away = (motion.likeness > CLEAR) & (motion.shares < -OPPOSITE * most)
    away &= (depths > SKIN_CM / ROW_CM) & (depths < len(light) - 6)
    along = np.flatnonzero(clear & (motion.shares > NEARLY * most))
    growing = (motion.shares > LESS * most) & (motion.shares <= NEARLY * most)
    if (
        most <= 0
        or len(supported(motion)) < SHOWN * deep
        or np.ptp(lines) * ROW_CM > THICKEST_CM
        or (
            np.ptp(lines) * ROW_CM > THICK_CM
            and np.sum((clear & growing)[: lines.min()]) < GROWING_ROWS
        )
        or np.sum(seen & faster) > FEW_ROWS
        or np.sum(inside & faster & (motion.likeness > LIKE)) >= CROSSING_ROWS
        or np.sum(clear & (motion.shares < -AGAINST * most)) > FEW_ROWS
        or np.sum(away) >= OPPOSITE_ROWS
    ):
        return
    near = (shares >= MOST * most) & (motion.likeness[rows] >= SURE)
    near &= (rows * ROW_CM >= DEEP_CM[0]) & (rows * ROW_CM <= DEEP_CM[1])
    taken: list[int] = []
    for place in np.argsort(-heights * motion.likeness[rows]):
        row = int(rows[place])
        above = along[along <= row][FEW_ROWS - 1 :]
        joined = np.diff(above).max(initial=0) * ROW_CM <= GAP_CM
        if near[place] and joined and all(abs(row - other) >= APART for other in taken):
            taken.append(row)
            yield row
        if len(taken) == LINES:
            return


def _same_beats(way: Floats, own: Floats, motion: Motion) -> list[tuple[int, int]]:
    """Columns of end-diastole and end-systole of the beats in which a way and the line's own one
    are the same; none where as a whole they are not."""
    from scipy.ndimage import gaussian_filter1d

    first, second = (
        (one - gaussian_filter1d(one, 1 / COLUMN_S))[motion.written] for one in (way, own)
    )
    alike = float(np.corrcoef(first, second)[0, 1])
    slope = float(first @ second) / max(float(first @ first), 1e-9)
    if not alike >= ALIKE or abs(slope - 1) > SLOPE:
        return []
    beats, found = _beats(way, motion), []
    for low, high in beats:
        one, other = (ROW_CM * float(rows[low] - rows[high]) for rows in (way, own))
        seconds = (high - low) * COLUMN_S
        same = abs(one - other) <= max(SAME_CM, SAME * one)
        if same and SYSTOLE_S[0] <= seconds <= SYSTOLE_S[1] and LEAST_CM <= one <= MOST_CM:
            found.append((low, high))
    return found if len(found) >= KNOWN * len(beats) else []


def _beats(way: Floats, motion: Motion) -> list[tuple[int, int]]:
    """Columns at which a line is lowest and then highest, beat by beat."""
    from scipy.ndimage import uniform_filter1d
    from scipy.signal import find_peaks

    fits = uniform_filter1d(motion.fits, 5)
    middle = float(np.median(fits[motion.written]))
    up = -ROW_CM * way
    tops, _ = find_peaks(up, prominence=LEAST_CM * 0.75, distance=round(BEAT_S / COLUMN_S))
    found = []
    for top in tops.tolist():
        first = max(0, top - round(LONGEST_S / COLUMN_S))
        low = first + int(up[first : top + 1].argmin())
        whole = 2 < low <= top - 10 and top < len(up) - 3
        known = motion.written[low : top + 1].all() and fits[low : top + 1].min() >= FIT * middle
        if whole and known:
            found.append((low, top))
    return found
