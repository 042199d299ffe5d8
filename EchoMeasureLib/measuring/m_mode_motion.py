"""How all that an M-mode strip shows moves together: one motion over time, its share at a depth.

The long axis shortens as a whole: what lies nearer to the apex moves less, but at the same time and
in the same way. So one curve is fitted to the strip and a share of it to every depth, by all of its
columns at once. That holds through grain, noise and lines that fade or lie close together, where a
line that is followed alone is lost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from EchoMeasureLib.measuring.m_mode_grid import COLUMN_S, NEAR_FIELD_CM, ROW_CM, Floats

Bools = npt.NDArray[np.bool_]

DARK = 0.35
"""Spread of grey over depth, as a share of the strip's middle one, below which nothing is drawn."""

EACH = 4
"""Rows of which one is looked at for the first guess."""

LAG, REACH = 2, 10
"""Columns from one look to the next, and rows by which anything moves meanwhile: 25 cm/s."""

SPEEDS = np.arange(-REACH, REACH + 0.1, 0.5)
SHARES = np.arange(-1.2, 2.61, 0.1)
FINE_SHARES = np.arange(-1.2, 2.61, 0.05)
"""Rows per look, and shares of the motion, that are tried."""

BREATH_S = 1.2
"""Slower motion is left out of the first guess, whose small errors add up."""

FIRST_ROUNDS, ROUNDS = 4, 5

WINDOW, FINE_WINDOW = 5, 4
"""Deviation of the rows whose tissue is compared with itself."""

LIKE, CLEAR = 0.45, 0.6
"""How like itself tissue is from one part of the beat to another that moves so, perhaps or surely:
correlation."""

CROWDED = 0.5
"""Tissue is not pressed together to less than so much of its thickness."""


@dataclass(frozen=True, slots=True)
class Motion:
    """What moves on an M-mode, on its even grid."""

    rows: Floats
    """Towards the probe at each column, from where it lies at end-diastole: of share 1."""
    shares: Floats
    """Share of it that the tissue of each row has, which lies there at end-diastole."""
    likeness: Floats
    """How like itself the tissue of each row is that moves so: correlation, 1 at most."""
    written: Bools
    """Columns on which anything is drawn."""
    fits: Floats
    """How like the mean of all columns, moved so, each one is: correlation."""

    def way(self, row: int) -> Floats:
        """Rows at which the tissue of a row is, column by column."""
        found: Floats = row - self.shares[row] * self.rows
        return found

    def ends(self) -> tuple[Bools, Bools]:
        """Columns at which all is farthest from the probe, and nearest to it."""
        low, high = np.percentile(self.rows[self.written], (10, 92))
        part = (self.rows - low) / max(float(high - low), 1e-6)
        return part < 0.15, part > 0.85

    def ordered(self, least: float) -> Bools:
        """Rows whose tissue is so like itself, and does not go through such as is more so: of two
        whose ways cross, one is none."""
        height = len(self.shares)
        top = np.arange(height) - self.shares * np.percentile(self.rows[self.written], 95)
        kept = np.zeros(height, np.bool_)
        first, last = round(NEAR_FIELD_CM / ROW_CM), height - 6
        for row in np.argsort(-self.likeness):
            if not first < row < last or self.likeness[row] <= least:
                continue
            others = np.flatnonzero(kept)
            apart, left = row - others, top[row] - top[others]
            close = (np.abs(apart) > 4) & (np.abs(left) < CROWDED * np.abs(apart))
            kept[row] = not np.any((left * apart < 0) | close)
        return kept


def follow_motion(light: Floats) -> Motion | None:
    """The motion of a strip on the even grid, (rows, columns); None where nothing moves."""
    from scipy.ndimage import gaussian_filter1d

    stands, written = standing_out(light), _written(light)
    if written.sum() < 0.5 / COLUMN_S:
        return None
    rows = _first_motion(np.where(written, stands, 0))
    rows = _from_rest(rows - gaussian_filter1d(rows, BREATH_S / COLUMN_S))
    for _ in range(ROUNDS):
        found = _motion(stands, rows, written, SHARES, WINDOW)
        most = largest_share(found)
        if most is None or most < 0.1:
            return None
        rows, fits = _fitted(stands, found, most)
    return replace(_motion(stands, rows, written, FINE_SHARES, FINE_WINDOW), fits=fits)


def largest_share(motion: Motion) -> float | None:
    """The largest share of the motion that some rows beside each other have for sure."""
    rows = supported(motion)
    return float(motion.shares[rows].max()) if len(rows) else None


