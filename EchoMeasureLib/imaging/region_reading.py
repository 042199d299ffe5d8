"""The calibrated regions of a DICOM file: PS3.3 C.8.5.5, (0018,6011)."""

from __future__ import annotations

import re
from dataclasses import replace

from pydicom.dataset import Dataset

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.header import items_of, number, text, texts
from EchoMeasureLib.imaging.pixel_shape import dicom_aspect, dicom_pixel_size
from EchoMeasureLib.imaging.region_problems import (
    angle_problems,
    find_problems,
    without_contradictions,
)
from EchoMeasureLib.imaging.regions import Region, RegionKind, RegionProblem

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

_EDGES = ("MinX0", "MinY0", "MaxX1", "MaxY1")

_FARTHEST = 2**31
"""Bounds are 32-bit numbers; an edge beyond these is written with another type."""


def read_regions(
    dataset: Dataset, columns: int, rows: int, pixel_aspect: float | None = None
) -> tuple[Region, ...]:
    """All regions of a DICOM dataset whose image is `columns` x `rows` pixels.

    `pixel_aspect` is the shape of a pixel where its stream says it; None for that of the header.
    """
    absolute = "medistim" in text(dataset, "Manufacturer").lower()
    doppler = _doppler_of(dataset)
    found = [
        _read_region(index, item, columns, rows, absolute, doppler)
        for index, item in enumerate(items_of(dataset, "SequenceOfUltrasoundRegions"))
    ]
    aspect = dicom_aspect(dataset)[0] if pixel_aspect is None else pixel_aspect
    return without_contradictions(found, aspect, dicom_pixel_size(dataset))


def _read_region(
    index: int, item: Dataset, columns: int, rows: int, absolute: bool, doppler: RegionKind
) -> Region:
    """`doppler`: what a spectral region shows that does not say so itself."""

    def unit(keyword: str) -> str:
        return UNIT_NAMES.get(int(number(item, keyword) or 0), "none")

    def value(keyword: str) -> float:
        return number(item, keyword) or 0.0

    edges = [number(item, f"RegionLocation{name}") for name in _EDGES]
    sound = [int(edge) for edge in edges if edge is not None and abs(edge) < _FARTHEST]
    region = Region(
        index=index,
        kind=_kind(number(item, "RegionSpatialFormat"), number(item, "RegionDataType"), doppler),
        bounds=Box(*sound) if len(sound) == len(_EDGES) else Box(0, 0, 0, 0),
        units=(unit("PhysicalUnitsXDirection"), unit("PhysicalUnitsYDirection")),
        delta=(value("PhysicalDeltaX"), value("PhysicalDeltaY")),
        reference=(number(item, "ReferencePixelX0"), number(item, "ReferencePixelY0")),
        reference_value=(
            value("ReferencePixelPhysicalValueX"),
            value("ReferencePixelPhysicalValueY"),
        ),
        low_priority=bool(int(value("RegionFlags")) & 1),
    )
    if None in edges:
        missing = RegionProblem("no_bounds", "The region's bounds are incomplete in the file.")
        return replace(region, problems=(missing,))
    if len(sound) < len(_EDGES):
        beyond = RegionProblem("no_bounds", "The region's bounds cannot be: they have no end.")
        return replace(region, problems=(beyond,))
    problems = find_problems(region, columns, rows, absolute)
    corrected = angle_problems(region, number(item, "DopplerCorrectionAngle"))
    return replace(region, problems=(*problems, *corrected))


def _doppler_of(dataset: Dataset) -> RegionKind:
    """What kind of Doppler value 4 of ImageType names (PS3.3 C.8.5.6.1.1): bits in hexadecimal."""
    modes = (*texts(dataset, "ImageType"), "", "", "", "")[3]
    bits = int(modes, 16) if re.fullmatch(r"[0-9A-Fa-f]{1,4}", modes) else 0
    named = {0x0004: RegionKind.CW, 0x0008: RegionKind.PW}
    return named.get(bits & 0x000C, RegionKind.SPECTRAL)


def _kind(spatial_format: float | None, data_type: float | None, doppler: RegionKind) -> RegionKind:
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
        case (3, 1 | 3):  # tissue Doppler is pulsed
            return RegionKind.PW
        case (3, _):
            return doppler
        case _:
            return RegionKind.OTHER
