"""What a sonographer wrote beside the cross on a peak is no part of the wave."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_waves import STRIP, ZERO, Hump, region, strip
from PIL import Image, ImageDraw, ImageFont

from EchoMeasureLib.measuring.envelope.reading import read_strip

PEAKS, HEIGHT = (100, 250, 400), 60
HALF, GAP = 6, 3
"""Of a cross, the length of its arms, and how far its label stands from them, pixels."""


@pytest.mark.parametrize(
    ("label", "size", "where", "width"),
    [
        *(("1", 18, "left", 36), ("1", 18, "above", 50), ("E", 14, "right", 36)),
        *(("E", 11, "above", 24), ("e'", 18, "right", 36), ("e'", 18, "above", 24)),
        *(("Lat e'", 11, "above", 24), ("Lat e'", 14, "left", 50)),
    ],
)
def test_a_label_beside_a_cross_makes_no_wave_higher_for_sure(
    label: str, size: int, where: str, width: int
) -> None:
    image = Image.fromarray(strip([Hump(at, HEIGHT, width) for at in PEAKS]))
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(label)
    y = ZERO - HEIGHT
    for x in (STRIP.x0 + at for at in PEAKS):
        for ends in ((x - HALF, y, x + HALF, y), (x, y - HALF, x, y + HALF)):
            pen.line(ends, (255, 255, 255))
        corner = {
            "right": (x + HALF + GAP, y - (top + bottom) // 2),
            "left": (x - HALF - GAP - right, y - (top + bottom) // 2),
            "above": (x - (left + right) // 2, y - HALF - GAP - bottom),
        }[where]
        pen.text(corner, label, (255, 255, 255), font)
    for wave in read_strip(np.array(image), region(), ZERO).waves():
        assert wave.top.doubt > 0.05 or ZERO - wave.row == pytest.approx(HEIGHT, rel=0.05)
