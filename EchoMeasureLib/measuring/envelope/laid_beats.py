"""Jets of a strip as arches: beats are laid upon each other, so that grain is outvoted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.measuring.envelope.arches import COUNT, HEIGHTS, Arch, Doubles
from EchoMeasureLib.measuring.envelope.clicks import NO_CLICKS, Clicks
from EchoMeasureLib.measuring.envelope.edges import Edges
from EchoMeasureLib.measuring.envelope.jet_light import LIGHT, OF_BAND, JetLight
from EchoMeasureLib.measuring.envelope.pixels import Flags, Floats
from EchoMeasureLib.measuring.envelope.sides import Side
from EchoMeasureLib.measuring.envelope.waves import Wave

STEP_MS, REACH_MS = 5.0, 420.0
"""Step of time in which jets are looked at, never finer than a column, and how far to each side of
their peaks."""

BETWEEN = 55
"""Percentile of a row's light along the strip that is clutter: flow fills less than half of it."""

AS_LIGHT = 0.7
"""Share of a jet's light from which clutter hides where it ends."""

BODY, BODY_MS = (0.45, 0.9), 40.0
"""Shares of the height, and time to either side of the peak, where a jet is as light as it is."""

LEAST_GREY = 4.0
"""Levels by which it is so at least."""

SOFT_SHARE = 0.005
"""Smoothing along velocity as a share of the strip's height."""

FARTHEST, ROUNDS = 10, 2
"""Steps by which a beat is moved against the others at most, and how often all are laid."""


LIKE, LIKENESS = 0.25, 0.65
"""Share by which the same wave may be higher or lower in another beat, and how alike its light is
there at least, or the others are laid without it."""


def alike(one: Wave, other: Wave) -> bool:
    """Whether two waves may be the same one in two beats, by their heights."""
    return one.up is other.up and abs(one.top.height / other.top.height - 1) <= LIKE


@dataclass(frozen=True, slots=True)
class LaidBeat:
    """The arch of one beat, in columns from its side's first, and what speaks against it."""

    arch: Arch
    columns_a_step: float
    middle: float
    """Column from which the arch's steps are counted."""
    contrast: float
    """How much lighter it is within it than beyond, 2 at most."""
    contrast_of_all: float
    """The same of all beats laid upon each other."""
    clutter: float
    """Share of its height up to which what lies between waves is as light as it."""
    shoulder_ms: float
    """How long it is light beyond it, next to it, of all beats laid upon each other."""
    alone: float
    """By which share the area would be another one if the beat were not held to the others."""
    stretched: float
    """How much longer it is than the beats together."""
    likeness: float
    """How alike it is to the others, 1 at most."""

    @property
    def onset(self) -> float:
        """Column at which it leaves the baseline."""
        return self.column(self.arch.peak - self.arch.rise)

    @property
    def end(self) -> float:
        """Column at which it is back."""
        return self.column(self.arch.peak + self.arch.fall)

    def column(self, step: float) -> float:
        """Column of a step."""
        return self.middle + step * self.columns_a_step

    def share_within(self, columns: Floats, heights: Floats) -> float:
        """Share of what an edge encloses, by its heights at columns, that lies between onset and
        end."""
        within = (columns >= self.onset) & (columns <= self.end)
        return float(heights[within].sum()) / max(float(heights.sum()), 1e-9)


