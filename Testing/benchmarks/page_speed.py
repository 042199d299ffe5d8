"""`make bench`: what the page in a browser does in a second, and how long a drag takes to be seen.

A phantom cine of 60 frames at the commonest screen, served by the command, in Chromium without a
window at 1280 x 800. Pictures are counted as the page shows them; a latency is the time from a
move of the mouse to the first picture that was drawn after it. Medians of the rounds are printed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from served_review import ServedReview, on_picture

from EchoMeasureLib.exporting.report.printing import find_browser
from EchoMeasureLib.phantoms.generate import generate, write

COUNT = """seconds => new Promise(done => {
  const stage = document.getElementById("stage"), first = Number(stage.dataset.picture);
  const frames = new Set(), start = performance.now();
  let shown = 0, last = stage.dataset.frame;
  const look = () => {
    if (stage.dataset.frame !== last) { shown += 1; last = stage.dataset.frame; }
    frames.add(last);
    const gone = (performance.now() - start) / 1000;
    if (gone < seconds) requestAnimationFrame(look);
    else done([(Number(stage.dataset.picture) - first) / gone, shown / gone, frames.size]);
  };
  look();
})"""
"""Pictures and changes of frame in a second."""

MOVE = """([x, y]) => new Promise(done => {
  const stage = document.getElementById("stage"), start = performance.now();
  stage.dispatchEvent(new PointerEvent("pointermove", {clientX: x, clientY: y, bubbles: true}));
  const look = () => {
    const sent = Number(stage.dataset.sent || 0);
    if (performance.now() - start > 5000) done(null);
    else if (stage.dataset.measured !== String(sent) && Number(stage.dataset.dealtWith) >= sent
        && performance.now() - start > 1) {
      stage.dataset.measured = sent;
      done(performance.now() - start);
    } else setTimeout(look, 1);
  };
  requestAnimationFrame(() => setTimeout(look, 0));
})"""
"""Milliseconds from a move to the first picture after it."""


def opened(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_function("document.getElementById('stage').dataset.picture > 0")


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a source pixel is on the page."""
    box = page.locator("#stage").bounding_box()
    assert box is not None
    dx, dy = on_picture((x, y), (1024, 768), (box["width"], box["height"]))
    return box["x"] + dx, box["y"] + dy


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--frames", type=int, default=60)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        folder = Path(name)
        file, _ = write(generate("plax", "768x1024", 11, args.frames), folder)
        served = ServedReview(folder / "data", str(file))
        (folder / "data").mkdir(exist_ok=True)
        browser = driver.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800}, bypass_csp=True)
        opened(page, served.address)
        size = page.evaluate(
            "[document.getElementById('picture').naturalWidth, "
            "document.getElementById('picture').naturalHeight]"
        )
        print(f"The picture of the page: {size[0]} x {size[1]} pixels")
        page.locator("#place-what").select_option("lvid")
        page.locator("#place").click()
        page.locator("#ask-text").fill("AB")
        page.keyboard.press("Enter")
        page.locator("#place-line").wait_for(state="visible")
        for point in ((500, 300), (500, 400)):
            page.mouse.move(*at(page, *point))
            page.mouse.down()
            page.mouse.up()
        page.locator("#place-line").wait_for(state="hidden")
        page.mouse.move(*at(page, 500, 400))
        page.mouse.down()
        times = []
        for number in range(10 * args.rounds):
            took = page.evaluate(MOVE, list(at(page, 500 + 3 * (number % 10), 400 + number % 7)))
            if took is not None:
                times.append(took)
        page.mouse.up()
        print(
            f"From a move in a drag to its picture: median {statistics.median(times):.0f} ms, "
            f"nine of ten within {statistics.quantiles(times, n=10)[-1]:.0f} ms"
        )
        page.locator("#play").click()
        rates = [page.evaluate(COUNT, 2.0) for _ in range(args.rounds)]
        print(
            f"Playing: {statistics.median(r[0] for r in rates):.0f} pictures/s, "
            f"{statistics.median(r[1] for r in rates):.0f} changes of frame/s"
        )
        browser.close()
        served.stop()


if __name__ == "__main__":
    start = time.monotonic()
    main()
