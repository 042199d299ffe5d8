"""A cine in the headless scene with a review that follows it, for tests of both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from slicer_scene import HeadlessSlicer
from vtk.util.numpy_support import vtk_to_numpy

from EchoMeasureLib.geometry import Box, Landmark, PixelPoint
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Identity, Timing
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.inference.prediction import Prediction, Provenance
from EchoMeasureLib.mrml.cine_nodes import CineNodes
from EchoMeasureLib.mrml.following import SceneReview
from EchoMeasureLib.mrml.keeping import IN_SCENE, review_texts
from EchoMeasureLib.mrml.loading import load_cine
from EchoMeasureLib.mrml.mapping import PixelMap
from EchoMeasureLib.review.document import parse, resume
from EchoMeasureLib.review.entries import Entry
from EchoMeasureLib.review.images import image_key
from EchoMeasureLib.review.session import Review

MODEL = Provenance("lvid_weights.ckpt", "0" * 64, "echonet", "robust")

TWO_D = Region(0, RegionKind.TWO_D, Box(10, 0, 309, 239), ("cm", "cm"), (0.05, 0.04))
"""Most of a 320 x 240 screen, 9.6 cm deep; pixels of 0.5 x 0.4 mm."""

PW = Region(0, RegionKind.PW, Box(10, 20, 309, 219), ("s", "cm/s"), (0.005, -1.0), (0.0, 100.0))
"""A strip of 1.5 s and +-100 cm/s with its baseline at row 120."""

CW = Region(0, RegionKind.CW, Box(10, 20, 309, 219), ("s", "cm/s"), (0.005, -4.0), (0.0, 20.0))
"""A strip of +80 to -720 cm/s with its baseline at row 40."""

M_MODE = Region(0, RegionKind.M_MODE, Box(10, 20, 309, 219), ("s", "cm"), (0.01, 0.05))


def make_cine(frames: int = 5, regions: Sequence[Region] = (TWO_D,)) -> Cine:
    """A disc that shrinks and grows on a 320 x 240 screen, 25 frames a second.

    It is so faint that it speaks neither for nor against calipers of walls.
    """
    y, x = np.mgrid[:240, :320]
    pictures = np.empty((frames, 240, 320, 3), np.uint8)
    for index in range(frames):
        radius = 60 + 20 * np.cos(2 * np.pi * index / frames)
        pictures[index] = np.where(np.hypot(y - 120, x - 160) < radius, 132, 140)[:, :, None]
    timing = Timing(tuple(index * 0.04 for index in range(frames)), "FrameTime", (0.0,))
    identity = Identity(sop_instance_uid="1.2.3.4", study_instance_uid="1.2.3")
    return Cine(ArraySource(pictures), timing, tuple(regions), identity)


GREY = 30


def bright_cine(frames: int) -> Cine:
    """Frame n is as bright as n times `GREY`, so that its picture tells it; at most eight."""
    pictures = np.empty((frames, 240, 320, 3), np.uint8)
    pictures[:] = GREY * np.arange(frames, dtype=np.uint8)[:, None, None, None]
    timing = Timing(tuple(index * 0.04 for index in range(frames)), "FrameTime", (0.0,))
    identity = Identity(sop_instance_uid="1.2.3.4", study_instance_uid="1.2.3")
    return Cine(ArraySource(pictures), timing, (TWO_D,), identity)


def bright_frame(nodes: CineNodes) -> int:
    """The frame of such a cine that a person sees."""
    return int(vtk_to_numpy(nodes.volume.GetImageData().GetPointData().GetScalars())[0, 0]) // GREY


def saved_review(scene: Any, cine: Cine) -> Review:
    """The review of a cine as the text in the scene has it, with the image open."""
    texts = [text for images, text in review_texts(scene) if image_key(cine) in images]
    return resume(parse(texts[0], IN_SCENE), cine)


class Reviewed:
    """The scene as a reviewer has it before them."""

    def __init__(self, app: HeadlessSlicer, cine: Cine) -> None:
        self.app = app
        self.cine = cine
        self.nodes = load_cine(app.scene, cine)
        app.show(self.nodes.volume)
        self.review = Review(cine, "AB")
        self.following = SceneReview(self.review, app.scene, self.nodes)

    def predict(self, measurement: str, frame: int, points: Sequence[tuple[float, float]]) -> Entry:
        landmarks = tuple(Landmark(x, y, confidence=0.9) for x, y in points)
        return self.review.add_prediction(Prediction(measurement, frame, landmarks, MODEL))

    def points(self, id: str) -> list[tuple[float, float]]:
        return [(p.x, p.y) for p in self.review.entries[id].caliper.points]

    def labels(self, id: str) -> list[str]:
        """What stands beside the points in the view."""
        return labels_of(self.following.node_of(id))

    def on_screen(self, x: float, y: float) -> tuple[int, int]:
        """Display pixel of a source pixel."""
        world = PixelMap(self.nodes.volume).to_world(PixelPoint(x, y))
        return self.app.on_screen(world)

    def under(self, x: int, y: int) -> PixelPoint:
        """Source pixel under a display pixel."""
        return PixelMap(self.nodes.volume).from_world(self.app.under(x, y))

    def drag(self, id: str, point: int, by: tuple[int, int]) -> PixelPoint:
        """Drag a point with the mouse, `by` display pixels (y up); returns where it is let go."""
        start = self.on_screen(*self.points(id)[point])
        self.app.drag(start, by)
        return self.under(start[0] + by[0], start[1] + by[1])

    def shown(self) -> dict[str, list[tuple[float, float]]]:
        """What the scene shows now: points in source pixels by entry id."""
        return {
            c.entry.id: [(p.x, p.y) for p in c.points()]
            for c in self.following.calipers
            if c.entry is not None and c.node.GetDisplayVisibility()
        }

    def expected(self) -> dict[str, list[tuple[float, float]]]:
        """What the scene should show now, by the review alone."""
        frame = self.nodes.current_frame
        return {
            entry.id: self.points(entry.id)
            for entry in self.review.entries.values()
            if entry.frame == frame and entry.status.value != "rejected"
        }


def labels_of(node: Any) -> list[str]:
    return [node.GetNthControlPointLabel(i) for i in range(node.GetNumberOfControlPoints())]
