"""The diameter of a vena cava over time as a file, beside the results of `measure`."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from drawn_cava import BREATH, BREATHING, TIMES, write_cava
from schemas import validate

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.exporting.measurements_reading import parse_measurements
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.measuring.by_envelope import READER

WORDS = ("-m", "ivcmmax", "-m", "ivcmmin", "--reader", "envelope")


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "ivc-diameter.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_it_is_written_in_cm_against_seconds_with_its_gaps_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """2.0 to 1.0 cm every 3.2 s; from 2.4 to 2.7 s nothing is to be seen."""
    frame = BREATHING.copy()
    frame[:, (TIMES >= 2.4) & (TIMES < 2.7)] = 0
    file, out = write_cava(tmp_path / "cava.dcm", frame), tmp_path / "out"
    assert main(["measure", str(file), *WORDS, "--out", str(out)]) == 0
    rows = rows_of(out)
    assert list(rows[0]) == ["frame", "time_s", "diameter_cm", "image", "model_file"]
    assert {(row["frame"], row["model_file"]) for row in rows} == {("0", READER.file)}
    assert {row["image"] for row in rows} == {read(file).identity.sop_instance_uid}
    empty = [float(row["time_s"]) for row in rows if not row["diameter_cm"]]
    assert 2.25 < min(empty) < 2.44
    assert 2.66 < max(empty) < 2.85
    there = [row for row in rows if row["diameter_cm"]]
    at, cm = (np.array([float(row[key]) for row in there]) for key in ("time_s", "diameter_cm"))
    assert np.abs(cm - np.interp(at, TIMES, 2 - BREATH)).max() < 0.12
    said = capsys.readouterr().err
    assert "One breath every 3.2 s, 19 per minute." in said
    assert "The diameter over time is in ivc-diameter.csv: not read in 0." in said


def test_the_document_says_how_far_breaths_lie_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = write_cava(tmp_path / "cava.dcm"), tmp_path / "out"
    assert main(["measure", str(file), *WORDS, "--out", str(out), "--json"]) == 0
    written = json.loads(capsys.readouterr().out)
    validate(written, "exporting/measurements.schema.json")
    (breaths,) = written["breaths"]
    assert breaths["frame"] == 0
    assert breaths["breath_s"] == pytest.approx(3.2, abs=0.1)
    assert breaths["per_minute"] == pytest.approx(18.75, abs=0.6)
    parse_measurements(written, "measurements.json")
    assert main(["measure", str(file), *WORDS, "--out", str(out)]) == 0  # over its own results


def test_without_a_vein_there_is_no_such_file(tmp_path: Path) -> None:
    file, out = write_cava(tmp_path / "cava.dcm", np.full_like(BREATHING, 90)), tmp_path / "out"
    assert main(["measure", str(file), *WORDS, "--out", str(out)]) == 5
    assert sorted(path.name for path in out.iterdir()) == ["measurements.csv", "measurements.json"]
