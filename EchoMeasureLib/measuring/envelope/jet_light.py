"""The light about a jet, and the arch that parts most of it from most of the dark."""

from __future__ import annotations

import numpy as np

from EchoMeasureLib.measuring.envelope.arches import (
    COUNT,
    FEW,
    HEIGHTS,
    ROWS,
    SHAPES,
    STRETCHED,
    WIDTHS,
    Arch,
    Doubles,
    Places,
    area_of,
    first_table,
    shape_of,
    stretched_table,
    table_of,
)
from EchoMeasureLib.measuring.envelope.pixels import Flags, Floats

FINER: Doubles = np.exp(np.linspace(-0.12, 0.12, 17))
"""Shares of a width that are tried at the second."""

MOVED, AWAY = 8, 0.004
"""Steps by which the peak may lie elsewhere, and the light that each of them costs."""

BEAT_MOVED: Doubles = np.arange(-5.0, 6.0)
STRETCH_ODDS, MOVE_ODDS, COST = 0.05, 2.5, 0.075
"""A beat may last otherwise than several laid upon each other, and come a few steps earlier or
later: deviations of the logarithm and of the steps, and the light that one of these costs."""

DARKEST = 0.3
"""Share of a band's light that what lies beyond it has at most, or it is no dark."""

ALONG = 3.0
"""Deviation in steps over which light and dark are taken together along time."""

LIGHT, OF_BAND = 0.56, 0.6
"""Share of the way from the dark to the light at which a jet ends, and where only its dense band
counts (pulsed wave): the mean light of the rim of so thin a band is less than that of its crest, by
half of which its edge and its height are read."""

LOW = 0.2
"""Share of the height below which nothing is looked at."""

MARGIN, BRIGHT, DARK = 0.06, 0.06, 0.1
"""Beyond an arch and a margin a column that holds so much light is one of a click or of something
drawn, and within it one that lacks so much is a streak; shares of the height."""

COUNTS = (0.1, 0.4)
"""What such columns count with, click and streak."""

RIM = 0.12
"""Share of the height to both sides of the arch where light and dark are compared."""

BESIDE = 3
"""Steps within which light lies beside an arch."""

OWN: Doubles = np.exp(np.linspace(-0.3, 0.3, 13))
"""Shares of its width that a flank alone may have, to see whether it agrees."""


