"""A comparison as one page of HTML that needs nothing else, with its plots."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from datetime import datetime

from EchoMeasureLib import RESEARCH_USE_ONLY, __version__
from EchoMeasureLib.agreement.agreement_lines import (
    AGREEMENT_HEADS,
    RELIABILITY_HEADS,
    agreement_cells,
    head_lines,
    missing_lines,
    reliability_cells,
    unpaired_rows,
)
from EchoMeasureLib.agreement.comparing import Comparison
from EchoMeasureLib.exporting.report.html_text import Html, Part, element, joined, listed, table
from EchoMeasureLib.exporting.report.whole_page import whole_page

_HOW = (
    "Differences are the second minus the first. Limits of agreement lie 1.96 standard deviations "
    "from the bias (Bland and Altman 1986); of patients with several pairs they are those for "
    "repeated measurements (Bland and Altman 2007). Small numbers are 95 % intervals.",
    "ICC(2,1) takes a bias for an error, ICC(3,1) passes over it (Shrout and Fleiss 1979). CCC is "
    "Lin's concordance correlation coefficient (1989).",
    "Published is how far two readers of one recording differ on average, or the spread of one "
    "reading; in band is the share of pairs that differ by no more than 95 % of two such readers "
    "do. It is the shaded part of the plots.",
    "Patients are told apart by keys and named nowhere.",
)

Plots = Mapping[str, tuple[bytes, ...]]
"""Of each value, by its id, its plots as PNG."""


def agreement_page(comparison: Comparison, plots: Plots, made: datetime) -> str:
    """The page. A value without plots has none; `made` is said on it."""
    first, second = comparison.names
    title = f"How far {first} and {second} agree"
    return whole_page(
        title,
        element("header", _head(comparison, title, made)),
        element("main", _main(comparison, plots)),
        element("footer", element("p", element("strong", RESEARCH_USE_ONLY))),
    )


def _head(comparison: Comparison, title: str, made: datetime) -> Iterator[Html]:
    yield element("h1", title)
    yield element("p", RESEARCH_USE_ONLY, class_="notice")
    what, *warnings = head_lines(comparison)
    yield element("p", what)
    for warning in warnings:
        yield element("p", warning, class_="draft")
    sets = zip("AB", comparison.names, comparison.kinds, strict=True)
    facts = [
        *((letter, _set_words(name, kind, letter)) for letter, name, kind in sets),
        ("Groups", comparison.group_by),
        ("Page made", f"{made:%Y-%m-%d %H:%M} UTC by EchoMeasure {__version__}"),
    ]
    rows = ((element("dt", name), element("dd", text)) for name, text in facts if text)
    yield element("dl", rows)


def _set_words(name: str, kind: str, letter: str) -> str:
    return ", ".join(word for word in (name, kind) if word and word != letter)


def _main(comparison: Comparison, plots: Plots) -> Iterator[Html]:
    if not comparison.findings:
        yield element("p", "No value could be compared.", class_="draft")
    cells = (_cells(agreement_cells(finding)) for finding in comparison.findings)
    yield _part("Bias and limits of agreement", table("", AGREEMENT_HEADS, cells))
    cells = (_cells(reliability_cells(finding)) for finding in comparison.findings)
    yield _part("Correlation, and the published band", table("", RELIABILITY_HEADS, cells))
    yield _part("Numbers that are missing", listed(missing_lines(comparison)))
    figures = joined(_figures(comparison, plots))
    yield _part("Plots", element("div", figures, class_="pictures") if figures else figures)
    rows = unpaired_rows(comparison.pairing)
    yield _part("Not compared", table("", ("Value", "Of", "Reason", "Times"), rows))
    yield _part("How to read it", listed(_HOW))


def _part(title: str, content: Html) -> Html:
    return element("section", element("h2", title), content) if content else Html()


def _cells(texts: tuple[str, ...]) -> Iterator[Part]:
    first, *others = texts
    group = first.startswith(" ")
    yield element("span", first.strip(), style=_OF_A_GROUP) if group else first
    yield from map(_cell, others)


_OF_A_GROUP = "display: inline-block; padding-left: 1.2em; font-weight: 400"


def _cell(text: str) -> Part:
    number, _, interval = text.partition("\n")
    if not interval:
        return number
    return joined(element("span", number, class_="number"), element("br"), _small(interval))


def _small(text: str) -> Html:
    return element("span", text, class_="small whole")


_WHAT = ("differences over means", "one over the other")


def _figures(comparison: Comparison, plots: Plots) -> Iterator[Html]:
    for finding in comparison.findings:
        images = () if finding.group else plots.get(finding.quantity.id, ())
        for data, what in zip(images, _WHAT, strict=False):
            source = f"data:image/png;base64,{base64.b64encode(data).decode('ascii')}"
            alt = f"{finding.quantity.name}: {what}"
            yield element("figure", element("img", src=source, alt=alt))
