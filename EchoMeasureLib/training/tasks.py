"""What a network learns, and what one picture says about each of its heads.

A picture with the landmarks of one measurement says more than that. For the other heads
of the same network it says one of three things: the structure is there too (shared
landmarks), it is certainly not there (an empty map), or nothing, because nobody could
tell from the picture (masked, no loss).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.catalog import NETWORKED, definition
from EchoMeasureLib.errors import InvalidArgument

MAX_SIGHTINGS = 24
"""Beats of one strip that are kept; more than a slow sweep shows."""


class CanvasKind(str, enum.Enum):
    """Which of the two canvases a network sees; see `inference.canvas`."""

    IMAGE = "image"
    STRIP = "strip"


CANVAS_SIZE: Mapping[CanvasKind, tuple[int, int]] = MappingProxyType(
    {CanvasKind.IMAGE: (480, 640), CanvasKind.STRIP: (426, 1024)}
)
"""Rows and columns."""

UNDECIDABLE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        # A filled jet below the baseline of a CW strip: its shape hints at the valve, no more.
        # The sonographer knows where the beam was; the picture does not say it.
        "avvmax": frozenset({"trvmax", "mrvmax"}),
        "trvmax": frozenset({"avvmax", "mrvmax"}),
        "mrvmax": frozenset({"avvmax", "trvmax"}),
    }
)
"""Heads that a picture of this measurement neither confirms nor refutes: masked.

All else is decidable and trained as absent: inflow above the baseline, the narrow band of
an LVOT, the thin lines of tissue Doppler, M-mode, and every other 2-D view.
"""

SHARED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        # Lateral and septal e' differ in where the sample volume lay and in nothing one can see,
        # and the point is the same one: both heads learn from both.
        "latevel": frozenset({"medevel"}),
        "medevel": frozenset({"latevel"}),
    }
)
"""Heads for which the landmarks of this measurement are just as right."""


@dataclass(frozen=True, slots=True)
class Heads:
    """The measurements of one network in the order of its output channels."""

    points: tuple[tuple[str, int], ...]
    """(id, number of points), in channel order."""

    @classmethod
    def of(cls, measurements: Iterable[str]) -> Heads:
        """The heads of these measurements, in this order.

        Raises `InvalidArgument` when they do not share a kind of canvas or no network can find one
        of them, and `UnknownMeasurement`.
        """
        measurements = tuple(measurements)
        unlearned = [row for row in map(definition, measurements) if not row.by_network]
        if unlearned:
            raise InvalidArgument(
                f"No network learns {unlearned[0].name} ({unlearned[0].id}): a network finds peaks "
                "and ends, and no tracings or times of waves.",
                "Train its peak; the envelope reader reads the rest off the strip.",
            )
        heads = cls(tuple((id, len(definition(id).points)) for id in measurements))
        if not heads.points or len({canvas_kind(id) for id, _ in heads.points}) != 1:
            raise InvalidArgument(
                "A network learns measurements of one kind of canvas, not "
                f"{', '.join(heads.ids) or 'none'}.",
                "Train 2-D measurements apart from Doppler and M-mode.",
            )
        return heads

    @property
    def ids(self) -> tuple[str, ...]:
        """Measurement ids in the order of the channels."""
        return tuple(id for id, _ in self.points)

    @property
    def kind(self) -> CanvasKind:
        """The canvas that all of them are found on."""
        return canvas_kind(self.points[0][0])

    @property
    def channels(self) -> int:
        """Number of output channels: one per point."""
        return sum(count for _, count in self.points)

    def slices(self) -> dict[str, slice]:
        """The channels of each measurement, by id."""
        found: dict[str, slice] = {}
        start = 0
        for id, count in self.points:
            found[id] = slice(start, start + count)
            start += count
        return found


def canvas_kind(measurement: str) -> CanvasKind:
    """The canvas on which this measurement is found. Raises `UnknownMeasurement`."""
    return CanvasKind.STRIP if definition(measurement).on_strip else CanvasKind.IMAGE


def all_of(kind: CanvasKind) -> tuple[str, ...]:
    """Every measurement that a network may find on this kind of canvas."""
    return tuple(id for id in NETWORKED if canvas_kind(id) is kind)


@dataclass(frozen=True, slots=True)
class Supervision:
    """What is known about one picture, channel by channel."""

    points: npt.NDArray[np.float32]
    """(channels, MAX_SIGHTINGS, 2): x, y in canvas pixels; NaN where there is none."""
    known: npt.NDArray[np.uint8]
    """(channels,): 1 where the channel is supervised, 0 where it is masked."""


Sightings = Mapping[str, npt.NDArray[np.float32]]
"""Measurement id -> (sightings, points, 2), x and y in canvas pixels.

One sighting per caliper: one on a 2-D frame, one per beat on a strip.
"""


def supervision(heads: Heads, seen: Sightings, unknown: Iterable[str] = ()) -> Supervision:
    """What a picture with these landmarks says to each channel.

    `unknown`: ids that could be there without being marked, such as a structure that
    this reader did not measure. Landmarks win over everything; sharing wins over masking.
    """
    points = np.full((heads.channels, MAX_SIGHTINGS, 2), np.nan, np.float32)
    known = np.ones(heads.channels, np.uint8)
    masked = set(unknown).union(*(UNDECIDABLE.get(id, frozenset()) for id in seen))
    shared = {other: id for id in seen for other in SHARED.get(id, ())}
    for id, channels in heads.slices().items():
        source = id if id in seen else shared.get(id)
        if source is not None:
            found = seen[source][:MAX_SIGHTINGS]
            points[channels, : len(found)] = found.transpose(1, 0, 2)
        elif id in masked:
            known[channels] = 0
    return Supervision(points, known)
