"""What can be seen in a spectral strip itself: the baseline, where the file does not give it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.regions import Region

if TYPE_CHECKING:
    from EchoMeasureLib.imaging.frame import Frame

MIN_SIZE = 32
"""A strip with fewer rows or columns is too small to tell a line from anything else."""

SAME_COLOUR = 45
"""Largest difference in any channel between pixels of one drawn line, after JPEG."""

CONTRAST = 30
"""How much a line differs from the rows above and below it, in some channel."""

ORANGE_COVERAGE, OTHER_COVERAGE = 0.6, 0.85
"""Share of the strip's width over which a line keeps its colour; an ECG may be yellow or grey."""

WARM_MARGIN, GREY_MARGIN = 0.015, 0.06
"""Share of the strip's height next to its edges where a line would be its border."""

MAX_THICKNESS = 6

EVEN_SHARE, SECOND_SHARE = 0.66, 2.0
"""Unevenness of an even row, as a share of that beside it, and of the next best row to it."""

EVEN_BY_CHANCE, LEAST_SECOND_SHARE = 0.68, 1.2
"""Where no other row is more even than grain can be by chance, so much less than the next best is
enough. Of 140 phantoms, 105 of them lifelike, 8 showed no line then, and none a wrong one."""

LIKELY_SHARE, LIKELY_SECOND, OTHER_ROW = 0.72, 1.1, (0.8, 1.15)
"""Less is enough where the row that the file names is seen too: unevenness of the best row, of the
next best to it, and of the file's own, at least and to the best. Of 200 lifelike phantoms whose
baseline is named aright none is contradicted."""

EMPTY_LEVELS, EMPTY_SHARE = 4.0, 0.03
"""Levels of grey between the tenths of a column that the trace has not reached yet, and the least
share of the strip's width that such columns take at its right edge."""

ALONE_LEVELS = 5.0
"""How much brighter than the ground a line is there, at least."""

GREEN_LEVELS = 25
"""By which green stands over red and blue where an ECG is drawn."""

HIDDEN_SHARE, MOST_HIDDEN = 0.02, 0.6
"""Share of a row that an ECG may hide before the rest is looked at by itself, and share of which
the rest says too little."""

GRAIN = 8.0
"""Levels of grey between the fifths of a row that shows flow or noise."""

_Colours: TypeAlias = npt.NDArray[np.int16]
"""One colour per row, (rows, 3)."""

_Signal: TypeAlias = npt.NDArray[np.float64]
"""One number per row."""


def find_baseline(frame: Frame, region: Region) -> float | None:
    """The row of the baseline of a spectral strip, or None when it is not clearly visible.

    In source pixels, the centre of the line. Looked for is a thin straight line of
    one colour across the strip: the orange-brown or yellow one that most cardiac
    scanners draw, else a single grey or white one. Two such lines, a line at the edge, or
    one that is broken (an ECG, text, ticks) give None: a wrong baseline would
    make every velocity wrong.
    """
    box = Box(*_edges(region.bounds)).clipped(frame.shape[1], frame.shape[0])
    if box.width < MIN_SIZE or box.height < MIN_SIZE:
        return None
    strip = frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1].astype(np.int16)
    lines = list(_lines(strip))
    for warm in (True, False):
        fitting = [line for line in lines if line.warm is warm and line.fits(box.height)]
        if fitting:
            return box.y0 + fitting[0].centre if len(fitting) == 1 else None
    return None


