"""Where 3D Slicer puts the pixels of an image, for files that it reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.review.image_files import FindImages

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


def places_in_slicer(keys: Iterable[str], find: FindImages) -> dict[str, IjkToRas]:
    """That matrix for each of these images, calibrated by their files alone.

    Raises `InvalidArgument` for one that is not found, and as `find` does.
    """
    wanted = list(keys)
    places = {key: loaded_by_slicer(cine) for key, cine in find(wanted)}
    missing = [key for key in wanted if key not in places]
    if missing:
        raise InvalidArgument(
            f"The file of image {missing[0]} is not at hand, and nothing else says how large its "
            "pixels are in Slicer.",
            "Put it beside the review, or name it with --file on the command line.",
        )
    return places


def lps_of(point: PixelPoint, matrix: IjkToRas) -> Position:
    """Left, posterior, superior in mm of a point in source pixels."""
    right, anterior, superior = (row[0] * point.x + row[1] * point.y + row[3] for row in matrix[:3])
    return -right, -anterior, superior
