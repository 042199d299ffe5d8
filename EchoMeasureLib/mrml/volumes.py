"""From what is loaded in Slicer to a cine.

Geometry and time come from the DICOM file, never from the nodes: Slicer's importer
drops the frame times, and calibrates the spacing only of a file with exactly one
2-D region (5.10 to 5.13).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from EchoMeasureLib.errors import InvalidArgument, InvalidDocument, UnreadableFile
from EchoMeasureLib.imaging.cine import Cine, Timing
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.mrml.cine_nodes import (
    CINE_ATTRIBUTE,
    CineNodes,
    cines_in,
    clips_of,
    instance_uids,
    nodes_of,
)
from EchoMeasureLib.mrml.description import read_description
from EchoMeasureLib.mrml.layouts import check_flat, check_order, check_upright
from EchoMeasureLib.mrml.node_pixels import NodeSource


class Database(Protocol):
    """What is used of Slicer's DICOM database."""

    def fileForInstance(self, uid: str) -> str: ...  # noqa: N802 - Slicer's name

    def insert(self, file: str, store: bool, thumbnail: bool) -> None:
        """Add a file; `store`: a copy of it."""

    def seriesForStudy(self, uid: str) -> Iterable[str]: ...  # noqa: N802

    def filesForSeries(self, uid: str) -> Iterable[str]: ...  # noqa: N802

    def fileValue(self, file: str, tag: str) -> str:  # noqa: N802
        """What the file says; `tag` such as "0008,0060"."""


@dataclass(frozen=True, slots=True)
class Located:
    """A cine and how it was found."""

    cine: Cine
    nodes: CineNodes
    source: str
    """`database`, `file` (chosen by the user), `scene` (described in a saved scene) or `pixels`."""
    hint: str = ""
    """What to do for calibrated values, or for other clips; empty when nothing is amiss."""


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
    Raises `InvalidArgument` when the chosen file is not the image on display, and
    `UnsupportedPixels` for nodes that hold no clip of upright pictures.
    """
    nodes = nodes_of(node)
    found = find_file(nodes, database)
    check_flat(nodes, found)
    if path is not None:
        return Located(_checked(reader(path), nodes, path), nodes, "file")
    others, trouble = _other_clips(node), ""
    if found is not None:
        try:
            cine = _checked(reader(found), nodes, found)
        except UnreadableFile as error:
            trouble = error.problem
        else:
            return Located(cine, nodes, "database", others)
    source = NodeSource(_pictures(nodes))
    described = nodes.carrier.GetAttribute(CINE_ATTRIBUTE)
    if described:
        check_order(nodes)
        return Located(read_description(described).cine(source), nodes, "scene", others)
    check_upright(nodes)
    cine = Cine(source, _timing(nodes), kind="Slicer nodes, pixels only")
    return Located(cine, nodes, "pixels", f"{_why_pixels(nodes, trouble)} {others}".strip())


def find_image(scene: Any, key: str) -> Any:
    """The browser, or the volume, that holds the image of this key; None when none is loaded.

    `key`: see `review.images.image_key`. Bare pixels are not found.
    """
    return next((node for node, nodes in cines_in(scene) if _holds(nodes, key)), None)


def _holds(nodes: CineNodes, key: str) -> bool:
    if instance_uids(nodes) == (key,):
        return True
    described = nodes.carrier.GetAttribute(CINE_ATTRIBUTE)
    if not described:
        return False
    try:
        identity = read_description(described).identity
    except InvalidDocument:
        return False  # of a newer EchoMeasure, say: whoever opens that image is told
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
    check_order(nodes)
    image = nodes.volume.GetImageData()
    shown = (nodes.frame_count, *(image.GetDimensions()[:2] if image is not None else ()))
    there = (cine.frame_count, cine.columns, cine.rows)
    if image is not None and shown != there:
        raise InvalidArgument(
            f"{path.name} has {there[0]} frame(s) of {there[1]} x {there[2]} pixels; the series "
            f"on display has {shown[0]} of {shown[1]} x {shown[2]}.",
            "Choose the file from which the series was loaded, or load the series again.",
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


def _why_pixels(nodes: CineNodes, trouble: str) -> str:
    pixels = "until then lengths are in pixels."
    if trouble:
        return f"{trouble} Calibrate by hand; {pixels}"
    count = len(instance_uids(nodes))
    if count > 1:
        why = f"The series was put together from {count} files."
    elif count:
        why = "The DICOM database does not know where the file of this series is."
    else:
        why = "This series does not say from which DICOM file it came."
    return f"{why} Choose the DICOM file for calibrated values, or calibrate by hand; {pixels}"


def _other_clips(node: Any) -> str:
    """What to know of a browser that plays more than one clip."""
    if not node.IsA("vtkMRMLSequenceBrowserNode"):
        return ""
    first, *others = (nodes.volume.GetName() for nodes in clips_of(node))
    if not others:
        return ""
    return (
        f"{node.GetName()} plays {len(others) + 1} clips at once, as Slicer loads those without an "
        f"instance number of their own. This is {first}; for another choose {' or '.join(others)}."
    )
