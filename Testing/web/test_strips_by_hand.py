"""Peaks that snap to their wave, and a wave that is traced, in the page by mouse and key."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from inflow_strip import BEATS, HALF, ZERO, write_inflow
from playwright.sync_api import expect
from served_review import ServedReview
from waiting import wait_until

if TYPE_CHECKING:
    from .conftest import PageUser


@pytest.fixture(scope="module")
def user(
    visit: Callable[[str], PageUser], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PageUser]:
    """At the page with a strip of mitral inflow; the person has signed before."""
    data = tmp_path_factory.mktemp("data")
    (data / "browser.json").write_text(json.dumps({"reviewer": "AB", "lengths": "cm"}))
    review = ServedReview(data, str(write_inflow(tmp_path_factory.mktemp("strip"))))
    yield visit(review.address)
    review.stop()


def reads(user: PageUser, name: str, number: float, within: float) -> None:
    """Wait until the label in the picture says so."""

    def close() -> bool:
        drawn = user.page.locator("#drawn").text_content() or ""
        found = re.search(rf"{name} ([\d.]+)", drawn)
        return found is not None and abs(float(found.group(1)) - number) <= within

    wait_until(close, f"{name} {number}", lambda s: user.page.wait_for_timeout(1000 * s))


def press(user: PageUser, *keys: str) -> None:
    for key in keys:
        user.page.keyboard.press(key)


def test_a_pair_that_was_clicked_low_snaps_with_one_key_and_goes_back(user: PageUser) -> None:
    """The key may follow the last click at once."""
    page, (e, a) = user.page, BEATS[2]
    user.place("mvpeak", (e[0] + 5, e[1] + 30), (a[0] - 4, a[1] + 20))
    press(user, "w")
    reads(user, "MV E", 100, 5)
    reads(user, "MV A", 44, 2.2)
    press(user, "w")
    reads(user, "MV E", 85, 1)
    reads(user, "MV A", 34, 1)
    press(user, "u")
    reads(user, "MV E", 100, 5)
    press(user, "w")
    reads(user, "MV E", 85, 1)
    expect(page.locator("#snap")).to_be_visible()
    page.locator("#snap").click()
    reads(user, "MV E", 100, 5)


def test_an_accepted_pair_stays_and_what_was_said_goes_with_the_next_step(user: PageUser) -> None:
    page = user.page
    press(user, "a", "w")
    expect(page.locator("#said")).to_contain_text("It is accepted, so its points stay")
    press(user, "u")
    expect(page.locator("#said")).to_be_hidden()
    expect(page.locator("#snap")).to_have_attribute("aria-disabled", "false")


WHOLE = 90 * 2 * HALF * 0.0035 / 2
"""A triangle of 90 cm/s over 90 columns of 3.5 ms, in cm."""

LOWER = WHOLE - 20 * HALF * 0.0035 / 2
"""With its tip forty rows, or 20 cm/s, lower."""


def test_a_wave_is_traced_and_tells_its_area_while_a_point_is_dragged(user: PageUser) -> None:
    page, (x, top) = user.page, BEATS[1][0]
    middle = (ZERO + top) / 2
    edge = [(x - HALF, ZERO), (x - HALF / 2, middle), (x, top), (x + HALF / 2, middle)]
    page.locator("#place-what").select_option("mvvti")
    page.locator("#place").click()
    expect(page.locator("#end-tracing")).to_be_visible()
    for point in (*edge, (x + HALF, ZERO)):
        user.hold(point)
        page.mouse.up()
    expect(page.locator("#hand-words")).to_contain_text("point 6")
    press(user, "Shift+Enter")
    expect(page.locator("#hand-line")).to_be_hidden()
    reads(user, "MV VTI", WHOLE, 0.3)
    user.hold((x, top), (x, top + 20), (x, top + 40))
    reads(user, "MV VTI", LOWER, 0.4)
    page.mouse.up()
    press(user, "u")
    reads(user, "MV VTI", WHOLE, 0.3)


def test_its_points_are_moved_by_keys_and_the_line_is_seen_as_it_would_be(user: PageUser) -> None:
    """Dashed, from point to point and back along the baseline."""
    page = user.page
    press(user, "m")
    expect(page.locator("#hand-words")).to_contain_text("point 1 of 5")
    press(user, "Tab", "Tab")
    expect(page.locator("#hand-words")).to_contain_text("point 3 of 5")
    expect(page.locator("#hand-keys")).to_contain_text("Tab: the next point")
    expect(page.locator("#hand line[stroke-dasharray]")).to_have_count(5)
    press(user, *["Shift+ArrowDown"] * 4)
    words = page.locator("#hand-words")
    expect(words).to_have_text(re.compile(r"MV VTI 12\.[2-9] cm"))
    press(user, "Enter")
    reads(user, "MV VTI", LOWER, 0.4)
    press(user, "u")
    reads(user, "MV VTI", WHOLE, 0.3)


def test_a_double_click_adds_a_point_to_its_edge_and_a_key_takes_it_away(user: PageUser) -> None:
    """On the line the integral stays; 20 cm/s higher it is more by a triangle of 22.5 columns."""
    page, (x, top) = user.page, BEATS[1][0]
    new = x - HALF / 4, (ZERO + 3 * top) / 4
    page.mouse.dblclick(*user.at(*new))
    press(user, "m")
    expect(page.locator("#hand-words")).to_contain_text("point 1 of 6")
    press(user, "Escape")
    user.hold(new, (new[0], new[1] - 20), (new[0], new[1] - 40))
    reads(user, "MV VTI", WHOLE + 20 * HALF / 2 * 0.0035 / 2, 0.2)
    page.mouse.up()
    press(user, "u")
    reads(user, "MV VTI", WHOLE, 0.1)
    page.mouse.move(*user.at(*new))
    press(user, "Delete", "m")
    expect(page.locator("#hand-words")).to_contain_text("point 1 of 5")
    press(user, "Escape", "u", "m")
    expect(page.locator("#hand-words")).to_contain_text("point 1 of 6")
    press(user, "Escape", "u")
    page.mouse.move(*user.at(x, ZERO - 10))
    press(user, "Delete")
    expect(page.locator("#said")).to_contain_text("Put the mouse on a point of a traced wave")


def test_a_double_click_on_a_point_takes_hold_of_it_for_the_keys(user: PageUser) -> None:
    """A point more or less, and what was moved, are one step of undo, or none."""
    page, (x, top) = user.page, BEATS[1][0]
    words = page.locator("#hand-words")
    page.mouse.dblclick(*user.at(x, top))
    expect(words).to_contain_text("point 3 of 5")
    expect(page.locator("#hand-keys")).to_contain_text("Insert adds a point")
    press(user, "Insert")
    expect(words).to_contain_text("point 4 of 6")
    expect(page.locator("#hand line[stroke-dasharray]")).to_have_count(6)
    press(user, "Delete", "Shift+Tab", "Delete", "Delete", "Delete")
    expect(page.locator("#said")).to_contain_text("A traced wave keeps 3 points")
    expect(words).to_contain_text("of 3")
    press(user, "Escape")
    reads(user, "MV VTI", WHOLE, 0.1)


def test_a_point_stays_between_its_neighbours_in_time(user: PageUser) -> None:
    """The peak 20 cm/s lower over the next point: 11.25 columns of 90, 45 of 57.5 cm/s."""
    page, (x, top) = user.page, BEATS[1][0]
    area = (HALF / 4 * 90 + HALF * (45 + 70) / 2) * 0.0035
    user.hold((x, top), (x + HALF / 2, top + 20), (x + HALF, top + 40))
    reads(user, "MV VTI", area, 0.3)
    page.mouse.up()
    reads(user, "MV VTI", area, 0.3)
    press(user, "u", "m")
    expect(page.locator("#hand-words")).to_contain_text("point 1 of 5")
    press(user, "Tab", *["Shift+ArrowRight"] * 4)
    expect(page.locator("#hand-words")).to_have_text(re.compile(r"MV VTI \d+\.\d cm.*point 2"))
    press(user, "Escape")
    reads(user, "MV VTI", WHOLE, 0.1)


def test_it_is_accepted_stays_and_is_rejected(user: PageUser) -> None:
    page, (x, top) = user.page, BEATS[1][0]
    row = page.locator("#answers tbody tr", has_text="MV VTI")
    press(user, "w")
    expect(page.locator("#said")).to_contain_text("Only the peaks of a Doppler strip snap")
    press(user, "a")
    expect(row).to_contain_text("accepted")
    user.hold((x, top), (x, top + 40))
    page.mouse.up()
    expect(row).to_contain_text("accepted")
    reads(user, "MV VTI", WHOLE, 0.3)
    press(user, "u", "r")
    expect(row).to_contain_text("rejected")
    expect(page.locator("#drawn")).not_to_contain_text("MV VTI")


def test_a_wave_that_was_traced_back_in_time_says_where_and_what_to_do(user: PageUser) -> None:
    page, (x, top) = user.page, BEATS[2][0]
    page.locator("#place-what").select_option("mvvti")
    page.locator("#place").click()
    expect(page.locator("#end-tracing")).to_be_visible()
    for point in ((x - HALF, ZERO), (x, top), (x - 20, top + 60), (x + HALF, ZERO)):
        user.hold(point)
        page.mouse.up()
    press(user, "Shift+Enter")
    where = "back in time between its points 2 and 3: move one of them, or delete it"
    expect(page.locator("#why")).to_contain_text(where)
    page.mouse.dblclick(*user.at(x - 20, top + 60))
    expect(page.locator("#hand-words")).to_contain_text(where)
    press(user, "Delete", "Enter")
    expect(page.locator("#why")).not_to_contain_text("back in time")
