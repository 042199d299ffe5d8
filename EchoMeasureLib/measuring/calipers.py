"""From points to values with units: the one place where a number is computed.

Arithmetic happens in source pixels with the deltas of the region that holds the
points. Where calibration, units or region do not hold there is no number, only
the reason (and, for distances, the pixels).
"""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from EchoMeasureLib.catalog import CATALOG, definition
from EchoMeasureLib.definitions import CaliperKind, Definition
from EchoMeasureLib.errors import InvalidArgument, UnreadableFile
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Landmark, PixelPoint, lowest_confidence
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.inference.prediction import Near, Provenance
from EchoMeasureLib.measuring.along_caliper import Edge, End
from EchoMeasureLib.measuring.excursion import excursion, m_mode_diameter
from EchoMeasureLib.measuring.ground import Ground, find_ground, find_region
from EchoMeasureLib.measuring.inflow import inflow
from EchoMeasureLib.measuring.tracing import tracing
from EchoMeasureLib.measuring.unsure_points import doubted
from EchoMeasureLib.measuring.values import Value, checked_number, no_number
from EchoMeasureLib.measuring.velocity import velocity
from EchoMeasureLib.measuring.wall_edges import JUDGED, kept_ends
from EchoMeasureLib.measuring.wave_times import interval, slope
from EchoMeasureLib.texts import each_once


class Origin(str, enum.Enum):
    """How the points came to be where they are."""

    PREDICTED = "predicted"
    """By a network."""
    ENVELOPE = "envelope"
    """By the envelope reader (`measuring.by_envelope`)."""
    EDITED = "edited"
    MANUAL = "manual"

    @property
    def by_hand(self) -> bool:
        """Whether a person put at least one of them there."""
        return self in (Origin.EDITED, Origin.MANUAL)

    @classmethod
    def of(cls, model: Provenance | None) -> Origin:
        """That of points which nobody has moved since this placed them; None for a person."""
        if model is None:
            return cls.MANUAL
        return cls.ENVELOPE if model.by_envelope else cls.PREDICTED


@dataclass(frozen=True, slots=True)
class Caliper:
    """A placed measurement on one frame of one cine: one or two points, or a traced edge."""

    measurement: str
    frame: int
    points: tuple[Landmark, ...]
    values: tuple[Value, ...]
    """One per output of the measurement."""
    region: int | None
    """Index of the region that gave the numbers, None when no region holds the points."""
    origin: Origin
    model: Provenance | None = None
    strip_s: float | None = None
    """On a strip, seconds from its left edge to the first point; None where time is not known."""
    quality: str = ""
    """Why the picture was too poor for the network that found it; empty where it was not."""
    view: str = ""
    """Which other view the picture looked like to the networks; empty where it did not."""
    near: tuple[Near, ...] = ()
    """What the network said of frames beside it that were run for comparison only."""

    @property
    def flags(self) -> tuple[Flag, ...]:
        """The flags of all values, each once."""
        return tuple(dict.fromkeys(flag for value in self.values for flag in value.flags))

    @property
    def excluded(self) -> str:
        """Why it feeds no derived value and no mean, such as "flagged low confidence"; else empty.

        A flag on any of its values excludes the whole caliper: where A lies
        before E, E is as doubtful as their ratio. A tracing may not say its
        acceleration time and still say its integral.
        """
        if self.flags:
            return f"flagged {', '.join(flag.words for flag in self.flags)}"
        row = CATALOG.get(self.measurement)
        if row is not None and row.traced and self.values[0].value is not None:
            return ""
        return next((value.reason for value in self.values if value.reason), "")

    @property
    def sentences(self) -> tuple[str, ...]:
        """Why there is no number and what its flags mean, each sentence once."""
        reasons = (value.reason for value in self.values)
        doubts = (value.doubts for value in self.values)
        return each_once(*reasons, *doubts)

    def value(self, id: str) -> Value:
        """The value of this output. Raises `LookupError` when the measurement has none such."""
        for value in self.values:
            if value.id == id:
                return value
        raise LookupError(f"{self.measurement} has no output '{id}'.")

    def distances_px(self, other: Caliper) -> tuple[float, ...]:
        """How far each point lies from that of another of this measurement, in source pixels.

        Of two tracings with other numbers of points, how far the other's edge lies from each.
        """
        if len(self.points) != len(other.points):
            return tuple(
                min(math.dist(point.point, place.point) for place in other.points)
                for point in self.points
            )
        pairs = zip(self.points, other.points, strict=True)
        return tuple(math.dist(p.point, q.point) for p, q in pairs)

    @property
    def calibrated(self) -> bool:
        return all(value.value is not None for value in self.values)


