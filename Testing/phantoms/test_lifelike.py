"""Lifelike phantoms: figures as on real screens, and a truth as exact as on the plain ones."""

from __future__ import annotations

import numpy as np
import pytest
import screen_figures
from schemas import validate

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.phantoms.anatomy import Mirrored
from EchoMeasureLib.phantoms.anatomy_plax import LongAxisView
from EchoMeasureLib.phantoms.bmode import bmode_frame, bmode_study
from EchoMeasureLib.phantoms.burned_calipers import CaliperStyle, displaced
from EchoMeasureLib.phantoms.doppler import paint_spectrum, spectral_still
from EchoMeasureLib.phantoms.doppler_cases import CASES
from EchoMeasureLib.phantoms.doppler_plan import plan_spectrum
from EchoMeasureLib.phantoms.generate import generate
from EchoMeasureLib.phantoms.layout_parts import Quirk
from EchoMeasureLib.phantoms.layouts import LAYOUTS, find_layout
from EchoMeasureLib.phantoms.lifelike_screen import moved_sector
from EchoMeasureLib.phantoms.mmode import draw_m_mode, m_mode_still, plan_m_mode
from EchoMeasureLib.phantoms.mmode_views import MMODE_VIEWS
from EchoMeasureLib.phantoms.motion import HeartState
from EchoMeasureLib.phantoms.screen import Pen
from EchoMeasureLib.phantoms.wear import Wear

LIFELIKE = find_layout("768x1024+lifelike")
SPECTRAL = sorted(CASES)


@pytest.mark.slow
def test_the_figures_lie_where_those_of_real_screens_lie():
    measured = screen_figures.figures(True, range(16))
    medians = {figure: float(np.nanmedian(found)) for figure, found in measured.items()}
    outside = {
        figure: medians[figure]
        for figure, (low, high) in screen_figures.RANGES.items()
        if not low <= medians[figure] <= high
    }
    assert outside == {}


@pytest.mark.parametrize("name", [*SPECTRAL, "tapse", *MMODE_VIEWS, "empty", "plax", "psax"])
def test_the_same_seed_gives_the_same_picture(name):
    first, again = (generate(name, "480x640+lifelike", 4, frames=2) for _ in range(2))
    assert np.array_equal(first.frame(0), again.frame(0))
    assert first.truth == again.truth
    plain = generate(name, "480x640", 4, frames=2) if name not in MMODE_VIEWS else None
    assert plain is None or not np.array_equal(first.frame(0), plain.frame(0))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("measurement", SPECTRAL)
def test_light_falls_to_half_at_the_true_envelope(measurement, seed):
    plan = plan_spectrum(measurement, LIFELIKE, seed)
    strip = paint_spectrum(plan, noise=False)
    line, box = plan.scale.baseline, LIFELIKE.strip.box
    for beat in plan.beats:
        for x, y in beat:
            column, height = round(x) - box.x0, abs(y - plan.baseline_y)
            # A wave that rises steeply has its tip between two columns.
            side = strip[line :: -1 if y < plan.baseline_y else 1, column - 1 : column + 2]
            profile = side.max(axis=1)
            edge = profile[max(1, int(height) - 12) : int(height) + 1].max()
            outermost = np.flatnonzero(profile[: int(height) + 14] >= edge / 2)[-1]
            assert outermost == pytest.approx(height, abs=3.1)


@pytest.mark.parametrize("look", ["", "+lifelike"])
@pytest.mark.parametrize("quirk", ["clipped", "aliased"])
@pytest.mark.parametrize("measurement", SPECTRAL)
def test_peaks_past_the_edge_lie_outside_and_the_truth_says_so(measurement, quirk, look):
    for seed in range(4):
        layout = find_layout(f"768x1024{look}+{quirk}")
        study = spectral_still(measurement, layout, seed)
        validate(study.truth, "phantoms/truth.schema.json")
        assert study.truth["anatomy"]["past_the_edge"] == quirk
        entry, box = study.truth["measurements"][measurement]["frames"]["0"], layout.strip.box
        for beat in entry["beats_points"]:
            out = [y < box.y0 or y > box.y1 for _, y in beat]
            assert any(out)


@pytest.mark.parametrize("measurement", ["trvmax", "mvpeak", "latevel"])
def test_what_is_aliased_comes_back_on_the_other_side(measurement):
    cut, back = (
        paint_spectrum(plan_spectrum(measurement, find_layout(f"768x1024+{q}"), 3), noise=False)
        for q in ("clipped", "aliased")
    )
    plan = plan_spectrum(measurement, find_layout("768x1024+aliased"), 3)
    beat = plan.beats[0][0]
    above = beat.y < plan.baseline_y
    # The tip, folded by the whole height of the strip.
    row = round(beat.y - LIFELIKE.strip.box.y0) + (len(cut) if above else -len(cut))
    inside = row + (6 if above else -6)
    column = round(beat.x) - LIFELIKE.strip.box.x0
    assert back[inside, column] > 0.2
    assert cut[inside, column] < 0.1


