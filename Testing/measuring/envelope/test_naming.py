"""Waves are told apart by side, order and time in the beat, and where a strip does not say, so is
the name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from drawn_waves import CM_S, SECONDS, STRIP, ZERO, Hump, cine, region, strip
from edge_strips import clean
from PIL import Image, ImageDraw

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.measuring.envelope.beat_search import Sighting, find_beats_of
from EchoMeasureLib.measuring.envelope.kept_readings import find_reading
from EchoMeasureLib.measuring.envelope.naming import NamedWave, name_waves, wave_kind
from EchoMeasureLib.measuring.envelope.reading import read_strip
from EchoMeasureLib.measuring.envelope.timelines import SLOTS, WaveKind
from EchoMeasureLib.phantoms.doppler_cases import CASES
from EchoMeasureLib.phantoms.doppler_plan import plan_spectrum
from EchoMeasureLib.phantoms.layout_parts import Quirk
from EchoMeasureLib.phantoms.layouts import LAYOUTS

PQRST = ((-0.16, 3, 0.02), (0, 22, 0.01), (0.03, -5, 0.012), (0.3, 6, 0.045))
"""Seconds after the R wave, height in rows and width of the parts of an ECG."""

BEAT = 0.8
"""Seconds: 75 beats per minute. Its diastole begins 0.43 s after the R wave."""


def wave(at: float, height: float, seconds: float) -> Hump:
    """A wave with its peak so many seconds from the strip's left edge."""
    return Hump(at / SECONDS, height, width=seconds / SECONDS)


def beats(*waves: tuple[float, float, float], first: float = 0.2) -> list[Hump]:
    """These waves (seconds after R, rows, seconds long) in every beat of a strip of 2 s."""
    starts = first + BEAT * np.arange(-1, 3)
    humps = [wave(start + at, *shape) for start in starts for at, *shape in waves]
    return [hump for hump in humps if 0.02 < hump.at * SECONDS < 1.96]


INFLOW = beats((0.53, 90, 0.2), (0.74, 60, 0.12))
TISSUE = beats((0.16, 60, 0.22), (0.48, -80, 0.12), (0.73, -60, 0.1))
EJECTION = beats((0.18, -90, 0.28), (0.53, 50, 0.2))


def named(
    humps: Sequence[Hump], kind: WaveKind, r_waves: Sequence[float] = ()
) -> tuple[NamedWave, ...]:
    return name_waves(read_strip(strip(humps), region(), ZERO), kind, r_waves)


@pytest.mark.parametrize(
    ("humps", "kind", "names"),
    [
        (INFLOW, WaveKind.INFLOW, ["A", "E", "A", "E", "A"]),
        (TISSUE, WaveKind.TISSUE, ["a'", "s'", "e'", "a'", "s'", "e'", "a'"]),
        (EJECTION, WaveKind.JET, ["jet", "jet"]),
    ],
)
def test_each_wave_has_its_name_in_its_beat(
    humps: list[Hump], kind: WaveKind, names: list[str]
) -> None:
    found = named(humps, kind)
    assert [one.name.value for one in found] == names
    starts = np.array([0.2 - BEAT, 0.2, 0.2 + BEAT, 0.2 + 2 * BEAT])
    beat = np.searchsorted(starts, [one.peak_s or 0 for one in found]) - 1
    assert [one.beat for one in found] == [int(b - beat[0]) for b in beat]
    assert not any(one.unsure for one in found)
    assert min(one.quality for one in found) > 0.4


@pytest.mark.parametrize(
    ("humps", "kind"),
    [(INFLOW, WaveKind.INFLOW), (TISSUE, WaveKind.TISSUE), (EJECTION, WaveKind.JET)],
    ids=lambda value: value.value if isinstance(value, WaveKind) else "",
)
def test_nothing_is_told_for_sure_where_the_scale_has_the_wrong_sign(
    humps: list[Hump], kind: WaveKind
) -> None:
    # The display is inverted, and the scale in the file is not.
    found = named([replace(hump, height=-hump.height) for hump in humps], kind)
    assert not [one.name.value for one in found if not one.unsure]


