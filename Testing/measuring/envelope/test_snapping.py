"""Doppler points snap to the peaks of their waves; where one stays, a sentence says why."""

from __future__ import annotations

import pytest
from drawn_waves import STRIP, ZERO, Hump, cine, region, strip

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.measuring.calipers import Caliper, measure, pixel_points
from EchoMeasureLib.measuring.envelope.snapping import (
    NO_STRIP,
    NOWHERE,
    OUTSIDE,
    TOGETHER,
    Snap,
    find_snaps,
)
from EchoMeasureLib.measuring.envelope.vote import CUT

E_AND_A = cine(strip([Hump(150, 100), Hump(300, 60)]))


def caliper(*places: tuple[float, float]) -> Caliper:
    """E and A so many columns from the strip's left edge and rows over the baseline."""
    points = [PixelPoint(STRIP.x0 + x, ZERO - height) for x, height in places]
    return measure(E_AND_A, "mvpeak", pixel_points(points))


def off(snap: Snap, x: float, height: float) -> tuple[float, float]:
    """Columns and share of the height between a peak and where it is drawn."""
    assert snap.peak is not None
    assert snap.why == ""
    return abs(snap.peak.x - STRIP.x0 - x), abs((ZERO - snap.peak.y) / height - 1)


@pytest.mark.parametrize("e", [(150, 88), (158, 103), (143, 70)])
@pytest.mark.parametrize("a", [(300, 40), (309, 66)])
def test_each_point_goes_to_its_own_peak(e: tuple[float, float], a: tuple[float, float]) -> None:
    snaps = find_snaps(E_AND_A, caliper(e, a))
    for snap, at in zip(snaps, ((150, 100), (300, 60)), strict=True):
        columns, share = off(snap, *at)
        assert columns <= 5
        assert share <= 0.02
        assert not snap.there


def test_from_the_peak_it_goes_nowhere() -> None:
    first = find_snaps(E_AND_A, caliper((150, 88), (300, 40)))
    peaks = [snap.peak for snap in first if snap.peak is not None]
    again = find_snaps(E_AND_A, measure(E_AND_A, "mvpeak", pixel_points(peaks)))
    assert [snap.there for snap in again] == [True, True]


def test_a_point_where_nothing_flows_stays_and_the_other_goes() -> None:
    e, a = find_snaps(E_AND_A, caliper((150, 90), (420, 80)))
    assert off(e, 150, 100)[1] <= 0.02
    assert (a.label, a.peak, a.why) == ("A", None, NOWHERE)


def test_two_points_never_go_to_one_wave() -> None:
    snaps = find_snaps(E_AND_A, caliper((140, 90), (162, 90)))
    assert [(snap.peak, snap.why) for snap in snaps] == [(None, TOGETHER)] * 2


def test_a_wave_that_reaches_the_edge_has_no_peak_to_go_to() -> None:
    tall = cine(strip([Hump(150, 140), Hump(300, 60)]))
    points = pixel_points([PixelPoint(STRIP.x0 + 150, ZERO - 125), PixelPoint(STRIP.x0 + 300, 100)])
    e, a = find_snaps(tall, measure(tall, "mvpeak", points))
    assert (e.peak, e.why) == (None, CUT)
    assert a.peak is not None


def test_outside_a_doppler_strip_nothing_snaps() -> None:
    outside = measure(E_AND_A, "mvpeak", pixel_points([PixelPoint(5, 5), PixelPoint(9, 5)]))
    assert {snap.why for snap in find_snaps(E_AND_A, outside)} == {OUTSIDE}
    as_cw = measure(cine(strip([Hump(150, -100)]), RegionKind.CW), "lvotvmax", outside.points[:1])
    assert {snap.why for snap in find_snaps(E_AND_A, as_cw)} == {OUTSIDE}


def test_a_length_has_no_wave() -> None:
    points = pixel_points([PixelPoint(50, 50), PixelPoint(50, 90)])
    tapse = measure(E_AND_A.with_regions([region()]), "tapse", points)
    assert {snap.why for snap in find_snaps(E_AND_A, tapse)} == {NO_STRIP}
