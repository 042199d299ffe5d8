"""Which frames to measure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from EchoMeasureLib.errors import InvalidArgument

CHOICES: Mapping[str, str] = MappingProxyType(
    {
        "current": "The frame shown",
        "all": "All that matter",
        "every": "Every single frame",
        "range": "A range of frames",
        "ed_es": "End-diastole and end-systole",
    }
)
"""Key kept in the scene, and what the user reads. Of `all`, the networks run those that matter."""


def frames_of(
    choice: str,
    count: int,
    current: int,
    between: tuple[int, int, int],
    ed_es: tuple[int, ...],
) -> tuple[int, ...]:
    """The frames of a choice, in order.

    `between` is first, last (included) and step; `ed_es` the frames that count as
    end-diastole or end-systole. Raises `InvalidArgument` when the choice names none.
    """
    if choice in ("all", "every"):
        return tuple(range(count))
    if choice == "ed_es":
        if not ed_es:
            raise InvalidArgument(
                "No end-diastole or end-systole is known for this image.",
                "The file has no usable R waves; choose other frames.",
            )
        return ed_es
    if choice == "range":
        first, last, step = between
        frames = tuple(range(max(0, first), min(last, count - 1) + 1, max(1, step)))
        if not frames:
            raise InvalidArgument(
                f"The range from {first + 1} to {last + 1} holds no frame.",
                f"The image has the frames 1 to {count}.",
            )
        return frames
    return (current,)
