"""Where labels go on a picture: near their caliper, off what it measures, off each other.

Pure geometry in pixels, y downwards, for pictures that are written and for slice views.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from EchoMeasureLib.exporting.rects import Rect, Segment, meet
from EchoMeasureLib.geometry import PixelPoint

BESIDE = 1.6
"""Gaps from the summit of a tracing within which a label is seen to be its own."""


@dataclass(frozen=True, slots=True)
class Label:
    """A text that wants a place."""

    text: str
    """One line or several."""
    about: tuple[PixelPoint, ...]
    """The ends of the caliper, or the peak."""
    flow: int = 0
    """Of a peak: on which side the flow lies that it tops, 1 below it, -1 above it."""
    edge: tuple[PixelPoint, ...] = ()
    """Of a tracing: the outline of its wave, which no label is to hide."""

    def seen_by(self, place_of: Callable[[PixelPoint], PixelPoint]) -> Label:
        """The same label about points that are seen elsewhere, as on a screen."""
        about, edge = (tuple(map(place_of, points)) for points in (self.about, self.edge))
        return replace(self, about=about, edge=edge)


def place_labels(
    labels: Sequence[Label],
    sizes: Sequence[tuple[float, float]],
    area: Rect,
    gap: float,
    before: Sequence[PixelPoint | None] = (),
    hidden: Iterable[Rect] = (),
) -> list[Rect]:
    """A place for each label, in order; the first ones choose first.

    `sizes`: width and height of each. `area` is what the picture shows. `gap` is left between a
    label and its caliper, and is more than nothing. Where there is no good place the least bad
    one is taken. `before`: where each lay in the frame before (`from_caliper`); it stays there
    as long as it is in nothing's way, so that the labels of a moving picture do not jump.
    `hidden`: parts of the area that something else covers.
    """
    around = _Around(labels, sizes, area, gap, hidden)
    moving = []
    for number, (label, size) in enumerate(zip(labels, sizes, strict=True)):
        stays = _moved_along(label, size, before[number] if before else None)
        if stays is None or not around.is_free(stays, label):
            stays = around.best(label, size)
            moving.append(number)
        around.take(number, stays, label)
    # The first ones could not know that others would have to pass.
    for number in moving if around.edges else ():
        around.leave(number)
        around.take(number, around.best(labels[number], sizes[number]), labels[number])
    return [around.places[number] for number in range(len(labels))]


def leader_to(place: Rect, label: Label, gap: float) -> Segment | None:
    """The line that joins a label to its tracing; None where it lies beside the summit of it."""
    if not label.edge:
        return None
    summit, margin = label.about[0], (place.x1 - place.x0) / 8
    below = place.x0 + margin <= summit.x <= place.x1 - margin
    if below and place.distance_to(summit) <= BESIDE * gap:
        return None
    start = min(label.edge, key=place.distance_to)
    return start, place.nearest_to(start)


class _Around:
    """What a label must not hide, and the labels that have their places."""

    def __init__(
        self,
        labels: Sequence[Label],
        sizes: Sequence[tuple[float, float]],
        area: Rect,
        gap: float,
        hidden: Iterable[Rect],
    ) -> None:
        self.places: dict[int, Rect] = {}
        self.edges = [label.edge for label in labels if label.edge]
        self._area, self._gap = area, gap
        self._hidden = tuple(hidden)
        self._boxes = [Rect.around(edge) for edge in self.edges]
        self._leaders: dict[int, Segment] = {}
        self._summits = [label.about[0] for label in labels if label.edge]
        reach = max((width for width, _ in sizes), default=0.0)
        self._lines = [_ends(label.about) for label in labels if len(label.about) == 2]
        self._borders = [border for line in self._lines for border in _borders(line, reach)]
        self._flows = [flow for label in labels if label.flow for flow in _flows(label, gap)]
        self._ends = [point for label in labels for point in label.about]
        self._ends += [edge[n] for edge in self.edges for n in (0, -1)]

    def is_free(self, place: Rect, label: Label) -> bool:
        """Whether it is in nothing's way there."""
        return not (
            place.outside(self._area)
            or self._covered(place)
            or any(place.holds(end) for end in self._ends)
            or any(place.is_crossed_by(line) for line in self._lines)
            or self._traced(place)
            or self._tangled(place, label)
        )

    def best(self, label: Label, size: tuple[float, float]) -> Rect:
        """The least bad place."""
        near = self._best_of(label, _candidates(label, size, self._gap))
        # A view that is zoomed in has no room to give to what it does not show.
        shown = self._area.holds(label.about[0])
        if not self.edges or not shown or self.is_free(near, label):
            return near
        return self._best_of(label, (near, *_everywhere(self._area, size, self._gap)))

    def take(self, number: int, place: Rect, label: Label) -> None:
        """The label of this number lies there."""
        self.places[number] = place
        if leader := leader_to(place, label, self._gap):
            self._leaders[number] = leader

    def leave(self, number: int) -> None:
        """The label of this number looks for another place."""
        del self.places[number]
        self._leaders.pop(number, None)

    def _best_of(self, label: Label, candidates: Iterable[Rect]) -> Rect:
        # Nearest first: what is farther off than the best is bad can be no better.
        near = sorted(
            (math.hypot(*from_caliper(place, label)) / self._gap, place) for place in candidates
        )
        best, least = near[0][1], math.inf
        for away, place in near:
            if away >= least:
                break
            bad = (
                away
                + 100 * place.outside(self._area)
                + 400 * self._covered(place)
                + 60 * sum(place.holds(end) for end in self._ends)
            )
            if bad < least:
                bad += 30 * sum(place.is_crossed_by(border) for border in self._borders)
                bad += 20 * sum(place.is_crossed_by(line) for line in (*self._lines, *self._flows))
            if bad < least and self.edges:
                bad += 200 * self._traced(place) + 40 * self._tangled(place, label)
                bad += 60 * self._nearer_to_others(place, label)
            if bad < least:
                best, least = place, bad
        return best

    def _covered(self, place: Rect) -> int:
        return sum(place.overlaps(other) for other in (*self._hidden, *self.places.values()))

    def _traced(self, place: Rect) -> int:
        """Over how many tracings it lies."""
        return sum(
            place.overlaps(box) and any(place.is_crossed_by(piece) for piece in pairwise(edge))
            for edge, box in zip(self.edges, self._boxes, strict=True)
        )

    def _nearer_to_others(self, place: Rect, label: Label) -> bool:
        """Whether it lies rather below the summit of another tracing."""
        if not label.edge:
            return False
        middle = (place.x0 + place.x1) / 2
        own = abs(middle - label.about[0].x)
        return any(abs(middle - summit.x) < own for summit in self._summits)

    def _tangled(self, place: Rect, label: Label) -> int:
        """How often its leader, or that of another label, runs into something."""
        count = sum(place.is_crossed_by(other) for other in self._leaders.values())
        if leader := leader_to(place, label, self._gap):
            count += sum(other.is_crossed_by(leader) for other in self.places.values())
            count += sum(meet(leader, other) for other in self._leaders.values())
            count += sum(
                meet(leader, piece)
                for edge in self.edges
                for piece in (pairwise(edge) if edge != label.edge else ())
            )
        return count


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
            for aside in (0.0, width / 4, -width / 4, width / 2, -width / 2):
                yield _around(x + aside, y - rise, size)
                yield _around(x + aside, y + rise, size)
            for turn in (-steps, steps):
                level = y + turn * (height + gap / 2)
                yield _around(x + gap + width / 2, level, size)
                yield _around(x - gap - width / 2, level, size)


def _everywhere(area: Rect, size: tuple[float, float], gap: float) -> Iterator[Rect]:
    """Places all over the area, each half a label from the next."""
    width, height = size
    across, down = width / 2, height / 2 + gap / 2
    for row in range(int(max(0.0, area.y1 - area.y0 - height) / down) + 1):
        for column in range(int(max(0.0, area.x1 - area.x0 - width) / across) + 1):
            x, y = area.x0 + column * across, area.y0 + row * down
            yield Rect(x, y, x + width, y + height)


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
