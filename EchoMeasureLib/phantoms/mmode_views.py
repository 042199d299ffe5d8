"""How other structures move on an M-mode: mitral valve, left ventricle, aortic root, caval vein.

Nothing of the catalog is measured on these. Each gives, for every column's time, the depth of
some lines against their resting depth, cm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from EchoMeasureLib.phantoms.doppler_envelopes import Hump, atrial_filling
from EchoMeasureLib.phantoms.ecg import Floats, Rhythm

Lines = list[tuple[Floats, float, float]]
"""Depth (cm) at every column's time, light (0 to 1) and thickness (cm) of each line."""

ViewMaker = Callable[[np.random.Generator, Floats, Rhythm, float], Lines]
"""Draws the lines for these times (s), rhythm and depth of the whole strip (cm)."""


def _systole(times: Floats, rhythm: Rhythm) -> Floats:
    """0 in diastole, 1 at end-systole."""
    wave: Floats = np.zeros(len(times))
    for beat in rhythm.beats:
        start, end = beat.ejection
        wave = np.maximum(wave, Hump(start - 0.04, end + 0.22, 0.62, 0.9).at(times))
    return wave


def _opening(times: Floats, rhythm: Rhythm) -> Floats:
    """The M of an atrioventricular valve: E, then A."""
    wave: Floats = np.zeros(len(times))
    for beat in rhythm.beats:
        early = Hump(beat.mitral_opening - 0.01, beat.mitral_opening + 0.26, 0.35, 0.8).at(times)
        wave = np.maximum(wave, early)
        if rhythm.sinus:
            wave = np.maximum(wave, 0.7 * atrial_filling(beat, 0.17).at(times))
    return wave


def mitral(rng: np.random.Generator, times: Floats, rhythm: Rhythm, total: float) -> Lines:
    """Septum, both mitral leaflets in their M, posterior wall."""
    beat, opening = _systole(times, rhythm), _opening(times, rhythm)
    middle = float(rng.uniform(0.42, 0.6)) * total
    front, back = float(rng.uniform(0.9, 2.0)), float(rng.uniform(0.3, 1.0))
    septum = middle - float(rng.uniform(1.8, 2.8))
    wall = middle + float(rng.uniform(1.4, 2.6))
    light = float(rng.uniform(0.5, 0.95))
    return [
        (septum + 0.3 * beat, 0.6 * light, 0.18),
        (middle - front * opening + 0.25 * beat, light, float(rng.uniform(0.08, 0.2))),
        (middle + back * opening - 0.35 * beat + 0.1, 0.8 * light, 0.12),
        (wall - float(rng.uniform(0.4, 1.1)) * beat, 0.8 * light, 0.15),
        (wall + 1.1 - 0.5 * beat, light, 0.22),
    ]


def ventricle(rng: np.random.Generator, times: Floats, rhythm: Rhythm, total: float) -> Lines:
    """Septum and posterior wall that come together, chordae between."""
    beat = _systole(times, rhythm)
    top = float(rng.uniform(0.25, 0.4)) * total
    width = float(rng.uniform(3.5, 6.5))
    septum, wall = float(rng.uniform(0.2, 0.7)), float(rng.uniform(0.6, 1.5))
    light = float(rng.uniform(0.5, 0.95))
    return [
        (top - 1.0 + 0.2 * beat, 0.8 * light, 0.12),
        (top + septum * beat, light, 0.12),
        (top + 0.7 * width - 0.6 * wall * beat, 0.4 * light, 0.07),
        (top + width - wall * beat, light, 0.12),
        (top + width + 1.0 - 0.55 * wall * beat, 0.95 * light, 0.22),
    ]


def root(rng: np.random.Generator, times: Floats, rhythm: Rhythm, total: float) -> Lines:
    """Two parallel walls of the aorta that rise in systole, the box of its valve, the atrium."""
    beat = _systole(times, rhythm)
    top = float(rng.uniform(0.28, 0.42)) * total
    width, rise = float(rng.uniform(2.4, 4.2)), float(rng.uniform(0.5, 1.3))
    opened: Floats = np.zeros(len(times))
    for one in rhythm.beats:
        start, end = one.ejection
        opened = np.maximum(opened, np.clip(np.minimum(times - start, end - times) / 0.02, 0, 1))
    light = float(rng.uniform(0.5, 0.95))
    middle = top + width / 2 - rise * beat
    gape = float(rng.uniform(0.6, 0.9)) * width / 2
    return [
        (top - rise * beat, light, 0.15),
        (top + width - rise * beat, light, 0.15),
        (middle - gape * opened, 0.7 * light, 0.07),
        (middle + gape * opened, 0.7 * light, 0.07),
        (top + width + float(rng.uniform(2.8, 4.5)) - 0.2 * beat, 0.9 * light, 0.2),
    ]


def vena_cava(rng: np.random.Generator, times: Floats, rhythm: Rhythm, total: float) -> Lines:
    """Two walls that come together with each breath, liver above."""
    period, phase = float(rng.uniform(2.0, 5.0)), float(rng.uniform(0, 6.28))
    breath = (0.5 - 0.5 * np.cos(2 * np.pi * times / period + phase)) ** 2
    beat = 0.06 * _systole(times, rhythm)
    top = float(rng.uniform(0.3, 0.6)) * total
    width, collapse = float(rng.uniform(0.8, 2.6)), float(rng.uniform(0.1, 0.9))
    light = float(rng.uniform(0.5, 0.95))
    near = top + 0.5 * breath * collapse * width + beat
    return [
        (near, light, 0.12),
        (near + width * (1 - collapse * breath) - 2 * beat, light, 0.14),
        (top - 1.6 + 0.3 * breath, 0.4 * light, 0.1),
    ]


MMODE_VIEWS: Mapping[str, ViewMaker] = MappingProxyType(
    {
        "mmode_mitral": mitral,
        "mmode_ventricle": ventricle,
        "mmode_aorta": root,
        "mmode_vena_cava": vena_cava,
    }
)
"""M-mode stills on which nothing of the catalog is to be measured, by name."""

BLOOD: Mapping[str, tuple[int, int]] = MappingProxyType({"mmode_vena_cava": (0, 1)})
"""Between which of its lines, upper one first, such a still shows nothing but blood."""
