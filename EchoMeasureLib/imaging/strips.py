"""What can be seen in a spectral strip itself: the baseline, where the file does not give it."""

from __future__ import annotations

from EchoMeasureLib.imaging.cine import Frame
from EchoMeasureLib.imaging.regions import Region


def find_baseline(frame: Frame, region: Region) -> float | None:
    raise NotImplementedError
