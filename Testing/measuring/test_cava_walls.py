"""A vena cava on an M-mode: widest and narrowest once a breath by its borders, or why not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_cava import BREATH, BREATHING, CM, COLUMNS, REGION, ROWS, SECONDS, TIMES, cine, drawn

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.region_problems import find_problems
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.measuring.by_envelope import read_beats
from EchoMeasureLib.measuring.calipers import Origin, measure, pixel_points
from EchoMeasureLib.measuring.cava_walls import (
    BEATS,
    BESIDE,
    LAYERED,
    NO_WALLS,
    SEVERAL,
    SHALLOW,
    STIFF,
    TOO_SMALL,
    TOO_WIDE,
    find_cava,
)
from EchoMeasureLib.measuring.derived import derive
from EchoMeasureLib.measuring.measured import Measured
from EchoMeasureLib.measuring.running import beat_by_beat
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.phantoms.layout_parts import Quirk
from EchoMeasureLib.phantoms.layouts import LAYOUTS
from EchoMeasureLib.phantoms.mmode import draw_m_mode, plan_m_mode
from EchoMeasureLib.phantoms.mmode_views import MMODE_VIEWS
from EchoMeasureLib.phantoms.random_streams import stream


def test_the_borders_are_followed_and_the_collapse_follows_from_them() -> None:
    walls = find_cava(BREATHING, REGION)
    assert not isinstance(walls, str)
    true = np.interp(walls.times, TIMES, 2 - BREATH)
    assert np.abs(walls.diameters - true).max() < 0.12
    assert walls.motion.max_cm == pytest.approx(2.0, abs=0.06)
    assert walls.motion.min_cm == pytest.approx(1.0, abs=0.06)
    assert walls.motion.collapse == pytest.approx(50, abs=4)
    assert walls.motion.breath_s == pytest.approx(3.2, abs=0.2)


@pytest.mark.parametrize("seed", [0, 3, 4])
def test_a_breath_on_a_grainy_strip_is_one_caliper(seed: int) -> None:
    """Widest every 2 s from 0.2 s on, which the strip's end cuts, narrowest from 1.2 s on."""
    rng = np.random.default_rng(seed)
    breath = 0.5 - 0.5 * np.cos(2 * np.pi * (TIMES - 0.2) / 2)
    grain = 0.4 + 0.6 * rng.random((ROWS, COLUMNS))
    grey = drawn(4 + 0 * TIMES, 6 - breath)[..., 0] * grain
    walls = find_cava(np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2), REGION)
    assert not isinstance(walls, str)
    for largest, true in ((True, [2.2, 4.2, 6.2]), (False, [1.2, 3.2, 5.2, 7.2])):
        at = [SECONDS * p.x for p, _ in walls.calipers(largest)]
        assert at == pytest.approx(true, abs=0.5)


@pytest.mark.parametrize(("measurement", "size"), [("ivcmmax", 2.0), ("ivcmmin", 1.0)])
def test_each_breath_is_a_caliper_that_is_measured_as_any_other(
    measurement: str, size: float
) -> None:
    image = cine(BREATHING)
    read = read_beats(image, measurement, 0)
    assert read.prediction is not None
    for caliper in beat_by_beat(image, read.prediction)[1]:
        assert caliper.origin is Origin.ENVELOPE
        assert caliper.values[0].value == pytest.approx(size, abs=0.08)
        assert caliper.points[0].x == caliper.points[1].x


def test_points_of_two_times_are_no_diameter() -> None:
    image = cine(BREATHING)
    places = (
        [PixelPoint(100, 80), PixelPoint(104, 120)],
        [PixelPoint(100, 80), PixelPoint(130, 120)],
    )
    sound, apart = (measure(image, "ivcmmax", pixel_points(points), 0) for points in places)
    assert sound.values[0].value == pytest.approx(2.0)
    assert apart.values[0].value is None
    assert Flag.ORDER in apart.flags
    assert "0.60 s apart" in apart.values[0].reason


def test_the_collapse_of_an_m_mode_is_a_value_of_its_own() -> None:
    known = {
        id: Measured(id, CATALOG[id].outputs[0].name, value, "cm")
        for id, value in (("ivcmmax", 2.0), ("ivcmmin", 1.2))
    }
    found = {item.id: item for item in derive(known, Subject())}
    assert found["ivcm_collapse"].text == "40 %"
    assert found["rap"].value is None


@pytest.mark.parametrize(("dark", "range_of_greys"), [(110, 0.45), (0, 0.3)])
def test_gain_and_grey_map_change_nothing(dark: float, range_of_greys: float) -> None:
    mapped = (dark + range_of_greys * BREATHING.astype(float)).astype(np.uint8)
    walls = find_cava(mapped, REGION)
    assert not isinstance(walls, str)
    assert walls.motion.max_cm == pytest.approx(2.0, abs=0.06)
    assert walls.motion.min_cm == pytest.approx(1.0, abs=0.06)


def test_a_vein_that_the_breath_moves_by_its_own_width_does_not_move_with_the_heart() -> None:
    """To and fro by 1.6 cm every 2.4 s, 25 breaths a minute."""
    breath = 0.5 - 0.5 * np.cos(2 * np.pi * (TIMES - 0.2) / 2.4)
    walls = find_cava(drawn(4 + 1.6 * breath, 6 + 0.8 * breath), REGION)
    assert not isinstance(walls, str)
    assert walls.motion.collapse == pytest.approx(40, abs=4)


