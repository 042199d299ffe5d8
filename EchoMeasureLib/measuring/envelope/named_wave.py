"""A wave of a spectral strip with its name, its beat and its times."""

from __future__ import annotations

from dataclasses import dataclass

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.measuring.envelope.timelines import WaveName
from EchoMeasureLib.measuring.envelope.waves import Wave


@dataclass(frozen=True, slots=True)
class NamedWave:
    """A wave with its name, its beat and its times. Places are source pixels."""

    name: WaveName
    beat: int
    """Which beat of the strip it is of, from R wave to R wave, 0 the first that shows anything;
    the waves of one beat share it, so E and A of one diastole do."""
    wave: Wave
    velocity: float
    """Of its peak, cm/s, towards the probe positive."""
    onset_s: float | None
    """When it begins, seconds from the strip's left edge; None where times are not calibrated."""
    peak_s: float | None
    end_s: float | None
    quality: float
    """0 to 1: how clear it stands out, how alike it is in other beats, how sure its name is."""
    unsure_name: str = ""
    """Why its name is not to be relied on, in a sentence; empty where it is."""
    unsure_peak: str = ""
    """Why its velocity is not to be relied on, whatever it is called; empty where it is."""

    @property
    def unsure(self) -> str:
        """Why it is no number of that name, in a sentence; empty where it is one."""
        return self.unsure_peak or self.unsure_name

    @property
    def peak(self) -> PixelPoint:
        """Its peak, source pixels: what a caliper is measured at."""
        return PixelPoint(self.wave.peak, self.wave.row)
