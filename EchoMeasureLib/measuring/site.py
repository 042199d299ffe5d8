"""What a site chooses once: a variable of the environment, one word of a list."""

from __future__ import annotations

import os
from typing import TypeVar

from EchoMeasureLib.choices import Choice
from EchoMeasureLib.definitions import Lengths
from EchoMeasureLib.errors import InvalidArgument

_Word = TypeVar("_Word", bound=Choice)


def lengths_of_this_site() -> Lengths:
    """In which unit a site reads lengths: the word in `ECHOMEASURE_LENGTHS`, else cm.

    Raises `InvalidArgument` for any other word.
    """
    return of_this_site("ECHOMEASURE_LENGTHS", Lengths.CM)


def of_this_site(variable: str, usual: _Word) -> _Word:
    """The word in this variable, else the usual one. Raises `InvalidArgument` for any other."""
    chosen = os.environ.get(variable)
    if not chosen:
        return usual
    try:
        return type(usual)(chosen)
    except InvalidArgument as error:
        raise InvalidArgument(f"In {variable}: {error.problem}", error.hint) from error
