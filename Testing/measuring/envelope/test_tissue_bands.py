"""Tissue moves as one thick soft band, brightest in its middle; its outer edge is what counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_waves import SECONDS, STRIP, ZERO, region

from EchoMeasureLib.measuring.envelope.reading import read_strip

REACH = 40
"""Rows over which the light of the band falls from its middle to nothing."""


@pytest.mark.parametrize("middle", [20, 40, 70])
def test_the_edge_is_where_half_of_the_light_of_the_middle_is_left(middle: int) -> None:
    """However deep under the edge the middle of the band lies."""
    columns = np.arange(STRIP.width)
    away = np.abs(columns[:, None] - [125, 375]).min(axis=1)
    band = middle * np.cos(np.pi / 2 * np.clip(away / 60, 0, 1))
    above = ZERO - STRIP.y0 - np.arange(STRIP.height)[:, None]
    light = 160 * np.clip(1 - np.abs(above - band) / REACH, 0, 1)
    grain = np.random.default_rng(3).normal(1, 0.1, light.shape)
    frame = np.zeros((320, 540, 3), np.uint8)
    shown = np.clip(light * grain, 0, 255).astype(np.uint8)
    frame[STRIP.y0 : STRIP.y1 + 1, STRIP.x0 : STRIP.x1 + 1] = shown[..., None]
    scale = replace(region(), delta=(SECONDS, -0.15))
    waves = [wave for wave in read_strip(frame, scale, ZERO).waves() if wave.up]
    assert [ZERO - wave.row for wave in waves] == pytest.approx([middle + REACH / 2] * 2, rel=0.03)
