"""Which slice views show an image: calipers must not lie over another one."""

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


def _all(scene: Any, kind: str) -> list[Any]:
    return [
        scene.GetNthNodeByClass(index, kind) for index in range(scene.GetNumberOfNodesByClass(kind))
    ]