def measure(
    cine: Cine,
    measurement: Definition | str,
    points: Sequence[Landmark],
    frame: int = 0,
    origin: Origin = Origin.MANUAL,
    model: Provenance | None = None,
    quality: str = "",
    view: str = "",
    near: Sequence[Near] = (),
) -> Caliper:
    """The caliper with these points (source pixels, in the order of `Definition.points`).

    Those of a tracing follow the edge of the wave from its onset to its end.

    Values are in the units of the catalog (cm; cm/s, towards the probe positive). Where
    calibration, units or region do not hold a value is None, with the reason and, for a
    distance, the pixels. `quality` says why the picture is too poor for a network's points,
    `view` which other view it looks like; both are flagged. `near` is kept for
    `measuring.beside`. Raises `UnknownMeasurement`, and `InvalidArgument` for a wrong number of
    points, a point that is not a number, or a frame that is not there.

    >>> from EchoMeasureLib import read
    >>> aorta = measure(read("echo.dcm"), "aorta", pixel_points([(629, 319), (689, 435)]))
    >>> [f"{value.value:.2f} {value.unit}" for value in aorta.values]
    ['3.33 cm']
    >>> lost = measure(read("screenshot.png"), "aorta", pixel_points([(30, 4), (30, 44)]))
    >>> [(value.value, value.pixels, value.reason) for value in lost.values]
    [(None, 40.0, 'The file has no calibrated regions.')]
    """
    row = definition(measurement) if isinstance(measurement, str) else measurement
    cine.check_frame(frame)
    if not row.takes(len(points)):
        raise InvalidArgument(
            f"{row.id} takes {row.count_words} point(s) ({', '.join(row.points)}), "
            f"not {len(points)}."
        )
    if not all(math.isfinite(p.x) and math.isfinite(p.y) for p in points):
        raise InvalidArgument(f"The points of {row.id} must be finite numbers.")
    placed = tuple(
        replace(point, label=label)
        for point, label in zip(points, row.labels(len(points)), strict=True)
    )
    ground = find_ground(cine, row, placed, frame)
    found = _COMPUTE[row.caliper](row, placed, ground)
    ends = _ends(cine, row.id, placed, frame, ground)
    values = tuple(
        _with_ends(doubted(cine, row, frame, value, model, quality, view, ground), ends)
        for value in found
    )
    region = ground.region.index if ground.region is not None else None
    # A tracing may have been drawn from right to left.
    first = min(placed, key=lambda point: point.x) if row.traced else placed[0]
    time = _time_on_strip(ground, first)
    doubts = quality, view, tuple(near)
    return Caliper(row.id, frame, placed, values, region, origin, model, time, *doubts)


def _with_ends(value: Value, ends: Sequence[End]) -> Value:
    """The value with what the picture says of its ends; as it is without a number."""
    if value.value is None:
        return value
    for edge, flag in ((Edge.OFF, Flag.OFF_WALL), (Edge.UNSEEN, Flag.POOR_QUALITY)):
        words = " ".join(dict.fromkeys(end.words for end in ends if end.edge is edge and end.words))
        if words:
            flags = tuple(dict.fromkeys((*value.flags, flag)))
            value = replace(value, flags=flags, doubt=f"{value.doubt} {words}".lstrip())
    return value


def _ends(
    cine: Cine, id: str, points: Sequence[Landmark], frame: int, ground: Ground
) -> tuple[End, ...]:
    """What the picture says of the ends that a network found."""
    region = ground.region
    if id not in JUDGED or region is None or not ground.usable:
        return ()
    if lowest_confidence(points) is None or not all(point.found for point in points):
        return ()
    p, q = (point.point for point in points)
    try:
        return kept_ends(cine, id, frame, region, p, q)
    except UnreadableFile:
        return ()  # a frame that cannot be seen says nothing about its walls


def _time_on_strip(ground: Ground, point: Landmark) -> float | None:
    region = ground.region
    if region is None or not (region.kind.is_strip and region.usable and region.times_known):
        return None
    seconds = (point.x - region.bounds.x0) * abs(region.delta[0])
    return seconds if math.isfinite(seconds) else None


def _linear(row: Definition, points: tuple[Landmark, ...], ground: Ground) -> tuple[Value, ...]:
    p, q = (landmark.point for landmark in points)
    output = row.outputs[0]
    if ground.region is None or not ground.usable:
        return (no_number(output, points, ground, math.dist(p, q)),)
    return (checked_number(output, ground.region.distance(p, q), points, ground),)


_COMPUTE = {
    CaliperKind.LINEAR: _linear,
    CaliperKind.VELOCITY: velocity,
    CaliperKind.INFLOW: inflow,
    CaliperKind.EXCURSION: excursion,
    CaliperKind.DIAMETER: m_mode_diameter,
    CaliperKind.TRACING: tracing,
    CaliperKind.SLOPE: slope,
    CaliperKind.INTERVAL: interval,
}


def distances_mm(cine: Cine, a: Caliper, b: Caliper) -> tuple[float, ...]:
    """How far the points of two calipers of one measurement lie apart on a 2-D image, in mm.

    Empty where a pair of points does not lie in one calibrated region: on a strip,
    where a column is a time, there are no millimetres between two places.
    """
    row = definition(a.measurement)
    found: list[float] = []
    for p, q in zip(a.points, b.points, strict=True):
        region = find_region(cine.regions, row, (p, q))
        if region is None or not region.usable or not region.kind.is_image:
            return ()
        found.append(10 * region.distance(p.point, q.point))
    return tuple(found)


def pixel_points(points: Sequence[PixelPoint]) -> tuple[Landmark, ...]:
    """Landmarks placed by hand at these source pixels."""
    return tuple(Landmark(float(x), float(y)) for x, y in points)
