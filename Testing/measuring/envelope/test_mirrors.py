"""Mirror images of flow on the other side of the baseline are no waves."""

from __future__ import annotations

import pytest
from drawn_waves import STRIP, ZERO, Hump, region, strip

from EchoMeasureLib.measuring.envelope.mirrors import without_images
from EchoMeasureLib.measuring.envelope.reading import read_strip

FLOW = [
    Hump(at + late, height, width, light=170)
    for at in (90, 260, 430)
    for late, height, width in ((0, 90, 50), (-60, -40, 60))
]


@pytest.mark.parametrize(("light", "left"), [(70, 6), (165, 12)])
def test_a_faint_image_upside_down_is_no_wave(light: float, left: int) -> None:
    """What is as bright on both sides flows both ways."""
    images = [Hump(one.at, -one.height, one.width, light) for one in FLOW]
    waves = without_images(read_strip(strip([*FLOW, *images]), region(), ZERO))
    assert len(waves) == left
    for one in FLOW:
        places = [wave.peak - STRIP.x0 for wave in waves if wave.up is (one.height > 0)]
        assert min(abs(place - one.at) for place in places) < 6


def test_faint_flow_of_another_height_or_time_is_a_wave() -> None:
    """As the outflow that the gate of an inflow sees too."""
    others = [Hump(at + late, -55, 60, light=70) for at in (90, 260) for late in (0, 80)]
    inflow = [one for one in FLOW if one.height > 0]
    waves = without_images(read_strip(strip([*inflow, *others]), region(), ZERO))
    assert len(waves) == len(inflow) + len(others)
