"""End-diastole and end-systole on curves that are known in closed form."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from heart_curves import heart_curve

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
    systole = systole_of(period_s)
    return {i: lvid(t + starts_s, period_s, systole) for i, t in enumerate(times)}, times


def systole_of(period_s: float) -> float:
    """Two fifths of the beat, but half a second at most."""
    return min(0.4 * period_s, 0.5)


def at(found: Beats, times: Sequence[float]) -> list[tuple[float, float]]:
    """Seconds of ED and ES of the complete beats."""
    return [
        (times[beat.ed], times[beat.es])
        for beat in found.beats
        if beat.ed is not None and beat.es is not None
    ]


def frames_of(found: Beats) -> list[tuple[int | None, int | None]]:
    return [(beat.ed, beat.es) for beat in found.beats]


RATES = [(fps, bpm) for fps in (15, 20, 30, 50, 90, 120) for bpm in (30, 45, 60, 75, 120, 180, 220)]


@pytest.mark.parametrize(("fps", "bpm"), [(f, b) for f, b in RATES if 60 * f / b >= 12])
def test_the_frames_are_found_at_any_frame_rate_and_heart_rate(fps: float, bpm: float) -> None:
    """A clip of three beats from the middle of diastole on holds three ED, each with its ES."""
    period = 60 / bpm
    diameters, times = clip(fps, 3 * period, 0.7 * period, period)
    found = find_beats(diameters, times)
    truth = [((k + 0.3) * period, (k + 0.3) * period + systole_of(period)) for k in range(3)]
    assert len(at(found, times)) == 3
    for (ed, es), (true_ed, true_es) in zip(at(found, times), truth, strict=True):
        assert ed == pytest.approx(true_ed, abs=max(1.5 / fps, 0.02))
        assert es == pytest.approx(true_es, abs=max(1.5 / fps, 0.02))
    assert found.rhythm.rate == pytest.approx(bpm, rel=0.03)
    assert found.rhythm.words == "regular"


@pytest.mark.parametrize("fps", [30, 45, 60, 90])
def test_the_ejection_fraction_does_not_depend_on_the_frame_rate(fps: float) -> None:
    """Teichholz of 5.0 and 3.0 cm: 118.24 and 7 / 5.4 * 27 = 35 mL, EF 70.4 %."""
    diameters, times = clip(fps, 2.5, 0.3)
    found = find_beats(diameters, times)
    ed, es = (
        sum(diameters[i] for i in frames) / len(frames)
        for frames in (found.ed_frames, found.es_frames)
    )
    edv, esv = (7 / (2.4 + d) * d**3 for d in (ed, es))
    assert 100 * (edv - esv) / edv == pytest.approx(70.4, abs=0.7)


FRAMES = [
    # fps, bpm, 60 fps / bpm in whole frames
    (30, 90, 20, ""),
    (60, 120, 30, ""),
    (19, 60, 19, "warning"),
    (15, 75, 12, "warning"),
    (15, 81, 11, "reason"),
    (20, 120, 10, "reason"),
    (30, 180, 10, "reason"),
]


@pytest.mark.parametrize(("fps", "bpm", "frames", "where"), FRAMES)
def test_too_few_frames_per_beat_are_said(fps: int, bpm: int, frames: int, where: str) -> None:
    """From 20 frames per beat on nothing is said, from 12 a warning, below there is no ES."""
    diameters, times = clip(fps, 3.5 * 60 / bpm, 0.7 * 60 / bpm, 60 / bpm)
    found = find_beats(diameters, times)
    warning = f"{frames} frames per beat: end-systole may lie between two of them, EF and FS be "
    assert found.warnings == ((f"{warning}too low.",) if where == "warning" else ())
    reason = f"{frames} frames per beat: too few to see end-systole"
    assert found.reason == (reason if where == "reason" else "")
    assert len(found.ed_frames) >= 3
    assert bool(found.es_frames) == bool(found.complete) == (where != "reason")


@pytest.mark.parametrize(("fps", "frames", "where"), [(12, 3, "reason"), (20, 6, "warning")])
def test_in_a_clip_without_a_whole_beat_the_frames_of_a_systole_tell(
    fps: int, frames: int, where: str
) -> None:
    """0.32 s from ED to ES: 3.84 and 6.4 frames. The clip begins before ED and ends after ES."""
    diameters, times = clip(fps, 0.55, 0.7)
    found = find_beats(diameters, times)
    if where == "reason":
        expected = f"{frames} frames between end-diastole and end-systole: too few to see end-"
        assert (found.reason, found.complete) == (f"{expected}systole", ())
    else:
        (warning,) = found.warnings
        assert warning.startswith(f"{frames} frames between end-diastole and end-systole: ")


def test_a_clip_from_r_wave_to_r_wave_holds_its_one_beat() -> None:
    """0.8 s at 50 fps: ED on the first frame, ES at 0.32 s = frame 16, the next ED on frame 40."""
    diameters, times = clip(50, 0.8)
    assert frames_of(find_beats(diameters, times)) == [(0, 16), (40, None)]


def test_a_short_clip_that_begins_in_mid_systole_has_no_ed_before_its_es() -> None:
    """From 0.16 s after ED, half-way down, to just before the next ED: ES at 0.16 s = frame 8."""
    diameters, times = clip(50, 0.6, 0.16)
    found = find_beats(diameters, times)
    assert frames_of(found) == [(None, 8)]
    assert found.complete == ()
    assert found.reason == "the clip holds no end-diastole that is seen from both sides"


def test_a_clip_that_ends_in_mid_systole_does_not_count_its_last_frame_as_es() -> None:
    """1.0 s from ED: one whole beat, and the ED of a second one whose systole is cut."""
    diameters, times = clip(50, 1.0)
    assert frames_of(find_beats(diameters, times)) == [(0, 16), (40, None)]


def test_a_clip_that_ends_in_diastasis_does_not_count_it_as_ed() -> None:
    """Until 0.62 s after ED, at three quarters of the filling: neither a second ED nor an RR."""
    diameters, times = clip(50, 0.72, 0.7)
    found = find_beats(diameters, times)
    assert frames_of(found) == [(5, 21)]
    assert found.rhythm.rate is None


def test_a_single_systole_from_ed_to_a_little_after_es_is_a_beat() -> None:
    diameters, times = clip(50, 0.45)
    assert frames_of(find_beats(diameters, times)) == [(0, 16)]


def test_without_a_whole_systole_the_filling_shows_the_movement() -> None:
    """From 0.2 s after ED, ES at 0.12 s = frame 6, the next ED at 0.6 s = frame 30, to 0.75 s."""
    diameters, times = clip(50, 0.75, 0.2)
    found = find_beats(diameters, times)
    assert frames_of(found) == [(30, 6)]
    assert found.beats[0].complete


def test_each_ed_goes_with_the_es_that_follows_it() -> None:
    diameters, times = clip(50, 3.0, 0.4)
    found = at(find_beats(diameters, times), times)
    assert len(found) == 3
    for ed, es in found:
        assert 0.26 <= es - ed <= 0.38


def test_an_ed_or_es_whose_partner_is_not_in_the_clip_is_there_alone() -> None:
    """From 0.2 s after ED for two beats: ES at 0.12, ED at 0.6, ES at 0.92, ED at 1.4 s."""
    diameters, times = clip(50, 1.6, 0.2)
    found = find_beats(diameters, times)
    assert frames_of(found) == [(None, 6), (30, 46), (70, None)]
    assert [beat.why_not for beat in found.beats] == [
        "its end-diastole is not seen",
        "",
        "its end-systole is not seen",
    ]


class TestRWaves:
    def test_they_give_rate_and_rhythm(self) -> None:
        """R waves 20 ms after each ED: 0.8, 0.8 s apart."""
        diameters, times = clip(50, 2.7, 0.1)
        found = find_beats(diameters, times, [0.72, 1.52, 2.32, 99.0])
        assert found.source == "R waves"
        assert at(found, times) == [(0.7, 1.02), (1.5, 1.82), (2.3, 2.62)]
        assert found.rhythm.rr_s == pytest.approx((0.8, 0.8))

    def test_a_large_diameter_without_one_is_no_ed(self) -> None:
        """A bulge of the whole stroke in mid-diastole, where breathing moved the picture."""
        diameters, times = clip(50, 4.2, 0.3, 1.4)
        for i, t in enumerate(times):
            since = (t + 0.3) % 1.4 - 0.95
            if abs(since) < 0.12:
                diameters[i] -= 1.5 * (1 + math.cos(math.pi * since / 0.12)) / 2
        assert len(find_beats(diameters, times).ed_frames) > 3
        found = find_beats(diameters, times, [1.1, 2.5, 3.9])
        assert [round(times[ed], 1) for ed in found.ed_frames] == [1.1, 2.5, 3.9]

    def test_the_curve_stands_in_for_one_that_is_missing(self) -> None:
        """Five beats; the third R wave was not found."""
        diameters, times = clip(50, 4.0, 0.3)
        found = find_beats(diameters, times, [0.5, 1.3, 2.9, 3.7])
        assert [round(times[ed], 1) for ed in found.ed_frames] == [0.5, 1.3, 2.1, 2.9, 3.7]
        assert found.rhythm.rate == pytest.approx(75, abs=1)

    def test_those_that_do_not_fit_the_movement_are_left_aside(self) -> None:
        """Half-way down the systole, where no ECG puts its R wave."""
        diameters, times = clip(50, 3.2, 0.3)
        plain = find_beats(diameters, times)
        found = find_beats(diameters, times, [0.68, 1.48, 2.28, 3.08])
        assert (found.source, found.beats) == ("diameter", plain.beats)

    def test_a_weak_beat_counts_where_an_r_wave_stands(self) -> None:
        """The third of four beats ejects a third of the others' stroke; no turn by shape alone."""
        diameters, times = clip(50, 3.2, 0.4)
        for i, t in enumerate(times):
            if 2.0 < t < 2.8:
                diameters[i] = ED_CM - (ED_CM - diameters[i]) / 3
        waves = [0.4, 1.2, 2.0, 2.8]
        found = find_beats(diameters, times, waves)
        assert [round(times[ed], 1) for ed in found.ed_frames] == waves
        assert [times[es] for es in found.es_frames[-2:]] == pytest.approx([2.32, 3.12], abs=0.021)


