"""From points to values with units: the one place where a number is computed.

Arithmetic happens in source pixels with the deltas of the region that holds the
points. Where calibration, units or region do not hold there is no number, only
the reason (and, for distances, the pixels).
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from EchoMeasureLib.catalog import CaliperKind, Definition, Output, Side, definition
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import NOTHING, Landmark, PixelPoint, lowest_confidence
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.inference.prediction import Near, Provenance
from EchoMeasureLib.inference.settings import WeightSet
from EchoMeasureLib.measuring.ground import MOVED_PX, Ground, find_ground, find_region
from EchoMeasureLib.measuring.one_beat import Between, find_between, too_long
from EchoMeasureLib.measuring.one_line import not_one_line
from EchoMeasureLib.measuring.resolution import too_coarse
from EchoMeasureLib.measuring.strip_edge import edge_flag

LOW_CONFIDENCE = 0.3
"""Peak probability below which a landmark is doubtful, of networks whose probabilities nobody has
held against the truth (EchoNet-LVH thresholds here)."""

LOW_OF_PACKAGE: Mapping[str, float] = MappingProxyType({"PLAX": 0.6, "2-D": 0.4, "strip": 0.7})
"""The same of the networks of the package, from what their confidences are worth on spoiled
phantoms (Docs/validation.md): on strips, and in a parasternal long axis, a peak lower than this
is rare where the picture is whole, and every second or third number of such a one is wrong. The
heads of the other views are never as sure: 0.65 to 0.75 where all is well."""

DISAGREEMENT_SHARE = 0.005
"""Distance of the two decoders' points, as a share of the image diagonal, that is doubtful."""


class Origin(str, enum.Enum):
    """How the points came to be where they are."""

    PREDICTED = "predicted"
    EDITED = "edited"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Value:
    """One number of a caliper, or the reason why there is none."""

    id: str
    """Output id of the catalog, such as `lvid` or `e_a_ratio`."""
    value: float | None
    """In `unit`; velocities carry their sign (towards the probe positive)."""
    unit: str
    points: tuple[Landmark, ...]
    """The points this number depends on."""
    flags: tuple[Flag, ...] = ()
    reason: str = ""
    """Why there is no number; empty when there is one."""
    pixels: float | None = None
    """Length in source pixels where no calibrated length can be given."""
    interval_s: float | None = None
    """Time between the two points of a TAPSE or of E and A, seconds."""
    doubt: str = ""
    """What a flag means in figures, such as both numbers where two baselines disagree."""
    beside: str = ""
    """The same of what other frames and calipers say against it (`measuring.beside`)."""

    @property
    def doubts(self) -> str:
        """What its flags mean in figures, all of them."""
        return " ".join(text for text in (self.doubt, self.beside) if text)


