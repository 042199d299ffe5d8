"""Whatever is done in whatever order, the scene shows what the review says."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from reviewed_cine import Reviewed, make_cine
from slicer_scene import HeadlessSlicer

from EchoMeasureLib.catalog import CATALOG, Phase
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.mrml.following import SceneReview
from EchoMeasureLib.mrml.keeping import stored_review

MEASUREMENTS = ("lvid", "ivs", "lvpw", "la", "trvmax", "mvpeak", "tapse")
FRAMES = 6
STEPS = 1000


class Anything:
    """One random deed after another, by the review, the mouse and the Data module."""

    def __init__(self, scene: Reviewed, seed: int) -> None:
        self.scene = scene
        self.dice = random.Random(seed)
        self.deeds: list[tuple[int, Callable[[], None]]] = [
            (8, self.predict),
            (4, self.place),
            (6, self.move),
            (10, self.drag),
            (5, self.drag_half_way),
            (10, self.browse),
            (3, self.accept),
            (3, self.reject),
            (2, self.reopen),
            (2, self.reset),
            (1, self.delete),
            (2, self.choose),
            (6, self.undo),
            (3, self.redo),
            (1, self.delete_node),
            (1, self.turn),
            (1, self.reload),
        ]

    def do(self) -> str:
        weights = [weight for weight, _ in self.deeds]
        deed = self.dice.choices([deed for _, deed in self.deeds], weights)[0]
        deed()
        return deed.__name__

    def some_points(self, measurement: str) -> list[PixelPoint]:
        count = len(CATALOG[measurement].points)
        return [
            PixelPoint(self.dice.uniform(20, 300), self.dice.uniform(10, 230)) for _ in range(count)
        ]

    def some_entry(self) -> str | None:
        ids = list(self.scene.review.entries)
        return self.dice.choice(ids) if ids else None

    def shown_entry(self) -> str | None:
        shown = [id for id in self.scene.shown() if not self.scene.review.entries[id].locked]
        return self.dice.choice(shown) if shown else None

    def predict(self) -> None:
        measurement = self.dice.choice(MEASUREMENTS)
        points = self.some_points(measurement)
        self.scene.predict(measurement, self.dice.randrange(FRAMES), [(p.x, p.y) for p in points])

    def place(self) -> None:
        measurement = self.dice.choice(MEASUREMENTS)
        frame = self.dice.randrange(FRAMES)
        self.scene.review.place(measurement, frame, self.some_points(measurement))

    def move(self) -> None:
        id = self.some_entry()
        if id:
            measurement = self.scene.review.entries[id].measurement
            self.scene.review.move(id, self.some_points(measurement))

    def drag(self) -> None:
        id = self.shown_entry()
        if id:
            point = self.dice.randrange(len(self.scene.points(id)))
            by = (self.dice.randint(-60, 60), self.dice.randint(-60, 60))
            self.scene.drag(id, point, by)

    def drag_half_way(self) -> None:
        """Change the frame with the mouse button down."""
        id = self.shown_entry()
        if id:
            x, y = self.scene.on_screen(*self.scene.points(id)[0])
            self.scene.app.press(x, y)
            self.scene.app.mouse("MouseMoveEvent", x + 12, y + 7)
            self.browse()
            self.scene.app.mouse("MouseMoveEvent", x + 25, y + 15)
            self.scene.app.mouse("LeftButtonReleaseEvent", x + 25, y + 15)

    def browse(self) -> None:
        self.scene.nodes.show_frame(self.dice.randrange(FRAMES))

    def accept(self) -> None:
        self.on_some(self.scene.review.accept)

    def reject(self) -> None:
        self.on_some(self.scene.review.reject)

    def reopen(self) -> None:
        self.on_some(self.scene.review.reopen)

    def delete(self) -> None:
        self.on_some(self.scene.review.delete)

    def reset(self) -> None:
        id = self.some_entry()
        if id and self.scene.review.entries[id].predicted is not None:
            self.scene.review.reset(id)

    def choose(self) -> None:
        id = self.some_entry()
        if id and self.scene.review.entries[id].measurement == "lvid":
            self.scene.review.choose(id, self.dice.choice((Phase.ED, Phase.ES, None)))

    def undo(self) -> None:
        if self.scene.review.can_undo:
            self.scene.review.undo()

    def redo(self) -> None:
        if self.scene.review.can_redo:
            self.scene.review.redo()

    def delete_node(self) -> None:
        calipers = self.scene.following.calipers
        if calipers:
            self.scene.app.scene.RemoveNode(self.dice.choice(calipers).node)

    def turn(self) -> None:
        """Put the image under a transform, or take it away."""
        volume = self.scene.nodes.volume
        if volume.GetTransformNodeID():
            volume.SetAndObserveTransformNodeID(None)
        else:
            scene = self.scene.app.scene
            shift = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "shift")
            matrix = shift.GetMatrixTransformToParent()
            matrix.SetElement(0, 3, self.dice.uniform(-20, 20))
            shift.SetMatrixTransformToParent(matrix)
            volume.SetAndObserveTransformNodeID(shift.GetID())
        self.scene.app.show(volume)

    def reload(self) -> None:
        """Close the review and go on with what the scene holds of it."""
        before = dict(self.scene.review.entries)
        self.scene.following.close()
        stored = stored_review(self.scene.app.scene, self.scene.cine)
        if stored is None:
            assert not self.scene.review.audit
            stored = self.scene.review
        assert dict(stored.entries) == before
        self.scene.review = stored
        self.scene.following = SceneReview(stored, self.scene.app.scene, self.scene.nodes)

    def on_some(self, operation: Callable[[str], object]) -> None:
        id = self.some_entry()
        if id:
            operation(id)


def check(scene: Reviewed) -> None:
    """Shown: exactly the calipers of this frame, at their points, with their values."""
    scene.following.tick()
    expected, shown = scene.expected(), scene.shown()
    assert set(shown) == set(expected)
    for id, points in expected.items():
        entry = scene.review.entries[id]
        for here, there in zip(shown[id], points, strict=True):
            assert here == pytest.approx(there, abs=1e-6)
        node = scene.following.node_of(id)
        assert node.GetLocked() == entry.locked
        value = entry.caliper.values[0].value
        if value is not None and entry.measurement == "lvid":
            name = {Phase.ED: "LVIDd", Phase.ES: "LVIDs", None: "LVID"}[
                scene.review.phase_of(entry)
            ]
            assert f"{name} {value:.2f} cm" in "".join(scene.labels(id))


@pytest.mark.parametrize("seed", [1, 2])
def test_a_thousand_random_deeds_leave_scene_and_review_equal(
    slicer_app: HeadlessSlicer, seed: int
) -> None:
    scene = Reviewed(slicer_app, make_cine(FRAMES))
    anything = Anything(scene, seed)
    deeds: list[str] = []
    for _ in range(STEPS // 2):
        deeds.append(anything.do())
        try:
            check(scene)
        except AssertionError as error:
            raise AssertionError(f"after {deeds[-12:]}") from error
    for frame in range(FRAMES):
        scene.nodes.show_frame(frame)
        check(scene)
    while scene.review.can_undo:
        scene.review.undo()
    check(scene)
