"""The inferior vena cava over a breath, on curves that are known in closed form."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from EchoMeasureLib.measuring.breathing import IvcMotion, Manoeuvre, read_ivc
from EchoMeasureLib.measuring.equations import right_atrial_mmhg

SNIFF, QUIET = Manoeuvre.SNIFF, Manoeuvre.QUIET
FPS = 30


def vein(
    time_s: float, wide: float, narrow: float, manoeuvre: Manoeuvre, starts_s: float = 0.0
) -> float:
    """Diameter in cm. Quiet: breaths of 4 s, at end-expiration every 4 s; sniff: one, at 3 s.

    A quiet breath rests at end-expiration; the sniff lasts 0.7 s at half of its depth.
    """
    now = time_s + starts_s
    if manoeuvre is QUIET:
        share = ((1 - math.cos(2 * math.pi * now / 4)) / 2) ** 1.5
    else:
        away = abs(now - 3) / 0.7
        share = (1 + math.cos(math.pi * away)) / 2 if away < 1 else 0.0
    return wide - (wide - narrow) * share


def clip(
    lasts_s: float, wide: float, narrow: float, manoeuvre: Manoeuvre, starts_s: float = 0.0
) -> tuple[dict[int, float], list[float]]:
    times = [i / FPS for i in range(round(lasts_s * FPS) + 1)]
    sizes = {i: vein(t, wide, narrow, manoeuvre, starts_s) for i, t in enumerate(times)}
    return sizes, times


@pytest.mark.parametrize("manoeuvre", [SNIFF, QUIET])
@pytest.mark.parametrize(("wide", "narrow"), [(2.0, 0.8), (1.5, 0.3), (2.6, 2.2), (2.4, 1.2)])
def test_largest_and_smallest_are_found(wide: float, narrow: float, manoeuvre: Manoeuvre) -> None:
    """Within a twentieth of the movement and a third of a millimetre."""
    diameters, times = clip(8, wide, narrow, manoeuvre)
    found = read_ivc(diameters, times)
    within = 0.05 * (wide - narrow) + 0.03
    assert found.max_cm == pytest.approx(wide, abs=within)
    assert found.min_cm == pytest.approx(narrow, abs=within)
    assert found.collapse == pytest.approx(100 * (wide - narrow) / wide, abs=4)
    lowest = [3.0] if manoeuvre is SNIFF else [2.0, 6.0]
    for frame in found.min_frames:
        assert min(abs(times[frame] - low) for low in lowest) < 0.4


def test_a_deep_breath_is_not_averaged_with_the_quiet_ones_beside_it() -> None:
    """Narrowest 1.6 cm in quiet breaths at 2 and 10 s, 0.6 cm in the one at 6 s."""
    times = [i / FPS for i in range(12 * FPS)]
    diameters = {i: vein(t, 2.0, 0.6 if 4 <= t < 8 else 1.6, QUIET) for i, t in enumerate(times)}
    assert read_ivc(diameters, times).min_cm == pytest.approx(0.6, abs=0.1)


def test_a_breath_is_timed_where_two_of_them_are_seen() -> None:
    diameters, times = clip(11, 2.0, 1.0, QUIET, 1.0)
    assert read_ivc(diameters, times).breath_s == pytest.approx(4.0, abs=0.15)


def test_a_breath_in_which_a_frame_stands_out_is_one_breath() -> None:
    """Narrowest at 1, 5 and 9 s; about 5 s one frame of 30 a second is read 1 cm too large."""
    diameters, times = clip(11, 2.0, 1.0, QUIET, 1.0)
    diameters[5 * FPS] += 1.0
    found = read_ivc(diameters, times)
    at = [sum(times[frame] for frame in turn) / len(turn) for turn in found.min_turns]
    assert at == pytest.approx([1, 5, 9], abs=0.15)
    assert 5 * FPS not in found.min_frames


@pytest.mark.parametrize("shallow", [0.3, 0.6])
def test_shallow_breaths_between_deep_ones_are_breaths(shallow: float) -> None:
    """A breath every 4 s; every other one goes `shallow` times as deep, and does not count."""
    times = [i / FPS for i in range(18 * FPS)]
    wide, deep = 2.0, 1.0
    diameters = {
        i: vein(t, wide, wide - deep * (shallow if t % 8 >= 4 else 1), QUIET)
        for i, t in enumerate(times)
    }
    found = read_ivc(diameters, times)
    assert len(found.min_turns) == 2
    assert found.breath_s == pytest.approx(4.0, abs=0.1)


def test_breaths_of_which_one_may_be_missing_are_not_timed() -> None:
    """Narrowest at 2, 6 and 14 s: a breath was held, or not seen."""
    times = [i / FPS for i in range(16 * FPS)]
    diameters = {i: 2.0 if 8 <= t < 12 else vein(t, 2.0, 1.0, QUIET) for i, t in enumerate(times)}
    found = read_ivc(diameters, times)
    assert found.collapse == pytest.approx(50, abs=4)
    assert found.breath_s is None


@pytest.mark.parametrize(
    ("lasts_s", "starts_s", "seen"),
    [
        # Narrowest at 2 s, widest at 0, 4 and 8 s.
        (4.0, 0.0, True),
        (4.5, 1.2, True),
        (3.4, -0.2, True),
        (3.2, 0.3, False),
        (1.5, 0.3, False),
        (1.5, 2.3, False),
        (2.0, 2.1, False),
    ],
)
def test_the_collapse_needs_a_breath_in_the_clip(
    lasts_s: float, starts_s: float, seen: bool
) -> None:
    diameters, times = clip(lasts_s, 2.0, 1.0, QUIET, starts_s)
    found = read_ivc(diameters, times, QUIET)
    assert (found.collapse is not None) == seen
    assert bool(found.reason) != seen
    if not seen:
        assert f"the clip of {lasts_s:.1f} s does not show" in found.reason


def test_the_widest_of_a_clip_without_end_expiration_is_said_to_be_doubtful() -> None:
    """From 1.0 to 2.6 s: the vein narrows and widens again, but is never at its widest."""
    diameters, times = clip(1.6, 2.0, 1.0, QUIET, 1.0)
    found = read_ivc(diameters, times)
    assert found.collapse is None
    assert found.warnings == (
        "The IVC may be wider at end-expiration, which the clip does not show.",
    )


class TestAVeinThatDoesNotMove:
    def test_is_asked_about(self) -> None:
        diameters, times = clip(8, 2.5, 2.45, QUIET)
        found = read_ivc(diameters, times)
        assert found.max_cm == pytest.approx(2.5, abs=0.03)
        assert found.min_cm is None
        assert found.reason == "the IVC moves by less than 5 %: was there a breath?"

    @pytest.mark.parametrize("manoeuvre", [SNIFF, QUIET])
    def test_does_not_collapse_where_somebody_says_how_the_person_breathed(
        self, manoeuvre: Manoeuvre
    ) -> None:
        diameters, times = clip(8, 2.5, 2.45, QUIET)
        found = read_ivc(diameters, times, manoeuvre)
        assert found.collapse == pytest.approx(2, abs=1)
        assert found.warnings == (
            "The IVC moves by less than 5 %; the 8.0 s are taken to hold a breath.",
        )

    def test_in_a_clip_shorter_than_a_breath_nothing_is_known(self) -> None:
        diameters, times = clip(3, 2.5, 2.45, QUIET)
        found = read_ivc(diameters, times, QUIET)
        assert found.reason == "the IVC moves by less than 5 %, and 3.0 s may hold no breath"


def test_a_vein_that_moves_with_the_heart_has_no_breath() -> None:
    """Every 1.1 s, as with tricuspid regurgitation."""
    times = [i / FPS for i in range(8 * FPS)]
    diameters = {i: 2.4 + 0.6 * math.cos(2 * math.pi * t / 1.1) for i, t in enumerate(times)}
    found = read_ivc(diameters, times)
    assert found.min_cm is None
    assert found.reason == "the IVC moves every 1.1 s, with the heart and not with the breath"


def test_wild_frames_and_gaps_do_no_harm() -> None:
    diameters, times = clip(8, 2.0, 1.0, QUIET)
    plain = read_ivc(diameters, times)
    for frame in (10, 77, 150):
        diameters[frame] += 0.9
    for frame in range(90, 240, 4):
        del diameters[frame]
    found = read_ivc(diameters, times)
    assert plain.max_cm is not None
    assert found.max_cm == pytest.approx(plain.max_cm, abs=0.02)
    assert found.min_cm == pytest.approx(plain.min_cm, abs=0.02)


@pytest.mark.parametrize(
    ("diameters", "times", "widest", "reason"),
    [
        ({}, [], None, "the IVC is measured on 0 frame(s); a breath needs 12"),
        ({0: 1.8}, [0.0], 1.8, "the IVC is measured on 1 frame(s); a breath needs 12"),
        ({0: 1.8, 9: 2.0, 20: 0.9}, [i / 10 for i in range(30)], 2.0, "3 frame(s)"),
        (dict.fromkeys(range(40), 2.0), None, 2.0, "without frame times nobody knows how long"),
        (dict.fromkeys(range(40), 2.0), [i / 3 for i in range(40)], 2.0, "every 0.33 s only"),
        (dict.fromkeys(range(40), 2.0), [0.0] * 40, 2.0, "measured on 1 frame(s)"),
    ],
)
def test_without_a_curve_there_is_the_largest_frame_and_a_reason(
    diameters: dict[int, float], times: list[float] | None, widest: float | None, reason: str
) -> None:
    found = read_ivc(diameters, times)
    assert (found.max_cm, found.min_cm) == (widest, None)
    assert reason in found.reason


CLASSES = [
    # wide, narrow, manoeuvre, mmHg: 10, 35, 64, 33, 70 and 30 % collapse.
    (2.4, 2.16, QUIET, 15),
    (2.5, 1.625, SNIFF, 15),
    (1.8, 0.65, SNIFF, 3),
    (1.8, 1.2, QUIET, 3),
    (2.4, 0.72, SNIFF, 8),
    (1.7, 1.19, SNIFF, 8),
]


@pytest.mark.parametrize(("wide", "narrow", "manoeuvre", "pressure"), CLASSES)
def test_noise_of_a_millimetre_does_not_change_the_pressure(
    wide: float, narrow: float, manoeuvre: Manoeuvre, pressure: float
) -> None:
    """50 clips of 8 s that begin anywhere, with the heartbeat (4 %) and 1 mm noise per frame."""
    right = []
    for seed in range(50):
        rng = np.random.default_rng(seed)
        starts = float(rng.uniform(0, 4 if manoeuvre is QUIET else 1.5))
        diameters, times = clip(8, wide, narrow, manoeuvre, starts)
        beat = float(rng.uniform(0.8, 1.8))
        read = {
            i: size + 0.02 * wide * math.sin(2 * math.pi * beat * times[i]) + rng.normal(0, 0.1)
            for i, size in diameters.items()
        }
        found = read_ivc(read, times, manoeuvre)
        assert found.max_cm is not None
        if found.collapse is not None:
            right.append(right_atrial_mmhg(found.max_cm, found.collapse, manoeuvre) == pressure)
    assert len(right) >= 45
    assert sum(right) >= 0.98 * len(right)


def test_nothing_collapses_by_more_than_all() -> None:
    """100 x 2.9685933594143936 / 2.9685933594143936 is more than 100 to a computer."""
    assert IvcMotion(2.9685933594143936, ((10,),), 8.4e-187, ((5,),)).collapse == 100


def check(found: IvcMotion, diameters: dict[int, float]) -> None:
    assert bool(found.reason) == (found.collapse is None)
    assert {*found.max_frames, *found.min_frames} <= {*diameters}
    assert (found.max_cm is None) == (not found.max_frames)
    assert (found.min_cm is None) == (not found.min_frames)
    if found.max_cm is not None:
        sizes = [diameters[frame] for frame in found.max_frames]
        assert min(sizes) * 0.999 <= found.max_cm <= max(sizes) * 1.001
    if found.collapse is not None:
        assert found.collapse <= 100


sizes = st.one_of(
    st.floats(0, 6),
    st.sampled_from([0.0, 2.0, 2.0000001, 1e-300, 1e300, float("inf"), float("nan"), -3.0]),
)
steps = st.sampled_from([0.0, 1 / 120, 1 / 30, 0.1, 0.2, -0.05, 5.0])


class TestAnySignal:
    @settings(max_examples=examples(30), deadline=None)
    @given(
        st.lists(sizes, max_size=25),
        st.lists(steps, min_size=1, max_size=6),
        st.integers(1, 16),
        st.sampled_from([None, SNIFF, QUIET]),
    )
    def test_wild(
        self, some: list[float], between: list[float], again: int, manoeuvre: Manoeuvre | None
    ) -> None:
        values = some * again
        times = list(itertools.accumulate(itertools.islice(itertools.cycle(between), len(values))))
        diameters = {i: value for i, value in enumerate(values) if value != 2.0}
        check(read_ivc(diameters, times, manoeuvre, [0, 3]), diameters)
        check(read_ivc(diameters, None, manoeuvre), diameters)

    @settings(max_examples=examples(25), deadline=None)
    @given(st.integers(0, 2**31), st.integers(0, 400), st.sampled_from([8, 30, 60]))
    def test_smooth(self, seed: int, count: int, fps: int) -> None:
        rng = np.random.default_rng(seed)
        t = np.arange(count) / fps
        waves = sum(rng.uniform(0, 0.8) * np.sin(rng.uniform(0.2, 12) * t) for _ in range(4))
        values = np.abs(2 + waves + rng.uniform(0, 0.3) * rng.normal(0, 1, count))
        diameters = {i: float(v) for i, v in enumerate(values) if rng.random() > 0.1}
        check(read_ivc(diameters, t.tolist(), SNIFF), diameters)

    @pytest.mark.parametrize("slope", [-0.1, 0.1])
    def test_a_vein_that_only_widens_or_narrows_has_no_breath(self, slope: float) -> None:
        times = [i / FPS for i in range(8 * FPS)]
        found = read_ivc({i: 2 + slope * t for i, t in enumerate(times)}, times, QUIET)
        assert found.min_cm is None
