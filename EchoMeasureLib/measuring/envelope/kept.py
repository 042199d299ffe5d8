"""What is found in a frame is kept for as long as it is asked for again."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.frame import Frame

KEPT = 2
"""Strips whose findings are kept: those of one have some megabytes."""

_T = TypeVar("_T")


def looked_at_once(find: Callable[[Frame, Box], _T]) -> Callable[[Frame, Box], _T]:
    """`find(frame, box)`, which looks at a frame that cannot change once. Nobody may change what it
    gives."""
    known: OrderedDict[tuple[int, Box], tuple[weakref.ref[Frame], _T]] = OrderedDict()

    @wraps(find)
    def found(frame: Frame, box: Box) -> _T:
        key = id(frame), box
        held = known.get(key)
        if held is not None and held[0]() is frame:
            return held[1]
        new = find(frame, box)
        if not frame.flags.writeable:
            known[key] = weakref.ref(frame), new
            while len(known) > KEPT:
                known.popitem(last=False)
        return new

    return found