@dataclass(frozen=True, slots=True)
class Caliper:
    """A placed measurement: one or two points on one frame of one cine."""

    measurement: str
    frame: int
    points: tuple[Landmark, ...]
    values: tuple[Value, ...]
    """One per output of the measurement: three for mvpeak, one for all others."""
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
        before E, E is as doubtful as their ratio.
        """
        if self.flags:
            return f"flagged {', '.join(flag.words for flag in self.flags)}"
        return next((value.reason for value in self.values if value.reason), "")

    def value(self, id: str) -> Value:
        """The value of this output. Raises `LookupError` when the measurement has none such."""
        for value in self.values:
            if value.id == id:
                return value
        raise LookupError(f"{self.measurement} has no output '{id}'.")

    def distances_px(self, other: Caliper) -> tuple[float, ...]:
        """How far each point lies from that of another of this measurement, in source pixels."""
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
    if len(points) != len(row.points):
        raise InvalidArgument(
            f"{row.id} takes {len(row.points)} point(s) ({', '.join(row.points)}), "
            f"not {len(points)}."
        )
    if not all(math.isfinite(p.x) and math.isfinite(p.y) for p in points):
        raise InvalidArgument(f"The points of {row.id} must be finite numbers.")
    placed = tuple(
        replace(point, label=label) for point, label in zip(points, row.points, strict=True)
    )
    ground = find_ground(cine, row, placed, frame)
    found = _COMPUTE[row.caliper](row, placed, ground)
    least = least_confidence(row, model)
    values = tuple(_doubted(cine, value, least, quality, view, ground) for value in found)
    region = ground.region.index if ground.region is not None else None
    time = _time_on_strip(ground, placed[0])
    doubts = quality, view, tuple(near)
    return Caliper(row.id, frame, placed, values, region, origin, model, time, *doubts)


def least_confidence(row: Definition, model: Provenance | None) -> float:
    """Peak probability below which a landmark of this network is doubtful."""
    if model is None or model.set != WeightSet.PHANTOM.value:
        return LOW_CONFIDENCE
    return LOW_OF_PACKAGE["strip" if row.on_strip else "PLAX" if "PLAX" in row.view else "2-D"]


def _doubted(
    cine: Cine, value: Value, least: float, quality: str, view: str, ground: Ground
) -> Value:
    """The value with what makes a network's points doubtful; none where it found none."""
    lost = [point for point in value.points if not point.found]
    if lost:
        flags = (Flag.NOT_FOUND, Flag.OTHER_VIEW) if view else (Flag.NOT_FOUND,)
        reason = _not_found(lost)
        return Value(value.id, None, value.unit, value.points, flags, reason, doubt=view)
    limit = DISAGREEMENT_SHARE * math.hypot(cine.columns, cine.rows)
    doubts: list[Flag] = []
    confidence = lowest_confidence(value.points)
    if confidence is not None and confidence < least:
        doubts.append(Flag.LOW_CONFIDENCE)
    if any(p.disagreement is not None and p.disagreement > limit for p in value.points):
        doubts.append(Flag.DECODERS_DISAGREE)
    if quality:
        doubts.append(Flag.POOR_QUALITY)
    if view:
        doubts.append(Flag.OTHER_VIEW)
    coarse = ""
    if confidence is not None and value.value is not None and ground.region is not None:
        coarse = too_coarse((cine.columns, cine.rows), ground.region)
    if coarse:
        doubts.append(Flag.COARSE)
    doubt = " ".join(text for text in (value.doubt, quality, view, coarse) if text)
    return replace(value, flags=tuple(dict.fromkeys((*value.flags, *doubts))), doubt=doubt)


def _not_found(lost: Sequence[Landmark]) -> str:
    names = " and no ".join(point.label for point in lost)
    best = max(point.confidence or 0.0 for point in lost)
    return (
        f"No landmark found: the network sees no {names} here "
        f"(probability {best:.2f}, under {NOTHING:g} it is chance)."
    )


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
        return (_no_number(output, points, ground, math.dist(p, q)),)
    return (_checked(output, ground.region.distance(p, q), points, ground),)


def _excursion(row: Definition, points: tuple[Landmark, ...], ground: Ground) -> tuple[Value, ...]:
    p, q = (landmark.point for landmark in points)
    output = row.outputs[0]
    if ground.region is None or not ground.usable:
        return (_no_number(output, points, ground, abs(q.y - p.y)),)
    seconds = ground.region.interval(p, q)
    flag, reason = _no_excursion(row, p, q, seconds, ground)
    if flag is not None:
        flags, reason = (*ground.flags, flag), f"This is no {output.name_at(None)}. {reason}"
        return (Value(output.id, None, output.unit, points, flags, reason, interval_s=seconds),)
    centimetres = ground.region.difference(p, q)[1]
    value = _checked(output, abs(centimetres), points, ground)
    return (replace(value, interval_s=seconds),)


