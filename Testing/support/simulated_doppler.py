"""A Doppler strip as physics makes it: echoes of moving scatterers, Fourier transforms, decibels.

Nothing here is painted: what is bright, how grains look and how far a spectrum reaches beyond the
fastest scatterer follow from the echoes, the window in time and the range in decibels. So the
strip's spectrum ends beyond the true velocity by what the window resolves, as on a device.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region, RegionKind

Doubles = npt.NDArray[np.floating[Any]]

ROWS, COLUMNS = 320, 800
SECONDS = 3.2
SCATTERERS = 80
BINS = 1024
TRANSIT_S = 0.008
"""How long a scatterer is in the sample volume."""
NOISE_DB, CLUTTER_DB = -35.0, 10.0
"""Of the receiver and of the walls, against the flow."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One wave: a triangle with a round top."""

    at: float
    """Seconds from the left edge to its peak."""
    speed: float
    """Of its fastest scatterers at the peak, cm/s."""
    rise: float = 0.09
    """Seconds from the baseline to the peak; `fall` from there back."""
    fall: float = 0.16


@dataclass(frozen=True, slots=True)
class Simulated:
    """A strip and where it is measured."""

    frame: Frame
    region: Region
    zero: float
    """Row of the baseline."""
    cm_s: float
    """Of a row."""
    seconds: float
    """Of a column."""

    resolution: float
    """cm/s between the fastest scatterer and the first zero of its spectrum, which the window in
    time and the scatterer's time in the sample volume (both of Hann's form) have widened."""

    def column(self, at: float) -> float:
        """Of a time in seconds from the beginning."""
        return at / self.seconds


def simulate(
    flows: Sequence[Flow],
    seed: int,
    *,
    limit: float = 130,
    rate: float = 6000,
    window: float = 0.016,
    decibels: float = 40,
    continuous: bool = False,
) -> Simulated:
    """A strip of `SECONDS` with these waves amid the noise of a receiver.

    `limit`: cm/s at the upper and lower edge; `rate`: pulses a second; `window`: seconds of a
    Fourier transform; `decibels` from black to white; `continuous`: whether all slower velocities
    are met along the beam as well, as with continuous wave Doppler.
    """
    from scipy import signal

    rng = np.random.default_rng(seed)
    size = round(window * rate)
    times = (np.arange(round(SECONDS * rate) + size) - size / 2) / rate

    def blurred(seconds: float) -> npt.NDArray[np.complex128]:
        kernel = np.hanning(max(3, round(seconds * rate)))
        white = rng.normal(size=len(times)) + 1j * rng.normal(size=len(times))
        return np.asarray(signal.fftconvolve(white, kernel / np.linalg.norm(kernel), "same"))

    cycles = np.cumsum(_fastest(flows, times)) / (2 * limit)
    echo = np.zeros(len(times), complex)
    for _ in range(SCATTERERS):
        share = 1 - (rng.beta(0.9, 1.2) if continuous else 0.2 * rng.beta(1.2, 2.5))
        echo += blurred(TRANSIT_S) * np.exp(2j * np.pi * share * cycles)
    echo /= np.sqrt(SCATTERERS)
    echo += blurred(0.02) * 10 ** (CLUTTER_DB / 20)
    walls = signal.firwin(101, 0.02, pass_zero=False)
    echo = np.asarray(signal.fftconvolve(echo, walls, "same"))
    echo += blurred(1 / rate) * 10 ** (NOISE_DB / 20)
    return _shown(echo, size, rate, limit, decibels, continuous)


def _fastest(flows: Sequence[Flow], times: Doubles) -> Doubles:
    speed = np.zeros(len(times))
    for flow in flows:
        away = times - flow.at
        part = np.abs(np.where(away < 0, away / flow.rise, away / flow.fall))
        wave = flow.speed * np.clip(1 - part**1.3, 0, None)
        speed = np.where(np.abs(wave) > np.abs(speed), wave, speed)
    return speed


def _shown(
    echo: npt.NDArray[np.complex128],
    size: int,
    rate: float,
    limit: float,
    decibels: float,
    continuous: bool,
) -> Simulated:
    from scipy import ndimage

    first = np.linspace(0, len(echo) - size - 1, COLUMNS).astype(int)
    pieces = echo[first[:, None] + np.arange(size)] * np.hanning(size)
    power = np.abs(np.fft.fftshift(np.fft.fft(pieces, BINS, axis=1), axes=1)) ** 2
    level = 10 * np.log10(ndimage.uniform_filter1d(power, BINS // ROWS, axis=1) + 1e-12)
    light = np.clip((level - np.percentile(level, 99.7)) / decibels + 1, 0, 1)
    # Row 0 holds the fastest flow towards the probe: bin by bin from the last one.
    bins = BINS - 1 - (np.arange(ROWS) + 0.5) * BINS / ROWS
    strip = np.array([np.interp(bins, np.arange(BINS), column) for column in light]).T
    frame = np.repeat((255 * strip).astype(np.uint8)[..., None], 3, axis=2)
    zero = (ROWS - 1) / 2
    frame[int(zero) : int(zero) + 2] = (200, 120, 30)
    frame.flags.writeable = False
    seconds, cm_s = (first[-1] - first[0]) / rate / (COLUMNS - 1), 2 * limit / ROWS
    kind = RegionKind.CW if continuous else RegionKind.PW
    bounds = Box(0, 0, COLUMNS - 1, ROWS - 1)
    region = Region(0, kind, bounds, ("s", "cm/s"), (seconds, -cm_s), (0.0, zero))
    hertz = 2 / (size / rate) + 2 / TRANSIT_S
    return Simulated(frame, region, zero, cm_s, seconds, hertz * 2 * limit / rate)
