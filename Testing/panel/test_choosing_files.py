""" "Choose file": the file of the image on display, or another echo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from open_module import OpenModule
from ultrasound_files import region, write_ultrasound


@pytest.fixture
def look_alike(echo: Path, tmp_path: Path) -> Path:
    """Another image of the same size and length."""
    pixels = np.zeros((8, 240, 320, 3), np.uint8)
    area = [region((0, 0, 319, 239), (0.1, 0.1))]
    return write_ultrasound(tmp_path / "alike.dcm", pixels, area, {"FrameTime": "40"})


def forget_the_file(opened: OpenModule, echo: Path) -> None:
    """The echo as a scene from another computer brings it."""
    opened.open_file(echo)
    node = opened.desk.study.node
    opened.desk.close_image()
    opened.desk.study.files.clear()
    opened.desk.open_node(node)
    assert opened.text("fileLabel") == "kept in the scene"


def bare_pixels(opened: OpenModule, echo: Path) -> None:
    """The echo as nodes that say nothing of a file."""
    from EchoMeasureLib.mrml.cine_nodes import CINE_ATTRIBUTE, UIDS_ATTRIBUTE

    opened.open_file(echo)
    node, carrier = opened.desk.study.node, opened.desk.study.located.nodes.carrier
    opened.desk.close_image()
    for attribute in (CINE_ATTRIBUTE, UIDS_ATTRIBUTE):
        carrier.RemoveAttribute(attribute)
    opened.desk.open_node(node)
    assert opened.text("fileLabel") == "not found"


def test_another_echo_opens_while_one_from_a_scene_is_open(
    opened: OpenModule, echo: Path, other_echo: Path
) -> None:
    forget_the_file(opened, echo)
    opened.open_file(other_echo)
    assert opened.answers.warnings == []
    assert opened.text("fileLabel") == "other.dcm"
    assert "1024 x 768" in opened.text("imageLabel")
    assert opened.widget._parameterNode.image is opened.desk.study.node


def test_an_echo_that_looks_alike_is_another_image(
    opened: OpenModule, echo: Path, look_alike: Path
) -> None:
    forget_the_file(opened, echo)
    first = opened.desk.study.image
    opened.open_file(look_alike)
    assert opened.desk.study.image != first
    assert "1 mm per pixel" in opened.text("calibrationLabel")


def test_the_file_of_an_image_from_a_scene_is_taken_for_what_it_is(
    opened: OpenModule, echo: Path
) -> None:
    forget_the_file(opened, echo)
    node = opened.desk.study.node
    opened.open_file(echo)
    assert opened.desk.study.node is node
    assert opened.text("fileLabel") == "plax.dcm"


def test_bare_pixels_take_their_file(opened: OpenModule, echo: Path) -> None:
    bare_pixels(opened, echo)
    node = opened.desk.study.node
    opened.open_file(echo)
    assert opened.desk.study.node is node
    assert "0.5 mm per pixel" in opened.text("calibrationLabel")
    assert opened.answers.questions == []


@pytest.mark.parametrize("yes", [True, False])
def test_over_bare_pixels_another_file_is_loaded_after_asking(
    opened: OpenModule, echo: Path, other_echo: Path, yes: bool
) -> None:
    bare_pixels(opened, echo)
    opened.answers.yes = yes
    opened.open_file(other_echo)
    (question,) = opened.answers.questions
    assert "1 frame(s) of 1024 x 768 pixels" in question
    assert opened.text("fileLabel") == ("other.dcm" if yes else "not found")