def lay_beats(
    side: Side, edges: Edges, waves: Sequence[Wave], continuous: bool, clicks: Clicks = NO_CLICKS
) -> list[LaidBeat]:
    """The arch of each of these waves, which are the same one in several beats."""
    ends = LIGHT if continuous else OF_BAND
    step = max(1.0, side.columns(STEP_MS))
    reach = int(side.columns(REACH_MS) / step)
    seen = _Seen.of(side, edges, step, clicks)
    lights = [seen.light(wave, reach) for wave in waves]
    there = [seen.there(wave, reach) for wave in waves]
    moves, likeness = _laid([np.where(t, one, 0) for one, t in zip(lights, there, strict=True)])
    clutter = [seen.clutter(wave) for wave in waves]
    like = [n for n, share in enumerate(likeness) if share >= LIKENESS] or list(range(len(waves)))
    count = np.sum([np.roll(there[n], moves[n]) for n in like], axis=0)
    total = np.sum(
        [np.roll(np.where(there[n], lights[n], 0), moves[n], axis=1) for n in like], axis=0
    )
    known = count >= len(like) / 2
    between = np.mean(clutter, axis=0)
    together = JetLight(total / np.maximum(count, 1), known, between, ends)
    common = together.find()
    clear = together.contrast(common)
    hidden = float(HEIGHTS[between > AS_LIGHT].max(initial=0))
    shoulder = together.shoulder(common) * step / side.columns(1)
    found = []
    for n, wave in enumerate(waves):
        light = JetLight(lights[n], there[n], clutter[n], ends)
        arch = light.find_like(common, -moves[n])
        found.append(
            LaidBeat(
                arch,
                step,
                wave.peak - side.left,
                light.contrast(arch),
                clear,
                hidden,
                shoulder,
                abs(float(np.log(light.area_alone(arch) / arch.area))),
                abs(float(np.log((arch.rise + arch.fall) / (common.rise + common.fall)))),
                likeness[n],
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class _Seen:
    """A side as jets are looked for in it: smoothed along velocity, hardly along time."""

    side: Side
    grey: Floats
    noise: float
    rows: Floats
    """What lies between waves, row by row."""
    step: float
    clicks: Flags
    """Columns of clicks, which show no flow."""

    @classmethod
    def of(cls, side: Side, edges: Edges, step: float, clicks: Clicks) -> _Seen:
        from scipy import ndimage

        sigma = max(1.0, SOFT_SHARE * side.strip_height)
        grey = ndimage.gaussian_filter1d(side.grey, sigma, axis=0, truncate=3)
        if step > 1.2:
            grey = ndimage.uniform_filter1d(grey, round(step), axis=1)
        rows = np.percentile(edges.soft[:, side.written][:, ::3], BETWEEN, axis=1)
        rows = rows.astype(np.float32)
        return cls(side, grey, edges.noise, rows, step, clicks.columns(grey.shape[1]))

    def _columns(self, wave: Wave, reach: int) -> Doubles:
        steps = np.arange(-reach, reach + 1, dtype=np.float64)
        return steps * self.step + (wave.peak - self.side.left)

    def there(self, wave: Wave, reach: int) -> Flags:
        """Which steps about a wave the strip shows."""
        columns = self._columns(wave, reach)
        there = np.array([self.side.shows(column, column) for column in columns])
        places = np.clip(np.rint(columns), 0, len(self.clicks) - 1).astype(np.intp)
        return there & ~self.clicks[places]

    def light(self, wave: Wave, reach: int) -> Doubles:
        """Light about a wave, (rows, steps): 0 is noise, 1 the light of the wave itself."""
        from scipy import ndimage

        rows = HEIGHTS * wave.top.height - 1
        places = np.meshgrid(np.maximum(rows, 0), self._columns(wave, reach), indexing="ij")
        light = ndimage.map_coordinates(self.grey, places, order=1, mode="nearest")
        light = np.clip((light - self.noise) / self._band(wave), -0.3, 2.0)
        light[rows > len(self.grey) - 1] = 0
        return np.asarray(light, np.float64)

    def clutter(self, wave: Wave) -> Doubles:
        """Light of what lies between waves, of each row about a wave."""
        rows = np.interp(HEIGHTS * wave.top.height - 1, np.arange(len(self.rows)), self.rows)
        return np.asarray(np.clip((rows - self.noise) / self._band(wave), 0, 2))

    def _band(self, wave: Wave) -> float:
        height, middle = wave.top.height, round(wave.peak - self.side.left)
        near = max(2, round(self.side.columns(BODY_MS)))
        low, high = (max(1, int(share * height)) for share in BODY)
        body = self.grey[low : high + 1, max(0, middle - near) : middle + near + 1]
        return max(float(np.median(body)) - self.noise, LEAST_GREY) if body.size else LEAST_GREY


def _laid(lights: Sequence[Doubles]) -> tuple[list[int], list[float]]:
    """Steps by which each beat is moved to lie on the others, and how alike it then is."""
    moves, alike = np.zeros(len(lights), int), np.ones(len(lights))
    if len(lights) < 2:
        return moves.tolist(), alike.tolist()
    ways = np.arange(-FARTHEST, FARTHEST + 1)
    rows = slice(COUNT // 10, None, 2)
    seen = [np.clip(one[rows], 0, 1.2) for one in lights]
    shifted = [
        np.stack([np.roll(one, way, axis=1).ravel() for way in ways]) - one.mean() for one in seen
    ]
    norms = [float(np.sqrt((one[0] ** 2).sum())) for one in shifted]
    for _ in range(ROUNDS):
        places = np.clip(moves + FARTHEST, 0, len(ways) - 1)
        laid = [one[place] for one, place in zip(shifted, places, strict=True)]
        total = np.sum(laid, axis=0)
        for n, one in enumerate(shifted):
            others = total - laid[n]
            match = one @ others / max(norms[n] * float(np.sqrt((others**2).sum())), 1e-9)
            best = int((match - 0.002 * np.abs(ways)).argmax())
            moves[n], alike[n] = ways[best], match[best]
        moves -= int(np.median(moves))
    return moves.tolist(), alike.tolist()
