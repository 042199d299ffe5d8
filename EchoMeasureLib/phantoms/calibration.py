"""Items of SequenceOfUltrasoundRegions (0018,6011) as phantoms write them: PS3.3 C.8.5.5."""

from __future__ import annotations

from typing import TYPE_CHECKING

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.phantoms.layout_parts import Layout, Quirk

if TYPE_CHECKING:
    from pydicom import Dataset

_CM, _SECONDS, _CM_PER_S = 3, 4, 7


def two_d_region(
    layout: Layout, box: Box, cm_per_px: tuple[float, float], *, colour: bool = False
) -> Dataset:
    """A 2-D region; `cm_per_px` for x and y. Quirks of the layout are applied."""
    sign = -1.0 if layout.has(Quirk.NEGATIVE_DELTA) else 1.0
    item = _item(layout, box, (1, 2 if colour else 1), (_CM, _CM), (sign * cm_per_px[0], 0.0))
    item.PhysicalDeltaY = cm_per_px[1]
    item.TransducerFrequency = 3000
    return item


def spectral_region(
    layout: Layout, box: Box, delta: tuple[float, float], baseline_y: float, *, cw: bool
) -> Dataset:
    """A spectral region; `delta` is s and cm/s per px as drawn (negative y: up is positive).

    `baseline_y` is the row of zero velocity on the whole image, a whole number.
    """
    item = _item(layout, box, (3, 4 if cw else 3), (_SECONDS, _CM_PER_S), delta)
    if not layout.has(Quirk.NO_REFERENCE):
        offset = 0 if layout.has(Quirk.ABSOLUTE_REFERENCE) else box.y0
        item.ReferencePixelX0 = 0
        item.ReferencePixelY0 = round(baseline_y) - offset
        item.ReferencePixelPhysicalValueX = 0.0
        item.ReferencePixelPhysicalValueY = 0.0
    item.TransducerFrequency = 1800
    return item


def m_mode_region(layout: Layout, box: Box, delta: tuple[float, float]) -> Dataset:
    """An M-mode region; `delta` is s and cm per px, depth zero at the top."""
    item = _item(layout, box, (2, 1), (_SECONDS, _CM), delta)
    if not layout.has(Quirk.NO_REFERENCE):
        item.ReferencePixelX0, item.ReferencePixelY0 = 0, 0
        item.ReferencePixelPhysicalValueX, item.ReferencePixelPhysicalValueY = 0.0, 0.0
    item.TransducerFrequency = 3000
    return item


def ecg_region(layout: Layout, box: Box, seconds_per_px: float) -> Dataset:
    """The ECG wave below a sector: seconds by no unit."""
    return _item(layout, box, (4, 10), (_SECONDS, 0), (seconds_per_px, 1.0))


def _item(
    layout: Layout,
    box: Box,
    kind: tuple[int, int],
    units: tuple[int, int],
    delta: tuple[float, float],
) -> Dataset:
    from pydicom import Dataset

    past = 1 if layout.has(Quirk.ONE_PAST) else 0
    item = Dataset()
    item.RegionSpatialFormat, item.RegionDataType = kind
    item.RegionFlags = 2
    item.RegionLocationMinX0, item.RegionLocationMinY0 = box.x0, box.y0
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = box.x1 + past, box.y1 + past
    item.PhysicalUnitsXDirection, item.PhysicalUnitsYDirection = units
    item.PhysicalDeltaX, item.PhysicalDeltaY = delta
    return item