def test_a_wrong_sign_of_the_scale_is_said() -> None:
    found = named([replace(hump, height=-hump.height) for hump in TISSUE], WaveKind.TISSUE)
    assert any("right sign" in one.unsure for one in found)


def test_tissue_that_rests_about_the_baseline_has_no_wave() -> None:
    """Its band lies on both sides of it, however uneven; an atrial wave leaves it."""
    resting = beats((0.16, 60, 0.22), (0.48, -80, 0.12), (0.73, -36, 0.12), (0.73, 26, 0.12))
    assert [one.name.value for one in named(resting, WaveKind.TISSUE)] == ["s'", "e'", "s'", "e'"]


def test_a_named_wave_says_when_and_how_fast() -> None:
    e = next(one for one in named(INFLOW, WaveKind.INFLOW) if one.name.value == "E")
    assert e.velocity == pytest.approx(90 * CM_S, rel=0.02)
    assert e.peak_s == pytest.approx(0.73, abs=0.01)
    assert e.onset_s == pytest.approx(0.63, abs=0.02)
    assert e.end_s == pytest.approx(0.83, abs=0.02)
    assert e.peak == pytest.approx((STRIP.x0 + 0.73 / SECONDS, ZERO - 90), abs=3)


def test_a_wave_that_the_strip_cuts_has_a_name_without_a_peak() -> None:
    """The strip ends 130 rows above the baseline; when a wave flows is seen all the same."""
    found = named(beats((0.53, 160, 0.2), (0.74, 60, 0.12)), WaveKind.INFLOW)
    assert [one.name.value for one in found] == ["A", "E", "A", "E", "A"]
    assert not any(one.unsure_name for one in found)
    assert [bool(one.unsure_peak) for one in found] == [False, True, False, True, False]


def test_a_wave_beside_the_end_of_the_trace_has_no_sure_name() -> None:
    """Where its peak is depends on what lies beyond."""
    whole = beats((0.53, 90, 0.2), (0.74, 60, 0.12), first=0.655)
    found = named([*whole, wave(1.985, 90, 0.2)], WaveKind.INFLOW)
    assert [one.name.value for one in found] == ["E", "A", "E", "A", "E"]
    assert [bool(one.unsure_name) for one in found] == [False] * 4 + [True]


def test_a_fast_heart_with_a_low_a_prime_has_a_sure_e_prime() -> None:
    """116 beats a minute: e' comes so early before the next R wave that it might be an a'."""
    early, late = (0.33, -90, 0.09), (0.45, -38, 0.07)
    starts = 0.05 + 0.515 * np.arange(4)
    humps = [
        wave(start + at, *shape)
        for start in starts
        for at, *shape in ((0.13, 80, 0.16), early, late)
        if start + at < 1.9
    ]
    found = [one for one in named(humps, WaveKind.TISSUE) if one.name.value == "e'"]
    assert [round(one.peak_s or 0, 1) for one in found] == [0.4, 0.9, 1.4]
    assert not any(one.unsure_name for one in found)


@pytest.mark.parametrize("beats_alike", [1, 2, 3])
def test_equal_jets_are_one_of_each_beat_where_two_or_three_beats_repeat_themselves(
    beats_alike: int,
) -> None:
    jets = [Sighting(0.25 + 0.6 * number, -1, 1.0) for number in range(15)]
    low = [Sighting(0.55 + 0.6 * number, -1, 0.2) for number in range(15)]
    slots, period = SLOTS[WaveKind.JET], beats_alike * 0.6
    places = find_beats_of([*jets, *low], slots, 9.0, period).places[:, 0]
    assert places[1:14].min() > 0.5
    assert places[15:].max() < 0.15


