"""Calibrated regions of an ultrasound screen: DICOM PS3.3 C.8.5.5, (0018,6011).

A region turns source pixels into centimetres, seconds and cm/s. Whatever is
wrong with it is written into `problems`; a problem that touches an answer means
that there is no answer.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from EchoMeasureLib.geometry import Box, PixelPoint


class RegionKind(str, enum.Enum):
    """What a region shows."""

    TWO_D = "2d"
    COLOUR = "colour"
    PW = "pw"
    CW = "cw"
    SPECTRAL = "spectral"
    """A Doppler strip of which nothing says whether the wave was pulsed or continuous."""
    M_MODE = "m-mode"
    ECG = "ecg"
    OTHER = "other"

    @property
    def is_image(self) -> bool:
        """A two-dimensional picture of anatomy, with or without colour flow."""
        return self in (RegionKind.TWO_D, RegionKind.COLOUR)

    @property
    def is_spectral(self) -> bool:
        return self in (RegionKind.PW, RegionKind.CW, RegionKind.SPECTRAL)

    @property
    def is_strip(self) -> bool:
        """A trace whose x axis is time."""
        return self.is_spectral or self is RegionKind.M_MODE


REQUIRED_UNITS = {
    RegionKind.TWO_D: ("cm", "cm"),
    RegionKind.COLOUR: ("cm", "cm"),
    RegionKind.PW: ("s", "cm/s"),
    RegionKind.CW: ("s", "cm/s"),
    RegionKind.SPECTRAL: ("s", "cm/s"),
    RegionKind.M_MODE: ("s", "cm"),
}


class Trouble(str, enum.Enum):
    """What a problem of a region makes impossible."""

    SCALE = "scale"
    """No length, time or velocity can be had from this region."""
    BASELINE = "baseline"
    """Differences hold, but the zero of the y axis is not known."""
    TIME = "time"
    """The other axis holds, but intervals along x are not known."""


@dataclass(frozen=True, slots=True)
class RegionProblem:
    """One thing that is wrong with a region."""

    code: str
    """Short and stable, such as `outside_image`."""
    text: str
    """One sentence for people."""
    touches: Trouble = Trouble.SCALE


@dataclass(frozen=True, slots=True)
class Region:
    """One calibrated area of the screen.

    `value_at` gives signed physical coordinates: for spectral strips y is the
    velocity in cm/s (towards the probe positive when DeltaY says so), x seconds
    from the reference pixel or the left edge.
    """

    index: int
    """Position in (0018,6011); -1 for a region calibrated by hand."""
    kind: RegionKind
    bounds: Box
    units: tuple[str, str]
    delta: tuple[float, float]
    """Signed physical size of a pixel in x and y, in `units`."""
    reference: tuple[float | None, float | None] = (None, None)
    """Reference pixel, relative to the top-left corner of `bounds`; None where absent."""
    reference_value: tuple[float, float] = (0.0, 0.0)
    """Physical value at the reference pixel."""
    problems: tuple[RegionProblem, ...] = ()
    low_priority: bool = False
    """RegionFlags bit 0: another region that overlaps this one owns the shared pixels."""

    @property
    def scale_problems(self) -> tuple[RegionProblem, ...]:
        return tuple(p for p in self.problems if p.touches is Trouble.SCALE)

    @property
    def usable(self) -> bool:
        """Whether distances can be measured here."""
        return self.kind in REQUIRED_UNITS and not self.scale_problems

    @property
    def times_known(self) -> bool:
        """Whether steps along x are seconds that can be trusted."""
        return not any(p.touches is Trouble.TIME for p in self.problems)

    @property
    def baseline_y(self) -> float | None:
        """Row of zero velocity in source pixels, or None when it is not known."""
        reference_y = self.reference[1]
        if (
            not self.kind.is_spectral
            or reference_y is None
            or not self.delta[1]
            or any(p.touches is Trouble.BASELINE for p in self.problems)
        ):
            return None
        return self.bounds.y0 + reference_y - self.reference_value[1] / self.delta[1]

    def contains(self, *points: PixelPoint) -> bool:
        return all(self.bounds.contains(p) for p in points)

    def difference(self, p: PixelPoint, q: PixelPoint) -> tuple[float, float]:
        """Signed physical step from p to q in x and y, in `units`."""
        return (q.x - p.x) * self.delta[0], (q.y - p.y) * self.delta[1]

    def interval(self, p: PixelPoint, q: PixelPoint) -> float | None:
        """Seconds from p to q along a strip; None where its columns are no times to be trusted."""
        timed = self.units[0] == "s" and self.times_known and bool(self.delta[0])
        return (q.x - p.x) * self.delta[0] if timed else None

    def distance(self, p: PixelPoint, q: PixelPoint) -> float:
        """Length of the line p-q in the unit of both axes.

        Raises ValueError where the axes differ in unit: a second is no centimetre.

        >>> box, scale = Box(100, 50, 699, 549), (0.02, 0.03)  # cm per pixel
        >>> region = Region(0, RegionKind.TWO_D, box, ("cm", "cm"), scale)
        >>> f"{region.distance(PixelPoint(200, 100), PixelPoint(400, 200)):.2f} cm"
        '5.00 cm'
        """
        if self.units[0] != self.units[1]:
            raise ValueError(f"a distance in {self.units[0]} x {self.units[1]} has no meaning")
        dx, dy = self.difference(p, q)
        return float((dx * dx + dy * dy) ** 0.5)

    def value_at(self, point: PixelPoint) -> tuple[float | None, float | None]:
        """Signed physical coordinates of a point; None for an axis without a reference.

        A strip of 5 ms and 0.5 cm/s per pixel whose baseline is row 100 of the strip, which
        begins at row 300; a point above the baseline flows towards the probe:

        >>> box, scale, zero = Box(0, 300, 999, 599), (0.005, -0.5), (0, 100)
        >>> strip = Region(0, RegionKind.PW, box, ("s", "cm/s"), scale, zero)
        >>> strip.value_at(PixelPoint(200, 240)), strip.value_at(PixelPoint(200, 520))
        ((1.0, 80.0), (1.0, -60.0))
        """
        x: float | None = None
        y: float | None = None
        if self.reference[0] is not None and self.times_known:
            offset = point.x - self.bounds.x0 - self.reference[0]
            x = self.reference_value[0] + offset * self.delta[0]
        if self.reference[1] is not None:
            offset = point.y - self.bounds.y0 - self.reference[1]
            y = self.reference_value[1] + offset * self.delta[1]
        return x, y

    def with_baseline(self, row: float) -> Region:
        """The same region with zero velocity at this row of the source image."""
        return replace(
            self,
            reference=(self.reference[0], row - self.bounds.y0),
            reference_value=(self.reference_value[0], 0.0),
            problems=tuple(p for p in self.problems if p.touches is not Trouble.BASELINE),
        )
