"""M-mode stills of the lateral tricuspid annulus, with a known excursion (TAPSE)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.imaging.cine import Frame
from EchoMeasureLib.phantoms.calibration import m_mode_region, two_d_region
from EchoMeasureLib.phantoms.doppler_paint import Brightness, grain, strip_zoom
from EchoMeasureLib.phantoms.ecg import Beat, Floats, Rhythm, draw_rhythm
from EchoMeasureLib.phantoms.layouts import Layout
from EchoMeasureLib.phantoms.random_streams import stream
from EchoMeasureLib.phantoms.strip_screen import Axis, StripScreen
from EchoMeasureLib.phantoms.study import PhantomStudy
from EchoMeasureLib.phantoms.truth import frame_truth, truth_document

if TYPE_CHECKING:
    from pydicom import Dataset

Point = tuple[float, float]

_TRIES = 40


@dataclass(frozen=True, slots=True)
class Line:
    """A bright echo that follows the annulus more or less."""

    offset: float
    """Depth from the annulus, cm, positive deeper."""
    share: float
    """Of the annulus' motion."""
    light: float
    thickness: float
    """Standard deviation, cm."""
    fading: float
    """0: even; 1: gone in parts of the beat."""


@dataclass(frozen=True, slots=True)
class Annulus:
    """How deep the annulus lies at each moment."""

    depth: float
    """At end-diastole, cm."""
    excursions: tuple[float, ...]
    """Of each beat of the rhythm, cm."""
    early_share: float
    """Of the way back that is done in early diastole."""
    breathing: tuple[float, float, float]
    """Amplitude (cm), period (s) and phase of the slow drift."""

    def at(self, times: Floats, rhythm: Rhythm) -> Floats:
        """Depth in cm at these times (s)."""
        rise: Floats = np.zeros(len(times))
        for beat, excursion in zip(rhythm.beats, self.excursions, strict=True):
            start, top = turning_points(beat)
            own = (times >= start) & (times < start + beat.rr)
            rise[own] = excursion * self._cycle(times[own], beat, start, top, rhythm.sinus)
        amplitude, period, phase = self.breathing
        drift: Floats = amplitude * np.sin(2 * np.pi * times / period + phase)
        return self.depth - rise + drift

    def _cycle(self, times: Floats, beat: Beat, start: float, top: float, sinus: bool) -> Floats:
        """0 at end-diastole, 1 at end-systole; back in two steps (AF: one and a creep)."""
        up = _smooth((times - start) / (top - start)) ** 0.9
        early = _smooth((times - top - 0.02) / min(0.2, 0.3 * beat.rr))
        end = start + beat.rr
        begin = beat.atrial_peak - 0.07 if sinus else top + 0.2
        late = np.clip((times - begin) / max(end - begin, 0.03), 0, 1)
        if sinus:
            late = _smooth(late)
        cycle: Floats = np.minimum(up, 1 - self.early_share * early - (1 - self.early_share) * late)
        return cycle


def _smooth(share: Floats) -> Floats:
    share = np.clip(share, 0, 1)
    return share * share * (3 - 2 * share)


def turning_points(beat: Beat) -> tuple[float, float]:
    """When the annulus is lowest (end-diastole) and highest (end-systole) in this beat, s."""
    return beat.r + 0.02, beat.ejection[1] + 0.02


@dataclass(frozen=True, slots=True)
class MModePlan:
    """One still, decided but not yet drawn."""

    name: str
    layout: Layout
    seed: int
    rhythm: Rhythm
    annulus: Annulus
    lines: tuple[Line, ...]
    """The first is the annulus."""
    cm_per_px: float
    seconds_per_px: float
    end: int
    sweep: int

    def point(self, time: float) -> Point:
        """The annulus on the image at this time, rounded as the truth is."""
        box = self.layout.strip.box
        depth = float(self.annulus.at(np.array([time]), self.rhythm)[0])
        return (
            round(box.x0 + time / self.seconds_per_px, 3),
            round(box.y0 + depth / self.cm_per_px, 3),
        )

    @property
    def beats(self) -> tuple[tuple[Point, ...], ...]:
        """End-diastolic and end-systolic point of every beat in which both are seen."""
        width = self.layout.strip.box.width
        first, last = 0.03 * width * self.seconds_per_px, (self.end - 8) * self.seconds_per_px
        turns = (turning_points(beat) for beat in self.rhythm.beats)
        return tuple(
            (self.point(start), self.point(top))
            for start, top in turns
            if first <= start and top <= last
        )

    def value(self, beat: tuple[Point, ...]) -> float:
        return abs(beat[1][1] - beat[0][1]) * self.cm_per_px