class JetLight:
    """The light about a jet, (rows, steps of time), and how well an arch parts it.

    0 is dark and 1 the light in the middle of the jet. `there`: steps that the strip shows.
    `clutter`: light of each row that has nothing to do with the jet. `ends`: share of the way from
    dark to light at which it ends.
    """

    def __init__(self, light: Doubles, there: Flags, clutter: Doubles, ends: float = LIGHT) -> None:
        from scipy import ndimage

        self._ends = ends
        self._light, self._there, self._clutter = light, there, clutter
        self._middle = (light.shape[1] - 1) // 2
        self._steps = np.arange(light.shape[1], dtype=np.float64) - self._middle
        inner = np.median(light[(HEIGHTS > LOW) & (HEIGHTS < 0.6)], axis=0)
        self._band: Doubles = np.clip(ndimage.gaussian_filter1d(inner, 2.0), 0.45, 1.2)
        self._dark: Doubles = np.zeros(light.shape[1])
        self._counts: Doubles = there.astype(np.float64)
        self._part()

    def find(self) -> Arch:
        """The arch that parts light from dark best."""
        arch = self._search(range(-MOVED, MOVED + 1, 4), FEW)
        self._look_again(arch)
        arch = self._search(range(-MOVED, MOVED + 1, 4), SHAPES)
        self._look_again(arch)
        about = int(arch.peak)
        return self._finer(self._search(range(about - 3, about + 4), SHAPES))

    def find_like(self, arch: Arch, moved: float) -> Arch:
        """The same arch so many steps later, give or take a few, and a little shorter or longer."""
        tables, about = stretched_table(arch, self._middle), int(arch.peak + moved)
        found = self._best_like(arch, tables, about)
        self._look_again(found)
        return self._best_like(arch, tables, about)

    def _best_like(self, arch: Arch, tables: Places, about: int) -> Arch:
        light = self._finely * self._counts.astype(np.float32)
        total = np.empty((len(BEAT_MOVED), len(STRETCHED)))
        for n, move in enumerate(BEAT_MOVED):
            peak = about + int(move)
            columns = np.arange(max(0, peak), light.shape[1] + min(0, peak))
            total[n] = light[tables[:, columns - peak], columns].sum(axis=-1)
        odds = (np.log(STRETCHED) / STRETCH_ODDS) ** 2 + (BEAT_MOVED[:, None] / MOVE_ODDS) ** 2
        move, times = np.unravel_index(int((total - COST * odds).argmax()), total.shape)
        later = about - arch.peak + float(BEAT_MOVED[move])
        return arch.moved(later, float(STRETCHED[times]))

    def area_alone(self, arch: Arch) -> float:
        """What the area would be if each flank were as wide as its own light says."""
        area, reach = 0.0, self._middle + 1
        for way, width, shape in (
            (-1, arch.rise, arch.rising),
            (1, arch.fall, arch.falling),
        ):
            widths = width * OWN
            light = self._flank(way, table_of(widths, np.array([shape]), reach), int(arch.peak))
            area += float(widths[int(light[:, 0].argmax())]) * area_of(*shape)
        return area

    def contrast(self, arch: Arch) -> float:
        """How much lighter it is within an arch than beyond it, 2 at most, on its worse flank."""
        heights, rows = arch.heights(self._steps), HEIGHTS[:, None]
        within = (rows < heights - 0.02) & (rows > heights - RIM - 0.02) & (rows > LOW)
        beyond = (rows > heights + 0.02) & (rows < heights + RIM + 0.02) & (rows > LOW)
        counted = (heights > 0.15) & (self._counts > 0.2)
        found = []
        for flank in (self._steps <= arch.peak, self._steps >= arch.peak):
            inner, outer = (
                self._parted[within & counted & flank],
                self._parted[beyond & counted & flank],
            )
            found.append(float(inner.mean() - outer.mean()) if len(inner) and len(outer) else 0.0)
        return min(found)

    def shoulder(self, arch: Arch) -> int:
        """Steps of the longest light beyond an arch that is one with it, a click's or a wave's."""
        from scipy import ndimage

        strange, _ = self._strange(arch.heights(self._steps))
        names, count = ndimage.label(strange)
        near = (self._steps >= arch.peak - arch.rise - BESIDE) & (
            self._steps <= arch.peak + arch.fall + BESIDE
        )
        runs = np.bincount(names.ravel(), minlength=count + 1)
        touching = np.unique(names[near & strange])
        return int(runs[touching].max(initial=0))

    def _part(self) -> None:
        """-1 in the dark to 1 in the light, and the sums of that from the baseline up."""
        dark = np.maximum(self._dark, self._clutter[:, None])
        half = (self._band - dark) / 2
        limit = dark + 2 * self._ends * half
        parted = np.clip((self._light - limit) / np.maximum(half, 0.12), -1, 1)
        # Where clutter is as bright as the jet nothing is told from it.
        parted[half < 0.15] = 0
        parted[HEIGHTS < LOW] = 0
        self._parted = parted
        sums = np.zeros((COUNT + 1, parted.shape[1]))
        np.cumsum(parted / ROWS, axis=0, out=sums[1:])
        self._sums = sums
        self._finely = np.empty((2 * COUNT + 1, parted.shape[1]), np.float32)
        self._finely[::2], self._finely[1::2] = sums, (sums[1:] + sums[:-1]) / 2

    def _look_again(self, arch: Arch) -> None:
        """Take light and dark of each column, and columns that are strange, from an arch."""
        from scipy import ndimage

        heights, rows = arch.heights(self._steps), HEIGHTS[:, None]
        strange, streak = self._strange(heights)
        self._counts = self._there.astype(np.float64)
        self._counts[strange], self._counts[streak] = COUNTS
        plain = self._there & ~strange

        def level(where: Flags) -> Doubles | None:
            where = where & plain
            count = ndimage.gaussian_filter1d(where.sum(axis=0).astype(np.float64), ALONG)
            total = ndimage.gaussian_filter1d(np.where(where, self._light, 0).sum(axis=0), ALONG)
            known = np.flatnonzero(count > 0.7)
            if not len(known):
                return None
            return np.interp(np.arange(len(count)), known, total[known] / count[known])

        floor = 0.9 * LOW
        for reach, off in ((0.35, 0.03), (0.1, 0.02)):
            band = level((rows < heights - off) & (rows > np.maximum(heights - reach, floor)))
            if band is not None:
                band = np.clip(band, 0.3, 2.0)
                self._band = band if reach > RIM else np.maximum(self._band, band)
        dark = level((rows > heights + 0.1) & (rows < heights + 0.5))
        if dark is not None:
            self._dark = np.minimum(dark, DARKEST * self._band)
        self._part()

    def _strange(self, heights: Doubles) -> tuple[Flags, Flags]:
        """Columns with much light beyond an arch, and those that lack much within it."""
        from scipy import ndimage

        levels = np.arange(COUNT + 1)[:, None] / ROWS
        # The flank itself may lie a little beside the arch.
        high = ndimage.maximum_filter1d(heights, 5) + MARGIN
        low = np.maximum(ndimage.minimum_filter1d(heights, 5) - MARGIN, 0)
        more = np.where(levels >= high, self._sums, -9).max(axis=0) - self._sum_at(high)
        less = np.where(levels <= low, self._sums, -9).max(axis=0) - self._sum_at(low)
        strange = ndimage.binary_dilation(more > BRIGHT)
        return strange, (less > DARK) & ~strange

    def _sum_at(self, heights: Doubles) -> Doubles:
        place = np.clip(heights * ROWS, 0, COUNT - 1e-6)
        row, column = place.astype(np.intp), np.arange(len(heights))
        part = place - row
        sums: Doubles = self._sums[row, column] * (1 - part) + self._sums[row + 1, column] * part
        return sums

    def _flank(self, way: int, table: Places, peak: int) -> Floats:
        """Light that flanks of a table part, (widths, shapes), to one side of a peak."""
        middle = self._middle + peak
        count = min(table.shape[-1], middle + 1 if way < 0 else len(self._steps) - middle)
        columns = middle + way * np.arange(count)
        light = self._finely[:, columns] * self._counts[columns].astype(np.float32)
        light[:, 0] *= 0.5
        seen = light.ravel().take(table[..., :count] * count + np.arange(count))
        return np.asarray(seen.sum(axis=-1), np.float32)

    def _search(self, peaks: range, shapes: Doubles) -> Arch:
        table = first_table(len(shapes), self._middle + 1)
        best: tuple[float, int, Floats, Floats] | None = None
        for peak in peaks:
            rise, fall = (self._flank(way, table, peak) for way in (-1, 1))
            light = float(rise.max() + fall.max()) - AWAY * abs(peak)
            if best is None or light > best[0]:
                best = light, peak, rise, fall
        assert best is not None
        _, peak, rise, fall = best
        before, after = (np.unravel_index(int(one.argmax()), one.shape) for one in (rise, fall))
        return Arch(
            float(peak),
            float(WIDTHS[before[0]]),
            float(WIDTHS[after[0]]),
            shape_of(shapes, int(before[1])),
            shape_of(shapes, int(after[1])),
        )

    def _finer(self, arch: Arch) -> Arch:
        found = []
        for way, width in ((-1, arch.rise), (1, arch.fall)):
            widths = width * FINER
            table = table_of(widths, SHAPES, self._middle + 1)
            light = self._flank(way, table, int(arch.peak))
            place = np.unravel_index(int(light.argmax()), light.shape)
            found.append((float(widths[place[0]]), shape_of(SHAPES, int(place[1]))))
        (rise, rising), (fall, falling) = found
        return Arch(arch.peak, rise, fall, rising, falling)