def supported(motion: Motion) -> npt.NDArray[np.intp]:
    """Rows that surely move so, and others near to them just as much."""
    rows = np.flatnonzero(motion.ordered(LIKE) & (motion.likeness > CLEAR))
    near = np.abs(rows[:, None] - rows) <= 6
    alike = np.abs(motion.shares[rows][:, None] - motion.shares[rows]) < 0.11
    found: npt.NDArray[np.intp] = rows[(near & alike).sum(axis=1) >= 3]
    return found


def standing_out(light: Floats) -> Floats:
    """Lines and grain without the brightness that they lie on, as strong everywhere."""
    from scipy.ndimage import gaussian_filter, gaussian_filter1d

    soft = gaussian_filter1d(light, 1.0, axis=1)
    lines = gaussian_filter1d(soft, 1.5, axis=0) - gaussian_filter1d(soft, 10, axis=0)
    found: Floats = lines / (np.sqrt(gaussian_filter(lines**2, (16, 25))) + 3)
    return found.astype(np.float32)


def _written(light: Floats) -> Bools:
    from scipy.ndimage import binary_dilation

    spread = light[round(1 / ROW_CM) :].std(axis=0)
    dark: Bools = binary_dilation(spread < DARK * np.median(spread), iterations=3)
    return ~dark


def _first_motion(stands: Floats) -> Floats:
    """The motion by which each column is most like the next but one, at all depths together."""
    from scipy.ndimage import gaussian_filter1d

    height, columns = stands.shape
    alike = np.zeros((height, columns - LAG, 2 * REACH + 1), np.float32)
    for place, step in enumerate(range(-REACH, REACH + 1)):
        low, high = max(0, -step), min(height, height - step)
        alike[low:high, :, place] = stands[low:high, :-LAG] * stands[low + step : high + step, LAG:]
    alike = gaussian_filter1d(gaussian_filter1d(alike, 6, axis=0)[::EACH], 1.5, axis=1)
    depths, near = np.arange(0, height, EACH), NEAR_FIELD_CM / ROW_CM
    shares = np.where((depths > near) & (depths < 0.9 * height), 1.0, 0.0)
    tried = SHARES[np.abs(SHARES) < 1.65]
    for _ in range(FIRST_ROUNDS):
        use = np.abs(shares) > 0.05
        fits = np.array([_at(alike[use], shares[use, None] * v).sum(axis=0) for v in SPEEDS])
        speeds = gaussian_filter1d(SPEEDS[best_way(_even(fits), 3, 0.02)], 1.0)
        each = np.array([_at(alike, share * speeds).sum(axis=1) for share in tried])
        each = _even(each)
        shares = tried[best_way(each, 2 * EACH, 0.3 / EACH)]
        most = np.percentile(np.abs(shares[depths >= near]), 97)
        if most < 0.05:
            break
        sign = -1.0 if np.sum(shares * np.maximum(each.max(axis=0), 0)) < 0 else 1.0
        shares, speeds = sign * shares / most, sign * speeds * most
    found: Floats = -np.concatenate([[0.0] * LAG, np.cumsum(speeds)]) / LAG
    return found


def _at(alike: Floats, steps: Floats) -> Floats:
    """Likeness, (rows, columns, whole steps), at steps between them, which broadcast."""
    places = np.clip(np.broadcast_to(steps, alike.shape[:2]) + REACH, 0, 2 * REACH - 1e-6)
    low = places.astype(np.intp)[..., None]
    part = (places - low[..., 0]).astype(np.float32)
    one, two = (np.take_along_axis(alike, low + k, axis=2)[..., 0] for k in (0, 1))
    found: Floats = one * (1 - part) + two * part
    return found


def _motion(stands: Floats, rows: Floats, written: Bools, shares: Floats, window: float) -> Motion:
    """The share of a motion that the tissue of each row has: that by which it is most like itself
    at end-diastole, on its way and at end-systole."""
    low, high = np.percentile(rows[written], (10, 92))
    # Columns at which all lies alike are one.
    places = np.round((rows - rows.min())[written]).astype(np.intp)
    counts = np.bincount(places)
    together = (places[:, None] == np.flatnonzero(counts)).astype(np.float32)
    counts = counts[counts > 0]
    columns = stands[:, written] @ together
    moved = (rows[written] @ together) / counts
    part = (moved - low) / max(float(high - low), 1e-6)
    parts = [part < 0.2, (part >= 0.2) & (part < 0.7), part >= 0.7]
    likeness = []
    for share in shares:
        there = _moved_back(columns, share * moved[None])
        means = [there[:, now].sum(axis=1) / max(1, counts[now].sum()) for now in parts]
        pairs = ((0, 1), (1, 2), (0, 2))
        likeness.append(np.min([_alike(means[a], means[b], window) for a, b in pairs], axis=0))
    table = np.array(likeness)
    best = shares[table.argmax(axis=0)]
    return Motion(rows, best, table.max(axis=0), written, np.zeros(len(rows)))


