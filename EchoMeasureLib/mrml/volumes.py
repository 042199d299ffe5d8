"""From what is loaded in Slicer to a cine.

Geometry and time come from the DICOM file, never from the nodes: Slicer's importer
drops the frame times, and calibrates the spacing only of a file with exactly one
2-D region (5.10 to 5.13).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from EchoMeasureLib.errors import InvalidArgument, UnreadableFile
from EchoMeasureLib.imaging.cine import Cine, Timing
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.mrml.description import read_description
from EchoMeasureLib.mrml.node_pixels import NodeSource
from EchoMeasureLib.mrml.pictures import Pictures, browsers, sequences_of
from EchoMeasureLib.mrml.views import displayed_volumes

CINE_ATTRIBUTE = "EchoMeasure.cine"
"""Node attribute with the description of the cine, on the sequence or on the still."""

UIDS_ATTRIBUTE = "DICOM.instanceUIDs"


class Database(Protocol):
    """What is used of Slicer's DICOM database."""

    def fileForInstance(self, uid: str) -> str: ...  # noqa: N802 - Slicer's name


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


@dataclass(frozen=True, slots=True)
class Located:
    """A cine and how it was found."""

    cine: Cine
    nodes: CineNodes
    source: str
    """`database`, `file` (chosen by the user), `scene` (described in a saved scene) or `pixels`."""
    hint: str = ""
    """What the user can do to get calibrated values; empty when nothing is amiss."""


def nodes_of(node: Any) -> CineNodes:
    """The cine nodes that belong to a volume, sequence browser or sequence node.

    Raises `InvalidArgument` for a node of another kind or a browser without a volume.
    """
    scene = node.GetScene()
    if node.IsA("vtkMRMLSequenceBrowserNode"):
        for sequence in sequences_of(node):
            volume = node.GetProxyNode(sequence)
            if volume is not None and volume.IsA("vtkMRMLVolumeNode"):
                return CineNodes(volume, sequence, node)
        raise InvalidArgument(
            f"The sequence browser {node.GetName()} shows no image.", "Choose another one."
        )
    for browser in browsers(scene):
        for sequence in sequences_of(browser):
            proxy = browser.GetProxyNode(sequence)
            if proxy is None or not proxy.IsA("vtkMRMLVolumeNode"):
                continue
            if node.GetID() in (proxy.GetID(), sequence.GetID()):
                return CineNodes(proxy, sequence, browser)
    if node.IsA("vtkMRMLVolumeNode"):
        return CineNodes(node)
    raise InvalidArgument(
        f"{node.GetName()} is neither a volume nor a sequence of images.",
        "Choose a loaded ultrasound series.",
    )


def first_picture(scene: Any) -> Any:
    """The first sequence browser that shows flat pictures, else the first flat colour picture.

    None when there is neither: a CT volume, or a sequence of transforms, is no echo.
    """
    for browser in browsers(scene):
        try:
            if _is_flat(nodes_of(browser).volume):
                return browser
        except InvalidArgument:
            continue
    stills = _all(scene, "vtkMRMLVectorVolumeNode")
    return next((volume for volume in stills if _is_flat(volume)), None)


def displayed_picture(scene: Any) -> Any:
    """The first flat picture in a slice view: its sequence browser, or the still; else None."""
    flat = [volume for volume in displayed_volumes(scene) if _is_flat(volume)]
    for volume in flat[:1]:
        for browser in browsers(scene):
            with contextlib.suppress(InvalidArgument):  # it shows no image
                if nodes_of(browser).volume is volume:
                    return browser
        return volume
    return None


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


def find_file(nodes: CineNodes, database: Database | None) -> Path | None:
    """The DICOM file from which these nodes were loaded, or None when it cannot be found.

    None too for a sequence put together from several files, which is no single cine.
    """
    uids = instance_uids(nodes)
    if database is None or len(uids) != 1:
        return None
    name = database.fileForInstance(uids[0])
    return Path(name) if name and Path(name).is_file() else None


