"""Of two equal peaks the one counts where frames beside have it; arithmetic on drawn maps."""

from __future__ import annotations

import math

import numpy as np
import pytest

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.geometry import Affine2D, Landmark
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.inference.decoding import DecodedHeat, decode
from EchoMeasureLib.inference.heat import Heat
from EchoMeasureLib.inference.kept_findings import KeptFindings
from EchoMeasureLib.inference.network_facts import HeatGrid
from EchoMeasureLib.inference.prediction import Prediction, Provenance
from EchoMeasureLib.inference.settings import Decoder
from EchoMeasureLib.inference.ties import FramesBeside, decided, still_tied

LVID = CATALOG["lvid"]
LEFT, RIGHT, SECOND = (203.5, 243.5), (403.5, 243.5), (299.5, 403.5)
"""The first point of a tied map is left or right; the second is clear. Canvas pixels, in
the middle of a cell."""
TO_SOURCE = Affine2D(2.0, 2.0, 10.0, 0.0)
"""To source pixels: (203.5, 243.5) lies at (417, 487)."""
NETWORK = "ab" * 32
MODEL = Provenance("a.ckpt", NETWORK, "custom")


def heat(*firsts: tuple[float, float, float]) -> Heat:
    """Blobs of some peak logit above -5 for the first point, one of 3 for the second."""
    rows, columns = np.indices((60, 80)) * 8 + 3.5
    maps = np.full((2, 60, 80), -5.0, np.float32)
    for channel, x, y, top in (*((0, *blob) for blob in firsts), (1, *SECOND, 3.0)):
        blob = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 12.0**2))
        maps[channel] = np.maximum(maps[channel], -5 + (top + 5) * blob)
    return Heat(maps, HeatGrid(Affine2D.resize((80, 60), (640, 480)), (640, 480)), TO_SOURCE)


TIED = heat((*LEFT, 3.0), (*RIGHT, 2.99))


def near(place: tuple[float, float], away: float = 0.0, confidence: float = 0.9) -> list[Landmark]:
    return [
        Landmark(*TO_SOURCE.apply(x + away, y), confidence=confidence) for x, y in (place, SECOND)
    ]


def said(tied: Heat, *beside: list[Landmark]) -> DecodedHeat | None:
    return decided(tied, LVID, decode(tied, LVID, Decoder.ROBUST), beside)


@pytest.mark.parametrize("place", [LEFT, RIGHT], ids=["left", "right"])
def test_the_peak_where_the_frames_beside_have_it(place: tuple[float, float]) -> None:
    """Rounding took the left one, 3.0 to 2.99; the frames beside lie 8 pixels about either."""
    tied = decode(TIED, LVID, Decoder.ROBUST)
    assert tied.tied
    found = said(TIED, near(place, -8), near(place, 8))
    assert found is not None
    assert not found.tied
    wanted = TO_SOURCE.apply(*place)
    assert math.dist((found.points[0].x, found.points[0].y), wanted) < 1
    clear, same = found.points[1], tied.points[1]
    assert (clear.x, clear.y, clear.confidence) == pytest.approx((same.x, same.y, same.confidence))
    assert found.points[0].disagreement == tied.points[0].disagreement
    assert found.points[0].confidence == pytest.approx(1 / (1 + math.exp(-3)), abs=0.02)


@pytest.mark.parametrize(
    "beside",
    [
        pytest.param([near(LEFT)], id="one frame is too few"),
        pytest.param([near(LEFT), near(LEFT, confidence=0.01)], id="one of two sees nothing"),
        pytest.param([near(LEFT), near(RIGHT)], id="they are at odds"),
        pytest.param([near(LEFT, 100), near(LEFT, 100)], id="both peaks are as far away"),
        pytest.param([near((320.0, 83.5))] * 3, id="no peak is there"),
    ],
)
def test_else_they_decide_nothing(beside: list[list[Landmark]]) -> None:
    assert said(TIED, *beside) is None


def test_two_peaks_about_the_same_place_stay_tied() -> None:
    """40 pixels apart, both are where the frames beside have it."""
    close = heat((203.5, 243.5, 3.0), (243.5, 243.5, 2.99))
    assert decode(close, LVID, Decoder.ROBUST).tied
    assert said(close, near((223.5, 243.5)), near((223.5, 243.5))) is None


def settle(
    kept: KeptFindings, heats: list[Heat], frames: list[int]
) -> tuple[list[int], list[bool]]:
    """Which of these frames are still tied, 20 ms from one to the next; and all that are."""
    found = {"lvid": [decode(one, LVID, Decoder.ROBUST) for one in heats]}
    beside = FramesBeside(kept, NETWORK, [n * 0.02 for n in range(50)], frames)
    left = still_tied([LVID], {"lvid": heats}, found, beside)
    return [frames[n] for n in left], [one.tied for one in found["lvid"]]


def test_frames_of_the_batch_and_those_before_it_decide_and_others_do_not() -> None:
    """Within 0.15 s, seven frames of 20 ms; two are needed."""
    clear = heat((*RIGHT, 3.0))
    kept = KeptFindings()
    batch = [clear, TIED, clear, TIED]
    assert settle(kept, batch, [0, 1, 2, 20]) == ([20], [False, False, False, True])
    for frame in (13, 27):
        kept.keep(NETWORK, Prediction("lvid", frame, tuple(near(RIGHT)), MODEL))
    assert settle(kept, [TIED], [20]) == ([], [False])
    assert settle(kept, [TIED], [21]) == ([21], [True]), "frame 13 is eight frames away"


def test_what_was_decided_by_others_decides_nothing_itself() -> None:
    kept = KeptFindings()
    for frame in (0, 1):
        kept.keep(NETWORK, Prediction("lvid", frame, tuple(near(RIGHT)), MODEL))
    assert settle(kept, [TIED, TIED], [6, 7]) == ([], [False, False])
    for frame in (6, 7):
        kept.keep(NETWORK, Prediction("lvid", frame, tuple(near(RIGHT)), MODEL))
    assert settle(kept, [TIED], [12])[0] == [12]


def test_another_image_knows_nothing_of_it() -> None:
    kept = KeptFindings()
    kept.by_neighbours.add((NETWORK, "lvid", 3))
    frames = ArraySource(np.zeros((2, 8, 8, 3), np.uint8))
    kept.open(Cine(frames, Timing(None, ""), ()))
    assert not kept.by_neighbours
