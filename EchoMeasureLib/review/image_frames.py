"""The calipers of a measurement by image and frame, and those that the reviewer stands behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from EchoMeasureLib.review.entries import Entry

ImageFrame = tuple[str, int]
"""Key of an image, and a frame of it."""


def by_frame(entries: Sequence[Entry]) -> dict[ImageFrame, list[Entry]]:
    """The calipers of each frame, in the order in which they come."""
    found: dict[ImageFrame, list[Entry]] = {}
    for entry in entries:
        found.setdefault((entry.image, entry.frame), []).append(entry)
    return found


def stood_behind(frames: Mapping[ImageFrame, Sequence[Entry]]) -> list[ImageFrame]:
    """The frames with a caliper to count, of several those that the reviewer stands behind.

    All of them where that leaves none.
    """
    usable = {at: [e for e in here if not e.excluded] for at, here in frames.items()}
    counting = [at for at, here in usable.items() if here]
    behind = [at for at in counting if any(entry.reviewed for entry in usable[at])]
    return behind or counting or list(frames)


def counting_entries(entries: Sequence[Entry]) -> list[Entry]:
    """Those that count for the beat of their frame: not excluded, reviewed ones before others."""
    beats = ([e for e in here if not e.excluded] for here in by_frame(entries).values())
    return [e for beat in beats for e in [e for e in beat if e.reviewed] or beat]
