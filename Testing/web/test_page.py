"""The review in a browser, as a person has it: by mouse and by key."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from served_review import ServedReview
from waiting import wait_until

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.imaging.reading import read

if TYPE_CHECKING:
    from .conftest import PageUser


@pytest.fixture(scope="module")
def user(visit: Callable[[str], PageUser], served: ServedReview) -> PageUser:
    """At the page, with one caliper of a hundred pixels placed."""
    user = visit(served.address)
    user.place("lvid", (500, 300), (500, 400))
    user.page.locator("#calipers-section > summary").click()
    return user


def test_arrow_keys_slider_and_wheel_go_through_the_frames(user: PageUser) -> None:
    page = user.page
    page.locator("#stage").click(position={"x": 5, "y": 5})
    page.keyboard.press("ArrowRight")
    expect(page.locator("#frame-words")).to_contain_text("frame 2 of 6")
    expect(page.locator("#stage")).to_have_attribute("data-frame", "1")
    page.locator("#slider").fill("4")
    expect(page.locator("#frame-words")).to_contain_text("frame 5 of 6")
    page.mouse.move(*user.at(500, 400))
    page.mouse.wheel(0, -120)
    expect(page.locator("#frame-words")).to_contain_text("frame 4 of 6")
    page.locator("#slider").fill("0")
    expect(page.locator("#stage")).to_have_attribute("data-frame", "0")


def test_it_plays_and_stops(user: PageUser) -> None:
    page = user.page
    page.locator("#play").click()
    expect(page.locator("#play")).to_have_text("Pause")
    expect(page.locator("#stage")).to_have_attribute("data-frame", "3")
    page.locator("#play").click()
    expect(page.locator("#play")).to_have_text("Play")
    page.locator("#slider").fill("0")
    expect(page.locator("#stage")).to_have_attribute("data-frame", "0")


def test_a_caliper_says_what_it_measures_and_a_drag_of_its_end_is_one_step(
    user: PageUser, plax: Path
) -> None:
    """What is read while dragging, after it and after undo: pixels times the file's scale."""
    page = user.page
    scale = abs(next(region for region in read(plax).regions if region.usable).delta[1])
    user.measures(100 * scale)
    placed = page.locator("#drawn").text_content()
    user.hold((500, 400), (500, 410), (500, 420))
    # Before it is let go the label says what it would be.
    user.measures(120 * scale)
    page.mouse.up()
    expect(page.locator("#decide button[data-do=undo]")).to_have_attribute("aria-disabled", "false")
    expect(page.locator("#calipers tbody tr")).to_have_count(1)
    page.keyboard.press("u")
    expect(page.locator("#drawn")).to_have_text(str(placed))
    expect(page.locator("#calipers tbody tr")).to_have_count(1)


class Fingers:
    """On the glass of a tablet, in CSS pixels of the page."""

    def __init__(self, user: PageUser) -> None:
        self._link = user.page.context.new_cdp_session(user.page)

    def go(self, *ways: tuple[tuple[float, float], tuple[float, float]]) -> None:
        """Each finger from its first place to its second, all at once."""
        self._touch("touchStart", [start for start, _ in ways])
        for share in (0.25, 0.5, 0.75, 1.0):
            between = [(a + share * (c - a), b + share * (d - b)) for (a, b), (c, d) in ways]
            self._touch("touchMove", between)
        self._touch("touchEnd", [])

    def _touch(self, kind: str, places: list[tuple[float, float]]) -> None:
        points = [{"x": x, "y": y, "id": id} for id, (x, y) in enumerate(places)]
        self._link.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_fingers_take_hold_of_an_end_and_make_the_picture_larger(
    user: PageUser, plax: Path
) -> None:
    """A finger need not hit it; with the picture twice as large it goes twice as far."""
    page, fingers = user.page, Fingers(user)
    scale = abs(next(region for region in read(plax).regions if region.usable).delta[1])
    (x, y), (_, below) = user.at(500, 400), user.at(500, 420)
    fingers.go(((x + 14, y + 9), (x + 14, below + 9)))
    user.measures(120 * scale)
    page.keyboard.press("u")
    user.measures(100 * scale)
    fingers.go(((x - 60, y), (x - 120, y)), ((x + 60, y), (x + 120, y)))
    fingers.go(((x + 14, y), (x + 14, y + 2 * (below - y))))
    user.measures(120 * scale)
    page.keyboard.press("u")
    user.measures(100 * scale)
    # Elsewhere a finger moves the picture, and nothing else.
    stage = page.locator("#stage")
    before, width = (
        float(stage.get_attribute("data-left") or 0),
        stage.evaluate("s => s.clientWidth"),
    )
    fingers.go(((x - 200, y), (x - 150, y)))

    def moved() -> bool:
        now = float(stage.get_attribute("data-left") or 0)
        return abs(now - before - 50 / width) < 0.002

    wait_until(moved, "a picture that was moved", lambda s: page.wait_for_timeout(1000 * s))
    page.locator("button[data-do=fit]").click()


