"""The review table: its rows, its buttons and keys, and what follows from a decision."""

from __future__ import annotations

from pathlib import Path

import pytest
from open_module import OpenModule

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.inference.prediction import Prediction


def test_the_table_shows_value_confidence_and_status(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0)
    # 120 pixels of 0.5 mm.
    assert opened.table() == [["LVID", "1", "6.00 cm", "0.80", "unreviewed", ""]]
    assert opened.text("summaryLabel") == "0 of 1 reviewed."


def test_a_click_in_the_table_goes_to_the_frame(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0, 3, 6)
    opened.click_row(2)
    assert opened.desk.study.frame == 6
    assert opened.desk.selection.entry.id == "lvid-f6"


def test_accept_and_reject_go_on_to_the_next(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0, 3, 6)
    opened.click("nextCaliperButton")
    opened.click("acceptCaliperButton")
    assert opened.desk.study.frame == 3
    opened.write("noteEdit", "off axis")
    opened.click("rejectCaliperButton")
    assert [row[4] for row in opened.table()] == ["accepted", "rejected", "unreviewed"]
    assert opened.desk.study.review.entry("lvid-f3").reason == "off axis"
    assert opened.text("summaryLabel") == "2 of 3 reviewed."
    opened.screenshot("panel-review.png")


def test_the_list_can_be_narrowed_and_next_keeps_to_it(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0, 2, 4, 6)
    opened.desk.study.review.choose("lvid-f0", Phase.ED)
    opened.desk.study.review.choose("lvid-f4", Phase.ES)
    opened.choose("filterCombo", "ed_es")
    assert [row[1] for row in opened.table()] == ["1", "5"]
    assert opened.text("summaryLabel") == "0 of 4 reviewed. 2 listed."
    opened.click_row(0)
    opened.click("acceptCaliperButton")
    assert opened.desk.study.frame == 4
    opened.choose("filterCombo", "frame")
    opened.desk.study.show_frame(6)
    assert [row[1] for row in opened.table()] == ["7"]
    opened.choose("filterCombo", "unreviewed")
    assert [row[1] for row in opened.table()] == ["3", "5", "7"]
    opened.click_row(0)
    opened.click("acceptCaliperButton")
    assert [row[1] for row in opened.table()] == ["5", "7"]
    assert opened.desk.selection.entry.frame == 4
    opened.choose("filterCombo", "all")
    assert len(opened.table()) == 4


def test_every_key_does_what_its_button_does(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0, 3, 6)
    opened.key("N", "calipersTable")
    opened.key("A", "calipersTable")
    opened.key("R", "calipersTable")
    assert [row[4] for row in opened.table()] == ["accepted", "rejected", "unreviewed"]
    opened.key("U")
    assert [row[4] for row in opened.table()] == ["accepted", "unreviewed", "unreviewed"]
    opened.desk.study.show_frame(3)
    opened.key("Right")
    assert opened.desk.study.frame == 4
    opened.key("Left")
    opened.key("Left")
    assert opened.desk.study.frame == 2


def test_keys_are_letters_while_one_types(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0)
    opened.click("nextCaliperButton")
    opened.type("noteEdit", "a rare view, no")
    assert opened.desk.study.review.entry("lvid-f0").notes == "a rare view, no"
    assert opened.table()[0][4] == "unreviewed"


def test_keys_are_left_to_others_outside_the_module(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0)
    opened.click("nextCaliperButton")
    opened.widget.exit()
    opened.key("A", "calipersTable")
    assert opened.table()[0][4] == "unreviewed"
    opened.widget.enter()
    opened.key("A", "calipersTable")
    assert opened.table()[0][4] == "accepted"


def test_reset_delete_undo_redo(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0)
    opened.click("nextCaliperButton")
    opened.desk.study.review.move("lvid-f0", [(160, 60), (160, 160)])
    assert opened.table()[0][2:5] == ["5.00 cm", "0.90", "edited"]
    opened.click("resetButton")
    assert opened.table()[0][2:5] == ["6.00 cm", "0.80", "unreviewed"]
    opened.click("deleteButton")
    assert opened.table() == []
    opened.click("undoButton")
    opened.click("undoButton")
    assert opened.table()[0][2] == "5.00 cm"
    opened.click("redoButton")
    assert opened.table()[0][2] == "6.00 cm"


