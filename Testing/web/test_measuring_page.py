"""Networks measure in a process of their own while the page stays usable."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from served_review import ServedReview
from waiting import wait_until

if TYPE_CHECKING:
    from .conftest import PageUser


@pytest.fixture(scope="module")
def user(visit: Callable[[str], PageUser], served: ServedReview) -> PageUser:
    return visit(served.address)


def only(user: PageUser, measurement: str, frames: str) -> None:
    """Tick one measurement, on these frames."""
    page = user.page
    if not page.locator("#tick-none").is_visible():
        page.locator("#measure-section > summary").click()
    page.locator("#tick-none").click()
    expect(page.locator("#measurements input:checked")).to_have_count(0)
    page.locator(f"#measurements input[value={measurement}]").check()
    page.locator("#frames").select_option(frames)
    expect(page.locator("#measure")).to_have_text("Measure 1")


def test_the_frame_on_display_is_measured_and_what_is_flagged_is_not_accepted(
    user: PageUser,
) -> None:
    page = user.page
    only(user, "lvid", "current")
    page.locator("#measure").click()
    expect(page.locator("#cancel")).to_be_visible()
    user.reads(r"LVID\w? \d\.\d\d cm")
    expect(page.locator("#cancel")).to_be_hidden()
    page.locator("#calipers-section > summary").click()
    row = page.locator("#calipers tbody tr").first
    row.click()
    expect(row).to_have_attribute("aria-selected", "true")
    # Six frames are no beat, so the picture counts as poor, and the button says so.
    accept = page.locator("button[data-do=caliper_accept]")
    expect(accept).to_have_attribute("aria-disabled", "true")
    expect(accept).to_have_attribute("title", re.compile("poor image quality"))
    page.locator("button[data-do=caliper_reject]").click()
    expect(row).to_contain_text("rejected")
    page.locator("#stage").click(position={"x": 5, "y": 5})
    page.keyboard.press("u")
    expect(row).to_contain_text("unreviewed")


def test_cancelling_keeps_what_was_found(user: PageUser) -> None:
    page = user.page
    before = page.locator("#calipers tbody tr").count()
    only(user, "ivs", "all")
    # At once: a quick machine has it all before a hand could reach the button, and says so.
    page.evaluate("for (const id of ['measure', 'cancel']) document.getElementById(id).click()")
    expect(page.locator("#run-words")).to_contain_text(re.compile("Cancelled|Found"))
    expect(page.locator("#measure")).to_have_attribute("aria-disabled", "false")
    assert page.locator("#calipers tbody tr").count() >= before


@pytest.mark.slow
def test_a_worker_that_is_killed_is_told_and_the_next_one_measures(
    user: PageUser, served: ServedReview
) -> None:
    page = user.page
    only(user, "la", "all")
    # One that is there already stands still, so that it is not through before it is killed.
    for child in children_of(served.process.pid):
        os.kill(child, signal.SIGSTOP)
    page.locator("#measure").click()
    expect(page.locator("#cancel")).to_be_visible()
    wait_until(lambda: bool(children_of(served.process.pid)), "the measuring process")
    for child in children_of(served.process.pid):
        os.kill(child, signal.SIGKILL)
    expect(page.locator("#said")).to_contain_text("measuring process was ended")
    only(user, "la", "current")
    page.locator("#measure").click()
    expect(page.locator("#drawn")).to_contain_text("LA ")


def children_of(process: int) -> list[int]:
    """The processes that this one has started."""
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [int(word) for task in tasks for word in task.read_text().split()]


def test_the_serving_process_never_loads_torch(user: PageUser, served: ServedReview) -> None:
    """Together with the software renderer it ends a process."""
    maps = Path(f"/proc/{served.process.pid}/maps").read_text()
    assert "libtorch" not in maps
    assert "vtk" in maps
