"""Plots show every pair and line where it is; the page needs nothing else and names nobody."""

from __future__ import annotations

import io
import re
from datetime import datetime, timezone
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from EchoMeasureLib.agreement.agreement_page import agreement_page
from EchoMeasureLib.agreement.agreement_plots import (
    BAND_COLOUR,
    COLOURS,
    LIMIT_COLOUR,
    MOST_GROUPS,
    bland_altman_plot,
    scatter_plot,
)
from EchoMeasureLib.agreement.comparing import Comparison, allowed_difference, compared
from EchoMeasureLib.agreement.pairing import paired
from EchoMeasureLib.agreement.quantities import Level, Quantity, quantity
from EchoMeasureLib.agreement.readings import Place, Reading, Readings

NAMES = ("Reader 1", "Reader 2")


def of(
    pairs: list[tuple[float, float]],
    id: str = "lvidd",
    unit: str = "cm",
    groups: list[str] | None = None,
) -> Comparison:
    """Two sets of one value, a study per pair."""
    sides = []
    for side in (0, 1):
        readings = [
            Reading(
                id, pair[side], unit, Place(f"1.2.3.{n}"),
                groups={"site": groups[n]} if groups else {},
            )
            for n, pair in enumerate(pairs)
        ]  # fmt: skip
        sides.append(Readings("reviews and measurements", tuple(readings)))
    found = paired(*sides, Level.STUDY, "site" if groups else None)
    return compared(found, NAMES, ("reviews", "reviews"), "site" if groups else "")


PAIRS = [(4.0, 4.1), (4.5, 4.4), (5.0, 5.3), (5.5, 5.4), (4.2, 4.5)]


def pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def amount(data: bytes, colour: str) -> int:
    """How many pixels are of a colour."""
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    return int((np.abs(pixels(data) - wanted).max(axis=2) <= 12).sum())


@pytest.mark.parametrize("plot", [bland_altman_plot, scatter_plot])
def test_the_band_is_drawn_where_one_is_published(plot) -> None:
    """LVIDd has one, the pulmonary artery has none."""
    with_band = plot(of(PAIRS).findings[0], NAMES)
    without = plot(of(PAIRS, "pa").findings[0], NAMES)
    assert amount(with_band, BAND_COLOUR) > 50_000
    assert amount(without, BAND_COLOUR) < 500


def test_limits_are_drawn_where_there_are_any() -> None:
    assert amount(bland_altman_plot(of(PAIRS).findings[0], NAMES), LIMIT_COLOUR) > 1000
    one = bland_altman_plot(of(PAIRS[:1]).findings[0], NAMES)
    # The bias of a single pair is there, and nothing about it.
    assert (
        0
        < amount(one, LIMIT_COLOUR)
        < amount(bland_altman_plot(of(PAIRS).findings[0], NAMES), LIMIT_COLOUR)
    )


def test_groups_have_colours_of_their_own_until_there_are_too_many() -> None:
    two = bland_altman_plot(of(PAIRS, groups=["x", "x", "y", "y", "y"]).findings[0], NAMES)
    assert amount(two, COLOURS[0]) > 100
    assert amount(two, COLOURS[1]) > 100
    many = [(4 + n / 10, 4.1 + n / 10 + n % 2 / 10) for n in range(MOST_GROUPS + 1)]
    alike = of(many, groups=[str(n) for n in range(len(many))]).findings[0]
    assert amount(bland_altman_plot(alike, NAMES), COLOURS[1]) < 20


@pytest.mark.parametrize(
    "pairs",
    [
        [(4.0, 4.0)],
        [(0.0, 0.0), (0.0, 0.0)],
        [(4.0, 4.0), (4.0, 4.0), (4.0, 4.0)],
        [(1e-6, 2e-6), (3e-6, 1e-6)],
        [(1e8, 2e8), (3e8, 1e8), (2e8, 2e8)],
    ],
)
def test_odd_numbers_make_plots_too(pairs: list[tuple[float, float]]) -> None:
    finding = of(pairs, "fs", "%").findings[0]
    for plot in (bland_altman_plot, scatter_plot):
        assert pixels(plot(finding, NAMES)).std() > 5


@pytest.mark.parametrize("name", ["$x_1^{$", "_hidden", "日本", "x" * 300, "a\nb"])
def test_any_word_can_stand_beside_a_plot(name: str) -> None:
    finding = of(PAIRS, groups=[name, "x", "y", "y", "y"]).findings[0]
    picture = pixels(bland_altman_plot(finding, ("$\\frac{", "B")))
    assert picture.shape == (750, 1050, 3)


def test_the_band_is_that_of_two_readings() -> None:
    """E differs by 8 %: 1.96 * sqrt(2) * 0.886 * 8 % of 80 cm/s; the aortic root by SD 0.21 cm."""
    flow, root = quantity("e", Level.STUDY), quantity("aortic_root", Level.STUDY)
    assert isinstance(flow, Quantity)
    assert isinstance(root, Quantity)
    assert allowed_difference(flow, 80) == pytest.approx(1.96 * 2**0.5 * 0.8862 * 6.4, rel=1e-3)
    assert (
        allowed_difference(root, 3) == allowed_difference(root, 4) == pytest.approx(0.582, abs=1e-3)
    )


class _Page(HTMLParser):
    """What a page loads, and the text of its cells."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href", "srcset")]

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def page_of(comparison: Comparison, with_plots: bool = True) -> _Page:
    plots = {
        finding.quantity.id: (bland_altman_plot(finding, NAMES), scatter_plot(finding, NAMES))
        for finding in comparison.findings
        if with_plots and not finding.group
    }
    made = datetime(2026, 1, 2, 3, 4, tzinfo=timezone.utc)
    return _Page(agreement_page(comparison, plots, made))


def test_the_page_holds_everything_it_shows() -> None:
    page = page_of(of(PAIRS))
    assert len(page.loads) == 2
    assert all(source.startswith("data:image/png;base64,") for source in page.loads)
    assert "script" not in page.tags
    # 0.1, -0.1, 0.3, -0.1, 0.3: mean 0.1, SD 0.2.
    row = page.words.index("LVIDd, cm")
    shown = [word for word in page.words[row:] if re.fullmatch(r"-?\d+(\.\d+)?", word)]
    assert shown[:5] == ["5", "5", "0.10", "0.20", "-0.29"]
    assert "Research use only. Not a medical device; not for diagnosis or treatment." in page.words


def test_words_from_a_table_are_no_markup() -> None:
    page = page_of(of(PAIRS, groups=["<script>alert(1)</script>", *"xyzx"]), with_plots=False)
    assert "script" not in page.tags
    assert "<script>alert(1)</script>" in page.words


def test_a_page_of_nothing_says_so() -> None:
    page = page_of(compared(paired(Readings("a", ()), Readings("b", ()), Level.STUDY), NAMES))
    assert "No value could be compared." in page.words
