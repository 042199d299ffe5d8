"""What lifelike strip screens add: grey baselines, dotted time lines, white ECG, left calipers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.phantoms.burned_calipers import CaliperStyle, displaced
from EchoMeasureLib.phantoms.ecg import GREEN
from EchoMeasureLib.phantoms.layout_parts import Colour, Layout
from EchoMeasureLib.phantoms.screen import WHITE, Pen
from EchoMeasureLib.phantoms.wear import Wear

Points = tuple[PixelPoint, ...]

_BASELINES: Sequence[Colour] = (
    (102, 102, 102), (102, 102, 102), (140, 140, 140), (180, 100, 40), (200, 200, 200),
    (90, 120, 160), (60, 60, 60),
)  # fmt: skip
_ECGS: Sequence[Colour] = (GREEN, GREEN, WHITE, (200, 200, 200), (230, 220, 60), (60, 200, 90))


@dataclass(frozen=True, slots=True)
class StripDress:
    """One screen's additions."""

    baseline: Colour
    baseline_half: int
    """Rows above and below the middle one."""
    ecg: Colour
    ecg_shift: float
    """Down, as a share of the strip's height."""
    dots_s: float | None
    """Seconds between dotted vertical lines; None for none."""
    dots: Colour
    calipers: tuple[tuple[CaliperStyle, Points], ...]
    words: tuple[str, ...]
    """Under the results: the value of what was measured, right or wrong."""
    wear: Wear

    @classmethod
    def sample(
        cls,
        rng: np.random.Generator,
        layout: Layout,
        calipers: tuple[tuple[CaliperStyle, Points], ...],
    ) -> StripDress:
        """A machine's habits, with the calipers that were left."""
        level = int(rng.integers(50, 130))
        words = (f"+ {rng.uniform(0.2, 5):.2f} m/s",) if calipers and rng.random() < 0.8 else ()
        return cls(
            _BASELINES[int(rng.integers(len(_BASELINES)))],
            int(rng.integers(0, 2 if layout.rows >= 600 else 1)),
            _ECGS[int(rng.integers(len(_ECGS)))],
            float(rng.choice([0.0, 0.0, rng.uniform(0, 0.85)])),
            float(rng.choice([0.2, 0.5, 1.0])) if rng.random() < 0.4 else None,
            (level, level, level),
            calipers,
            words,
            Wear.sample(rng, layout.scale),
        )

    def draw(self, pen: Pen, seconds_per_px: float, end: int) -> None:
        """Draw into the finished screen. `end`: column at which the trace stops."""
        box = pen.layout.strip.box
        if self.dots_s is not None:
            for number in range(1, int(end * seconds_per_px / self.dots_s) + 1):
                x = box.x0 + number * self.dots_s / seconds_per_px
                for y in range(box.y0, box.y1, 5):
                    pen.dot(x, y, 0.6, self.dots)
        for style, points in self.calipers:
            style.draw(pen, points)
        x, y = pen.layout.results
        pen.lines((x, y + round(5 * 1.25 * pen.layout.text_px)), self.words)


def left_calipers(
    rng: np.random.Generator,
    layout: Layout,
    beats: Sequence[Points],
    away: Sequence[Points],
    foot: float | None,
) -> tuple[tuple[CaliperStyle, Points], ...]:
    """Calipers on one strip: on or beside the true points in half of them, elsewhere in a fifth.

    `away`: per point of each beat the unit vector beyond the edge. `foot`: the row of zero, to
    which a dotted line may run; None for none.
    """
    style, box = CaliperStyle.sample(rng, layout.scale), layout.strip.box
    found: list[tuple[CaliperStyle, Points]] = []
    chance = rng.random()
    if beats and chance < 0.5:
        count = int(rng.choice([1, 1, 1, 2, 3]))
        for index in rng.permutation(len(beats))[:count]:
            points = displaced(rng, beats[index], layout.scale, away[index])
            if foot is None:
                found.append((style, points))
                continue
            for point in points:
                joined = style.dotted and rng.random() < 0.4
                found.append((style, (point, PixelPoint(point.x, foot)) if joined else (point,)))
    elif chance < 0.7:
        for _ in range(int(rng.integers(1, 3))):
            low, high = (box.x0 + 60, box.y0 + 25), (box.x1 - 60, box.y1 - 25)
            first = PixelPoint(*(float(v) for v in rng.uniform(low, high)))
            second = PixelPoint(
                float(np.clip(first.x + rng.uniform(-120, 120), low[0], high[0])),
                float(np.clip(first.y + rng.uniform(-90, 90), low[1], high[1])),
            )
            found.append((style, (first, second) if rng.random() < 0.5 else (first,)))
    return tuple(found)
