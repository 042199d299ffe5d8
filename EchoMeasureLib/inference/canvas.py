"""What the networks see: the screen on a canvas of fixed size, with the exact way back.

Contract of the published networks: 2-D measurements see the whole screen at 640 x 480;
Doppler and M-mode see rows 342 to 767 of a 768 x 1024 screen. Pixels are RGB divided by
255. Screens of other shapes are scaled alike in x and y, shifted and, where a spectral
display is inverted, flipped; one `Affine2D` per canvas says how.

Resampling is bilinear with half-pixel centres and without antialiasing (as `cv2.resize`
by default), on floats: the published scripts round to whole grey levels in between.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.catalog import Definition, Side
from EchoMeasureLib.geometry import Affine2D, Box
from EchoMeasureLib.imaging.cine import Frame
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.imaging.strips import find_baseline

IMAGE_SIZE = (640, 480)
"""Columns and rows of the canvas of a 2-D measurement."""

STRIP_SIZE = (1024, 426)
"""Columns and rows of the canvas of a Doppler or M-mode measurement."""

STRIP_TOP = 342
"""Row of the published screen at which the strip's canvas begins."""

PUBLISHED_TOPS = range(340, 351)
"""Strip tops, on a screen 1024 wide, that the published scripts feed unshifted."""

PUBLISHED_STRIP = (902, 392)
"""Usual width and height of the strip on the published screen, columns 42 to 943."""

