"""One change to a picture at a time, as scanners, settings, windows and exports make them.

`CHANGES` are for phantoms: what is to be measured stays known, because every change either
leaves the places alone or says where they have gone.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from scipy import ndimage

from EchoMeasureLib.geometry import Affine2D, Box, PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region

Floats = npt.NDArray[np.floating[Any]]
USUAL_HEIGHT = 768.0
"""Rows of the screen on which sizes in pixels are meant."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame with the region in which something is measured, and where its points truly are."""

    frame: Frame
    region: Region
    beats: tuple[tuple[PixelPoint, ...], ...]
    """Source pixels; one beat for a 2-D frame, where all points of all measurements count."""

    @property
    def box(self) -> Box:
        rows, columns = self.frame.shape[:2]
        return self.region.bounds.clipped(columns, rows)

    @property
    def scale(self) -> float:
        """Size of the screen against the usual one."""
        return float(self.frame.shape[0] / USUAL_HEIGHT)

    @property
    def content(self) -> Floats:
        """What lies in the region, float, (rows, columns, 3)."""
        box = self.box
        return self.frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1].astype(np.float32)

    def showing(self, content: Floats) -> Picture:
        """The same with other content of the region; the rest of the screen stays."""
        box, frame = self.box, self.frame.copy()
        frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1] = np.clip(content + 0.5, 0, 255)
        return replace(self, frame=frame)


Change = Callable[[Picture, np.random.Generator], Picture]


def _levels(curve: Callable[[Floats], Floats]) -> Change:
    return lambda picture, rng: picture.showing(curve(picture.content))


def _blur(picture: Picture, rng: np.random.Generator) -> Picture:
    sigma = 2.5 * picture.scale
    return picture.showing(ndimage.gaussian_filter(picture.content, (sigma, sigma, 0)))


def _noise(picture: Picture, rng: np.random.Generator) -> Picture:
    content = picture.content
    grain = rng.normal(0, 28, content.shape[:2]).astype(np.float32)
    return picture.showing(content + grain[..., None])


def _speckle(picture: Picture, rng: np.random.Generator) -> Picture:
    """Grain of some 10 x 16 pixels, twice that of a real picture."""
    content = picture.content
    size = (4 * picture.scale, 7 * picture.scale)
    grain = ndimage.gaussian_filter(rng.normal(0, 1, content.shape[:2]), size)
    return picture.showing(content * np.exp(0.6 * grain / grain.std())[..., None])


def _jpeg(picture: Picture, rng: np.random.Generator) -> Picture:
    packed = io.BytesIO()
    Image.fromarray(picture.frame).save(packed, "JPEG", quality=40)
    return replace(picture, frame=np.array(Image.open(packed).convert("RGB")))


def _coarse(picture: Picture, rng: np.random.Generator) -> Picture:
    image = Image.fromarray(picture.frame)
    small = (round(0.4 * image.width), round(0.4 * image.height))
    way = Image.Resampling.BILINEAR
    return replace(picture, frame=np.array(image.resize(small, way).resize(image.size, way)))


def _tint(picture: Picture, rng: np.random.Generator) -> Picture:
    colours = ((1.0, 0.82, 0.55), (0.6, 0.8, 1.0), (0.75, 1.0, 0.75))
    colour = np.array(colours[int(rng.integers(len(colours)))], np.float32)
    return picture.showing(picture.content * colour)


def _dark_side(picture: Picture, rng: np.random.Generator) -> Picture:
    """A window that one side of the picture does not reach."""
    content = picture.content
    x = np.linspace(0, 1, content.shape[1], dtype=np.float32)
    x = x if rng.random() < 0.5 else 1 - x
    light = 0.12 + 0.88 / (1 + np.exp((0.5 - x) / 0.05))
    return picture.showing(content * light[None, :, None])


def _cut_top(picture: Picture, rng: np.random.Generator) -> Picture:
    content = picture.content
    content[: round(0.15 * len(content))] = 0
    return picture.showing(content)


def _missing(picture: Picture, rng: np.random.Generator) -> Picture:
    """Echo drops out around one true point."""
    content, box = picture.content, picture.box
    point = _some_point(picture, rng)
    y, x = np.ogrid[: content.shape[0], : content.shape[1]]
    far = np.hypot(x + box.x0 - point.x, y + box.y0 - point.y) / (18 * picture.scale)
    return picture.showing(content * np.clip(far**2, 0.05, 1)[..., None])


