"""A review from the first picture to the export by keyboard alone."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect
from served_review import ServedReview

from EchoMeasureLib.imaging.reading import read

if TYPE_CHECKING:
    from .conftest import PageUser


@pytest.fixture(scope="module")
def user(visit: Callable[[str], PageUser], served: ServedReview) -> PageUser:
    return visit(served.address)


@pytest.fixture(scope="module")
def scale(plax: Path) -> float:
    """Centimetres in a pixel."""
    return abs(next(region for region in read(plax).regions if region.usable).delta[1])


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def go_to(page: Page, selector: str) -> None:
    """By the tab key, as often as it takes."""
    for _ in range(60):
        if page.locator(f"{selector}:focus").count():
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the tab key does not lead to {selector}")


def holds(page: Page, words: str) -> None:
    """Wait until the line over the picture says so."""
    expect(page.locator("#hand-words")).to_contain_text(words)


def test_a_caliper_is_placed_by_the_cross_hair(user: PageUser, scale: float) -> None:
    """From the middle of the picture ten times ten pixels down."""
    page = user.page
    press(page, "c")
    page.keyboard.type("Left ventricular internal")
    expect(page.locator("#place-what")).to_have_value("lvid")
    go_to(page, "#place")
    press(page, "Enter")
    holds(page, "point 1")
    press(page, "Enter")
    holds(page, "point 2")
    press(page, *["Shift+ArrowDown"] * 10, "Enter")
    expect(page.locator("#hand-line")).to_be_hidden()
    user.reads(f"LVID {100 * scale:.2f} cm")


def test_escape_takes_a_point_back_and_then_leaves_off(user: PageUser) -> None:
    page = user.page
    press(page, "c")
    go_to(page, "#place")
    press(page, "Enter")
    holds(page, "point 1")
    press(page, "ArrowRight", "Enter")
    holds(page, "point 2")
    press(page, "Escape")
    holds(page, "point 1")
    press(page, "Escape")
    expect(page.locator("#hand-line")).to_be_hidden()
    expect(page.locator("#calipers tbody tr")).to_have_count(1)


def test_either_end_is_moved_by_keys_as_one_step(user: PageUser, scale: float) -> None:
    """The line says what it would be; Enter keeps it, U takes it back."""
    page = user.page
    press(page, "m")
    holds(page, "end 1 of 2")
    press(page, "Tab")
    holds(page, "end 2 of 2")
    press(page, "Shift+ArrowDown", "Shift+ArrowDown", "ArrowDown")
    holds(page, f"{121 * scale:.2f} cm")
    press(page, "Enter")
    user.reads(f"LVID {121 * scale:.2f} cm")
    press(page, "u")
    user.reads(f"LVID {100 * scale:.2f} cm")


def test_escape_puts_an_end_back(user: PageUser, scale: float) -> None:
    page = user.page
    press(page, "m")
    holds(page, "end 1 of 2")
    press(page, "Shift+ArrowUp")
    holds(page, f"{110 * scale:.2f} cm")
    press(page, "Escape")
    expect(page.locator("#hand-line")).to_be_hidden()
    user.reads(f"LVID {100 * scale:.2f} cm")


def test_deciding_playing_and_zooming(user: PageUser) -> None:
    page = user.page
    press(page, "d")
    user.reads("LVIDd")
    press(page, "a")
    expect(page.locator("#calipers tbody tr")).to_contain_text("accepted")
    press(page, "p")
    expect(page.locator("#play")).to_have_text("Pause")
    expect(page.locator("#stage")).to_have_attribute("data-frame", "3")
    press(page, "p")
    expect(page.locator("#play")).to_have_text("Play")
    expect(page.locator("#film")).to_be_hidden()
    page.locator("#slider").focus()
    press(page, "Home")
    expect(page.locator("#stage")).to_have_attribute("data-frame", "0")
    page.locator("#stage").focus()
    whole = page.locator("#stage").get_attribute("data-picture")
    press(page, "+", "Shift+ArrowRight", "0")
    expect(page.locator("#stage")).not_to_have_attribute("data-picture", str(whole))


def test_an_accepted_caliper_stays_and_says_why(user: PageUser) -> None:
    page = user.page
    press(page, "m")
    expect(page.locator("#said")).to_contain_text("Reopen it first")


def test_the_page_lists_its_keys_and_letters_can_be_switched_off(user: PageUser) -> None:
    """WCAG 2.1.4: whoever dictates must be able to."""
    page = user.page
    press(page, "?")
    expect(page.locator("#help")).to_contain_text("take hold of an end")
    go_to(page, "#letters")
    press(page, "Space", "Escape")
    expect(page.locator("#help")).to_be_hidden()
    press(page, "p", "?")
    expect(page.locator("#play")).to_have_text("Play")
    go_to(page, "#letters")
    press(page, "Space", "Escape")


def test_a_table_is_written_and_saved(user: PageUser, tmp_path: Path) -> None:
    page = user.page
    press(page, "e")
    page.keyboard.type("Table")
    expect(page.locator("#export-says")).to_contain_text("names no patient")
    go_to(page, "#export")
    press(page, "Enter")
    expect(page.locator("#export-said")).to_contain_text("rows")
    go_to(page, "#export-link")
    with page.expect_download() as waiting:
        press(page, "Enter")
    waiting.value.save_as(tmp_path / "table.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "table.csv").read_text("utf-8"))))
    assert any("lvid" in value for row in rows for value in row.values())
    assert re.fullmatch(r"[\w.-]+\.csv", waiting.value.suggested_filename)
