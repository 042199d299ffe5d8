"""Where something is missing from the picture over the tip of a wave, that is told."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_waves import STRIP, ZERO, Hump, cine, strip

from EchoMeasureLib.flags import BESIDE, DOUBTS, Flag
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.measuring.beside import checked, find_remarks
from EchoMeasureLib.measuring.calipers import Caliper, measure, pixel_points
from EchoMeasureLib.measuring.compared import Compared

E_AND_A = (Hump(150, 100), Hump(300, 70))


def covered(frame: Frame, x: int, height: int, half: int = 12) -> Frame:
    """A black box about a place of the strip, as where a text was taken away."""
    found = frame.copy()
    rows, columns = slice(ZERO - height - half, ZERO - height + half + 1), STRIP.x0 + x
    found[rows, columns - half : columns + half + 1] = 0
    return found


def measured(frame: Frame, e: float, a: float) -> Caliper:
    points = [PixelPoint(STRIP.x0 + 150, ZERO - e), PixelPoint(STRIP.x0 + 300, ZERO - a)]
    image = cine(frame)
    (caliper,) = checked(image, [measure(image, "mvpeak", pixel_points(points))])
    return caliper


@pytest.mark.parametrize(
    ("x", "height", "name", "place"), [(150, 100, "MV E", 0), (300, 70, "MV A", 1)]
)
def test_a_box_over_the_tip_is_told(x: int, height: int, name: str, place: int) -> None:
    """What is left of the wave ends 13 rows lower."""
    left = {150: (87, 70), 300: (100, 57)}[x]
    caliper = measured(covered(strip(E_AND_A), x, height), *left)
    for told in (caliper.values[place], caliper.values[2]):
        assert Flag.DROPOUT in told.flags
        assert f"Beyond the tip of {name} the picture is darker" in told.doubts
    assert Flag.DROPOUT not in caliper.values[1 - place].flags


@pytest.mark.parametrize("seed", range(6))
def test_noise_is_no_hole(seed: int) -> None:
    assert measured(strip(E_AND_A, seed=seed), 100, 70).flags == ()


def test_a_box_beside_the_wave_says_nothing() -> None:
    assert measured(covered(strip(E_AND_A), 210, 100), 100, 70).flags == ()


def test_on_a_strip_without_noise_nothing_can_be_darker() -> None:
    frame = covered(strip(E_AND_A, noise=0), 150, 100)
    assert Flag.DROPOUT not in measured(frame, 87, 70).flags
    assert Flag.DROPOUT not in measured(np.zeros_like(frame), 87, 70).flags


def test_the_reviewer_may_stand_behind_it() -> None:
    frame = covered(strip(E_AND_A), 150, 100)
    caliper = measured(frame, 87, 70)
    assert find_remarks(cine(frame), [Compared(caliper, stands=True)]) == [()]
    assert Flag.DROPOUT in BESIDE
    assert BESIDE <= DOUBTS
