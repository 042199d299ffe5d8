"""From a cine to calipers in one go, with the weights that the package brings."""

from __future__ import annotations

from pathlib import Path

import pytest

from EchoMeasureLib.flags import Flag
from EchoMeasureLib.imaging import cine as cines
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.imaging.strips import find_baseline
from EchoMeasureLib.inference import canvas
from EchoMeasureLib.inference.predicting import Predictor
from EchoMeasureLib.inference.weight_store import Store, package_folder
from EchoMeasureLib.measuring.calipers import measure, pixel_points
from EchoMeasureLib.measuring.running import beat_by_beat, predict_calipers
from EchoMeasureLib.phantoms.generate import generate, write


class Searches:
    """Looks for baselines as ever, and knows how often."""

    def __init__(self) -> None:
        self.found: list[float | None] = []

    def __call__(self, frame: Frame, region: Region) -> float | None:
        self.found.append(find_baseline(frame, region))
        return self.found[-1]


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> Searches:
    counting = Searches()
    for module in (cines, canvas):
        monkeypatch.setattr(module, "find_baseline", counting)
    return counting


def test_the_baseline_of_a_strip_is_looked_for_once_however_many_beats_it_shows(
    tmp_path: Path, searches: Searches
) -> None:
    study = generate("avvmax", "768x1024+no-reference", seed=3)
    cine = read(write(study, tmp_path)[0])
    predictor = Predictor(Store(package_folder()))
    (prediction,) = predictor.predict(cine, ["avvmax"], [0])
    caliper, beats = beat_by_beat(cine, prediction)
    assert len(beats) >= 3
    assert caliper in beats
    assert {beat.flags for beat in beats} == {(Flag.BASELINE_DETECTED,)}
    # Another measurement on the strip, and one that a reader drags, see the same line.
    measure(cine, "trvmax", caliper.points)
    assert len(searches.found) == 1
    assert tuple(predict_calipers(cine, ["avvmax"], [0], predictor)) == beats


def test_a_strip_without_a_baseline_is_searched_once_too(
    tmp_path: Path, searches: Searches
) -> None:
    study = generate("avvmax", "768x1024+no-reference", seed=3)
    cine = read(write(study, tmp_path)[0])
    blank = cines.Cine(
        cines.ArraySource(cine.frame(0)[None] // 255), cine.timing, cine.regions, cine.identity
    )
    (prediction,) = Predictor(Store(package_folder())).predict(blank, ["avvmax"], [0])
    caliper, beats = beat_by_beat(blank, prediction)
    assert caliper.flags == (Flag.NOT_FOUND,)
    assert beats == (caliper,)
    by_hand = measure(blank, "avvmax", pixel_points([(500, 500)]))
    assert "could not be found" in by_hand.values[0].reason
    assert searches.found == [None]
