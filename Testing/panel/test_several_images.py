"""A study of a cine and a Doppler still: one review, one table, the image that is asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from open_module import OpenModule
from ultrasound_files import region, write_ultrasound

from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.inference.prediction import Prediction, Provenance
from EchoMeasureLib.mrml.loading import load_cine


@pytest.fixture
def study(opened: OpenModule, echo: Path, doppler: Path) -> OpenModule:
    """Both images loaded, the still open; a caliper on frame 3 of the cine, one on the still."""
    opened.open_file(echo)
    opened.desk.study.review.place("lvid", 3, [(160, 60), (160, 180)])
    opened.open_file(doppler)
    opened.desk.study.review.place("trvmax", 0, [(400, 642)], opened.desk.study.image)
    return opened


def test_the_table_says_on_which_image_a_caliper_lies(study: OpenModule, echo: Path) -> None:
    assert [(row[0], row[6]) for row in study.table()] == [("LVID", "1"), ("TR Vmax", "2")]
    assert study.tips(6) == ["Image 1 of 2: a click opens it", "Image 2 of 2: shown now"]
    study.screenshot("panel-images.png")


def test_a_review_of_one_image_needs_no_column_for_it(opened: OpenModule, echo: Path) -> None:
    opened.open_file(echo)
    opened.desk.study.review.place("lvid", 3, [(160, 60), (160, 180)])
    assert [len(row) for row in opened.table()] == [6]


def test_a_click_on_a_caliper_of_another_image_opens_it_on_its_frame(study: OpenModule) -> None:
    study.click_row(0)
    assert "8 frames of 320 x 240 pixels" in study.text("imageLabel")
    assert study.desk.study.frame == 3
    assert study.desk.selection.entry.measurement == "lvid"
    assert study.widget._parameterNode.image is study.desk.study.node
    assert study.ui.inputSelector.currentNode() is study.desk.study.node
    assert study.tips(6) == ["Image 1 of 2: shown now", "Image 2 of 2: a click opens it"]
    study.click_row(1)
    assert "a still of 1024 x 768 pixels" in study.text("imageLabel")
    study.click("acceptCaliperButton")
    assert [row[4] for row in study.table()] == ["edited", "accepted"]


def test_next_goes_through_all_images(study: OpenModule) -> None:
    for entry in study.desk.selection.entries:
        study.desk.study.review.delete(entry.id)
    model = Provenance("image.ckpt", "ab" * 32, "phantom", "robust", "torch", "float32")
    review = study.desk.study.review
    cine, still = review.images
    points = (Landmark(160, 60, confidence=0.9), Landmark(160, 180, confidence=0.8))
    review.add_prediction(Prediction("lvid", 5, points, model), cine)
    review.add_prediction(Prediction("trvmax", 0, (Landmark(400, 642),), model), still)
    study.look()
    assert len(study.table()) == 2
    study.click("nextCaliperButton")
    assert (study.desk.study.image, study.desk.study.frame) == (cine, 5)
    study.click("acceptCaliperButton")
    assert study.desk.study.image == still
    study.click("rejectCaliperButton")
    assert [row[4] for row in study.table()] == ["accepted", "rejected"]


def test_a_caliper_stays_chosen_only_on_its_own_image(study: OpenModule, echo: Path) -> None:
    study.click_row(1)
    study.open_file(echo)
    assert study.desk.selection.entry is None
    assert study.tip("acceptCaliperButton") == "Choose a caliper in the table first."


def test_a_caliper_on_an_image_that_is_not_loaded_cannot_be_decided(study: OpenModule) -> None:
    scene = study.slicer.scene
    for browser in study.nodes("vtkMRMLSequenceBrowserNode"):
        scene.RemoveNode(browser)
    for sequence in study.nodes("vtkMRMLSequenceNode"):
        scene.RemoveNode(sequence)
    for volume in study.nodes("vtkMRMLVectorVolumeNode"):
        if volume is not study.desk.study.located.nodes.volume:
            scene.RemoveNode(volume)
    study.click_row(0)
    assert "not loaded" in study.tip("acceptCaliperButton")
    assert not study.enabled("acceptCaliperButton")
    study.key("A", "calipersTable")
    assert "not loaded" in study.answers.warnings[0]
    assert study.table()[0][4] == "edited"
    assert study.tips(6)[0] == "Image 1 of 2: not loaded"


def test_another_patient_under_the_same_study_uid_has_a_review_of_their_own(
    study: OpenModule, echo: Path, tmp_path: Path
) -> None:
    """An archive that gives two patients one study UID; the cine is still loaded beside."""
    uid = pydicom.dcmread(echo, stop_before_pixels=True).StudyInstanceUID
    other = write_ultrasound(
        tmp_path / "other.dcm",
        regions=[region((0, 0, 1023, 767), (0.02, 0.02))],
        tags={"StudyInstanceUID": uid, "PatientID": "T2", "PatientBirthDate": "20100101"},
    )
    mine = study.desk.study.review
    assert len(mine.images) == 2
    study.open_file(other)
    assert study.table() == []
    assert len(study.desk.study.review.images) == 1
    study.desk.study.review.place("la", 0, [(400, 300), (400, 400)])
    study.open_file(echo)
    assert [row[0] for row in study.table()] == ["LVID", "TR Vmax"]
    assert study.desk.study.review.audit == mine.audit
    study.open_file(other)
    assert [row[0] for row in study.table()] == ["LA"]
    assert study.answers.warnings == []


def test_clips_in_one_browser_are_each_opened_by_their_volume(
    opened: OpenModule, tmp_path: Path
) -> None:
    """Slicer puts clips of one instance number, or of none, into one browser."""
    scene, nodes = opened.slicer.scene, []
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "series browser")
    for frames in (3, 5):
        pixels = np.full((frames, 240, 320, 3), 10 * frames, np.uint8)
        pixels += np.arange(frames, dtype=np.uint8)[:, None, None, None]
        file = write_ultrasound(tmp_path / f"{frames}.dcm", pixels, tags={"FrameTime": "40"})
        loaded = load_cine(scene, read(file), f"clip {frames}")
        scene.RemoveNode(loaded.browser)
        browser.AddSynchronizedSequenceNode(loaded.sequence)
        nodes.append(browser.GetProxyNode(loaded.sequence))
    opened.ui.inputSelector.setCurrentNode(browser)
    assert "3 frames" in opened.text("imageLabel")
    assert "plays 2 clips at once" in opened.text("calibrationLabel")
    opened.ui.inputSelector.setCurrentNode(nodes[1])
    assert "5 frames" in opened.text("imageLabel")
    opened.desk.study.show_frame(4)
    assert opened.desk.study.frame == 4
