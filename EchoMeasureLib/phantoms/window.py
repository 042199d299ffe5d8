"""Scanner settings and acoustic windows, and the gain they give every place of the sector."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from EchoMeasureLib.phantoms.random_fields import Field, stretch
from EchoMeasureLib.phantoms.sector import BEAMS, SAMPLES, ScanPlane


@dataclass(frozen=True, slots=True)
class Window:
    """Scanner settings and the patient's acoustic window; everything that is not anatomy."""

    gain_db: float
    range_db: float
    """Decibels from black to white."""
    reject_db: float
    """Level below which the scanner shows black, above the bottom of the range."""
    axial_cm: float
    """Standard deviation of the pulse."""
    lateral_rad: float
    """Standard deviation of the beam."""
    noise_db: float
    """Electronic noise at the far end, against myocardium."""
    haze_db: float
    """Reverberation of the chest wall in the near field."""
    haze_cm: float
    slope_db: float
    """Tilt of the time-gain compensation over the whole depth."""
    enhancement_db_per_cm: float
    """Attenuation of tissue that the compensation did not expect of blood."""
    flanks_db: tuple[float, float]
    """How far the left and the right flank fade."""
    shadow: tuple[float, float, float, float]
    """A rib's or lung's shadow: beam angle as share of the half angle, width, start cm, dB."""
    smoothing: float
    """Compounding: fills the dark gaps of the speckle, 0 to 0.5."""
    clutter_db: float
    """Side lobes and multiple scattering around bright tissue."""
    unevenness_db: float
    """Standard deviation of the tissue's coarse texture."""
    surround: tuple[float, float, float, float]
    """What lies around the heart: mean and spread in dB, where it dies off (share of depth),
    and how much brighter the chest wall is, dB."""
    blood_db: float
    """How much brighter blood is than without any haze."""
    gamma: float
    seed: int
    bright_db: float = 0.0
    """How much brighter than usual fibrous tissue is: valves, vessel and atrial walls."""
    dropouts: tuple[tuple[float, float, float, float, float], ...] = ()
    """Where walls are missing: beam angle as share of the half angle, depth as share, both half
    widths in the same shares, and the loss in dB."""

    @classmethod
    def sample(cls, rng: np.random.Generator) -> Window:
        """Random settings; about one window in five is poor."""
        poor = rng.random() < 0.2
        shadowed = rng.random() < (0.6 if poor else 0.25)
        side = float(rng.choice([-1.0, 1.0]))
        return cls(
            gain_db=float(rng.uniform(-7, 1) if poor else rng.uniform(-3, 9)),
            range_db=float(rng.uniform(33, 56)),
            reject_db=float(rng.uniform(0, 4)),
            axial_cm=0.03 * float(2.6 ** rng.uniform(0, 1) ** 1.5),
            lateral_rad=0.008 * float(3.2 ** rng.uniform(0, 1) ** 1.3),
            noise_db=float(rng.uniform(-24, -15) if poor else rng.uniform(-38, -22)),
            haze_db=float(rng.uniform(-8, 2) if poor else rng.uniform(-18, -4)),
            haze_cm=float(rng.uniform(0.8, 2.2)),
            slope_db=float(rng.uniform(-8, 5)),
            enhancement_db_per_cm=float(rng.uniform(0.2, 0.9)),
            flanks_db=(float(rng.uniform(2, 22)), float(rng.uniform(2, 22))),
            shadow=(
                side * float(rng.uniform(0.45, 0.95)),
                float(rng.uniform(0.08, 0.25)),
                float(rng.uniform(0.5, 4)),
                float(rng.uniform(8, 25)) if shadowed else 0.0,
            ),
            smoothing=float(rng.uniform(0.0, 0.22)),
            clutter_db=float(rng.uniform(-24, -16) if poor else rng.uniform(-34, -22)),
            unevenness_db=float(rng.uniform(2.2, 5.0)),
            surround=(
                float(rng.uniform(-5, 2)),
                float(rng.uniform(3, 6)),
                float(rng.uniform(0.75, 1.2)),
                float(rng.uniform(-14, 6)),
            ),
            blood_db=float(rng.choice([0.0, rng.uniform(2, 10)])),
            gamma=float(rng.uniform(0.85, 1.25)),
            seed=int(rng.integers(2**31)),
        )


