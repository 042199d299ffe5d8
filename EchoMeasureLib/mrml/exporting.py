"""The calipers of all frames as a sequence for Slicer's own tools, written by a scene."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from EchoMeasureLib.catalog import CATALOG, definition
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import CannotMeasure, OutputProblem
from EchoMeasureLib.exporting.labels import label_texts
from EchoMeasureLib.files import written_whole
from EchoMeasureLib.mrml import markups
from EchoMeasureLib.mrml.loading import TIME_TOLERANCE_S, index_of
from EchoMeasureLib.mrml.mapping import PixelMap
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.review.session import Review


def write_sequence(
    path: Path, review: Review, scene: Any, volume: Any, measurement: str, image: str
) -> Path:
    """All calipers of one measurement as a Slicer sequence, `path` ending in `.seq.mrb`.

    Indexed like the cine: by time in s, or by frame. Frames without a caliper have no
    item; of two on one frame the later is taken. Raises `CannotMeasure` when there is
    none, `OutputProblem` when the file cannot be written.
    """
    entries = {
        entry.frame: entry
        for entry in review.entries.values()
        if (entry.measurement, entry.image) == (measurement, image)
        and entry.status is not Status.REJECTED
    }
    if not entries:
        raise CannotMeasure(f"There is no {definition(measurement).name} to write.")
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", CATALOG[measurement].short_name)
    try:
        index, unit, values = index_of(review.cine(image))
        sequence.SetIndexName(index)
        sequence.SetIndexUnit(unit)
        sequence.SetNumericIndexValueTolerance(TIME_TOLERANCE_S)
        for frame, entry in sorted(entries.items()):
            with _markup(scene, volume, entry, review.phase_of(entry)) as node:
                sequence.SetDataNodeAtValue(node, values[frame])
        # Slicer chooses the format by the end of the name, which is the same.
        with written_whole(path) as beside, _in_millimetres(scene):
            # Slicer writes a sequence only through a storage node of the same scene.
            sequence.AddDefaultStorageNode()
            storage = sequence.GetStorageNode()
            storage.SetFileName(str(beside))
            _check(storage.WriteData(sequence), path)
    finally:
        if sequence.GetStorageNode() is not None:
            scene.RemoveNode(sequence.GetStorageNode())
        scene.RemoveNode(sequence)
    return path


@contextmanager
def _markup(scene: Any, volume: Any, entry: Entry, phase: Phase | None) -> Iterator[Any]:
    """A markup of this caliper, in the scene for as long as it is needed."""
    row = CATALOG[entry.measurement]
    node = scene.AddNewNodeByClass(markups.node_class(row), entry.id)
    try:
        node.SetHideFromEditors(True)
        node.SetSaveWithScene(False)
        markups.dress(node, row)
        pixels = PixelMap(volume)
        places = [pixels.to_local(point.point) for point in entry.caliper.points]
        markups.put(node, places, label_texts(entry.caliper, phase), fixed=not row.traced)
        markups.show_values(node, entry.caliper, phase)
        node.SetLocked(entry.locked)
        node.SetAttribute("EchoMeasure.entry", entry.id)
        yield node
    finally:
        for display in [node.GetNthDisplayNode(i) for i in range(node.GetNumberOfDisplayNodes())]:
            scene.RemoveNode(display)
        scene.RemoveNode(node)


@contextmanager
def _in_millimetres(scene: Any) -> Iterator[None]:
    """Slicer writes coordinates in mm and calls them by the length unit that it shows, cm say.

    What is inside sees mm; nobody hears of it, as all is as before when the nodes tell.
    """
    selection = scene.GetFirstNodeByClass("vtkMRMLSelectionNode")
    unit = selection.GetUnitNode("length") if selection is not None else None
    if unit is None:
        yield
        return
    before = unit.GetSuffix(), unit.GetDisplayCoefficient()
    modified = unit.StartModify()
    try:
        unit.SetSuffix("mm")
        unit.SetDisplayCoefficient(1.0)
        yield
    finally:
        unit.SetSuffix(before[0])
        unit.SetDisplayCoefficient(before[1])
        unit.EndModify(modified)


def _check(done: int, path: Path) -> None:
    if not done:
        raise OutputProblem(f"{path} could not be written by Slicer.", "Its error log says why.")