def test_an_annulus_below_the_strip_is_cut_and_an_m_mode_does_not_alias():
    layout = find_layout("768x1024+lifelike+clipped")
    study = m_mode_still("tapse", layout, 2)
    lowest = [low for low, _ in study.truth["measurements"]["tapse"]["frames"]["0"]["beats_points"]]
    assert all(y > layout.strip.box.y1 for _, y in lowest)
    with pytest.raises(InvalidArgument, match="does not alias"):
        m_mode_still("tapse", find_layout("768x1024+aliased"), 2)


@pytest.mark.parametrize("name", MMODE_VIEWS)
@pytest.mark.parametrize("layout", ["600x800", "600x800+lifelike"])
def test_other_m_modes_show_motion_and_have_no_truth(name, layout):
    study = m_mode_still(name, find_layout(layout), 5)
    validate(study.truth, "phantoms/truth.schema.json")
    assert study.measurements == ()
    assert study.truth["measurements"] == {}
    box = study.layout.strip.box
    assert study.frame(0)[box.y0 : box.y1, box.x0 : box.x0 + 300].std() > 8


def test_the_annulus_stands_out_where_the_truth_says():
    """Contrast of the blur to its surroundings of about 1.5: seen on most strips."""
    ratios = []
    for seed in range(16):
        plan = plan_m_mode("tapse", LIFELIKE, seed)
        grey = draw_m_mode(plan).astype(float).mean(axis=2)
        for low, high in plan.beats:
            for x, y in (low, high):
                column = grey[:, round(x) - 3 : round(x) + 4].mean(axis=1)
                on = column[round(y) - 3 : round(y) + 4].mean()
                off = np.concatenate(
                    [column[round(y) - 45 : round(y) - 15], column[round(y) + 15 : round(y) + 45]]
                )
                ratios.append(on / max(off.mean(), 1))
    assert np.median(ratios) > 1.4
    assert np.percentile(ratios, 15) > 1.0


def test_a_mirrored_anatomy_has_its_calipers_on_the_other_side():
    view = LongAxisView.sample(np.random.default_rng(3))
    state = HeartState(0.2, 0.0, 0.0, 0.0)
    plain, mirrored = view.draw(state), Mirrored(view).draw(state)
    for id, ends in plain.calipers.items():
        for end, turned in zip(ends, mirrored.calipers[id], strict=True):
            assert turned == pytest.approx([-end[0], end[1]])


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_moved_sector_stays_on_its_screen(name):
    layout = LAYOUTS[name].with_quirks(Quirk.LIFELIKE)
    for seed in range(40):
        sector = moved_sector(layout, np.random.default_rng(seed)).sector
        assert 0 <= sector.box.x0 < sector.box.x1 < layout.columns
        assert 0 <= sector.box.y0 < sector.box.y1 < layout.rows
        assert sector.apex[1] + sector.radius < layout.rows - 1
        assert sector.radius > 0.35 * layout.sector.radius


def test_landmarks_lie_in_the_region_that_the_file_declares():
    for seed in range(6):
        study = bmode_study("plax", LIFELIKE, seed, frames=2)
        item = study.regions[0]
        for row in study.truth["measurements"].values():
            for entry in row["frames"].values():
                for x, y in entry["points"]:
                    assert item.RegionLocationMinX0 <= x <= item.RegionLocationMaxX1
                    assert item.RegionLocationMinY0 <= y <= item.RegionLocationMaxY1


def test_frames_for_training_say_what_is_seen():
    frame, landmarks = bmode_frame("plax", LIFELIKE, np.random.default_rng(2), measurement="lvid")
    assert frame.shape == (768, 1024, 3)
    assert landmarks


def test_calipers_stand_on_the_tip_or_up_to_6_px_beyond_it():
    tip, up = PixelPoint(500.0, 400.0), PixelPoint(0.0, -1.0)
    rises = []
    for seed in range(200):
        (at,) = displaced(np.random.default_rng(seed), [tip], 1.0, [up])
        rises.append(tip.y - at.y)
        # Two px of jitter at most in one standard deviation.
        assert abs(at.x - tip.x) < 9
    assert np.mean(np.abs(rises) < 0.01) > 0.1
    assert np.percentile(rises, 90) > 3
    assert max(rises) < 10


def test_a_caliper_is_drawn_with_its_gap_and_outline():
    style = CaliperStyle(True, 14.0, 4.0, True, False, (255, 255, 255), 1)
    grey = np.full((768, 1024, 3), 90, np.uint8)
    pen = Pen(LIFELIKE, grey)
    style.draw(pen, [PixelPoint(500, 400)])
    drawn = pen.result()
    assert tuple(drawn[400, 500]) == (90, 90, 90)
    assert tuple(drawn[400, 505]) == (255, 255, 255)
    assert tuple(drawn[399, 505]) == (0, 0, 0)


def test_wear_without_any_effect_changes_nothing():
    frame = np.random.default_rng(1).integers(0, 256, (48, 64, 3)).astype(np.uint8)
    assert np.array_equal(Wear(1.0, 1.0, 0.0, 0.0, 1.0, None).apply(frame), frame)
    assert Wear(1.0, 1.0, 0.0, 1.0, 0.7, 40).apply(frame).shape == frame.shape
