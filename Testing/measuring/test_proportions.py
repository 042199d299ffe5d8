"""Sizes that no heart has beside each other or in one beat."""

from __future__ import annotations

import math

import pytest

from EchoMeasureLib.measuring.proportions import (
    outvoted,
    thin_all_through,
    thin_wall,
    thinning,
    too_small,
    too_thin,
)


@pytest.mark.parametrize(
    ("ivs", "lvpw", "thin"),
    [
        (9, 9, ""),
        (9, 6, ""),
        (9, 4.5, "lvpw"),
        (4.5, 9, "ivs"),
        # Asymmetric hypertrophy: a normal posterior wall beside a septum of 22 mm.
        (22, 9, ""),
        # A child.
        (5, 4.5, ""),
    ],
)
def test_a_wall_is_not_half_of_the_other(ivs: float, lvpw: float, thin: str) -> None:
    assert thin_wall(ivs, lvpw) == thin


def beat(shortening: float, thickening: float, frames: int = 30) -> tuple[dict, dict]:
    """LVID and a wall over two beats, mm: 50 and 9 at end-diastole."""
    part = [(1 - math.cos(4 * math.pi * k / frames)) / 2 for k in range(frames)]
    lvid = {k: 50 * (1 - shortening * p) for k, p in enumerate(part)}
    return lvid, {k: 9 * (1 + thickening * p) for k, p in enumerate(part)}


@pytest.mark.parametrize(("shortening", "thickening"), [(0.35, 0.4), (0.35, 0.0), (0.35, -0.1)])
def test_walls_thicken_or_do_not_move(shortening: float, thickening: float) -> None:
    """One without blood supply may thin by a tenth."""
    lvid, wall = beat(shortening, thickening)
    assert thinning(wall, lvid) == {}


def test_a_wall_that_is_halved_through_systole_is_found_there() -> None:
    lvid, wall = beat(0.35, 0.4)
    read = {k: mm / 2 if lvid[k] < 42 else mm for k, mm in wall.items()}
    found = thinning(read, lvid)
    assert set(found) == {k for k in wall if lvid[k] < 42}
    assert 9 <= min(found.values()) <= max(found.values()) <= 9.9


def test_half_of_a_wall_through_a_whole_clip_is_too_thin_for_the_ventricle() -> None:
    """9 mm of an LVID of 50, and 4.5; half of it thickens in systole as all of it does."""
    lvid, wall = beat(0.35, 0.4)
    assert thin_all_through(wall, lvid) is None
    found = thin_all_through({k: mm / 2 for k, mm in wall.items()}, lvid)
    assert found is not None
    assert found == pytest.approx((4.5, 50), rel=0.1)


@pytest.mark.parametrize(
    ("lvid", "wall", "thin"),
    [
        (50, 6, False),
        (50, 4, True),
        # A child's.
        (28, 4, False),
        # As thin as it gets in dilated hearts (relative wall thickness 0.2), and half of that.
        (75, 7.5, False),
        (75, 3.7, True),
    ],
)
def test_walls_are_as_thick_as_their_ventricle_needs(lvid: float, wall: float, thin: bool) -> None:
    frames = range(4)
    through = thin_all_through(dict.fromkeys(frames, wall), dict.fromkeys(frames, lvid))
    assert (through is not None) is thin
    assert too_thin(wall, lvid) is thin


def test_without_a_beat_nothing_is_said_of_walls() -> None:
    lvid, wall = beat(0.02, 0.4)
    assert thinning({k: mm / 2 for k, mm in wall.items()}, lvid) == {}
    assert thinning({1: 9.0}, {1: 50.0}) == {}


@pytest.mark.parametrize(("shortening", "found"), [(0.3, False), (0.45, False), (0.6, True)])
def test_no_ventricle_empties_to_less_than_half(shortening: float, found: bool) -> None:
    lvid, _ = beat(shortening, 0.0)
    small = too_small(lvid)
    assert bool(small) is found
    assert set(small) == {k for k, mm in lvid.items() if mm < 0.5 * 50 * 0.97} or not found


def test_most_of_the_frames_beside_one_speak() -> None:
    """25 frames per second: three on either side lie within 0.15 s."""
    times = {k: k / 25 for k in range(20)}
    assert outvoted(times, [4, 5, 6, 8, 9, 10]) == {7}
    assert outvoted(times, [4, 10]) == set()
    assert outvoted(times, range(20)) == set()
