"""A long cine full of calipers needs no more nodes than one frame of it shows."""

from __future__ import annotations

import numpy as np
import pytest
from reviewed_cine import MODEL
from slicer_scene import HeadlessSlicer

from EchoMeasureLib.geometry import Box, Landmark
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.inference.prediction import Prediction
from EchoMeasureLib.mrml.following import SceneReview
from EchoMeasureLib.mrml.loading import load_cine
from EchoMeasureLib.review.session import Review

MEASUREMENTS = ("ivs", "lvid", "lvpw", "aorta", "aortic_root", "la", "rv_base", "pa", "ivc")


@pytest.mark.parametrize("frames", [12, pytest.param(120, marks=pytest.mark.slow)])
def test_many_calipers_need_nine_nodes_and_follow_the_cine(
    slicer_app: HeadlessSlicer, frames: int
) -> None:
    """Nine on each frame: of the long cine, more than a thousand."""
    picture = np.random.default_rng(1).integers(0, 200, (1, 768, 1024, 3), np.uint8)
    source = ArraySource(np.broadcast_to(picture, (frames, 768, 1024, 3)))
    screen = Region(0, RegionKind.TWO_D, Box(0, 0, 1023, 767), ("cm", "cm"), (0.02, 0.02))
    cine = Cine(source, Timing(tuple(i / 60 for i in range(frames)), "FrameTime"), (screen,))
    nodes = load_cine(slicer_app.scene, cine)
    slicer_app.show(nodes.volume)
    review = Review(cine, "AB")
    following = SceneReview(review, slicer_app.scene, nodes)
    for frame in range(frames):
        for number, measurement in enumerate(MEASUREMENTS):
            y = 60.0 + 70 * number
            points = (Landmark(300.0 + frame, y), Landmark(500.0 + frame, y))
            review.add_prediction(Prediction(measurement, frame, points, MODEL))
    assert slicer_app.scene.GetNumberOfNodesByClass("vtkMRMLMarkupsLineNode") == 9
    for frame in range(frames):
        nodes.show_frame(frame)
        if frame % 10 == 0:
            slicer_app.render()
        shown = [c.points()[0].x for c in following.calipers if c.entry is not None]
        assert len(shown) == 9
        assert np.allclose(shown, 300 + frame)
    assert not review.can_undo