def _colour_box(picture: Picture, rng: np.random.Generator) -> Picture:
    """Flow in colours over the structure, in a box with a white frame."""
    content, box = picture.content, picture.box
    middle = _some_point(picture, rng)
    half = 0.12 * content.shape[1], 0.14 * content.shape[0]
    x0, x1 = (int(np.clip(middle.x - box.x0 + s * half[0], 0, box.width - 1)) for s in (-1, 1))
    y0, y1 = (int(np.clip(middle.y - box.y0 + s * half[1], 0, box.height - 1)) for s in (-1, 1))
    patch = content[y0:y1, x0:x1]
    flow = ndimage.gaussian_filter(rng.normal(0, 1, patch.shape[:2]), 9 * picture.scale)
    flow /= max(1e-6, float(np.abs(flow).max()))
    colour = np.where(flow[..., None] > 0, (230, 60, 0), (0, 90, 240)) * np.abs(flow)[..., None]
    seen = (np.abs(flow) > 0.25)[..., None] & (patch.mean(2, keepdims=True) < 130)
    content[y0:y1, x0:x1] = np.where(seen, 0.25 * patch + colour, patch)
    content[[y0, y1], x0:x1] = content[y0:y1, [x0, x1]] = 255
    return picture.showing(content)


def _left_calipers(picture: Picture, rng: np.random.Generator) -> Picture:
    """Crosses with a dotted line, beside the true points, as from an earlier measurement."""
    image = Image.fromarray(picture.frame)
    pen, arm = ImageDraw.Draw(image), 7 * picture.scale
    beat = picture.beats[int(rng.integers(len(picture.beats)))]
    chosen = [beat[int(n)] for n in rng.choice(len(beat), min(2, len(beat)), replace=False)]
    marks = []
    for point in chosen:
        angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(6, 26) * picture.scale
        marks.append((point.x + away * np.cos(angle), point.y + away * np.sin(angle)))
    for x, y in marks:
        for width, colour in ((4, (0, 0, 0)), (2, (255, 255, 255))):
            pen.line((x - arm, y, x + arm, y), colour, width)
            pen.line((x, y - arm, x, y + arm), colour, width)
    if len(marks) == 2:
        (x0, y0), (x1, y1) = marks
        for t in np.linspace(0, 1, 24):
            pen.point((x0 + t * (x1 - x0), y0 + t * (y1 - y0)), (255, 255, 255))
    text = f"+ {rng.uniform(0.6, 6):.2f} cm"
    pen.text((picture.box.x1 - 130 * picture.scale, picture.box.y0 + 8), text, (255, 255, 255))
    return replace(picture, frame=np.array(image))


def _zoomed_out(picture: Picture, rng: np.random.Generator) -> Picture:
    """The picture at 40 % of its size, about the middle of its top; a pixel is larger then."""
    share, box = 0.4, picture.box
    small = Image.fromarray(picture.content.astype(np.uint8)).resize(
        (round(share * box.width), round(share * box.height)), Image.Resampling.BILINEAR
    )
    left = (box.width - small.width) // 2
    content = np.zeros_like(picture.content)
    content[: small.height, left : left + small.width] = np.array(small)
    to_small = Affine2D.resize((box.width, box.height), small.size)
    whole = Affine2D(1, 1, -box.x0, -box.y0).then(to_small)
    moved = whole.then(Affine2D(1, 1, box.x0 + left, box.y0))
    delta = picture.region.delta[0] / to_small.scale_x, picture.region.delta[1] / to_small.scale_y
    region = replace(picture.region, delta=delta)
    return replace(_moved(picture.showing(content), moved), region=region)


def _mirrored(picture: Picture, rng: np.random.Generator) -> Picture:
    box = picture.box
    turned = picture.showing(picture.content[:, ::-1])
    return _moved(turned, Affine2D(-1, 1, box.x0 + box.x1, 0))


def _moved(picture: Picture, affine: Affine2D) -> Picture:
    beats = tuple(tuple(affine.apply(p.x, p.y) for p in beat) for beat in picture.beats)
    return replace(picture, beats=beats)


def _some_point(picture: Picture, rng: np.random.Generator) -> PixelPoint:
    beat = picture.beats[int(rng.integers(len(picture.beats)))]
    return beat[int(rng.integers(len(beat)))]


CHANGES: Mapping[str, Change] = MappingProxyType(
    {
        "unchanged": lambda picture, rng: picture,
        "blur": _blur,
        "gain up": _levels(lambda v: 1.9 * v),
        "gain down": _levels(lambda v: 0.4 * v),
        "gamma 0.5": _levels(lambda v: 255 * (v / 255) ** 0.5),
        "gamma 2": _levels(lambda v: 255 * (v / 255) ** 2),
        "narrow dynamic range": _levels(lambda v: (v - 60) * 2.2),
        "grey lifted": _levels(lambda v: 70 + 0.7 * v),
        "JPEG 40": _jpeg,
        "40 % of the pixels": _coarse,
        "noise": _noise,
        "coarse speckle": _speckle,
        "tint": _tint,
        "dark side": _dark_side,
        "top cut off": _cut_top,
        "echo missing at a point": _missing,
        "colour box": _colour_box,
        "calipers left": _left_calipers,
        "zoom 40 %": _zoomed_out,
        "mirrored": _mirrored,
    }
)
"""Every change by its name; the last two are for 2-D pictures."""

FOR_IMAGES_ONLY: Sequence[str] = ("zoom 40 %", "mirrored")
