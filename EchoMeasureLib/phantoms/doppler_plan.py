"""What a spectral still shows, decided before it is drawn: rhythm, flows, scale, points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Side
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.phantoms.doppler_cases import CASES, mitral_inflow
from EchoMeasureLib.phantoms.doppler_negatives import NEGATIVES
from EchoMeasureLib.phantoms.doppler_paint import Scale
from EchoMeasureLib.phantoms.doppler_parts import Case, WavePeak
from EchoMeasureLib.phantoms.ecg import Floats, Rhythm, draw_rhythm
from EchoMeasureLib.phantoms.layout_parts import Layout, Quirk
from EchoMeasureLib.phantoms.lifelike_cases import LIFELIKE
from EchoMeasureLib.phantoms.random_streams import stream

_MIN_RANGE = {"cw": 240.0, "pw": 120.0, "tissue": 22.0}
"""cm/s from top to bottom of a strip: no scanner zooms further in."""
_TRIES = 40
LIFELIKE_SWEEPS, SWEEP_ODDS = (25, 50, 75, 100, 150), (0.1, 0.22, 0.28, 0.28, 0.12)
"""mm/s, and how often a lifelike strip runs so fast."""

MAKERS = {**CASES, **NEGATIVES, "inflow_without_a": mitral_inflow}
"""Every kind of spectral still by name: the seven measurements and the negatives."""


@dataclass(frozen=True, slots=True)
class SpectralPlan:
    """One still, decided but not yet drawn."""

    name: str
    layout: Layout
    seed: int
    case: Case
    rhythm: Rhythm
    scale: Scale
    end: int
    """Column at which the trace stops."""
    sweep: int

    @property
    def inverted(self) -> bool:
        """Whether flow towards the probe points down on the screen."""
        return self.layout.has(Quirk.INVERTED) or self.layout.has(Quirk.INVERTED_UNSIGNED)

    @property
    def delta(self) -> tuple[float, float]:
        """Seconds and cm/s per px, as the tags say."""
        sign = 1 if self.layout.has(Quirk.INVERTED) else -1
        return self.scale.seconds_per_px, sign * self.scale.cm_s_per_px

    @property
    def baseline_y(self) -> int:
        """Row of zero on the image."""
        box = self.layout.strip.box
        row = box.height - 1 - self.scale.baseline if self.inverted else self.scale.baseline
        return box.y0 + row

    def point(self, peak: WavePeak) -> PixelPoint:
        """The image point of a peak in source pixels, rounded as the truth is."""
        box = self.layout.strip.box
        rise = peak[1] / self.scale.cm_s_per_px
        y = self.baseline_y + (rise if self.inverted else -rise)
        return PixelPoint(round(box.x0 + self.scale.column(peak[0]), 3), round(y, 3))

    def value(self, point: PixelPoint) -> float:
        """Velocity at an image point by the region's own arithmetic, cm/s."""
        return (point.y - self.baseline_y) * self.delta[1]

    @property
    def beats(self) -> tuple[tuple[PixelPoint, ...], ...]:
        """The points of every beat whose peaks are seen, from left to right."""
        margin = 0.03 * self.layout.strip.box.width
        first, last = margin, self.end - 0.6 * margin
        return tuple(
            tuple(self.point(peak) for peak in beat)
            for beat in self.case.peaks
            if all(first <= self.scale.column(time) <= last for time, _ in beat)
        )

    @property
    def drawn_beats(self) -> tuple[tuple[PixelPoint, ...], ...]:
        """The points of all beats: of those too that the strip's ends cut, and whose E and A are
        one wave."""
        every = (*self.case.peaks, *self.case.merged)
        return tuple(tuple(self.point(peak) for peak in beat) for beat in every)


def plan_spectrum(name: str, layout: Layout, seed: int) -> SpectralPlan:
    """Draw rhythm, flows and scale; a measured still always shows at least one whole beat.

    Raises `KeyError` for a name that is none of `MAKERS`: `spectral_still` checks it.
    """
    rng = stream(name, seed, "plan")
    for _ in range(_TRIES):
        plan = _draw_plan(name, layout, seed, rng)
        if plan.beats or name not in CASES:
            return plan
    raise AssertionError(f"{name}: no whole beat in {_TRIES} tries")


def _draw_plan(name: str, layout: Layout, seed: int, rng: np.random.Generator) -> SpectralPlan:
    box, lifelike = layout.strip.box, layout.has(Quirk.LIFELIKE)
    if lifelike:
        sweep = int(rng.choice(LIFELIKE_SWEEPS, p=SWEEP_ODDS))
    else:
        sweep = int(rng.choice([75, 100]))
    per_px = 1 / (layout.strip.pixels_per_second * sweep / 75)
    times: Floats = np.arange(box.width, dtype=np.float64) * per_px
    sinus = name == "mvpeak" or (name != "inflow_without_a" and rng.random() > 0.12)
    rhythm = draw_rhythm(rng, float(times[-1]), float(rng.uniform(46, 118)), sinus=sinus)
    case = (LIFELIKE if lifelike else MAKERS)[name](rng, times, rhythm)
    end = box.width if rng.random() < 0.65 else int(box.width * rng.uniform(0.62, 0.98))
    scale = _scale(name, case, layout, per_px, rng)
    return SpectralPlan(name, layout, seed, case, rhythm, scale, end, sweep)


def _scale(name: str, case: Case, layout: Layout, per_px: float, rng: np.random.Generator) -> Scale:
    """Baseline and velocity range as a sonographer sets them: the flow fills most of its side.

    Where the layout wants strips that are cut or aliased, every beat's highest peak lies 8 to 35 %
    past the edge.
    """
    height = layout.strip.box.height
    up, down = case.extremes
    tissue = name in ("latevel", "medevel")
    side = CATALOG[name].side if name in CASES else None
    above = up > down if side is None else side is Side.ABOVE
    main, other = (up, down) if above else (down, up)
    share = rng.uniform(0.45, 0.68) if tissue else rng.uniform(0.52, 0.84)
    least = _MIN_RANGE["cw" if case.cw else "tissue" if tissue else "pw"] / height
    if layout.has(Quirk.LIFELIKE):
        # Below 0.42 the canvas would take the display for an inverted one.
        share = rng.uniform(0.42, 0.72) if tissue else rng.uniform(0.42, 0.86)
        filled, least = rng.uniform(0.35, 0.96), 0.7 * least
        main = _fastest(case, above) if case.peaks else main
    else:
        share = min(share, max(0.3, 1.04 * main / (main + other)))
        filled = rng.uniform(0.5, 0.92)
    cm_s_per_px = max(main / (filled * share * height), least)
    if case.peaks and (layout.has(Quirk.CLIPPED) or layout.has(Quirk.ALIASED)):
        slowest = min(max(abs(velocity) for _, velocity in beat) for beat in case.peaks)
        share = max(share, 0.5)
        cm_s_per_px = slowest / (rng.uniform(1.08, 1.35) * share * height)
    baseline = share * height if above else (1 - share) * height
    return Scale(round(baseline), float(f"{cm_s_per_px:.9g}"), per_px)


def _fastest(case: Case, above: bool) -> float:
    """The fastest peak that is measured, or a wave on its side that is faster, cm/s."""
    peaks = [abs(velocity) for beat in case.peaks for _, velocity in beat]
    main = case.flows[0].velocity
    return max(*peaks, float(main.max() if above else -main.min()))
