"""Whatever is done in whatever order, the scene shows what the review says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import slicer
from examples import examples
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
from reviewed_cine import Reviewed, bright_cine, bright_frame, labels_of, saved_review
from slicer_scene import headless_slicer
from slicer_user import cloned, harden, second_browser, transform

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.mrml.following import SceneReview
from EchoMeasureLib.mrml.mapping import PixelMap, shares_transform
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.rounding import written

FRAMES = 4
OPERATIONS = examples(90)
"""At least so many are done in all, each followed by a look at the whole scene."""

# Every second one a diameter: their choice as ED and ES names what lies on other frames.
measurements = st.just("lvid") | st.sampled_from(("ivs", "lvpw", "la", "trvmax", "mvpeak", "tapse"))
DECISIONS = (*("accept", "reject", "reopen", "reset", "delete", "adopt", "leave_out", "count"),)
"""Operations of `Review` that take one caliper and no more."""

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
        self.scene = Reviewed(self.app, bright_cine(FRAMES))
        self.other = second_browser(self.scene.nodes)
        self.locked: list[Any] = []
        self.copies: list[Any] = []
        self.removed: dict[str, Any] = {}
        for frame in range(FRAMES):
            self.scene.predict("lvid", frame, [(60, 120), (200 + 10 * frame, 120)])

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
        link = self.scene.following
        shown = list(self.scene.shown())
        return some(number, [id for id in shown if not link.node_of(id).GetLocked()])

    def node(self, number: int) -> Any:
        """One of the markups, shown or not."""
        calipers = self.scene.following.calipers
        return calipers[number % len(calipers)].node if calipers else None

    @contextmanager
    def unsigned(self) -> Iterator[None]:
        """What happens inside is nobody's edit."""
        before, steps = dict(self.scene.review.entries), len(self.scene.review.audit)
        yield
        assert dict(self.scene.review.entries) == before
        assert len(self.scene.review.audit) == steps

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

    @rule(number=picks, name=st.sampled_from(DECISIONS))
    def decide(self, number: int, name: str) -> None:
        self.attempt(getattr(self.scene.review, name), number)

    @rule(number=picks, phase=st.sampled_from((Phase.ED, Phase.ES, None)))
    def choose(self, number: int, phase: Phase | None) -> None:
        self.attempt(lambda entry: self.scene.review.choose(entry, phase), number)

    @rule(frame=frames, phase=st.sampled_from((Phase.ED, Phase.ES)))
    def mark(self, frame: int, phase: Phase) -> None:
        """This frame is ED or ES, or is so no longer: no caliper changes."""
        before = dict(self.scene.review.entries)
        self.scene.review.mark(frame, phase)
        assert dict(self.scene.review.entries) == before

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
        node = self.node(number)
        if node is not None:
            self.app.scene.RemoveNode(node)

    @rule(shift=st.integers(-20, 20))
    def turn(self, shift: int) -> None:
        """Put the image under a transform, or take it away."""
        volume = self.scene.nodes.volume
        if volume.GetTransformNodeID():
            volume.SetAndObserveTransformNodeID(None)
        else:
            node = transform(self.app.scene, shift)
            volume.SetAndObserveTransformNodeID(node.GetID())
        self.app.show(volume)

    @rule(number=picks, shift=st.integers(-20, 20))
    def turn_one(self, number: int, shift: int) -> None:
        """Put one caliper under a transform of its own."""
        node = self.node(number)
        if node is not None:
            with self.unsigned():
                node.SetAndObserveTransformNodeID(transform(self.app.scene, shift, 1.25).GetID())
            for id in [id for id in self.scene.shown() if self.scene.following.node_of(id) is node]:
                drawn = PixelMap(self.scene.nodes.volume).from_world(
                    node.GetNthControlPointPositionWorld(0)
                )
                assert drawn == pytest.approx(self.scene.points(id)[0], abs=1e-6)

    @rule(number=picks, branch=st.sampled_from(("caliper", "folder", "study")))
    def harden_branch(self, number: int, branch: str) -> None:
        node = self.node(number)
        if node is None:
            return
        # Never kept: Slicer would go on with a tree that somebody holds after the scene is closed.
        tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(self.app.scene)
        item = tree.GetItemByDataNode(node)
        for _ in range(("caliper", "folder", "study").index(branch)):
            item = tree.GetItemParent(item)
        with self.unsigned():
            harden(tree, item)
        self.app.view.fit_view_to_content()

    @rule(number=picks, points=pairs)
    def move_in_a_block(self, number: int, points: tuple[tuple[int, int], ...]) -> None:
        """As a script does that knows nothing of reviews."""
        node = self.node(number)
        if node is not None:
            with self.unsigned():
                modified = node.StartModify()
                for index in range(node.GetNumberOfControlPoints()):
                    node.SetNthControlPointPosition(index, *points[index], 0.0)
                node.EndModify(modified)

    @rule(number=picks, place=places)
    def type_a_position(self, number: int, place: tuple[int, int]) -> None:
        id = some(number, list(self.scene.shown()))
        if id is None:
            return
        node, locked = (
            self.scene.following.node_of(id),
            self.scene.following.node_of(id).GetLocked(),
        )
        before = self.scene.points(id)
        position = PixelMap(self.scene.nodes.volume).to_world(PixelPoint(*place))
        node.SetNthControlPointPositionWorld(0, *position)
        expected = before if locked else [pytest.approx(place, abs=1e-6), *before[1:]]
        assert self.scene.points(id) == expected

    @rule(number=picks, locked=st.booleans())
    def lock(self, number: int, locked: bool) -> None:
        """By the lock of the Markups module."""
        node = self.node(number)
        if node is not None and bool(node.GetLocked()) != locked:
            self.locked = [other for other in self.locked if other is not node]
            self.locked += [node] if locked else []
            with self.unsigned():
                node.SetLocked(locked)

    @precondition(lambda self: len(self.copies) < 3)
    @rule(number=picks)
    def clone(self, number: int) -> None:
        node = self.node(number)
        if node is not None:
            with self.unsigned():
                self.copies.append(cloned(self.app.scene, node))

    @rule()
    def delete_text(self) -> None:
        node = self.app.scene.GetFirstNodeByClass("vtkMRMLTextNode")
        if node is not None:
            with self.unsigned():
                self.app.scene.RemoveNode(node)

    # By the Sequences module

    @rule(item=frames)
    def browse_elsewhere(self, item: int) -> None:
        """A second browser puts a picture into the same volume."""
        with self.unsigned():
            self.other.SetSelectedItemNumber(
                item % self.scene.nodes.sequence.GetNumberOfDataNodes()
            )

    @precondition(lambda self: len(self.removed) < FRAMES - 2)
    @rule(item=frames)
    def remove_frame(self, item: int) -> None:
        sequence = self.scene.nodes.sequence
        value = sequence.GetNthIndexValue(item % sequence.GetNumberOfDataNodes())
        kept = slicer.vtkMRMLVectorVolumeNode()
        kept.Copy(sequence.GetDataNodeAtValue(value))
        self.removed[value] = kept
        with self.unsigned():
            sequence.RemoveDataNodeAtValue(value)

    @precondition(lambda self: self.removed)
    @rule(number=picks)
    def return_frame(self, number: int) -> None:
        value = sorted(self.removed)[number % len(self.removed)]
        with self.unsigned():
            self.scene.nodes.sequence.SetDataNodeAtValue(self.removed.pop(value), value)

    @rule()
    def reload(self) -> None:
        """Close the review and go on with what the scene holds of it."""
        scene, before = self.scene, dict(self.scene.review.entries)
        scene.following.close()
        stored = saved_review(self.app.scene, scene.cine) if scene.review.audit else scene.review
        assert dict(stored.entries) == before
        scene.review = stored
        self.locked.clear()
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
        assert scene.following.is_open
        assert all("cm" not in "".join(labels_of(copy)) for copy in self.copies)
        saved = saved_review(self.app.scene, scene.cine) if scene.review.audit else scene.review
        assert saved.audit == scene.review.audit
        assert scene.nodes.current_frame == bright_frame(scene.nodes)
        expected, shown = scene.expected(), scene.shown()
        assert set(shown) == set(expected)
        for id, points in expected.items():
            entry = scene.review.entries[id]
            for here, there in zip(shown[id], points, strict=True):
                assert here == pytest.approx(there, abs=1e-6)
            node = scene.following.node_of(id)
            own = any(node is locked for locked in self.locked)
            assert node.GetLocked() == (own or entry.status is Status.ACCEPTED)
            assert shares_transform(node, scene.nodes.volume)
            value = entry.caliper.values[0].value
            if value is not None and entry.measurement == "lvid":
                name = {Phase.ED: "LVIDd", Phase.ES: "LVIDs", None: "LVID"}
                text = f"{name[scene.review.phase_of(entry)]} {written(value, 2)} cm"
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


@pytest.mark.hypothesis
def test_many_operations_leave_scene_and_review_equal() -> None:
    SceneMachine.operations = 0
    run_state_machine_as_test(
        SceneMachine,
        settings=settings(
            max_examples=examples(3),
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert SceneMachine.operations >= OPERATIONS
