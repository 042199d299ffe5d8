"""A click counts for the image it lies on, whatever Slicer has put into the views meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from open_module import OpenModule

from EchoMeasureLib.errors import InvalidState


def load_as_slicer_does(opened: OpenModule, path: Path, name: str) -> Any:
    """Load a clip behind the panel's back: it comes into every slice view. Returns its browser."""
    from EchoMeasureLib.imaging.reading import read
    from EchoMeasureLib.mrml.loading import load_cine

    nodes = load_cine(opened.slicer.scene, read(path), name)
    logic = opened.slicer.app.app_logic
    logic.GetSelectionNode().SetActiveVolumeID(nodes.volume.GetID())
    logic.PropagateVolumeSelection(1)
    opened.slicer.show(nodes.volume)
    return nodes.browser if nodes.browser is not None else nodes.volume


@pytest.fixture
def another_in_view(opened: OpenModule, echo: Path, doppler: Path) -> Any:
    """The ring is chosen, the strip is displayed; returns the strip's node."""
    opened.open_file(echo)
    opened.show()
    assert not opened.visible("viewsFrame")
    node = load_as_slicer_does(opened, doppler, "Strip")
    opened.desk.tick()
    return node


@pytest.mark.usefixtures("another_in_view")
def test_the_panel_says_that_the_views_show_another_image(opened: OpenModule) -> None:
    assert opened.visible("viewsFrame")
    assert '"Strip"' in opened.text("viewsBanner")
    assert opened.desk.study.node.GetName() in opened.text("viewsBanner")
    opened.screenshot("panel-views.png")


@pytest.mark.usefixtures("another_in_view")
def test_nothing_is_placed_while_the_chosen_image_is_in_no_view(opened: OpenModule) -> None:
    assert not opened.enabled("placeButton")
    assert "in no slice view" in opened.tip("placeButton")
    with pytest.raises(InvalidState, match="in no slice view"):
        opened.desk.clicking.place("lvid")
    assert opened.desk.clicking.measurement == ""


@pytest.mark.usefixtures("another_in_view")
def test_nothing_is_calibrated_while_the_chosen_image_is_in_no_view(opened: OpenModule) -> None:
    regions = opened.desk.study.cine.regions
    opened.click("calibrateButton")
    opened.click("pickPointsButton")
    assert "in no slice view" in opened.answers.warnings[-1]
    assert opened.desk.clicking.ruler is None
    assert opened.desk.study.cine.regions == regions


def test_one_press_opens_what_is_displayed(opened: OpenModule, another_in_view: Any) -> None:
    opened.click("openDisplayedButton")
    assert opened.desk.study.node is another_in_view
    assert opened.ui.inputSelector.currentNode() is another_in_view
    assert not opened.visible("viewsFrame")


def test_one_press_shows_the_chosen_image_again(opened: OpenModule, another_in_view: Any) -> None:
    chosen = opened.desk.study.node
    opened.click("showAgainButton")
    assert opened.desk.study.in_view
    assert opened.desk.study.node is chosen is not another_in_view
    assert not opened.visible("viewsFrame")
    assert opened.enabled("placeButton")


def test_entering_the_module_says_it_at_once(opened: OpenModule, echo: Path, doppler: Path) -> None:
    opened.open_file(echo)
    opened.widget.exit()
    load_as_slicer_does(opened, doppler, "Strip")
    opened.widget.enter()
    assert opened.visible("viewsFrame")


def test_a_module_without_a_chosen_image_opens_what_is_displayed(
    opened: OpenModule, echo: Path, doppler: Path
) -> None:
    opened.widget.exit()
    load_as_slicer_does(opened, echo, "Ring")
    shown = load_as_slicer_does(opened, doppler, "Strip")
    opened.widget.enter()
    assert opened.desk.study.node is shown


def test_while_placing_a_click_on_another_image_counts_for_nothing(
    opened: OpenModule, echo: Path, doppler: Path
) -> None:
    """The place mode keeps to the views that show the image, and ends when none does."""
    opened.open_file(echo)
    opened.show()
    opened.choose("placeCombo", "lvid")
    opened.click("placeButton")
    opened.click_pixel(160, 60)
    load_as_slicer_does(opened, doppler, "Strip")
    opened.slicer.click(400, 300)
    opened.desk.tick()
    assert opened.desk.clicking.measurement == ""
    assert opened.table() == []


def test_the_markup_that_is_placed_shows_in_the_views_of_its_image_only(
    opened: OpenModule, echo: Path
) -> None:
    from EchoMeasureLib.mrml.views import slice_views_of

    opened.open_file(echo)
    opened.show()
    opened.choose("placeCombo", "lvid")
    opened.click("placeButton")
    selection = opened.slicer.app.app_logic.GetSelectionNode()
    placed = opened.slicer.scene.GetNodeByID(selection.GetActivePlaceNodeID())
    showing = slice_views_of(opened.slicer.scene, opened.desk.study.located.nodes.volume).showing
    assert (
        placed.GetDisplayNode().GetViewNodeIDs() == showing == (opened.slicer.slice_node.GetID(),)
    )


def test_a_caliper_that_arrives_meanwhile_does_not_take_the_next_click(
    opened: OpenModule, echo: Path
) -> None:
    from EchoMeasureLib.geometry import Landmark
    from EchoMeasureLib.inference.prediction import Prediction, Provenance

    opened.open_file(echo)
    opened.show()
    opened.choose("placeCombo", "lvid")
    opened.click("placeButton")
    opened.click_pixel(160, 60)
    model = Provenance("image.ckpt", "ab" * 32, "phantom", "robust", "torch", "float32")
    points = (Landmark(100, 60, confidence=0.9), Landmark(100, 90, confidence=0.9))
    opened.desk.study.review.add_prediction(Prediction("ivs", 0, points, model))
    lines = len(opened.nodes("vtkMRMLMarkupsLineNode"))
    opened.click_pixel(160, 180)
    opened.desk.tick()
    assert [row[0] for row in opened.table()] == ["IVS", "LVID"]
    assert float(opened.table()[1][2].split()[0]) == pytest.approx(6.0, abs=0.05)
    # The line that was clicked is gone, the caliper's own has come, and no stray one is left.
    assert len(opened.nodes("vtkMRMLMarkupsLineNode")) == lines