def lifelike_window(rng: np.random.Generator) -> Window:
    """Settings and windows as real frames show them: tissue everywhere, grey blood, coarse grain,
    heavier draws of every control; about one in five is dark and poor, with walls missing."""
    usual, poor = Window.sample(rng), bool(rng.random() < 0.2)
    holes = int(rng.integers(1, 5)) if poor else int(rng.integers(0, 2))
    return replace(
        usual,
        gain_db=float(rng.uniform(-8, 4) if poor else rng.uniform(0.5, 8.5)),
        range_db=float(rng.uniform(38, 76)),
        reject_db=float(rng.uniform(0, 5)),
        axial_cm=0.045 * float(2.2 ** rng.uniform(0, 1)),
        lateral_rad=0.0105 * float(2.8 ** rng.uniform(0, 1)),
        noise_db=float(rng.uniform(-22, -12) if poor else rng.uniform(-36, -18)),
        haze_db=float(rng.uniform(-8, 4) if poor else rng.uniform(-16, 0)),
        haze_cm=float(rng.uniform(0.8, 2.8)),
        slope_db=float(rng.uniform(-8, 7)),
        flanks_db=(float(rng.uniform(0, 9)), float(rng.uniform(0, 9))),
        smoothing=float(rng.uniform(0.0, 0.4)),
        clutter_db=float(rng.uniform(-22, -13) if poor else rng.uniform(-27, -16)),
        surround=(
            float(rng.uniform(-6, 1)),
            float(rng.uniform(3, 6)),
            float(rng.uniform(1.0, 1.5)),
            float(rng.uniform(-10, 8)),
        ),
        blood_db=float(rng.uniform(2, 17)),
        gamma=float(np.exp(rng.uniform(-0.4, 0.3))),
        bright_db=float(rng.uniform(0, 6)),
        dropouts=tuple(
            (
                float(rng.uniform(-0.9, 0.9)),
                float(rng.uniform(0.15, 0.85)),
                float(rng.uniform(0.06, 0.22)),
                float(rng.uniform(0.05, 0.22)),
                float(rng.uniform(8, 26)),
            )
            for _ in range(holes)
        ),
    )


def gain_profile(window: Window, plane: ScanPlane, rng: np.random.Generator) -> Field:
    """Static gain of every sample: compensation, flanks, shadow, uneven window, dB."""
    depth = (plane.ranges[:, None] - plane.face_cm) / (plane.depth_cm - plane.face_cm)
    share = plane.angles[None, :] / np.float32(plane.half_angle)
    profile = window.slope_db * (depth - 0.45)
    for flank, side in zip(window.flanks_db, (-1, 1), strict=True):
        profile = profile - flank * np.clip((side * share - 0.55) / 0.45, 0, 1) ** 1.6
    angle, width, start, loss = window.shadow
    dark = np.exp(-(((share - angle) / width) ** 4))
    profile = profile - loss * dark * np.clip((depth * plane.depth_cm - start) / 1.0, 0, 1)
    for aim, deep, wide, high, missing in window.dropouts:
        hole = np.exp(-(((share - aim) / wide) ** 2) - ((depth - deep) / high) ** 2)
        profile = profile - np.float32(missing) * hole
    uneven = rng.standard_normal((7, 9)).astype(np.float32) * 1.8
    beams = gaussian_filter1d(rng.standard_normal(BEAMS), 2.0) * 1.5
    profile = profile + stretch(uneven) + beams[None, :]
    return np.asarray(profile, np.float32)


def surroundings(window: Window, rng: np.random.Generator) -> Field:
    """Uneven layers around the heart, against their mean level; static, dB."""
    mean, spread, end, chest = window.surround
    blobs = stretch(rng.standard_normal((9, 7)).astype(np.float32))
    layers = stretch(rng.standard_normal((SAMPLES // 8, 8)).astype(np.float32))
    layers /= layers.std()
    depth = np.linspace(0, 1, SAMPLES, dtype=np.float32)[:, None]
    dies = -16 * np.clip((depth - end + 0.15) / 0.3, 0, 1)
    skin = np.exp(-((depth / 0.13) ** 4)) * (chest + 3 * layers)
    return np.asarray(mean + spread * (0.8 * blobs + 0.6 * layers) + dies + skin, np.float32)
