"""Where labels go on a picture: near their caliper, off the borders it measures, off each other.

Pure geometry in pixels, y downwards, for pictures that are written and for slice views.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from EchoMeasureLib.geometry import PixelPoint

Segment = tuple[PixelPoint, PixelPoint]


class Rect(NamedTuple):
    """From the top left corner to the bottom right one."""

    x0: float
    y0: float
    x1: float
    y1: float

    def overlaps(self, other: Rect) -> bool:
        """Whether the two have any area in common."""
        across = self.x0 < other.x1 and other.x0 < self.x1
        return across and self.y0 < other.y1 and other.y0 < self.y1

    def holds(self, point: PixelPoint) -> bool:
        """Whether the point lies inside or on the border."""
        return self.x0 <= point.x <= self.x1 and self.y0 <= point.y <= self.y1


@dataclass(frozen=True, slots=True)
class Label:
    """A text that wants a place."""

    text: str
    """One line or several."""
    about: tuple[PixelPoint, ...]
    """The ends of the caliper, or the peak."""
    flow: int = 0
    """Of a peak: on which side the flow lies that it tops, 1 below it, -1 above it."""


def place_labels(
    labels: Sequence[Label],
    sizes: Sequence[tuple[float, float]],
    area: Rect,
    gap: float,
    before: Sequence[PixelPoint | None] = (),
) -> list[Rect]:
    """A place for each label, in order; the first ones choose first.

    `sizes`: width and height of each. `area` is what the picture shows. `gap` is left between a
    label and its caliper, and is more than nothing. Where there is no good place the least bad
    one is taken. `before`: where each lay in the frame before (`from_caliper`); it stays there
    as long as it is in nothing's way, so that the labels of a moving picture do not jump.
    """
    taken: list[Rect] = []
    reach = max((width for width, _ in sizes), default=0.0)
    lines = [_ends(label.about) for label in labels if len(label.about) == 2]
    borders = [border for line in lines for border in _borders(line, reach)]
    flows = [flow for label in labels if label.flow for flow in _flows(label, gap)]
    ends = [point for label in labels for point in label.about]
    for number, (label, size) in enumerate(zip(labels, sizes, strict=True)):
        stays = _moved_along(label, size, before[number] if before else None)
        if stays is not None and not (
            _outside(stays, area)
            or any(stays.overlaps(other) for other in taken)
            or any(stays.holds(end) for end in ends)
            or any(_crosses(line, stays) for line in lines)
        ):
            taken.append(stays)
            continue
        # Nearest first: what is farther off than the best is bad can be no better.
        near = sorted(
            (math.hypot(*from_caliper(place, label)) / gap, place)
            for place in _candidates(label, size, gap)
        )
        best, least = near[0][1], math.inf
        for away, place in near:
            if away >= least:
                break
            bad = (
                away
                + 100 * _outside(place, area)
                + 400 * sum(place.overlaps(other) for other in taken)
                + 60 * sum(place.holds(end) for end in ends)
            )
            if bad < least:
                bad += 30 * sum(_crosses(border, place) for border in borders)
                bad += 20 * sum(_crosses(line, place) for line in (*lines, *flows))
            if bad < least:
                best, least = place, bad
        taken.append(best)
    return taken


def from_caliper(place: Rect, label: Label) -> PixelPoint:
    """Where the middle of a place lies, from the middle of what its label is about."""
    middle = _middle(label)
    return PixelPoint((place.x0 + place.x1) / 2 - middle.x, (place.y0 + place.y1) / 2 - middle.y)


def _moved_along(label: Label, size: tuple[float, float], before: PixelPoint | None) -> Rect | None:
    if before is None:
        return None
    middle = _middle(label)
    return _around(middle.x + before.x, middle.y + before.y, size)


def _middle(label: Label) -> PixelPoint:
    x = sum(point.x for point in label.about) / len(label.about)
    y = sum(point.y for point in label.about) / len(label.about)
    return PixelPoint(x, y)


def _candidates(label: Label, size: tuple[float, float], gap: float) -> Iterator[Rect]:
    """Beside the middle of a line that is long enough, beyond its ends, then ever further off."""
    width, height = size
    first, last = label.about[0], label.about[-1]
    long_enough = math.dist(first, last) > 3 * height
    for share in (0.5, 0.3, 0.7) if long_enough else ():
        x, y = (a + share * (b - a) for a, b in zip(first, last, strict=True))
        yield _around(x + gap + width / 2, y, size)
        yield _around(x - gap - width / 2, y, size)
    middle = PixelPoint((first.x + last.x) / 2, (first.y + last.y) / 2)
    for end in (first, last):
        x, y = end
        away = math.dist(end, middle)
        ux, uy = ((x - middle.x) / away, (y - middle.y) / away) if away else (0.0, 1.0)
        out = gap + abs(ux) * width / 2 + abs(uy) * height / 2
        yield _around(x + ux * out, y + uy * out, size)
        for steps in range(6):
            rise = gap + height / 2 + steps * (height + gap / 2)
            for aside in (0.0, width / 2, -width / 2):
                yield _around(x + aside, y - rise, size)
                yield _around(x + aside, y + rise, size)
            for turn in (-steps, steps):
                level = y + turn * (height + gap / 2)
                yield _around(x + gap + width / 2, level, size)
                yield _around(x - gap - width / 2, level, size)


def _around(x: float, y: float, size: tuple[float, float]) -> Rect:
    width, height = size
    return Rect(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def _ends(about: tuple[PixelPoint, ...]) -> Segment:
    return about[0], about[-1]


def _borders(line: Segment, reach: float) -> Iterator[Segment]:
    """What the ends of a line lie on runs across it: the borders of a wall, of a cavity."""
    (x0, y0), (x1, y1) = line
    length = math.dist(*line)
    if not length:
        return
    across = (y0 - y1) / length * reach, (x1 - x0) / length * reach
    for x, y in line:
        yield (
            PixelPoint(x - across[0], y - across[1]),
            PixelPoint(x + across[0], y + across[1]),
        )


def _flows(label: Label, gap: float) -> Iterator[Segment]:
    """The flow between a peak and the baseline, as wide as flows are drawn."""
    x, y = label.about[0]
    for aside in (-2 * gap, 0, 2 * gap):
        end = y + label.flow * (6 * gap)
        yield PixelPoint(x + aside, y + label.flow * abs(aside) / 2), PixelPoint(x + aside, end)


def _outside(place: Rect, area: Rect) -> float:
    """By how many pixels a place leaves the area."""
    over = (area.x0 - place.x0, area.y0 - place.y0, place.x1 - area.x1, place.y1 - area.y1)
    return sum(max(0.0, amount) for amount in over)


def _crosses(line: Segment, place: Rect) -> bool:
    """Whether a line runs through a place (Liang and Barsky 1984)."""
    (x0, y0), (x1, y1) = line
    enter, leave = 0.0, 1.0
    for start, move, low, high in (
        (x0, x1 - x0, place.x0, place.x1),
        (y0, y1 - y0, place.y0, place.y1),
    ):
        if move == 0:
            if not low < start < high:
                return False
            continue
        first, second = sorted(((low - start) / move, (high - start) / move))
        enter, leave = max(enter, first), min(leave, second)
    return enter < leave
