"""Strips that a device shows through a map of colours are read as those of plain grey."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_waves import STRIP, ZERO, Hump, region, strip

from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.measuring.envelope.reading import read_strip

MAPS = {
    "sepia": ((0, 150, 255), (0, 110, 240), (0, 70, 200)),
    "amber": ((0, 200, 255), (0, 120, 230), (0, 10, 120)),
    "blue": ((0, 60, 220), (0, 100, 240), (0, 180, 255)),
    "hot": ((0, 210, 255), (0, 60, 250), (0, 0, 170)),
}
"""Red, green and blue of black, of middle grey and of white; straight lines lie between."""

DRAWN = [Hump(150, 120, light=235), Hump(300, 80, light=90), Hump(420, -100, light=170)]


def tinted(name: str) -> Frame:
    places = np.linspace(0, 255, 3)
    table = np.stack([np.interp(np.arange(256), places, one) for one in MAPS[name]], axis=1)
    return table.astype(np.uint8)[strip(DRAWN)[..., 0]]


def heights(frame: Frame) -> list[float]:
    """Signed, up positive, in rows."""
    return [ZERO - wave.row for wave in read_strip(frame, region(), ZERO).waves()]


@pytest.mark.parametrize("name", MAPS)
def test_a_map_of_colours_moves_no_wave(name: str) -> None:
    assert heights(tinted(name)) == pytest.approx([h.height for h in DRAWN], rel=0.03)


@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize("colour", [(60, 220, 60), (240, 60, 220)])
def test_a_trace_in_a_colour_of_its_own_is_no_wave(name: str, colour: tuple[int, int, int]) -> None:
    frame = tinted(name)
    columns = np.arange(STRIP.x0, STRIP.x0 + STRIP.width)
    # Between the waves' tips and the baseline, with a narrow peak of 50 rows each 150 columns.
    rows = ZERO - 60 - 50 * (np.abs(columns % 150 - 75) < 3)
    for row in range(3):
        frame[rows + row, columns] = colour
    assert heights(frame) == pytest.approx([h.height for h in DRAWN], rel=0.03)