def find_even_row(frame: Frame, region: Region) -> float | None:
    """The one row of a spectral strip that is of one grey from end to end, amid flow and noise.

    In source pixels. Dim and grey baselines are seen by it that `find_baseline` is not sure of:
    enough to say that another one is wrong, and not to measure by. Where no row is, the one line
    counts that goes on where the trace has not come yet, then a row that is a little less even
    while that of the region's own baseline is not. None where several rows are so even, or none.
    """
    box = Box(*_edges(region.bounds)).clipped(frame.shape[1], frame.shape[0])
    if box.width < MIN_SIZE or box.height < MIN_SIZE:
        return None
    strip = frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1]
    grey = strip.mean(axis=2)
    margin = max(3, round(GREY_MARGIN * box.height))
    hidden = _is_green(strip.astype(np.int16))
    low, high = np.percentile(grey, (20, 80), axis=1)
    spread = np.where(hidden.mean(axis=1) > MOST_HIDDEN, np.inf, high - low)
    shares, own = _evenness(spread, region.baseline_y, box.y0, margin)
    row, best, second = _best_row(shares)
    if _stands_out(best, second):
        return box.y0 + float(row)
    alone = _line_alone(strip, grey, margin)
    if alone is not None:
        return box.y0 + alone
    least, more = OTHER_ROW
    likely = best <= LIKELY_SHARE and second >= LIKELY_SECOND * best
    if likely and own >= max(least, more * best):
        return box.y0 + float(row)
    # An ECG that is drawn along the line makes it uneven.
    shares, _ = _evenness(_where_seen(spread, grey, hidden), None, box.y0, margin)
    row, best, second = _best_row(shares)
    return box.y0 + float(row) if _stands_out(best, second) else None


def _evenness(
    spread: _Signal, baseline_y: float | None, top: int, margin: int
) -> tuple[_Signal, float]:
    """Unevenness of each row as a share of that beside it, and that of the file's own row."""
    beside = np.minimum(_beside(spread, -1), _beside(spread, 1))
    shares: _Signal = np.where(beside >= GRAIN, (spread + 1) / (beside + 1), np.inf)
    own = _least_near(shares, baseline_y, top)
    shares[:margin] = shares[-margin:] = np.inf
    return shares, own


def _best_row(shares: _Signal) -> tuple[int, float, float]:
    """The most even row, its unevenness, and that of the next best apart from it."""
    row = int(shares.argmin())
    others = shares.copy()
    others[max(0, row - 8) : row + 9] = np.inf
    return row, float(shares[row]), float(others.min())


def _stands_out(best: float, second: float) -> bool:
    share = LEAST_SECOND_SHARE if second >= EVEN_BY_CHANCE else SECOND_SHARE
    return best <= EVEN_SHARE and second >= share * best


def _where_seen(spread: _Signal, grey: _Signal, hidden: npt.NDArray[np.bool_]) -> _Signal:
    """Levels of grey between the fifths of what an ECG leaves of each row."""
    found: _Signal = spread.copy()
    for row in np.flatnonzero((hidden.mean(axis=1) > HIDDEN_SHARE) & np.isfinite(spread)):
        low, high = np.percentile(grey[row, ~hidden[row]], (20, 80))
        found[row] = high - low
    return found


def _least_near(shares: _Signal, baseline_y: float | None, top: int) -> float:
    """The least unevenness within three rows of where a region has its baseline; 0 for none."""
    if baseline_y is None:
        return 0.0
    named = round(baseline_y) - top
    return float(shares[max(0, named - 3) : max(0, named + 4)].min(initial=np.inf))