@pytest.mark.parametrize("by_waves", [True, False])
def test_in_atrial_fibrillation_every_beat_is_found_and_the_rhythm_is_asked_about(
    by_waves: bool,
) -> None:
    """Phantom hearts without atrial kick, their RR drawn with a spread of a fifth."""
    hits, truth, words = 0, 0, []
    for seed in range(20):
        curve = heart_curve(seed, 50, 80, 8, sinus=False)
        found = find_beats(curve.read, curve.times, curve.r_waves if by_waves else ())
        inner = [ed for ed in curve.ed if 5 <= ed <= len(curve.times) - 6]
        hits += sum(min(abs(ed - x) for x in found.ed_frames) <= 2 for ed in inner)
        truth += len(inner)
        words.append(found.rhythm.words)
    assert hits >= 0.97 * truth
    assert words.count("irregular: rhythm?") >= 18


def test_the_beat_after_two_alike_rr_is_the_index_beat() -> None:
    """RR 0.8, 0.8, 1.0, 0.6 s: of the ED only the third follows two alike."""
    starts = [0.2, 1.0, 1.8, 2.8, 3.4]
    times = [i / 50 for i in range(round(3.7 * 50))]
    diameters = {}
    for i, t in enumerate(times):
        k = sum(start <= t for start in starts)
        start, end = ([-0.6, *starts][k], [*starts, 4.2][k])
        diameters[i] = lvid(t - start, end - start, 0.4 * (end - start))
    found = find_beats(diameters, times)
    assert [round(times[ed], 1) for ed in found.ed_frames] == starts
    assert [beat.index for beat in found.beats if beat.ed is not None] == [
        False, False, True, False, False,
    ]  # fmt: skip


