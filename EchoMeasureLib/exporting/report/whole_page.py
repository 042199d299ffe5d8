"""A page of HTML that needs nothing else: no script, no file, no network."""

from __future__ import annotations

from EchoMeasureLib.exporting.report.html_text import Html, Part, element, joined
from EchoMeasureLib.exporting.report.style import STYLE

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What a browser may load for the page: its own pictures and style."""


def whole_page(title: str, *body: Part) -> str:
    """The page of these parts, as text."""
    head = joined(
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Html(STYLE)),
    )
    page = element("html", element("head", head), element("body", *body), lang="en")
    return f"<!DOCTYPE html>\n{page}\n"
