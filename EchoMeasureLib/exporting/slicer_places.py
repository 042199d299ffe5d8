"""Where 3D Slicer puts the pixels of an image, for files that it reads."""

from __future__ import annotations

from typing import TypeAlias

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.cine import Cine

IjkToRas: TypeAlias = tuple[tuple[float, ...], ...]
"""4 x 4, from columns, rows and slices to RAS in mm."""

Position: TypeAlias = tuple[float, float, float]
"""In mm."""


def loaded_by_slicer(cine: Cine) -> IjkToRas:
    """The matrix that Slicer's DICOM module gives an image (5.10 to 5.13).

    diag(-sx, -sy, 1). The spacing is that of the file where it has exactly one region, and that
    one is 2-D in cm; else it is 1 mm.
    """
    x, y = 1.0, 1.0
    if len(cine.regions) == 1:
        (region,) = cine.regions
        if region.kind.is_image and region.usable:
            x, y = (10 * abs(delta) for delta in region.delta)
    return (-x, 0.0, 0.0, 0.0), (0.0, -y, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0)


def lps_of(point: PixelPoint, matrix: IjkToRas) -> Position:
    """Left, posterior, superior in mm of a point in source pixels."""
    right, anterior, superior = (row[0] * point.x + row[1] * point.y + row[3] for row in matrix[:3])
    return -right, -anterior, superior
