"""The points of a traced wave by hand: never back in time, added on the line, taken away."""

from __future__ import annotations

import pytest

from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.measuring.tracing_points import (
    in_time,
    kept_in_time,
    turns_back,
    with_point,
    with_point_beside,
    without_point,
)

EDGE = tuple(PixelPoint(x, y) for x, y in [(10, 0), (20, 40), (30, 50), (50, 0)])
BACK = EDGE[::-1]


@pytest.mark.parametrize(
    ("index", "wanted", "kept"),
    [(0, 25, 20), (0, -5, -5), (1, 35, 30), (1, 5, 10), (2, 42, 42), (3, 12, 30), (3, 90, 90)],
)
def test_a_point_stays_between_its_neighbours_in_time(
    index: int, wanted: float, kept: float
) -> None:
    place = PixelPoint(wanted, 17)
    for edge, there in ((EDGE, index), (BACK, 3 - index)):
        x, y = kept_in_time(edge, there, place)
        assert (x, y) == (pytest.approx(kept, abs=0.011), 17)
        after = [*edge[:there], PixelPoint(x, y), *edge[there + 1 :]]
        assert in_time(after) is not None


def test_neighbours_at_one_time_leave_a_point_there() -> None:
    """A steep edge of the strip is one column wide."""
    edge = [PixelPoint(10, 0), PixelPoint(20, 5), PixelPoint(20, 30), PixelPoint(20, 40)]
    assert kept_in_time(edge, 2, PixelPoint(27, 31)) == (20, 31)


def test_an_edge_that_turns_back_elsewhere_is_mended_by_any_drag() -> None:
    edge = [
        PixelPoint(10, 0),
        PixelPoint(30, 5),
        PixelPoint(20, 30),
        PixelPoint(40, 4),
        PixelPoint(50, 0),
    ]
    assert turns_back(edge) == 1
    assert turns_back(edge[::-1]) == 2
    assert kept_in_time(edge, 3, PixelPoint(5, 5)) == (5, 5)
    assert kept_in_time(edge, 2, PixelPoint(5, 5)) == pytest.approx((30, 5), abs=0.011)


def test_a_point_is_added_where_the_line_runs() -> None:
    """(15, 20) lies on the first piece; (40, 25) on the last; the baseline is no edge."""
    assert with_point(EDGE, PixelPoint(15, 22), 5) == (1, (EDGE[0], (15, 22), *EDGE[1:]))
    assert with_point(BACK, PixelPoint(40, 25), 5) == (1, (BACK[0], (40, 25), *BACK[1:]))
    assert with_point(EDGE, PixelPoint(30, 2), 5) is None
    assert with_point(EDGE, PixelPoint(60, 0), 5) is None


def test_one_that_is_added_beside_the_line_lies_between_its_neighbours() -> None:
    found = with_point(
        [PixelPoint(10, 0), PixelPoint(11, 90), PixelPoint(40, 0)], PixelPoint(7, 45), 5
    )
    assert found is not None
    assert found[1][1] == pytest.approx((10, 45), abs=0.011)


def test_by_key_a_point_is_added_in_the_middle_of_the_next_piece() -> None:
    assert with_point_beside(EDGE, 0) == (1, (EDGE[0], (15, 20), *EDGE[1:]))
    assert with_point_beside(EDGE, 3) == (3, (*EDGE[:3], (40, 25), EDGE[3]))


def test_an_edge_keeps_three_points_and_has_two_hundred_at_most() -> None:
    assert without_point(EDGE, 1) == (EDGE[0], EDGE[2], EDGE[3])
    with pytest.raises(InvalidState, match="keeps 3 points"):
        without_point(EDGE[:3], 1)
    many = [PixelPoint(x, 0) for x in range(200)]
    with pytest.raises(InvalidState, match="200 points at most"):
        with_point_beside(many, 5)