def test_a_dragged_caliper_changes_the_table_and_is_one_step_back(
    opened: OpenModule, echo: Path
) -> None:
    opened.predict(echo, 0, 3)
    opened.show()
    opened.drag_pixel((160, 180), (160, 160))
    assert opened.table()[0][4] == "edited"
    assert float(opened.table()[0][2].split()[0]) == pytest.approx(5.0, abs=0.05)
    assert opened.table()[1] == ["LVID", "4", "6.00 cm", "0.80", "unreviewed", ""]
    opened.screenshot("panel-edited.png")
    opened.picture("slice-edited.png")
    opened.click("undoButton")
    assert opened.table()[0] == ["LVID", "1", "6.00 cm", "0.80", "unreviewed", ""]


def test_an_accepted_caliper_cannot_be_dragged(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0)
    opened.click_row(0)
    opened.click("acceptCaliperButton")
    opened.show()
    opened.drag_pixel((160, 180), (160, 160))
    assert opened.table()[0][2:5] == ["6.00 cm", "0.80", "accepted"]
    opened.click("reopenButton")
    opened.drag_pixel((160, 180), (160, 160))
    assert opened.table()[0][4] == "edited"
    assert opened.tip("reopenButton") == "It is neither accepted nor rejected."


def test_a_second_reviewer_begins_afresh_and_the_first_ones_work_stays(
    opened: OpenModule, echo: Path
) -> None:
    opened.predict(echo, 0, 3)
    opened.type("reviewerEdit", "AB")
    opened.click("nextCaliperButton")
    opened.click("acceptCaliperButton")
    opened.type("reviewerEdit", "CD")
    assert [row[4] for row in opened.table()] == ["unreviewed", "unreviewed"]
    opened.click_row(1)
    opened.click("rejectCaliperButton")
    opened.type("reviewerEdit", "AB")
    assert [row[4] for row in opened.table()] == ["accepted", "unreviewed"]


def test_derived_values_follow_at_once(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0, 4)
    opened.open_section("derivedSection")
    review = opened.desk.study.review
    review.move("lvid-f4", [(160, 60), (160, 144)])  # 84 pixels: 4.2 cm
    review.choose("lvid-f0", Phase.ED)
    review.choose("lvid-f4", Phase.ES)
    shortening = next(row for row in opened.table("derivedTable") if row[0] == "FS")
    assert shortening[1].startswith("30")  # (6.0 - 4.2) / 6.0
    opened.click_row(1)
    opened.click("rejectCaliperButton")
    assert "FS" not in [row[0] for row in opened.table("derivedTable")]
    assert "LVIDs" in opened.text("derivedLabel")
    opened.screenshot("panel-derived.png", 1600)


def test_size_and_sex_give_values_per_body_surface(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0)
    opened.open_section("derivedSection")
    opened.choose("sexCombo", "F")
    opened.spin("heightSpin", 170)
    opened.spin("weightSpin", 65)
    surface = next(row for row in opened.table("derivedTable") if row[0] == "BSA")
    assert surface[1].startswith("1.75")  # Du Bois: 0.007184 x 65^0.425 x 170^0.725
    assert opened.desk.study.review.subject.sex == "F"


def test_of_many_rows_only_the_changed_one_is_written(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0)
    model = opened.desk.study.review.entries["lvid-f0"].caliper.model
    points = (Landmark(160, 60, confidence=0.9), Landmark(160, 180, confidence=0.8))
    for number in range(100):
        row = list(CATALOG)[number % 9]
        prediction = Prediction(row, number // 9 % 8, points, model)
        opened.desk.study.review.add_prediction(prediction)
    review = opened.desk.study.review
    with review.step("place many"):
        for number in range(100):
            review.place("aorta", number % 8, [(160, 60), (160, 180 + number / 100)])
    opened.click("nextCaliperButton")
    table, row = opened.ui.calipersTable, opened.ui.calipersTable.currentRow()
    assert table.rowCount > 150
    # Only the row that changes is written again: a mark in every other one stays.
    for number in range(table.rowCount):
        table.item(number, 2).setToolTip("mark")
    opened.click("rejectCaliperButton")
    kept = [table.item(n, 2).toolTip() == "mark" for n in range(table.rowCount)]
    assert not kept[row]
    assert kept.count(False) == 1
