"""Whatever is done in whatever order, the scene shows what the review says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import vtk
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from reviewed_cine import Reviewed, make_cine, saved_review
from slicer_scene import headless_slicer

from EchoMeasureLib.catalog import CATALOG, Phase
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.mrml.following import SceneReview
from EchoMeasureLib.review.entries import Entry, Status

FRAMES = 6
OPERATIONS = 1000
"""At least so many are done in all, each followed by a look at the whole scene."""

# Every second one a diameter: their choice as ED and ES names what lies on other frames.
measurements = st.just("lvid") | st.sampled_from(("ivs", "lvpw", "la", "trvmax", "mvpeak", "tapse"))
frames = st.integers(0, FRAMES - 1)
places = st.tuples(st.integers(20, 300), st.integers(10, 230))
pairs = st.tuples(places, places)
ways = st.tuples(st.integers(-60, 60), st.integers(-60, 60))
picks = st.integers(0, 30)


def some(number: int, ids: list[str]) -> str | None:
    return ids[number % len(ids)] if ids else None


class SceneMachine(RuleBasedStateMachine):
    """The review, the mouse, the Data module and the scene file, in any order."""

    operations = 0

    @initialize()
    def begin(self) -> None:
        self.app = headless_slicer()
        self.app.render_on_request()
        self.app.clear()
        self.scene = Reviewed(self.app, make_cine(FRAMES))

    def attempt(self, operate: Callable[[str], object], number: int) -> None:
        """Do it to one of the entries; a refusal changes nothing."""
        id = some(number, list(self.scene.review.entries))
        if id is None:
            return
        before = dict(self.scene.review.entries)
        try:
            operate(id)
        except InvalidArgument:
            assert dict(self.scene.review.entries) == before

    def free(self, number: int) -> str | None:
        """One of the calipers on display that can be dragged."""
        entries = self.scene.review.entries
        return some(number, [id for id in self.scene.shown() if not entries[id].locked])

    # By the network and by the review

    @rule(id=measurements, frame=frames, points=pairs)
    def predict(self, id: str, frame: int, points: tuple[tuple[int, int], ...]) -> None:
        self.scene.predict(id, frame, points[: len(CATALOG[id].points)])

    @rule(id=measurements, frame=frames, points=pairs)
    def place(self, id: str, frame: int, points: tuple[tuple[int, int], ...]) -> None:
        self.scene.review.place(id, frame, points[: len(CATALOG[id].points)])

    @rule(number=picks, points=pairs)
    def move(self, number: int, points: tuple[tuple[int, int], ...]) -> None:
        review = self.scene.review

        def there(id: str) -> Entry:
            return review.move(id, points[: len(review.entry(id).caliper.points)])

        self.attempt(there, number)

    @rule(number=picks, name=st.sampled_from(("accept", "reject", "reopen", "reset", "delete")))
    def decide(self, number: int, name: str) -> None:
        self.attempt(getattr(self.scene.review, name), number)

    @rule(number=picks, phase=st.sampled_from((Phase.ED, Phase.ES, None)))
    def choose(self, number: int, phase: Phase | None) -> None:
        self.attempt(lambda entry: self.scene.review.choose(entry, phase), number)

    @precondition(lambda self: self.scene.review.can_undo)
    @rule()
    def undo(self) -> None:
        self.scene.review.undo()

    @precondition(lambda self: self.scene.review.can_redo)
    @rule()
    def redo(self) -> None:
        self.scene.review.redo()

    # By the mouse

    @rule(number=picks, point=st.integers(0, 1), by=ways)
    def drag(self, number: int, point: int, by: tuple[int, int]) -> None:
        id = self.free(number)
        if id is not None:
            self.scene.drag(id, point % len(self.scene.points(id)), by)

    @rule(number=picks, frame=frames)
    def drag_into_another_frame(self, number: int, frame: int) -> None:
        """Change the frame with the mouse button down."""
        id = self.free(number)
        if id is None:
            return
        x, y = self.scene.on_screen(*self.scene.points(id)[0])
        self.app.press(x, y)
        self.app.mouse("MouseMoveEvent", x + 12, y + 7)
        self.scene.nodes.show_frame(frame)
        self.app.mouse("MouseMoveEvent", x + 25, y + 15)
        self.app.mouse("LeftButtonReleaseEvent", x + 25, y + 15)

    @rule(frame=frames)
    def browse(self, frame: int) -> None:
        events = len(self.scene.review.audit)
        self.scene.nodes.show_frame(frame)
        assert len(self.scene.review.audit) == events

    # By the Data module and the scene file

    @rule(number=picks)
    def delete_node(self, number: int) -> None:
        calipers = self.scene.following.calipers
        if calipers:
            self.app.scene.RemoveNode(calipers[number % len(calipers)].node)

    @rule(shift=st.integers(-20, 20))
    def turn(self, shift: int) -> None:
        """Put the image under a transform, or take it away."""
        volume = self.scene.nodes.volume
        if volume.GetTransformNodeID():
            volume.SetAndObserveTransformNodeID(None)
        else:
            node = self.app.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "shift")
            matrix = vtk.vtkMatrix4x4()
            matrix.SetElement(0, 3, shift)
            node.SetMatrixTransformToParent(matrix)
            volume.SetAndObserveTransformNodeID(node.GetID())
        self.app.show(volume)

    @rule()
    def reload(self) -> None:
        """Close the review and go on with what the scene holds of it."""
        scene, before = self.scene, dict(self.scene.review.entries)
        scene.following.close()
        stored = saved_review(self.app.scene, scene.cine) if scene.review.audit else scene.review
        assert dict(stored.entries) == before
        scene.review = stored
        scene.following = SceneReview(stored, self.app.scene, scene.nodes)

    # What then holds

    @invariant()
    def the_scene_is_the_review(self) -> None:
        """Shown: exactly the calipers of this frame, at their points, with their values."""
        SceneMachine.operations += 1
        self.check()

    def check(self) -> None:
        scene = self.scene
        scene.following.tick()
        expected, shown = scene.expected(), scene.shown()
        assert set(shown) == set(expected)
        for id, points in expected.items():
            entry = scene.review.entries[id]
            for here, there in zip(shown[id], points, strict=True):
                assert here == pytest.approx(there, abs=1e-6)
            node = scene.following.node_of(id)
            assert node.GetLocked() == (entry.status is Status.ACCEPTED)
            value = entry.caliper.values[0].value
            if value is not None and entry.measurement == "lvid":
                name = {Phase.ED: "LVIDd", Phase.ES: "LVIDs", None: "LVID"}
                text = f"{name[scene.review.phase_of(entry)]} {value:.2f} cm"
                assert text in "".join(scene.labels(id))

    def teardown(self) -> None:
        if not hasattr(self, "scene"):
            return
        for frame in range(FRAMES):
            self.scene.nodes.show_frame(frame)
            self.check()
        while self.scene.review.can_undo:
            self.scene.review.undo()
        self.check()
        self.scene.following.close()
        self.app.clear()


def test_a_thousand_operations_leave_scene_and_review_equal() -> None:
    SceneMachine.operations = 0
    run_state_machine_as_test(
        SceneMachine,
        settings=settings(
            max_examples=30,
            stateful_step_count=50,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert SceneMachine.operations >= OPERATIONS
