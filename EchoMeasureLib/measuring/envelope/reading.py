"""A spectral strip as it is read from the picture alone: its sides, edges and waves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.measuring.envelope.ecg_trace import find_r_waves
from EchoMeasureLib.measuring.envelope.edges import Edges, find_edges
from EchoMeasureLib.measuring.envelope.overlays import Floats
from EchoMeasureLib.measuring.envelope.sides import Side, find_sides
from EchoMeasureLib.measuring.envelope.waves import Wave, find_waves


@dataclass(frozen=True, slots=True)
class StripReading:
    """What is seen on a strip."""

    region: Region
    baseline: float
    """Row of zero velocity, source pixels."""
    sides: tuple[tuple[Side, Edges], ...]
    """Sides that show any signal, upper one first."""
    r_waves: tuple[float, ...] = ()
    """Columns of the R waves of an ECG that is drawn in a colour, source pixels; empty without."""

    @property
    def continuous(self) -> bool:
        """Whether it is of continuous wave Doppler, whose whole spectrum counts."""
        return self.region.kind is RegionKind.CW

    def side(self, up: bool) -> tuple[Side, Edges] | None:
        """The side above or below the baseline on the screen; None where nothing is seen."""
        return next((found for found in self.sides if found[0].up is up), None)

    def outline(self, wave: Wave) -> tuple[Floats, Floats]:
        """A wave's outer edge from onset to end: columns, and a row for each, source pixels.

        It is that of the dense band, in which a wave's peak and its integral are read. What lies
        beyond it, `Edges.whole`, is spray of 5 to 15 % more on phantoms.
        """
        found = self.side(wave.up)
        assert found is not None  # the wave was read there
        side, edges = found
        columns = np.arange(round(wave.onset), round(wave.end) + 1, dtype=np.float32)
        heights = edges.smooth[columns.astype(int) - side.left]
        return columns, side.zero + (-heights if wave.up else heights)

    def waves(self) -> tuple[Wave, ...]:
        """All waves of both sides, from left to right."""
        found = [w for side, edges in self.sides for w in find_waves(side, edges, self.continuous)]
        return tuple(sorted(found, key=lambda wave: wave.peak))


def read_strip(frame: Frame, region: Region, baseline: float) -> StripReading:
    """Read a spectral strip of a frame, (rows, columns, 3) uint8.

    `baseline` is the row of zero velocity in source pixels.
    """
    sides = []
    for side in find_sides(frame, region, baseline):
        edges = find_edges(side)
        if edges is not None:
            sides.append((side, edges))
    r_waves = find_r_waves(frame, region) if sides else ()
    return StripReading(region, baseline, tuple(sides), r_waves)
