"""What the panel says can be read at the width that Slicer's panel has."""

from __future__ import annotations

from pathlib import Path

import pytest
from open_module import OpenModule

from EchoMeasureLib.definitions import Phase


def test_why_a_measurement_is_grey_can_be_read(
    opened: OpenModule, picture: Path, doppler: Path
) -> None:
    for path in (picture, doppler):
        opened.open_file(path)
        reasons = opened.tree_texts("measurementTree", 1)
        assert any(reasons)
        assert opened.cut_off("measurementTree") == []
    assert opened.header("measurementTree", 1) == "Why not"
    opened.screenshot("panel-grey.png")


def test_flags_and_phases_can_be_read(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0, 3)
    opened.desk.study.review.choose("lvid-f0", Phase.ED)
    opened.desk.study.review.move("lvid-f3", [(160, 60), (160, 62)])
    opened.click_row(1)
    assert opened.table()[0][4] == "unreviewed, ED"
    assert "Counts as end-diastole" in opened.tips(4)[0]
    assert opened.table()[1][5] == "implausible value"
    assert opened.cut_off("calipersTable") == []
    opened.screenshot("panel-flags.png")


def test_derived_values_are_results_first_and_one_line_for_the_rest(
    opened: OpenModule, echo: Path
) -> None:
    opened.predict(echo, 0)
    opened.desk.study.review.choose("lvid-f0", Phase.ED)
    opened.open_section("derivedSection")
    assert [row[0] for row in opened.table("derivedTable")] == ["EDV (Teichholz)"]
    assert "more need" in opened.text("derivedLabel")
    assert "LVIDs" in opened.text("derivedLabel")
    assert "FS: missing LVIDs" in opened.tip("derivedLabel")
    assert opened.cut_off("derivedTable") == []


def test_the_choices_by_hand_and_to_plot_are_wider_than_their_buttons(
    opened: OpenModule, echo: Path
) -> None:
    opened.predict(echo, 0)
    opened.open_section("plotSection")
    opened.choose("plotCombo", "lvid lvid")
    opened.screenshot("panel-choices.png", 1500)
    for combo, button in (("placeCombo", "placeButton"), ("plotCombo", "plotButton")):
        assert opened.width(combo) > 2 * opened.width(button)


@pytest.mark.parametrize(("width", "height"), [(470, 700), (420, 700), (470, 1400)])
def test_nothing_is_cut_off_beside_the_scroll_bar(
    opened: OpenModule, echo: Path, width: int, height: int
) -> None:
    """The sections scroll up and down, never sideways, at the widths that Slicer's panel has."""
    from PySide6 import QtWidgets

    opened.predict(echo, 0, 1)
    opened.frame.resize(width, height)
    for _ in range(3):
        QtWidgets.QApplication.processEvents()
    area, sections = opened.ui.sectionsArea, opened.ui.sections
    assert sections.width() <= area.viewport().width()
    assert opened.frame.width() == width
