"""Checked access to parsed JSON: everything that is wrong is refused, with its place."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from EchoMeasureLib.documents import DAMAGED
from EchoMeasureLib.errors import InvalidDocument

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

    def at(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def has(self, key: str) -> bool:
        return self._value.get(key) is not None

    def any(self, key: str) -> Any:
        if key not in self._value:
            refuse(self.at(key), "it is missing")
        return self._value[key]

    def text(self, key: str) -> str:
        value = self.any(key)
        if not isinstance(value, str):
            refuse(self.at(key), f"expected text, found {_kind(value)}")
        return value

    def integer(self, key: str, low: int | None = None) -> int:
        value = self.any(key)
        if not isinstance(value, int) or isinstance(value, bool):
            refuse(self.at(key), f"expected a whole number, found {_kind(value)}")
        if low is not None and value < low:
            refuse(self.at(key), f"{value} is less than {low}")
        return value

    def number(self, key: str) -> float:
        return as_number(self.any(key), self.at(key))

    def maybe_number(self, key: str) -> float | None:
        return self.number(key) if self.has(key) else None

    def choice(self, key: str, kind: type[_E]) -> _E:
        value = self.any(key)
        try:
            return kind(value)
        except ValueError:
            known = ", ".join(str(member.value) for member in kind)
            refuse(self.at(key), f"'{value}' is none of {known}")

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
    """A finite number, kept as it is written."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        refuse(where, f"expected a number, found {_kind(value)}")
    if not math.isfinite(value):
        refuse(where, "the number is not finite")
    return value


def as_maybe_number(value: Any, where: str) -> float | None:
    """A finite number or null."""
    return None if value is None else as_number(value, where)


def as_text(value: Any, where: str) -> str:
    """Any text, the empty one too."""
    if not isinstance(value, str):
        refuse(where, f"expected text, found {_kind(value)}")
    return value


_KINDS = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "a number")
