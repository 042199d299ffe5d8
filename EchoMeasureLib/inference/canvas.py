"""What the networks see: the screen on a canvas of fixed size, with the exact way back.

Contract of the published networks: 2-D measurements see the whole screen at 640 x 480;
Doppler and M-mode see rows 342 to 767 of a 768 x 1024 screen. Pixels are RGB divided by
255. Screens of other shapes are scaled alike in x and y, shifted and, where a spectral
display is inverted, flipped; one `Affine2D` per canvas says how.

Resampling is that of the published scripts, within one grey level (see `resampling`).
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.definitions import Definition, Side
from EchoMeasureLib.errors import CannotMeasure
from EchoMeasureLib.geometry import Affine2D, Box
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.imaging.strips import find_baseline
from EchoMeasureLib.inference.resampling import Interpolate, axes, is_resize, resample

IMAGE_SIZE = (640, 480)
"""Columns and rows of the canvas of a 2-D measurement."""

STRIP_SIZE = (1024, 426)
"""Columns and rows of the canvas of a Doppler or M-mode measurement."""

STRIP_TOP = 342
"""Row of the published screen at which the strip's canvas begins."""

PUBLISHED_TOPS = range(STRIP_TOP, STRIP_TOP + 7)
"""Strip tops, on a screen 1024 wide, that the networks saw: rows 0 to 6 of their input."""

PUBLISHED_STRIP = (902, 392)
"""Usual width and height of the strip on the published screen, columns 42 to 943."""

ASPECT_TOLERANCE = 0.01
"""A screen this close to 4:3 is laid out like the one the networks saw."""


class ColourSpace(str, enum.Enum):
    """The colours that a strip network was trained on."""

    RGB = "rgb"
    YBR = "ybr"
    """Full-range YCbCr (PS3.3 C.7.6.3.1.2), which older code fed as it came out of the file."""


@dataclass(frozen=True, slots=True)
class StripLook:
    """How screens are shown to one particular network."""

    mask_ecg: bool = True
    """Blacken the green ECG trace (G > 200 and R < 100), as the published scripts do."""
    colours: ColourSpace = ColourSpace.RGB
    regions_only: bool = False
    """Black outside of what the file declares as ultrasound, as the network was trained."""

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> StripLook:
        """From the optional keys of the same names. Raises ValueError for an unknown word."""
        usual = cls()

        def truth(key: str) -> bool:
            value = record.get(key, getattr(usual, key))
            if not isinstance(value, bool):
                raise ValueError(f"{key} is true or false, not {value!r}")
            return value

        colours = ColourSpace(record.get("colours", usual.colours))
        return cls(truth("mask_ecg"), colours, truth("regions_only"))


USUAL_LOOK = StripLook()


def canvas_size(measurement: Definition) -> tuple[int, int]:
    """Columns and rows of what a network sees for it."""
    return STRIP_SIZE if measurement.on_strip else IMAGE_SIZE


@dataclass(slots=True)
class Canvas:
    """The input of a network and where it came from."""

    size: tuple[int, int]
    """Columns and rows."""
    to_canvas: Affine2D
    """From source pixels to canvas pixels."""
    _picture: Frame | Callable[[], Frame]
    """Or what makes it, for engines that look at the screen itself."""
    screen: Frame | None = None
    """What the picture shows in another size, all of it and nothing else; None where it is not so.
    """

    @classmethod
    def of(cls, picture: Frame) -> Canvas:
        """One that looks like this."""
        return cls((picture.shape[1], picture.shape[0]), Affine2D(1, 1, 0, 0), picture)

    @property
    def picture(self) -> Frame:
        """(rows, columns, 3) uint8, RGB unless a `StripLook` says otherwise."""
        if callable(self._picture):
            self._picture = self._picture()
        return self._picture

    def without_screen(self) -> Canvas:
        """The same with its picture made, which takes less memory."""
        return Canvas(self.size, self.to_canvas, self.picture)

    @property
    def pixels(self) -> npt.NDArray[np.float32]:
        """What the networks see: (3, rows, columns), 0 to 1."""
        planes = np.ascontiguousarray(self.picture.transpose(2, 0, 1)).astype(np.float32)
        planes /= np.float32(255)
        return planes

    @property
    def to_source(self) -> Affine2D:
        return self.to_canvas.inverse

    @property
    def flipped(self) -> bool:
        """Whether the network sees the strip upside down."""
        return self.to_canvas.scale_y < 0


