"""End-diastole and end-systole on curves that are known in closed form, and on phantoms."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from EchoMeasureLib.measuring.beats import Beats, find_beats

ED_CM, ES_CM = 5.0, 3.0


def lvid(time_s: float, period_s: float = 0.8, systole_s: float = 0.32) -> float:
    """Diameter with ED at every multiple of the period and ES `systole_s` later.

    Systole falls as half a cosine; filling rises by three quarters in two fifths of
    diastole, rests (diastasis), and the atrial kick brings the last quarter.
    """
    phase = time_s % period_s
    stroke, diastole = ED_CM - ES_CM, period_s - systole_s
    filled, kick = systole_s + 0.4 * diastole, period_s - 0.25 * diastole

    def ramp(start: float, end: float) -> float:
        return (1 - math.cos(math.pi * (phase - start) / (end - start))) / 2

    if phase < systole_s:
        return ED_CM - stroke * ramp(0, systole_s)
    if phase < filled:
        return ES_CM + 0.75 * stroke * ramp(systole_s, filled)
    if phase < kick:
        return ES_CM + 0.75 * stroke
    return ES_CM + stroke * (0.75 + 0.25 * ramp(kick, period_s))


def clip(
    fps: float, lasts_s: float, starts_s: float = 0.0, period_s: float = 0.8
) -> tuple[dict[int, float], list[float]]:
    """Diameters by frame and frame times; the clip begins `starts_s` after an ED."""
    times = [i / fps for i in range(round(lasts_s * fps) + 1)]
    return {i: lvid(t + starts_s, period_s, 0.4 * period_s) for i, t in enumerate(times)}, times


def at(found: Beats, times: Sequence[float]) -> list[tuple[float, float]]:
    return [
        (times[beat.ed], times[beat.es])
        for beat in found.beats
        if beat.ed is not None and beat.es is not None
    ]


@pytest.mark.parametrize("fps", [20, 30, 50, 90, 120])
@pytest.mark.parametrize("bpm", [45, 60, 75, 100, 120])
def test_the_frames_are_found_at_any_frame_rate_and_heart_rate(fps: float, bpm: float) -> None:
    """A clip of three beats from the middle of diastole on holds three ED, two with an ES."""
    period = 60 / bpm
    diameters, times = clip(fps, 3 * period, 0.7 * period, period)
    found = at(find_beats(diameters, times), times)
    truth = [((k + 0.3) * period, (k + 0.7) * period) for k in range(3)]
    assert len(found) == 3
    for (ed, es), (true_ed, true_es) in zip(found, truth, strict=True):
        assert ed == pytest.approx(true_ed, abs=max(1.5 / fps, 0.02))
        assert es == pytest.approx(true_es, abs=max(1.5 / fps, 0.02))


@pytest.mark.parametrize("fps", [30, 45, 60, 90])
def test_the_ejection_fraction_does_not_depend_on_the_frame_rate(fps: float) -> None:
    """Teichholz of 5.0 and 3.0 cm: 118.24 and 7 / 5.4 * 27 = 35 mL, EF 70.4 %."""
    diameters, times = clip(fps, 2.5, 0.3)
    found = find_beats(diameters, times)
    ed = sum(diameters[i] for i in found.ed_frames) / len(found.beats)
    es = sum(diameters[i] for i in found.es_frames) / len(found.beats)
    edv, esv = (7 / (2.4 + d) * d**3 for d in (ed, es))
    assert 100 * (edv - esv) / edv == pytest.approx(70.4, abs=0.7)


def test_a_clip_from_r_wave_to_r_wave_holds_its_one_beat() -> None:
    """0.8 s at 50 fps: ED on the first frame, ES at 0.32 s = frame 16."""
    diameters, times = clip(50, 0.8)
    assert [(b.ed, b.es) for b in find_beats(diameters, times).beats] == [(0, 16)]


def test_a_short_clip_that_begins_in_mid_systole_has_no_ed_before_its_es() -> None:
    """From 0.16 s after ED, half-way down, to just before the next ED."""
    diameters, times = clip(50, 0.6, 0.16)
    found = find_beats(diameters, times)
    assert found.beats == ()
    assert found.reason == "the clip holds no end-diastole with an end-systole after it"


def test_a_clip_that_ends_in_mid_systole_does_not_count_its_last_frame_as_es() -> None:
    """1.0 s from ED: one whole beat, and a second one cut at 0.2 s of its 0.32 s systole."""
    diameters, times = clip(50, 1.0)
    assert [(b.ed, b.es) for b in find_beats(diameters, times).beats] == [(0, 16)]


def test_a_single_systole_from_ed_to_a_little_after_es_is_a_beat() -> None:
    diameters, times = clip(50, 0.45)
    assert [(b.ed, b.es) for b in find_beats(diameters, times).beats] == [(0, 16)]


def test_each_ed_goes_with_the_es_that_follows_it() -> None:
    diameters, times = clip(50, 3.0, 0.4)
    for ed, es in at(find_beats(diameters, times), times):
        assert 0.26 <= es - ed <= 0.38


def test_r_waves_decide_which_maximum_is_ed() -> None:
    """R waves at 0.8 and 1.6 s; the diameter also has its maximum at 0 and 2.4 s."""
    diameters, times = clip(50, 2.7)
    found = find_beats(diameters, times, [0.82, 1.62, 99.0])
    assert (found.source, at(found, times)) == ("R waves", [(0.8, 1.12), (1.6, 1.92)])


def test_frame_times_need_not_be_even() -> None:
    """Every third frame of the first second left out of the file: 50 fps with holes."""
    even = [i / 50 for i in range(120)]
    times = [t for i, t in enumerate(even) if i >= 50 or i % 3]
    diameters = {i: lvid(t + 0.5) for i, t in enumerate(times)}
    found = at(find_beats(diameters, times), times)
    assert [round(ed, 1) for ed, _ in found] == [0.3, 1.1, 1.9]


def test_diastasis_and_the_atrial_kick_are_no_beats_of_their_own() -> None:
    """45 beats per minute: the curve rests for 0.28 s at three quarters of its height."""
    diameters, times = clip(50, 60 / 45 * 3, 0.5, 60 / 45)
    assert len(find_beats(diameters, times).beats) == 3


def test_a_dip_in_diastole_of_a_third_of_the_stroke_is_no_systole() -> None:
    """0.6 cm of the 2 cm stroke, for a quarter of a second within diastasis at 45 per minute."""
    period = 4 / 3
    diameters, times = clip(50, 3 * period, 0.9 * period, period)
    expected = find_beats(diameters, times)
    assert len(expected.beats) == 3
    for i, t in enumerate(times):
        from_dip = (t + 0.9 * period) % period - 1.0
        if abs(from_dip) < 0.125:
            diameters[i] -= 0.6 * (1 + math.cos(math.pi * from_dip / 0.125)) / 2
    assert find_beats(diameters, times).beats == expected.beats


def test_one_wild_frame_is_neither_ed_nor_es() -> None:
    diameters, times = clip(50, 1.7)
    expected = find_beats(diameters, times)
    assert find_beats({**diameters, 30: 9.0}, times).beats == expected.beats
    assert find_beats({**diameters, 5: 0.5}, times).beats == expected.beats


def test_without_frame_times_the_shape_decides() -> None:
    diameters, _ = clip(30, 1.8, 0.5)
    timed = find_beats(diameters, [i / 30 for i in range(len(diameters))])
    assert find_beats(diameters, None).beats == timed.beats != ()


@pytest.mark.parametrize(
    ("diameters", "times", "reason"),
    [
        ({0: 5.0, 10: 3.0}, [i / 50 for i in range(11)], "LVID is measured on 2 frame(s)"),
        ({}, [], "LVID is measured on 0 frame(s)"),
        (dict.fromkeys(range(40), 5.0), [i / 50 for i in range(40)], "LVID hardly changes"),
        # Four frames a second cannot show a systole.
        ({i: lvid(i / 4) for i in range(12)}, [i / 4 for i in range(12)], "too seldom"),
        (dict.fromkeys(range(9), 5.0), [0.0] * 9, "the frame times do not rise"),
    ],
)
def test_where_no_beat_can_be_seen_the_reason_is_given(
    diameters: dict[int, float], times: list[float], reason: str
) -> None:
    found = find_beats(diameters, times)
    assert found.beats == ()
    assert reason in found.reason


def test_frames_missing_around_es_leave_it_unknown() -> None:
    """ES at 0.32 s; nothing is measured from 0.2 to 0.45 s."""
    diameters, times = clip(50, 0.8)
    left = {i: d for i, d in diameters.items() if not 0.2 <= times[i] <= 0.45}
    found = find_beats(left, times)
    assert found.beats == ()
    assert found.reason == "LVID is not measured on the frames around end-diastole or end-systole"


def test_one_missing_frame_does_no_harm() -> None:
    """At 30 fps a single flagged frame leaves a hole of 67 ms."""
    diameters, times = clip(30, 2.4, 0.5)
    whole = find_beats(diameters, times)
    es = whole.es_frames[1]
    del diameters[es + 1]
    assert find_beats(diameters, times).beats == whole.beats


@pytest.mark.parametrize("seed", [1, 3, 4, 5, 8, 12, 13, 15, 16, 17, 18, 20, 21])
def test_the_beats_of_a_phantom_are_those_it_was_made_with(seed: int) -> None:
    """The phantom's own list of ED and ES against its own diameters.

    ED within 0.06 s of the phantom's, or a plateau that differs by less than a third of a
    millimetre; ES within a frame and a half, or 0.03 s.
    """
    from EchoMeasureLib.phantoms.bmode import bmode_study
    from EchoMeasureLib.phantoms.layouts import LAYOUTS

    study = bmode_study("plax", tuple(LAYOUTS.values())[seed % len(LAYOUTS)], seed)
    times = study.frame_times_s
    frames = study.truth["measurements"]["lvid"]["frames"]
    diameters = {int(frame): entry["value"] for frame, entry in frames.items()}
    truth = [beat for beat in study.truth["beats"] if beat["es"] is not None]
    found = find_beats(diameters, times, study.r_waves_s)
    assert len(found.beats) == len(truth)
    step = times[1] - times[0]
    for ed, es, true in zip(found.ed_frames, found.es_frames, truth, strict=True):
        ed_time, ed_size = times[ed] - times[true["ed"]], diameters[true["ed"]]
        assert abs(ed_time) <= 0.06 or abs(diameters[ed] - ed_size) < 0.033
        assert abs(times[es] - times[true["es"]]) <= max(1.5 * step, 0.03)
