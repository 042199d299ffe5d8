"""A spectral strip as it is read from the picture alone: its sides, edges and waves."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.measuring.envelope.clicks import Clicks, find_clicks, without_clicks
from EchoMeasureLib.measuring.envelope.ecg_trace import DrawnEcg
from EchoMeasureLib.measuring.envelope.edges import Edges, find_edges
from EchoMeasureLib.measuring.envelope.labels import without_labels
from EchoMeasureLib.measuring.envelope.laid_beats import LIKE, LaidBeat, alike, lay_beats
from EchoMeasureLib.measuring.envelope.period import find_period
from EchoMeasureLib.measuring.envelope.pixels import Floats
from EchoMeasureLib.measuring.envelope.shoulders import find_shoulders
from EchoMeasureLib.measuring.envelope.sides import Side, find_sides
from EchoMeasureLib.measuring.envelope.tip_crosses import without_tip_crosses
from EchoMeasureLib.measuring.envelope.tip_marks import with_tip_marks
from EchoMeasureLib.measuring.envelope.tops import Top, find_top
from EchoMeasureLib.measuring.envelope.waves import Wave, find_waves, settled
from EchoMeasureLib.measuring.file_beat import FileBeat


@dataclass(frozen=True)
class StripReading:
    """What is seen on a strip."""

    region: Region
    baseline: float
    """Row of zero velocity, source pixels."""
    sides: tuple[tuple[Side, Edges], ...]
    """Sides that show any signal, upper one first."""
    ecg: DrawnEcg | None = field(default=None, compare=False)
    """None where nothing is seen that has beats."""
    file_beat: FileBeat | None = None
    """How long the file says that a beat lasts; None where it does not."""

    @property
    def r_waves(self) -> tuple[float, ...]:
        """Columns of the R waves of the ECG that is drawn, source pixels; empty without."""
        return self.ecg.r_waves if self.ecg is not None else ()

    @property
    def continuous(self) -> bool:
        """Whether it is of continuous wave Doppler, whose whole spectrum counts."""
        return self.region.kind is RegionKind.CW

    def side(self, up: bool) -> tuple[Side, Edges] | None:
        """The side above or below the baseline on the screen; None where nothing is seen."""
        return next((found for found in self.sides if found[0].up is up), None)

    @cached_property
    def clicks(self) -> Clicks:
        """Clicks of valves, where they are told from flow: by continuous wave."""
        return find_clicks(self.sides if self.continuous else (), self.waves())

    def clear_side(self, up: bool) -> tuple[Side, Edges] | None:
        """As `side`, without clicks."""
        if up not in self._clear:
            found = self.side(up)
            self._clear[up] = found and without_clicks(*found, self.clicks)
        return self._clear[up]

    @cached_property
    def _clear(self) -> dict[bool, tuple[Side, Edges] | None]:
        return {}

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

    def top(self, up: bool, summit: int, about: tuple[int, int]) -> Top | None:
        """As `find_top` on a side that shows signal; who drags a point asks for the same one at
        each step, and each is looked at once."""
        place = up, summit, about
        if place not in self._tops:
            found = self.side(up)
            assert found is not None  # who asks has seen it
            self._tops[place] = find_top(*found, summit, about)
        return self._tops[place]

    @cached_property
    def _tops(self) -> dict[tuple[bool, int, tuple[int, int]], Top | None]:
        return {}

    @cached_property
    def settled_tops(self) -> dict[tuple[bool, Top], Top]:
        """What votes have found that other beats say of a top, by its side and that top."""
        return {}

    def waves(self) -> tuple[Wave, ...]:
        """All waves of both sides, from left to right."""
        return self._waves

    def tops_like(self, up: bool, height: float, most_doubt: float) -> list[Top]:
        """Tops of a side's waves that may be the same one in other beats, by their heights."""
        return [
            wave.top
            for wave in self.waves()
            if wave.up is up and not wave.cut and wave.top.doubt <= most_doubt
            if abs(wave.top.height / height - 1) <= LIKE
        ]

    def laid_beat(self, wave: Wave) -> LaidBeat:
        """The arch of a jet, found with all waves of its side that are about as high."""
        if wave not in self._laid:
            found = self.clear_side(wave.up)
            assert found is not None  # the wave was read there
            # A click may be as high as a jet, and lies where it begins or ends.
            like = [
                one
                for one in self.waves()
                if alike(one, wave) and (one == wave or not one.incomplete)
            ]
            laid = dict(
                zip(like, lay_beats(*found, like, self.continuous, self.clicks), strict=True)
            )
            self._laid.update({one: beat for one, beat in laid.items() if one not in self._laid})
        return self._laid[wave]

    @cached_property
    def _laid(self) -> dict[Wave, LaidBeat]:
        return {}

    @cached_property
    def _waves(self) -> tuple[Wave, ...]:
        # Names, votes and tracings all ask for them, and each time it is half of a reading.
        period = self.period
        found: list[Wave] = []
        for side, edges in self.sides:
            waves = find_waves(side, edges, self.continuous)
            if not self.continuous:
                waves = (*waves, *find_shoulders(side, edges, waves, period))
            found += settled(side, edges, waves, period)
        return tuple(sorted(found, key=lambda wave: wave.peak))

    @cached_property
    def period(self) -> float | None:
        """Columns from one beat to the next; None where the strip does not repeat itself."""
        if not self.sides:
            return None
        per_px = self.sides[0][0].seconds_per_px
        return find_period([edges.smooth for _, edges in self.sides], per_px)


def read_strip(
    frame: Frame, region: Region, baseline: float, file_beat: FileBeat | None = None
) -> StripReading:
    """Read a spectral strip of a frame, (rows, columns, 3) uint8.

    `baseline` is the row of zero velocity in source pixels, `file_beat` what the file says of the
    length of a beat.
    """
    sides = []
    for side in find_sides(frame, region, baseline):
        edges = find_edges(side)
        if edges is None:
            continue
        seen = without_labels(without_tip_crosses(side, edges), edges)
        again = edges if seen is side else find_edges(seen)
        if again is not None:
            sides.append((with_tip_marks(seen, again), again))
    ecg = DrawnEcg(frame, region) if sides else None
    return StripReading(region, baseline, tuple(sides), ecg, file_beat)
