"""Undo and redo go to the caliper whose step they take back or do again."""

from __future__ import annotations

from pathlib import Path

from open_module import OpenModule


def test_undo_goes_to_the_frame_of_what_it_undid(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0, 3, 6)
    opened.click_row(1)
    opened.click("acceptCaliperButton")
    opened.click_row(0)
    opened.desk.study.show_frame(7)
    opened.click("undoButton")
    assert opened.desk.study.frame == 3
    assert opened.desk.selection.entry.id == "lvid-f3"
    opened.desk.study.show_frame(7)
    opened.key("U")  # nothing is left to undo
    assert opened.desk.study.frame == 7
    opened.click("redoButton")
    assert opened.desk.study.frame == 3
    assert [row[4] for row in opened.table()] == ["unreviewed", "accepted", "unreviewed"]


def test_undo_brings_a_deleted_caliper_back_into_sight(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0, 3)
    opened.click_row(1)
    opened.click("deleteButton")
    opened.click_row(0)
    opened.click("undoButton")
    assert opened.desk.study.frame == 3
    assert opened.desk.selection.entry.id == "lvid-f3"
    opened.desk.study.review.place("aorta", 5, [(160, 60), (160, 100)])
    opened.click("undoButton")  # and what is gone is not looked for
    assert [row[0] for row in opened.table()] == ["LVID", "LVID"]


def test_undo_opens_the_image_of_what_it_undid(
    opened: OpenModule, echo: Path, doppler: Path
) -> None:
    opened.predict(echo, 3)
    opened.click_row(0)
    opened.click("acceptCaliperButton")
    cine = opened.desk.study.image
    opened.open_file(doppler)
    opened.click("undoButton")
    assert (opened.desk.study.image, opened.desk.study.frame) == (cine, 3)
