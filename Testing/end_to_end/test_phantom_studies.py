"""From a DICOM file to a number by the command line, with the weights that the package brings.

The bands are wider than the accuracy that `make validate` measures over many studies: here
one study per measurement shows that the whole way holds.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from EchoMeasureLib.catalog import CATALOG, NETWORKED
from EchoMeasureLib.cli.main import main
from EchoMeasureLib.definitions import CaliperKind
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.measuring.calipers import measure, pixel_points
from EchoMeasureLib.phantoms.generate import generate, write

SEED = 3

CUT_PX = 60
"""A beat whose peak is nearer to the border of its strip, 0.2 s, is not there as a whole."""


def run_json(capsys: pytest.CaptureFixture[str], *words: object) -> dict:
    assert main([*map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("id", NETWORKED)
def test_every_measurement_is_near_its_truth(
    id: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = generate(id, "768x1024", SEED, frames=2)
    file, _ = write(study, tmp_path)
    frames = study.truth["measurements"][id]["frames"]
    frame = int(next(iter(frames)))
    out = tmp_path / "out"
    found = run_json(capsys, "measure", file, "-m", id, "--frames", frame, "--out", out)
    cine = read(file)
    entry = frames[str(frame)]
    beats = entry.get("beats_points") or [entry["points"]]
    linear = CATALOG[id].caliper in (CaliperKind.LINEAR, CaliperKind.EXCURSION)
    found_at = set()
    for result in found["results"]:
        assert result["model"]["set"] == "phantom"
        assert "low_confidence" not in result["flags"]
        placed = [(p["x"], p["y"]) for p in result["points"]]
        nearest = min(range(len(beats)), key=lambda n: _away(beats[n], placed))
        found_at.add(nearest)
        true = measure(cine, id, pixel_points(beats[nearest]), frame).value(result["measurement"])
        band = 0.4 if linear else 0.08 * abs(true.value)
        assert result["value"] == pytest.approx(true.value, abs=band)
    x0, x1 = cine.regions[-1].bounds.x0, cine.regions[-1].bounds.x1
    whole = {n for n, beat in enumerate(beats) if x0 + CUT_PX < beat[0][0] < x1 - CUT_PX}
    assert found_at >= (whole if "beats_points" in entry else {0})


def _away(beat: list[list[float]], placed: list[tuple[float, float]]) -> float:
    """A result names the points that it rests on: of E and A one, of their ratio both."""
    return sum(min(math.dist(p, q) for p in beat) for q in placed)


def test_the_pictures_say_that_the_weights_are_not_for_patients(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The phantom too is made by the command."""
    words = ["phantom", tmp_path, "-m", "trvmax", "--layout", "480x640", "--seed", SEED]
    (written,) = run_json(capsys, *words)
    file = written["file"]
    assert main(["measure", str(file), "-m", "trvmax", "--out", str(tmp_path / "o")]) == 0
    assert "Not for patients" in capsys.readouterr().out


def test_weights_list_names_the_phantom_set(capsys) -> None:
    rows = run_json(capsys, "weights", "list")
    assert {row["set"] for row in rows} == {"phantom"}
    assert [row["measurement"] for row in rows] == list(NETWORKED)
