"""The project's pages in Markdown, taken apart."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]

PAGES = tuple(
    sorted(
        str(path.relative_to(ROOT)) for path in (*ROOT.glob("*.md"), *(ROOT / "Docs").rglob("*.md"))
    )
)
"""Every page, as a path from the root."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def _tokens(page: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse((ROOT / page).read_text(encoding="utf-8"))


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page."""
    return [
        Block(page, token.map[0] + 1 if token.map else 0, token.info.strip(), token.content)
        for token in _tokens(page)
        if token.type == "fence"
    ]


def _inline(page: str) -> list[Token]:
    return [child for token in _tokens(page) for child in token.children or ()]


def code_words(page: str) -> list[str]:
    """What stands between backticks in the running text of a page."""
    return [token.content for token in _inline(page) if token.type == "code_inline"]


def links(page: str) -> list[str]:
    """Where the links and pictures of a page lead."""
    return [
        str(token.attrs["href" if token.type == "link_open" else "src"])
        for token in _inline(page)
        if token.type in ("link_open", "image")
    ]


def anchors(page: str) -> set[str]:
    """The headings of a page as GitHub makes anchors of them."""
    tokens = _tokens(page)
    titles = [
        after.content for token, after in itertools.pairwise(tokens) if token.type == "heading_open"
    ]
    kept = ("".join(c for c in title.lower() if c.isalnum() or c in " -_") for title in titles)
    return {title.replace(" ", "-") for title in kept}
