"""The outline of what is drawn in a 2-D region."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from EchoMeasureLib.geometry import Box, PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.imaging.sector import find_sector
from EchoMeasureLib.phantoms.bmode import BMODE_MEASUREMENTS, bmode_study
from EchoMeasureLib.phantoms.layouts import LAYOUTS

REGION = Region(0, RegionKind.TWO_D, Box(100, 50, 899, 649), ("cm", "cm"), (0.02, 0.02))


def disc(radius: float, noise: int = 0) -> Frame:
    """Echo of grey 80 within a circle around (500, 350), noise everywhere."""
    rows, columns = np.indices((768, 1024))
    frame = np.random.default_rng(0).integers(0, noise + 1, (768, 1024, 3)).astype(np.uint8)
    frame[np.hypot(columns - 500, rows - 350) <= radius] = 80
    return frame


@pytest.mark.parametrize(("away", "inside"), [(0, True), (195, True), (208, True), (225, False)])
@pytest.mark.parametrize("angle", [0.0, 0.8, 2.5, 4.0])
def test_a_disc_of_200_px_with_a_slack_of_10(away: float, inside: bool, angle: float) -> None:
    """1 % of the diagonal of 800 x 600 is 10 px; squares of 4 px add up to 6."""
    sector = find_sector(disc(200, noise=8), REGION)
    assert sector is not None
    place = PixelPoint(500 + away * np.cos(angle), 350 + away * np.sin(angle))
    assert sector.contains(place) is inside


def test_blood_within_is_black_and_inside() -> None:
    frame = disc(200)
    frame[300:400, 450:550] = 0
    sector = find_sector(frame, REGION)
    assert sector is not None
    assert sector.contains(PixelPoint(500, 350))


@pytest.mark.parametrize("frame", [np.zeros((768, 1024, 3), np.uint8), disc(20)])
def test_where_hardly_anything_is_drawn_nothing_is_known(frame: Frame) -> None:
    """A disc of 20 px is 0.3 % of the region."""
    assert find_sector(frame, REGION) is None


@pytest.mark.parametrize("view", dict.fromkeys(BMODE_MEASUREMENTS.values()))
@pytest.mark.parametrize("layout", ["768x1024", "480x640"])
def test_every_true_landmark_lies_inside(view: str, layout: str) -> None:
    study = bmode_study(view, LAYOUTS[layout], seed=77)
    columns, rows = study.layout.columns, study.layout.rows
    whole = Region(0, RegionKind.TWO_D, Box(0, 0, columns - 1, rows - 1), ("cm", "cm"), (1, 1))
    sector = find_sector(study.frame(0), whole)
    assert sector is not None
    places = [
        PixelPoint(*point)
        for measured in study.truth["measurements"].values()
        for point in measured["frames"].get("0", {"points": ()})["points"]
    ]
    assert places
    assert all(sector.contains(place) for place in places)


def test_the_sonographers_own_calipers_on_a_real_screen(real_file: Callable[[str], Path]) -> None:
    """The aorta of an EPIQ still."""
    cine = read(real_file("JPGLosslessP14SV1_1s_1f_8b.dcm"))
    (region,) = [r for r in cine.regions if r.kind.is_image]
    sector = cine.sector(0, region)
    assert sector is not None
    assert sector.contains(PixelPoint(629, 319))
    assert sector.contains(PixelPoint(689, 435))
