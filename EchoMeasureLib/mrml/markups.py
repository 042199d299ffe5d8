"""Calipers as Slicer markups: how they are made, drawn, put in place and labelled.

Linear and M-mode calipers are lines, Doppler calipers are points. A markup holds
positions in the volume's local coordinates (see `mapping`). Slicer's own length,
which is pixels labelled mm on an uncalibrated image, is never shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from EchoMeasureLib.catalog import CATALOG, CaliperKind, Definition, Phase
from EchoMeasureLib.exporting.labels import label_lines
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.mrml.mapping import Position
from EchoMeasureLib.mrml.node_colours import rgb

MEASUREMENT_ATTRIBUTE = "EchoMeasure.measurement"
"""Node attribute with the measurement id."""

VOLUME_ROLE = "EchoMeasure.volume"
"""Reference from a caliper's node to the volume it lies on."""

COPY_LABEL = "copy, not measured"

GLYPH_SCALE = 1.5
"""Percent of the view; small enough not to hide the border under the cross."""


def node_class(row: Definition) -> str:
    """Class of the markups node that shows this measurement."""
    return "vtkMRMLMarkupsLineNode" if row.caliper.is_length else "vtkMRMLMarkupsFiducialNode"


def dress(node: Any, row: Definition) -> None:
    """Colour, glyphs and labels of a measurement; the built-in length off."""
    node.SetAttribute(MEASUREMENT_ATTRIBUTE, row.id)
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    colour = rgb(row.colour)
    # Slicer draws defined points and their line in the "selected" colour.
    display.SetSelectedColor(*colour)
    display.SetColor(*colour)
    display.SetGlyphTypeFromString("CrossDot2D")
    display.SetUseGlyphScale(True)
    display.SetGlyphScale(GLYPH_SCALE)
    display.SetHandlesInteractive(False)
    display.SetSnapMode(display.SnapModeUnconstrained)
    display.SetPropertiesLabelVisibility(False)
    # The labels are written elsewhere (`label_node`), where they hide no border.
    display.SetPointLabelsVisibility(False)
    for index in range(node.GetNumberOfMeasurements()):
        measurement = node.GetNthMeasurement(index)
        if measurement.GetName() == "length":
            measurement.SetEnabled(False)


def of_volume(scene: Any, volume: Any) -> dict[str, list[Any]]:
    """Caliper nodes that lie on this volume, by measurement, such as a saved scene brings them."""
    found: dict[str, list[Any]] = {}
    for node in in_scene(scene):
        if node.GetNodeReferenceID(VOLUME_ROLE) == volume.GetID():
            found.setdefault(node.GetAttribute(MEASUREMENT_ATTRIBUTE), []).append(node)
    return found


def in_scene(scene: Any) -> list[Any]:
    """Every node that is dressed as a caliper, and every copy of one."""
    kinds = ("vtkMRMLMarkupsLineNode", "vtkMRMLMarkupsFiducialNode")
    nodes = [
        scene.GetNthNodeByClass(index, kind)
        for kind in kinds
        for index in range(scene.GetNumberOfNodesByClass(kind))
    ]
    return [node for node in nodes if is_caliper(node)]


def is_caliper(node: Any) -> bool:
    """Whether a node is dressed as a caliper, as the copy of one is."""
    measurement = node.GetAttribute(MEASUREMENT_ATTRIBUTE)
    return measurement in CATALOG and bool(node.IsA(node_class(CATALOG[measurement])))


def is_copy(node: Any, volume: Any) -> bool:
    """Whether a node that is none of the review's own says a value of this volume or of none.

    The Data module copies attributes and labels, but not always what a node refers to.
    """
    if not is_caliper(node) or node.GetHideFromEditors():
        return False
    return node.GetNodeReferenceID(VOLUME_ROLE) in (None, "", volume.GetID())


