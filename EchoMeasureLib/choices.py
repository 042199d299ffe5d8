"""Words that a user chooses from a short list."""

from __future__ import annotations

import enum
import re
from typing import NoReturn

from EchoMeasureLib.errors import InvalidArgument


class Choice(str, enum.Enum):
    """One word of a list. Any other word is refused with an `InvalidArgument` that names them all.

    Written out, stored or printed a choice is its word alone.
    """

    def __str__(self) -> str:
        return str(self.value)

    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        # RulerKind is a ruler kind, and EngineName names an engine.
        what = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", cls.__name__.removesuffix("Name")).lower()
        raise InvalidArgument(f"There is no {what} '{value}'.", f"Use one of {', '.join(cls)}.")
