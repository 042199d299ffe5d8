"""Calibrated regions of an ultrasound screen: DICOM PS3.3 C.8.5.5, (0018,6011).

A region turns source pixels into centimetres, seconds and cm/s. Whatever is
wrong with it is written into `problems`; a problem that touches an answer means
that there is no answer.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from EchoMeasureLib.geometry import Box, PixelPoint

if TYPE_CHECKING:
    from pydicom import Dataset

MIN_DEPTH_CM, MAX_DEPTH_CM = 1.0, 40.0
"""Outside this height a 2-D or M-mode region is not a transthoracic echocardiogram."""


class RegionKind(str, enum.Enum):
    """What a region shows."""

    TWO_D = "2d"
    COLOUR = "colour"
    PW = "pw"
    CW = "cw"
    M_MODE = "m-mode"
    ECG = "ecg"
    OTHER = "other"

    @property
    def is_image(self) -> bool:
        """A two-dimensional picture of anatomy, with or without colour flow."""
        return self in (RegionKind.TWO_D, RegionKind.COLOUR)

    @property
    def is_spectral(self) -> bool:
        return self in (RegionKind.PW, RegionKind.CW)

    @property
    def is_strip(self) -> bool:
        """A trace whose x axis is time."""
        return self.is_spectral or self is RegionKind.M_MODE


UNIT_NAMES = {
    0: "none",
    1: "percent",
    2: "dB",
    3: "cm",
    4: "s",
    5: "Hz",
    6: "dB/s",
    7: "cm/s",
    8: "cm2",
    9: "cm2/s",
    10: "degrees",
}
"""Physical units of (0018,6024) and (0018,6026)."""

REQUIRED_UNITS = {
    RegionKind.TWO_D: ("cm", "cm"),
    RegionKind.COLOUR: ("cm", "cm"),
    RegionKind.PW: ("s", "cm/s"),
    RegionKind.CW: ("s", "cm/s"),
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
        if self.reference[0] is not None:
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


def read_regions(dataset: Dataset, columns: int, rows: int) -> tuple[Region, ...]:
    """All regions of a DICOM dataset whose image is `columns` x `rows` pixels."""
    # Imported here: the catalog needs this module, and must not load pydicom.
    from EchoMeasureLib.imaging.header import items_of, text

    absolute = "medistim" in text(dataset, "Manufacturer").lower()
    return tuple(
        _read_region(index, item, columns, rows, absolute)
        for index, item in enumerate(items_of(dataset, "SequenceOfUltrasoundRegions"))
    )


def _read_region(index: int, item: Dataset, columns: int, rows: int, absolute: bool) -> Region:
    from EchoMeasureLib.imaging.header import number as number_of

    def number(keyword: str) -> float | None:
        return number_of(item, keyword)

    edges = [number(f"RegionLocation{name}") for name in ("MinX0", "MinY0", "MaxX1", "MaxY1")]
    codes = (number("PhysicalUnitsXDirection"), number("PhysicalUnitsYDirection"))
    region = Region(
        index=index,
        kind=_kind(number("RegionSpatialFormat"), number("RegionDataType")),
        bounds=Box(*(int(edge or 0) for edge in edges)),
        units=(
            UNIT_NAMES.get(int(codes[0] or 0), "none"),
            UNIT_NAMES.get(int(codes[1] or 0), "none"),
        ),
        delta=(number("PhysicalDeltaX") or 0.0, number("PhysicalDeltaY") or 0.0),
        reference=(number("ReferencePixelX0"), number("ReferencePixelY0")),
        reference_value=(
            number("ReferencePixelPhysicalValueX") or 0.0,
            number("ReferencePixelPhysicalValueY") or 0.0,
        ),
        low_priority=bool(int(number("RegionFlags") or 0) & 1),
    )
    if None in edges:
        missing = RegionProblem("no_bounds", "The region's bounds are incomplete in the file.")
        return replace(region, problems=(missing,))
    return replace(region, problems=find_problems(region, columns, rows, absolute))


def _kind(spatial_format: float | None, data_type: float | None) -> RegionKind:
    match (spatial_format, data_type):
        case (_, 10):
            return RegionKind.ECG
        case (1, 13 | 14):
            return RegionKind.OTHER  # a grey or colour bar, whatever its format says
        case (1, 2):
            return RegionKind.COLOUR
        case (1, _):
            return RegionKind.TWO_D
        case (2, _):
            return RegionKind.M_MODE
        case (3, 4):
            return RegionKind.CW
        case (3, _):
            return RegionKind.PW
        case _:
            return RegionKind.OTHER


def find_problems(
    region: Region, columns: int, rows: int, absolute_reference: bool = False
) -> tuple[RegionProblem, ...]:
    """Everything that is wrong with a region on an image of this size.

    `absolute_reference` says that this writer counts the reference pixel from the
    corner of the image (Medistim does), even where it could be an offset as well.
    """
    found = [*_bounds_problems(region.bounds, columns, rows)]
    if region.kind in REQUIRED_UNITS:
        found += _scale_problems(region)
    if region.kind.is_spectral and region.bounds.height > 1:
        found += _baseline_problems(region, absolute_reference)
    return tuple(found)


def _bounds_problems(box: Box, columns: int, rows: int) -> list[RegionProblem]:
    if box.x1 <= box.x0 or box.y1 <= box.y0:
        return [RegionProblem("zero_size", "The region has no area.")]
    # Some writers put the maximum one past the last pixel.
    if box.x0 < 0 or box.y0 < 0 or box.x1 > columns or box.y1 > rows:
        return [
            RegionProblem(
                "outside_image",
                f"The region ({box.x0}, {box.y0})-({box.x1}, {box.y1}) reaches outside the "
                f"{columns} x {rows} image: the picture was cropped or rescaled after it was "
                "calibrated, so its lengths cannot be trusted.",
            )
        ]
    return []


def _scale_problems(region: Region) -> list[RegionProblem]:
    found: list[RegionProblem] = []
    wanted = REQUIRED_UNITS[region.kind]
    if region.units != wanted:
        found.append(
            RegionProblem(
                "wrong_units",
                f"The region's units are {region.units[0]} x {region.units[1]}; "
                f"a {region.kind.value} region needs {wanted[0]} x {wanted[1]}.",
            )
        )
    if not (region.delta[0] and region.delta[1]):
        found.append(RegionProblem("zero_delta", "The size of a pixel is given as zero."))
    elif region.units == wanted and wanted[1] == "cm":
        depth = region.bounds.height * abs(region.delta[1])
        if not MIN_DEPTH_CM <= depth <= MAX_DEPTH_CM:
            found.append(
                RegionProblem(
                    "implausible_depth",
                    f"The region would be {depth:.3g} cm deep; "
                    f"{MIN_DEPTH_CM:g} to {MAX_DEPTH_CM:g} cm is plausible.",
                )
            )
    return found


def _baseline_problems(region: Region, absolute: bool) -> list[RegionProblem]:
    reference_y = region.reference[1]
    if reference_y is None:
        text = "The file does not say where the baseline is (no reference pixel)."
        return [RegionProblem("no_reference", text, Trouble.BASELINE)]
    if not region.delta[1]:
        return []
    zero_row = reference_y - region.reference_value[1] / region.delta[1]
    height, top = region.bounds.height, region.bounds.y0
    if not absolute and 0 <= reference_y < height and 0 <= zero_row < height:
        return []
    if 0 <= reference_y - top < height and 0 <= zero_row - top < height:
        text = (
            f"The reference pixel (row {reference_y:g}) is a position on the whole image, not in "
            "the strip, against the standard; the baseline is uncertain."
        )
        return [RegionProblem("absolute_reference", text, Trouble.BASELINE)]
    text = f"The reference pixel (row {reference_y:g}) lies outside the spectral strip."
    return [RegionProblem("reference_outside", text, Trouble.BASELINE)]
