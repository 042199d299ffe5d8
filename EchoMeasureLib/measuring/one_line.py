"""Whether two points of an M-mode strip lie on one echo: without that, they are no excursion.

What is drawn about the first point is followed from column to column to the time of the second,
and the other way round. That works on a thin bright line as on a blur of grain: what counts is
that the same pattern is met again, not how bright it is. Where lines lie close together all of
them are followed at once (`m_mode_tissue`). One of these has to lead to the other point; the way
back alone, which lines that meet share, is not enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame, darkest
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.m_mode_looks import (
    GRAIN,
    ROWS,
    Floats,
    Looks,
    look_between,
    step_costs,
    window,
    windows,
)
from EchoMeasureLib.measuring.m_mode_tissue import tissue_miss

NEAR_CM, NEAR_OF_ALL_CM = 0.25, 0.3
"""How far past the other point an echo may lead, followed alone and with all others.

On lifelike phantoms 2 to 5 in 100 true excursions lead farther, and 3 in 100 lines that lie 0.4
to 0.6 cm from the annulus lead nearer.
"""

BESIDE_CM = 0.4
"""How far past the other point one of the other ways may lead where only the way back from the
second point is near: two lines that meet lead back to the first point from either.

On phantoms it is 1 more in 400 true excursions, and 32 of 36 lines in 950 that passed without it.
"""

AGREE_CM = 0.2
"""Where all four ways, there and back, alone and with all others, end within so much of each other,
their middle is where the echo leads.

On phantoms (seeds 64000, 173 of each, jittered as a network's) 2.9 % of true excursions are flagged
with it as without, and 77 instead of 64 % of those that end 0.3 to 0.5 cm off.
"""

BACK_SHARE, BACK_CM = 0.35, 0.35
"""Share of the excursion, and centimetres, that an echo may fall back on its way up: more is
another beat."""

BLANK = 6
"""Grey levels between the darkest and the brightest of a strip on which nothing is drawn."""

ALONE, TOGETHER = (4, 12, 24), (6, 12, 30)
"""Columns from one look to the next, and how many looks there are at least and at most."""

WINDOW = 0.035
"""Half of what counts as one pattern, as a share of the strip's height."""

START = 0.006
"""Uncertainty of a placed point, as a share of the strip's height."""

MEMORY = 0.3
"""Weight of the likeness to where the way began, beside that to the step before."""

STILL = 0.003
"""Cost of a row's motion per step: where nothing is seen, nothing moves."""


def not_one_line(frame: Frame, region: Region, first: PixelPoint, second: PixelPoint) -> str:
    """Why no echo leads from one point to the other (source pixels), in words; empty if one does.

    Empty too where nothing at all is drawn on the strip: then the picture says nothing.
    """
    looks, closer = (looks_between(frame, region, first, second, how) for how in (ALONE, TOGETHER))
    if looks is None or closer is None:
        return ""
    height = region.bounds.clipped(frame.shape[1], frame.shape[0]).height
    cm_per_row = abs(region.delta[1]) * height / ROWS
    there, back = _follow(looks), _follow(looks.turned)
    first_cm, back_cm = (abs(way.miss) * cm_per_row for way in (there, back))
    # On the way back what leads below the first point led above the second.
    alone = there.miss * cm_per_row, -back.miss * cm_per_row
    if first_cm > NEAR_CM or abs(alone[0] - alone[1]) <= AGREE_CM:
        together = [tissue_miss(closer) * cm_per_row, -tissue_miss(closer.turned) * cm_per_row]
        middle = float(np.median([*alone, *together]))
        apart = max(*alone, *together) - min(*alone, *together)
        if apart <= AGREE_CM and abs(middle) > NEAR_CM:
            return _leads(middle, region)
        all_cm = min(map(abs, together))
        beside = back_cm <= NEAR_CM and min(first_cm, all_cm) <= BESIDE_CM
        if first_cm > NEAR_CM and all_cm > NEAR_OF_ALL_CM and not beside:
            return _leads(there.miss * cm_per_row, region)
    rows = there.rows if second.y < first.y else -there.rows
    fallen = float((rows - np.minimum.accumulate(rows)).max())
    if fallen > max(BACK_SHARE * abs(looks.end - looks.start), BACK_CM / cm_per_row):
        return "The echo turns back between the points, so they are of two beats."
    return ""


def _leads(miss_cm: float, region: Region) -> str:
    side = "below" if miss_cm * np.sign(region.delta[1]) > 0 else "above"
    return f"The echo at the first point leads {abs(miss_cm):.1f} cm {side} the second."


def looks_between(
    frame: Frame,
    region: Region,
    first: PixelPoint,
    second: PixelPoint,
    how: tuple[float, int, int],
) -> Looks | None:
    """Columns of an M-mode from one point (source pixels) to another, `ALONE` or `TOGETHER`; None
    where nothing at all is drawn on the strip."""
    box = region.bounds.clipped(frame.shape[1], frame.shape[0])
    # Colours drawn over the strip, such as a green ECG, are dark in their least channel.
    grey = darkest(frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1])
    if len(grey) < 2 or float(np.ptp(np.percentile(grey, (1, 99)))) < BLANK:
        return None
    places = tuple((p.x - box.x0, p.y - box.y0) for p in (first, second))
    return look_between(grey.astype(np.float64), places, *how)


@dataclass(frozen=True, slots=True)
class _Way:
    """Where an echo leads."""

    miss: float
    """Rows from the wanted end to where it leads, positive further down."""
    rows: Floats
    """The way to the wanted end."""


def _follow(looks: Looks) -> _Way:
    """The best way from the first point, and the best one to the second."""
    count, height, most = len(looks.columns) - 1, looks.columns.shape[1], looks.most
    steps = np.arange(-most, most + 1)
    weights = window(WINDOW)
    alike = step_costs(looks.columns, most, weights)
    known = MEMORY * _likeness(looks, weights)
    rows = np.arange(height)
    slack = max(1.0, START * ROWS)
    costs = np.where(np.abs(rows - looks.start) <= slack, 0.0, np.inf)
    came = np.zeros((count, height), np.intp)
    for number in range(count):
        options = np.full((len(steps), height), np.inf)
        for place, step in enumerate(steps):
            low, high = max(0, -step), min(height, height - step)
            moved = costs[low:high] + alike[number, place, low:high] + STILL * abs(step)
            options[place, low + step : high + step] = moved
        came[number] = options.argmin(axis=0)
        costs = options.min(axis=0) + known[number]
    wanted = np.where(np.abs(rows - looks.end) <= slack, costs, np.inf)
    row = int(wanted.argmin())
    way = [row]
    for choices in came[::-1]:
        row -= int(steps[choices[row]])
        way.append(row)
    return _Way(float(costs.argmin()) - looks.end, np.array(way[::-1], np.float64))


def _likeness(looks: Looks, weights: Floats) -> Floats:
    """How unlike every row of the later looks is to the start in the first, as in `step_costs`."""
    about = windows(looks.columns, weights)
    own = about[0, round(min(max(looks.start, 0), looks.columns.shape[1] - 1))]
    mean, spread = own @ weights, own**2 @ weights - (own @ weights) ** 2
    means = about @ weights
    spreads = windows(looks.columns**2, weights) @ weights - means**2
    common = about @ (weights * own) - means * mean
    left = spread + spreads - 2 * common + 0.3 * (means - mean) ** 2
    found: Floats = (left + 0.5 * GRAIN**2) / (spread + spreads + GRAIN**2)
    return found[1:]
