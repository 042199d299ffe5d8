"""Waves of drawn strips traced from the picture: integrals and times against what was drawn."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from edge_strips import EdgeStrip, clean
from traced_truth import TrueWave, true_waves

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.measuring.by_envelope import read_beats
from EchoMeasureLib.measuring.calipers import Caliper, Origin, measure
from EchoMeasureLib.phantoms.doppler_plan import plan_spectrum
from EchoMeasureLib.phantoms.layouts import LAYOUTS

LAYOUT = LAYOUTS["768x1024"]


@cache
def drawn(name: str, seed: int) -> tuple[EdgeStrip, tuple[TrueWave, ...]]:
    """A strip, and what flows in each whole beat of it."""
    plan = plan_spectrum(name, LAYOUT, seed)
    return clean(plan), true_waves(plan)


def read(strip: EdgeStrip, measurement: str) -> list[Caliper]:
    prediction = read_beats(strip.cine, measurement, 0).prediction
    beats = prediction.beats if prediction is not None else ()
    return [measure(strip.cine, measurement, p, 0, Origin.ENVELOPE) for p in beats]


def beside(caliper: Caliper, waves: tuple[TrueWave, ...]) -> TrueWave | None:
    """What was drawn where a caliper lies."""
    middle = np.mean([point.x for point in caliper.points])
    return next((wave for wave in waves if wave.first <= middle <= wave.last), None)


def errors(name: str, measurement: str, seeds: tuple[int, ...]) -> list[float]:
    """Of the first value of every beat that was traced, as shares."""
    found = []
    for seed in seeds:
        strip, waves = drawn(name, seed)
        for caliper in read(strip, measurement):
            truth, value = beside(caliper, waves), caliper.values[0].value
            if truth is not None:
                assert value is not None, caliper.values[0].reason
                found.append(value / truth.integral_cm - 1)
    return found


@pytest.mark.parametrize(
    ("name", "measurement"),
    [("lvotvmax", "lvotvti"), ("trvmax", "trvti"), ("avvmax", "avvti")],
)
def test_an_integral_is_that_of_what_was_drawn(name: str, measurement: str) -> None:
    found = errors(name, measurement, (70_001, 70_002, 70_003))
    assert len(found) >= 4
    assert np.median(np.abs(found)) < 0.04


def test_a_tracing_has_few_points_on_the_edge_and_its_ends_on_the_baseline() -> None:
    strip, _ = drawn("lvotvmax", 70_001)
    baseline = strip.region.baseline_y
    assert baseline is not None
    calipers = read(strip, "lvotvti")
    assert calipers
    for caliper in calipers:
        assert 6 <= len(caliper.points) <= 40
        assert [caliper.points[i].y for i in (0, -1)] == pytest.approx([baseline] * 2, abs=1.5)
        columns = [point.x for point in caliper.points]
        assert columns == sorted(columns)
        assert {point.label for point in caliper.points} == {"edge"}
        assert caliper.origin is Origin.ENVELOPE


def test_the_fall_of_e_ends_where_that_of_the_drawn_wave_does() -> None:
    """A straight line down from 80 to 30 % of it, within 12 ms of the truth in the middle."""
    off = []
    for seed in (70_004, 70_005, 70_010):
        strip, waves = drawn("mvpeak", seed)
        for caliper in read(strip, "mvdt"):
            peak = caliper.points[0].x
            truth = next((w for w in waves if w.first <= peak <= w.last), None)
            if truth is not None and truth.fall_ms is not None:
                value = caliper.values[0].value
                assert value is not None
                off.append(value - truth.fall_ms)
    assert len(off) >= 2
    assert np.median(np.abs(off)) < 12


def test_nothing_is_traced_in_noise() -> None:
    strip, _ = drawn("lvotvmax", 70_001)
    noise = np.random.default_rng(1).integers(0, 60, (768, 1024, 1), np.uint8).repeat(3, axis=2)
    cine = Cine(ArraySource(noise[None]), Timing((0.0,), "still"), strip.cine.regions)
    for measurement in ("lvotvti", "mvdt", "mvadur"):
        assert read_beats(cine, measurement, 0).prediction is None


def test_durations_lie_on_the_baseline() -> None:
    strip, _ = drawn("mvpeak", 70_002)
    for id in ("mvedur", "mvadur"):
        calipers = read(strip, id)
        assert calipers
        for caliper in calipers:
            first, second = (PixelPoint(p.x, p.y) for p in caliper.points)
            assert second.x > first.x
            assert caliper.values[0].value is not None
