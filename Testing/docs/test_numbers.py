"""A number that a page gives is the one that the code works with."""

from __future__ import annotations

import re

import pytest
from pages import ROOT

from EchoMeasureLib.catalog import CATALOG, CATALOG_VERSION
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import NOTHING
from EchoMeasureLib.inference.quality_findings import CHECKS, Check
from EchoMeasureLib.inference.weight_store import COMPACT_FILES, package_folder
from EchoMeasureLib.measuring.ground import MOVED_PX, MOVED_SHARE
from EchoMeasureLib.measuring.one_beat import DIASTOLE
from EchoMeasureLib.measuring.strip_edge import EDGE_SHARE
from EchoMeasureLib.measuring.unsure_points import (
    DISAGREEMENT_SHARE,
    LOW_CONFIDENCE,
    LOW_OF_PACKAGE,
)

NETWORKS = [row.network for row in CATALOG.values() if row.network is not None]
GIGABYTES = f"{sum(network.bytes for network in NETWORKS) / 1e9:.1f}"
MEGABYTES = {
    f"{(package_folder() / file).stat().st_size / 1e6:.0f}" for file in COMPACT_FILES.values()
}
E_TO_A = CATALOG["mvpeak"].apart_s or ()

# Page, the words around its numbers, and what the code has in their place.
NUMBERS = [
    ("README.md", r"publishes (\d+) checkpoints, ([\d.]+) GB", [len(NETWORKS), GIGABYTES]),
    ("Docs/architecture.md", r"the (\d+) networks and the values", [len(NETWORKS)]),
    ("Docs/decisions/phantom-weights.md", r"two small networks \(([\d.]+) MB each", [*MEGABYTES]),
    ("Docs/decisions/phantom-weights.md", r"([\d.]+) GB would not be", [GIGABYTES]),
    ("Docs/measurements.md", r"Catalog ([\d.]+), from", [CATALOG_VERSION]),
    ("Docs/measurements.md", r"not_found .*? probability is under ([\d.]+) ", [NOTHING]),
    (
        "Docs/measurements.md",
        r"low_confidence .*? is under ([\d.]+); .*? under ([\d.]+) .*?, ([\d.]+) .*? ([\d.]+) on",
        [LOW_CONFIDENCE, *LOW_OF_PACKAGE.values()],
    ),
    ("Docs/measurements.md", r"more than ([\d.]+) % of the diagonal", [100 * DISAGREEMENT_SHARE]),
    (
        "Docs/measurements.md",
        r"more than ([\d.]+) rows and ([\d.]+) % of the strip's height",
        [MOVED_PX, 100 * MOVED_SHARE],
    ),
    ("Docs/measurements.md", r"clipped .*? within ([\d.]+) % of the strip", [100 * EDGE_SHARE]),
    ("Docs/measurements.md", r"A less than (\d+) ms after E", [1000 * E_TO_A[0]]),
    (
        "Docs/measurements.md",
        r"E and A more than ([\d.]+) s or (\d+) % of a beat apart",
        [E_TO_A[1], 100 * DIASTOLE],
    ),
    ("Docs/measurements.md", r"TAPSE not ([\d.]+) to ([\d.]+) s or", CATALOG["tapse"].apart_s),
]


@pytest.mark.parametrize("check", CHECKS.values(), ids=lambda check: check.id)
def test_the_page_on_quality_gives_the_limits_of_the_code(check: Check) -> None:
    page = (ROOT / "Docs/quality.md").read_text(encoding="utf-8")
    (line,) = re.findall(rf"^\| {check.id} \| {re.escape(check.asks)} \|.*$", page, re.MULTILINE)
    assert line.endswith(f"| {check.unit or '-'} | {check.limit} | {check.outside.value} |")


@pytest.mark.parametrize(("page", "words", "numbers"), NUMBERS)
def test_the_pages_give_the_numbers_of_the_code(
    page: str, words: str, numbers: list[float | str]
) -> None:
    text = " ".join((ROOT / page).read_text(encoding="utf-8").split())
    found = re.search(words, text)
    assert found is not None, words
    expected = [one if isinstance(one, str) else f"{one:g}" for one in numbers]
    assert list(found.groups()) == expected


def test_every_flag_is_explained_and_no_other() -> None:
    text = (ROOT / "Docs" / "measurements.md").read_text(encoding="utf-8")
    table = text.partition("## Flags")[2]
    assert re.findall(r"^\| (\w+) \|", table, re.MULTILINE) == ["flag", *(f.value for f in Flag)]
