"""What can be measured in an image, and in which words it is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.errors import CannotMeasure
from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.regions import Region, RegionKind, RegionProblem, Trouble
from EchoMeasureLib.measurable import (
    BRIEF_KINDS,
    KIND_WORDS,
    Obstacle,
    judge,
    strip_region,
    why_nothing,
)

TOO_LARGE = RegionProblem("outside_image", "The region reaches outside the image.")
NO_BASELINE = RegionProblem("no_reference", "The baseline is not given.", Trouble.BASELINE)
UNITS = {RegionKind.M_MODE: ("s", "cm"), RegionKind.PW: ("s", "cm/s"), RegionKind.CW: ("s", "cm/s")}


def region(kind: RegionKind, *problems: RegionProblem) -> Region:
    units = UNITS.get(kind, ("cm", "cm"))
    return Region(0, kind, Box(0, 0, 99, 99), units, (0.05, 0.05), problems=problems)


IMAGE, COLOUR = region(RegionKind.TWO_D), region(RegionKind.COLOUR)
CW, PW, M_MODE = region(RegionKind.CW), region(RegionKind.PW), region(RegionKind.M_MODE)
ECG, BAR = region(RegionKind.ECG), region(RegionKind.OTHER)
CROPPED, CROPPED_CW = region(RegionKind.TWO_D, TOO_LARGE), region(RegionKind.CW, TOO_LARGE)

# regions, measurement, obstacle, brief words, words of the reason, whether a network may look
TABLE = [
    ((IMAGE,), "lvid", None, "", "", True),
    ((COLOUR,), "lvid", None, "", "", True),
    ((ECG, IMAGE, CW), "avvmax", None, "", "", True),
    # A baseline can still be found in the picture.
    ((region(RegionKind.CW, NO_BASELINE),), "avvmax", None, "", "", True),
    # One pane of two is enough.
    ((CROPPED, IMAGE), "lvid", None, "", "", True),
    # Pixels can be had of a picture, but nothing says where a strip lies on it.
    ((), "lvid", Obstacle.NO_REGIONS, "not calibrated", "no calibrated regions", True),
    ((), "avvmax", Obstacle.NO_REGIONS, "not calibrated", "no calibrated regions", False),
    ((), "tapse", Obstacle.NO_REGIONS, "not calibrated", "no calibrated regions", False),
    ((CROPPED,), "lvid", Obstacle.NO_SCALE, "scale unusable", "reaches outside", True),
    ((CROPPED_CW,), "avvmax", Obstacle.NO_SCALE, "scale unusable", "reaches outside", True),
    ((IMAGE,), "trvmax", Obstacle.NO_PLACE, "needs CW", "the file has a 2-D image.", False),
    ((IMAGE,), "latevel", Obstacle.NO_PLACE, "needs PW", "a pulsed-wave Doppler strip", False),
    ((IMAGE,), "tapse", Obstacle.NO_PLACE, "needs M-mode", "an M-mode strip", False),
    ((PW,), "trvmax", Obstacle.NO_PLACE, "needs CW", "has a pulsed-wave Doppler strip.", False),
    ((CW, ECG), "lvid", Obstacle.NO_PLACE, "needs 2-D", "strip and an ECG trace.", False),
]


@pytest.mark.parametrize(("regions", "id", "obstacle", "brief", "words", "may_look"), TABLE)
def test_one_verdict_for_networks_numbers_and_skins(
    regions: tuple[Region, ...],
    id: str,
    obstacle: Obstacle | None,
    brief: str,
    words: str,
    may_look: bool,
) -> None:
    verdict = judge(regions, CATALOG[id])
    assert (verdict.obstacle, verdict.brief, verdict.may_look) == (obstacle, brief, may_look)
    assert words in verdict.reason
    assert bool(verdict.reason) is (obstacle is not None)


LEFT, RIGHT = Box(0, 0, 49, 99), Box(50, 0, 99, 99)


@pytest.mark.parametrize(("kind", "id"), [(RegionKind.PW, "mvpeak"), (RegionKind.M_MODE, "tapse")])
def test_which_of_two_strips_shows_a_flow_is_left_to_the_hand(kind: RegionKind, id: str) -> None:
    """As inflow and tissue Doppler of one beat, side by side; bounds given twice are one strip."""
    left, right = (replace(region(kind), bounds=box) for box in (LEFT, RIGHT))
    verdict = judge([left, right], CATALOG[id])
    assert (verdict.obstacle, verdict.may_look) == (None, False)
    assert "has 2 of them" in verdict.refusal
    assert "by hand" in verdict.refusal
    with pytest.raises(CannotMeasure, match="2 of them"):
        strip_region([left, right], CATALOG[id])
    assert judge([left, left], CATALOG[id]).may_look
    assert judge([left, replace(right, problems=(TOO_LARGE,))], CATALOG[id]).may_look


def test_two_panes_of_a_picture_are_not_two_strips() -> None:
    assert judge([replace(IMAGE, bounds=box) for box in (LEFT, RIGHT)], CATALOG["lvid"]).may_look


@pytest.mark.parametrize(
    ("regions", "id", "obstacle", "brief", "words", "may_look"), [r for r in TABLE if not r[-1]]
)
def test_a_refusal_names_the_measurement_and_the_reason(
    regions: tuple[Region, ...],
    id: str,
    obstacle: Obstacle,
    brief: str,
    words: str,
    may_look: bool,
) -> None:
    verdict = judge(regions, CATALOG[id])
    assert verdict.refusal == f"{id} cannot be measured here. {verdict.reason}"
    with pytest.raises(CannotMeasure, match=f"{id} cannot be measured here"):
        verdict.check()


@pytest.mark.parametrize(
    ("regions", "id", "in_pixels"),
    [
        ((), "lvid", True),
        ((), "tapse", True),
        # A velocity has no size in pixels.
        ((), "avvmax", False),
        ((CROPPED,), "lvid", True),
        # On a strip a length would be mixed with time.
        ((CW,), "lvid", False),
        ((IMAGE,), "lvid", False),
    ],
)
def test_what_can_still_be_had_in_pixels(
    regions: tuple[Region, ...], id: str, in_pixels: bool
) -> None:
    assert judge(regions, CATALOG[id]).in_pixels is in_pixels


@pytest.mark.parametrize(
    ("regions", "words"),
    [
        ((IMAGE, ECG), ""),
        ((M_MODE,), ""),
        ((), "it is not calibrated."),
        ((CROPPED, ECG), "it is not calibrated."),
        ((ECG, BAR), "the file has only an ECG trace and another kind of region."),
    ],
)
def test_why_nothing_can_be_measured(regions: tuple[Region, ...], words: str) -> None:
    said = why_nothing(regions)
    assert said == (f"Nothing can be measured on this image: {words}" if words else "")


def test_every_kind_of_region_has_its_words() -> None:
    assert set(KIND_WORDS) == set(RegionKind)
    assert set(BRIEF_KINDS) == {kind for row in CATALOG.values() for kind in row.regions}
