"""A page of HTML, taken apart by the standard library as a browser would."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_EMPTY = frozenset({"img", "meta", "br"})


@dataclass(slots=True)
class Node:
    """One element."""

    name: str
    attributes: dict[str, str]
    children: list[Node | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text inside, on one line."""
        parts = (c if isinstance(c, str) else f" {c.text} " for c in self.children)
        return " ".join("".join(parts).split())

    def all(self, *names: str) -> list[Node]:
        """Every element of these names inside, in order."""
        found: list[Node] = []
        for child in self.children:
            if isinstance(child, Node):
                found += [child] if child.name in names or not names else []
                found += child.all(*names)
        return found

    def rows(self) -> list[list[str]]:
        """The cells of every row inside."""
        return [[cell.text for cell in row.all("th", "td")] for row in self.all("tr")]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Node("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "wbr":  # a place where a line may end, and no part of the text
            return
        node = Node(tag, {key: value or "" for key, value in attrs})
        self._open[-1].children.append(node)
        if tag not in _EMPTY:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].name == tag, f"<{self._open[-1].name}> ends as </{tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    def done(self) -> Node:
        """The page; every element must have ended."""
        assert len(self._open) == 1, f"<{self._open[-1].name}> does not end"
        return self.root


def parsed(page: str) -> Node:
    """The whole page. An element that does not end where it should fails."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.done()


def part(page: Node, title: str) -> Node:
    """The section under this heading."""
    return next(s for s in page.all("section") if s.all("h2") and s.all("h2")[0].text == title)
