"""What is written beside a caliper, and about which of its points."""

from __future__ import annotations

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import CaliperKind, Definition, Lengths, Phase, Side
from EchoMeasureLib.exporting.label_places import Label
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.measuring.calipers import Caliper


def label_lines(
    caliper: Caliper, phase: Phase | None = None, lengths: Lengths = Lengths.CM
) -> list[str]:
    """A line for each value, such as ["LVID 4.71 cm"]; `phase` is that of the frame.

    On a frame that is known to be end-diastole: ["LVIDd 4.71 cm"].
    """
    row = CATALOG[caliper.measurement]
    return [_line(row, caliper, index, phase, lengths) for index in range(len(caliper.values))]


def labels_of(
    caliper: Caliper, phase: Phase | None = None, lengths: Lengths = Lengths.CM
) -> list[Label]:
    """The labels of a caliper: one for a line, an edge or a peak, three for E, A and E/A."""
    row = CATALOG[caliper.measurement]
    lines = label_lines(caliper, phase, lengths)
    points = [landmark.point for landmark in caliper.points]
    flow = 0 if row.side is None else -1 if row.side is Side.BELOW else 1
    if row.caliper is CaliperKind.INFLOW:
        places = [points[0], points[1], points[1]]
        return [Label(text, (at,), flow) for text, at in zip(lines, places, strict=True)]
    text = "\n".join(lines)
    if row.traced:
        return [Label(text, (points[_summit(caliper)],), flow, tuple(points))]
    return [Label(text, tuple(points), 0 if row.caliper.is_line else flow)]


def label_texts(caliper: Caliper, phase: Phase | None = None) -> tuple[str, ...]:
    """What each point is called: the values themselves, never Slicer's own.

    A line says its value at its right end, so a saved one shows it where it runs away from it,
    an edge at its peak.
    """
    lines = label_lines(caliper, phase)
    points, row = caliper.points, CATALOG[caliper.measurement]
    if row.caliper is CaliperKind.INFLOW:
        return lines[0], "\n".join(lines[1:])
    right = max(range(len(points)), key=lambda i: points[i].x)
    place = _summit(caliper) if row.traced else right
    return tuple("\n".join(lines) if i == place else "" for i in range(len(points)))


def _summit(caliper: Caliper) -> int:
    """Which point of a traced edge is farthest from where it begins."""
    rows = [point.y for point in caliper.points]
    return max(range(len(rows)), key=lambda i: abs(rows[i] - rows[0]))


def _line(
    row: Definition, caliper: Caliper, index: int, phase: Phase | None, lengths: Lengths
) -> str:
    value = caliper.values[index]
    output = row.output(value.id, phase)
    name = output.name_at(phase)
    if value.value is not None:
        text = f"{name} {output.text(value.value, lengths)}"
    elif value.pixels is not None:
        text = f"{name} {value.pixels:.1f} px, no number"
    elif Flag.NOT_FOUND in value.flags:
        text = f"{name}: {Flag.NOT_FOUND.words}"
    else:
        text = f"{name}: no number"
    return f"{text} (?)" if value.flags else text
