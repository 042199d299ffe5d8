"""The README's tutorial, walked through with the phantom study and the phantom networks.

Leaves a picture of each step in build/screens: the panel, and beside it the slice view
as rendered by slicer-core.
"""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any

import pytest
from open_module import OpenModule

from EchoMeasureLib.desk.export_kinds import Export

TICKED = ("ivs", "lvid", "lvpw")


def snap(opened: OpenModule, name: str, dialog: Any = None) -> None:
    """Panel and slice view in one picture, a dialog over the view."""
    from PIL import Image

    folder = Path(__file__).resolve().parents[2] / "build" / "screens"
    opened.screenshot("panel-now.png", 1000)
    opened.picture("slice-now.png")
    panel = Image.open(folder / "panel-now.png").convert("RGB")
    view = Image.open(folder / "slice-now.png").convert("RGB")
    both = Image.new("RGB", (panel.width + view.width, panel.height), "black")
    both.paste(panel, (0, 0))
    both.paste(view, (panel.width, (panel.height - view.height) // 2))
    if dialog is not None:
        opened.grab(dialog, "dialog-now.png")
        over = Image.open(folder / "dialog-now.png").convert("RGB")
        both.paste(over, (panel.width + 40, 40))
    both.save(folder / name)


@pytest.mark.slow
def test_five_steps_from_a_study_to_a_report(
    opened_for_real: OpenModule,
    module: types.ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = opened_for_real
    (browser,) = module.loadPhantom()
    opened.widget._parameterNode.image = browser
    opened.slicer.view.render_window().SetSize(1000, 750)
    opened.show()
    snap(opened, "tutorial-1-open.png")

    opened.choose("weightsCombo", "phantom")
    opened.panel.measurements.tick(TICKED)
    opened.answers.typed = "AB"
    opened.click("measureButton")
    opened.wait(lambda: len(opened.table()) > 10)
    snap(opened, "tutorial-2-measure.png")
    opened.wait(lambda: not opened.desk.measuring.busy)
    assert {row[0] for row in opened.table()} == {"IVS", "LVID", "LVPW"}
    assert opened.answers.warnings == []
    assert "phantom networks" in opened.text("researchBanner")

    names = [row[0] for row in opened.answer_rows() if row[1]]
    assert {"IVSd", "LVIDd", "LVIDs", "LVPWd"} <= set(names)
    opened.key("N")
    opened.click_answer("LVIDd")
    opened.key("Space")
    snap(opened, "tutorial-3-review.png")
    while any(answer.state.waits for answer in opened.desk.answering.answers):
        opened.key("A" if opened.enabled("acceptButton") else "N")
    states = {row[0]: row[5] for row in opened.answer_rows() if row[1]}
    assert set(states.values()) == {"accepted"}

    opened.click_answer("LVIDd")
    opened.open_section("derivedSection")
    snap(opened, "tutorial-4-derived.png")
    derived = {row[0]: row[1] for row in opened.table("derivedTable")}
    assert derived["LV mass"].removesuffix(" ~").endswith(" g")
    assert derived["FS"].removesuffix(" ~").endswith(" %")

    opened.open_section("plotSection")
    opened.open_section("exportSection")
    opened.fold("derivedSection")
    monkeypatch.chdir(tmp_path)
    opened.export(Export.TABLE, Path("values.csv"))
    opened.export(Export.PICTURES, Path("pictures"))
    dialog = opened.export(Export.REPORT, Path("report.html"))
    snap(opened, "tutorial-5-export.png", dialog.widget)
    opened.grab(dialog.widget, "export.png")
    assert "LVIDd" in Path("report.html").read_text(encoding="utf-8")
    assert len(list(Path("pictures").glob("*.png"))) >= 2
