"""Spectral stills with known peaks: CW, PW and tissue Doppler on any screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.phantoms.calibration import spectral_region, two_d_region
from EchoMeasureLib.phantoms.doppler_cases import CASES
from EchoMeasureLib.phantoms.doppler_paint import (
    Brightness,
    Texture,
    add_texture,
    paint_clicks,
    paint_clutter,
    paint_flow,
    strip_zoom,
    wall_filter,
)
from EchoMeasureLib.phantoms.doppler_plan import MAKERS, SpectralPlan, plan_spectrum
from EchoMeasureLib.phantoms.layout_parts import Layout, Quirk
from EchoMeasureLib.phantoms.lifelike_paint import folded, lifelike_texture, paint_lifelike
from EchoMeasureLib.phantoms.random_streams import stream
from EchoMeasureLib.phantoms.strip_dress import StripDress, left_calipers
from EchoMeasureLib.phantoms.strip_screen import Axis, StripScreen
from EchoMeasureLib.phantoms.study import PhantomStudy
from EchoMeasureLib.phantoms.truth import frame_truth, inflow_truth, truth_document

if TYPE_CHECKING:
    from pydicom import Dataset


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
    beats = () if "past_the_edge" in _facts(plan) else plan.beats
    calipers = left_calipers(rng, plan.layout, beats, away, plan.baseline_y)
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
    return truth_document(
        f"{plan.name}_{layout.name}_{plan.seed:04d}",
        plan.name,
        layout.name,
        plan.seed,
        measurements,
        [{"ed": None, "es": None, "r_wave_s": r} for r in shown],
        _facts(plan),
    )


def _facts(plan: SpectralPlan) -> dict[str, Any]:
    """What was drawn, for the truth file."""
    facts: dict[str, Any] = {
        **plan.case.anatomy,
        "rate_bpm": round(plan.rhythm.rate, 1),
        "sinus": plan.rhythm.sinus,
        "sweep_mm_s": plan.sweep,
    }
    for quirk in (Quirk.CLIPPED, Quirk.ALIASED):
        if plan.layout.has(quirk) and plan.case.peaks:
            facts["past_the_edge"] = quirk.value
    return facts
