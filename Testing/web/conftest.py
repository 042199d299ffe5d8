"""A phantom study served by the command, and a browser that looks at it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from served_review import ServedReview

from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.exporting.report.printing import find_browser
from EchoMeasureLib.phantoms.generate import generate, write


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


@pytest.fixture(scope="module")
def served(plax: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedReview]:
    """One server for the tests of a file; the person has signed before."""
    data = tmp_path_factory.mktemp("data")
    (data / "browser.json").write_text(json.dumps({"reviewer": "AB", "lengths": "cm"}))
    review = ServedReview(data, str(plax))
    yield review
    review.stop()
