"""What leaves the panel says who decided what, and the panel says what is not used and why."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from open_module import OpenModule
from schemas import validate

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.desk.export_kinds import Export


def test_exported_values_carry_status_reviewer_and_note(
    opened: OpenModule, echo: Path, tmp_path: Path
) -> None:
    opened.type("reviewerEdit", "AB")
    opened.predict(echo, 0, 3, 6)
    opened.click_row(0)
    opened.type("noteEdit", "good, clear borders")
    opened.click("acceptCaliperButton")
    opened.click_row(2)
    opened.click("rejectCaliperButton")
    opened.export(Export.TABLE, tmp_path / "measurements.json", "json")
    opened.export(Export.TABLE, tmp_path / "values.csv", "csv")
    record = json.loads((tmp_path / "measurements.json").read_text(encoding="utf-8"))
    validate(record, "exporting/measurements.schema.json")
    expected = [
        ("accepted", "AB", "good, clear borders"),
        ("unreviewed", "", ""),
        ("rejected", "AB", ""),
    ]
    assert [(r["status"], r["reviewer"], r["note"]) for r in record["results"]] == expected
    with (tmp_path / "values.csv").open(encoding="utf-8", newline="") as file:
        lines = [line for line in csv.DictReader(file) if line["kind"] == "caliper"]
    assert [(r["status"], r["reviewer"], r["note"]) for r in lines] == expected


def test_a_caliper_that_would_not_be_used_is_not_accepted_and_the_fix_is_named(
    opened: OpenModule, echo: Path
) -> None:
    """0.10 cm, accepted in green and used for nothing, was worse than no acceptance."""
    opened.predict(echo, 0, confidence=0.05)
    opened.desk.study.review.choose("lvid-f0", Phase.ED)
    opened.click_row(0)
    assert "Not used: flagged low confidence." in opened.text("summaryLabel")
    assert not opened.enabled("acceptCaliperButton")
    assert "would not be if it were accepted" in opened.tip("acceptCaliperButton")
    opened.key("A", "calipersTable")
    assert "Drag its points" in opened.answers.warnings[-1]
    assert opened.table()[0][4] == "unreviewed, ED"
    opened.screenshot("panel-not-used.png", 1700)
    opened.show()
    opened.drag_pixel((160, 180), (160, 170))
    opened.drag_pixel((160, 60), (160, 64))
    assert opened.table()[0][4] == "edited, ED"
    volume = next(row for row in opened.table("derivedTable") if row[0].startswith("EDV"))
    assert volume[1].endswith("mL")


def test_a_position_that_is_right_is_taken_over_and_then_used(
    opened: OpenModule, echo: Path
) -> None:
    opened.predict(echo, 0, confidence=0.05)
    opened.desk.study.review.choose("lvid-f0", Phase.ED)
    opened.click_row(0)
    assert not opened.ui.adoptButton.isHidden()
    before = opened.desk.study.review.entries["lvid-f0"].caliper
    opened.screenshot("panel-adopt.png", 1360)
    opened.click("adoptButton")
    after = opened.desk.study.review.entries["lvid-f0"].caliper
    assert [(p.x, p.y) for p in after.points] == [(p.x, p.y) for p in before.points]
    assert opened.table()[0][4] == "edited, ED"
    assert opened.ui.adoptButton.isHidden()
    volume = next(row for row in opened.table("derivedTable") if row[0].startswith("EDV"))
    assert volume[1].endswith("mL")
    opened.click("undoButton")
    assert opened.table()[0][4] == "unreviewed, ED"


def test_the_table_of_results_covers_the_study_and_follows_into_another_image(
    opened: OpenModule, echo: Path, doppler: Path
) -> None:
    opened.predict(echo, 0)
    opened.open_section("plotSection")
    opened.click("tableButton")
    opened.open_file(doppler)
    opened.desk.study.review.place("trvmax", 0, [(400, 642)], opened.desk.study.image)
    (table,) = [n for n in opened.nodes("vtkMRMLTableNode") if not n.GetHideFromEditors()]
    opened.look()
    assert table.GetNumberOfRows() >= 2
    assert [table.GetCellText(row, 0) for row in range(2)] == ["LVID", "TR Vmax"]
