"""Who signs: the person at this Slicer, whatever scene is opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from open_module import OpenModule

from EchoMeasureLib.desk.in_slicer import desk_in_slicer
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.review.session import Review


@pytest.fixture
def opened_again(opened: OpenModule, open_module: Callable[[], OpenModule]) -> OpenModule:
    """Slicer started a second time, after "AB" was typed in the first."""
    opened.type("reviewerEdit", "AB")
    opened.widget.exit()
    return open_module()


def carry(opened: OpenModule, echo: Path, reviewer: str) -> Any:
    """The image in the scene with the review of somebody, as a scene brings it; its node."""
    desk = desk_in_slicer()
    desk.set_reviewer(reviewer)
    node = desk.load_file(echo)
    desk.study.need_review().place("lvid", 0, [(160, 60), (160, 180)])
    desk.study.link.close()
    desk.saving.stop()

    return node


def test_the_name_outlives_the_scene(opened: OpenModule, echo: Path) -> None:
    opened.open_file(echo)
    opened.type("reviewerEdit", "AB")
    opened.slicer.clear()
    assert opened.text("reviewerEdit") == "AB"
    opened.open_file(echo)
    assert opened.desk.study.review.reviewer == "AB"


def test_the_name_outlives_the_session(opened_again: OpenModule, echo: Path) -> None:
    opened_again.open_file(echo)
    assert opened_again.text("reviewerEdit") == "AB"
    assert opened_again.desk.study.review.reviewer == "AB"
    assert not opened_again.visible("reviewerHint")


def test_whoever_has_no_name_is_asked_for_initials_once_and_before_the_first_decision(
    opened: OpenModule, echo: Path
) -> None:
    opened.predict(echo, 0, 3)
    assert opened.answers.asked_for == []
    opened.answers.typed = "AB"
    opened.click_row(0)
    opened.click("acceptCaliperButton")
    assert opened.answers.asked_for == ["Your initials? Every decision is signed with them."]
    assert [row[4] for row in opened.table()] == ["accepted", "unreviewed"]
    assert {entry.reviewer for entry in opened.desk.study.review.entries.values()} == {"AB", ""}
    assert opened.text("headLabel").endswith("| AB")
    opened.click("rejectCaliperButton")
    assert len(opened.answers.asked_for) == 1


def test_whoever_does_not_answer_signs_as_the_account_and_is_not_asked_again(
    opened: OpenModule, echo: Path
) -> None:
    opened.predict(echo, 0, 3)
    account = opened.desk.study.review.reviewer
    opened.click_row(0)
    opened.click("acceptCaliperButton")
    opened.click("acceptCaliperButton")
    assert len(opened.answers.asked_for) == 1
    assert opened.desk.study.review.entry("lvid-f0").reviewer == account
    assert opened.text("headLabel").endswith(f"| {account}")


def test_a_known_name_is_not_asked_for(opened_again: OpenModule, echo: Path) -> None:
    opened_again.predict(echo, 0)
    opened_again.click_row(0)
    opened_again.click("acceptCaliperButton")
    assert opened_again.answers.asked_for == []


def test_a_scene_of_another_reviewer_is_not_signed_in_that_name(
    opened: OpenModule, echo: Path
) -> None:
    opened.type("reviewerEdit", "CD")
    node = carry(opened, echo, "AB")
    old = opened.widget._parameterNode.parameterNode
    old.SetParameter("reviewer", "AB")  # as scenes of earlier versions have it
    opened.widget._parameterNode.image = node
    assert opened.desk.study.review.reviewer == "CD"
    assert opened.text("reviewerEdit") == "CD"
    assert opened.table() == []  # not AB's caliper by hand
    assert opened.text("reviewerHint").startswith("Reviewed by AB before.")
    opened.screenshot("panel-reviewer.png")
    opened.type("reviewerEdit", "AB")
    assert [row[4] for row in opened.table()] == ["edited"]
    assert not opened.visible("reviewerHint")


def test_who_has_begun_is_left_in_peace(opened: OpenModule, echo: Path) -> None:
    opened.type("reviewerEdit", "CD")
    opened.widget._parameterNode.image = carry(opened, echo, "AB")
    opened.desk.study.review.place("lvid", 0, [(160, 60), (160, 180)])
    opened.look()
    assert not opened.visible("reviewerHint")


def test_the_name_stays_when_the_module_is_left(opened: OpenModule, echo: Path) -> None:
    opened.open_file(echo)
    opened.type("reviewerEdit", "AB")
    opened.widget.exit()
    opened.widget.enter()
    assert opened.text("reviewerEdit") == "AB"
    assert isinstance(opened.desk.study.review, Review)
    assert opened.desk.study.cine.frame_count == read(echo).frame_count