def m_mode_still(name: str, layout: Layout, seed: int) -> PhantomStudy:
    """A TAPSE still on a screen. Raises `InvalidArgument` for another name."""
    if name != "tapse":
        raise InvalidArgument(f"There is no M-mode phantom '{name}'.", "Known: tapse.")
    plan = plan_m_mode(name, layout, seed)
    return PhantomStudy(
        name=f"{name}_{layout.name}_{seed:04d}",
        view=name,
        layout=layout,
        seed=seed,
        measurements=(name,),
        frame_times_s=(0.0,),
        r_waves_s=plan.rhythm.within(layout.strip.box.width * plan.seconds_per_px),
        regions=_regions(plan),
        truth=_truth(plan),
        render=lambda _: draw_m_mode(plan),
        heart_rate=plan.rhythm.rate,
        transducer="PHANTOM S5",
    )


def plan_m_mode(name: str, layout: Layout, seed: int) -> MModePlan:
    """Draw rhythm, motion and lines; at least one beat is whole."""
    rng = stream(name, seed, "plan")
    for _ in range(_TRIES):
        plan = _draw_plan(name, layout, seed, rng)
        if plan.beats:
            return plan
    raise AssertionError(f"{name}: no whole beat in {_TRIES} tries")


def _draw_plan(name: str, layout: Layout, seed: int, rng: np.random.Generator) -> MModePlan:
    box = layout.strip.box
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
    cm = float(f"{total / box.height:.9g}")
    return MModePlan(name, layout, seed, rhythm, annulus, _lines(rng), cm, per_px, end, sweep)


def _lines(rng: np.random.Generator) -> tuple[Line, ...]:
    """The annulus, and weaker echoes that run beside it."""
    main = Line(0.0, 1.0, float(rng.uniform(0.75, 1.0)), float(rng.uniform(0.07, 0.15)), 0.35)
    others = []
    for _ in range(int(rng.integers(2, 7))):
        away = float(rng.uniform(0.45, 2.6) * rng.choice([-1, 1], p=[0.65, 0.35]))
        share = float(np.clip(1 - 0.22 * abs(away) + rng.normal(0, 0.1), 0.2, 1.05))
        light = float(rng.uniform(0.2, 0.62)) * main.light
        others.append(Line(away, share, light, float(rng.uniform(0.04, 0.12)), rng.uniform(0.3, 1)))
    return (main, *others)


def paint_m_mode(plan: MModePlan, *, noise: bool = True) -> Brightness:
    """Brightness of the strip (rows, columns), 0 to 1. The truth lies on the annulus' ridge."""
    rng = stream(plan.name, plan.seed, "paint")
    box = plan.layout.strip.box
    times = np.arange(box.width, dtype=np.float64) * plan.seconds_per_px
    depth = plan.annulus.at(times, plan.rhythm)
    strip = np.zeros((box.height, box.width), np.float32)
    if noise:
        strip += _tissue(plan, depth, rng)
    for line in plan.lines:
        rows = plan.annulus.depth + line.offset + line.share * (depth - plan.annulus.depth)
        light = line.light * _fade(line.fading, box.width, rng)
        _paint_line(strip, rows / plan.cm_per_px, light, line.thickness / plan.cm_per_px)
    if not noise:
        return strip
    zoom = strip_zoom(box.width)
    speckle = grain(rng, (box.height, box.width), max(1, round(2 * zoom)))
    level = np.float32(rng.uniform(0.01, 0.05))
    strip *= np.maximum(1 + np.float32(rng.uniform(0.25, 0.45)) * speckle, np.float32(0.1))
    strip += level * np.maximum(np.roll(speckle, 37, axis=1) + np.float32(0.4), 0)
    strip *= np.float32(rng.uniform(0.85, 1.2))
    return np.clip(strip, 0, 1, out=strip)


