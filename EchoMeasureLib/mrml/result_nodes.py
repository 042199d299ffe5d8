"""Results as Slicer nodes: one table of all values, and a plot of one value against time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Definition, Phase
from EchoMeasureLib.exporting.node_colours import rgb
from EchoMeasureLib.geometry import lowest_confidence
from EchoMeasureLib.measuring.cava_curve import CavaCurve
from EchoMeasureLib.measuring.formula_inputs import QUANTITIES
from EchoMeasureLib.measuring.measured import BeatValue
from EchoMeasureLib.measuring.values import Value
from EchoMeasureLib.mrml.hierarchy import put_beside
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.review.session import Review

ROLE_ATTRIBUTE = "EchoMeasure.result"
"""Node attribute: which result a node holds, so that it is filled again and not added twice."""

COLUMNS = (
    "Measurement",
    "Value",
    "Frame",
    "Time (s)",
    "Phase",
    "Confidence",
    "Status",
    "Flags",
    "Reviewer",
    "Image",
    "Beat",
    "Counts",
)
"""Image: its key in the review, the SOP Instance UID where there is one. Counts: "yes", or why it
does not go into the number of the sheet."""

MARKS = {Phase.ED: "#d62728", Phase.ES: "#1f77b4"}


class ResultNodes:
    """The table of a review and the plots of one of its images, under the study of its volume."""

    def __init__(self, review: Review, scene: Any, volume: Any, image: str) -> None:
        """`image`: key of the image in the review."""
        self._review = review
        self._scene = scene
        self._volume = volume
        self._image = image

    def table(self) -> Any:
        """Every value of the study that was not rejected, and the derived ones; filled anew."""
        images = tuple(self._review.images)
        table = self._table("table", "EchoMeasure results", image=images[0])
        entries = [entry for image in images for entry in self._entries(image)]
        counts = self._counts()
        rows = [row for entry in entries for row in self._value_rows(entry, counts)]
        rows += self._derived_rows()
        _fill(table, {name: [row[i] for row in rows] for i, name in enumerate(COLUMNS)})
        return table

    def points(self, measurement: str, output: str) -> int:
        """How many frames a plot of this value would show."""
        return len(self._curve(measurement, output).frames)

    def plot(self, measurement: str, output: str, cava: CavaCurve | None = None) -> Any:
        """A plot chart of one value against time in s, or against the frame number without times.

        Magnitudes in the unit for people; where frames between are not measured, or have no
        number, there is a gap.
        End-diastolic and end-systolic frames, found or chosen, are marked. Of a vena cava over its
        strip, `cava`, the diameters from its left edge on are drawn.
        """
        row = CATALOG[measurement]
        curve = self._curve(measurement, output) if cava is None else _over_strip(cava)
        # Of a vena cava one curve says both its widest and its narrowest.
        name = _curve_name(row, output) if cava is None else f"{CATALOG['ivc'].short_name} diameter"
        key = f"{measurement} {output}"
        chart = self._node("vtkMRMLPlotChartNode", f"plot {key}", f"EchoMeasure {name}")
        chart.RemoveAllPlotSeriesNodeIDs()
        drawn = [(key, name, set(curve.frames), row.colour)]
        for phase, frames in curve.marks.items():
            drawn.append((f"{key} {phase.brief}", phase.brief, frames, MARKS[phase]))
        for place, title, frames, colour in drawn:
            series = self._series(place, title, curve, frames)
            _draw(series, colour, marks_only=colour in MARKS.values())
            chart.AddAndObservePlotSeriesNodeID(series.GetID())
        unit = row.output(output).shown_unit or row.output(output).unit
        chart.SetTitle(name)
        chart.SetXAxisTitle("Time (s)" if curve.timed else "Frame")
        chart.SetYAxisTitle(name if unit == "1" else f"{name} ({unit})")
        return chart

    def _entries(self, image: str) -> list[Entry]:
        return [
            entry
            for entry in self._review.entries.values()
            if entry.image == image and entry.status is not Status.REJECTED
        ]

    def _counts(self) -> dict[tuple[str, str], BeatValue]:
        """Of each caliper and output the beat of the sheet that rests on it."""
        found: dict[tuple[str, str], BeatValue] = {}
        measured = self._review.measured()
        for quantity in QUANTITIES:
            for beat in measured[quantity.id].beats:
                found |= {(entry, quantity.output.id): beat for entry in beat.entries}
        return found

    def _value_rows(
        self, entry: Entry, counts: Mapping[tuple[str, str], BeatValue]
    ) -> Iterable[tuple[str, ...]]:
        caliper, phase = entry.caliper, self._review.phase_of(entry)
        row = CATALOG[caliper.measurement]
        times = self._review.images[entry.image].times
        for value in caliper.values:
            confidence = lowest_confidence(value.points)
            yield (
                row.output(value.id, phase).name_at(phase),
                _number_text(row, value),
                str(caliper.frame),
                "" if times is None else f"{times[caliper.frame]:.3f}",
                phase.value if phase else "",
                "" if confidence is None else f"{confidence:.2f}",
                entry.status.value,
                ", ".join(flag.words for flag in value.flags),
                entry.reviewer,
                entry.image,
                *_counts_words(entry, counts.get((entry.id, value.id))),
            )

    def _derived_rows(self) -> list[tuple[str, ...]]:
        return [
            (derived.name, derived.text, *[""] * 4, "derived", *[""] * 4, derived.basis)
            for derived in self._review.derived()
            if derived.text
        ]

    def _curve(self, measurement: str, output: str) -> _Curve:
        times = self._review.images[self._image].times
        factor = CATALOG[measurement].output(output).shown_factor
        found: dict[int, float] = {}
        for entry in self._entries(self._image):
            if entry.measurement != measurement:
                continue
            for value in entry.caliper.values:
                if value.id == output and value.value is not None:
                    found[entry.frame] = abs(value.value) * factor
        frames = tuple(sorted(found))
        at = tuple(float(f) if times is None else times[f] for f in frames)
        marks = {
            phase: set(self._review.phase_frames(phase, self._image, measurement)) & set(frames)
            for phase in MARKS
        }
        return _Curve(frames, at, tuple(found[f] for f in frames), marks, times is not None)

    def _series(self, key: str, name: str, curve: _Curve, frames: set[int]) -> Any:
        table = self._table(f"series {key}", f"EchoMeasure plot data {key}", hidden=True)
        x, y = "Time (s)" if curve.timed else "Frame", "Value"
        at, values, last = [], [], None
        for frame, time, value in zip(curve.frames, curve.at, curve.values, strict=True):
            if frame not in frames:
                continue
            if last is not None and frame > last + 1 and len(frames) == len(curve.frames):
                # A plot draws no line to what is no number.
                at.append(time)
                values.append(math.nan)
            at.append(time)
            values.append(value)
            last = frame
        _fill(table, {x: at, y: values})
        series = self._node("vtkMRMLPlotSeriesNode", f"series {key}", name)
        series.SetAndObserveTableNodeID(table.GetID())
        series.SetXColumnName(x)
        series.SetYColumnName(y)
        return series

    def _table(self, role: str, name: str, hidden: bool = False, image: str = "") -> Any:
        table = self._node("vtkMRMLTableNode", role, name, hidden, image)
        table.SetUseColumnTitleAsColumnHeader(False)
        return table

    def _node(self, kind: str, role: str, name: str, hidden: bool = False, image: str = "") -> Any:
        """The node of this kind for this role on this or another image, made when missing."""
        role = f"{role} {image or self._image}"
        for index in range(self._scene.GetNumberOfNodesByClass(kind)):
            node = self._scene.GetNthNodeByClass(index, kind)
            if node.GetAttribute(ROLE_ATTRIBUTE) == role:
                return node
        node = self._scene.AddNewNodeByClass(kind, name)
        node.SetAttribute(ROLE_ATTRIBUTE, role)
        if hidden:
            node.SetHideFromEditors(True)
        else:
            put_beside(self._scene, node, self._volume)
        return node


@dataclass(frozen=True, slots=True)
class _Curve:
    """One value over the frames that have it."""

    frames: tuple[int, ...]
    at: tuple[float, ...]
    """Seconds, or frame numbers when `timed` is false."""
    values: tuple[float, ...]
    marks: dict[Phase, set[int]]
    timed: bool


def _over_strip(cava: CavaCurve) -> _Curve:
    """Its places along the strip as frames; those without a number are none."""
    read = {place: cm for place, cm in enumerate(cava.cm) if cm is not None}
    at = tuple(cava.seconds[place] for place in read)
    return _Curve(tuple(read), at, tuple(read.values()), {}, True)


def _counts_words(entry: Entry, beat: BeatValue | None) -> tuple[str, str]:
    """The number of its beat, and "yes" or why it does not count."""
    if beat is None:
        return "", entry.excluded or "no"
    return str(beat.number), beat.why_not or "yes"


def _curve_name(row: Definition, output: str) -> str:
    return row.output(output).name_at(None)


def _number_text(row: Definition, value: Value) -> str:
    if value.value is not None:
        return row.output(value.id).text(value.value)
    return f"{value.pixels:.1f} px" if value.pixels is not None else "no number"


def _fill(table: Any, columns: Mapping[str, Sequence[str | float]]) -> None:
    """Replace the contents of a table node."""
    import vtk

    modified = table.StartModify()
    table.RemoveAllColumns()
    for name, cells in columns.items():
        text = any(isinstance(cell, str) for cell in cells)
        array = vtk.vtkStringArray() if text else vtk.vtkDoubleArray()
        array.SetName(name)
        for cell in cells:
            array.InsertNextValue(cell)
        table.AddColumn(array)
    table.EndModify(modified)


def _draw(series: Any, colour: str, marks_only: bool) -> None:
    series.SetPlotType(series.PlotTypeScatter)
    series.SetColor(*rgb(colour))
    series.SetMarkerStyle(series.MarkerStyleDiamond if marks_only else series.MarkerStyleCircle)
    series.SetMarkerSize(12 if marks_only else 5)
    series.SetLineStyle(series.LineStyleNone if marks_only else series.LineStyleSolid)
