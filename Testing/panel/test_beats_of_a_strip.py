"""Every beat of a strip is a line of its own in the panel and a markup of its own in the views."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from inflow_strip import BEATS
from open_module import OpenModule
from schemas import validate

from EchoMeasureLib.desk.export_kinds import Export
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.inference.prediction import Prediction, Provenance

MODEL = Provenance("strip.ckpt", "ab" * 32, "phantom", "robust", "torch", "float32")


def predict(opened: OpenModule, path: Path) -> None:
    """The second beat is the clearest."""
    opened.open_file(path)
    beats = tuple(tuple(Landmark(x, y, confidence=0.9) for x, y in beat) for beat in BEATS)
    opened.desk.study.review.add_prediction(Prediction("mvpeak", 0, beats[1], MODEL, beats))
    opened.look()


def test_each_beat_has_its_line_in_time_and_its_markup(opened: OpenModule, inflow: Path) -> None:
    predict(opened, inflow)
    opened.show()
    assert [row[2] for row in opened.table()] == [
        "MV E 80.0 cm/s, MV A 40.0 cm/s, E/A 2.00",
        "MV E 90.0 cm/s, MV A 40.0 cm/s, E/A 2.25",
        "MV E 100.0 cm/s, MV A 44.0 cm/s, E/A 2.27",
    ]
    shown = {
        caliper.entry.id: [(round(x), round(y)) for x, y in caliper.points()]
        for caliper in opened.desk.study.link.calipers
    }
    assert shown == dict(
        zip(("mvpeak-f0-b1", "mvpeak-f0", "mvpeak-f0-b3"), map(list, BEATS), strict=True)
    )
    opened.picture("slice-beats.png")
    opened.screenshot("panel-beats.png", 1480)


def test_a_beat_that_is_left_out_says_so_and_its_value_follows(
    opened: OpenModule, inflow: Path
) -> None:
    """E/A of the means: 270 / 124; without the third beat 170 / 80."""
    predict(opened, inflow)
    review = opened.desk.study.review
    assert review.measured()["e_a_ratio"].value == pytest.approx(270 / 124)
    review.leave_out("mvpeak-f0-b3", "ectopic")
    assert opened.table()[2][4] == "unreviewed, left out"
    assert review.measured()["e_a_ratio"].value == pytest.approx(2.125)
    opened.click("undoButton")
    assert opened.table()[2][4] == "unreviewed"


def test_the_exported_results_have_every_beat(
    opened: OpenModule, inflow: Path, tmp_path: Path
) -> None:
    predict(opened, inflow)
    opened.export(Export.TABLE, tmp_path / "measurements.json", "json")
    text = (tmp_path / "measurements.json").read_text(encoding="utf-8")
    record = json.loads(text)
    validate(record, "exporting/measurements.schema.json")
    e = [result["value"] for result in record["results"] if result["measurement"] == "e"]
    assert e == [80, 90, 100]


def test_they_are_there_again_with_the_saved_scene(opened: OpenModule, inflow: Path) -> None:
    predict(opened, inflow)
    opened.desk.study.review.leave_out("mvpeak-f0-b1")
    opened.slicer.clear()
    opened.open_file(inflow)
    assert [row[4] for row in opened.table()] == [
        "unreviewed, left out",
        "unreviewed",
        "unreviewed",
    ]


@pytest.mark.slow
def test_the_beats_of_a_phantom_come_through_the_measuring_process(
    opened_for_real: OpenModule, tmp_path: Path
) -> None:
    """Both of its beats, each within 8 pixels of where it was painted."""
    from EchoMeasureLib.phantoms.generate import generate, write

    opened = opened_for_real
    dicom, truth = write(generate("trvmax", "768x1024", 1), tmp_path)
    opened.open_file(dicom)
    opened.choose("weightsCombo", "phantom")
    opened.panel.measurements.tick(("trvmax",))
    opened.click("measureButton")
    painted = json.loads(truth.read_text(encoding="utf-8"))["measurements"]["trvmax"]
    expected = [beat[0] for beat in painted["frames"]["0"]["beats_points"]]
    opened.wait(lambda: len(opened.table()) == 2 and not opened.desk.measuring.busy)
    found = [e.caliper.points[0].point for e in opened.desk.selection.entries]
    for (x, y), at in zip(expected, found, strict=True):
        assert at == (pytest.approx(x, abs=8), pytest.approx(y, abs=8))