def _fade(fading: float, width: int, rng: np.random.Generator) -> Floats:
    """Brightness along a line: parts of it are lost."""
    knots = np.clip(rng.normal(0.75, 0.45, max(4, width // 45)), 0, 1)
    along = np.interp(np.linspace(0, len(knots) - 1, width), np.arange(len(knots)), knots)
    light: Floats = 1 - fading * (1 - along)
    return light


def _paint_line(strip: Brightness, rows: Floats, light: Floats, sigma: float) -> None:
    """Lay a bright ridge along these rows over what is there."""
    sigma = max(sigma, 1.0)
    top = max(0, int(rows.min() - 3 * sigma))
    bottom = min(len(strip), int(rows.max() + 3 * sigma) + 2)
    if top >= bottom:
        return
    away = np.arange(top, bottom, dtype=np.float32)[:, None] - rows.astype(np.float32)
    ridge = light.astype(np.float32) * np.exp(np.float32(-0.5 / sigma**2) * away * away)
    np.maximum(strip[top:bottom], ridge, out=strip[top:bottom])


def _tissue(plan: MModePlan, depth: Floats, rng: np.random.Generator) -> Brightness:
    """Near field, moving muscle above the annulus, dark cavity, far wall: layered echoes."""
    box = plan.layout.strip.box
    rows = np.arange(box.height) * plan.cm_per_px
    total = rows[-1]
    # How far each depth follows the annulus, and how bright it is.
    follow = np.interp(rows, [1.5, plan.annulus.depth, total], [0.0, 1.0, 0.65])
    wall = plan.annulus.depth - plan.annulus.excursions[0]
    knots = [0, 0.5, 1.9, 2.6, wall - 2.5, wall - 0.4, plan.annulus.depth + 0.4, total - 1.2, total]
    light = [0.6, 0.5, 0.34, *rng.uniform(0.05, 0.3, 2), rng.uniform(0.12, 0.34), 0.08, 0.05, 0.25]
    envelope = np.interp(rows, np.sort(knots), light).astype(np.float32)
    # Echoes from below the strip come into it as the annulus rises.
    margin = round(4 / plan.cm_per_px)
    layers = _layers(box.height + margin, rng)
    shift = (depth - plan.annulus.depth) / plan.cm_per_px
    source = np.arange(box.height)[:, None] - np.round(follow[:, None] * shift).astype(np.intp)
    np.clip(source, 0, len(layers) - 1, out=source)
    moment = np.arange(box.width) * layers.shape[1] // box.width
    lit = np.pad(envelope, (0, margin), mode="edge")
    picture: Brightness = lit[source] * layers[source, moment]
    return picture


def _layers(height: int, rng: np.random.Generator) -> Brightness:
    """Thin echoes by depth that change slowly with time, (rows, moments), mean about 0.8."""
    moments = 150
    steady = rng.standard_normal((height + 2, 1), dtype=np.float32)
    coarse = rng.standard_normal((height + 2, 12), dtype=np.float32)
    along = np.linspace(0, 10.999, moments)
    left, share = along.astype(int), (along % 1).astype(np.float32)
    drifting = coarse[:, left] * (1 - share) + coarse[:, left + 1] * share
    mixed = 0.8 * steady + drifting
    thick = (mixed[:-2] + mixed[1:-1] + mixed[2:]) / np.float32(2.2)
    layers: Brightness = np.clip(0.75 + 0.6 * thick, 0, 2)
    return layers


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
    )
    return screen.draw(paint_m_mode(plan), rng)


def _results(
    plan: MModePlan, rng: np.random.Generator
) -> tuple[tuple[str, ...], tuple[Point, ...]]:
    """A caliper that someone left, as often wrong as right."""
    chance, box = rng.random(), plan.layout.strip.box
    if chance < 0.05:
        marks = plan.beats[int(rng.integers(len(plan.beats)))]
    elif chance < 0.12:
        low = rng.uniform((box.x0 + 80, box.y0 + 90), (box.x1 - 140, box.y1 - 30))
        marks = (
            (float(low[0]), float(low[1])),
            (float(low[0] + rng.uniform(40, 120)), float(low[1] - rng.uniform(20, 80))),
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
    best = max(beats, key=plan.value)
    shown = plan.rhythm.within(layout.strip.box.width * plan.seconds_per_px)
    return truth_document(
        f"{plan.name}_{layout.name}_{plan.seed:04d}",
        plan.name,
        layout.name,
        plan.seed,
        {plan.name: {0: frame_truth(best, plan.value(best), "cm", beats)}},
        [{"ed": None, "es": None, "r_wave_s": r} for r in shown],
        {
            "excursion_cm": round(plan.value(best), 3),
            "annulus_depth_cm": round(plan.annulus.depth, 2),
            "rate_bpm": round(plan.rhythm.rate, 1),
            "sinus": plan.rhythm.sinus,
            "sweep_mm_s": plan.sweep,
        },
    )
