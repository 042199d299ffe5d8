"""Labels lie near their calipers, off the borders that these measure, and off each other."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import pytest

from EchoMeasureLib.exporting.label_places import Label, from_caliper, leader_to, place_labels
from EchoMeasureLib.exporting.rects import Rect, meet
from EchoMeasureLib.geometry import PixelPoint

AREA, SIZE, GAP = Rect(0, 0, 800, 600), (110.0, 18.0), 8.0


def line(x0: float, y0: float, x1: float, y1: float) -> Label:
    return Label("LVIDd 4.71 cm", (PixelPoint(x0, y0), PixelPoint(x1, y1)))


def peak(x: float, y: float, flow: int) -> Label:
    return Label("MV E 80.0 cm/s", (PixelPoint(x, y),), flow)


SEPTUM, CAVITY, WALL = line(300, 200, 300, 236), line(302, 237, 310, 400), line(311, 401, 312, 440)
"""A parasternal long axis: thin, wide, thin, one below the other."""

SETS = {
    "parasternal": [SEPTUM, CAVITY, WALL],
    "tilted": [line(280, 200, 300, 240), line(300, 241, 380, 400), line(380, 401, 395, 440)],
    "inflow": [peak(300, 200, 1), peak(350, 260, 1), peak(350, 260, 1)],
    "fused inflow": [peak(300, 200, 1), peak(310, 205, 1), peak(310, 205, 1)],
    "jets": [peak(x, 450, -1) for x in (100, 220, 340, 460)],
    "in the corner": [line(795, 2, 798, 30), line(2, 560, 30, 598), peak(799, 599, -1)],
    "one on the other": [SEPTUM, SEPTUM, SEPTUM],
}


@pytest.mark.parametrize("labels", SETS.values(), ids=SETS)
def test_no_label_lies_over_another_or_leaves_the_picture(labels: list[Label]) -> None:
    places = place_labels(labels, [SIZE] * len(labels), AREA, GAP)
    assert all((p.x1 - p.x0, p.y1 - p.y0) == pytest.approx(SIZE) for p in places)
    assert not any(a.overlaps(b) for a, b in combinations(places, 2))
    assert all(AREA.x0 <= p.x0 and p.x1 <= AREA.x1 for p in places)
    assert all(AREA.y0 <= p.y0 and p.y1 <= AREA.y1 for p in places)


@pytest.mark.parametrize("labels", SETS.values(), ids=SETS)
def test_no_label_covers_a_point_that_is_measured(labels: list[Label]) -> None:
    places = place_labels(labels, [SIZE] * len(labels), AREA, GAP)
    ends = [point for label in labels for point in label.about]
    assert not any(place.holds(end) for place in places for end in ends)


def test_a_cavity_is_labelled_inside_and_walls_outside() -> None:
    """So the four borders of septum and posterior wall stay free on both sides."""
    septum, cavity, wall = place_labels([SEPTUM, CAVITY, WALL], [SIZE] * 3, AREA, GAP)
    assert septum.y1 < 200
    assert 237 < cavity.y0 < cavity.y1 < 400
    assert wall.y0 > 440


@pytest.mark.parametrize(("flow", "beyond"), [(1, -1), (-1, 1)])
def test_a_peak_is_labelled_on_the_side_without_flow(flow: int, beyond: int) -> None:
    (place,) = place_labels([peak(400, 300, flow)], [SIZE], AREA, GAP)
    assert (place.y1 - 300) * beyond > 0
    assert (place.y0 - 300) * beyond > 0


def test_every_label_stays_near_its_caliper() -> None:
    for labels in SETS.values():
        places = place_labels(labels, [SIZE] * len(labels), AREA, GAP)
        for label, place in zip(labels, places, strict=True):
            x = sum(point.x for point in label.about) / len(label.about)
            y = sum(point.y for point in label.about) / len(label.about)
            assert abs((place.x0 + place.x1) / 2 - x) < 200
            assert abs((place.y0 + place.y1) / 2 - y) < 120


def test_a_label_of_a_moving_picture_stays_where_it_is_in_nothings_way() -> None:
    """Its caliper moves and shrinks; from the middle of it the label lies where it lay."""
    before: list[PixelPoint | None] = [None]
    offsets: set[tuple[float, float]] = set()
    for step in range(20):
        label = line(400 + step, 200, 400 + step, 320 - 4 * step)
        (place,) = place_labels([label], [SIZE], AREA, GAP, before)
        before = [from_caliper(place, label)]
        offsets.add((round(before[0].x, 6), round(before[0].y, 6)))
    assert len(offsets) == 1


def test_a_label_gives_way_where_it_would_lie_on_another_or_leave_the_picture() -> None:
    label = line(400, 200, 400, 320)
    far = PixelPoint(-5000.0, 0.0)
    (place,) = place_labels([label], [SIZE], AREA, GAP, [far])
    assert place == place_labels([label], [SIZE], AREA, GAP)[0]
    same = PixelPoint(80.0, 0.0)
    first, second = place_labels([label, label], [SIZE] * 2, AREA, GAP, [same, same])
    assert not first.overlaps(second)


def jet(x: float, wide: float, top: float, high: float) -> Label:
    """Half a sine from the baseline downwards, as systole is traced by continuous wave."""
    shares = [n / 16 for n in range(17)]
    edge = [PixelPoint(x + wide * s, top + high * math.sin(math.pi * s)) for s in shares]
    return Label(
        "AV VTI 21.2 cm\nAV mean gradient 4 mmHg\nAV AT 81 ms", (edge[8],), -1, tuple(edge)
    )


JETS = {
    "five close jets": ([jet(20 + 150 * n, 90, 200, 200) for n in range(5)], (165.0, 48.0)),
    "no room below": ([jet(20 + 150 * n, 90, 300, 290) for n in range(5)], (120.0, 20.0)),
    "touching": ([jet(20 + 100 * n, 100, 150, 250) for n in range(5)], (110.0, 34.0)),
    "at the borders": ([jet(-40, 90, 500, 95), jet(760, 90, 500, 95)], (165.0, 48.0)),
}


@pytest.mark.parametrize(("labels", "size"), JETS.values(), ids=JETS)
def test_no_label_hides_the_edge_of_a_traced_jet(
    labels: list[Label], size: tuple[float, float]
) -> None:
    places = place_labels(labels, [size] * len(labels), AREA, GAP)
    assert not any(a.overlaps(b) for a, b in combinations(places, 2))
    assert all(place.outside(AREA) == 0 for place in places)
    pieces = [piece for label in labels for piece in pairwise(label.edge)]
    assert not [place for place in places for piece in pieces if place.is_crossed_by(piece)]


@pytest.mark.parametrize(("labels", "size"), JETS.values(), ids=JETS)
def test_a_label_lies_beside_its_own_summit_or_is_joined_to_its_own_jet(
    labels: list[Label], size: tuple[float, float]
) -> None:
    places = place_labels(labels, [size] * len(labels), AREA, GAP)
    for label, place in zip(labels, places, strict=True):
        leader = leader_to(place, label, GAP)
        if leader is None:
            assert place.distance_to(label.about[0]) < 2 * GAP
            continue
        start, end = leader
        assert start in label.edge
        assert place.holds(end)
        assert not [other for other in places if other.is_crossed_by(leader)]


def test_labels_of_traced_jets_stand_in_the_order_of_their_beats() -> None:
    """Three aortic jets down to the picture's edge, with the peak of each above its baseline."""
    traced = [jet(140 + 282 * n, 108, 517, 116) for n in range(3)]
    peaks = [Label("AV Vmax 1.84 m/s", (label.about[0],), -1) for label in traced]
    area = Rect(0, 266, 902, 658)
    sizes = [(147.0, 22.0)] * 3 + [(224.0, 64.0)] * 3
    places = place_labels([*peaks, *traced], sizes, area, GAP)[3:]
    assert sorted(places, key=lambda place: place.x0) == places
    leaders = [leader_to(place, one, GAP) for place, one in zip(places, traced, strict=True)]
    assert not any(meet(a, b) for a, b in combinations(filter(None, leaders), 2))
    for place, label in zip(places, traced, strict=True):
        middle = (place.x0 + place.x1) / 2
        nearest = min(traced, key=lambda other: abs(other.about[0].x - middle))
        assert nearest is label


def test_no_label_lies_where_a_notice_hides_it() -> None:
    notice = Rect(0, 570, 250, 600)
    label = jet(60, 90, 300, 255)
    (place,) = place_labels([label], [(110.0, 30.0)], AREA, GAP, hidden=[notice])
    assert not place.overlaps(notice)
    assert place.outside(AREA) == 0


def test_labels_of_what_a_view_does_not_show_are_not_pulled_into_it() -> None:
    """A view that is zoomed to the first of five jets."""
    labels, size = JETS["five close jets"]
    area = Rect(0, 150, 200, 500)
    places = place_labels(labels, [size] * len(labels), area, GAP)
    assert places[0].outside(area) == 0
    # The third lies so near that its label reaches in.
    assert not any(place.overlaps(area) for place in places[3:])