def _no_excursion(
    row: Definition, p: PixelPoint, q: PixelPoint, seconds: float | None, ground: Ground
) -> tuple[Flag | None, str]:
    """Why two points are not the lowest and the highest of one echo in one beat, in words."""
    assert ground.region is not None
    # Towards the probe, whichever way up the strip is.
    if ground.region.difference(p, q)[1] >= 0:
        return Flag.ORDER, "The second point does not lie nearer to the probe than the first."
    if seconds is None and q.x <= p.x:
        return Flag.ORDER, "The second point does not lie after the first."
    least, most = row.apart_s or (0.0, math.inf)
    if seconds is not None and not least <= seconds <= most:
        words = f"The points lie {seconds:.2f} s apart; a systole takes {least:g} to {most:g} s."
        return Flag.NOT_ONE_BEAT, words
    longer = too_long(seconds, most, ground.rr_s)
    if longer:
        return Flag.NOT_ONE_BEAT, longer
    if ground.picture is not None:
        words = not_one_line(ground.picture, ground.region, p, q)
        if words:
            return Flag.NOT_ONE_LINE, words
    return None, ""


def _doubly(value: Value, flag: Flag, words: str) -> Value:
    """The value with one more flag, and what it means in figures."""
    return replace(value, flags=(*value.flags, flag), doubt=f"{value.doubt} {words}".lstrip())


def _velocity(row: Definition, points: tuple[Landmark, ...], ground: Ground) -> tuple[Value, ...]:
    return (_velocity_value(row.outputs[0], row.side, points[0], ground),)


def _velocity_value(output: Output, side: Side | None, landmark: Landmark, ground: Ground) -> Value:
    if ground.region is None or not ground.usable:
        return _no_number(output, (landmark,), ground, None)
    velocity = _velocity_at(ground.region, landmark)
    value = _checked(output, velocity, (landmark,), ground)
    if ground.drawn is not None:
        other = _velocity_at(ground.drawn, landmark)
        value = replace(value, doubt=_two_baselines(ground, output, velocity, other))
    expected = 1 if side is Side.ABOVE else -1
    if velocity * expected < 0:
        value = replace(value, flags=(*value.flags, Flag.WRONG_SIDE))
    return _whole_wave(value, output, landmark, ground.region, ground.picture)


def _whole_wave(
    value: Value, output: Output, landmark: Landmark, region: Region, picture: Frame | None
) -> Value:
    """The value, flagged where its wave goes on beyond the strip's edge."""
    assert region.baseline_y is not None
    if picture is None:
        return value
    flag = edge_flag(picture, region, landmark.point, region.baseline_y)
    if flag is None:
        return value
    edge = region.bounds.y0 if landmark.y < region.baseline_y else region.bounds.y1
    limit = output.text(_velocity_at(region, replace(landmark, y=edge)))
    where = " and comes back on the other side" if flag is Flag.ALIASED else ""
    words = f"The strip ends at {limit}; the wave reaches that{where}, so its peak may be faster."
    return _doubly(value, flag, words)


def _velocity_at(region: Region, landmark: Landmark) -> float:
    velocity = region.value_at(landmark.point)[1]
    assert velocity is not None  # _find_ground lets no region without a baseline through
    return velocity


def _two_baselines(ground: Ground, output: Output, number: float, other: float) -> str:
    """What the calibration's and the drawn baseline give, each with its row."""
    region, drawn = ground.region, ground.drawn
    assert region is not None
    assert drawn is not None
    assert region.baseline_y is not None
    assert drawn.baseline_y is not None
    whose = "calibration by hand" if region.index < 0 else "file"
    words = (
        f"The {whose} puts the baseline at row {region.baseline_y:.1f}, which gives "
        f"{output.text(number)}; the picture shows it at row {drawn.baseline_y:.1f}, which would "
        f"give {output.text(other)}."
    )
    # A reference that counts from the corner of the picture is off by the strip's own top.
    if abs(region.baseline_y - region.bounds.y0 - drawn.baseline_y) <= MOVED_PX < region.bounds.y0:
        words += " Its reference pixel seems to count from the corner of the picture."
    return words


