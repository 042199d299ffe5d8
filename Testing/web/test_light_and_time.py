"""How bright a frame is shown, and when it is due."""

from __future__ import annotations

import numpy as np
import pytest

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.web.light import Light
from EchoMeasureLib.web.playing import due


@pytest.mark.parametrize(
    ("light", "grey", "shown"),
    [
        (Light(), 77, 77),
        # Twice the contrast: half as many grey levels, from 63.75 to 191.25.
        (Light(contrast=50), 63, 0),
        (Light(contrast=50), 128, 128),
        (Light(contrast=50), 192, 255),
        # Half way to white: black is at -63.75.
        (Light(brightness=50), 0, 64),
        (Light(brightness=50), 191, 255),
        (Light(brightness=-50), 64, 0),
    ],
)
def test_light_moves_and_stretches_grey_levels(light: Light, grey: int, shown: int) -> None:
    assert light.shown(np.array([[grey]], np.uint8)).tolist() == [[shown]]


@pytest.mark.parametrize("value", [101.0, -101.0, float("nan")])
def test_there_is_no_more_light_than_that(value: float) -> None:
    with pytest.raises(InvalidArgument):
        Light(brightness=value)
    with pytest.raises(InvalidArgument):
        Light(contrast=value)


@pytest.mark.parametrize(
    ("times", "count", "since", "end"),
    [
        ((2.0, 2.1, 2.3), 3, (0.0, 0.1, 0.3), 0.45),
        (None, 2, (0.0, 0.04), 0.08),
        ((1.0, 1.0), 2, (0.0, 0.04), 0.08),
    ],
)
def test_frames_are_due_when_they_were_taken(
    times: tuple[float, ...] | None, count: int, since: tuple[float, ...], end: float
) -> None:
    found, round_s = due(times, count)
    assert found == pytest.approx(since)
    assert round_s == pytest.approx(end)