def test_one_wave_in_each_regular_beat_may_be_e_or_a_or_both() -> None:
    found = named(beats((0.53, 90, 0.2)), WaveKind.INFLOW)
    assert len(found) == 2
    assert all(one.unsure for one in found)


def test_without_atrial_waves_known_irregular_beats_have_an_e_each() -> None:
    starts = (-0.35, 0.25, 1.15)
    humps = [wave(start + 0.5, 90, 0.2) for start in starts]
    columns = [STRIP.x0 + at / SECONDS for at in (*starts[1:], 1.85)]
    found = named(humps, WaveKind.INFLOW, columns)
    assert [one.name.value for one in found[1:]] == ["E", "E"]
    assert [one.unsure for one in found] == ["The strip does not say whether it is A or E.", "", ""]


def test_where_nothing_says_when_the_beat_begins_the_wave_is_not_named_for_sure() -> None:
    found = named([wave(0.9, 90, 0.2)], WaveKind.INFLOW)
    assert all(one.unsure for one in found)


@pytest.mark.parametrize(
    ("r_waves", "names"), [((0.365, 1.615), ["A", "E", "A"]), ((-0.25, 1.0), ["E", "A", "E"])]
)
def test_known_r_waves_tell_e_from_a(r_waves: tuple[float, ...], names: list[str]) -> None:
    """At 48 beats per minute E and A are as far apart as A and the next E."""
    humps = [wave(at, 80, 0.16) for at in (0.3, 0.925, 1.55)]
    columns = [STRIP.x0 + at / SECONDS for at in r_waves]
    found = named(humps, WaveKind.INFLOW, columns)
    assert [one.name.value for one in found] == names
    assert not any(one.unsure for one in found[1:])
    assert any(one.unsure for one in named(humps, WaveKind.INFLOW))


@pytest.mark.parametrize(
    "colour", [(0, 255, 0), (230, 220, 60), (90, 200, 220), (255, 255, 255), (190, 190, 190)]
)
@pytest.mark.parametrize(
    ("r_waves", "names"), [((0.365, 1.615), ["A", "E", "A"]), ((0.02, 1.0), ["E", "A", "E"])]
)
def test_a_drawn_ecg_tells_e_from_a(
    colour: tuple[int, ...], r_waves: tuple[float, ...], names: list[str]
) -> None:
    at = (0.3, 0.925, 1.55) if names[0] == "A" else (0.56, 0.93, 1.54)
    frame = with_ecg(strip([wave(time, 80, 0.16) for time in at]), r_waves, colour)
    reading = read_strip(frame, region(), ZERO)
    columns = [STRIP.x0 + time / SECONDS for time in r_waves]
    assert reading.r_waves == pytest.approx(columns, abs=2)
    found = name_waves(reading, WaveKind.INFLOW)
    assert [one.name.value for one in found] == names
    assert not found[1].unsure  # the others lie before the first R wave, or after the last


def with_ecg(frame: Frame, r_waves: Sequence[float], colour: tuple[int, ...]) -> Frame:
    """An ECG across the upper part of the strip: P, QRS and T."""
    image = Image.fromarray(frame)
    x = np.arange(STRIP.width)
    height = np.zeros(STRIP.width)
    for time in r_waves:
        for off, size, width in PQRST:
            height += size * np.exp(-0.5 * ((x * SECONDS - time - off) / width) ** 2)
    rows = STRIP.y0 + 26 - height
    trace = [(float(STRIP.x0 + c), float(row)) for c, row in zip(x, rows, strict=True)]
    ImageDraw.Draw(image).line(trace, colour, 2)
    return np.array(image)


def test_irregular_jets_have_a_beat_each() -> None:
    humps = [wave(at, -90, 0.28) for at in (0.3, 0.9, 1.75)]
    found = named(humps, WaveKind.JET)
    assert [one.beat for one in found] == [0, 1, 2]
    assert [one.peak_s for one in found] == pytest.approx([0.3, 0.9, 1.75], abs=0.02)