def test_the_number_is_that_of_the_command_line(
    user: PageUser, plax: Path, served: ServedReview, capsys: pytest.CaptureFixture[str]
) -> None:
    """`echomeasure value` with the points that were saved says what the picture says."""

    def command_line() -> str:
        """What it says of the points that are saved now."""
        for path in (served.data / "reviews").glob("*.json"):
            (layer,) = json.loads(path.read_text("utf-8"))["layers"]
            points = [f"{p['x']!r},{p['y']!r}" for p in layer["entries"][0]["caliper"]["points"]]
            assert main(["value", str(plax), "-m", "lvid", "--points", *points]) == 0
            found = re.search(r"[\d.]+ cm", capsys.readouterr().out)
            return found.group(0) if found is not None else ""
        return ""

    def same() -> bool:
        said = command_line()
        return bool(said) and said in (user.page.locator("#drawn").text_content() or "")

    # The review saves itself a moment after the last change.
    wait_until(same, "the same number", lambda s: user.page.wait_for_timeout(20_000 * s))


def test_keys_mark_a_frame_and_accept_the_answer_that_then_has_a_number(user: PageUser) -> None:
    """D says that the frame is end-diastole, A agrees, U takes back one after the other."""
    page = user.page
    row = page.locator("#calipers tbody tr")
    row.click()
    page.locator("#stage").click(position={"x": 5, "y": 5})
    page.keyboard.press("d")
    answer = page.locator("#answers tbody tr", has_text="LVIDd")
    expect(answer).to_contain_text("cm")
    answer.click()
    page.locator("#stage").click(position={"x": 5, "y": 5})
    page.keyboard.press("a")
    expect(row).to_contain_text("accepted")
    page.keyboard.press("u")
    expect(row).not_to_contain_text("accepted")
    page.keyboard.press("u")


def test_a_letter_in_a_line_of_text_is_text(user: PageUser) -> None:
    page = user.page
    page.locator("#calipers tbody tr").first.click()
    page.locator("#note").fill("")
    page.locator("#note").press_sequentially("raaun")
    expect(page.locator("#calipers tbody tr")).to_have_count(1)
    page.locator("#note").press("Enter")
    expect(page.locator("#note")).to_have_value("raaun")
    page.locator("#stage").click(position={"x": 5, "y": 5})


def test_a_table_is_written_and_saved_by_the_browser(user: PageUser, tmp_path: Path) -> None:
    page = user.page
    page.locator("#exports-section > summary").click()
    page.locator("#export-what").select_option("table")
    expect(page.locator("#export-says")).to_contain_text("names no patient")
    page.locator("#export").click()
    expect(page.locator("#export-said")).to_contain_text("rows")
    with page.expect_download() as waiting:
        page.locator("#export-link").click()
    waiting.value.save_as(tmp_path / "table.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "table.csv").read_text("utf-8"))))
    assert any("lvid" in value for row in rows for value in row.values())
    assert re.fullmatch(r"[\w.-]+\.csv", waiting.value.suggested_filename)
