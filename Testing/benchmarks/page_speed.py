"""`make bench`: what the page in a browser does in a second, and how long a drag takes to be seen.

A phantom cine of 60 frames at the commonest screen, served by the command, in Chromium without a
window at 1280 x 800. Frames are counted as the page shows them; a latency is the time from a
move of the mouse to the first picture that was drawn after it. Medians of the rounds are printed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from served_review import ServedReview, on_picture

from EchoMeasureLib.exporting.report.printing import find_browser
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.phantoms.generate import generate, write

COUNT = """seconds => new Promise(done => {
  const stage = document.getElementById("stage"), start = performance.now();
  let shown = 0, last = stage.dataset.frame;
  const look = () => {
    if (stage.dataset.frame !== last) { shown += 1; last = stage.dataset.frame; }
    const gone = (performance.now() - start) / 1000;
    if (gone < seconds) requestAnimationFrame(look);
    else done(shown / gone);
  };
  look();
})"""
"""Changes of frame on display in a second."""

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


def processor_s(process: int) -> float:
    """Seconds of processor of a process and all that it started; Linux only."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return own + sum(
        processor_s(int(c))
        for task in tasks
        for c in task.read_text().split()
        if Path(f"/proc/{c}").exists()
    )


def cine_rate(file: Path) -> float:
    """Frames a second of the file."""
    times = read(file).times
    assert times is not None
    return (len(times) - 1) / (times[-1] - times[0])


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
        page.locator("#hand-line").wait_for(state="visible")
        for point in ((500, 300), (500, 400)):
            page.mouse.move(*at(page, *point))
            page.mouse.down()
            page.mouse.up()
        page.locator("#hand-line").wait_for(state="hidden")
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
        before = processor_s(served.process.pid), processor_s(os.getpid())
        rates = [page.evaluate(COUNT, 2.0) for _ in range(args.rounds)]
        shown = 2.0 * sum(rates)
        desk, browser_s = (
            processor_s(served.process.pid) - before[0],
            processor_s(os.getpid()) - before[1],
        )
        print(
            f"Playing {cine_rate(file):.0f} frames/s: {statistics.median(rates):.0f} on display; "
            f"of processor a frame {1000 * desk / shown:.1f} ms the desk, "
            f"{1000 * browser_s / shown:.1f} ms the browser"
        )
        browser.close()
        served.stop()


if __name__ == "__main__":
    start = time.monotonic()
    main()
