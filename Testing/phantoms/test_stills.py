"""Spectral and M-mode stills: the truth lies on the drawn edge, and reads back from the file."""

from __future__ import annotations

import numpy as np
import pytest
from schemas import validate

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.phantoms.doppler import paint_spectrum, spectral_still
from EchoMeasureLib.phantoms.doppler_cases import CASES
from EchoMeasureLib.phantoms.doppler_plan import MAKERS, plan_spectrum
from EchoMeasureLib.phantoms.layouts import LAYOUTS, find_layout
from EchoMeasureLib.phantoms.mmode import m_mode_still, plan_m_mode
from EchoMeasureLib.phantoms.mmode_paint import paint_m_mode

SPECTRAL = sorted(CASES)
PHILIPS_LIKE = LAYOUTS["768x1024"]


def still(measurement, layout, seed):
    make = m_mode_still if measurement == "tapse" else spectral_still
    return make(measurement, layout, seed)


def truth_of(study):
    return study.truth["measurements"][study.view]["frames"]["0"]


@pytest.mark.parametrize("measurement", [*sorted(MAKERS), "tapse"])
def test_the_same_seed_gives_the_same_picture_and_another_seed_another(measurement):
    first, again = (still(measurement, PHILIPS_LIKE, 5) for _ in range(2))
    assert np.array_equal(first.frame(0), again.frame(0))
    assert np.array_equal(first.frame(0), first.frame(0))
    assert first.truth == again.truth
    assert not np.array_equal(first.frame(0), still(measurement, PHILIPS_LIKE, 6).frame(0))


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
@pytest.mark.parametrize("measurement", [*SPECTRAL, "tapse"])
def test_every_measurement_is_drawn_on_every_screen_with_its_truth_inside_the_strip(
    measurement, layout
):
    study = still(measurement, LAYOUTS[layout], 11)
    box = study.layout.strip.box
    assert study.frame(0).shape == (study.layout.rows, study.layout.columns, 3)
    validate(study.truth, "phantoms/truth.schema.json")
    entry = truth_of(study)
    assert entry["points"] in entry["beats_points"]
    for beat in entry["beats_points"]:
        for x, y in beat:
            assert box.x0 < x < box.x1
            assert box.y0 < y < box.y1


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("measurement", SPECTRAL)
def test_brightness_ends_at_the_true_envelope(measurement, seed):
    """Without noise, the outermost row of half the edge's brightness is the true peak."""
    plan = plan_spectrum(measurement, PHILIPS_LIKE, seed)
    strip = paint_spectrum(plan, noise=False)
    box = PHILIPS_LIKE.strip.box
    for beat in plan.beats:
        for x, y in beat:
            column, row = round(x) - box.x0, y - box.y0
            away = -1 if row < plan.scale.baseline else 1
            height = abs(row - plan.scale.baseline)
            profile = strip[plan.scale.baseline :: away, column]
            edge = profile[max(1, int(height) - 10) : int(height) + 1].max()
            outermost = np.flatnonzero(profile[: int(height) + 12] >= edge / 2)[-1]
            assert outermost == pytest.approx(height, abs=1.6)


@pytest.mark.parametrize("seed", range(6))
def test_the_annulus_is_brightest_where_the_truth_says(seed):
    plan = plan_m_mode("tapse", PHILIPS_LIKE, seed)
    strip = paint_m_mode(plan, noise=False)
    box = PHILIPS_LIKE.strip.box
    for beat in plan.beats:
        for x, y in beat:
            row = y - box.y0
            low = max(0, int(row) - 6)
            around = strip[low : int(row) + 7, round(x) - box.x0]
            assert low + np.argmax(around) == pytest.approx(row, abs=1.1)


def test_the_annulus_rises_from_end_diastole_to_end_systole():
    for seed in range(12):
        for low, high in truth_of(m_mode_still("tapse", PHILIPS_LIKE, seed))["beats_points"]:
            assert high[0] > low[0]
            assert high[1] < low[1]


@pytest.mark.parametrize("measurement", SPECTRAL)
def test_flow_lies_on_its_side_in_the_standard_display(measurement):
    plan = plan_spectrum(measurement, PHILIPS_LIKE, 2)
    above = measurement == "mvpeak"
    for beat in plan.beats:
        for _, y in beat:
            assert (y < plan.baseline_y) is above


@pytest.mark.parametrize(
    ("quirk", "upside_down", "sign"),
    [("", False, -1), ("+inverted", True, -1), ("+inverted-unsigned", True, 1)],
)
def test_an_inverted_display_keeps_the_sign_only_with_a_positive_delta(quirk, upside_down, sign):
    study = spectral_still("trvmax", find_layout("768x1024" + quirk), 4)
    entry, strip = truth_of(study), study.regions[1]
    baseline = strip.RegionLocationMinY0 + strip.ReferencePixelY0
    assert (entry["points"][0][1] < baseline) is upside_down
    assert np.sign(entry["value"]) == sign
    standard = truth_of(spectral_still("trvmax", find_layout("768x1024"), 4))
    assert abs(entry["value"]) == pytest.approx(abs(standard["value"]))


def test_a_e_pair_is_of_one_beat_and_e_comes_first():
    for seed in range(20):
        study = spectral_still("mvpeak", PHILIPS_LIKE, seed)
        second = 1 / study.regions[1].PhysicalDeltaX
        for e, a in truth_of(study)["beats_points"]:
            assert 0.08 * second < a[0] - e[0] < 1.1 * second
        values = truth_of(study)["values"]
        assert values["e_a_ratio"] == pytest.approx(values["e"] / values["a"], rel=1e-4)


@pytest.mark.parametrize("name", sorted(set(MAKERS) - set(CASES)))
def test_a_negative_has_no_truth(name):
    study = spectral_still(name, PHILIPS_LIKE, 1)
    assert study.measurements == ()
    assert study.truth["measurements"] == {}
    validate(study.truth, "phantoms/truth.schema.json")


def test_peaks_span_the_clinical_range():
    """Normal flow below 2.6 m/s, and severe stenosis above 4 m/s, both occur."""
    peaks = [
        abs(truth_of(spectral_still("avvmax", PHILIPS_LIKE, seed))["value"]) for seed in range(60)
    ]
    assert min(peaks) < 150
    assert max(peaks) > 400
    assert sum(peak < 260 for peak in peaks) > 15


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(InvalidArgument, match="avvmax"):
        spectral_still("nothing", PHILIPS_LIKE, 1)
    with pytest.raises(InvalidArgument, match="tapse"):
        m_mode_still("nothing", PHILIPS_LIKE, 1)
    with pytest.raises(InvalidArgument, match="768x1024"):
        find_layout("10x10")
    with pytest.raises(InvalidArgument, match="no-reference"):
        find_layout("768x1024+upside")
