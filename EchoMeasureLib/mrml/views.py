"""Which slice views show an image, and what else they show: calipers lie over their own image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SliceViews:
    """The slice views of a scene, as far as one volume is concerned."""

    composites: tuple[Any, ...]
    """Every vtkMRMLSliceCompositeNode."""
    showing: tuple[str, ...]
    """Ids of the slice nodes whose view shows the volume."""


def slice_views_of(scene: Any, volume: Any) -> SliceViews:
    """The views that show the volume, as background or foreground."""
    composites = _all(scene, "vtkMRMLSliceCompositeNode")
    names = {
        composite.GetLayoutName()
        for composite in composites
        if volume.GetID() in (composite.GetBackgroundVolumeID(), composite.GetForegroundVolumeID())
    }
    slices = _all(scene, "vtkMRMLSliceNode")
    showing = tuple(node.GetID() for node in slices if node.GetLayoutName() in names)
    return SliceViews(tuple(composites), showing)


def displayed_volumes(scene: Any) -> tuple[Any, ...]:
    """The background volumes of the slice views, in the order of the views, each once."""
    composites = _all(scene, "vtkMRMLSliceCompositeNode")
    ids = dict.fromkeys(composite.GetBackgroundVolumeID() for composite in composites)
    found = (scene.GetNodeByID(id) for id in ids if id)
    return tuple(volume for volume in found if volume is not None)


def _all(scene: Any, kind: str) -> list[Any]:
    return [
        scene.GetNthNodeByClass(index, kind) for index in range(scene.GetNumberOfNodesByClass(kind))
    ]
