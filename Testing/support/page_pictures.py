"""Pictures of the page and a short film of a review in it, for Docs/browser.md.

python Testing/support/page_pictures.py Docs/pictures

The film is what a person does: open, measure, go to what needs eyes, move a point, accept, undo,
play. Its pictures are taken one after another and shown at equal distances, so waiting is short.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright
from served_review import ServedReview, on_picture

from EchoMeasureLib.exporting.report.printing import find_browser
from EchoMeasureLib.phantoms.generate import generate, write

PATIENCE_MS = 300_000
FPS = 3
SIZES = {"laptop": (1280, 800), "tablet": (820, 1180)}


class Film:
    """What a page looks like, picture by picture."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.pictures: list[Image.Image] = []

    def take(self, times: int = 1) -> None:
        """One picture, held for so long."""
        shot = Image.open(io.BytesIO(self._page.screenshot(type="jpeg", quality=90)))
        self.pictures += [shot.convert("RGB")] * times

    def write(self, path: Path) -> None:
        """As MP4."""
        with av.open(str(path), "w") as out:
            stream: Any = out.add_stream("libx264", rate=Fraction(FPS))
            stream.width, stream.height = self.pictures[0].size
            stream.pix_fmt, stream.options = "yuv420p", {"crf": "26", "preset": "slow"}
            for picture in self.pictures:
                for packet in stream.encode(
                    av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")
                ):
                    out.mux(packet)
            for packet in stream.encode():
                out.mux(packet)


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a source pixel is on the page."""
    box = page.locator("#stage").bounding_box()
    assert box is not None
    dx, dy = on_picture((x, y), (1024, 768), (box["width"], box["height"]))
    return box["x"] + dx, box["y"] + dy


def filmed(page: Page) -> Film:
    """A review from the first picture to the report."""
    film = Film(page)
    film.take(3)
    page.locator("#measure-section > summary").click()
    page.locator("#tick-none").click()
    for id in ("ivs", "lvid", "lvpw", "aortic_root", "la"):
        page.locator(f"#measurements input[value={id}]").check()
    page.locator("#frames").select_option("range")
    page.locator("#step").fill("2")
    page.locator("#step").press("Tab")
    film.take(3)
    page.locator("#measure-section > summary").click()
    page.locator("#measure").click()
    page.locator("#ask-text").fill("AB")
    film.take(4)
    page.keyboard.press("Enter")
    while page.locator("#cancel").is_visible() or not page.locator("#answers").is_visible():
        film.take()
        page.wait_for_timeout(1500)
    film.take(6)
    for key in "nn":
        page.keyboard.press(key)
        page.wait_for_timeout(1000)
        film.take(5)
    answer = page.locator("#answers tbody tr", has_text="LVIDd")
    for key in "au":
        answer.click()
        page.wait_for_timeout(1000)
        film.take(4)
        page.keyboard.press(key)
        page.wait_for_timeout(1000)
        film.take(5)
    answer.click()
    page.wait_for_timeout(1000)
    moved_by_keys(page, film)
    page.locator("button[data-do=fit]").click()
    page.locator("#play").click()
    for _ in range(24):
        page.wait_for_timeout(100)
        film.take()
    page.locator("#play").click()
    page.locator("#exports-section > summary").click()
    page.locator("#exports-section").scroll_into_view_if_needed()
    page.locator("#export").click()
    page.locator("#export-link").wait_for(state="visible")
    page.locator("#export-link").scroll_into_view_if_needed()
    film.take(8)
    return film


def moved_by_keys(page: Page, film: Film) -> None:
    """An end of the selected caliper goes to another place and back; then the list of keys."""
    page.locator("#stage").focus()
    page.keyboard.press("m")
    page.locator("#keep-end").wait_for(state="visible")
    film.take(5)
    page.keyboard.press("Tab")
    for key in (*["ArrowDown"] * 4, "Shift+ArrowDown", "Shift+ArrowDown"):
        page.keyboard.press(key)
        page.wait_for_timeout(300)
        film.take(2)
    page.keyboard.press("Enter")
    page.wait_for_timeout(800)
    film.take(5)
    page.keyboard.press("u")
    page.wait_for_timeout(800)
    film.take(4)
    page.keyboard.press("?")
    page.wait_for_timeout(300)
    film.take(10)
    page.keyboard.press("Escape")


def pictures(browser: Browser, address: str, root: str, out: Path) -> None:
    """The page in every size and theme, and the film."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    expect(page.locator("#frame-words")).to_contain_text("frame", timeout=PATIENCE_MS)
    page.locator("#stage[data-picture]").wait_for()
    filmed(page).write(out / "browser.mp4")
    page.locator("#exports-section > summary").click()
    page.keyboard.press("n")
    for name, (width, height) in SIZES.items():
        for theme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=theme)
            page.evaluate("document.getElementById('desk').scrollTo(0, 0); scrollTo(0, 0)")
            page.wait_for_timeout(1500)
            shot = Image.open(io.BytesIO(page.screenshot()))
            shot.convert("RGB").save(out / f"browser-{name}-{theme}.jpg", quality=85, optimize=True)
    context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        folder = Path(name)
        file, _ = write(generate("plax", "768x1024", 7, 30), folder)
        served = ServedReview(folder / "data", str(file))
        browser = driver.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        pictures(browser, served.address, served.root, out)
        browser.close()
        served.stop()


if __name__ == "__main__":
    main()
