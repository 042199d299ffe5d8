"""B-mode cines: truth lies on the drawn edges, speckle moves with the tissue, seeds repeat."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from pydicom import Dataset, Sequence
from scipy.ndimage import map_coordinates

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.region_reading import read_regions
from EchoMeasureLib.phantoms.anatomy import BLOOD, MYOCARDIUM, Drawing, Pose, Tissue, ellipse
from EchoMeasureLib.phantoms.bmode import BMODE_MEASUREMENTS, bmode_frame, bmode_study
from EchoMeasureLib.phantoms.bmode_screen import BMODE_VIEWS
from EchoMeasureLib.phantoms.colour_flow import colours
from EchoMeasureLib.phantoms.layouts import LAYOUTS, find_layout
from EchoMeasureLib.phantoms.motion import HeartState
from EchoMeasureLib.phantoms.sector import BEAMS, SAMPLES, ScanConverter, ScanPlane
from EchoMeasureLib.phantoms.speckle import Imager
from EchoMeasureLib.phantoms.window import Window

SMALL = LAYOUTS["480x640"]


def plane_of(layout=SMALL, depth=15.0):
    return ScanPlane.on(layout, layout.sector, depth)


def clear_window(seed=1):
    """No shadow, no noise, nothing clipped: grey is linear in decibels."""
    window = Window.sample(np.random.default_rng(seed))
    return dataclasses.replace(
        window,
        gain_db=0.0,
        range_db=90.0,
        reject_db=0.0,
        gamma=1.0,
        axial_cm=0.03,
        lateral_rad=0.006,
        blood_db=0.0,
        flanks_db=(0.0, 0.0),
        shadow=(0.5, 0.1, 1.0, 0.0),
    )


@pytest.fixture(scope="module")
def long_axis():
    return bmode_study("plax", SMALL, 3, frames=40)


@pytest.mark.parametrize("view", BMODE_VIEWS)
def test_the_same_seed_gives_the_same_bytes_in_any_order(view):
    first, second = (bmode_study(view, SMALL, 5, frames=6) for _ in range(2))
    assert first.truth == second.truth
    late = second.frame(4)
    early = second.frame(1)
    assert np.array_equal(first.frame(1), early)
    assert np.array_equal(first.frame(4), late)
    assert not np.array_equal(early, late)
    assert not np.array_equal(early, bmode_study(view, SMALL, 6, frames=6).frame(1))


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_screen_shows_every_view(name):
    layout = LAYOUTS[name]
    for view in BMODE_VIEWS:
        frame, landmarks = bmode_frame(view, layout, np.random.default_rng(8))
        assert frame.shape == (layout.rows, layout.columns, 3)
        assert frame.dtype == np.uint8
        assert set(landmarks) <= {id for id, shown in BMODE_MEASUREMENTS.items() if shown == view}
        box = layout.sector.box
        assert frame[box.y0 : box.y1, box.x0 : box.x1].max() > 60


@pytest.mark.parametrize("view", ["a2c", "psax_lv"])
def test_on_other_views_there_is_nothing_to_measure(view):
    study = bmode_study(view, SMALL, 3, frames=4)
    assert study.measurements == ()
    assert study.frame(0)[100:350, 200:480].max() > 60
    assert bmode_frame(view, SMALL, np.random.default_rng(1))[1] == {}


def test_colour_flow_is_red_towards_the_probe_and_blue_away():
    towards, still, away = colours(np.array([0.5, 0.0, -0.5])).astype(int)
    assert towards[0] > 150
    assert towards[2] == 0
    assert away[2] > 150
    assert away[0] == 0
    assert still.max() < 80


@pytest.mark.parametrize("measurement", BMODE_MEASUREMENTS)
def test_a_study_shows_the_structure_it_was_asked_for(measurement):
    view = BMODE_MEASUREMENTS[measurement]
    study = bmode_study(view, LAYOUTS["600x800"], 11, measurement=measurement, frames=30)
    assert measurement in study.measurements
    assert study.truth["measurements"][measurement]["frames"]


@pytest.mark.parametrize("measurement", BMODE_MEASUREMENTS)
def test_truth_is_the_pixel_distance_times_the_calibration_of_the_region(measurement):
    layout = LAYOUTS["768x1024"]
    view = BMODE_MEASUREMENTS[measurement]
    study = bmode_study(view, layout, 2, measurement=measurement, frames=10)
    dataset = Dataset()
    dataset.SequenceOfUltrasoundRegions = Sequence(study.regions)
    (region,) = read_regions(dataset, layout.columns, layout.rows)
    assert region.kind.is_image
    for entry in study.truth["measurements"][measurement]["frames"].values():
        p, q = (PixelPoint(*point) for point in entry["points"])
        assert region.contains(p, q)
        assert region.distance(p, q) == pytest.approx(entry["value"], abs=1e-4)
        assert entry["unit"] == "cm"


# A view's calipers, and on which ends the grey level steps from blood to tissue or back.
EDGES = [
    ("plax", ("ivs", "lvid", "aortic_root", "la")),
    ("a4c", ("rv_base",)),
    ("psax", ("pa",)),
    ("subcostal", ("ivc",)),
]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("view", "ids"), EDGES)
def test_the_noise_free_picture_steps_at_the_true_points(view, ids, seed):
    from EchoMeasureLib.phantoms.bmode_screen import ANATOMIES

    anatomy = ANATOMIES[view](np.random.default_rng(seed))
    drawing = anatomy.draw(HeartState(0.0, 0.0, 0.0, 0.0))
    plane = plane_of(depth=anatomy.depth_cm)
    converter = ScanConverter.of(plane)
    picture = converter.convert(Imager(plane, clear_window()).image(drawing, 0, noise=False))
    for id in ids:
        p, q = drawing.calipers[id]
        if not (plane.sees(*p) and plane.sees(*q)):
            continue
        for end, other in ((p, q), (q, p)):
            assert abs(_step(picture, converter.box, plane, end, other)) < 1.0, id


def _step(picture, box, plane, end, other):
    """Pixels from `end` to the steepest grey-level step on the line through both ends."""
    a, b = np.array(plane.to_pixel(*end)), np.array(plane.to_pixel(*other))
    along = (b - a) / np.hypot(*(b - a))
    at = np.arange(-3.0, 3.01, 0.1)
    x, y = (a + at[:, None] * along).T
    grey = map_coordinates(picture.astype(float), [y - box.y0, x - box.x0], order=1)
    slope = np.abs(np.gradient(grey))
    strong = slope > 0.5 * slope.max()
    return float((at[strong] * slope[strong]).sum() / slope[strong].sum())


def test_the_ventricle_is_larger_at_end_diastole_than_at_end_systole():
    study = bmode_study("plax", SMALL, 3)
    values = {
        id: {int(k): entry["value"] for k, entry in row["frames"].items()}
        for id, row in study.truth["measurements"].items()
    }
    beats = [beat for beat in study.truth["beats"] if beat["es"] is not None]
    assert len(beats) >= 2
    for beat in beats:
        shortening = 1 - values["lvid"][beat["es"]] / values["lvid"][beat["ed"]]
        assert 0.08 < shortening < 0.47
        assert values["ivs"][beat["es"]] > values["ivs"][beat["ed"]]
        assert values["la"][beat["es"]] > values["la"][beat["ed"]]
        assert abs(study.frame_times_s[beat["ed"]] - beat["r_wave_s"]) < 0.09


def inner(frame):
    """A part of the sector without furniture."""
    return frame[150:330, 240:440].astype(float).mean(axis=2).ravel()


def test_adjacent_frames_resemble_each_other_far_more_than_unrelated_speckle():
    plane = plane_of()
    window = dataclasses.replace(clear_window(), range_db=60.0, noise_db=-30.0)
    disc = Tissue(ellipse((0.0, 8.0), 7.0, 5.0), MYOCARDIUM)
    drawing = Drawing((disc,), (), {})
    moved = Drawing((Tissue(disc.outline + np.array([0.0, 0.03]), MYOCARDIUM),), (), {})
    imager = Imager(plane, window, drawing.anchors())
    inside = np.s_[120:260, 60:150]
    first = imager.image(drawing, 0)[inside].ravel()
    adjacent = imager.image(moved, 1)[inside].ravel()
    other = Imager(plane, dataclasses.replace(window, seed=99), drawing.anchors())
    unrelated = other.image(drawing, 0)[inside].ravel()
    assert np.corrcoef(first, adjacent)[0, 1] > 0.7
    assert abs(np.corrcoef(first, unrelated)[0, 1]) < 0.3


def test_speckle_travels_with_the_tissue():
    plane = plane_of()
    window = dataclasses.replace(clear_window(), range_db=60.0, noise_db=-40.0, haze_db=-60.0)
    outline = ellipse((0.0, 8.0), 5.0, 4.0, vertices=200)
    rest = Drawing((Tissue(outline, MYOCARDIUM),), (), {})
    imager = Imager(plane, window, rest.anchors())
    # 0.6 cm deeper at the middle beam.
    moved = Drawing((Tissue(outline + np.array([0.0, 0.6]), MYOCARDIUM),), (), {})
    steps = round(0.6 * (SAMPLES - 1) / (plane.depth_cm - plane.face_cm))
    before, after = imager.image(rest, 0), imager.image(moved, 1)
    beams = slice(BEAMS // 2 - 12, BEAMS // 2 + 12)
    here = before[170:270, beams].ravel()
    followed = [
        np.corrcoef(here, after[170 + k : 270 + k, beams].ravel())[0, 1]
        for k in range(-2, steps + 8)
    ]
    assert abs(int(np.argmax(followed)) - 2 - steps) <= 2
    assert max(followed) > 0.6
    assert np.corrcoef(here, after[170:270, beams].ravel())[0, 1] < 0.4


def test_frames_of_a_cine_are_correlated(long_axis):
    first, second, last = (inner(long_axis.frame(i)) for i in (0, 1, 12))
    assert np.corrcoef(first, second)[0, 1] > np.corrcoef(first, last)[0, 1]


def test_speckle_has_the_contrast_of_rayleigh_statistics():
    """Without compounding the echo's decibels scatter by 5.57 dB (Rayleigh)."""
    window = dataclasses.replace(
        clear_window(), smoothing=0.0, unevenness_db=0.0, noise_db=-60.0, haze_db=-80.0,
        clutter_db=-80.0, enhancement_db_per_cm=0.0, slope_db=0.0,
    )  # fmt: skip
    plane = plane_of()
    drawing = Drawing((Tissue(ellipse((0, 8), 20, 20), MYOCARDIUM),), (), {})
    grey = Imager(plane, window).image(drawing, 0)[100:300, 60:150]
    # The static gain varies over centimetres; compare with the neighbourhood's mean.
    from scipy.ndimage import uniform_filter

    rest = grey - uniform_filter(grey, 40)
    assert rest.std() / 255 * window.range_db == pytest.approx(5.57, rel=0.15)


