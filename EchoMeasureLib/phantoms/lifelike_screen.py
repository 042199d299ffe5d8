"""What lifelike B-mode screens change: the sector's place and size, its dots, calipers, wear."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from EchoMeasureLib.geometry import Box, PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.phantoms.anatomy import Anatomy, Mirrored
from EchoMeasureLib.phantoms.burned_calipers import CaliperStyle, displaced
from EchoMeasureLib.phantoms.layout_parts import Colour, Layout, Quirk, Sector
from EchoMeasureLib.phantoms.screen import Pen
from EchoMeasureLib.phantoms.wear import Wear

_MIRRORED, _SMALL, _CUT = 0.06, 0.11, 0.15
"""Shares of screens that are mirrored, zoomed out, and cut at their top."""


def maybe_mirrored(anatomy: Anatomy, rng: np.random.Generator) -> Anatomy:
    """The anatomy, mirrored in a few screens."""
    return Mirrored(anatomy) if rng.random() < _MIRRORED else anatomy


def moved_sector(layout: Layout, rng: np.random.Generator) -> Layout:
    """The layout with a sector of another size, opening and place; large ones are the rule."""
    if layout.has(Quirk.TWO_PANES):
        return layout
    sector, floor = layout.sector, layout.rows - (layout.button_bar.height if layout.button_bar
                                                  else 0)  # fmt: skip
    opening = float(rng.uniform(72, 94))
    size = float(rng.uniform(0.4, 0.9) if rng.random() < _SMALL else rng.uniform(0.95, 1.04))
    x = sector.apex[0] + float(rng.normal(0, 0.02)) * layout.columns
    y = sector.apex[1] + float(rng.uniform(-0.06, 0.03)) * layout.rows
    if size < 0.9:
        y += float(rng.uniform(0, 0.6)) * (sector.radius - size * sector.radius)
    elif rng.random() < _CUT:
        # Magnified: the probe's face lies above the picture.
        y -= float(rng.uniform(0.03, 0.15)) * sector.radius
        size *= 1.12
    radius = min(size * sector.radius, floor - 3 - y)
    half = radius * math.sin(math.radians(opening) / 2)
    box = Box(round(x - half) - 3, round(y) - 2, round(x + half) + 3, round(y + radius) + 2)
    moved = Sector((x, y), radius, opening, box.clipped(layout.columns, layout.rows))
    return replace(layout, sector=moved)


def picture_top(layout: Layout) -> int:
    """First row of the picture where a blanked header cuts it."""
    return layout.header.y1 + 1 if layout.header else 0


@dataclass(frozen=True, slots=True)
class ScreenDress:
    """One study's additions to its screen."""

    dots: tuple[int, ...]
    """Flanks with a dot every centimetre: -1 left, 1 right."""
    dot: Colour
    calipers: CaliperStyle | None
    places: tuple[tuple[PixelPoint, PixelPoint], ...]
    words: tuple[str, ...]
    wear: Wear

    @classmethod
    def sample(
        cls,
        rng: np.random.Generator,
        layout: Layout,
        landmarks: Mapping[str, tuple[PixelPoint, PixelPoint]],
    ) -> ScreenDress:
        """A machine's habits, and calipers on the first frame's landmarks or beside them."""
        chance, ids, places = rng.random(), list(landmarks), []
        style = CaliperStyle.sample(rng, layout.scale)
        if ids and chance < 0.22:
            for index in rng.permutation(len(ids))[: int(rng.choice([1, 1, 2, 3]))]:
                p, q = landmarks[ids[index]]
                length = max(math.hypot(q.x - p.x, q.y - p.y), 1.0)
                along = PixelPoint((q.x - p.x) / length, (q.y - p.y) / length)
                back = PixelPoint(-along.x, -along.y)
                first, second = displaced(rng, (p, q), layout.scale, (back, along))
                places.append((first, second))
        elif chance < 0.32:
            box = layout.sector.box
            for _ in range(int(rng.integers(1, 3))):
                a, b = rng.uniform((box.x0 + 40, box.y0 + 60), (box.x1 - 40, box.y1 - 30), (2, 2))
                places.append((PixelPoint(*map(float, a)), PixelPoint(*map(float, b))))
        names = ("LVIDd", "IVSd", "LA Diam", "Ao Diam", "RVD1", "IVC", "Dist")
        words = [f"{names[int(rng.integers(7))]} {rng.uniform(0.6, 6.5):.2f} cm" for _ in places]
        level = int(rng.integers(120, 255))
        flanks = ((), (1,), (1,), (-1, 1), (-1,))[int(rng.integers(5))]
        return cls(
            flanks,
            (level, level, level),
            style if places else None,
            tuple(places),
            tuple(words),
            Wear.sample(rng, layout.scale),
        )

    def finish(self, frame: Frame, layout: Layout, cm_per_px: float) -> Frame:
        """The finished frame: header cut, dots, calipers, wear."""
        if layout.header:
            frame[: picture_top(layout)] = 0
        pen, sector = Pen(layout, frame), layout.sector
        for flank in self.dots:
            angle = flank * sector.half_angle
            for cm in range(1, int(sector.radius * cm_per_px) + 1):
                r = cm / cm_per_px
                size = 1.3 * layout.scale * (1.6 if cm % 5 == 0 else 1.0)
                x, y = sector.apex[0] + r * math.sin(angle), sector.apex[1] + r * math.cos(angle)
                pen.dot(x, y, max(size, 0.7), self.dot)
        if self.calipers is not None:
            for place in self.places:
                self.calipers.draw(pen, place)
        pen.lines((layout.results[0], layout.results[1] + 2 * layout.text_px), self.words)
        return self.wear.apply(pen.result())