def test_frame_times_need_not_be_even() -> None:
    """Every third frame of the first second left out of the file: 50 fps with holes."""
    even = [i / 50 for i in range(120)]
    times = [t for i, t in enumerate(even) if i >= 50 or i % 3]
    diameters = {i: lvid(t + 0.5) for i, t in enumerate(times)}
    found = find_beats(diameters, times)
    assert [round(times[ed], 1) for ed in found.ed_frames] == [0.3, 1.1, 1.9]


def test_diastasis_and_the_atrial_kick_are_no_beats_of_their_own() -> None:
    """45 beats per minute: the curve rests for 0.28 s at three quarters of its height."""
    diameters, times = clip(50, 60 / 45 * 3, 0.5, 60 / 45)
    found = find_beats(diameters, times)
    assert len(found.ed_frames) == 3
    assert found.rhythm.rate == pytest.approx(45, abs=0.5)


def test_a_dip_in_diastole_of_a_third_of_the_stroke_is_no_systole() -> None:
    """0.6 cm of the 2 cm stroke, for a quarter of a second within diastasis at 45 per minute."""
    period = 4 / 3
    diameters, times = clip(50, 3 * period, 0.9 * period, period)
    expected = find_beats(diameters, times)
    assert len(expected.complete) == 3
    for i, t in enumerate(times):
        from_dip = (t + 0.9 * period) % period - 1.0
        if abs(from_dip) < 0.125:
            diameters[i] -= 0.6 * (1 + math.cos(math.pi * from_dip / 0.125)) / 2
    assert find_beats(diameters, times).beats == expected.beats


