"""Calipers drawn on the frame they belong to, at the native resolution of the screen.

A screen can carry a burned-in name, so pictures show the calibrated regions and are black
between them, unless the user asks for the whole screen (see `screen_parts`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import CannotMeasure
from EchoMeasureLib.exporting.label_places import (
    Label,
    from_caliper,
    leader_to,
    place_labels,
)
from EchoMeasureLib.exporting.labels import labels_of
from EchoMeasureLib.exporting.rects import Rect
from EchoMeasureLib.files import written_whole
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Box, PixelPoint
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.screen_parts import ScreenPart
from EchoMeasureLib.inference.settings import set_warnings
from EchoMeasureLib.measuring.calipers import Caliper

GAP = 10.0
"""Between a label and its caliper, pixels of the picture."""

_FOOTER = "EchoMeasure - research use only"

Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont
"""What Pillow draws text with."""


def part_to_show(cine: Cine, keep_screen: bool) -> ScreenPart:
    """What of the screen a picture shows.

    Raises `CannotMeasure` when nothing says which part of the screen is the image.
    """
    if keep_screen:
        return ScreenPart.whole(cine.columns, cine.rows)
    part = ScreenPart.declared(cine.regions, cine.columns, cine.rows)
    if part is None:
        raise CannotMeasure(
            "No picture was written: the file declares no part of the screen as the image, and "
            "the rest of it may show a patient's name.",
            "Use --keep-screen on the command line if it does not.",
        )
    return part


Labels = dict[tuple[str, int], PixelPoint]
"""Where labels lay in the frame before (`label_places.from_caliper`), by measurement and number."""


def draw_calipers(
    frame: Frame,
    calipers: Sequence[Caliper],
    part: ScreenPart,
    phase: Phase | None = None,
    labels: Labels | None = None,
    networks: Iterable[str] = (),
) -> Frame:
    """This part of an RGB frame with calipers, labels and the notices that go with them.

    `phase`: of the frame, where it is known. `labels` is kept from frame to frame of a video, so
    that labels do not jump. `networks` are the sets of those whose heat maps the frame shows.
    """
    area = part.area
    picture = Image.fromarray(np.ascontiguousarray(part.of(frame)))
    draw = ImageDraw.Draw(picture)
    size = letter_size(picture.height)
    font: Font = ImageFont.load_default(size)
    for caliper in calipers:
        _draw_points(draw, caliper, area, size)
    sets = [*networks, *(one.model.set for one in calipers if one.model is not None)]
    notices = _notices(draw, set_warnings(sets), font, picture.size)
    before: Labels = {} if labels is None else labels
    _draw_labels(draw, calipers, area, font, picture.size, phase, before, notices)
    for notice in notices:
        notice.draw(draw, font)
    return np.asarray(picture)


def letter_size(height: int) -> int:
    """Of what is written on a picture of this many rows, pixels."""
    return max(12, round(height / 36))


def write_picture(
    path: Path,
    cine: Cine,
    frame: int,
    calipers: Sequence[Caliper],
    part: ScreenPart,
    phase: Phase | None = None,
) -> None:
    """Write a frame with its calipers as PNG, whole or not at all. As `draw_calipers`."""
    drawn = draw_calipers(cine.frame(frame), calipers, part, phase)
    with written_whole(path) as beside:
        Image.fromarray(drawn).save(beside, format="PNG")


def _draw_points(draw: ImageDraw.ImageDraw, caliper: Caliper, area: Box, size: int) -> None:
    row = CATALOG[caliper.measurement]
    colour = row.colour
    at = [(p.x - area.x0, p.y - area.y0) for p in caliper.points if p.found]
    if (row.caliper.is_line or row.traced) and len(at) > 1:
        draw.line(at, fill=colour, width=1)
    if row.traced:
        # An edge of many points is seen; where a wave begins and ends is marked.
        at = [at[0], at[-1]] if at else []
    arm = size / 2
    for x, y in at:
        # The cross stays open in the middle so that the border can be seen.
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            draw.line((x + dx * 3, y + dy * 3, x + dx * arm, y + dy * arm), fill=colour, width=2)


def _draw_labels(
    draw: ImageDraw.ImageDraw,
    calipers: Sequence[Caliper],
    area: Box,
    font: Font,
    size: tuple[int, int],
    phase: Phase | None,
    before: Labels,
    notices: Sequence[_Notice],
) -> None:
    found = [(label, caliper) for caliper in calipers for label in _labels(caliper, phase)]
    labels = [_on_picture(label, area) for label, _ in found]
    boxes = [draw.multiline_textbbox((0, 0), label.text, font=font) for label in labels]
    sizes = [(right - left + 6, bottom - top + 6) for left, top, right, bottom in boxes]
    inside = Rect(2, 2, size[0] - 2, size[1] - 2)
    keys = _numbered(caliper.measurement for _, caliper in found)
    hidden = [notice.backing for notice in notices]
    places = place_labels(labels, sizes, inside, GAP, [before.get(key) for key in keys], hidden)
    moved = zip(keys, places, labels, strict=True)
    before.update({key: from_caliper(place, label) for key, place, label in moved})
    colours = [CATALOG[caliper.measurement].colour for _, caliper in found]
    for label, place, colour in zip(labels, places, colours, strict=True):
        if leader := leader_to(place, label, GAP):
            draw.line(leader, fill=colour, width=1)
    for label, place, box, colour in zip(labels, places, boxes, colours, strict=True):
        draw.rectangle(place, fill=(0, 0, 0))
        at = place.x0 + 3 - box[0], place.y0 + 3 - box[1]
        draw.multiline_text(at, label.text, font=font, fill=colour)


def _numbered(measurements: Iterable[str]) -> list[tuple[str, int]]:
    """Each with how many of its kind came before it."""
    seen: Counter[str] = Counter()
    keys = []
    for id in measurements:
        keys.append((id, seen[id]))
        seen[id] += 1
    return keys


def _labels(caliper: Caliper, phase: Phase | None) -> list[Label]:
    """What is in doubt stands in words: a picture goes where no table goes with it."""
    *others, last = labels_of(caliper, phase)
    words = [f"? {flag.words}" for flag in caliper.flags if flag is not Flag.NOT_FOUND]
    return [*others, replace(last, text="\n".join([last.text, *words]))]


def _on_picture(label: Label, area: Box) -> Label:
    return label.seen_by(lambda point: PixelPoint(point.x - area.x0, point.y - area.y0))


@dataclass(frozen=True, slots=True)
class _Notice:
    """A line on black, at the picture's border."""

    line: str
    colour: str
    at: tuple[float, float]
    anchor: str
    backing: Rect

    def draw(self, draw: ImageDraw.ImageDraw, font: Font) -> None:
        draw.rectangle(self.backing, fill=(0, 0, 0))
        draw.text(self.at, self.line, font=font, fill=self.colour, anchor=self.anchor)


def _notices(
    draw: ImageDraw.ImageDraw, warnings: Iterable[str], font: Font, size: tuple[int, int]
) -> list[_Notice]:
    """The warnings from the top downwards, and what stands at the foot of each picture."""
    found: list[_Notice] = []
    top = 4.0
    for line in (line for text in warnings for line in _wrapped(draw, text, font, size[0] - 12)):
        found.append(_notice(draw, line, font, "#ff5050", (6, top), "lt"))
        top = found[-1].backing.y1 + 4
    return [*found, _notice(draw, _FOOTER, font, "#b0b0b0", (6, size[1] - 4), "ls")]


def _notice(
    draw: ImageDraw.ImageDraw,
    line: str,
    font: Font,
    colour: str,
    at: tuple[float, float],
    anchor: str,
) -> _Notice:
    left, top, right, bottom = draw.textbbox(at, line, font=font, anchor=anchor)
    return _Notice(line, colour, at, anchor, Rect(left - 3, top - 2, right + 3, bottom + 2))


def _wrapped(draw: ImageDraw.ImageDraw, text: str, font: Font, width: int) -> list[str]:
    """The words in lines that fit: a warning must not lose its end on a narrow picture."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if draw.textlength(longer, font=font) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line for line in lines if line]
