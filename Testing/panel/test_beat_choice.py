"""Another beat of a strip is chosen in the panel, and the mean of all is shown."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from open_module import OpenModule
from schemas import schema

from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.inference.prediction import Prediction, Provenance

MODEL = Provenance("strip.ckpt", "ab" * 32, "phantom", "robust", "torch", "float32")

BEATS = (((140, 482), (240, 562)), ((440, 462), (540, 562)), ((740, 442), (840, 442)))
"""E 80, 90, 100 and A 40, 40, 100 cm/s: 0.5 cm/s a row above the baseline at row 642."""

ID = "mvpeak-f0"


@pytest.fixture(scope="session")
def inflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pulsed-wave still with three beats of mitral inflow, drawn as triangles."""
    from ultrasound_files import spectral, write_ultrasound

    y, x = np.mgrid[:768, :1024]
    wave = np.zeros((768, 1024), bool)
    for beat in BEATS:
        for column, row in beat:
            wave |= (y <= 642) & (y >= row + np.abs(x - column) * (642 - row) / 45)
    pixels = np.where(wave[:, :, None], 170, 12).astype(np.uint8).repeat(3, 2)
    pixels[642, 42:943] = 120
    path = tmp_path_factory.mktemp("inflow") / "inflow.dcm"
    return write_ultrasound(path, pixels, [spectral(reference_y=300, data=3)])


def predict(
    opened: OpenModule, path: Path, confidences: tuple[float, ...] = (0.9, 0.8, 0.7)
) -> None:
    """The first beat is the clearest."""
    opened.open_file(path)
    beats = tuple(
        tuple(Landmark(x, y, confidence=confidence) for x, y in beat)
        for beat, confidence in zip(BEATS, confidences, strict=True)
    )
    opened.desk.study.review.add_prediction(Prediction("mvpeak", 0, beats[0], MODEL, beats))
    opened.look()
    assert len(opened.table()) == 1
    opened.click_row(0)


def shown_points(opened: OpenModule) -> list[tuple[float, float]]:
    """Where the markup in the scene lies, in source pixels."""
    (caliper,) = opened.desk.study.link.calipers
    return [(round(x, 3), round(y, 3)) for x, y in caliper.points()]


def test_every_beat_is_offered_and_the_means_are_shown(opened: OpenModule, inflow: Path) -> None:
    predict(opened, inflow)
    assert opened.choices("beatCombo") == [
        "1 of 3: E 80.0, A 40.0, clearest",
        "2 of 3: E 90.0, A 40.0",
        "3 of 3: E 100.0, A 100.0",
    ]
    # 90 / 60; the mean of the three ratios would be 1.75
    assert opened.text("beatLabel").splitlines() == [
        "3 beats:",
        "MV E 80.0, 90.0, 100.0 cm/s, mean 90.0 cm/s",
        "MV A 40.0, 40.0, 100.0 cm/s, mean 60.0 cm/s",
        "E/A 2.00, 2.25, 1.00, mean E / mean A 1.50",
    ]
    opened.screenshot("panel-beats.png", 1480)


def test_a_chosen_beat_moves_value_markup_and_label(opened: OpenModule, inflow: Path) -> None:
    predict(opened, inflow)
    opened.show()
    opened.choose("beatCombo", "2")
    assert opened.table()[0] == [
        "MV E/A",
        "0",
        "MV E 100.0 cm/s, MV A 100.0 cm/s, E/A 1.00",
        "0.70",
        "unreviewed, beat 3 of 3",
        "",
    ]
    assert shown_points(opened) == list(BEATS[2])
    node = opened.desk.study.link.node_of(ID)
    labels = " ".join(node.GetNthControlPointLabel(i) for i in range(2))
    assert "MV E 100.0 cm/s" in labels
    assert "E/A 1.00" in labels
    opened.screenshot("panel-beat-3.png", 1480)
    opened.picture("slice-beat-3.png")


def test_one_undo_takes_the_choice_back(opened: OpenModule, inflow: Path) -> None:
    predict(opened, inflow)
    opened.choose("beatCombo", "1")
    opened.click("undoButton")
    assert shown_points(opened) == list(BEATS[0])
    assert opened.table()[0][4] == "unreviewed"
    assert not opened.enabled("undoButton")
    opened.click("redoButton")
    assert shown_points(opened) == list(BEATS[1])
    assert [event.detail for event in opened.desk.study.review.audit][-3] == "beat 2 of 3"


def test_button_and_key_go_round_the_beats(opened: OpenModule, inflow: Path) -> None:
    predict(opened, inflow)
    opened.click("nextBeatButton")
    assert opened.desk.study.review.entry(ID).beat == 1
    opened.key("B")
    opened.key("B")
    assert opened.desk.study.review.entry(ID).beat == 0
    assert opened.answers.warnings == []