def locate(
    node: Any,
    database: Database | None = None,
    path: Path | None = None,
    reader: Callable[[Path], Cine] = read,
) -> Located:
    """The cine behind a loaded node, from the best source there is.

    In this order: the file `path` chosen by the user, the file the DICOM database knows,
    the description in a scene saved by EchoMeasure, the bare pixels of the nodes. The
    last has no calibration, and `Located.hint` says what to do about it.
    Raises `InvalidArgument` when the chosen file is not the image on display.
    """
    nodes = nodes_of(node)
    if path is not None:
        return Located(_checked(reader(path), nodes, path), nodes, "file")
    found, trouble = find_file(nodes, database), ""
    if found is not None:
        try:
            return Located(_checked(reader(found), nodes, found), nodes, "database")
        except UnreadableFile as error:
            trouble = f"{error.problem} "
    source = NodeSource(_pictures(nodes))
    described = nodes.carrier.GetAttribute(CINE_ATTRIBUTE)
    if described:
        return Located(read_description(described).cine(source), nodes, "scene")
    cine = Cine(source, _timing(nodes), kind="Slicer nodes, pixels only")
    return Located(cine, nodes, "pixels", trouble + _why_pixels(nodes))


def find_image(scene: Any, key: str) -> Any:
    """The browser, or the still, that holds the image of this key; None when none is loaded.

    `key`: see `review.images.image_key`. Bare pixels are not found.
    """
    for browser in browsers(scene):
        with contextlib.suppress(InvalidArgument):  # it shows no image
            if _holds(nodes_of(browser), key):
                return browser
    for volume in _all(scene, "vtkMRMLVolumeNode"):
        if _holds(CineNodes(volume), key):
            return volume
    return None


def _holds(nodes: CineNodes, key: str) -> bool:
    if instance_uids(nodes) == (key,):
        return True
    described = nodes.carrier.GetAttribute(CINE_ATTRIBUTE)
    if not described:
        return False
    identity = read_description(described).identity
    return key in (identity.sop_instance_uid, f"sha256:{identity.file_sha256}")


def why_another(path: Path, located: Located, reader: Callable[[Path], Cine] = read) -> str:
    """Why this file is not the image that is open; empty when it can be. Raises as `reader` does.

    An image described in the scene is known by its identity, bare pixels by their size.
    """
    cine, shown = reader(path), located.cine.identity
    try:
        _checked(cine, located.nodes, path)
    except InvalidArgument as error:
        return error.problem
    there = cine.identity
    same = (there.sop_instance_uid, there.file_sha256) == (
        shown.sop_instance_uid,
        shown.file_sha256,
    )
    if located.source == "scene" and not same:
        return f"{path.name} holds another image than the one on display."
    return ""


def _checked(cine: Cine, nodes: CineNodes, path: Path) -> Cine:
    """The cine, if it can be the one on display. Raises `InvalidArgument` when it cannot."""
    image = nodes.volume.GetImageData()
    shown = (nodes.frame_count, *(image.GetDimensions()[:2] if image is not None else ()))
    there = (cine.frame_count, cine.columns, cine.rows)
    if image is not None and shown != there:
        raise InvalidArgument(
            f"{path.name} has {there[0]} frame(s) of {there[1]} x {there[2]} pixels; the series "
            f"on display has {shown[0]} of {shown[1]} x {shown[2]}.",
            "Choose the file from which the series was loaded.",
        )
    uids = instance_uids(nodes)
    uid = cine.identity.sop_instance_uid
    if uid and uids and uid not in uids:
        raise InvalidArgument(
            f"{path.name} holds the image {uid}; the series on display is {uids[0]}.",
            "Choose the file from which the series was loaded.",
        )
    return cine


def _pictures(nodes: CineNodes) -> list[Any]:
    if nodes.sequence is None:
        return [nodes.volume]
    return [nodes.sequence.GetNthDataNode(i) for i in range(nodes.frame_count)]


def _timing(nodes: CineNodes) -> Timing:
    sequence = nodes.sequence
    if nodes.frame_count == 1:
        return Timing((0.0,), "still")
    if sequence is not None and (sequence.GetIndexName(), sequence.GetIndexUnit()) == ("time", "s"):
        values = [float(sequence.GetNthIndexValue(i)) for i in range(nodes.frame_count)]
        return Timing(tuple(value - values[0] for value in values), "sequence node")
    return Timing(None, "unknown")


def _why_pixels(nodes: CineNodes) -> str:
    count = len(instance_uids(nodes))
    if count > 1:
        why = f"The series was put together from {count} files."
    elif count:
        why = "The DICOM database does not know where the file of this series is."
    else:
        why = "This series does not say from which DICOM file it came."
    return (
        f"{why} Choose the DICOM file for calibrated values, or calibrate by hand; "
        "until then lengths are in pixels."
    )


def _all(scene: Any, class_name: str) -> list[Any]:
    count = scene.GetNumberOfNodesByClass(class_name) if scene is not None else 0
    return [scene.GetNthNodeByClass(i, class_name) for i in range(count)]
