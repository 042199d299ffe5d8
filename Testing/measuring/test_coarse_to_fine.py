"""Which frames are run when all are asked for, on curves of hearts as a network reads them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pytest
from heart_curves import HeartCurve, ejection_fraction, heart_curve

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Box, Landmark
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.imaging.subject_facts import SubjectFacts
from EchoMeasureLib.inference.prediction import Prediction, Provenance
from EchoMeasureLib.measuring.beats import find_beats
from EchoMeasureLib.measuring.beside import checked
from EchoMeasureLib.measuring.breathing import Manoeuvre, read_ivc
from EchoMeasureLib.measuring.coarse_to_fine import (
    FramePlan,
    beat_s,
    is_thinned,
    predict_what_matters,
)
from EchoMeasureLib.measuring.largest import largest_frames
from EchoMeasureLib.measuring.running import beat_by_beat
from EchoMeasureLib.measuring.turn_search import coarse_row
from EchoMeasureLib.progress import Monitor, Progress

PER_CM = 20.0
MODEL = Provenance("image.ckpt", "0" * 64, "phantom")
Sizes = Mapping[int, float]
"""cm by frame; a frame that is missing is one on which the network is not sure."""


def clip(
    times: Sequence[float] | None,
    r_waves: Sequence[float] = (),
    *,
    count: int = 0,
    calibrated: bool = True,
    rate: float | None = None,
) -> Cine:
    """A clip without pictures, 20 pixels a centimetre."""
    pixels = np.broadcast_to(
        np.zeros((1, 1, 1, 3), np.uint8), (count or len(times or ()), 300, 300, 3)
    )
    region = Region(0, RegionKind.TWO_D, Box(0, 0, 299, 299), ("cm", "cm"), (1 / PER_CM,) * 2)
    timing = Timing(None if times is None else tuple(times), "test", tuple(r_waves))
    regions = [region] if calibrated else []
    return Cine(ArraySource(pixels), timing, regions, subject=SubjectFacts(heart_rate=rate))


def said(id: str, frame: int, cm: float | None) -> Prediction:
    """What a network says where the structure is this large; None where it is not sure."""
    sure = 0.9 if cm is not None else 0.01
    ends = (10.0, 10.0 + PER_CM * (4.0 if cm is None else cm))
    return Prediction(id, frame, tuple(Landmark(10, y, confidence=sure) for y in ends), MODEL)


def followed(plan: FramePlan, sizes: Callable[[str], Sizes]) -> dict[str, list[int]]:
    """The frames that are run, in order, where the networks see these sizes."""
    ran: dict[str, list[int]] = {}
    while (ask := plan.next()) is not None:
        for id in ask.measurements:
            seen = sizes(id)
            ran.setdefault(id, []).extend(ask.frames)
            for frame in ask.frames:
                plan.take(said(id, frame, seen.get(frame)))
    return ran


def hearts(count: int, fps: float) -> Iterator[HeartCurve]:
    """Every eighth in atrial fibrillation."""
    for seed in range(count):
        rng = np.random.default_rng([seed, 16])
        bpm, beats = float(rng.uniform(45, 130)), float(rng.uniform(2.3, 4))
        yield heart_curve(31000 + seed, fps, bpm, beats, sinus=seed % 8 != 7)


@pytest.mark.parametrize(
    ("fps", "bpm", "first"),
    [
        # A seventh of a beat, 110 ms at most; of fast cines a whole number of fine steps, which
        # are every second frame, every third at 90 and every fourth at 120 a second.
        (60, 60, (0, 6, 12)),
        (60, 130, (0, 4, 8)),
        (90, 130, (0, 3, 6)),
        (90, 60, (0, 9, 18)),
        (37, 60, (0, 4, 8)),
        (30, 60, (0, 3, 6)),
        (30, 130, (0, 2, 4)),
        (25, 60, (0, 2, 4)),
        (15, 60, (0, 1, 2)),
        (120, 75, (0, 12, 24)),
    ],
)
def test_the_coarse_row(fps: float, bpm: float, first: tuple[int, ...]) -> None:
    row = coarse_row([i / fps for i in range(59)], 60 / bpm)
    assert row[:3] == first
    assert row[-1] == 58


def test_whose_rate_it_is() -> None:
    times = [i / 50 for i in range(100)]
    assert beat_s(clip(times, (0.2, 1.0, 1.8))) == (pytest.approx(0.8), "the R waves of the file")
    assert beat_s(clip(times, rate=120)) == (0.5, "the heart rate of the file")
    seconds, words = beat_s(clip(times))
    assert seconds == pytest.approx(60 / 95)
    assert words == "no rate in the file: up to 95 a minute"


@pytest.mark.parametrize(("fps", "most"), [(30, 0.95), (50, 0.75), (90, 0.65)])
@pytest.mark.parametrize("waves", [False, True])
def test_ed_es_and_ef_are_those_of_all_frames(fps: float, most: float, waves: bool) -> None:
    """Within 0.5 mm and 1 point, with the warnings of all frames, and the rate."""
    shares = []
    for heart in hearts(8, fps):
        r_waves = heart.r_waves if waves else ()
        plan = FramePlan(clip(heart.times, r_waves), ["lvid"])
        (ran,) = followed(plan, lambda _, heart=heart: heart.read).values()
        assert len(ran) == len(set(ran))
        shares.append(len(ran) / len(heart.times))
        every = find_beats(heart.read, heart.times, r_waves)
        there = {frame: heart.read[frame] for frame in ran if frame in heart.read}
        few = find_beats(there, heart.times, r_waves)
        assert (few.reason, few.warnings, few.source) == (
            every.reason,
            every.warnings,
            every.source,
        )
        for one, other in ((every.ed_frames, few.ed_frames), (every.es_frames, few.es_frames)):
            assert len(one) == len(other)
            if one:
                sizes = [statistics.fmean(heart.read[f] for f in found) for found in (one, other)]
                assert sizes[1] == pytest.approx(sizes[0], abs=0.05)
        efs = [
            [
                ejection_fraction(heart.read[b.ed or 0], heart.read[b.es or 0])
                for b in found.complete
            ]
            for found in (every, few)
        ]
        if efs[0]:
            assert statistics.fmean(efs[1]) == pytest.approx(statistics.fmean(efs[0]), abs=1.0)
    assert statistics.fmean(shares) < most


@pytest.fixture(scope="module")
def heart() -> HeartCurve:
    """Three beats at 72 a minute, 50 frames a second, read without an error."""
    return heart_curve(31100, 50, 72, 3, noise=0, missing=0)


def test_the_others_are_run_at_the_phases_that_the_ventricle_shows(heart: HeartCurve) -> None:
    cine = clip(heart.times)
    steady = dict.fromkeys(range(len(heart.times)), 1.0)
    plan = FramePlan(cine, ["ivs", "aorta", "la", "lvid"])
    ran = followed(plan, lambda name: heart.read if name == "lvid" else steady)
    beats = find_beats({frame: heart.read[frame] for frame in ran["lvid"]}, heart.times)
    last = len(heart.times) - 1

    def near(frames: Sequence[int], *steps: int) -> set[int]:
        return {frame + step for frame in frames for step in steps if 0 <= frame + step <= last}

    # Neighbours lie 60 ms away, that is 3 frames; those of walls, which are thin, 120 ms too.
    assert set(ran["aorta"]) == near(beats.ed_frames, -3, 0, 3)
    assert set(ran["la"]) == near(beats.es_frames, -3, 0, 3)
    assert set(ran["ivs"]) == near(beats.ed_frames, -6, -3, 0, 3, 6) | set(beats.es_frames)
    assert len(ran["aorta"]) < len(heart.times) / 10


def test_a_phase_frame_that_gives_no_number_is_asked_beside(heart: HeartCurve) -> None:
    ed = find_beats(heart.read, heart.times).ed_frames[1]
    sizes = {frame: 1.0 for frame in range(len(heart.times)) if frame != ed}
    plan = FramePlan(clip(heart.times), ["lvid", "ivs"])
    ran = followed(plan, lambda name: heart.read if name == "lvid" else sizes)
    assert {ed - 2, ed - 1, ed + 1, ed + 2} <= set(ran["ivs"])


def test_where_a_neighbour_is_not_there_or_gives_no_number_there_are_others() -> None:
    """A value is compared with two others at least."""
    times = [i / 50 for i in range(100)]
    plan = FramePlan(clip(times, (0.0, 1.0)), ["pa"])
    ran = followed(plan, lambda _: {f: 2.0 for f in range(100) if f != 47})
    assert sorted(ran["pa"]) == [0, 3, 6, 44, 47, 50, 53, 56]


def test_a_network_that_sees_nothing_at_the_phases_is_not_run_about_them() -> None:
    times = [i / 50 for i in range(100)]
    ran = followed(FramePlan(clip(times, (0.2, 1.0)), ["pa"]), lambda _: {})
    assert sorted(ran["pa"]) == [7, 10, 13, 47, 50, 53]


def test_without_the_ventricle_r_waves_tell_end_diastole() -> None:
    times = [i / 50 for i in range(100)]
    plan = FramePlan(clip(times, (0.2, 1.0)), ["pa"])
    ran = followed(plan, lambda _: dict.fromkeys(range(100), 2.0))
    assert sorted(ran["pa"]) == [7, 10, 13, 47, 50, 53]


def test_what_a_review_knows_already_is_taken() -> None:
    times = [i / 50 for i in range(100)]
    plan = FramePlan(clip(times), ["ivs"], {Phase.ED: (50,), Phase.ES: (70,)})
    ran = followed(plan, lambda _: dict.fromkeys(range(100), 1.0))
    assert sorted(ran["ivs"]) == [44, 47, 50, 53, 56, 70]


def test_where_nothing_tells_a_phase_there_is_the_row() -> None:
    times = [i / 50 for i in range(100)]
    ran = followed(FramePlan(clip(times), ["aorta"]), lambda _: dict.fromkeys(range(100), 3.0))
    assert sorted(ran["aorta"]) == [*range(0, 99, 6), 99]


def test_an_atrium_is_run_about_its_own_largest(heart: HeartCurve) -> None:
    """It is largest as the ventricle is smallest."""
    atrium = {frame: 8.0 - size for frame, size in heart.exact.items()}
    ran = followed(FramePlan(clip(heart.times), ["la"]), lambda _: atrium)["la"]
    largest = largest_frames(atrium, heart.times)
    assert len(largest) >= 2
    few = largest_frames({frame: atrium[frame] for frame in ran}, heart.times)
    for one, other in zip(few, largest, strict=True):
        assert {one - 1, one, one + 1} <= set(ran)
        assert abs(one - other) <= 1
        assert atrium[one] == pytest.approx(atrium[other], abs=0.01)
    assert len(ran) < 0.85 * len(heart.times)


def test_a_vena_cava_is_run_on_a_row_and_about_its_narrowest() -> None:
    """A sniff of 0.6 s in a clip of 6 s, 50 frames a second."""
    times = [i / 50 for i in range(300)]
    away = [abs(t - 3.0) / 0.3 for t in times]
    dip = [(1 + math.cos(math.pi * a)) / 2 if a < 1 else 0.0 for a in away]
    sizes = {frame: 2.0 - 1.2 * share for frame, share in enumerate(dip)}
    ran = followed(FramePlan(clip(times), ["ivc"]), lambda _: sizes)["ivc"]
    assert {*range(0, 299, 6), *range(142, 160, 2)} <= set(ran)
    assert len(ran) < 0.25 * len(times)
    every = read_ivc(sizes, times, Manoeuvre.SNIFF)
    few = read_ivc({frame: sizes[frame] for frame in ran}, times, Manoeuvre.SNIFF)
    assert few.max_cm == pytest.approx(every.max_cm, abs=0.02)
    assert few.collapse == pytest.approx(every.collapse, abs=1.0)


def test_beside_a_jump_more_frames_are_run() -> None:
    times = [i / 50 for i in range(100)]
    sizes = dict.fromkeys(range(100), 3.0) | {30: 4.0}
    ran = followed(FramePlan(clip(times), ["ivc"]), lambda _: sizes)["ivc"]
    assert {29, 31} <= set(ran)
    assert len(ran) == len({*range(0, 99, 6), 99, 29, 31})


def test_a_network_that_sees_nothing_is_run_on_a_few_of_the_row_only() -> None:
    """Not evenly: no heart rate hides what it sees."""
    times = [i / 50 for i in range(100)]
    plan = FramePlan(clip(times), ["lvid", "aorta"])
    ran = followed(plan, lambda _: {})
    assert ran["lvid"] == [0, 4, 12, 24, 40, 60, 84]  # of every fourth
    assert ran["aorta"] == [0, 6, 18, 36, 60, 90]  # of every sixth


def test_a_network_that_sees_little_is_run_on_the_row_only() -> None:
    times = [i / 50 for i in range(100)]
    ran = followed(FramePlan(clip(times), ["lvid"]), lambda _: {0: 4.0, 40: 3.0})
    assert sorted(ran["lvid"]) == [*range(0, 99, 4), 99]


@pytest.mark.parametrize(("fps", "count"), [(30, 2), (60, 1)])
def test_what_is_run_of_a_cine_is_compared_as_all_of_it_is(fps: float, count: int) -> None:
    """Of the frames that are run none is flagged where all are right, though those between them
    were not run; one that is 12 mm off is, and none that is right beside it."""
    for curve in hearts(count, fps):
        cine, right = clip(curve.times, curve.r_waves), curve.exact

        def flagged(sizes: Sizes, cine: Cine = cine) -> tuple[list[int], set[int]]:
            ran = sorted(followed(FramePlan(cine, ["lvid"]), lambda _: sizes)["lvid"])
            calipers = [beat_by_beat(cine, said("lvid", f, sizes[f]))[0] for f in ran]
            return ran, {c.frame for c in checked(cine, calipers) if Flag.JUMP in c.flags}

        ran, none = flagged(right)
        assert len(ran) < len(right)
        assert none == set()
        for off in (ran[len(ran) // 3], ran[-3]):
            assert flagged({**right, off: right[off] - 1.2})[1] == {off}


def test_the_frame_shown_comes_first_and_then_outwards(heart: HeartCurve) -> None:
    plan = FramePlan(clip(heart.times), ["lvid", "ivs"], first=41)
    ask = plan.next()
    assert ask is not None
    assert ask.frames[:4] == (41, 40, 24, 60)
    ran = followed(FramePlan(clip(heart.times), ["lvid", "ivs"], first=41), lambda _: heart.read)
    assert 41 in ran["ivs"]


def test_without_calibration_the_turns_are_found_in_pixels(heart: HeartCurve) -> None:
    with_scale = followed(FramePlan(clip(heart.times), ["lvid"]), lambda _: heart.read)
    without = FramePlan(clip(heart.times, calibrated=False), ["lvid"])
    assert followed(without, lambda _: heart.read) == with_scale


def test_strips_and_cines_without_times_are_run_whole() -> None:
    untimed = clip(None, count=40)
    assert not is_thinned(untimed, "lvid")
    assert FramePlan(untimed, ["lvid", "ivs"]).next() == FramePlan(untimed, ["lvid", "ivs"]).next()
    ask = FramePlan(untimed, ["lvid"]).next()
    assert ask is not None
    assert ask.frames == tuple(range(40))
    assert not is_thinned(clip([i / 50 for i in range(40)]), "trvmax")
    assert not is_thinned(clip([0.0] * 40), "lvid")


def test_every_prediction_comes_once_and_progress_never_goes_back(heart: HeartCurve) -> None:
    def run(
        cine: Cine, ids: Sequence[str], frames: Sequence[int], monitor: Monitor
    ) -> Iterator[Prediction]:
        for number, frame in enumerate(frames):
            monitor(Progress(number, len(frames), "lvid"))
            yield from (said(id, frame, heart.read[frame]) for id in ids)

    steps: list[int] = []
    cine = clip(heart.times)
    found = list(predict_what_matters(run, cine, ["lvid"], lambda p: steps.append(p.done)))
    assert len({one.frame for one in found}) == len(found) == len(steps)
    assert steps == sorted(steps)
