"""What the page asks for, checked before anybody acts on it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.errors import InvalidArgument

if TYPE_CHECKING:
    from EchoMeasureLib.web.sitting import Sitting

LONGEST_TEXT = 2000
"""Of a note or a reason."""


class Message:
    """One message of the page: an object with `do` and what belongs to it."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = fields

    @classmethod
    def parse(cls, text: str) -> Message:
        """A message from its text. Raises `InvalidArgument` for what is none."""
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError):
            fields = None
        if not isinstance(fields, dict) or not isinstance(fields.get("do"), str):
            raise InvalidArgument("The page asked for something that is no message.")
        return cls(fields)

    @property
    def do(self) -> str:
        """The name of what is asked for."""
        return str(self._fields["do"])

    @property
    def fields(self) -> dict[str, Any]:
        """All of it, to be sent back as it came."""
        return dict(self._fields)

    def text(self, name: str, default: str | None = None) -> str:
        """A text. Raises `InvalidArgument` for anything else, and for one that is too long."""
        value = self._fields.get(name, default)
        if not isinstance(value, str) or len(value) > LONGEST_TEXT:
            raise InvalidArgument(f"The page gave no text as {name}.")
        return value

    def number(self, name: str) -> float:
        """A finite number. Raises `InvalidArgument` for anything else."""
        value = self._fields.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise InvalidArgument(f"The page gave no number as {name}.")
        if not math.isfinite(value):
            raise InvalidArgument(f"The page gave no number as {name}.")
        return float(value)

    def known(self, name: str) -> float | None:
        """A number, or None where it is not known. Raises as `number`."""
        return None if self._fields.get(name) is None else self.number(name)

    def whole(self, name: str) -> int:
        """A whole number. Raises `InvalidArgument` for anything else."""
        value = self._fields.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 10**9:
            raise InvalidArgument(f"The page gave no whole number as {name}.")
        return value

    def yes(self, name: str) -> bool:
        """Whether something is wanted; not, where nothing is said."""
        return self._fields.get(name) is True

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts. Raises `InvalidArgument` for anything else."""
        value = self._fields.get(name, [])
        if not isinstance(value, list) or len(value) > 200:
            raise InvalidArgument(f"The page gave no list as {name}.")
        if not all(isinstance(one, str) and len(one) <= LONGEST_TEXT for one in value):
            raise InvalidArgument(f"The page gave no list of texts as {name}.")
        return tuple(value)

    def one_of(self, name: str, choices: Iterable[str]) -> str:
        """A text that is one of these. Raises `InvalidArgument` for any other."""
        return known(self.text(name), choices)


def known(word: str, choices: Iterable[str]) -> str:
    """The word, which is one of these. Raises `InvalidArgument` for any other."""
    if word not in list(choices):
        raise InvalidArgument(f"There is no choice {word[:40]!r} here.")
    return word


Command = Callable[["Sitting", Message], object]
"""What does as a message asks."""