@pytest.mark.parametrize("before", [45, 60, 90])
def test_the_low_flow_before_an_only_ejection_is_no_jet(before: int) -> None:
    """The atrial wave is seen in the outflow tract too, a third as high. By itself one beat does
    not say which of both is the jet."""
    found = named([Hump(200 - before, -30, 30), Hump(230, -100, 75)], WaveKind.JET)
    assert not any(one.wave.top.height < 50 and not one.unsure for one in found)


def test_a_top_of_three_summits_is_one_wave() -> None:
    tops = [(0.16, -100, 0.05), (0.2, -104, 0.05), (0.24, -98, 0.05)]
    found = named(beats((0.2, -80, 0.3), *tops), WaveKind.JET)
    assert len(found) == 2
    assert [one.velocity for one in found] == pytest.approx([-104 * CM_S] * 2, rel=0.1)


def test_low_clutter_is_no_atrial_wave() -> None:
    found = named(beats((0.53, 90, 0.2), (0.74, 14, 0.1)), WaveKind.INFLOW)
    assert max(abs(one.velocity) for one in found) < 1.1 * 90 * CM_S
    assert min(abs(one.velocity) for one in found) > 0.8 * 90 * CM_S


def test_a_wave_cut_by_the_edge_is_told() -> None:
    found = named(beats((0.18, -128, 0.28)), WaveKind.JET)
    assert {one.unsure for one in found} == {
        "It reaches the strip's edge, so its peak is not on the picture."
    }


@pytest.mark.parametrize("kind", list(WaveKind))
def test_noise_has_no_names(kind: WaveKind) -> None:
    assert named([], kind) == ()


@pytest.mark.parametrize("id", list(CATALOG))
def test_the_kind_of_a_strip_follows_from_what_is_measured(id: str) -> None:
    kinds = {"mvpeak": WaveKind.INFLOW, "latevel": WaveKind.TISSUE, "medevel": WaveKind.TISSUE}
    jets = dict.fromkeys(("avvmax", "trvmax", "mrvmax", "lvotvmax"), WaveKind.JET)
    known = {**kinds, **jets}
    if id in known:
        assert wave_kind(id) is known[id]
    elif CATALOG[id].regions[0] not in (RegionKind.PW, RegionKind.CW):
        with pytest.raises(InvalidArgument):
            wave_kind(id)


@pytest.mark.parametrize("lifelike", [False, True])
def test_on_phantoms_names_that_are_sure_are_right(lifelike: bool) -> None:
    quirks = [Quirk.LIFELIKE] if lifelike else []
    layouts = list(LAYOUTS.values())
    right = wrong = 0
    for number, name in enumerate(CASES):
        layout = layouts[number % len(layouts)].with_quirks(*quirks)
        plan = plan_spectrum(name, layout, 52_500 + number)
        phantom = clean(plan)
        reading = find_reading(phantom.cine, 0, phantom.region)
        assert reading is not None
        sure = [one for one in name_waves(reading, wave_kind(name)) if not one.unsure]
        wanted = {"mvpeak": ("E", "A"), "latevel": ("e'",), "medevel": ("e'",)}.get(name, ("jet",))
        times = {label: [beat[n].x for beat in phantom.beats] for n, label in enumerate(wanted)}
        for label, columns in times.items():
            at = [one.wave.peak for one in sure if one.name.value == label]
            others = [one.wave.peak for one in sure if one.name.value != label]
            near = 0.05 / plan.scale.seconds_per_px
            right += sum(any(abs(column - x) < near for x in at) for column in columns)
            wrong += sum(any(abs(column - x) < 0.4 * near for x in others) for column in columns)
    assert wrong == 0
    assert right >= 15


def test_a_strip_is_read_once() -> None:
    still = cine(strip(INFLOW))
    assert find_reading(still, 0, region()) is find_reading(still, 0, region())
