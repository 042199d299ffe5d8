"""Spectral stills with known peaks: CW, PW and tissue Doppler on any screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from EchoMeasureLib.catalog import CATALOG, Side
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.phantoms.calibration import spectral_region, two_d_region
from EchoMeasureLib.phantoms.doppler_cases import CASES, mitral_inflow
from EchoMeasureLib.phantoms.doppler_negatives import NEGATIVES
from EchoMeasureLib.phantoms.doppler_paint import (
    Brightness,
    Scale,
    Texture,
    add_texture,
    paint_clicks,
    paint_clutter,
    paint_flow,
    strip_zoom,
    wall_filter,
)
from EchoMeasureLib.phantoms.doppler_parts import Case, WavePeak
from EchoMeasureLib.phantoms.ecg import Floats, Rhythm, draw_rhythm
from EchoMeasureLib.phantoms.layouts import Layout, Quirk
from EchoMeasureLib.phantoms.lifelike_cases import LIFELIKE
from EchoMeasureLib.phantoms.lifelike_paint import folded, lifelike_texture, paint_lifelike
from EchoMeasureLib.phantoms.random_streams import stream
from EchoMeasureLib.phantoms.strip_dress import StripDress, left_calipers
from EchoMeasureLib.phantoms.strip_screen import Axis, StripScreen
from EchoMeasureLib.phantoms.study import PhantomStudy
from EchoMeasureLib.phantoms.truth import frame_truth, inflow_truth, truth_document

if TYPE_CHECKING:
    from pydicom import Dataset


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


def spectral_still(name: str, layout: Layout, seed: int) -> PhantomStudy:
    """A still of one of `MAKERS` on a screen.

    Raises `InvalidArgument` when there is no kind of that name.
    """
    if name not in MAKERS:
        raise InvalidArgument(
            f"There is no spectral phantom '{name}'.", f"Known: {', '.join(MAKERS)}."
        )
    plan = plan_spectrum(name, layout, seed)
    return PhantomStudy(
        name=f"{name}_{layout.name}_{seed:04d}",
        view=name,
        layout=layout,
        seed=seed,
        measurements=(name,) if name in CASES else (),
        frame_times_s=(0.0,),
        r_waves_s=plan.rhythm.within(layout.strip.box.width * plan.scale.seconds_per_px),
        regions=_regions(plan),
        truth=_truth(plan),
        render=lambda _: draw_spectrum(plan),
        heart_rate=plan.rhythm.rate,
        transducer="PHANTOM S5",
    )


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


def paint_spectrum(plan: SpectralPlan, *, noise: bool = True) -> Brightness:
    """Brightness of the strip, standard orientation, (rows, columns) 0 to 1.

    Without noise it is what the truth is defined on.
    """
    rng = stream(plan.name, plan.seed, "paint")
    box = plan.layout.strip.box
    extra = box.height // 2 if plan.layout.has(Quirk.ALIASED) else 0
    scale = replace(plan.scale, baseline=plan.scale.baseline + extra)
    strip = np.zeros((box.height + 2 * extra, box.width), np.float32)
    if noise and plan.layout.has(Quirk.LIFELIKE):
        paint_lifelike(strip, plan.case, scale, rng)
        strip = folded(strip, box.height, extra) if extra else strip
        return lifelike_texture(strip, plan.case.cw, rng)
    for flow in plan.case.flows:
        paint_flow(strip, scale, flow)
    if extra:
        strip = folded(strip, box.height, extra)
    if not noise:
        return strip
    tissue = plan.name in ("latevel", "medevel")
    paint_clutter(strip, plan.scale, rng, *plan.case.clutter)
    paint_clicks(strip, plan.scale, plan.case.clicks)
    zoom = strip_zoom(box.width)
    if not tissue:
        wall_filter(strip, plan.scale.baseline, int(rng.integers(1, 5) * zoom))
    texture = Texture(
        streak=max(2, round(rng.uniform(3, 8) * zoom)),
        contrast=float(rng.uniform(0.25, 0.55)),
        noise=float(rng.uniform(0.01, 0.13) * (0.6 if tissue else 1)),
        columns=float(rng.uniform(0.05, 0.3)),
        gamma=float(rng.uniform(0.75, 1.2)),
    )
    strip *= np.float32(rng.uniform(0.75, 1.15))
    return add_texture(strip, rng, texture)


def draw_spectrum(plan: SpectralPlan) -> Frame:
    """The whole screen, uint8 (rows, columns, 3)."""
    strip = paint_spectrum(plan)
    if plan.inverted:
        strip = np.ascontiguousarray(strip[::-1])
    rng = stream(plan.name, plan.seed, "screen")
    delta = plan.delta[1]
    screen = StripScreen(
        plan.layout,
        Axis(plan.baseline_y, delta, "cm/s", True),
        plan.rhythm,
        plan.scale.seconds_per_px,
        plan.end,
        plan.sweep,
        _words(plan, rng),
        *_results(plan, rng),
        colour_flow=bool(plan.name not in ("latevel", "medevel") and rng.random() < 0.55),
        gate=not plan.case.cw,
        dress=_dress(plan),
    )
    return screen.draw(strip, rng)


def _dress(plan: SpectralPlan) -> StripDress | None:
    if not plan.layout.has(Quirk.LIFELIKE):
        return None
    rng = stream(plan.name, plan.seed, "dress")
    away = [
        tuple(PixelPoint(0.0, -1.0 if y < plan.baseline_y else 1.0) for _, y in beat)
        for beat in plan.beats
    ]
    calipers = left_calipers(rng, plan.layout, plan.beats, away, plan.baseline_y)
    return StripDress.sample(rng, plan.layout, calipers)


def _words(plan: SpectralPlan, rng: np.random.Generator) -> tuple[str, ...]:
    mode = "CW" if plan.case.cw else "PW"
    lines = [mode, f"{rng.integers(30, 70)}%", f"WF {rng.integers(3, 12) * 50}HZ"]
    if not plan.case.cw:
        lines += [f"SV{rng.uniform(1.5, 5):.1f}MM", f"{rng.uniform(5, 11):.1f}CM"]
    return (*lines, f"{rng.uniform(1.6, 2.5):.1f}MHZ")


def _results(
    plan: SpectralPlan, rng: np.random.Generator
) -> tuple[tuple[str, ...], tuple[PixelPoint, ...]]:
    """Burned-in results and marks: rare, and as often wrong as right, so that no network
    learns to look for the mark."""
    beats, box = plan.beats, plan.layout.strip.box
    lines: tuple[str, ...] = ()
    marks: tuple[PixelPoint, ...] = ()
    if plan.layout.has(Quirk.LIFELIKE):
        # Calipers are part of the `StripDress` there; only the text is drawn here.
        if not plan.case.label or rng.random() < 0.4:
            return (), ()
        velocity = rng.uniform(0.9, 1.1) * max(plan.case.extremes)
        return (plan.case.label, f"{velocity:.1f} CM/S"), ()
    chance = rng.random()
    if beats and chance < 0.05:
        marks = beats[int(rng.integers(len(beats)))]
    elif chance < 0.12:
        where = rng.uniform((box.x0 + 80, box.y0 + 30), (box.x1 - 40, box.y1 - 30))
        marks = (PixelPoint(float(where[0]), float(where[1])),)
    if plan.case.label and (marks or rng.random() < 0.1):
        velocity = rng.uniform(0.5, 1.5) * max(plan.case.extremes)
        lines = (plan.case.label, f"{velocity:.1f} CM/S", f"{4 * (velocity / 100) ** 2:.0f} MMHG")
    return lines, marks


def _regions(plan: SpectralPlan) -> tuple[Dataset, ...]:
    layout = plan.layout
    strip = spectral_region(layout, layout.strip.box, plan.delta, plan.baseline_y, cw=plan.case.cw)
    cm = stream(plan.name, plan.seed, "inset").uniform(12, 18) / layout.strip.inset.height
    inset = two_d_region(layout, layout.strip.inset, (cm, cm))
    return inset, strip


def _truth(plan: SpectralPlan) -> dict[str, Any]:
    layout, beats = plan.layout, plan.beats
    measurements: dict[str, Mapping[int, Any]] = {}
    if plan.name in CASES:
        best = max(beats, key=lambda beat: abs(plan.value(beat[0])))
        values = [plan.value(point) for point in best]
        if len(values) == 1:
            entry = frame_truth(best, values[0], "cm/s", beats)
        else:
            entry = inflow_truth(best, values[0], values[1], beats)
        measurements[plan.name] = {0: entry}
    shown = plan.rhythm.within(layout.strip.box.width * plan.scale.seconds_per_px)
    anatomy: dict[str, Any] = {
        **plan.case.anatomy,
        "rate_bpm": round(plan.rhythm.rate, 1),
        "sinus": plan.rhythm.sinus,
        "sweep_mm_s": plan.sweep,
    }
    for quirk in (Quirk.CLIPPED, Quirk.ALIASED):
        if layout.has(quirk) and plan.case.peaks:
            anatomy["past_the_edge"] = quirk.value
    return truth_document(
        f"{plan.name}_{layout.name}_{plan.seed:04d}",
        plan.name,
        layout.name,
        plan.seed,
        measurements,
        [{"ed": None, "es": None, "r_wave_s": r} for r in shown],
        anatomy,
    )
