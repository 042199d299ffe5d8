"""Scenes saved and loaded while the module is in front, and what it opens of its own accord."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import slicer
import vtk
from open_module import OpenModule

from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.mrml.loading import load_cine
from EchoMeasureLib.mrml.node_pixels import set_image


@pytest.fixture
def scene_file(
    opened: OpenModule, echo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A scene in which AB accepted one caliper of two, now closed, on another computer."""
    opened.type("reviewerEdit", "AB")
    opened.predict(echo, 0, 3)
    opened.click_row(0)
    opened.click("acceptCaliperButton")
    path = tmp_path / "scene.mrb"
    slicer.util.saveScene(str(path))
    opened.slicer.clear()
    monkeypatch.setenv("ECHOMEASURE_DATA", str(tmp_path / "elsewhere"))
    return path


def test_a_scene_loaded_in_front_shows_its_image_and_review(
    opened: OpenModule, scene_file: Path
) -> None:
    slicer.util.loadScene(str(scene_file))
    assert "8 frames of 320 x 240 pixels" in opened.text("imageLabel")
    assert "0.5 mm per pixel" in opened.text("calibrationLabel")
    assert [row[4] for row in opened.table()] == ["accepted", "unreviewed"]
    assert opened.text("reviewerEdit") == "AB"
    opened.key("N", "calipersTable")
    opened.key("A", "calipersTable")
    assert [row[4] for row in opened.table()] == ["accepted", "accepted"]
    assert opened.answers.warnings == []


def test_a_scene_loaded_behind_another_module_is_there_on_return(
    opened: OpenModule, scene_file: Path
) -> None:
    opened.widget.exit()
    opened.frame.isEntered = False
    slicer.util.loadScene(str(scene_file))
    opened.frame.isEntered = True
    opened.widget.enter()
    assert [row[4] for row in opened.table()] == ["accepted", "unreviewed"]


def test_a_scene_loaded_beside_an_open_image_leaves_its_review(
    opened: OpenModule, scene_file: Path, other_echo: Path
) -> None:
    opened.open_file(other_echo)
    opened.desk.study.review.place("la", 0, [(400, 300), (400, 400)])
    opened.desk.saving.stop()
    slicer.util.loadScene(str(scene_file))
    assert opened.answers.warnings == []
    node = next(n for n in opened.nodes("vtkMRMLVectorVolumeNode") if "other" in n.GetName())
    opened.ui.inputSelector.setCurrentNode(node)
    assert [row[0] for row in opened.table()] == ["LA"]


def test_what_is_no_echo_is_not_opened_of_its_own_accord(opened: OpenModule, echo: Path) -> None:
    scene = opened.slicer.scene
    scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "Transforms")
    tensors = scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", "Displacements")
    image = vtk.vtkImageData()
    image.SetDimensions(4, 4, 4)
    image.AllocateScalars(vtk.VTK_FLOAT, 3)
    tensors.SetAndObserveImageData(image)
    opened.widget.exit()
    opened.widget.enter()
    assert "DICOM module" in opened.text("imageLabel")
    load_cine(scene, read(echo), "echo")
    opened.widget.exit()
    opened.widget.enter()
    assert "8 frames" in opened.text("imageLabel")


@pytest.mark.parametrize("part", ["volume", "browser", "sequence"])
def test_an_image_that_lost_a_node_is_closed_and_its_review_is_kept(
    opened: OpenModule, echo: Path, part: str
) -> None:
    opened.predict(echo, 0)
    opened.click_row(0)
    opened.click("acceptCaliperButton")
    opened.slicer.scene.RemoveNode(getattr(opened.desk.study.located.nodes, part))
    opened.look()
    assert opened.desk.study.cine is None
    assert opened.table() == []
    assert not opened.enabled("placeButton")
    assert "DICOM module" in opened.text("imageLabel")
    assert opened.nodes("vtkMRMLMarkupsLineNode") == []
    opened.slicer.clear()
    opened.open_file(echo)
    assert [row[4] for row in opened.table()] == ["accepted"]
    assert opened.answers.warnings == []


def test_a_foreign_picture_closes_the_review_with_a_sentence_and_keeps_the_work(
    opened: OpenModule, echo: Path
) -> None:
    opened.predict(echo, 0)
    opened.click_row(0)
    opened.click("acceptCaliperButton")
    nodes = opened.desk.study.located.nodes
    foreign = slicer.vtkMRMLVectorVolumeNode()
    set_image(foreign, np.full((240, 320, 3), 251, np.uint8))
    nodes.sequence.SetDataNodeAtValue(foreign, "100")
    nodes.browser.SetSelectedItemNumber(nodes.sequence.GetNumberOfDataNodes() - 1)
    opened.look()
    assert opened.desk.study.cine is None
    assert "none of this image's frames" in opened.text("imageLabel")
    assert "What was done is saved" in opened.text("imageLabel")
    assert not opened.enabled("placeButton")
    opened.slicer.clear()
    opened.open_file(echo)
    assert [row[4] for row in opened.table()] == ["accepted"]
    assert opened.answers.warnings == []


def test_the_panel_follows_another_browser_of_the_same_image(
    opened: OpenModule, echo: Path
) -> None:
    opened.predict(echo, 2, 5)
    nodes = opened.desk.study.located.nodes
    browser = opened.slicer.scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "second")
    browser.SetAndObserveMasterSequenceNodeID(nodes.sequence.GetID())
    browser.AddProxyNode(nodes.volume, nodes.sequence, False)
    told: list[str] = []
    opened.desk.topics.subscribe(told.append)
    browser.SetSelectedItemNumber(5)
    assert opened.desk.study.frame == 5
    assert "frame" in told
