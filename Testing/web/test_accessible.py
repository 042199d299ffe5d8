"""WCAG 2.2 AA, as far as a program can tell: axe looks at every screen in both themes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect
from served_review import ServedReview

from EchoMeasureLib.web.page import static_file

if TYPE_CHECKING:
    from .conftest import PageUser

LEVELS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
LOOK = {"runOnly": {"type": "tag", "values": LEVELS}, "resultTypes": ["violations"]}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}


@pytest.fixture(scope="module")
def page(visit: Callable[[str], PageUser], served: ServedReview) -> Page:
    """With a caliper, and everything unfolded."""
    user = visit(served.address)
    user.place("lvid", (500, 300), (500, 400))
    user.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    expect(user.page.locator("#calipers tbody tr")).to_have_count(1)
    return user.page


def unfolded(page: Page) -> None:
    page.keyboard.press("d")
    expect(page.locator("#answers")).to_contain_text("LVIDd")


def placing(page: Page) -> None:
    page.locator("#place-what").select_option("avvti")
    page.locator("#place").press("Enter")
    expect(page.locator("#hand-line")).to_be_visible()


def moving(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.locator("#hand-line")).to_be_hidden()
    page.keyboard.press("m")
    expect(page.locator("#keep-end")).to_be_visible()


def listing_keys(page: Page) -> None:
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()


def asking(page: Page) -> None:
    page.keyboard.press("Escape")
    page.locator("#reviewer-button").press("Enter")
    expect(page.locator("#ask")).to_be_visible()


def upright(page: Page) -> None:
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 820, "height": 1180})
    expect(page.locator("#ask")).to_be_hidden()


def told(page: Page) -> None:
    page.evaluate("document.getElementById('said').hidden = false")
    page.evaluate("document.querySelector('#said p').textContent = 'Choose an image first.'")


def gone(page: Page) -> None:
    page.evaluate("document.getElementById('gone').hidden = false")
    page.evaluate("document.querySelector('#gone p').textContent = 'It has ended.'")


SCREENS = (unfolded, placing, moving, listing_keys, asking, upright, told, gone)


def wrong(page: Page) -> list[str]:
    """What axe finds in the light theme, and of its colours in the dark one."""
    found = []
    for theme, look in (("light", LOOK), ("dark", COLOURS)):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        for one in Axe().run(page, options=look).response["violations"]:
            places = [str(node["target"]) for node in one["nodes"]]
            found.append(f"{theme}: {one['id']} at {', '.join(places)}")
    return found


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.__name__)
def test_axe_finds_nothing_wrong(page: Page, screen: Callable[[Page], None]) -> None:
    screen(page)
    assert wrong(page) == []


def test_nothing_lies_beside_a_window_of_320_pixels(page: Page) -> None:
    """WCAG 2.2, 1.4.10: as wide as a phone, or as a window of 1280 pixels at 400 %."""
    unfolded(page)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("width", [820, 1280])
def test_the_list_of_measurements_flows_down_and_not_sideways(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    beside = "(list => list.scrollWidth - list.clientWidth)(document.querySelector('.list'))"
    assert page.locator("#measurements input").count() > 20
    assert page.evaluate(beside) <= 0


def test_the_question_for_the_password_is_accessible(browser: Browser) -> None:
    page = browser.new_page()
    kinds = {".html": "text/html", ".css": "text/css", ".svg": "image/svg+xml"}

    def answer(route: Route) -> None:
        name = PurePosixPath(route.request.url).name
        route.fulfill(body=static_file(name), content_type=kinds[PurePosixPath(name).suffix])

    page.route("**/*", answer)
    page.goto("http://127.0.0.1/password.html")
    assert wrong(page) == []
    page.close()
