"""Calipers clicked in the slice view lie where, and on the frame on which, they were clicked."""

from __future__ import annotations

from pathlib import Path

import pytest
from open_module import OpenModule


def begin(opened: OpenModule, echo: Path, frame: int) -> None:
    """Press Place on a frame."""
    opened.open_file(echo)
    opened.desk.study.show_frame(frame)
    opened.show()
    opened.choose("placeCombo", "lvid")
    opened.click("placeButton")


def test_a_caliper_is_placed_by_two_clicks_in_the_slice_view(
    opened: OpenModule, echo: Path
) -> None:
    begin(opened, echo, 2)
    opened.click_pixel(160, 60)
    opened.click_pixel(160, 180)
    opened.look()
    assert len(opened.table()) == 1
    row = opened.table()[0]
    assert (row[0], row[1], row[3], row[4]) == ("LVID", "3", "", "edited")
    assert float(row[2].split()[0]) == pytest.approx(6.0, abs=0.05)


def test_a_peak_is_placed_by_one_click(opened: OpenModule, doppler: Path) -> None:
    opened.open_file(doppler)
    opened.show()
    opened.choose("placeCombo", "trvmax")
    opened.click("placeButton")
    opened.click_pixel(400, 642)  # 200 rows of 0.5 cm/s... below the baseline of row 442
    opened.look()
    assert len(opened.table()) == 1
    assert float(opened.table()[0][2].split()[0]) == pytest.approx(1.0, abs=0.02)


def test_a_wave_is_traced_by_clicks_until_place_mode_is_left(
    opened: OpenModule, doppler: Path
) -> None:
    """Rows of 0.5 cm/s, columns of 3.5 ms: 100 cm/s x 0.35 s / 2 is 17.5 cm."""
    opened.open_file(doppler)
    opened.show()
    opened.choose("placeCombo", "avvti")
    opened.click("placeButton")
    for x, y in ((400, 442), (420, 542), (440, 642), (500, 442)):
        opened.click_pixel(x, y)
        opened.look()
        assert opened.table() == []
    interaction = opened.slicer.app.app_logic.GetInteractionNode()
    interaction.SetCurrentInteractionMode(interaction.ViewTransform)
    opened.look()
    (entry,) = opened.desk.study.review.entries.values()
    assert len(entry.caliper.points) == 4
    assert entry.caliper.value("avvti").value == pytest.approx(17.5, abs=0.3)


def test_two_clicks_are_no_tracing(opened: OpenModule, doppler: Path) -> None:
    opened.open_file(doppler)
    opened.show()
    opened.choose("placeCombo", "avvti")
    opened.click("placeButton")
    opened.click_pixel(400, 442)
    opened.click_pixel(420, 542)
    interaction = opened.slicer.app.app_logic.GetInteractionNode()
    interaction.SetCurrentInteractionMode(interaction.ViewTransform)
    opened.look()
    assert opened.table() == []
    assert opened.desk.clicking.measurement == ""


def test_leaving_place_mode_leaves_nothing_behind(opened: OpenModule, echo: Path) -> None:
    opened.open_file(echo)
    opened.show()
    before = opened.slicer.scene.GetNumberOfNodesByClass("vtkMRMLMarkupsNode")
    opened.click("placeButton")
    opened.click_pixel(160, 60)
    interaction = opened.slicer.app.app_logic.GetInteractionNode()
    interaction.SetCurrentInteractionMode(interaction.ViewTransform)
    opened.look()
    assert opened.desk.clicking.measurement == ""
    assert opened.table() == []
    assert opened.slicer.scene.GetNumberOfNodesByClass("vtkMRMLMarkupsNode") == before


def test_a_caliper_deleted_while_it_is_placed_leaves_nothing_behind(
    opened: OpenModule, echo: Path, doppler: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Slicer would go on placing, and make a line of its own that says millimetres."""
    begin(opened, echo, 0)
    opened.click_pixel(160, 60)
    opened.slicer.scene.RemoveNode(opened.nodes("vtkMRMLMarkupsLineNode")[0])
    opened.look()
    opened.click_pixel(160, 180)
    opened.look()
    assert opened.nodes("vtkMRMLMarkupsLineNode") == []
    assert opened.table() == []
    opened.open_file(doppler)  # another image comes into the view
    opened.show()
    assert capsys.readouterr().err == ""


def test_a_caliper_never_spans_two_frames(opened: OpenModule, echo: Path) -> None:
    begin(opened, echo, 2)
    opened.click_pixel(160, 60)
    opened.desk.study.show_frame(5)
    opened.click_pixel(160, 80)  # the first point once more, on the frame shown now
    opened.look()
    assert opened.table() == []
    opened.click_pixel(160, 180)
    opened.look()
    assert len(opened.table()) == 1
    assert opened.table()[0][1] == "6"
    assert float(opened.table()[0][2].split()[0]) == pytest.approx(5.0, abs=0.05)


def test_browsing_before_the_first_click_is_free(opened: OpenModule, echo: Path) -> None:
    begin(opened, echo, 2)
    opened.desk.study.show_frame(4)
    opened.click_pixel(160, 60)
    opened.click_pixel(160, 180)
    opened.look()
    assert len(opened.table()) == 1
    assert opened.table()[0][1] == "5"


def test_a_complete_caliper_stays_on_its_frame_when_the_cine_moves_on_at_once(
    opened: OpenModule, echo: Path
) -> None:
    begin(opened, echo, 2)
    opened.click_pixel(160, 60)
    opened.click_pixel(160, 180)
    opened.desk.study.show_frame(6)  # before the panel has looked
    opened.look()
    assert len(opened.table()) == 1
    assert opened.table()[0][1] == "3"


def test_leaving_the_module_gives_up_a_caliper_half_placed(opened: OpenModule, echo: Path) -> None:
    begin(opened, echo, 0)
    lines = len(opened.nodes("vtkMRMLMarkupsLineNode"))
    opened.click_pixel(160, 60)
    opened.widget.exit()
    assert opened.desk.clicking.measurement == ""
    assert len(opened.nodes("vtkMRMLMarkupsLineNode")) == lines - 1
    opened.click_pixel(160, 180)
    opened.widget.enter()
    opened.look()
    assert opened.table() == []


def test_leaving_the_module_takes_over_a_caliper_that_is_complete(
    opened: OpenModule, echo: Path
) -> None:
    begin(opened, echo, 3)
    opened.click_pixel(160, 60)
    opened.click_pixel(160, 180)
    opened.widget.exit()
    opened.widget.enter()
    assert [row[:2] for row in opened.table()] == [["LVID", "4"]]
