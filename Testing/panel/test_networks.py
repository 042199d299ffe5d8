"""The choice of networks: listed, kept in the scene, and never changed in silence."""

from __future__ import annotations

import shutil
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from open_module import OpenModule
from slicer_scene import HeadlessSlicer

from EchoMeasureLib.catalog import CATALOG


def use_folder(opened: OpenModule, folder: Path) -> None:
    opened.answers.path = folder
    opened.panel.weights.use_folder()
    opened.wait(lambda: "2 custom" in opened.text("weightsLabel"))


def test_the_weights_dialog_lists_every_network(opened: OpenModule, weights: Path) -> None:
    use_folder(opened, weights)
    opened.click("weightsButton")
    dialog = opened.panel.weights.dialog
    rows = dict(opened.cells(dialog.table))
    assert list(rows) == [row.name for row in CATALOG.values()]
    assert rows["Left ventricular internal diameter"] == "custom: image.ckpt"
    assert rows["Left atrium, antero-posterior"].startswith("There are no weights for la")
    opened.grab(dialog.widget, "panel-weights.png")
    opened.click_widget(dialog.close)
    assert opened.hidden(dialog.widget)


def test_installing_from_a_folder_without_networks_says_so(
    opened: OpenModule, tmp_path: Path
) -> None:
    opened.click("weightsButton")
    dialog = opened.panel.weights.dialog
    opened.wait(lambda: not opened.panel.weights.sets.busy)
    opened.answers.path = tmp_path
    opened.click_widget(dialog.install)
    opened.wait(lambda: "published files" in opened.read(dialog.help))
    opened.click_widget(dialog.close)


def test_a_failed_installation_leaves_measure_as_it_was(
    opened: OpenModule, echo: Path, tmp_path: Path
) -> None:
    opened.open_file(echo)
    opened.panel.measurements.tick(("lvid",))
    opened.wait(lambda: "Networks for" in opened.text("weightsLabel"))
    before = opened.text("weightsLabel")
    assert opened.enabled("measureButton")
    opened.click("weightsButton")
    dialog = opened.panel.weights.dialog
    opened.answers.path = tmp_path
    opened.click_widget(dialog.install)
    opened.wait(lambda: "published files" in opened.read(dialog.help))
    assert opened.text("weightsLabel") == before
    assert opened.enabled("measureButton")
    opened.click_widget(dialog.close)


@pytest.fixture
def again(
    module: types.ModuleType, slicer_app: HeadlessSlicer, opened: OpenModule
) -> Iterator[Callable[[], OpenModule]]:
    """Opens the module anew over the same scene, as the next session does."""
    made: list[OpenModule] = []

    def open_anew() -> OpenModule:
        opened.widget.exit()
        made.append(type(opened)(module, slicer_app))
        return made[-1]

    yield open_anew
    for user in made:
        user.close()


def test_a_folder_of_networks_is_used_again_when_the_scene_says_so(
    opened: OpenModule, weights: Path, echo: Path, again: Callable[[], OpenModule]
) -> None:
    opened.open_file(echo)
    use_folder(opened, weights)
    anew = again()
    assert anew.panel.weights.folder() == weights
    assert anew.panel.weights.key == f"folder:{weights}"
    assert f"Folder {weights.name}" in anew.choices("weightsCombo")
    anew.wait(lambda: "2 custom" in anew.text("weightsLabel"))


def test_a_folder_of_networks_that_is_gone_is_said_to_be(
    opened: OpenModule, weights: Path, echo: Path, tmp_path: Path, again: Callable[[], OpenModule]
) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(weights, folder)
    opened.open_file(echo)
    opened.panel.measurements.tick(("lvid",))
    use_folder(opened, folder)
    shutil.rmtree(folder)
    anew = again()
    assert anew.text("weightsLabel").startswith(f"There is no folder {folder}")
    assert not anew.enabled("measureButton")
    assert anew.tip("measureButton").startswith(f"There is no folder {folder}")
