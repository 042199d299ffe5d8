"""HTML in which any text is only text: what is no `Html` is escaped where it enters."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import TypeAlias

from EchoMeasureLib.texts import harmless

_EMPTY = frozenset({"img", "meta", "br"})
"""Elements that have no end."""


class Html(str):
    """Markup that was made here. Any other text comes from a file or a person."""

    __slots__ = ()


_LONG_WORD = re.compile(r"(?=\S{41})(?![0-9a-f.]{41,64}(?!\S))\S+")
"""A word that would push what stands beside it off a printed page; no hash or UID, which have a
look of their own."""
_PIECE = 20

Part: TypeAlias = "str | Iterable[Part]"
"""Text, markup, or several of them."""


def element(name: str, /, *parts: Part, **attributes: str) -> Html:
    """An element with these contents; `class_` is the attribute `class`."""
    words = (
        f' {key.rstrip("_").replace("_", "-")}="{escaped(value)}"'
        for key, value in attributes.items()
        if value
    )
    start = f"<{name}{''.join(words)}>"
    return Html(start if name in _EMPTY else f"{start}{joined(*parts)}</{name}>")


def joined(*parts: Part) -> Html:
    """The parts one after the other."""
    return Html("".join(map(_markup, parts)))


def escaped(text: str) -> str:
    """The text as it is shown: no markup, nothing that turns a line round; lines stay lines."""
    return html.escape("\n".join(map(harmless, text.split("\n"))))


def _markup(part: Part) -> str:
    if isinstance(part, Html):
        return part
    return _breakable(part) if isinstance(part, str) else joined(*part)


def _breakable(text: str) -> str:
    """The text escaped, with places in long words where a line may end."""
    found, end = [], 0
    for match in _LONG_WORD.finditer(text):
        word = match[0]
        pieces = (word[at : at + _PIECE] for at in range(0, len(word), _PIECE))
        found += [escaped(text[end : match.start()]), "<wbr>".join(map(escaped, pieces))]
        end = match.end()
    return "".join([*found, escaped(text[end:])])


def whole(text: str) -> Html:
    """Text that stays on one line; empty for none."""
    return element("span", text, class_="whole") if text else Html()


def table(
    caption: str, heads: Iterable[str], rows: Iterable[Iterable[Part]], look: str = ""
) -> Html:
    """A table whose first column names its rows; empty where there are none.

    `look` is a class of `style`.
    """
    body = [_row(cells) for cells in rows]
    if not body:
        return Html()
    columns = [element("th", head, scope="col") for head in heads]
    title = element("caption", caption) if caption else Html()
    head = element("thead", element("tr", columns))
    return element("table", title, head, element("tbody", body), class_=look)


def grouped_table(
    heads: Iterable[str],
    groups: Iterable[tuple[str, Iterable[Iterable[Part]]]],
    look: str = "",
) -> Html:
    """As `table`, its rows under the titles of their groups."""
    columns = [element("th", head, scope="col") for head in heads]
    width = str(len(columns))
    bodies = [
        element(
            "tbody",
            element("tr", element("th", title, scope="rowgroup", colspan=width), class_="group"),
            [_row(cells) for cells in rows],
        )
        for title, rows in groups
    ]
    if not bodies:
        return Html()
    return element("table", element("thead", element("tr", columns)), bodies, class_=look)


def _row(cells: Iterable[Part]) -> Html:
    first, *others = cells
    return element(
        "tr", element("th", first, scope="row"), (element("td", cell) for cell in others)
    )


def listed(items: Iterable[Part]) -> Html:
    """A list; empty where there is nothing in it."""
    lines = [element("li", item) for item in items]
    return element("ul", lines) if lines else Html()
