"""A phantom study served by the command, and a browser that looks at it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from served_review import ServedReview, on_picture
from waiting import wait_until

from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.exporting.report.printing import find_browser
from EchoMeasureLib.phantoms.generate import generate, write

IMAGE = (1024, 768)
"""Columns and rows of the phantom."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    try:
        program = find_browser()
    except EchoMeasureError as error:
        pytest.skip(f"{error} Tests of the page need one: apt-get install chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def plax(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six frames of a parasternal long axis, 1024 x 768 pixels."""
    path, _ = write(generate("plax", "768x1024", 11, 6), tmp_path_factory.mktemp("plax"))
    return path


PATIENCE_MS = 90_000
"""Far beyond what any machine needs."""


class PageUser:
    """A page as a person has it: what is clicked lies where the image says."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address)
        self.seen()

    def seen(self) -> None:
        """Wait for the first picture that fits its place."""
        expect(self.page.locator("#frame-words")).to_contain_text("frame")
        expect(self.page.locator("#stage")).to_have_attribute("data-picture", re.compile("."))

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a source pixel is on the page."""
        box = self.page.locator("#stage").bounding_box()
        assert box is not None
        dx, dy = on_picture((x, y), IMAGE, (box["width"], box["height"]))
        return box["x"] + dx, box["y"] + dy

    def place(self, measurement: str, *points: tuple[float, float]) -> None:
        """Place a caliper by clicks."""
        page = self.page
        page.locator("#place-what").select_option(measurement)
        page.locator("#place").click()
        expect(page.locator("#hand-line")).to_be_visible()
        for point in points:
            page.mouse.move(*self.at(*point))
            page.mouse.down()
            page.mouse.up()
        expect(page.locator("#hand-line")).to_be_hidden()

    def hold(self, point: tuple[float, float], *way: tuple[float, float]) -> None:
        """Take hold of a point and go this way, without letting go."""
        self.page.mouse.move(*self.at(*point))
        self.page.mouse.down()
        for place in way:
            self.page.mouse.move(*self.at(*place))

    def measures(self, cm: float) -> None:
        """Wait until the label in the picture says so, to two pixels of the screen."""

        def close() -> bool:
            number = re.search(r"([\d.]+) cm", self.page.locator("#drawn").text_content() or "")
            return number is not None and abs(float(number.group(1)) - cm) < 0.08

        wait_until(close, f"{cm} cm", lambda s: self.page.wait_for_timeout(1000 * s))

    def reads(self, label: str) -> None:
        """Wait until a label in the picture reads so (a regular expression)."""
        expect(self.page.locator("#drawn")).to_have_text(re.compile(label))


@pytest.fixture(scope="module")
def visit(browser: Browser) -> Iterator[Callable[[str], PageUser]]:
    """Opens an address in a browser that knows nothing of the others."""
    expect.set_options(timeout=PATIENCE_MS)
    contexts: list[BrowserContext] = []

    def opened(address: str) -> PageUser:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 800}))
        return PageUser(contexts[-1].new_page(), address)

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def served(plax: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedReview]:
    """One server for the tests of a file; the person has signed before."""
    data = tmp_path_factory.mktemp("data")
    (data / "browser.json").write_text(json.dumps({"reviewer": "AB", "lengths": "cm"}))
    review = ServedReview(data, str(plax))
    yield review
    review.stop()