@pytest.mark.parametrize("place", [2.5, 8.0])
def test_beside_a_cava_that_breathes_a_thin_vein_of_the_liver_is_none(place: float) -> None:
    """0.7 cm that stay so, in front of a cava of 2 cm that collapses by half, or behind it."""
    walls = find_cava(
        np.minimum(BREATHING, drawn(place + 0 * TIMES, place + 0.7 + 0 * TIMES)), REGION
    )
    assert not isinstance(walls, str), walls
    assert walls.motion.max_cm == pytest.approx(2.0, abs=0.06)
    assert walls.motion.min_cm == pytest.approx(1.0, abs=0.06)


STILL = drawn(4 + 0 * TIMES, 6 + 0 * TIMES)
"""2 cm that do not change."""


def layered() -> Frame:
    """Blood from 4 cm on, 1.3 cm and less with the breath, then a grey layer up to 6 cm, as grey as
    all beyond 8 cm."""
    depth = (np.arange(ROWS) + 0.5)[:, None] * CM
    layer = (depth > 5.3 - 0.56 * BREATH) & (depth < 6) | (depth > 8)
    speckle = 0.7 + 0.3 * np.random.default_rng(5).random((ROWS, COLUMNS))
    grey = np.where(layer, 60 * speckle, drawn(4 + 0 * TIMES, 6 + 0 * TIMES)[..., 0])
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)


HEART = 0.5 - 0.5 * np.cos(2 * np.pi * TIMES / 0.8)


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (drawn(4 + 0.6 * HEART, 7 - 0.8 * HEART), BEATS),
        (
            np.minimum(
                drawn(3 + 0 * TIMES, 4.5 + 0 * TIMES), drawn(7 - 0.6 * HEART, 7.5 - 0.6 * HEART)
            ),
            BESIDE,
        ),
        (np.minimum(BREATHING, drawn(8 + 0 * TIMES, 9.6 + 0 * TIMES)), SEVERAL),
        (np.minimum(STILL, drawn(7 + 0 * TIMES, 8 + 0 * TIMES)), SEVERAL),
        (layered(), LAYERED),
        (drawn(1.4 + 0 * TIMES, 3.2 - 0.8 * BREATH), SHALLOW),
        (drawn(4 + 0 * TIMES, 5 - 0.1 * BREATH), STIFF),
        (drawn(3 + 0.2 * BREATH, 6.8 - 0.5 * BREATH), TOO_WIDE),
        (drawn(4 + 0 * TIMES, 4.35 + 0 * TIMES), NO_WALLS),
        (drawn(4 + 0 * TIMES, 4 + 0 * TIMES), NO_WALLS),
        (np.zeros((ROWS, COLUMNS, 3), np.uint8), TOO_SMALL),
        (np.full((ROWS, COLUMNS, 3), 255, np.uint8), TOO_SMALL),
    ],
)
def test_what_is_no_vena_cava_has_a_reason(frame: Frame, why: str) -> None:
    assert find_cava(frame, REGION) == why
    read = read_beats(cine(frame), "ivcmmax", 0)
    assert (read.prediction, read.why) == (None, why)


def test_a_vein_that_does_not_move_asks_for_a_breath() -> None:
    assert read_beats(cine(STILL), "ivcmmin", 0).why.endswith("was there a breath?")


def test_a_breath_that_is_not_whole_gives_no_smallest_diameter() -> None:
    falling = drawn(4 + 0 * TIMES, 6.2 - 0.12 * TIMES)
    assert read_beats(cine(falling), "ivcmmin", 0).prediction is None
    read = read_beats(cine(falling), "ivcmmax", 0)
    assert read.prediction is not None
    assert "does not show" in read.why


def test_without_a_scale_nothing_is_read() -> None:
    bare = Region(0, RegionKind.M_MODE, REGION.bounds, ("none", "cm"), (SECONDS, CM), (0.0, 0.0))
    judged = replace(bare, problems=find_problems(bare, 2000, 2000))
    assert "units are none x cm" in read_beats(cine(BREATHING, judged), "ivcmmax", 0).why


@pytest.mark.parametrize("name", sorted(MMODE_VIEWS))
def test_lifelike_veins_are_read_to_a_millimetre_or_two_and_other_views_are_not(name: str) -> None:
    """Seeds that chose no limit."""
    off: list[float] = []
    for seed in range(6_000, 6_004 if name == "mmode_vena_cava" else 6_002):
        layout = list(LAYOUTS.values())[seed % len(LAYOUTS)].with_quirks(Quirk.LIFELIKE)
        plan = plan_m_mode(name, layout, seed)
        box, scale = layout.strip.box, (plan.seconds_per_px, plan.cm_per_px)
        region = Region(0, RegionKind.M_MODE, box, ("s", "cm"), scale, (0.0, 0.0))
        walls = find_cava(draw_m_mode(plan), region)
        if isinstance(walls, str):
            continue
        assert name == "mmode_vena_cava"
        times = np.arange(box.width) * plan.seconds_per_px
        lines = MMODE_VIEWS[name](
            stream(name, seed, "paint"), times, plan.rhythm, box.height * plan.cm_per_px
        )
        at = [walls.grid.point(column, 0).x - box.x0 for column in walls.columns]
        true = np.interp(at, np.arange(box.width), lines[1][0] - lines[0][0])
        off += list(10 * np.abs(walls.diameters - true))
    if name == "mmode_vena_cava":
        assert off
        assert np.median(off) < 1.5
        assert np.percentile(off, 95) < 3