def _line_alone(strip: Frame, grey: _Signal, margin: int) -> float | None:
    """The row of the only line in the part at the right that is not written yet."""
    width = grey.shape[1]
    stop = width - max(2, width // 100)  # the region's own border
    low, high = np.percentile(grey[:, :stop], (10, 90), axis=0)
    written = np.flatnonzero(high - low > EMPTY_LEVELS)
    first = int(written[-1]) + 3 if len(written) else 0
    part = grey[:, first:stop]
    if part.shape[1] < max(MIN_SIZE / 2, EMPTY_SHARE * width):
        return None
    rows = np.median(part, axis=1)
    rows -= np.median(rows)
    low, high = np.percentile(part, (10, 90), axis=1)
    top = float(rows[margin:-margin].max())
    bright = np.flatnonzero((rows >= max(ALONE_LEVELS, top / 2)) & (high - low <= GRAIN))
    bright = bright[(bright >= margin) & (bright < len(rows) - margin)]
    if not len(bright) or bright[-1] - bright[0] >= MAX_THICKNESS:
        return None
    if _is_green(np.median(strip[bright, first:stop], axis=1).astype(np.int16)).any():
        return None  # an ECG without a signal
    return float((rows[bright] * bright).sum() / rows[bright].sum())


def _edges(box: Box) -> tuple[int, int, int, int]:
    return (
        min(box.x0, box.x1),
        min(box.y0, box.y1),
        max(box.x0, box.x1),
        max(box.y0, box.y1),
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """A thin horizontal line of one colour."""

    first: int
    last: int
    centre: float
    """Row, from the top of the strip."""
    warm: bool
    """Orange to yellow, which tells it from a grey trace."""

    def fits(self, height: int) -> bool:
        """Whether it is far enough from the strip's edges to be no border."""
        margin = max(3.0, height * (WARM_MARGIN if self.warm else GREY_MARGIN))
        return margin <= self.first and self.last <= height - 1 - margin


def _lines(strip: npt.NDArray[np.int16]) -> Iterator[_Line]:
    # Where more than half of a row is a line, the median is the colour of the line.
    colours: _Colours = np.median(strip, axis=1).astype(np.int16)
    is_warm = _is_warm(colours)
    least = np.where(_is_orange(colours), ORANGE_COVERAGE, OTHER_COVERAGE)
    for warm in (True, False):
        # A coloured line is told from a grey trace by its colour, whatever their brightness.
        signal = (strip[..., 0] - strip[..., 2]) if warm else strip.sum(axis=2) // 3
        rows = np.median(signal, axis=1)
        background = np.maximum(_beside(rows, -1), _beside(rows, 1))
        excess = rows - background
        near = np.abs(strip - colours[:, None]).max(axis=2) <= SAME_COLOUR
        clear = signal >= (background + excess / 2)[:, None]
        coverage = (near & clear).mean(axis=1)
        one_colour = near.mean(axis=1) >= least
        # A trace beside the line is bright too, but neither coloured nor of one colour.
        counted = one_colour | warm
        wanted = is_warm if warm else ~is_warm & ~_is_green(colours)
        for first, last in _runs(wanted & (excess >= CONTRAST) & (coverage >= least)):
            level = float((background + excess / 2)[first : last + 1].min())
            if _thickness(one_colour & (rows >= level), first) <= MAX_THICKNESS:
                yield _Line(first, last, _centre(rows, first, last, counted), warm)


def _thickness(flags: npt.NDArray[np.bool_], row: int) -> int:
    """Number of rows in the stretch of True around a row, so that a band is seen as one."""
    return next(stop - start + 1 for start, stop in _runs(flags) if start <= row <= stop)


def _is_warm(colours: _Colours) -> npt.NDArray[np.bool_]:
    """Orange to yellow."""
    red, green, blue = colours.T
    found: npt.NDArray[np.bool_] = (
        (red >= 90) & (red - blue >= 50) & (red - green >= -10) & (green - blue >= 5)
    )
    return found


def _is_orange(colours: _Colours) -> npt.NDArray[np.bool_]:
    red, green, _ = colours.T
    found: npt.NDArray[np.bool_] = _is_warm(colours) & (red - green >= 20)
    return found


def _is_green(colours: _Colours) -> npt.NDArray[np.bool_]:
    """The usual colour of an ECG, of (..., 3)."""
    red, green, blue = (colours[..., channel] for channel in range(3))
    found: npt.NDArray[np.bool_] = (green - red >= GREEN_LEVELS) & (green - blue >= GREEN_LEVELS)
    return found


def _beside(rows: _Signal, side: int) -> _Signal:
    """The usual signal a few rows to one side of each row."""
    places = np.arange(len(rows))
    beside = [np.clip(places + side * step, 0, len(rows) - 1) for step in range(5, 9)]
    found: _Signal = np.median(rows[np.stack(beside)], axis=0)
    return found


def _runs(flags: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """First and last index of each stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        yield int(start), int(stop) - 1


def _centre(rows: _Signal, first: int, last: int, counted: npt.NDArray[np.bool_]) -> float:
    """Centre of a line below the pixel: rows weighted by how far they exceed both sides."""
    places = np.arange(max(0, first - 2), min(len(rows) - 1, last + 2) + 1)
    background = max(_beside(rows, -1)[first], _beside(rows, 1)[last])
    weights = np.clip(rows[places] - background - CONTRAST / 3, 0, None) * counted[places]
    return float((weights * places).sum() / weights.sum())
