"""Crosses that were left on a strip are no flow, whatever their colour and way."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_waves import STRIP, ZERO, Hump, region, strip
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from EchoMeasureLib.measuring.envelope.marks import find_marks
from EchoMeasureLib.measuring.envelope.reading import read_strip

UPRIGHT, SLANTED = ((1, 0), (0, 1)), ((0.7, 0.7), (0.7, -0.7))
PALE = (205, 230, 210)
"""A green that a video has washed out: no colour to speak of."""


def crossed(
    picture: np.ndarray, places: list[tuple[int, int]], ways: tuple[tuple[float, float], ...]
) -> np.ndarray:
    image = Image.fromarray(picture)
    pen = ImageDraw.Draw(image)
    for x, y in places:
        for across, down in ways:
            for sign in (-1, 1):
                near, far = 2 * sign, 8 * sign
                ends = (x + near * across, y + near * down), (x + far * across, y + far * down)
                pen.line(ends, PALE)
    return np.array(image)


@pytest.mark.parametrize("ways", [UPRIGHT, SLANTED])
def test_every_arm_of_a_cross_is_seen(ways: tuple[tuple[float, float], ...]) -> None:
    dark = np.full((300, 300, 3), 10, np.uint8)
    drawn = crossed(dark, [(60, 50), (200, 140)], ways)
    arms = drawn[..., 0] > 100
    found = find_marks(drawn.min(axis=2).astype(np.float32))
    assert arms.sum() >= 40
    assert found[arms].all()
    assert found.sum() < 12 * arms.sum()


def test_the_grain_of_flow_holds_no_crosses() -> None:
    # Streaks along velocity, as wide as a column or two.
    rng = np.random.default_rng(3)
    streaks = gaussian_filter(rng.standard_normal((300, 400)), (3, 0.7))
    grain = np.clip(110 + 60 * streaks / streaks.std(), 0, 255).astype(np.float32)
    assert find_marks(grain).mean() < 0.005


@pytest.mark.parametrize("ways", [UPRIGHT, SLANTED])
def test_a_pale_cross_beyond_narrow_tips_makes_no_wave_higher(
    ways: tuple[tuple[float, float], ...],
) -> None:
    bare = strip([Hump(at, 90, width=24) for at in (100, 200, 300, 400)])
    tips = [(STRIP.x0 + at, ZERO - 94) for at in (100, 200, 300, 400)]
    found = read_strip(crossed(bare, tips, ways), region(), ZERO).waves()
    assert [ZERO - wave.row for wave in found] == pytest.approx([90] * 4, rel=0.04)


@pytest.mark.parametrize("shape", [(1, 1), (12, 400), (13, 13)])
def test_a_picture_of_any_size_is_looked_at(shape: tuple[int, int]) -> None:
    assert not find_marks(np.full(shape, 255, np.float32)).any()
