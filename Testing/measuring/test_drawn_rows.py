"""A strip that ends inside its region has its edge there; one without noise ends nowhere."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_waves import CM_S, STRIP, ZERO, Hump, cine, strip

from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Box, Landmark
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.measuring.calipers import measure
from EchoMeasureLib.measuring.drawn_rows import drawn_box

WAVES = (Hump(150, 100), Hump(300, 70))
"""E of 100 rows, A of 70: 50 and 35 cm/s."""


def blacked(frame: Frame, height: int) -> Frame:
    """Nothing more than so many rows over the baseline."""
    found = frame.copy()
    found[STRIP.y0 : ZERO - height, STRIP.x0 : STRIP.x1 + 1] = 0
    return found


@pytest.mark.parametrize("noise", [0, 3, 12])
def test_the_edge_is_where_what_is_drawn_ends(noise: float) -> None:
    frame = blacked(strip(WAVES, noise), 85)
    assert drawn_box(frame, STRIP) == Box(STRIP.x0, ZERO - 85, STRIP.x1, STRIP.y1)
    assert drawn_box(frame[:, ::-1], STRIP).y0 == ZERO - 85
    below = Box(STRIP.x0, 319 - STRIP.y1, STRIP.x1, 319 - STRIP.y0)
    assert drawn_box(frame[::-1], below).y1 == 319 - (ZERO - 85)


@pytest.mark.parametrize("width", [20, 70, 200])
@pytest.mark.parametrize("noise", [0, 12])
def test_the_tip_of_a_wave_is_no_edge(width: float, noise: float) -> None:
    frame = strip([Hump(150, 100, width), Hump(400, 90, width)], noise)
    assert drawn_box(frame, STRIP) == STRIP


def test_nothing_drawn_has_no_edge() -> None:
    assert drawn_box(np.zeros((320, 540, 3), np.uint8), STRIP) == STRIP
    assert drawn_box(strip(WAVES), Box(600, 30, 700, 60)) == Box(600, 30, 700, 60)


@pytest.mark.parametrize(("height", "cut"), [(85, True), (125, False)])
def test_a_wave_that_reaches_it_is_clipped_and_a_lower_one_is_not(height: int, cut: bool) -> None:
    """E ends at row 85, 42.5 cm/s, of its 100."""
    frame = blacked(strip(WAVES), height)
    points = [(STRIP.x0 + 150, ZERO - min(height, 100)), (STRIP.x0 + 300, ZERO - 70)]
    caliper = measure(cine(frame), "mvpeak", [Landmark(*point) for point in points])
    e, a, _ = caliper.values
    assert e.flags == ((Flag.CLIPPED,) if cut else ())
    assert a.flags == ()
    assert (f"The strip ends at {85 * CM_S:.1f} cm/s" in e.doubt) is cut
