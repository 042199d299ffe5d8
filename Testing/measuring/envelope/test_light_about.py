"""The light about a point tells it from a peak, where the top of its wave says nothing."""

from __future__ import annotations

import pytest
from drawn_waves import STRIP, ZERO, Hump, region, strip

from EchoMeasureLib.measuring.envelope.light_about import is_beyond_light, is_within_flow
from EchoMeasureLib.measuring.envelope.reading import read_strip

COLUMNS = slice(145, 156)


@pytest.mark.parametrize(
    ("height", "beyond", "within"),
    [(70, False, True), (95, False, False), (100, False, False), (105, False, False),
     (130, True, False), (400, False, False)],
)  # fmt: skip
def test_a_wave_of_100_rows(height: int, beyond: bool, within: bool) -> None:
    """Far beyond its end nothing is seen that could be compared."""
    found = read_strip(strip([Hump(150, 100, 80)]), region(), ZERO).side(True)
    assert found is not None
    _, edges = found
    assert STRIP.x0 + COLUMNS.stop < STRIP.x1
    assert is_beyond_light(edges, COLUMNS, height) is beyond
    assert is_within_flow(edges, COLUMNS, height) is within
