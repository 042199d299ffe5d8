"""The nodes in which Slicer holds a cine, and which of them there are in a scene."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.mrml.shown_frame import Pictures, browsers, sequences_of
from EchoMeasureLib.mrml.views import displayed_volumes

CINE_ATTRIBUTE = "EchoMeasure.cine"
"""Node attribute with the description of the cine, on the sequence or on the still."""

UIDS_ATTRIBUTE = "DICOM.instanceUIDs"


@dataclass(frozen=True, slots=True)
class CineNodes:
    """The nodes in which Slicer holds a cine; a plain still has only the volume."""

    volume: Any
    """vtkMRMLVectorVolumeNode or vtkMRMLScalarVolumeNode on display, the proxy of a sequence."""
    sequence: Any = None
    browser: Any = None

    pictures: Pictures = field(init=False, repr=False, compare=False)
    """As they are now; which frame is on display is told by them."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "pictures", Pictures(self.volume, self.sequence, self.browser))

    @property
    def frame_count(self) -> int:
        """How many frames the cine has, whatever became of the sequence since."""
        return self.pictures.count

    @property
    def current_frame(self) -> int:
        """The frame on display, counted from 0; `NO_FRAME` when the picture is none of them."""
        return self.pictures.frame

    def show_frame(self, frame: int) -> None:
        """Put this frame on display."""
        self.pictures.show(frame)

    @property
    def carrier(self) -> Any:
        """The node that is saved with every frame: the sequence, or the still itself."""
        return self.sequence if self.sequence is not None else self.volume


def nodes_of(node: Any) -> CineNodes:
    """The cine nodes that belong to a volume, sequence browser or sequence node.

    Of a browser that plays several clips it is the first. Raises `InvalidArgument` for a
    node of another kind or a browser without a volume.
    """
    if node.IsA("vtkMRMLSequenceBrowserNode"):
        for nodes in clips_of(node):
            return nodes
        raise InvalidArgument(
            f"The sequence browser {node.GetName()} shows no image.", "Choose another one."
        )
    for browser in browsers(node.GetScene()):
        for nodes in clips_of(browser):
            if node in (nodes.volume, nodes.sequence):
                return nodes
    if node.IsA("vtkMRMLVolumeNode"):
        return CineNodes(node)
    raise InvalidArgument(
        f"{node.GetName()} is neither a volume nor a sequence of images.",
        "Choose a loaded ultrasound series.",
    )


def clips_of(browser: Any) -> Iterator[CineNodes]:
    """The clips that a browser plays. Slicer puts those of one instance number into one."""
    for sequence in sequences_of(browser):
        volume = browser.GetProxyNode(sequence)
        if volume is not None and volume.IsA("vtkMRMLVolumeNode"):
            yield CineNodes(volume, sequence, browser)


def cines_in(scene: Any) -> Iterator[tuple[Any, CineNodes]]:
    """Every cine and still of a scene, with the node that stands for it.

    A browser stands for the first of its clips; for another one its volume does.
    """
    played: list[Any] = []
    for browser in browsers(scene):
        for number, nodes in enumerate(clips_of(browser)):
            played.append(nodes.volume)
            yield nodes.volume if number else browser, nodes
    for volume in _volumes(scene):
        if all(volume is not other for other in played):
            yield volume, CineNodes(volume)


def first_picture(scene: Any) -> Any:
    """The first sequence browser that shows flat pictures, else the first flat colour picture.

    None when there is neither: a CT volume, or a sequence of transforms, is no echo.
    """
    for node, nodes in cines_in(scene):
        coloured = nodes.volume.IsA("vtkMRMLVectorVolumeNode")
        if (coloured or nodes.browser is not None) and _is_flat(nodes.volume):
            return node
    return None


def displayed_picture(scene: Any) -> Any:
    """The first flat picture in a slice view: its sequence browser, or the still; else None."""
    flat = [volume for volume in displayed_volumes(scene) if _is_flat(volume)]
    shown = (node for node, nodes in cines_in(scene) if flat and nodes.volume is flat[0])
    return next(shown, None)


def _is_flat(volume: Any) -> bool:
    """Whether a volume is a single picture of 8 bits, as every ultrasound image is."""
    image = volume.GetImageData()
    if image is None:
        return False
    return bool(image.GetDimensions()[2] == 1 and image.GetScalarSize() == 1)


def instance_uids(nodes: CineNodes) -> tuple[str, ...]:
    """SOP Instance UIDs from which Slicer loaded these nodes, each once; often just one."""
    frames = []
    if nodes.sequence is not None and nodes.frame_count:
        frames = [nodes.sequence.GetNthDataNode(i) for i in range(nodes.frame_count)]
    for candidates in ([nodes.volume, nodes.sequence, nodes.browser], frames):
        found = [
            uid
            for node in candidates
            if node is not None
            for uid in (node.GetAttribute(UIDS_ATTRIBUTE) or "").split()
        ]
        if found:
            return tuple(dict.fromkeys(found))
    return ()


def _volumes(scene: Any) -> list[Any]:
    kind = "vtkMRMLVolumeNode"
    count = scene.GetNumberOfNodesByClass(kind) if scene is not None else 0
    return [scene.GetNthNodeByClass(i, kind) for i in range(count)]