def make_plain(node: Any) -> None:
    """Turn the copy of a caliper into a markup like any other: it says no number.

    Nobody measures it, so what it was labelled with would stay whatever becomes of it.
    """
    modified = node.StartModify()
    node.RemoveAttribute(MEASUREMENT_ATTRIBUTE)
    node.SetNodeReferenceID(VOLUME_ROLE, None)
    points = node.GetNumberOfControlPoints()
    label(node, [COPY_LABEL if point == points - 1 else "" for point in range(points)])
    for index in range(node.GetNumberOfMeasurements()):
        measurement = node.GetNthMeasurement(index)
        if measurement.IsA("vtkMRMLStaticMeasurement"):
            measurement.SetEnabled(False)
            measurement.ClearValue()
    node.EndModify(modified)


def put(node: Any, positions: Sequence[Position], texts: Sequence[str]) -> None:
    """Set every point and its label; the points are then fixed in number."""
    modified = node.StartModify()
    if node.GetNumberOfControlPoints() != len(positions):
        node.SetFixedNumberOfControlPoints(False)
        node.RemoveAllControlPoints()
        for position in positions:
            node.AddControlPoint(*position)
        node.SetFixedNumberOfControlPoints(True)
    else:
        for index, position in enumerate(positions):
            node.SetNthControlPointPosition(index, *position)
    label(node, texts)
    node.EndModify(modified)


def label(node: Any, texts: Sequence[str]) -> None:
    """Set the label of every point where it differs."""
    for index, text in enumerate(texts):
        if node.GetNthControlPointLabel(index) != text:
            node.SetNthControlPointLabel(index, text)


def positions(node: Any) -> tuple[Position, ...]:
    """Local RAS positions (mm) of all points."""
    found = (node.GetNthControlPointPosition(i) for i in range(node.GetNumberOfControlPoints()))
    return tuple((float(r), float(a), float(s)) for r, a, s in found)


def label_texts(caliper: Caliper, phase: Phase | None = None) -> tuple[str, ...]:
    """What each point is called: the values themselves, never Slicer's own.

    A line says its value at its right end, so a saved one shows it where it runs away from it.
    """
    lines = label_lines(caliper, phase)
    points = caliper.points
    if CATALOG[caliper.measurement].caliper is CaliperKind.INFLOW:
        return lines[0], "\n".join(lines[1:])
    right = max(range(len(points)), key=lambda i: points[i].x)
    return tuple("\n".join(lines) if i == right else "" for i in range(len(points)))


def show_values(
    node: Any, caliper: Caliper, phase: Phase | None = None, coded: bool = False
) -> None:
    """Put the values into the node's measurements, as the Markups module lists them.

    Magnitudes in the unit for people; a value without a number is not enabled. `coded`
    adds the UCUM code of the unit, for a node that is written to a file and never
    copied: Slicer (5.6 to 5.13) releases the code of a copy once too often, and ends.
    """
    row = CATALOG[caliper.measurement]
    for value in caliper.values:
        output = row.output(value.id, phase)
        measurement = _measurement(node, value.id)
        unit = output.shown_unit or output.unit
        if value.value is None:
            measurement.SetEnabled(False)
            measurement.ClearValue()
            continue
        measurement.SetEnabled(True)
        # A coefficient other than 1 would be applied a second time when the file is read.
        measurement.SetPrintFormat(f"%.{output.decimals}f %s" if unit != "1" else "%.2f")
        shown = abs(value.value) * output.shown_factor
        measurement.SetDisplayValue(shown, "" if unit == "1" else unit, 1.0)
        if coded:
            measurement.SetUnitsCode(_ucum(unit))


def _measurement(node: Any, name: str) -> Any:
    import slicer

    for index in range(node.GetNumberOfMeasurements()):
        found = node.GetNthMeasurement(index)
        if found.GetName() == name:
            return found
    made = slicer.vtkMRMLStaticMeasurement()
    made.SetName(name)
    made.SetInputMRMLNode(node)
    node.AddMeasurement(made)
    return made


def _ucum(unit: str) -> Any:
    import slicer

    code = slicer.vtkCodedEntry()
    code.SetValueSchemeMeaning(unit, "UCUM", unit)
    return code
