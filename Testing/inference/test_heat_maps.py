"""A heat map lies on the screen where the network saw its landmarks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from review_studies import plax
from small_networks import write_small_networks

from EchoMeasureLib.geometry import Affine2D, Box
from EchoMeasureLib.inference.canvas import IMAGE_SIZE, image_map, strip_map
from EchoMeasureLib.inference.heat import Heat
from EchoMeasureLib.inference.heat_maps import heat_maps, on_source
from EchoMeasureLib.inference.network_facts import HeatGrid
from EchoMeasureLib.inference.predicting import Predictor
from EchoMeasureLib.inference.weight_store import Store

NO, YES = -20.0, 20.0


def heat(to_canvas: Affine2D, canvas: tuple[int, int], cell: tuple[int, int]) -> Heat:
    """Two points, one of them certain of one cell (column, row) of 4 x 4 canvas pixels."""
    logits = np.full((2, canvas[1] // 4, canvas[0] // 4), NO, np.float32)
    logits[1, cell[1], cell[0]] = YES
    return Heat(logits, HeatGrid(Affine2D(4, 4, 1.5, 1.5), canvas), to_canvas.inverse)


@pytest.mark.parametrize("size", [(640, 480), (1024, 768), (800, 600), (1280, 720), (512, 384)])
def test_a_cell_lights_up_where_its_canvas_pixels_come_from(size: tuple[int, int]) -> None:
    columns, rows = size
    to_canvas = image_map(columns, rows)
    picture = on_source(heat(to_canvas, IMAGE_SIZE, (80, 60)), columns, rows)
    assert picture.shape == (rows, columns)
    # The middle of cell (80, 60) is canvas pixel (321.5, 241.5).
    row, column = np.unravel_index(picture.argmax(), picture.shape)
    x, y = to_canvas.inverse.apply(321.5, 241.5)
    assert (column, row) == (pytest.approx(x, abs=0.51), pytest.approx(y, abs=0.51))
    # Linear to the next cells, 4 canvas pixels away: half as high half-way.
    half = to_canvas.inverse.apply(323.5, 241.5)
    assert picture[round(half.y), round(half.x)] == pytest.approx(0.5, abs=0.2)
    assert (picture > 0.01).sum() * to_canvas.scale_x**2 == pytest.approx(64, rel=0.35)


def test_nothing_is_seen_where_the_network_did_not_look() -> None:
    """A strip's canvas begins at the strip's top: what lies above it was not looked at."""
    logits = np.full((1, 426 // 2, 1024 // 2), YES, np.float32)
    to_canvas = strip_map(1024, 768, Box(42, 342, 943, 733))
    whole = Heat(logits, HeatGrid(Affine2D(2, 2, 0.5, 0.5), (1024, 426)), to_canvas.inverse)
    picture = on_source(whole, 1024, 768)
    assert (picture[:342] == 0).all()
    assert (picture[342:] > 0.99).all()


def test_an_inverted_strip_is_turned_back() -> None:
    flipped = Affine2D(1, -1, 0, 99)
    picture = on_source(heat(flipped, (100, 100), (5, 2)), 100, 100)
    # Canvas rows 8 to 11 are rows 91 to 88 of the screen.
    row, column = np.unravel_index(picture.argmax(), picture.shape)
    assert row in (89, 90)
    assert column in (21, 22)


def test_every_measurement_and_frame_has_a_map_and_its_network(tmp_path: Path) -> None:
    weights = write_small_networks(tmp_path, ["lvid", "ivs"])
    predictor = Predictor(Store(weights))
    maps = list(heat_maps(predictor, plax(3), ["lvid", "ivs"], [0, 2]))
    assert [(one.measurement, one.frame) for one in maps] == [
        ("lvid", 0),
        ("lvid", 2),
        ("ivs", 0),
        ("ivs", 2),
    ]
    (predicted,) = predictor.predict(plax(3), ["lvid"], [0])
    assert maps[0].model == predicted.model
    assert maps[0].probability.shape == (60, 80)
    assert 0 <= maps[0].probability.min() <= maps[0].probability.max() <= 1