def test_outlines_are_painted_where_they_are():
    """A disc of 2 cm radius, 8 cm deep on the middle beam: edges at 6 and 10 cm."""
    plane = plane_of()
    drawing = Drawing(
        (
            Tissue(ellipse((0, 8), 9.0, 7.0), MYOCARDIUM),
            Tissue(ellipse((0, 8), 2.0, 2.0, vertices=200), BLOOD),
        ),
        (),
        {},
    )
    grey = Imager(plane, clear_window()).image(drawing, 0, noise=False)[:, BEAMS // 2]
    half = (grey[200] + grey.max()) / 2
    cm = plane.ranges
    dark = cm[(grey < half) & (cm > 4) & (cm < 12)]
    step = (plane.depth_cm - plane.face_cm) / (SAMPLES - 1)
    assert dark.min() == pytest.approx(6.0, abs=1.5 * step)
    assert dark.max() == pytest.approx(10.0, abs=1.5 * step)


def test_pixels_and_centimetres_of_a_plane_agree():
    plane = plane_of(depth=14.2)
    # 355 px of radius show 14.2 cm: 0.04 cm per pixel; the apex is at (340, 45).
    assert plane.delta_x == pytest.approx(0.04)
    assert plane.to_pixel(2.0, 8.0) == pytest.approx((390.0, 245.0))
    assert plane.sees(0.0, 8.0)
    assert not plane.sees(8.0, 2.0)
    assert not plane.sees(0.0, 14.1)
    polar = plane.to_polar(np.array([[0.0, 14.2]]))
    assert polar[0] == pytest.approx([(BEAMS - 1) / 2, SAMPLES - 1])


def test_two_panes_show_two_views_and_two_regions():
    layout = find_layout("768x1024+two-panes")
    study = bmode_study("plax", layout, 4, frames=3)
    assert len(study.regions) == 2
    frame = study.frame(0)
    for pane in layout.panes:
        assert frame[pane.box.y0 : pane.box.y1, pane.box.x0 : pane.box.x1].max() > 60
    for row in study.truth["measurements"].values():
        for entry in row["frames"].values():
            assert all(x <= layout.panes[0].box.x1 for x, _ in entry["points"])


def test_an_ecg_region_is_calibrated_in_seconds():
    layout = find_layout("600x800+ecg-region")
    study = bmode_study("a4c", layout, 4, frames=3)
    assert [int(item.RegionDataType) for item in study.regions] == [1, 10]


def test_frame_times_follow_the_rate_or_the_vector():
    even = np.diff(bmode_study("psax", SMALL, 9, frames=20).frame_times_s)
    assert np.ptp(even) < 1e-5
    assert 1 / 91 < even[0] < 1 / 19
    uneven = np.diff(
        bmode_study("psax", find_layout("480x640+frame-time-vector"), 9, frames=20).frame_times_s
    )
    assert np.ptp(uneven) > 1e-4


@pytest.mark.parametrize(
    ("view", "measurement", "words"),
    [("tee", None, "no B-mode phantom of 'tee'"), ("a4c", "lvid", "does not show 'lvid'")],
)
def test_what_cannot_be_drawn_is_refused_in_words(view, measurement, words):
    with pytest.raises(InvalidArgument, match=words):
        bmode_study(view, SMALL, 1, measurement=measurement)


def test_a_pose_of_nothing_changes_nothing():
    points = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert Pose(0.0, (0.0, 0.0)).place(points) == pytest.approx(points)