def image_canvas(frame: Frame, interpolate: Interpolate | None = None) -> Canvas:
    """The whole screen at 640 x 480, letterboxed where it is not 4:3.

    `interpolate` is that of `resample`.
    """
    rows, columns = frame.shape[:2]
    to_canvas, whole = image_map(columns, rows), _whole(frame)
    resized = is_resize(frame, *axes(to_canvas, IMAGE_SIZE, whole))
    return Canvas(
        IMAGE_SIZE,
        to_canvas,
        lambda: resample(frame, to_canvas, IMAGE_SIZE, whole, interpolate),
        frame if resized else None,
    )


def image_map(columns: int, rows: int) -> Affine2D:
    """From a screen of this size to the 2-D canvas: one scale, centred, half-pixel centres."""
    width, height = IMAGE_SIZE
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
    frame: Frame,
    region: Region,
    measurement: Definition,
    look: StripLook = USUAL_LOOK,
    inverted: bool | None = None,
    interpolate: Interpolate | None = None,
) -> Canvas:
    """The spectral or M-mode strip where the networks saw it; the frame itself is not touched.

    `inverted` is what `is_inverted` says; None looks for a baseline in the frame to tell it.
    `interpolate` is that of `resample`.
    Raises `CannotMeasure` when the region's bounds hold no part of the frame.
    """
    rows, columns = frame.shape[:2]
    strip = region.bounds.clipped(columns, rows)
    if strip.width < 2 or strip.height < 2:
        raise CannotMeasure(
            f"The strip for {measurement.id} does not lie on the picture: its bounds are "
            f"({region.bounds.x0}, {region.bounds.y0})-({region.bounds.x1}, {region.bounds.y1}).",
            "Calibrate the strip by hand.",
        )
    if inverted is None:
        baseline = region.baseline_y
        if baseline is None and region.kind.is_spectral:
            baseline = find_baseline(frame, region)
        inverted = is_inverted(region, baseline, measurement)
    to_canvas = strip_map(columns, rows, strip, inverted)
    # Turned upside down, what lies above the strip would appear below it.
    visible = strip if inverted else _whole(frame)
    # Only these rows can appear on the canvas.
    ends = [to_canvas.inverse.apply(0, row).y for row in (-1, STRIP_SIZE[1])]
    top, bottom = max(0, math.floor(min(ends))), min(rows, math.ceil(max(ends)) + 1)
    shown = without_ecg(frame[top:bottom]) if look.mask_ecg else frame[top:bottom]
    moved = Affine2D(1, 1, 0, top).then(to_canvas)
    part = Box(visible.x0, visible.y0 - top, visible.x1, visible.y1 - top)
    seen = part.clipped(columns, len(shown))
    picture = resample(shown, moved, STRIP_SIZE, seen, interpolate)
    if look.colours is ColourSpace.YBR:
        picture = _ybr(picture)
    return Canvas(STRIP_SIZE, to_canvas, picture)


def without_ecg(frame: Frame) -> Frame:
    """A copy of the frame whose green ECG pixels are black."""
    masked: Frame = frame.copy()
    masked[(frame[..., 1] > 200) & (frame[..., 0] < 100)] = 0
    return masked


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


def is_inverted(region: Region, baseline: float | None, measurement: Definition) -> bool:
    """Whether the flow lies on the other side of the baseline than the networks expect.

    `baseline` is the row of zero velocity in source pixels; where it is not known the
    display counts as standard. A sonographer shifts the baseline to make room for the flow
    that is measured, so the room decides; where it is about equal, the sign of DeltaY does
    (positive: up is away from the probe).
    """
    if measurement.side is None or not region.kind.is_spectral or baseline is None:
        return False
    share = (baseline - region.bounds.y0) / region.bounds.height
    if measurement.side is Side.ABOVE:
        share = 1 - share
    if LOW <= share <= HIGH:
        return region.delta[1] > 0
    return share > HIGH


def _whole(frame: Frame) -> Box:
    return Box(0, 0, frame.shape[1] - 1, frame.shape[0] - 1)


def _ybr(picture: Frame) -> Frame:
    matrix = np.array(
        [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]],
        np.float32,
    )
    values = picture.astype(np.float32) @ matrix.T + np.array([0, 128, 128], np.float32)
    rounded: Frame = np.clip(np.floor(values + 0.5), 0, 255).astype(np.uint8)
    return rounded