ASPECT_TOLERANCE = 0.01
"""A screen this close to 4:3 is scaled to the canvas in one piece."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """The input of a network and where it came from."""

    pixels: npt.NDArray[np.float32]
    """(3, rows, columns), RGB, 0 to 1."""
    to_canvas: Affine2D
    """From source pixels to canvas pixels."""

    @property
    def to_source(self) -> Affine2D:
        return self.to_canvas.inverse

    @property
    def flipped(self) -> bool:
        """Whether the network sees the strip upside down."""
        return self.to_canvas.scale_y < 0


def image_canvas(frame: Frame) -> Canvas:
    """The whole screen at 640 x 480, letterboxed where it is not 4:3."""
    rows, columns = frame.shape[:2]
    to_canvas = image_map(columns, rows)
    return Canvas(_resample(frame, to_canvas, IMAGE_SIZE, _whole(frame)), to_canvas)


def image_map(columns: int, rows: int) -> Affine2D:
    """From a screen of this size to the 2-D canvas: one scale, centred, half-pixel centres."""
    width, height = IMAGE_SIZE
    if is_four_to_three(columns, rows):
        return Affine2D.resize((columns, rows), IMAGE_SIZE)
    scale = min(width / columns, height / rows)
    return Affine2D(
        scale,
        scale,
        (width - scale * columns + scale - 1) / 2,
        (height - scale * rows + scale - 1) / 2,
    )


def is_four_to_three(columns: int, rows: int) -> bool:
    """Whether a screen has the shape that the networks were made for."""
    return abs(columns * 3 / (rows * 4) - 1) < ASPECT_TOLERANCE


def strip_canvas(
    frame: Frame, region: Region, measurement: Definition, mask_ecg: bool = True
) -> Canvas:
    """The spectral or M-mode strip where the networks saw it.

    `mask_ecg` blacks out the green ECG trace (G > 200 and R < 100) in the network's input,
    as the published scripts do; the frame itself is not touched.
    """
    rows, columns = frame.shape[:2]
    flip = is_inverted(frame, region, measurement)
    to_canvas = strip_map(columns, rows, region.bounds, flip)
    # Turned upside down, what lies above the strip would appear below it.
    visible = _whole(frame) if not flip else region.bounds.clipped(columns, rows)
    return Canvas(_resample(frame, to_canvas, STRIP_SIZE, visible, mask_ecg=mask_ecg), to_canvas)


def strip_map(columns: int, rows: int, strip: Box, flip: bool = False) -> Affine2D:
    """From a screen of this size to the strip's canvas.

    A 4:3 screen is scaled as a whole to 1024 columns; on any other screen the strip itself is
    brought to the size the networks saw. The strip's top lands on row 0 to 6 of the canvas;
    flipped, its bottom does.
    """
    width, height = STRIP_SIZE
    whole = is_four_to_three(columns, rows)
    if whole:
        scale = min(width / columns, height / strip.height)
    else:
        scale = min(PUBLISHED_STRIP[0] / strip.width, PUBLISHED_STRIP[1] / strip.height)
    centre = (scale - 1) / 2
    fits = scale == width / columns
    shift_x = centre if whole and fits else 42 - scale * strip.x0
    if flip:
        return Affine2D(scale, -scale, shift_x, scale * strip.y1)
    published = scale * strip.y0 + centre
    if whole and fits and PUBLISHED_TOPS.start <= round(published) < PUBLISHED_TOPS.stop:
        return Affine2D(scale, scale, shift_x, centre - STRIP_TOP)
    return Affine2D(scale, scale, shift_x, -scale * strip.y0)


LOW, HIGH = 0.4, 0.6
"""Baseline heights, as shares of the strip from its top, that leave no doubt about the display."""


def is_inverted(frame: Frame, region: Region, measurement: Definition) -> bool:
    """Whether the flow lies on the other side of the baseline than the networks expect.

    A sonographer shifts the baseline to make room for the flow that is measured, so the
    room decides; where it is about equal, the sign of DeltaY does (positive: up is away
    from the probe).
    """
    if measurement.side is None or not region.kind.is_spectral:
        return False
    baseline = region.baseline_y
    if baseline is None:
        baseline = find_baseline(frame, region)
    if baseline is None:
        return False
    share = (baseline - region.bounds.y0) / region.bounds.height
    if measurement.side is Side.ABOVE:
        share = 1 - share
    if LOW <= share <= HIGH:
        return region.delta[1] > 0
    return share > HIGH


def _whole(frame: Frame) -> Box:
    return Box(0, 0, frame.shape[1] - 1, frame.shape[0] - 1)


def _resample(
    frame: Frame, to_canvas: Affine2D, size: tuple[int, int], visible: Box, mask_ecg: bool = False
) -> npt.NDArray[np.float32]:
    """Pixels (3, rows, columns) of the canvas; black where it shows nothing of `visible`."""
    back = to_canvas.inverse
    x = _taps(size[0], back.scale_x, back.shift_x, visible.x0, visible.x1)
    y = _taps(size[1], back.scale_y, back.shift_y, visible.y0, visible.y1)
    top, bottom = int(y.low.min()), int(y.high.max())
    part = frame[top : bottom + 1].astype(np.float32)
    if mask_ecg:
        part[(part[..., 1] > 200) & (part[..., 0] < 100)] = 0
    upper, lower = part[y.low - top], part[y.high - top]
    weight = y.weight[:, None, None]
    band = upper if not y.weight.any() else upper * (1 - weight) + lower * weight
    if x.weight.any() or len(x.low) != band.shape[1] or (np.diff(x.low) != 1).any():
        weight = x.weight[None, :, None]
        band = band[:, x.low] * (1 - weight) + band[:, x.high] * weight
    band[~y.inside] = 0
    band[:, ~x.inside] = 0
    return np.ascontiguousarray(band.transpose(2, 0, 1) / np.float32(255))


@dataclass(frozen=True, slots=True)
class _Taps:
    """For each canvas column (or row) the two source pixels it lies between."""

    low: npt.NDArray[np.intp]
    high: npt.NDArray[np.intp]
    weight: npt.NDArray[np.float32]
    """Of `high`; that of `low` is the rest."""
    inside: npt.NDArray[np.bool_]


def _taps(count: int, scale: float, shift: float, first: int, last: int) -> _Taps:
    at = np.arange(count) * scale + shift
    # A resize of the whole screen may start a hair before the border of the first pixel.
    inside = (at >= first - 0.5 - 1e-9) & (at <= last + 0.5 + 1e-9)
    # Positions that are whole pixels but for rounding must stay exact copies.
    nearest = np.rint(at)
    at = np.where(np.abs(at - nearest) < 1e-9, nearest, at).clip(first, last)
    low = np.floor(at).astype(np.intp)
    high = np.minimum(low + 1, last)
    return _Taps(low, high, (at - low).astype(np.float32), inside)