def test_after_a_drag_the_next_beat_is_the_one_to_the_right(
    opened: OpenModule, inflow: Path
) -> None:
    predict(opened, inflow)
    opened.click("nextBeatButton")
    opened.desk.study.review.move(ID, [(440, 470), (540, 562)])
    assert opened.choices("beatCombo")[0] == "on none of the beats found"
    assert opened.table()[0][4] == "edited"
    opened.click("nextBeatButton")
    assert opened.desk.study.review.entry(ID).beat == 2
    assert len(opened.choices("beatCombo")) == 3


def test_an_accepted_caliper_keeps_its_beat_until_it_is_reopened(
    opened: OpenModule, inflow: Path
) -> None:
    predict(opened, inflow)
    opened.choose("beatCombo", "1")
    opened.click("acceptButton")
    assert opened.tip("beatCombo") == "It is accepted. Reopen it to choose another beat."
    assert not opened.enabled("nextBeatButton")
    opened.key("B")
    assert "Reopen it" in opened.answers.warnings[0]
    assert opened.desk.study.review.entry(ID).beat == 1
    opened.click("reopenButton")
    opened.click("nextBeatButton")
    assert opened.desk.study.review.entry(ID).beat == 2


def test_where_there_is_one_beat_nothing_is_offered_and_it_is_said_why(
    opened: OpenModule, doppler: Path
) -> None:
    opened.open_file(doppler)
    assert opened.tip("beatCombo") == "Choose a caliper in the table first."
    opened.desk.study.review.place("trvmax", 0, [(400, 642)])
    opened.click_row(0)
    assert not opened.enabled("beatCombo")
    assert not opened.enabled("nextBeatButton")
    assert not opened.visible("beatLabel")
    assert "only one found" in opened.tip("nextBeatButton")
    opened.key("B")
    assert "only one found" in opened.answers.warnings[0]


def test_a_doubtful_beat_stands_in_brackets(opened: OpenModule, doppler: Path) -> None:
    """200, 240 and 220 rows of 0.5 cm/s below the baseline; the second is doubtful."""
    opened.open_file(doppler)
    found = [(200, 642, 0.9), (500, 682, 0.2), (800, 662, 0.8)]
    beats = tuple((Landmark(x, y, confidence=sure),) for x, y, sure in found)
    opened.desk.study.review.add_prediction(Prediction("trvmax", 0, beats[0], MODEL, beats))
    opened.click_row(0)
    assert opened.choices("beatCombo")[1] == "2 of 3: 1.20 m/s, low confidence"
    assert opened.text("beatLabel").splitlines() == [
        "3 beats: 1.00, (1.20), 1.10 m/s, mean 1.05 m/s",
        "In brackets: flagged, so not in the mean.",
    ]


def test_the_exported_results_list_every_beat(
    opened: OpenModule, inflow: Path, tmp_path: Path
) -> None:
    predict(opened, inflow)
    opened.choose("beatCombo", "1")
    opened.open_section("exportSection")
    opened.answers.path = tmp_path / "results"
    opened.click("exportTableButton")
    text = (tmp_path / "results" / "measurements.json").read_text(encoding="utf-8")
    record = json.loads(text)
    jsonschema.validate(record, schema("exporting/measurements.schema.json"))
    e = next(result for result in record["results"] if result["measurement"] == "e")
    assert (e["value"], [beat["value"] for beat in e["beats"]]) == (90, [80, 90, 100])


def test_the_chosen_beat_is_there_again_with_the_saved_scene(
    opened: OpenModule, inflow: Path
) -> None:
    predict(opened, inflow)
    opened.choose("beatCombo", "2")
    opened.slicer.clear()
    opened.open_file(inflow)
    opened.click_row(0)
    assert opened.table()[0][4] == "unreviewed, beat 3 of 3"
    assert len(opened.choices("beatCombo")) == 3


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
    opened.wait(lambda: len(opened.table()) == 1 and not opened.desk.measuring.busy)
    opened.click_row(0)
    painted = json.loads(truth.read_text(encoding="utf-8"))["measurements"]["trvmax"]
    expected = [beat[0] for beat in painted["frames"]["0"]["beats_points"]]
    assert len(opened.choices("beatCombo")) == len(expected) == 2
    for number, (x, y) in enumerate(expected):
        opened.choose("beatCombo", str(number))
        (found,) = shown_points(opened)
        assert found == (pytest.approx(x, abs=8), pytest.approx(y, abs=8))
    assert opened.text("beatLabel").startswith("2 beats: ")
