"""Two reviewers side by side in the panel, to be looked at only."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from open_module import OpenModule

from EchoMeasureLib.desk.saving import own_place
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.inference.prediction import Prediction, Provenance
from EchoMeasureLib.review.document import read_document

MODEL = Provenance("image.ckpt", "ab" * 32, "phantom", "robust", "torch", "float32")


def review_twice(opened: OpenModule, echo: Path) -> None:
    """Four LVIDs of 6 cm; AB corrects two and rejects one, CD corrects one and adds another."""
    opened.open_file(echo)
    for frame in (0, 2, 4, 6):
        points = (Landmark(160, 60, confidence=0.9), Landmark(160, 180, confidence=0.8))
        opened.desk.study.review.add_prediction(Prediction("lvid", frame, points, MODEL))
    opened.type("reviewerEdit", "AB")
    review = opened.desk.study.review
    review.move("lvid-f2", [(160, 60), (160, 168)])  # 108 px of 0.5 mm: 5.4 cm
    review.move("lvid-f4", [(160, 70), (160, 190)])  # as long, 10 px lower
    review.reject("lvid-f6", "off axis")
    opened.type("reviewerEdit", "CD")
    review = opened.desk.study.review
    review.move("lvid-f2", [(160, 60), (160, 192)])  # 132 px: 6.6 cm
    review.place("la", 5, [(100, 60), (100, 140)])  # 80 px: 4.0 cm


def open_dialog(opened: OpenModule) -> Any:
    opened.click("compareButton")
    return opened.panel.comparison.dialog


def click_line(opened: OpenModule, dialog: Any, row: int) -> None:
    from PySide6 import QtCore, QtTest

    table = dialog.table
    place = table.visualItemRect(table.item(row, 0)).center()
    QtTest.QTest.mouseClick(table.viewport(), QtCore.Qt.LeftButton, pos=place)


LINES = [
    # 1.2 cm apart, of a mean of 6.0 cm; the lower points 24 px of 0.5 mm apart
    ["LVID", "3", "6.60 cm", "5.40 cm", "1.20 cm (20.0 %)", "12.0 mm", "edited", "edited"],
    ["LVID", "5", "6.00 cm", "6.00 cm", "0.00 cm (0.0 %)", "5.0 mm", "unreviewed", "edited"],
    ["LVID", "7", "6.00 cm", "6.00 cm", "0.00 cm (0.0 %)", "0.0 mm", "unreviewed", "rejected"],
    ["LA", "6", "4.00 cm", "none", "", "", "edited", ""],
]


def test_alone_there_is_nobody_to_compare_with(opened: OpenModule, echo: Path) -> None:
    assert opened.tip("compareButton") == "Choose an image first."
    opened.open_file(echo)
    assert not opened.enabled("compareButton")
    assert opened.tip("compareButton").startswith("Nobody else has reviewed this image")


def test_every_difference_is_a_line_the_largest_first(opened: OpenModule, echo: Path) -> None:
    review_twice(opened, echo)
    assert opened.tip("compareButton") == "Where you and AB differ. Changes nothing."
    dialog = open_dialog(opened)
    assert not opened.hidden(dialog.widget)
    assert opened.read(dialog.summary) == (
        "CD (you) and AB differ on 4 of 5 calipers, largest difference first. "
        "A line leads to its frame. Nothing of AB's can be changed here."
    )
    assert opened.cells(dialog.table) == LINES
    opened.grab(dialog.widget, "comparison.png")
    opened.screenshot("panel-comparison.png")


def test_a_line_leads_to_its_frame_and_to_ones_own_caliper(opened: OpenModule, echo: Path) -> None:
    review_twice(opened, echo)
    dialog = open_dialog(opened)
    click_line(opened, dialog, 1)
    assert opened.desk.study.frame == 4
    assert opened.desk.selection.entry.id == "lvid-f4"
    opened.type("reviewerEdit", "AB")
    dialog = open_dialog(opened)
    assert opened.cells(dialog.table)[3][2:4] == ["none", "4.00 cm"]
    click_line(opened, dialog, 3)
    assert opened.desk.study.frame == 5
    assert opened.desk.selection.entry is None


def test_the_other_ones_work_stays_as_it_is(opened: OpenModule, echo: Path) -> None:
    review_twice(opened, echo)
    opened.desk.saving.stop()
    document = own_place(opened.desk.study.cine)
    before = read_document(document).layers["AB"]
    dialog = open_dialog(opened)
    for row in range(4):
        click_line(opened, dialog, row)
    assert len(opened.desk.study.review.audit) == len(read_document(document).layers["CD"].audit)
    assert read_document(document).layers["AB"] == before


def test_the_table_follows_ones_own_decisions(opened: OpenModule, echo: Path) -> None:
    review_twice(opened, echo)
    dialog = open_dialog(opened)
    opened.desk.study.review.move("lvid-f2", [(160, 60), (160, 168)])
    opened.desk.study.review.reject("lvid-f6")
    assert [row[:2] for row in opened.cells(dialog.table)] == [["LVID", "5"], ["LA", "6"]]
    opened.desk.study.review.move("lvid-f4", [(160, 70), (160, 190)])
    opened.desk.study.review.delete("la-f5")
    assert opened.cells(dialog.table) == []
    assert opened.read(dialog.summary).startswith("CD (you) and AB agree on 4 calipers.")


def test_of_several_others_one_is_chosen(opened: OpenModule, echo: Path) -> None:
    review_twice(opened, echo)
    opened.type("reviewerEdit", "EF")
    dialog = open_dialog(opened)
    assert opened.desk.others.names == ("AB", "CD")
    assert [row[3] for row in opened.cells(dialog.table)] == ["5.40 cm", "6.00 cm", "6.00 cm"]
    dialog.other.setCurrentIndex(1)
    dialog.other.activated.emit(1)
    assert [row[3] for row in opened.cells(dialog.table)] == ["6.60 cm", "4.00 cm"]
    assert "EF (you) and CD differ on 2 of 5 calipers" in opened.read(dialog.summary)
    opened.grab(dialog.widget, "comparison-several.png")


def test_another_reviewers_document_is_compared_once_it_is_opened(
    opened: OpenModule, echo: Path, tmp_path: Path
) -> None:
    review_twice(opened, echo)
    opened.open_section("exportSection")
    opened.answers.path = saved = tmp_path / "mine.json"
    opened.click("saveReviewButton")
    assert list(read_document(saved).layers) == ["CD"]
    elsewhere = saved.rename(tmp_path / "from-elsewhere.json")
    opened.desk.saving.stop()
    own_place(opened.desk.study.cine).unlink()
    opened.slicer.clear()
    opened.open_file(echo)
    opened.type("reviewerEdit", "GH")
    assert not opened.enabled("compareButton")
    opened.answers.path = elsewhere
    opened.click("openReviewButton")
    assert opened.desk.others.names == ("CD",)
    assert len(opened.cells(open_dialog(opened).table)) == 2


def test_a_document_that_cannot_be_read_is_told_of(
    opened: OpenModule, echo: Path, tmp_path: Path
) -> None:
    opened.open_file(echo)
    opened.desk.study.review.place("la", 5, [(100, 60), (100, 140)])
    opened.answers.path = document = tmp_path / "review.json"
    opened.open_section("exportSection")
    opened.click("saveReviewButton")
    document.write_text("{", encoding="utf-8")
    opened.desk.others.look()
    opened.panel.refresh()
    assert opened.tip("compareButton").startswith(f"{document} is no JSON document")


def test_a_scene_that_carries_two_reviewers_is_enough(opened: OpenModule, echo: Path) -> None:
    review_twice(opened, echo)
    opened.desk.saving.stop()
    own_place(opened.desk.study.cine).unlink()
    opened.desk.others.look()
    assert opened.desk.others.names == ("AB",)


def test_the_lines_are_exported_as_a_table(opened: OpenModule, echo: Path, tmp_path: Path) -> None:
    review_twice(opened, echo)
    dialog = open_dialog(opened)
    opened.answers.path = tmp_path / "comparison.csv"
    opened.click_widget(dialog.export)
    with opened.answers.path.open(encoding="utf-8", newline="") as file:
        first, *rest = csv.DictReader(file)
    assert len(rest) == 3
    assert (first["reviewer1"], first["reviewer2"]) == ("CD", "AB")
    assert (first["measurement"], first["frame"], first["unit"]) == ("lvid", "2", "cm")
    numbers = [float(first[key]) for key in ("value1", "value2", "difference", "percent")]
    assert numbers == pytest.approx([6.6, 5.4, -1.2, 20.0])
    assert (float(first["distance_px"]), float(first["distance_mm"])) == pytest.approx((24, 12))
    assert (rest[2]["value2"], rest[2]["status2"], rest[2]["percent"]) == ("", "", "")


def test_closing_the_dialog_and_the_image_leaves_nothing(opened: OpenModule, echo: Path) -> None:
    review_twice(opened, echo)
    dialog = open_dialog(opened)
    opened.slicer.clear()
    assert opened.cells(dialog.table) == []
    assert not opened.enabled("compareButton")
    opened.click_widget(dialog.close)
    assert opened.hidden(dialog.widget)
    assert opened.answers.warnings == []
