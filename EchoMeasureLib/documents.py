"""JSON and text from files that anybody may have written: bounded, strict, and UTF-8."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from EchoMeasureLib.errors import InvalidDocument
from EchoMeasureLib.opening import open_file

DAMAGED = "The file is damaged or was changed by hand. It is left as it is."

MOST_BYTES = 16 << 20
"""Of a document that says nothing else."""
MOST_DEPTH = 32
"""Lists and objects inside one another; ours have less than ten."""
MOST_DIGITS = 18
"""Of a whole number: what 64 bits hold."""
_TOO_LARGE = 10**MOST_DIGITS


def read_json(path: Path, most_bytes: int = MOST_BYTES) -> Any:
    """The value in a JSON file. Raises `InvalidDocument` as `read_text` and `parse_json`."""
    return parse_json(read_text(path, most_bytes), str(path))


def read_text(path: Path, most_bytes: int = MOST_BYTES) -> str:
    """The text in a regular UTF-8 file of at most `most_bytes`. Raises `InvalidDocument`."""
    try:
        with open_file(path) as file:
            content = file.read(most_bytes + 1)
    except FileNotFoundError:
        raise InvalidDocument(f"There is no file {path}.") from None
    except OSError as error:
        raise InvalidDocument(f"{path} cannot be read ({error.strerror or error}).") from error
    if len(content) > most_bytes:
        raise InvalidDocument(
            f"{path} is too large: a document of its kind has at most "
            f"{most_bytes / (1 << 20):.0f} MB.",
            DAMAGED,
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidDocument(f"{path} is no JSON document ({error}).", DAMAGED) from error


def read_table(path: Path, most_bytes: int = MOST_BYTES) -> str:
    """The text of a table (CSV) in UTF-8, with or without a mark before it.

    Raises `InvalidDocument` as `read_text`, and says what to do with a workbook.
    """
    advice = "Save it as CSV UTF-8."
    try:
        text = read_text(path, most_bytes).removeprefix("\ufeff")
    except InvalidDocument as error:
        if not isinstance(error.__cause__, UnicodeDecodeError):
            raise
        raise InvalidDocument(f"{path} is no table whose text is UTF-8.", advice) from error
    if "\0" in text or text.startswith("PK"):
        raise InvalidDocument(f"{path} is no table of text but a workbook or the like.", advice)
    if not text.strip():
        raise InvalidDocument(
            f"{path} is empty.", "Name a table whose first line names its columns."
        )
    return text


def parse_json(text: str, name: str) -> Any:
    """The value of a JSON text that is called `name`.

    Raises `InvalidDocument` for what JSON does not allow or readers disagree about (a key that
    is there twice, NaN, numbers that no 64 bits hold), and for nesting without end.
    """
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except InvalidDocument:
        raise
    except RecursionError:
        _too_deep()
    except ValueError as error:
        raise InvalidDocument(f"{name} is no JSON document ({error}).", DAMAGED) from error
    if not _within_bounds(value):
        _check(value, MOST_DEPTH)
    return value


def levels(value: Any) -> Iterator[list[Any]]:
    """JSON level by level: the value itself, all that it holds, all that these hold, and so on.

    Several times as fast as to go down into each, and no more can be said of where a value stands.
    """
    level = [value]
    while level:
        yield level
        holders = (item for item in level if type(item) is dict or type(item) is list)
        level = list(chain.from_iterable(x.values() if type(x) is dict else x for x in holders))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InvalidDocument(f"The key {twice!a} is there twice.", DAMAGED)
    return found


def _no_constant(name: str) -> NoReturn:
    raise InvalidDocument(f"{name} is no number of JSON.", DAMAGED)


def _too_deep() -> NoReturn:
    raise InvalidDocument(
        f"The document is nested more than {MOST_DEPTH} deep, which none of ours is.", DAMAGED
    )


_Place: TypeAlias = tuple["_Place", "str | int"] | None
"""Where a value stands: what it stands in, and under which key or number."""


def _within_bounds(value: Any) -> bool:
    """Whether `_check` finds nothing, which tells where in the document it found something."""
    for depth, level in enumerate(levels(value)):
        kinds = set(map(type, level))
        if depth == MOST_DEPTH and not kinds.isdisjoint((dict, list)):
            return False
        if float in kinds and not all(math.isfinite(x) for x in level if type(x) is float):
            return False
        if int in kinds and any(abs(x) >= _TOO_LARGE for x in level if type(x) is int):
            return False
    return True


def _check(value: Any, depth: int, place: _Place = None) -> None:
    if isinstance(value, (dict, list)):
        if not depth:
            _too_deep()
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            _check(item, depth - 1, (place, key))
    elif isinstance(value, float):
        if not math.isfinite(value):
            _too_large("number", place)
    elif isinstance(value, int) and abs(value) >= _TOO_LARGE:
        _too_large("whole number", place)


def _too_large(what: str, place: _Place) -> NoReturn:
    where = ""
    while place is not None:
        place, key = place
        part = f"[{key}]" if isinstance(key, int) else f".{key}"
        where = f"{part}{where}"
    raise InvalidDocument(
        f"At {where.lstrip('.')}: the {what} is larger than any that can be computed with.", DAMAGED
    )