def _moved_back(light: Floats, rows: Floats) -> Floats:
    """Light of each row's tissue when it has moved up by so many rows; (rows, columns)."""
    height = len(light)
    places = np.arange(height)[:, None] - rows
    low = np.clip(np.floor(places).astype(np.intp), 0, height - 2)
    part = (places - low).astype(np.float32)
    there = np.take_along_axis(light, low, axis=0) * (1 - part)
    there += np.take_along_axis(light, low + 1, axis=0) * part
    found: Floats = np.where((places >= 0) & (places <= height - 1), there, 0)
    return found


def _alike(one: Floats, two: Floats, window: float) -> Floats:
    """Correlation about each row, less where little is drawn."""
    from scipy.ndimage import gaussian_filter1d

    both, first, second = (
        gaussian_filter1d(values, window) for values in (one * two, one * one, two * two)
    )
    found: Floats = both / np.sqrt((first + 0.03) * (second + 0.03))
    return found


def _fitted(stands: Floats, motion: Motion, most: float) -> tuple[Floats, Floats]:
    """The motion by which the mean of all columns, moved so at every depth, is most like each, and
    how like it is."""
    from scipy.ndimage import gaussian_filter1d

    shares, rows = motion.shares / most, motion.rows * most
    height, depths = len(stands), np.arange(len(stands))
    mean = _moved_back(stands, shares[:, None] * rows)[:, motion.written].mean(axis=1)
    mean = mean * np.clip((motion.likeness - 0.1) / 0.4, 0, 1) * (depths > NEAR_FIELD_CM / ROW_CM)
    tried = np.arange(np.floor(rows.min() - 8), np.ceil(rows.max() + 8) + 0.1, 0.5)
    drawn = np.zeros((len(tried), height), np.float32)
    for place, moved in enumerate(tried):
        at = depths - shares * moved
        low = np.floor(at).astype(np.intp)
        for row, part in ((low, 1 - (at - low)), (low + 1, at - low)):
            inside = (row >= 0) & (row < height)
            np.add.at(drawn[place], row[inside], (mean * part)[inside])
    drawn /= np.sqrt((drawn**2).sum(axis=1, keepdims=True)) + 1e-9
    fits = np.where(motion.written, drawn @ stands, 0)
    best = best_way(_even(fits), 6, 0.02, ~motion.written)
    like = fits[best, np.arange(len(best))] / (np.sqrt((stands**2).sum(axis=0)) + 1e-9)
    return _from_rest(gaussian_filter1d(tried[best], 1.0)), like


def _from_rest(rows: Floats) -> Floats:
    found: Floats = rows - np.percentile(rows, 10)
    return found


def _even(fits: Floats) -> Floats:
    found: Floats = fits / (np.abs(fits).mean() + 1e-9)
    return found


def best_way(
    fits: Floats, most: int, cost: float, free: Bools | None = None
) -> npt.NDArray[np.intp]:
    """The place of each column, of (places, columns), on the way along which the fits add up to
    most; a step costs its square. In `free` columns the way begins anew."""
    count, columns = fits.shape
    about, every = np.arange(-most, most + 1), np.arange(count)
    costs = cost * about**2
    padded = np.full(count + 2 * most, -np.inf)
    options = sliding_window_view(padded, 2 * most + 1)
    score = fits[:, 0].copy()
    came = np.zeros((columns, count), np.intp)
    for column in range(1, columns):
        padded[most : most + count] = score
        choices = options - costs
        pick = choices.argmax(axis=1)
        best, source = choices[every, pick], every + about[pick]
        if free is not None and free[column]:
            start = int(score.argmax())
            anew = best < score[start]
            best[anew], source[anew] = score[start], start
        came[column], score = source, best + fits[:, column]
    found = np.zeros(columns, np.intp)
    found[-1] = score.argmax()
    for column in range(columns - 1, 0, -1):
        found[column - 1] = came[column, found[column]]
    return found
