"""A page of HTML as PDF, by a browser of the Chromium family that is on the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from EchoMeasureLib.errors import EchoMeasureError, OutputProblem
from EchoMeasureLib.progress import Monitor, Progress, silent

BROWSER_VARIABLE = "ECHOMEASURE_BROWSER"
"""Names the browser's program where it is in no usual place."""

_NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    *("microsoft-edge", "msedge", "brave-browser"),
)

_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)

PATIENCE_S = 120
"""A page is printed in seconds."""

POLL_S = 0.05
"""Between two looks at whether it is, or somebody cancels."""


def pdf_of(page: str, monitor: Monitor = silent) -> bytes:
    """The page as PDF, on the paper that its style asks for.

    The browser has a profile of its own that goes again, and no network. Raises
    `EchoMeasureError` where there is none, and `OutputProblem` where it fails. The browser is ended
    when the monitor cancels.
    """
    browser = find_browser()
    with tempfile.TemporaryDirectory(prefix="echomeasure-") as name:
        folder = Path(name)
        source, target = folder / "page.html", folder / "page.pdf"
        source.write_text(page, encoding="utf-8")
        words = [
            *(browser, "--headless", "--disable-gpu", "--disable-extensions", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update"),
            *("--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder / 'profile'}"),
            *("--no-pdf-header-footer", f"--print-to-pdf={target}", source.as_uri()),
        ]
        if sys.platform != "win32" and os.geteuid() == 0:
            # As root Chromium starts without its sandbox or not at all.
            words.insert(1, "--no-sandbox")
        try:
            _run(words, monitor)
            return target.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise OutputProblem(
                f"{browser} did not print the page ({type(error).__name__}).",
                f"Open the HTML in a browser and print it there, or name another browser in "
                f"{BROWSER_VARIABLE}.",
            ) from error


def _run(words: Sequence[str], monitor: Monitor) -> None:
    """As `subprocess.run` with `check`, asking the monitor meanwhile."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(words, stdin=quiet, stdout=quiet, stderr=quiet) as browser:
        deadline = time.monotonic() + PATIENCE_S
        try:
            while True:
                monitor(Progress(0, 0, "printing"))
                try:
                    code = browser.wait(POLL_S)
                except subprocess.TimeoutExpired:
                    if time.monotonic() > deadline:
                        raise
                else:
                    break
        except BaseException:
            browser.kill()
            raise
    if code:
        raise subprocess.CalledProcessError(code, words)


def find_browser() -> str:
    """The browser's program. Raises `EchoMeasureError` where there is none."""
    named = os.environ.get(BROWSER_VARIABLE, "")
    for name in (named,) if named else (*_NAMES, *_PLACES):
        found = shutil.which(name)
        if found is not None:
            return found
    what = f"The browser {named}, which {BROWSER_VARIABLE} names," if named else "A browser"
    raise EchoMeasureError(
        f"{what} was not found: a PDF is printed by Chromium, Chrome or Edge.",
        f"Install one, or name its program in {BROWSER_VARIABLE}; or open the HTML in any browser "
        "and print it there.",
    )
