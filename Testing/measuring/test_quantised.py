"""A network in 8-bit integers is taken only when it finds the same on frames it has not seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from EchoMeasureLib.errors import CannotMeasure
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.inference.predicting import predict
from EchoMeasureLib.inference.settings import Settings
from EchoMeasureLib.inference.weight_store import Store, package_folder
from EchoMeasureLib.measuring import quantised
from EchoMeasureLib.measuring.quantised import quantise
from EchoMeasureLib.phantoms.generate import generate, write


def test_a_few_frames_are_not_enough(tmp_path: Path) -> None:
    still = read(write(generate("plax", "600x800", 5, 2), tmp_path)[0])
    with pytest.raises(CannotMeasure, match="no measurement with at least 6 frames"):
        list(quantise([still], Store(package_folder())))


@pytest.mark.slow
def test_the_network_of_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trained, so that its landmarks mean something; a gate of nothing refuses the same network."""
    cines = []
    for seed in (71, 72):
        folder = tmp_path / str(seed)
        folder.mkdir()
        cines.append(read(write(generate("plax", "768x1024", seed, 12), folder)[0]))
    store = Store(package_folder())
    monkeypatch.setattr(quantised, "MEDIAN_PX", 0.0)
    (refused,) = quantise(cines, store)
    assert "; 0.0 and 1.5 pass" in refused.why_not
    (found,) = predict(cines[0], ["lvid"], [0], store, Settings(engine="openvino"))  # type: ignore[arg-type]
    assert found.model.precision != "int8"
    monkeypatch.undo()
    monkeypatch.setenv("ECHOMEASURE_DATA", str(tmp_path / "data"))
    (outcome,) = quantise(cines, store)
    assert outcome.landmarks >= 40
    accepted = outcome.median_px <= 0.5 and outcome.p95_px <= 1.5
    (found,) = predict(cines[0], ["lvid"], [0], store, Settings(engine="openvino"))  # type: ignore[arg-type]
    assert (found.model.precision == "int8") is (not outcome.why_not)
    assert accepted or outcome.why_not


@pytest.mark.slow
def test_a_network_that_sees_nothing_is_not_judged_and_learns_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Grey without an echo, tagged as tissue."""
    monkeypatch.setattr(quantised, "quantised", lambda *_: pytest.fail("it learned"))
    tagged = read(write(generate("plax", "768x1024", 73, 1), tmp_path)[0])
    grey = np.full((6, 768, 1024, 3), 40, np.uint8)
    cine = Cine(ArraySource(grey), Timing(None, ""), tagged.regions)
    (outcome,) = quantise([cine], Store(package_folder()))
    assert (outcome.why_not, outcome.landmarks) == (quantised.UNSURE, 0)
