"""The rows that are compared, wherever they come from: one value of one source each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

NO_GROUPS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Place:
    """What a value was measured on, as far as its source says. Empty or None where it does not."""

    study: str = ""
    """Study Instance UID."""
    image: str = ""
    """SOP Instance UID, or another key as of `review.images.image_key`."""
    patient: str = ""
    """Who it is, as the source calls the person. Compared, and written nowhere."""
    frame: int | None = None
    """Counted from 0."""
    beat: int | None = None
    """1 for the first beat of its image."""
    time_s: float | None = None
    """Seconds into the clip or, on a strip, from its left edge."""
    column: float | None = None
    """On a strip, in source pixels."""
    source: str = ""
    """Where the source has it, such as "line 12" of a table."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One value. Any source of measurements is a function that gives these."""

    measurement: str
    """Id of a value: `quantities.quantity` understands it."""
    value: float
    """In `unit`. Of a velocity the size; on which side of the baseline, `direction` says."""
    unit: str
    """UCUM, or as `conversions` knows it."""
    place: Place
    direction: int = 0
    """Of a velocity 1 towards the probe, -1 away from it; 0 where that is not known."""
    beats: int = 1
    """How many went into the mean."""
    part: bool = False
    """Whether it is one of several that together give the value of an image or a study."""
    groups: Mapping[str, str] = field(default_factory=lambda: NO_GROUPS)
    """By which it can be grouped, such as `manufacturer`."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One that is not compared, and why."""

    measurement: str
    """Empty for a whole image or study."""
    place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class Readings:
    """One of the two sets."""

    kind: str
    """What it was read from, such as "reviews and measurements"."""
    readings: tuple[Reading, ...]
    left_out: tuple[LeftOut, ...] = ()
    salt: str = ""
    """What keys of patients are hashed with: as hard to guess as the whole source."""
    studies: Mapping[str, str] = field(default_factory=lambda: NO_GROUPS)
    """The study of each image that the source knows."""
