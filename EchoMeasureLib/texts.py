"""Text from files and people: clean where it enters, harmless where it is shown."""

from __future__ import annotations

import json
import re
import traceback
import unicodedata
from typing import Any

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
"""What XML, and so a scene of Slicer, cannot hold, and no keyboard writes."""

_JOINERS = "\u200c\u200d"
"""Join or part letters in many scripts, and do nothing else."""

_SHOWN_OTHERWISE = re.compile(
    "[\x7f-\x9f\u2028\u2029\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
"""What `json.dumps` leaves as it is though terminals obey it or UTF-8 does not have it."""

_FORMULA = re.compile("(^|[;\t\n|])(?=[\\s\"']*[=+\\-@\uff1d\uff0b\uff0d\uff20])")
"""Where a table program would take text for a formula: at the beginning of a cell, also of one
that only a program with another separator sees."""

_NEXT_SENTENCE = re.compile(r"(?<=\.) +(?=[A-Z])")


def clean(text: str) -> str:
    """The text as every file can hold it and every program compares it.

    Halves of characters that belong together are joined, as some interfaces tear emoji apart;
    a half alone and a control character become U+FFFD. Composed (NFC), so that a name is the
    same however it was typed. Lines end in one newline. Clean text stays as it is.
    """
    if text.isascii() and text.isprintable():
        return text
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    lines = whole.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _UNWRITABLE.sub("\ufffd", lines))


def trace_without_words(error: BaseException) -> str:
    """Where an error of our own came up, for a log: its kind and the lines of code.

    What it says is left out, for it may name a person, as the path of a file may.
    """
    lines = (
        f'  File "{place.filename}", line {place.lineno}, in {place.name}\n'
        for place in traceback.extract_tb(error.__traceback__)
    )
    return f"{type(error).__name__}\n{''.join(lines)}".rstrip()


def harmless(text: str) -> str:
    """The text on one line, with what a terminal would obey written as escapes such as \\x1b."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def each_once(*texts: str) -> tuple[str, ...]:
    """The sentences of several texts of ours, each once, in their order.

    >>> each_once("It is 4 cm. It jumps.", "It jumps.", "")
    ('It is 4 cm.', 'It jumps.')
    """
    found = (sentence for text in texts for sentence in _NEXT_SENTENCE.split(text.strip()))
    return tuple(dict.fromkeys(sentence for sentence in found if sentence))


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    obeyed = category in ("Cc", "Cs", "Zl", "Zp") or (
        category == "Cf" and character not in _JOINERS
    )
    return _escaped(character) if obeyed else character


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def cell(text: str) -> str:
    """The text as a cell of a table: no formula, nothing that a terminal obeys.

    Lines stay lines. What a table program would compute gets an apostrophe in front, which
    such programs do not show. A number is no formula.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    shown = "\n".join("\t".join(map(harmless, line.split("\t"))) for line in lines)
    return shown if _is_number(shown) else _FORMULA.sub(r"\1'", shown)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", text, re.ASCII | re.IGNORECASE) is not None


def json_text(value: Any) -> str:
    """JSON that is valid in UTF-8 and does nothing to a terminal, for people and programs."""
    return _json(value, 1)


def json_line(value: Any) -> str:
    """The same on one line."""
    return _json(value, None)


def _json(value: Any, indent: int | None) -> str:
    text = json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False)
    return _SHOWN_OTHERWISE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"
