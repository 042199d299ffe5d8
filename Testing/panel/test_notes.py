"""Notes and reasons: nothing that was typed is lost, and neither is taken for the other."""

from __future__ import annotations

from pathlib import Path

from open_module import OpenModule


def test_a_note_is_saved_by_enter(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0)
    assert opened.tip("noteEdit") == "Choose a caliper in the table first."
    opened.click_row(0)
    opened.type("noteEdit", "foreshortened")
    assert opened.desk.study.review.entry("lvid-f0").notes == "foreshortened"
    assert opened.table()[0][4] == "unreviewed"
    assert "foreshortened" in opened.tips(4)[0]
    opened.click("undoButton")
    assert opened.text("noteEdit") == ""


def test_accepting_keeps_what_was_just_typed_as_one_step(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0, 3)
    opened.click_row(0)
    opened.write("noteEdit", "foreshortened")
    opened.click("acceptCaliperButton")
    entry = opened.desk.study.review.entry("lvid-f0")
    assert (entry.status.value, entry.notes, entry.reason) == ("accepted", "foreshortened", "")
    assert opened.text("noteEdit") == ""  # that of the next caliper
    opened.click("undoButton")
    entry = opened.desk.study.review.entry("lvid-f0")
    assert (entry.status.value, entry.notes) == ("unreviewed", "")


def test_rejecting_takes_what_was_just_typed_as_the_reason(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0, 3)
    opened.click_row(0)
    opened.write("noteEdit", "off axis")
    opened.click("rejectCaliperButton")
    entry = opened.desk.study.review.entry("lvid-f0")
    assert (entry.status.value, entry.notes, entry.reason) == ("rejected", "", "off axis")
    opened.click_row(0)
    assert opened.text("noteEdit") == "off axis"


def test_a_saved_note_is_no_reason(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0)
    opened.click_row(0)
    opened.type("noteEdit", "second opinion asked")
    opened.click("rejectCaliperButton")
    entry = opened.desk.study.review.entry("lvid-f0")
    assert (entry.notes, entry.reason) == ("second opinion asked", "")
    opened.write("noteEdit", "off axis")
    opened.click("rejectCaliperButton")
    entry = opened.desk.study.review.entry("lvid-f0")
    assert (entry.notes, entry.reason) == ("second opinion asked", "off axis")


def test_a_reason_is_no_note_when_the_caliper_is_accepted_after_all(
    opened: OpenModule, echo: Path
) -> None:
    opened.predict(echo, 0)
    opened.click_row(0)
    opened.write("noteEdit", "off axis")
    opened.click("rejectCaliperButton")
    opened.click("acceptCaliperButton")
    entry = opened.desk.study.review.entry("lvid-f0")
    assert (entry.status.value, entry.notes, entry.reason) == ("accepted", "", "")


def test_going_to_another_caliper_saves_what_was_typed(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0, 3, 6)
    opened.click_row(0)
    opened.write("noteEdit", "first")
    opened.click_row(1)
    assert opened.text("noteEdit") == ""
    opened.write("noteEdit", "second")
    opened.click("nextCaliperButton")
    notes = [entry.notes for entry in opened.desk.selection.entries]
    assert notes == ["first", "second", ""]


def test_what_is_typed_is_not_disturbed_by_news_of_the_review(
    opened: OpenModule, echo: Path
) -> None:
    opened.predict(echo, 0, 3)
    opened.click_row(0)
    opened.write("noteEdit", "half a sen")
    opened.desk.study.review.move("lvid-f3", [(160, 60), (160, 160)])
    opened.desk.study.show_frame(5)
    assert opened.text("noteEdit") == "half a sen"
