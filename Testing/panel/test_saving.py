"""No decision is lost: where the review saves itself, and what is said when it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
from open_module import OpenModule

from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.mrml.loading import load_cine
from EchoMeasureLib.review.document import load, save


def saved(opened: OpenModule) -> None:
    """Wait until everything is on disk."""
    opened.look()
    assert not opened.desk.saving.pending


def statuses(opened: OpenModule) -> list[str]:
    return [row[4] for row in opened.table()]


def reopen(opened: OpenModule, echo: Path) -> None:
    """Close the scene and open the file again, as on the next day."""
    opened.slicer.clear()
    opened.open_file(echo)


def test_all_is_well_is_not_worth_a_word(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0)
    saved(opened)
    assert not opened.visible("savingBanner")


def test_going_on_with_an_older_file_asks_and_loses_nothing(
    opened: OpenModule, echo: Path, tmp_path: Path
) -> None:
    opened.predict(echo, 0, 3)
    opened.open_section("exportSection")
    opened.click_row(0)
    opened.click("acceptCaliperButton")
    opened.answers.path = tmp_path / "older.json"
    opened.click("saveReviewButton")
    assert "as it is now" in opened.text("exportLabel")
    opened.click_row(1)
    opened.click("rejectCaliperButton")
    saved(opened)
    before = opened.desk.saving.path.read_bytes()

    opened.answers.yes = False
    opened.click("openReviewButton")
    assert "is not part of the review in this file" in opened.answers.questions[0]
    assert statuses(opened) == ["accepted", "rejected"]

    opened.answers.yes = True
    opened.click("openReviewButton")
    assert statuses(opened) == ["accepted", "unreviewed"]
    opened.click_row(1)
    opened.click("acceptCaliperButton")
    saved(opened)
    assert not opened.visible("savingBanner")
    reopen(opened, echo)
    assert statuses(opened) == ["accepted", "accepted"]
    (aside,) = opened.desk.saving.path.parent.glob("*-aside-*.json")
    assert aside.read_bytes() == before


def test_a_file_that_knows_everything_is_opened_without_a_question(
    opened: OpenModule, echo: Path, tmp_path: Path
) -> None:
    opened.predict(echo, 0)
    opened.open_section("exportSection")
    opened.answers.path = tmp_path / "same.json"
    opened.click("saveReviewButton")
    opened.click("openReviewButton")
    assert opened.answers.questions == []


def test_a_second_slicer_of_the_same_reviewer_loses_nothing(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0)
    saved(opened)
    place = opened.desk.saving.path
    other = load(place, read(echo))
    other.accept("lvid-f0")
    save(other, place)
    opened.click_row(0)
    opened.click("rejectCaliperButton")
    saved(opened)
    assert opened.visible("savingBanner")
    assert "does not know" in opened.text("savingBanner")
    assert opened.desk.saving.path.name in opened.text("savingBanner")
    assert str(opened.desk.saving.path) in opened.tip("savingBanner")
    opened.screenshot("panel-saving.png")
    opened.desk.study.review.note("lvid-f0", "off axis")
    reopen(opened, echo)
    assert statuses(opened) == ["rejected"]  # it has come further
    assert "Open review..." in opened.text("savingBanner")
    assert load(place, read(echo)).entry("lvid-f0").status.value == "accepted"


def test_a_damaged_file_is_told_left_alone_and_worked_around(
    opened: OpenModule, echo: Path
) -> None:
    opened.predict(echo, 0)
    saved(opened)
    place = opened.desk.saving.path
    reopen(opened, echo)
    opened.slicer.clear()
    place.write_text("{broken")
    opened.open_file(echo)
    assert "no JSON document" in opened.text("savingBanner")
    opened.desk.study.review.place("lvid", 0, [(160, 60), (160, 180)])
    saved(opened)
    reopen(opened, echo)
    assert len(opened.table()) == 1
    assert place.read_text() == "{broken"


def test_a_damaged_file_does_not_hide_the_review_in_the_scene(
    opened: OpenModule, echo: Path
) -> None:
    opened.predict(echo, 0)
    saved(opened)
    node, place = opened.desk.study.node, opened.desk.saving.path
    opened.desk.close_image()
    place.write_text("{broken")
    opened.desk.open_node(node)
    assert len(opened.table()) == 1


def test_an_older_scene_does_not_overwrite_what_it_brings(
    opened: OpenModule, echo: Path, other_echo: Path
) -> None:
    """A scene holds other work of the reviewer than the file; the longer is shown."""
    opened.predict(echo, 0)
    saved(opened)
    place = opened.desk.saving.path
    other = load(place, read(echo))
    for text in ("a", "b", "c"):
        other.note("lvid-f0", text)
    opened.desk.study.review.accept("lvid-f0")  # in the scene
    opened.desk.saving.stop()
    node = opened.desk.study.node
    opened.desk.close_image()
    save(other, place.with_name("longer.json"))
    place.with_name("longer.json").replace(place)
    opened.desk.open_node(node)
    assert opened.desk.study.review.entry("lvid-f0").notes == "c"
    assert "The review in the scene holds" in opened.text("savingBanner")
    (aside,) = place.parent.glob("*-aside-*.json")
    assert load(aside, read(echo)).entry("lvid-f0").status.value == "accepted"


def test_a_folder_that_cannot_be_written_is_told_and_the_image_opens(
    opened: OpenModule, echo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("no folder")
    monkeypatch.setenv("ECHOMEASURE_DATA", str(blocked))
    opened.open_file(echo)
    assert "8 frames" in opened.text("imageLabel")
    assert opened.text("savingBanner").startswith("Nothing is saved by itself: The folder")
    blocked.unlink()
    opened.desk.study.review.place("lvid", 0, [(160, 60), (160, 180)])
    saved(opened)
    assert not opened.visible("savingBanner")


def test_the_same_through_the_selector(
    opened: OpenModule, echo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("no folder")
    monkeypatch.setenv("ECHOMEASURE_DATA", str(blocked))
    nodes = load_cine(opened.slicer.scene, read(echo), "x")
    opened.ui.inputSelector.setCurrentNode(nodes.browser)
    assert "8 frames" in opened.text("imageLabel")
    assert "Nothing is saved by itself" in opened.text("savingBanner")


def test_saving_goes_on_while_another_module_is_in_front(opened: OpenModule, echo: Path) -> None:
    opened.predict(echo, 0)
    saved(opened)
    opened.widget.exit()
    opened.desk.study.link.node_of("lvid-f0").SetNthControlPointPosition(1, -80, -80, 0)
    saved(opened)
    kept = load(opened.desk.saving.path, read(echo)).entry("lvid-f0")
    assert kept.status.value == "edited"
    opened.widget.enter()
    assert statuses(opened) == ["edited"]


def test_another_image_of_the_study_continues_its_review_the_next_day(
    opened: OpenModule, echo: Path, doppler: Path
) -> None:
    opened.predict(echo, 0)
    opened.click_row(0)
    opened.click("acceptCaliperButton")
    opened.slicer.clear()
    opened.open_file(doppler)
    assert statuses(opened) == ["accepted"]
    opened.desk.study.review.place("trvmax", 0, [(400, 642)], opened.desk.study.image)
    reopen(opened, echo)
    assert len(opened.table()) == 2
    assert not opened.visible("savingBanner")
