"""What a sonographer wrote beside the cross on a peak is no part of the wave."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_waves import STRIP, ZERO, Hump, region, strip
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from EchoMeasureLib.measuring.envelope.edges import find_edges
from EchoMeasureLib.measuring.envelope.labels import without_labels
from EchoMeasureLib.measuring.envelope.reading import read_strip
from EchoMeasureLib.measuring.envelope.sides import find_sides
from EchoMeasureLib.measuring.envelope.tip_crosses import without_tip_crosses

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


@pytest.mark.parametrize(("height", "width", "under"), [(60, 36, 6), (60, 50, 6), (100, 70, 6)])
def test_flanks_and_tip_of_a_dim_wave_are_no_letters(height: int, width: int, under: int) -> None:
    """Only its rim is bright, and the cross was put a little under its tip, without a label."""
    humps = [Hump(at, height, width, light=190, rim=4) for at in PEAKS]
    soft = ndimage.gaussian_filter(strip(humps).astype(np.float32), (1.2, 1.2, 0))
    image = Image.fromarray(soft.astype(np.uint8))
    pen, y = ImageDraw.Draw(image), ZERO - height + under
    for x in (STRIP.x0 + at for at in PEAKS):
        for ends in ((x - HALF, y, x + HALF, y), (x, y - HALF, x, y + HALF)):
            pen.line(ends, (255, 255, 255))
    for side in find_sides(np.array(image), region(), ZERO):
        edges = find_edges(side)
        if edges is not None:
            seen = without_tip_crosses(side, edges)
            assert seen.crosses.any() or not side.up
            assert without_labels(seen, edges) is seen
