"""M-mode stills of the lateral tricuspid annulus, with a known excursion (TAPSE), and of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.phantoms.calibration import m_mode_region, two_d_region
from EchoMeasureLib.phantoms.doppler_plan import LIFELIKE_SWEEPS, SWEEP_ODDS
from EchoMeasureLib.phantoms.ecg import draw_rhythm
from EchoMeasureLib.phantoms.layout_parts import Layout, Quirk
from EchoMeasureLib.phantoms.mmode_motion import Annulus, EchoLine, MModePlan
from EchoMeasureLib.phantoms.mmode_paint import paint_m_mode
from EchoMeasureLib.phantoms.mmode_views import MMODE_VIEWS
from EchoMeasureLib.phantoms.random_streams import stream
from EchoMeasureLib.phantoms.strip_dress import StripDress, left_calipers
from EchoMeasureLib.phantoms.strip_screen import Axis, StripScreen
from EchoMeasureLib.phantoms.study import PhantomStudy
from EchoMeasureLib.phantoms.truth import frame_truth, truth_document

if TYPE_CHECKING:
    from pydicom import Dataset

_TRIES = 40


def m_mode_still(name: str, layout: Layout, seed: int) -> PhantomStudy:
    """A still of TAPSE or one of `MMODE_VIEWS` on a screen.

    Raises `InvalidArgument` for another name, and for an aliased layout.
    """
    if name != "tapse" and name not in MMODE_VIEWS:
        raise InvalidArgument(
            f"There is no M-mode phantom '{name}'.", f"Known: tapse, {', '.join(MMODE_VIEWS)}."
        )
    if layout.has(Quirk.ALIASED):
        raise InvalidArgument("An M-mode does not alias.", "Choose a layout without 'aliased'.")
    plan = plan_m_mode(name, layout, seed)
    return PhantomStudy(
        name=f"{name}_{layout.name}_{seed:04d}",
        view=name,
        layout=layout,
        seed=seed,
        measurements=(name,) if plan.annulus else (),
        frame_times_s=(0.0,),
        r_waves_s=plan.rhythm.within(layout.strip.box.width * plan.seconds_per_px),
        regions=_regions(plan),
        truth=_truth(plan),
        render=lambda _: draw_m_mode(plan),
        heart_rate=plan.rhythm.rate,
        transducer="PHANTOM S5",
    )


def plan_m_mode(name: str, layout: Layout, seed: int) -> MModePlan:
    """Draw rhythm, motion and lines; of TAPSE at least one beat is whole."""
    rng = stream(name, seed, "plan")
    for _ in range(_TRIES):
        plan = _draw_plan(name, layout, seed, rng)
        if plan.beats or plan.annulus is None:
            return plan
    raise AssertionError(f"{name}: no whole beat in {_TRIES} tries")


def _draw_plan(name: str, layout: Layout, seed: int, rng: np.random.Generator) -> MModePlan:
    box, lifelike = layout.strip.box, layout.has(Quirk.LIFELIKE)
    if lifelike:
        sweep = int(rng.choice(LIFELIKE_SWEEPS, p=SWEEP_ODDS))
    else:
        sweep = int(rng.choice([50, 75, 100], p=[0.1, 0.5, 0.4]))
    per_px = 1 / (layout.strip.pixels_per_second * sweep / 75)
    duration = box.width * per_px
    sinus = bool(rng.random() > 0.12)
    rhythm = draw_rhythm(rng, duration, float(rng.uniform(46, 118)), sinus=sinus)
    # 22 to 36 px per cm on a 391-row strip.
    total = float(rng.uniform(10.9, 17.5))
    usual = float(rng.uniform(0.7, 3.0) if rng.random() < 0.9 else rng.uniform(2.4, 3.4))
    spread = 0.025 if sinus else 0.09
    excursions = usual * np.clip(rng.normal(1, spread, len(rhythm.beats)), 0.7, 1.3)
    annulus = Annulus(
        depth=float(rng.uniform(max(6.0, 0.5 * total), 0.84 * total)),
        excursions=tuple(float(value) for value in excursions),
        early_share=float(rng.uniform(0.5, 0.8)),
        breathing=(
            float(rng.uniform(0, 0.12)),
            float(rng.uniform(2.5, 5)),
            float(rng.uniform(0, 6.28)),
        ),
    )
    end = box.width if rng.random() < 0.7 else int(box.width * rng.uniform(0.65, 0.98))
    lines = _lines(rng, lifelike)
    if layout.has(Quirk.CLIPPED):
        # The strip ends above the annulus' lowest points.
        total = annulus.depth - min(annulus.excursions) * float(rng.uniform(0.2, 0.6))
    cm = float(f"{total / box.height:.9g}")
    moving = annulus if name == "tapse" else None
    return MModePlan(name, layout, seed, rhythm, moving, lines, cm, per_px, end, sweep)


def _lines(rng: np.random.Generator, lifelike: bool) -> tuple[EchoLine, ...]:
    """The annulus, and weaker echoes that run beside it."""
    main = EchoLine(0.0, 1.0, float(rng.uniform(0.75, 1.0)), float(rng.uniform(0.07, 0.15)), 0.35)
    if lifelike:
        light, thick = float(rng.uniform(0.3, 0.85)), float(rng.uniform(0.13, 0.32))
        main = EchoLine(0.0, 1.0, light, thick, float(rng.uniform(0.1, 0.5)))
    others = []
    for _ in range(int(rng.integers(2, 7))):
        away = float(rng.uniform(0.45, 2.6) * rng.choice([-1, 1], p=[0.65, 0.35]))
        share = float(np.clip(1 - 0.22 * abs(away) + rng.normal(0, 0.1), 0.2, 1.05))
        light = float(rng.uniform(0.2, 0.62)) * main.light
        others.append(
            EchoLine(away, share, light, float(rng.uniform(0.04, 0.12)), rng.uniform(0.3, 1))
        )
    return (main, *others)


def draw_m_mode(plan: MModePlan) -> Frame:
    """The whole screen, uint8 (rows, columns, 3)."""
    rng = stream(plan.name, plan.seed, "screen")
    results, marks = _results(plan, rng)
    screen = StripScreen(
        plan.layout,
        Axis(plan.layout.strip.box.y0, plan.cm_per_px, "cm", False, 1.0),
        plan.rhythm,
        plan.seconds_per_px,
        plan.end,
        plan.sweep,
        ("M-MODE", f"{rng.integers(40, 70)}%", f"{rng.uniform(1.8, 3.5):.1f}MHZ"),
        results,
        marks,
        baseline=False,
        gate=False,
        dress=_dress(plan),
    )
    return screen.draw(paint_m_mode(plan), rng)


def _dress(plan: MModePlan) -> StripDress | None:
    if not plan.layout.has(Quirk.LIFELIKE):
        return None
    rng = stream(plan.name, plan.seed, "dress")
    away = [(PixelPoint(0.0, 1.0), PixelPoint(0.0, -1.0)) for _ in plan.beats]
    beats = () if plan.layout.has(Quirk.CLIPPED) else plan.beats
    calipers = left_calipers(rng, plan.layout, beats, away, None)
    return StripDress.sample(rng, plan.layout, calipers)


def _results(
    plan: MModePlan, rng: np.random.Generator
) -> tuple[tuple[str, ...], tuple[PixelPoint, ...]]:
    """A caliper that someone left, as often wrong as right."""
    chance, box = rng.random(), plan.layout.strip.box
    if plan.annulus is None or plan.layout.has(Quirk.LIFELIKE):
        return ("TAPSE",) if plan.annulus and chance < 0.5 else (), ()
    if chance < 0.05:
        marks = plan.beats[int(rng.integers(len(plan.beats)))]
    elif chance < 0.12:
        low = rng.uniform((box.x0 + 80, box.y0 + 90), (box.x1 - 140, box.y1 - 30))
        marks = (
            PixelPoint(float(low[0]), float(low[1])),
            PixelPoint(float(low[0] + rng.uniform(40, 120)), float(low[1] - rng.uniform(20, 80))),
        )
    else:
        return (), ()
    return ("TAPSE", f"{rng.uniform(0.8, 2.8):.2f} CM"), marks


def _regions(plan: MModePlan) -> tuple[Dataset, ...]:
    layout = plan.layout
    strip = m_mode_region(layout, layout.strip.box, (plan.seconds_per_px, plan.cm_per_px))
    cm = plan.cm_per_px * layout.strip.box.height / layout.strip.inset.height
    return two_d_region(layout, layout.strip.inset, (cm, cm)), strip


def _truth(plan: MModePlan) -> dict[str, Any]:
    layout, beats = plan.layout, plan.beats
    measurements: dict[str, Mapping[int, Any]] = {}
    facts: dict[str, Any] = {}
    if plan.annulus is not None:
        best = max(beats, key=plan.value)
        measurements[plan.name] = {0: frame_truth(best, plan.value(best), "cm", beats)}
        facts["excursion_cm"] = round(plan.value(best), 3)
        facts["annulus_depth_cm"] = round(plan.annulus.depth, 2)
        if layout.has(Quirk.CLIPPED):
            facts["past_the_edge"] = Quirk.CLIPPED.value
    shown = plan.rhythm.within(layout.strip.box.width * plan.seconds_per_px)
    return truth_document(
        f"{plan.name}_{layout.name}_{plan.seed:04d}",
        plan.name,
        layout.name,
        plan.seed,
        measurements,
        [{"ed": None, "es": None, "r_wave_s": r} for r in shown],
        {
            **facts,
            "rate_bpm": round(plan.rhythm.rate, 1),
            "sinus": plan.rhythm.sinus,
            "sweep_mm_s": plan.sweep,
        },
    )