def _inflow(row: Definition, points: tuple[Landmark, ...], ground: Ground) -> tuple[Value, ...]:
    e = _velocity_value(row.output("e"), row.side, points[0], ground)
    a = _velocity_value(row.output("a"), row.side, points[1], ground)
    output = row.output("e_a_ratio")
    if ground.region is None or e.value is None or a.value is None:
        return e, a, _no_number(output, points, ground, None)
    region, (p, q) = ground.region, (landmark.point for landmark in points)
    seconds = region.interval(p, q)
    flags = tuple(dict.fromkeys((*e.flags, *a.flags)))
    apart = _not_one_diastole(row, p, q, seconds, ground)
    if not a.value:
        apart = "A is zero, so there is no ratio."
    elif apart:
        flags = (*flags, Flag.NOT_ONE_BEAT)
        apart = f"E and A are not of one beat, so there is no ratio. {apart}"
    if apart:
        return e, a, Value(output.id, None, output.unit, points, flags, apart, interval_s=seconds)
    least, _ = row.apart_s or (0.0, 0.0)
    if q.x < p.x if seconds is None else seconds < least:
        flags = (*flags, Flag.ORDER)
    ratio = _checked(output, e_to_a(e.value, a.value), points, replace(ground, flags=flags))
    if ground.drawn is not None:
        ratio = replace(ratio, doubt=_doubt_of_ratio(ground, output, ratio.value, points))
    return e, a, replace(ratio, interval_s=seconds)


def _not_one_diastole(
    row: Definition, p: PixelPoint, q: PixelPoint, seconds: float | None, ground: Ground
) -> str:
    """Why E and A are not of one diastole, in words; empty when they are."""
    region = ground.region
    assert region is not None
    assert row.apart_s is not None
    longer = too_long(seconds, row.apart_s[1], ground.rr_s)
    if longer:
        return longer
    between = None
    if ground.picture is not None and region.baseline_y is not None and p.x < q.x:
        between = find_between(ground.picture, region, p, q, region.baseline_y)
    if between is Between.WAVE:
        return "Another wave lies between them."
    if seconds is None and p.x < q.x and between is not Between.FLOW:
        return "The time axis is not calibrated, and the picture does not show one diastole."
    return ""


def _doubt_of_ratio(
    ground: Ground, output: Output, ratio: float | None, points: tuple[Landmark, ...]
) -> str:
    if ground.drawn is None or ratio is None:
        return ""
    e, a = (_velocity_at(ground.drawn, point) for point in points)
    return _two_baselines(ground, output, ratio, e_to_a(e, a)) if a else ""


_COMPUTE = {
    CaliperKind.LINEAR: _linear,
    CaliperKind.VELOCITY: _velocity,
    CaliperKind.INFLOW: _inflow,
    CaliperKind.EXCURSION: _excursion,
}


def _checked(output: Output, number: float, points: tuple[Landmark, ...], ground: Ground) -> Value:
    if not math.isfinite(number):
        reason = "The number would be larger than any that can be computed with."
        return Value(output.id, None, output.unit, points, ground.flags, reason)
    flags = ground.flags
    if not output.plausible.contains(abs(number)):
        flags = (*flags, Flag.IMPLAUSIBLE)
    return Value(output.id, number, output.unit, points, flags, doubt=ground.doubt)


def _no_number(
    output: Output, points: tuple[Landmark, ...], ground: Ground, pixels: float | None
) -> Value:
    pixels = pixels if ground.lengths else None
    return Value(output.id, None, output.unit, points, ground.flags, ground.reason, pixels)


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


def e_to_a(e: float, a: float) -> float:
    """E over A, of one beat or of the means of several; `a` is not 0."""
    return e / a


def pixel_points(points: Sequence[PixelPoint]) -> tuple[Landmark, ...]:
    """Landmarks placed by hand at these source pixels."""
    return tuple(Landmark(float(x), float(y)) for x, y in points)
