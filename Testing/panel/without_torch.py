"""What must work in a Python without torch. Run by test_module.py in a process of its own."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

import pytest
from open_module import OpenModule


def test_there_is_no_torch_here() -> None:
    assert importlib.util.find_spec("torch") is None
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("torch")


def test_the_panel_opens(opened: OpenModule, echo: Path) -> None:
    opened.open_file(echo)
    assert "0.5 mm per pixel" in opened.text("calibrationLabel")


def test_a_caliper_is_placed_dragged_and_saved(
    opened: OpenModule, echo: Path, tmp_path: Path
) -> None:
    opened.open_file(echo)
    opened.show()
    opened.choose("placeCombo", "lvid")
    opened.click("placeButton")
    opened.click_pixel(160, 60)
    opened.click_pixel(160, 180)
    opened.look()
    assert len(opened.table()) == 1
    opened.drag_pixel((160, 180), (160, 160))
    assert float(opened.table()[0][2].split()[0]) == pytest.approx(5.0, abs=0.05)
    opened.open_section("exportSection")
    opened.answers.path = tmp_path / "review.json"
    opened.click("saveReviewButton")
    assert opened.answers.path.is_file()


def test_measuring_needs_pytorch_and_says_so(opened: OpenModule, echo: Path) -> None:
    opened.open_file(echo)
    opened.panel.measurements.tick(("lvid",))
    opened.look()
    assert opened.enabled("measureButton")
    opened.click("measureButton")
    assert "PyTorch extension" in opened.answers.warnings[0]
    assert "placed by hand without it" in opened.answers.warnings[0]


def test_a_strip_is_measured_by_the_envelope_reader(opened: OpenModule, tmp_path: Path) -> None:
    from phantom_study import write_clip

    opened.open_file(write_clip(tmp_path, "lvotvmax", 1).path)
    opened.choose("weightsCombo", "envelope")
    opened.panel.measurements.tick(("lvotvmax",))
    opened.look()
    opened.click("measureButton")
    for _ in range(4):
        opened.look()
    assert opened.answers.warnings == []
    assert {row[0] for row in opened.table()} == {"LVOT Vmax"}
