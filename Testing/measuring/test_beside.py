"""What other frames and calipers say against a caliper, as flags with words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from review_studies import before, level, m_mode, plax, predicted, spectral, upright

from EchoMeasureLib.flags import Flag
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.inference.prediction import Near, Prediction
from EchoMeasureLib.measuring.beside import bare, checked, find_remarks
from EchoMeasureLib.measuring.calipers import Caliper, Origin, measure, pixel_points
from EchoMeasureLib.measuring.compared import Compared
from EchoMeasureLib.measuring.running import beat_by_beat

FRAMES = 9
CINE = plax(FRAMES, fps=25)
"""Ten pixels are a centimetre."""


def caliper(
    id: str, frame: int, points: Sequence[tuple[float, float]], sure: float = 0.9
) -> Caliper:
    return beat_by_beat(CINE, predicted(id, frame, points, sure))[0]


def flags(calipers: Sequence[Caliper]) -> list[tuple[Flag, ...]]:
    return [found.flags for found in checked(CINE, calipers)]


def test_a_frame_that_jumps_is_flagged_with_both_numbers() -> None:
    """4.8 cm but on frame 4, which has 6.1."""
    lengths = [61 if frame == 4 else 48 for frame in range(FRAMES)]
    found = checked(
        CINE, [caliper("lvid", f, level(length, 10)) for f, length in enumerate(lengths)]
    )
    assert [one.frame for one in found if one.flags] == [4]
    assert found[4].flags == (Flag.JUMP,)
    assert found[4].values[0].beside == (
        "LVID is 6.10 cm, where the frames within 0.15 s have 4.80 cm."
    )
    assert found[4].excluded == "flagged jumps from those beside it"
    assert bare(found[4]) == caliper("lvid", 4, level(61, 10))


def test_of_a_vessel_the_clip_speaks() -> None:
    lengths = [24 if frame > 6 else 33 for frame in range(FRAMES)]
    found = checked(CINE, [caliper("aorta", f, level(x)) for f, x in enumerate(lengths)])
    assert [one.frame for one in found if one.flags] == [7, 8]
    assert found[8].values[0].beside == "Asc Ao is 2.40 cm, where the clip has 3.30 cm."


def test_what_is_in_doubt_is_no_witness() -> None:
    """Low confidence on all but two frames leaves nobody to speak against frame 4."""
    read = [caliper("lvid", f, level(61 if f == 4 else 48, 10), 0.1) for f in range(FRAMES)]
    read[4] = caliper("lvid", 4, level(61, 10))
    assert flags(read)[4] == ()


def test_neighbours_that_were_run_for_comparison_speak_and_are_no_results() -> None:
    near = tuple(Near(f, predicted("lvid", f, level(48)).points) for f in (1, 2, 6, 7))
    alone = predicted("lvid", 4, level(61, 10))
    said = Prediction("lvid", 4, alone.points, alone.model, near=near)
    (found,) = checked(CINE, [beat_by_beat(CINE, said)[0]])
    assert found.flags == (Flag.JUMP,)
    assert flags([caliper("lvid", 4, level(61, 10))]) == [()]


def test_without_frame_times_nothing_jumps() -> None:
    cine = plax(FRAMES, fps=None)
    read = [
        measure(cine, "lvid", pixel_points(level(61 if f == 4 else 48, 10)), f) for f in range(9)
    ]
    assert not any(found.flags for found in checked(cine, read))


STRIP = spectral(RegionKind.CW)
"""10 cm/s a row; the baseline is row 20."""


def jets(*rows: float, sure: float = 0.9, origin: Origin = Origin.PREDICTED) -> list[Caliper]:
    """Peaks of as many beats, so many rows below the baseline."""
    found = []
    for number, height in enumerate(rows):
        said = predicted("trvmax", 0, [(10 + 12 * number, 20 + height)], sure)
        found.append(measure(STRIP, "trvmax", said.points, 0, origin, said.model))
    return found


@pytest.mark.parametrize(
    ("rows", "odd"),
    [
        ([30, 31, 22, 30], [2]),
        ([30, 31, 36.5, 30], [2]),
        ([30, 31, 25, 30], []),
        ([22, 30, 31], [0]),
        # Two cannot say which of them is wrong.
        ([22, 30], []),
        # Of a fibrillating heart, whose beats are unlike each other.
        ([22, 34, 28, 24, 31], []),
    ],
)
def test_a_beat_unlike_the_others_of_its_strip_jumps(rows: list[float], odd: list[int]) -> None:
    found = checked(STRIP, jets(*rows))
    assert [n for n, one in enumerate(found) if one.flags] == odd
    for place in odd:
        assert found[place].flags == (Flag.JUMP,)


@pytest.mark.parametrize(
    ("columns", "odd"),
    [
        ((10, 22, 34, 46), [2]),
        # One was not found between the first and the second.
        ((10, 34, 46, 58), [2]),
        # 12, 9 and 16 columns: the longer the heart fills, the more it throws.
        ((10, 22, 31, 47), []),
    ],
)
def test_beats_that_come_unevenly_may_be_more_unlike(
    columns: tuple[int, ...], odd: list[int]
) -> None:
    """A quarter less than the others; two fifths are odd in any rhythm."""

    def flagged(low: float) -> list[int]:
        rows = (30, 31, low, 30)
        spread = [
            measure(STRIP, "trvmax", pixel_points([(x, 20 + row)]))
            for x, row in zip(columns, rows, strict=True)
        ]
        return [n for n, one in enumerate(checked(STRIP, spread)) if one.flags]

    assert flagged(22.5) == odd
    assert flagged(17) == [2]


def test_the_words_of_an_odd_beat_have_both_numbers() -> None:
    found = checked(STRIP, jets(30, 30, 20, 30))
    assert found[2].values[0].beside == "TR Vmax is 2.00 m/s, where the other beats have 3.00 m/s."


def test_doubtful_beats_speak_against_none_and_a_reviewer_against_the_network() -> None:
    sure, unsure = jets(22), jets(30, 30, 31, sure=0.1)
    assert checked(STRIP, [*sure, *unsure])[0].flags == ()
    read, by_hand = jets(30, 31, 30), jets(22, origin=Origin.EDITED)
    items = [Compared(one) for one in read] + [Compared(by_hand[0], stands=True)]
    assert [bool(said) for said in find_remarks(STRIP, items)] == [False] * 4


@pytest.mark.parametrize(
    ("sure", "told"),
    [
        # One clear beat among others where nothing clear is seen, as on the M-mode of an aorta.
        ((0.55, 0.74, 0.57), True),
        ((0.55, 0.74, 0.61), False),
        ((0.4, 0.5, 0.9, 0.9, 0.8), False),
        # Two do not say which is usual.
        ((0.4, 0.9), False),
    ],
)
def test_one_clear_beat_of_an_m_mode_that_is_usually_unsure_is_chance(
    sure: tuple[float, ...], told: bool
) -> None:
    """Below 0.6 no view is seen. A beat that a person put is no chance, and a jet is a wave."""
    strip, beats = m_mode(), []
    for number, one in enumerate(sure):
        said = predicted("tapse", 0, [(4 + 14 * number, 40), (16 + 14 * number, 20)], one)
        beats.append(measure(strip, "tapse", said.points, 0, Origin.PREDICTED, said.model))
    assert [Flag.AT_ODDS in one.flags for one in checked(strip, beats)] == [told] * len(sure)
    by_hand = [replace(one, origin=Origin.EDITED) for one in beats]
    assert not any(Flag.AT_ODDS in one.flags for one in checked(strip, by_hand))
    waves = [jets(30, sure=one)[0] for one in sure]
    assert not any(Flag.AT_ODDS in one.flags for one in checked(STRIP, waves))


def test_walls_that_do_not_meet_are_flagged_on_both_sides() -> None:
    """The septum ends at column 20, the cavity begins at 25: 5 mm."""
    found = checked(CINE, [caliper("ivs", 0, before(10)), caliper("lvid", 0, level(45, 25))])
    assert [one.flags for one in found] == [(Flag.WALLS_APART,)] * 2
    words = "IVS and LVID, which share a wall, leave a gap of 5 mm."
    assert [one.values[0].beside for one in found] == [words] * 2


def test_beside_a_caliper_by_hand_the_network_is_wrong() -> None:
    by_hand = measure(CINE, "ivs", pixel_points(before(10)), 0, Origin.MANUAL)
    assert flags([by_hand, caliper("lvid", 0, level(45, 25))]) == [(), (Flag.WALLS_APART,)]


def test_calipers_of_other_frames_share_no_wall() -> None:
    assert flags([caliper("ivs", 0, before(10)), caliper("lvid", 1, level(45, 25))]) == [(), ()]


@pytest.mark.parametrize("stands", [True, False])
def test_what_a_reviewer_stands_behind_is_not_flagged(stands: bool) -> None:
    read = [caliper("lvid", f, level(48)) for f in range(FRAMES)]
    read[4] = measure(CINE, "lvid", pixel_points(level(61, 10)), 4, Origin.EDITED)
    items = [Compared(one, stands=stands and one is read[4]) for one in read]
    found = find_remarks(CINE, items)[4]
    assert [remark.flag for remark in found] == ([] if stands else [Flag.JUMP])


def test_a_rejected_caliper_says_nothing() -> None:
    """Two of the four neighbours within 0.15 s on each side are rejected, and nothing is left."""
    read = [caliper("lvid", f, level(61 if f == 4 else 48, 10)) for f in range(FRAMES)]
    items = [Compared(one, witness=one.frame == 4) for one in read]
    assert not any(find_remarks(CINE, items))


@pytest.mark.parametrize(
    ("length", "away", "told"),
    [
        (22, 25, True),
        # A vessel of 3 cm, and one that lies where the sinuses do.
        (30, 25, False),
        (22, 31, False),
    ],
)
def test_a_root_that_is_the_annulus_all_through_is_told(
    length: float, away: float, told: bool
) -> None:
    """Beside an LVID of 5 cm, with nothing else on the frames; `away` mm along the vessel."""
    root, ventricle = upright(length, 20 + away), upright(50, 20)
    read = [caliper("aortic_root", frame, root) for frame in range(FRAMES)]
    beside = [caliper("lvid", frame, ventricle) for frame in range(FRAMES)]
    found = checked(CINE, [*read, *beside])
    assert {one.flags for one in found[:FRAMES]} == {(Flag.WRONG_LEVEL,) if told else ()}
    assert {one.flags for one in found[FRAMES:]} == {()}
    if told:
        assert "lies 25 mm from the ventricle's calipers" in found[0].values[0].beside
    assert flags(read) == [()] * FRAMES
