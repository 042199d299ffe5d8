"""Doppler strips measured without a network: every clear beat, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from drawn_waves import CM_S, SECONDS, STRIP, ZERO, Hump, cine, region, strip
from edge_strips import clean

from EchoMeasureLib.errors import CannotMeasure
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.region_problems import find_problems
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.measuring.beside import checked
from EchoMeasureLib.measuring.by_envelope import (
    NO_TIMES,
    POORLY,
    READER,
    predict_by_envelope,
    read_beats,
)
from EchoMeasureLib.measuring.calipers import Caliper, Origin
from EchoMeasureLib.measuring.envelope.incomplete import FADES, FAINTER, INCOMPLETE
from EchoMeasureLib.measuring.running import beat_by_beat
from EchoMeasureLib.phantoms.doppler_plan import plan_spectrum
from EchoMeasureLib.phantoms.layouts import LAYOUTS

STARTS = (-0.6, 0.2, 1.0, 1.8)
"""R waves of 75 beats per minute on a strip of 2 s; the drawn waves of a beat come after them."""


def drawn(*waves: tuple[float, float, float]) -> Cine:
    """These waves (seconds after R, rows, seconds long) in every beat."""
    humps = [
        Hump((start + at) / SECONDS, height, long / SECONDS)
        for start in STARTS
        for at, height, long in waves
        if 0.02 < start + at < 1.96
    ]
    return cine(strip(humps))


INFLOW = drawn((0.53, 90, 0.2), (0.74, 60, 0.12))
TISSUE = drawn((0.16, 30, 0.22), (0.48, -40, 0.12), (0.73, -30, 0.1))
OUTFLOW = drawn((0.18, -100, 0.28), (0.53, 50, 0.2))


def calipers(image: Cine, measurement: str) -> tuple[Caliper, ...]:
    prediction = read_beats(image, measurement, 0).prediction
    assert prediction is not None
    return beat_by_beat(image, prediction)[1]


@pytest.mark.parametrize("deep", [0.3, 0.5])
def test_no_number_is_of_the_isovolumic_spike_before_early_tissue(deep: float) -> None:
    """Both summits are seen, with a dip between them."""
    bridge = (0.45, -deep * 30, 0.16)
    image = drawn((0.16, 30, 0.22), (0.42, -42, 0.07), bridge, (0.49, -30, 0.08))
    prediction = read_beats(image, "medevel", 0).prediction
    rows = [points[0].y - ZERO for points in prediction.beats] if prediction is not None else []
    assert rows == pytest.approx([30] * len(rows), rel=0.05)


@pytest.mark.parametrize(
    ("image", "measurement", "heights", "columns"),
    [
        (INFLOW, "mvpeak", {"e": 90, "a": 60}, [0.73, 1.53]),
        (TISSUE, "latevel", {"latevel": 40}, [0.68, 1.48]),
        (TISSUE, "medevel", {"medevel": 40}, [0.68, 1.48]),
        (OUTFLOW, "lvotvmax", {"lvotvmax": 100}, [0.38, 1.18]),
    ],
)
def test_every_whole_beat_is_a_caliper_with_its_numbers(
    image: Cine, measurement: str, heights: dict[str, int], columns: Sequence[float]
) -> None:
    beats = calipers(image, measurement)
    first = [(beat.points[0].x - STRIP.x0) * SECONDS for beat in beats]
    assert first == pytest.approx(columns, abs=0.02)
    for beat in beats:
        assert (beat.origin, beat.model) == (Origin.ENVELOPE, READER)
        for output, rows in heights.items():
            value = beat.value(output).value
            assert value is not None
            assert abs(value) == pytest.approx(rows * CM_S, rel=0.03)
        assert beat.points[0].confidence is None


def test_an_a_that_rides_on_the_fall_of_e_is_read_and_said() -> None:
    early = [Hump(at, 90, width=110) for at in (75, 250, 425)]
    late = [Hump(hump.at + 37, 56, width=40) for hump in early]
    riding = cine(strip([*early, *late]))
    for caliper in calipers(riding, "mvpeak"):
        e, a = (value.value for value in caliper.values[:2])
        assert (e, a) == pytest.approx((90 * CM_S, 56 * CM_S), rel=0.06)
    assert "In 3 of 3 beats A rides on the fall" in read_beats(riding, "mvpeak", 0).why
    assert "rides" not in read_beats(INFLOW, "mvpeak", 0).why


def test_the_reader_has_no_vote_on_itself() -> None:
    """A point of its own is on the wave as it saw it; moved by hand it is asked about again."""
    (beat, *_) = calipers(OUTFLOW, "lvotvmax")
    low = tuple(replace(point, y=point.y - 30) for point in beat.points)
    apart = replace(beat, points=low, values=(replace(beat.values[0], points=low),))
    assert checked(OUTFLOW, [apart]) == (apart,)
    (moved,) = checked(OUTFLOW, [replace(apart, origin=Origin.EDITED)])
    assert Flag.ENVELOPE_DISAGREES in moved.flags


@pytest.mark.parametrize(
    ("image", "measurement", "why"),
    [
        (cine(strip([])), "mvpeak", "The strip shows no E and A clearly."),
        (cine(strip([]) * 0), "lvotvmax", "The strip shows no jet clearly."),
        (drawn((0.53, 90, 0.2)), "mvpeak", "No beat of the strip shows E and A clearly."),
        (
            drawn((0.18, -131, 0.28)),
            "lvotvmax",
            "No beat of the strip shows its jet clearly. It reaches the strip's edge",
        ),
        (cine(strip([Hump(100, -100, light=110)], noise=85)), "lvotvmax", POORLY),
    ],
)
def test_without_clear_waves_there_is_a_reason(image: Cine, measurement: str, why: str) -> None:
    beats = read_beats(image, measurement, 0)
    assert beats.prediction is None
    assert why in beats.why


def test_without_times_nothing_says_which_wave_is_which() -> None:
    slow = replace(region(), delta=(0.08, -CM_S))
    assert read_beats(judged(slow), "mvpeak", 0).why.endswith(NO_TIMES)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"units": ("none", "cm/s")}, "units are none x cm/s"),
        ({"units": ("s", "cm")}, "units are s x cm"),
        ({"delta": (0.0, -CM_S)}, "missing or zero"),
        ({"delta": (SECONDS, 0.0)}, "missing or zero"),
        ({"bounds": replace(STRIP, x1=4000)}, "reaches outside"),
        ({"bounds": replace(STRIP, x1=STRIP.x0)}, "no area"),
        ({"bounds": replace(STRIP, x1=STRIP.x0 + 5)}, "as no sweep speed does"),
    ],
)
def test_a_strip_whose_scale_does_not_hold_is_not_read_and_it_says_what_is_wrong(
    wrong: dict[str, Any], words: str
) -> None:
    beats = read_beats(judged(replace(region(), **wrong)), "mvpeak", 0)
    assert beats.prediction is None
    assert words in beats.why


def judged(strip_there: Region) -> Cine:
    """The strip of inflow with this region as a file would declare it."""
    problems = find_problems(strip_there, INFLOW.columns, INFLOW.rows)
    return INFLOW.with_regions([replace(strip_there, problems=problems)])


@pytest.mark.parametrize("measurement", ["lvid", "tapse", "trvmax"])
def test_what_is_no_doppler_peak_of_this_strip_is_refused(measurement: str) -> None:
    with pytest.raises(CannotMeasure, match=measurement):
        read_beats(INFLOW, measurement, 0)


def test_a_beat_that_is_not_clear_is_left_out_and_said() -> None:
    """One of three jets runs over the edge."""
    image = cine(strip([Hump(95, -90), Hump(270, -131), Hump(445, -90)]))
    beats = read_beats(image, "lvotvmax", 0)
    assert beats.prediction is not None
    assert len(beats.prediction.beats) == 2
    assert beats.why.startswith("1 of 3 beats is not clear. It reaches the strip's edge")


@pytest.mark.parametrize("measurement", ["trvmax", "avvmax", "lvotvmax", "latevel", "mvpeak"])
def test_phantoms_are_read_as_they_were_drawn(measurement: str) -> None:
    """Three seeds each: every peak within 5 % of one that was drawn, 3 % in the middle."""
    off: list[float] = []
    for seed in range(52_000, 52_003):
        layout = list(LAYOUTS.values())[seed % 4]
        phantom = clean(plan_spectrum(measurement, layout, seed))
        (beats,) = predict_by_envelope(phantom.cine, [measurement], [0])
        zero = phantom.region.baseline_y
        assert zero is not None
        for points in beats.prediction.beats if beats.prediction else ():
            for number, point in enumerate(points):
                true = min(
                    (beat[number] for beat in phantom.beats),
                    key=lambda other: abs(other.x - point.x),
                )
                off.append(abs((point.y - zero) / (true.y - zero) - 1))
    assert len(off) >= 6
    assert sorted(off)[len(off) // 2] <= 0.03
    assert max(off) <= 0.06


def test_continuous_wave_is_read_too() -> None:
    image = cine(strip([Hump(95, -90), Hump(295, -100)]), RegionKind.CW)
    assert len(calipers(image, "avvmax")) == 2
    assert calipers(image, "avvmax")[0].points[0].y > ZERO


@pytest.mark.parametrize("seen", [slice(0, 38), slice(62, 100)], ids=["early", "late"])
def test_a_jet_of_which_only_a_part_is_seen_has_no_peak(seen: slice) -> None:
    """Of three jets 100 columns long only the first or the last third, so 93 % of their height."""
    frame, dark = strip([Hump(at, -100, 100) for at in (90, 265, 440)]), strip([])
    for at in (90, 265, 440):
        hidden = np.ones(100, bool)
        hidden[seen] = False
        columns = STRIP.x0 + at - 50 + np.flatnonzero(hidden)
        frame[ZERO + 1 :, columns] = dark[ZERO + 1 :, columns]
    beats = read_beats(cine(frame, RegionKind.CW), "trvmax", 0)
    assert beats.prediction is None
    assert INCOMPLETE in beats.why
    traced = read_beats(cine(frame, RegionKind.CW), "trvti", 0)
    assert traced.prediction is None


@pytest.mark.parametrize("way", [1, -1], ids=["later", "earlier"])
def test_a_jet_that_the_beam_leaves_has_no_peak(way: int) -> None:
    """Three jets 400 ms long, whose light falls evenly to nothing in the middle 80 ms."""
    middles, dark = (90, 265, 440), strip([]).astype(np.float64)
    whole = strip([Hump(at, -100, 100) for at in middles])
    columns = np.arange(whole.shape[1])
    seen = np.ones(whole.shape[1])
    for at in middles:
        past = way * (columns - STRIP.x0 - at)
        own = np.abs(past) < 60
        seen[own] = np.clip(0.5 - past[own] / 20, 0, 1)
    faded = np.where(
        np.arange(len(whole))[:, None, None] > ZERO, dark + (whole - dark) * seen[:, None], whole
    ).astype(np.uint8)
    assert len(calipers(cine(whole, RegionKind.CW), "trvmax")) >= 2
    beats = read_beats(cine(faded, RegionKind.CW), "trvmax", 0)
    assert beats.prediction is None
    assert INCOMPLETE in beats.why


def test_a_jet_that_fades_into_the_noise_has_no_peak() -> None:
    """Its light falls evenly over the outer third of what is seen; with an edge it is given."""
    whole = [Hump(middle, -110, 100) for middle in (90, 265, 440)]
    # Light upon light, each a little lower and brighter.
    fading = [
        Hump(hump.at, share * hump.height, hump.width, 150 * (1.3 - share) / 0.6)
        for share in np.arange(0.7, 1.3, 0.02)
        for hump in whole
    ]
    fast = replace(region(RegionKind.CW), delta=(SECONDS, -2.0))
    faded, seen = (
        Cine(ArraySource(strip(humps)[None]), Timing((0.0,), "still"), [fast])
        for humps in (fading, whole)
    )
    beats = read_beats(faded, "trvmax", 0)
    assert beats.prediction is None
    assert FADES in beats.why
    assert len(calipers(seen, "trvmax")) >= 2


def test_a_jet_that_is_bright_up_to_its_edge_and_fades_beyond_it_has_no_peak() -> None:
    """Half of its light ends at once, the other half evenly over 20 % more of its height."""
    middles = (90, 265, 440)
    halo = [
        Hump(middle, -110 * share, 100, 75 * (1.2 - share) / 0.2)
        for share in np.arange(1.2, 1, -0.01)
        for middle in middles
    ]
    body = [Hump(middle, -110, 100) for middle in middles]
    fast = replace(region(RegionKind.CW), delta=(SECONDS, -2.0))
    faded = Cine(ArraySource(strip(halo + body)[None]), Timing((0.0,), "still"), [fast])
    beats = read_beats(faded, "trvmax", 0)
    assert beats.prediction is None
    assert FADES in beats.why


def test_a_dim_flow_is_seen_though_two_of_three_beats_lack_a_part_of_it() -> None:
    """One lacks it before its peak and one after it: each part is seen in two beats."""
    at = (90, 265, 440)
    dim, dark = strip([Hump(middle, -110, 100, light=24) for middle in at]), strip([])
    for first, last in ((at[0] - 20, at[0]), (at[1], at[1] + 20)):
        hole = slice(ZERO + 50, None), slice(STRIP.x0 + first, STRIP.x0 + last)
        dim[hole] = dark[hole]
    dense = strip([Hump(middle, -45, 90, light=230) for middle in at])
    beats = read_beats(cine(np.maximum(dim, dense), RegionKind.CW), "avvmax", 0)
    assert beats.prediction is None
    assert FAINTER in beats.why


@pytest.mark.parametrize("height", [45, 80])
def test_a_dense_flow_within_a_dim_one_is_not_taken_for_the_jet(height: float) -> None:
    """The outflow tract in the flow of the valve, 110 rows high and dim: one of severe stenosis,
    far faster, or of mild stenosis, a halo about it."""
    at = (90, 265, 440)
    dense = [Hump(middle, -height, 90, light=230) for middle in at]
    dim = [Hump(middle, -110, 100, light=24) for middle in at]
    alone, both = (cine(strip(humps), RegionKind.CW) for humps in (dense, dense + dim))
    assert len(calipers(alone, "avvmax")) >= 2
    beats = read_beats(both, "avvmax", 0)
    assert beats.prediction is None
    assert FAINTER in beats.why
