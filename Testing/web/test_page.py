"""The review in a browser, as a person has it: by mouse and by key."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from served_review import ServedReview, on_picture

IMAGE = (1024, 768)
PATIENCE_MS = 120_000


@pytest.fixture(scope="module")
def page(browser: Browser, served: ServedReview) -> Iterator[Page]:
    """The page at the size of a laptop, its first picture seen."""
    expect.set_options(timeout=PATIENCE_MS)
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(served.address)
    expect(page.locator("#frame-words")).to_contain_text("frame 1 of 6")
    expect(page.locator("#stage")).to_have_attribute("data-picture", re.compile("."))
    yield page
    context.close()


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a source pixel is on the page."""
    box = page.locator("#stage").bounding_box()
    assert box is not None
    dx, dy = on_picture((x, y), IMAGE, (box["width"], box["height"]))
    return box["x"] + dx, box["y"] + dy


def test_the_arrow_keys_go_through_the_frames(page: Page) -> None:
    page.locator("#stage").click(position={"x": 5, "y": 5})
    page.keyboard.press("ArrowRight")
    expect(page.locator("#frame-words")).to_contain_text("frame 2 of 6")
    expect(page.locator("#stage")).to_have_attribute("data-frame", "1")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#frame-words")).to_contain_text("frame 1 of 6")


def test_two_clicks_place_a_caliper_and_a_drag_of_its_end_is_one_step(page: Page) -> None:
    """0.24 mm pixels: 100 of them apart down the column are 2.4 cm, 120 are 2.9."""
    page.locator("#place-what").select_option("lvid")
    page.locator("#place").click()
    expect(page.locator("#place-line")).to_be_visible()
    for end in ((500, 300), (500, 400)):
        page.mouse.move(*at(page, *end))
        page.mouse.down()
        page.mouse.up()
    expect(page.locator("#drawn")).to_have_text(re.compile(r"LVID\w? 2\.4\d cm"))
    page.mouse.move(*at(page, 500, 400))
    page.mouse.down()
    page.mouse.move(*at(page, 500, 410))
    page.mouse.move(*at(page, 500, 420))
    # Before it is let go the label says what it would be.
    expect(page.locator("#drawn")).to_have_text(re.compile(r"LVID\w? 2\.[89]\d cm"))
    page.mouse.up()
    page.keyboard.press("u")
    expect(page.locator("#drawn")).to_have_text(re.compile(r"LVID\w? 2\.4\d cm"))
