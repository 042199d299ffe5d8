"""Calipers as Slicer markups: how they are made, drawn, put in place and labelled.

Linear and M-mode calipers are lines, Doppler peaks are points, traced waves are closed curves of
straight pieces, which the strip's baseline closes. A markup holds positions in the volume's local
coordinates (see `mapping`). Slicer's own length, which is pixels labelled mm on an uncalibrated
image, is never shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Definition, Phase
from EchoMeasureLib.exporting.markup_files import GLYPH, GLYPH_SCALE, markup_type, markup_values
from EchoMeasureLib.exporting.node_colours import rgb
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.mrml.mapping import Position

MEASUREMENT_ATTRIBUTE = "EchoMeasure.measurement"
"""Node attribute with the measurement id."""

VOLUME_ROLE = "EchoMeasure.volume"
"""Reference from a caliper's node to the volume it lies on."""

COPY_LABEL = "copy, not measured"


def node_class(row: Definition) -> str:
    """Class of the markups node that shows this measurement."""
    return f"vtkMRMLMarkups{markup_type(row)}Node"


def dress(node: Any, row: Definition) -> None:
    """Colour, glyphs and labels of a measurement; Slicer's own measurements off."""
    node.SetAttribute(MEASUREMENT_ATTRIBUTE, row.id)
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    colour = rgb(row.colour)
    # Slicer draws defined points and their line in the "selected" colour.
    display.SetSelectedColor(*colour)
    display.SetColor(*colour)
    display.SetGlyphTypeFromString(GLYPH)
    display.SetUseGlyphScale(True)
    display.SetGlyphScale(GLYPH_SCALE)
    display.SetHandlesInteractive(False)
    display.SetSnapMode(display.SnapModeUnconstrained)
    display.SetPropertiesLabelVisibility(False)
    # The labels are written elsewhere (`label_node`), where they hide no border.
    display.SetPointLabelsVisibility(False)
    if row.traced:
        node.SetCurveTypeToLinear()
    for index in range(node.GetNumberOfMeasurements()):
        measurement = node.GetNthMeasurement(index)
        # Lengths, areas and curvatures of Slicer's own are in pixels called mm here.
        if not measurement.IsA("vtkMRMLStaticMeasurement"):
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
    kinds = sorted({node_class(row) for row in CATALOG.values()})
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


def put(node: Any, positions: Sequence[Position], texts: Sequence[str], fixed: bool = True) -> None:
    """Set every point and its label; `fixed`: nobody can then add or take away one."""
    modified = node.StartModify()
    if node.GetNumberOfControlPoints() != len(positions):
        node.SetFixedNumberOfControlPoints(False)
        node.RemoveAllControlPoints()
        for position in positions:
            node.AddControlPoint(*position)
        node.SetFixedNumberOfControlPoints(fixed)
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


def show_values(node: Any, caliper: Caliper, phase: Phase | None = None) -> None:
    """Put the values into the node's measurements, as the Markups module lists them.

    Magnitudes in the unit for people; a value without a number is not enabled.
    """
    for value in markup_values(caliper, phase):
        measurement = _measurement(node, value.name)
        measurement.SetEnabled(value.number is not None)
        if value.number is None:
            measurement.ClearValue()
            continue
        # A coefficient other than 1 would be applied a second time when the file is read.
        measurement.SetPrintFormat(value.format)
        measurement.SetDisplayValue(value.number, "" if value.unit == "1" else value.unit, 1.0)


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
