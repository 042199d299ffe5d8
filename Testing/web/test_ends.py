"""Closing, loading again, killing: nothing that was done is lost."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from served_review import ServedReview
from waiting import wait_until

if TYPE_CHECKING:
    from .conftest import PageUser


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    (folder / "browser.json").write_text(json.dumps({"reviewer": "AB", "lengths": "cm"}))
    return folder


def audit(data: Path) -> list[str]:
    """What was done by AB, as saved on disk."""
    saved = list((data / "reviews").glob("*.json"))
    layers = [layer for path in saved for layer in json.loads(path.read_text())["layers"]]
    steps = [step for layer in layers if layer["reviewer"] == "AB" for step in layer["audit"]]
    return [step["action"] for step in steps]


@pytest.fixture(scope="module")
def after_a_kill(
    visit: Callable[[str], PageUser], plax: Path, data: Path
) -> Iterator[tuple[ServedReview, PageUser]]:
    """The server was killed once a caliper had been placed, and started again."""
    first = ServedReview(data, str(plax))
    user = visit(first.address)
    user.place("lvid", (500, 300), (500, 400))
    wait_until(lambda: "place" in audit(data), "saving by itself")
    first.stop(signal.SIGKILL)
    expect(user.page.locator("#gone")).to_contain_text("What was done is saved")
    second = ServedReview(data, str(plax))
    user.page.goto(second.address)
    user.seen()
    yield second, user
    second.stop()


def test_a_server_that_was_killed_goes_on_where_it_was(
    after_a_kill: tuple[ServedReview, PageUser],
) -> None:
    _, user = after_a_kill
    user.reads(r"LVID\w? \d\.\d\d cm")


def test_a_page_that_is_loaded_again_in_a_drag_has_let_go_of_the_point(
    after_a_kill: tuple[ServedReview, PageUser], data: Path
) -> None:
    _, user = after_a_kill
    before = user.page.locator("#drawn").text_content()
    user.hold((500, 400), (500, 410), (500, 430))
    expect(user.page.locator("#drawn")).not_to_have_text(str(before))
    user.page.reload()
    user.seen()
    user.page.mouse.up()
    expect(user.page.locator("#drawn")).not_to_have_text(str(before))
    let_go = user.page.locator("#drawn").text_content()
    user.page.mouse.move(*user.at(500, 500))
    user.page.mouse.move(*user.at(400, 500))
    user.page.keyboard.press("ArrowRight")
    user.page.keyboard.press("ArrowLeft")
    expect(user.page.locator("#stage")).to_have_attribute("data-frame", "0")
    user.reads(f"^{re.escape(str(let_go))}$")
    wait_until(lambda: "move" in audit(data), "saving by itself")
    assert audit(data).count("move") == 1


def test_a_second_tab_is_told_and_can_go_on_instead(
    after_a_kill: tuple[ServedReview, PageUser],
) -> None:
    served, user = after_a_kill
    other = user.page.context.new_page()
    other.goto(served.root)
    expect(other.locator("#gone")).to_contain_text("open in another window")
    other.get_by_role("button", name="Go on here").click()
    expect(other.locator("#frame-words")).to_contain_text("frame 1 of 6")
    expect(user.page.locator("#gone")).to_contain_text("goes on there")
    user.page.get_by_role("button", name="Go on here").click()
    expect(user.page.locator("#gone")).to_be_hidden()
    other.close()


def test_asked_to_end_it_saves_and_ends_well(
    after_a_kill: tuple[ServedReview, PageUser], data: Path
) -> None:
    served, user = after_a_kill
    user.page.keyboard.press("d")
    wait_until(lambda: "mark" in audit(data), "saving by itself")
    user.page.keyboard.press("u")
    expect(user.page.locator("button[data-do=redo]")).to_have_attribute("aria-disabled", "false")
    code, said = served.stop(signal.SIGTERM)
    assert code == 0
    assert said == "The review is saved.\n"
    assert "undo" in audit(data)
    expect(user.page.locator("#gone")).to_contain_text("EchoMeasure has ended")