@pytest.mark.parametrize(
    "wild", [{30: 9.0}, {5: 0.5}, {0: 9.0}, {80: 0.4}, {24: 6.5, 25: 6.3}, {45: 2.0, 61: 9.0}]
)
def test_wild_frames_are_neither_ed_nor_es(wild: dict[int, float]) -> None:
    """Two beats from 0.1 s before ED: ED on frames 5 and 45, ES on 21 and 61."""
    diameters, times = clip(50, 1.6, 0.7)
    found = find_beats({**diameters, **wild}, times)
    assert not {*found.ed_frames, *found.es_frames} & {*wild}
    for (ed, es), (true_ed, true_es) in zip(frames_of(found)[:2], [(5, 21), (45, 61)], strict=True):
        assert ed == pytest.approx(true_ed, abs=2)
        assert es == pytest.approx(true_es, abs=2)


@pytest.mark.parametrize("fps", [60, 90, 120])
@pytest.mark.parametrize("error_mm", [-0.8, 0.8])
def test_of_the_middle_of_a_turn_a_frame_that_is_right_counts(fps: int, error_mm: float) -> None:
    """A frame that is a little off is not wild, and still makes an EF one or two points wrong."""
    diameters, times = clip(fps, 2.6, 0.5)
    for phase in ("ed_frames", "es_frames"):
        middle = getattr(find_beats(diameters, times), phase)[1]
        off = diameters | {middle: diameters[middle] + error_mm / 10}
        found = getattr(find_beats(off, times), phase)[1]
        assert found != middle
        assert abs(times[found] - times[middle]) <= 0.034
        assert diameters[found] == pytest.approx(diameters[middle], abs=0.04)


def test_a_frame_that_a_person_placed_is_never_wild() -> None:
    """ED on frame 40; the reviewer makes it 3 mm larger than its neighbours."""
    diameters, times = clip(50, 1.7)
    diameters[40] += 0.3
    assert 40 not in find_beats(diameters, times).ed_frames
    assert 40 in find_beats(diameters, times, trusted={40}).ed_frames


def test_without_frame_times_the_shape_decides() -> None:
    diameters, _ = clip(30, 1.8, 0.5)
    timed = find_beats(diameters, [i / 30 for i in range(len(diameters))])
    found = find_beats(diameters, None)
    assert found.beats == timed.beats != ()
    assert found.rhythm.rate is None
    assert timed.rhythm.rate == pytest.approx(75, abs=1)


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
    assert found.es_frames == ()
    assert found.reason == "LVID is not measured on the frames around end-diastole or end-systole"


def test_one_missing_frame_does_no_harm() -> None:
    """At 30 fps a single flagged frame leaves a hole of 67 ms."""
    diameters, times = clip(30, 2.4, 0.5)
    whole = find_beats(diameters, times)
    del diameters[whole.es_frames[1] + 1]
    assert find_beats(diameters, times).beats == whole.beats


def test_over_a_beat_that_was_not_measured_there_is_no_rr() -> None:
    """ED at 0.3, 1.1, 1.9, 2.7, 3.5 s; nothing is measured from 1.7 to 2.1 s."""
    diameters, times = clip(50, 3.9, 0.5)
    left = {i: d for i, d in diameters.items() if not 1.7 <= times[i] <= 2.1}
    found = find_beats(left, times)
    assert [round(times[ed], 1) for ed in found.ed_frames] == [0.3, 1.1, 2.7, 3.5]
    assert found.rhythm.rr_s == pytest.approx((0.8, 0.8), abs=0.01)
