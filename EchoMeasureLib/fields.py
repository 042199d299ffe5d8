"""Values from files, scripts and people, checked and made plain in one place.

What is read from JSON and what is given to a method go through the same functions: a number of
numpy becomes one of Python, text becomes clean, and everything that could not be written and
read again is refused, with its place.
"""

from __future__ import annotations

import enum
import math
import operator
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

import numpy as np

from EchoMeasureLib.documents import DAMAGED, levels
from EchoMeasureLib.errors import InvalidArgument, InvalidDocument
from EchoMeasureLib.texts import clean

EXACT = 2**53
"""Whole numbers up to here are told apart by every reader of JSON."""
FARTHEST_PX = 1e6
"""No image has so many columns or rows."""
LONGEST = 10_000
"""Characters of one text; a page has three thousand."""

_T = TypeVar("_T")
_E = TypeVar("_E", bound=enum.Enum)


def refuse(where: str, problem: str) -> NoReturn:
    """Raises `InvalidDocument`; `where` is the place in the document, such as `layers[0].saved`."""
    raise InvalidDocument(f"At {where}: {problem}.", DAMAGED)


class Fields:
    """One JSON object. Every method raises `InvalidDocument` naming the place."""

    def __init__(self, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            refuse(where, f"expected an object, found {_kind(value)}")
        self._value: dict[str, Any] = value
        self.where = where

    @property
    def record(self) -> dict[str, Any]:
        """The object itself."""
        return self._value

    def at(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def has(self, key: str) -> bool:
        return self._value.get(key) is not None

    def any(self, key: str) -> Any:
        if key not in self._value:
            refuse(self.at(key), "it is missing")
        return self._value[key]

    def text(self, key: str) -> str:
        return as_text(self.any(key), self.at(key))

    def integer(self, key: str, low: int | None = None) -> int:
        return as_integer(self.any(key), self.at(key), low)

    def boolean(self, key: str) -> bool:
        return as_boolean(self.any(key), self.at(key))

    def number(self, key: str) -> float:
        return as_number(self.any(key), self.at(key))

    def maybe_number(self, key: str) -> float | None:
        return self.number(key) if self.has(key) else None

    def choice(self, key: str, kind: type[_E]) -> _E:
        return as_choice(self.any(key), self.at(key), kind)

    def object(self, key: str) -> Fields:
        return Fields(self.any(key), self.at(key))

    def list(self, key: str, item: Callable[[Any, str], _T]) -> tuple[_T, ...]:
        """Every item as `item(value, where)` reads it."""
        return as_list(self.any(key), self.at(key), item)

    def exactly(self, count: int, key: str, item: Callable[[Any, str], _T]) -> tuple[_T, ...]:
        """A list of so many items."""
        return as_list(self.any(key), self.at(key), item, count)

    def objects(self, key: str) -> tuple[Fields, ...]:
        return self.list(key, Fields)


def as_list(
    value: Any, where: str, item: Callable[[Any, str], _T], count: int | None = None
) -> tuple[_T, ...]:
    """Every item as `item(value, where)` reads it; there must be `count` where that is given."""
    if not isinstance(value, list):
        refuse(where, f"expected a list, found {_kind(value)}")
    if count is not None and len(value) != count:
        refuse(where, f"expected {count} items, found {len(value)}")
    return tuple(item(one, f"{where}[{index}]") for index, one in enumerate(value))


def as_number(value: Any, where: str) -> float:
    """A finite number, as Python's own; whole ones stay whole as far as they are exact."""
    try:
        number = _plain_number(value)
    except TypeError:
        refuse(where, f"expected a number, found {_kind(value)}")
    except OverflowError:
        refuse(where, "the number is larger than any that can be computed with")
    if not math.isfinite(number):
        refuse(where, "the number is not finite")
    return number


def as_maybe_number(value: Any, where: str) -> float | None:
    """A finite number or null."""
    return None if value is None else as_number(value, where)


def as_coordinate(value: Any, where: str) -> float:
    """A column or row of an image."""
    number = as_number(value, where)
    if abs(number) > FARTHEST_PX:
        refuse(where, f"{number:g} lies on no image")
    return number


def as_integer(value: Any, where: str, low: int | None = None) -> int:
    """A whole number, as Python's own; a truth value is none, nor is 3.0."""
    if isinstance(value, _TRUTH):
        refuse(where, "expected a whole number, found true or false")
    try:
        number = operator.index(value)
    except TypeError:
        refuse(where, f"expected a whole number, found {_kind(value)}")
    if low is not None and number < low:
        refuse(where, f"{number} is less than {low}")
    if abs(number) > EXACT:
        refuse(where, "the number is larger than anything that is counted")
    return number


def as_boolean(value: Any, where: str) -> bool:
    """True or false, and nothing that could pass for it."""
    if not isinstance(value, _TRUTH):
        refuse(where, f"expected true or false, found {_kind(value)}")
    return bool(value)


def as_text(value: Any, where: str) -> str:
    """Any text, the empty one too, as `texts.clean` makes it."""
    if not isinstance(value, str):
        refuse(where, f"expected text, found {_kind(value)}")
    if len(value) > LONGEST:
        refuse(where, f"the text is longer than {LONGEST} characters")
    return clean(str(value))


def as_choice(value: Any, where: str, kind: type[_E]) -> _E:
    """A member of an enumeration, or its word."""
    try:
        return kind(value)
    except (ValueError, TypeError):
        known = ", ".join(str(member.value) for member in kind)
        refuse(where, f"{str(value)[:80]!a} is none of {known}")


def numbered(values: Iterable[_T], what: str) -> Iterator[tuple[_T, str]]:
    """Items of any sequence, each with its place."""
    try:
        items = list(values)
    except TypeError:
        refuse(what, "expected a sequence")
    return ((item, f"{what}[{index}]") for index, item in enumerate(items))


def cleaned(value: Any, where: str = "") -> Any:
    """Parsed JSON with every text in it as `texts.clean` makes it; itself where all are so.

    So what a file says can be compared with what a program holds, and written again.
    """
    return value if _is_clean(value) else _cleaned(value, where)


def _is_clean(value: Any) -> bool:
    texts: set[str] = set()
    for level in levels(value):
        texts.update(item for item in level if type(item) is str)
        for item in level:
            if type(item) is dict:
                texts.update(item)
    return all(clean(text) == text for text in texts)


def _cleaned(value: Any, where: str) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(item, where) for item in value]
    if isinstance(value, dict):
        if any(clean(key) != key for key in value):
            refuse(where or "a key", "a name has characters that no text has")
        return {key: _cleaned(item, key) for key, item in value.items()}
    return value


@contextmanager
def entering() -> Iterator[None]:
    """Inside, what a caller gave is refused as `InvalidArgument`, not as a damaged document.

    Raises `InvalidArgument` in the place of an `InvalidDocument`.
    """
    try:
        yield
    except InvalidDocument as error:
        raise InvalidArgument(error.problem) from error


_TRUTH = (bool, np.bool_)


def _plain_number(value: Any) -> float:
    """An int or float for any kind of number, such as those of numpy. Raises for others."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value) if isinstance(value, int) and abs(value) <= EXACT else float(value)
    if isinstance(value, (np.integer, np.floating)):
        return _plain_number(value.item())
    raise TypeError


_KINDS = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}


def _kind(value: Any) -> str:
    if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
        return "a number"
    return _KINDS.get(type(value), f"a {type(value).__name__}")
