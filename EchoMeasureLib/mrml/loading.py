"""From a file to Slicer nodes, for use without the DICOM module."""

from __future__ import annotations

import itertools
from typing import Any

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.mrml.cine_nodes import CINE_ATTRIBUTE, UIDS_ATTRIBUTE, CineNodes
from EchoMeasureLib.mrml.description import describe
from EchoMeasureLib.mrml.hierarchy import put_under_study
from EchoMeasureLib.mrml.node_pixels import set_image
from EchoMeasureLib.progress import Monitor, Progress, silent

DEFAULT_BUDGET_BYTES = 2 * 1024**3
"""Slicer holds every frame of a sequence decoded; more than this is refused."""

TIME_TOLERANCE_S = 1e-6
"""Slicer's own 1 ms would merge the frames of a fast M-mode or tissue Doppler cine."""


def load_cine(
    scene: Any,
    cine: Cine,
    name: str = "Echo",
    monitor: Monitor = silent,
    budget_bytes: int = DEFAULT_BUDGET_BYTES,
) -> CineNodes:
    """Volume sequence, browser and displayed volume of a cine; a volume alone for a still.

    The index is `time` in s where the frame times rise, else `frame`. Spacing is in mm
    where the file has exactly one usable 2-D region, else 1; IJKToRAS = diag(-sx, -sy, 1)
    as Slicer's own importer writes it. Nothing is left in the scene when the monitor
    cancels. Raises `InvalidArgument` when the decoded frames exceed the memory budget.
    """
    needed = cine.frame_count * cine.rows * cine.columns * 3
    if needed > budget_bytes:
        raise InvalidArgument(
            f"The {cine.frame_count} frames of this cine take {needed / 1024**3:.1f} GiB in "
            f"Slicer; the limit is {budget_bytes / 1024**3:.1f} GiB.",
            "Measure it with the command line, which decodes frame by frame, or raise the limit.",
        )
    spacing = spacing_mm(cine)
    if cine.frame_count == 1:
        volume = _volume(cine, 0, spacing)
        volume.SetName(name)
        scene.AddNode(volume)
        nodes = CineNodes(volume)
    else:
        nodes = _load_sequence(scene, cine, name, spacing, monitor)
    _set_display(nodes.volume)
    nodes.carrier.SetAttribute(CINE_ATTRIBUTE, describe(cine))
    if cine.identity.sop_instance_uid:
        nodes.carrier.SetAttribute(UIDS_ATTRIBUTE, cine.identity.sop_instance_uid)
    put_under_study(scene, nodes.volume, cine.identity.study_instance_uid)
    return nodes


def spacing_mm(cine: Cine) -> tuple[float, float]:
    """Millimetres per pixel in x and y; (1, 1) unless exactly one 2-D region gives them."""
    images = [region for region in cine.regions if region.kind.is_image]
    if len(images) != 1 or not images[0].usable:
        return 1.0, 1.0
    x, y = images[0].delta
    return abs(x) * 10, abs(y) * 10


def index_of(cine: Cine) -> tuple[str, str, tuple[str, ...]]:
    """Name, unit and values of the sequence index: the frame times, where they rise."""
    times = cine.times
    if times is not None and all(b - a > TIME_TOLERANCE_S for a, b in itertools.pairwise(times)):
        return "time", "s", tuple(f"{time:.9f}" for time in times)
    return "frame", "", tuple(str(i) for i in range(cine.frame_count))


def _load_sequence(
    scene: Any, cine: Cine, name: str, spacing: tuple[float, float], monitor: Monitor
) -> CineNodes:
    import slicer

    sequence = slicer.vtkMRMLSequenceNode()
    sequence.SetName(name)
    index_name, unit, values = index_of(cine)
    sequence.SetIndexName(index_name)
    sequence.SetIndexUnit(unit)
    sequence.SetNumericIndexValueTolerance(TIME_TOLERANCE_S)
    for frame, value in enumerate(values):
        monitor(Progress(frame, cine.frame_count, "Loading frames"))
        # Slicer copies a node as it adds it; without a picture there is nothing to copy.
        added = sequence.SetDataNodeAtValue(slicer.vtkMRMLVectorVolumeNode(), value)
        _fill(added, cine, frame, spacing)
    monitor(Progress(cine.frame_count, cine.frame_count, "Loading frames"))
    scene.AddNode(sequence)
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", f"{name} browser")
    if cine.times is not None and cine.times[-1] > 0:
        browser.SetPlaybackRateFps((cine.frame_count - 1) / cine.times[-1])
    browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    browser.SetSelectedItemNumber(0)
    volume = browser.GetProxyNode(sequence)
    if volume is None:
        # Slicer's sequence logic makes the proxy; without one this does.
        volume = browser.AddProxyNode(sequence.GetNthDataNode(0), sequence, True)
    return CineNodes(volume, sequence, browser)


def _volume(cine: Cine, frame: int, spacing: tuple[float, float]) -> Any:
    import slicer

    node = slicer.vtkMRMLVectorVolumeNode()
    _fill(node, cine, frame, spacing)
    return node


def _fill(node: Any, cine: Cine, frame: int, spacing: tuple[float, float]) -> None:
    set_image(node, cine.frame(frame))
    node.SetIJKToRASDirections(-1, 0, 0, 0, -1, 0, 0, 0, 1)
    node.SetSpacing(*spacing, 1.0)


def _set_display(volume: Any) -> None:
    """Grey levels as the scanner shows them, and no smoothing between pixels."""
    volume.CreateDefaultDisplayNodes()
    display = volume.GetDisplayNode()
    display.SetAutoWindowLevel(False)
    display.SetWindowLevel(255.0, 127.5)
    display.SetInterpolate(False)
