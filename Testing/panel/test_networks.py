"""The choice of networks: listed, kept in the scene, and never changed in silence."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from open_module import OpenModule

from EchoMeasureLib.catalog import NETWORKED


def use_folder(opened: OpenModule, folder: Path) -> None:
    opened.answers.path = folder
    opened.panel.weights.use_folder()
    opened.look()
    assert "2 custom" in opened.text("weightsLabel")


def test_the_weights_dialog_lists_every_network(opened: OpenModule, weights: Path) -> None:
    use_folder(opened, weights)
    opened.click("weightsButton")
    dialog = opened.panel.weights.dialog
    rows = dict(opened.cells(dialog.table))
    assert list(rows) == [row.name for row in NETWORKED.values()]
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
    opened.look()
    assert not opened.panel.weights.sets.busy
    opened.answers.path = tmp_path
    opened.click_widget(dialog.install)
    opened.look()
    assert "published files" in opened.read(dialog.help)
    opened.click_widget(dialog.close)


def test_a_failed_installation_leaves_measure_as_it_was(
    opened: OpenModule, echo: Path, tmp_path: Path
) -> None:
    opened.open_file(echo)
    opened.panel.measurements.tick(("lvid",))
    opened.look()
    assert "Networks for" in opened.text("weightsLabel")
    before = opened.text("weightsLabel")
    assert opened.enabled("measureButton")
    opened.click("weightsButton")
    dialog = opened.panel.weights.dialog
    opened.answers.path = tmp_path
    opened.click_widget(dialog.install)
    opened.look()
    assert "published files" in opened.read(dialog.help)
    assert opened.text("weightsLabel") == before
    assert opened.enabled("measureButton")
    opened.click_widget(dialog.close)


@pytest.fixture
def again(opened: OpenModule, open_module: Callable[[], OpenModule]) -> Callable[[], OpenModule]:
    """Opens the module anew over the same scene, as the next session does."""

    def open_anew() -> OpenModule:
        opened.widget.exit()
        return open_module()

    return open_anew


def test_a_folder_of_networks_is_used_again_when_the_scene_says_so(
    opened: OpenModule, weights: Path, echo: Path, again: Callable[[], OpenModule]
) -> None:
    opened.open_file(echo)
    use_folder(opened, weights)
    anew = again()
    assert anew.panel.weights.folder() == weights
    assert anew.panel.weights.key == f"folder:{weights}"
    assert f"Folder {weights.name}" in anew.choices("weightsCombo")
    anew.look()
    assert "2 custom" in anew.text("weightsLabel")


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
