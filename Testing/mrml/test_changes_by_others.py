"""What no mouse did is no reviewer's edit: transforms, hardening, locks, copies, scene undo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import slicer
import vtk
from reviewed_cine import CW, Reviewed, labels_of, make_cine
from slicer_scene import HeadlessSlicer
from slicer_user import bending, cloned, harden, transform

from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.mrml.following import SceneReview
from EchoMeasureLib.mrml.mapping import PixelMap, shares_transform
from EchoMeasureLib.review.entries import Action, Status

BEFORE = [(100.0, 120.0), (220.0, 120.0)]


@contextmanager
def audited(scene: Reviewed) -> Iterator[list[Action]]:
    """What the audit trail gains meanwhile, networks apart."""
    number = len(scene.review.audit)
    steps: list[Action] = []
    yield steps
    steps += [e.action for e in scene.review.audit[number:] if e.action is not Action.PREDICT]


def under_pixels(scene: Reviewed, id: str) -> list[PixelPoint]:
    """The source pixels over which Slicer draws the points."""
    node, pixels = scene.following.node_of(id), PixelMap(scene.nodes.volume)
    world = (
        node.GetNthControlPointPositionWorld(i) for i in range(node.GetNumberOfControlPoints())
    )
    return [pixels.from_world(position) for position in world]


def in_tree(scene: Reviewed, node: Any) -> tuple[Any, int]:
    tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene.app.scene)
    return tree, tree.GetItemByDataNode(node)


class TestHardening:
    @pytest.mark.parametrize("status", [Status.UNREVIEWED, Status.EDITED, Status.ACCEPTED])
    @pytest.mark.parametrize("scale", [1.0, 1.25])
    @pytest.mark.parametrize("branch", ["caliper", "folder", "study", "image and caliper"])
    def test_it_moves_no_caliper_and_signs_nothing(
        self, reviewed: Reviewed, status: Status, scale: float, branch: str
    ) -> None:
        scene, review = reviewed.app.scene, reviewed.review
        if status is not Status.UNREVIEWED:
            review.adopt("lvid-f0")
        if status is Status.ACCEPTED:
            review.accept("lvid-f0")
        before = review.entries["lvid-f0"]
        node = reviewed.following.node_of("lvid-f0")
        tree, item = in_tree(reviewed, node)
        moving = transform(scene, 10.0, scale)
        with audited(reviewed) as steps:
            if branch in ("study", "image and caliper"):
                reviewed.nodes.volume.SetAndObserveTransformNodeID(moving.GetID())
            if branch == "study":
                item = tree.GetItemParent(tree.GetItemParent(item))
            elif branch != "image and caliper":
                item = item if branch == "caliper" else tree.GetItemParent(item)
                logic = slicer.vtkSlicerSubjectHierarchyModuleLogic
                logic.TransformBranch(tree, item, moving, False)
            harden(tree, item)
        assert steps == []
        assert review.entries["lvid-f0"] == before
        assert reviewed.labels("lvid-f0") == ["", "LVID 6.00 cm"]
        assert under_pixels(reviewed, "lvid-f0") == [pytest.approx(p, abs=1e-6) for p in BEFORE]

    def test_a_single_doppler_point_stays_too(self, slicer_app: HeadlessSlicer) -> None:
        scene = Reviewed(slicer_app, make_cine(1, (CW,)))
        entry = scene.predict("trvmax", 0, [(150, 105)])
        node = scene.following.node_of(entry.id)
        scene.nodes.volume.SetAndObserveTransformNodeID(transform(slicer_app.scene).GetID())
        with audited(scene) as steps:
            node.HardenTransform()
        assert steps == []
        assert scene.points(entry.id) == [(150, 105)]
        assert under_pixels(scene, entry.id) == [pytest.approx((150, 105))]

    def test_a_bent_caliper_is_straight_again(self, reviewed: Reviewed) -> None:
        node = reviewed.following.node_of("lvid-f0")
        node.SetAndObserveTransformNodeID(bending(reviewed.app.scene).GetID())
        with audited(reviewed) as steps:
            node.HardenTransform()
            reviewed.following.tick()
        assert steps == []
        assert under_pixels(reviewed, "lvid-f0") == [pytest.approx(p, abs=1e-6) for p in BEFORE]

    def test_afterwards_a_drag_counts_as_ever(self, reviewed: Reviewed) -> None:
        reviewed.nodes.volume.SetAndObserveTransformNodeID(
            transform(reviewed.app.scene, 12.0, 1.25).GetID()
        )
        tree, item = in_tree(reviewed, reviewed.following.node_of("lvid-f0"))
        harden(tree, tree.GetItemParent(tree.GetItemParent(item)))
        reviewed.app.show(reviewed.nodes.volume)
        let_go = reviewed.drag("lvid-f0", 1, (24, -16))
        assert reviewed.points("lvid-f0")[1] == pytest.approx(let_go, abs=0.5)
        assert reviewed.review.entries["lvid-f0"].status is Status.EDITED


class TestTransformOverACaliper:
    def test_it_is_drawn_over_its_pixels_at_once_and_freed_at_the_next_tick(
        self, reviewed: Reviewed
    ) -> None:
        node = reviewed.following.node_of("lvid-f0")
        node.SetAndObserveTransformNodeID(transform(reviewed.app.scene, 10.0, 1.25).GetID())
        assert under_pixels(reviewed, "lvid-f0") == [pytest.approx(p) for p in BEFORE]
        reviewed.following.tick()
        assert shares_transform(node, reviewed.nodes.volume)
        assert under_pixels(reviewed, "lvid-f0") == [pytest.approx(p) for p in BEFORE]
        assert not reviewed.review.can_undo

    def test_a_point_is_recorded_where_it_is_dropped(self, reviewed: Reviewed) -> None:
        node = reviewed.following.node_of("lvid-f0")
        node.SetAndObserveTransformNodeID(transform(reviewed.app.scene, 10.0, 1.25).GetID())
        let_go = reviewed.drag("lvid-f0", 1, (30, -20))
        assert reviewed.points("lvid-f0")[1] == pytest.approx(let_go, abs=0.5)
        assert reviewed.points("lvid-f0")[0] == (100, 120)

    def test_a_transform_that_goes_on_moving_drags_nothing_along(self, reviewed: Reviewed) -> None:
        moving = transform(reviewed.app.scene)
        reviewed.following.node_of("lvid-f0").SetAndObserveTransformNodeID(moving.GetID())
        matrix = vtk.vtkMatrix4x4()
        for shift in (20.0, 45.0):
            matrix.SetElement(1, 3, shift)
            moving.SetMatrixTransformToParent(matrix)
            assert under_pixels(reviewed, "lvid-f0") == [pytest.approx(p) for p in BEFORE]
        assert reviewed.points("lvid-f0") == BEFORE


class TestWhatCountsAsTyped:
    """The Markups module's table, and a script on the user's behalf, set one point by itself."""

    def test_one_point_set_by_itself_is_an_edit(self, reviewed: Reviewed) -> None:
        # World and local agree without a transform; pixels of 0.5 x 0.4 mm.
        reviewed.following.node_of("lvid-f0").SetNthControlPointPositionWorld(0, -40.0, -40.0, 0.0)
        assert reviewed.points("lvid-f0")[0] == pytest.approx((80.0, 100.0))
        assert reviewed.review.audit[-1].who == "AB"

    def test_so_it_is_under_a_transform(self, reviewed: Reviewed) -> None:
        reviewed.nodes.volume.SetAndObserveTransformNodeID(transform(reviewed.app.scene).GetID())
        # 10 mm to the right of local -50: world -40, which is still column 100.
        node = reviewed.following.node_of("lvid-f0")
        node.SetNthControlPointPositionWorld(0, -40.0, -40.0, 0.0)
        assert reviewed.points("lvid-f0")[0] == pytest.approx((100.0, 100.0))

    @pytest.mark.parametrize("how", ["block", "matrix"])
    def test_several_points_at_once_cannot_have_been_typed(
        self, reviewed: Reviewed, how: str
    ) -> None:
        reviewed.following.close()
        told: list[EchoMeasureError] = []
        link = SceneReview(reviewed.review, reviewed.app.scene, reviewed.nodes, failed=told.append)
        node = link.node_of("lvid-f0")
        if how == "block":
            modified = node.StartModify()
            node.SetNthControlPointPosition(0, -20.0, -30.0, 0.0)
            node.SetNthControlPointPosition(1, -60.0, -30.0, 0.0)
            node.EndModify(modified)
        else:
            node.ApplyTransformMatrix(transform(reviewed.app.scene).GetMatrixTransformToParent())
        assert not reviewed.review.can_undo
        assert [(p.x, p.y) for p in link.calipers[0].points()] == [pytest.approx(p) for p in BEFORE]
        assert "not with the mouse" in told[0].problem
        link.close()

    def test_what_goes_on_moving_it_is_told_once(self, reviewed: Reviewed) -> None:
        reviewed.following.close()
        told: list[EchoMeasureError] = []
        link = SceneReview(reviewed.review, reviewed.app.scene, reviewed.nodes, failed=told.append)
        node = link.node_of("lvid-f0")
        for step in range(20):
            modified = node.StartModify()
            for point in range(2):
                node.SetNthControlPointPosition(point, -20.0 - step, -30.0 * point, 0.0)
            node.EndModify(modified)
        assert len(told) == 1
        link.close()

    @pytest.mark.parametrize(
        "meddle",
        [
            lambda node: node.SwapControlPoints(0, 1),
            lambda node: node.UnsetAllControlPoints(),
            lambda node: node.SetNthControlPointPositionMissing(0),
            lambda node: node.ResetNthControlPointPosition(1),
            lambda node: (node.SetFixedNumberOfControlPoints(False), node.RemoveAllControlPoints()),
            lambda node: node.CopyContent(slicer.vtkMRMLMarkupsLineNode()),
        ],
    )
    def test_points_exchanged_or_taken_away_come_back(
        self, reviewed: Reviewed, meddle: Callable[[Any], object]
    ) -> None:
        with audited(reviewed) as steps:
            meddle(reviewed.following.node_of("lvid-f0"))
        assert steps == []
        assert reviewed.shown()["lvid-f0"] == [pytest.approx(point) for point in BEFORE]
        assert reviewed.labels("lvid-f0") == ["", "LVID 6.00 cm"]

    def test_an_accepted_caliper_snaps_back_and_says_why(self, reviewed: Reviewed) -> None:
        reviewed.review.accept("lvid-f0")
        reviewed.following.close()
        told: list[EchoMeasureError] = []
        link = SceneReview(reviewed.review, reviewed.app.scene, reviewed.nodes, failed=told.append)
        with audited(reviewed) as steps:
            link.node_of("lvid-f0").SetNthControlPointPosition(0, -20.0, -30.0, 0.0)
        assert steps == []
        assert [(p.x, p.y) for p in link.calipers[0].points()] == [pytest.approx(p) for p in BEFORE]
        assert "accepted" in told[0].problem
        link.close()

    def test_a_label_written_over_comes_back(self, reviewed: Reviewed) -> None:
        node = reviewed.following.node_of("lvid-f0")
        node.SetNthControlPointLabel(1, "LVID 9.99 cm")
        assert reviewed.labels("lvid-f0") == ["", "LVID 6.00 cm"]
        assert not reviewed.review.can_undo


def test_an_eye_opened_where_there_is_no_caliper_shows_none(reviewed: Reviewed) -> None:
    node = reviewed.following.node_of("lvid-f0")
    node.SetDisplayVisibility(False)
    reviewed.nodes.show_frame(4)
    node.SetDisplayVisibility(True)
    assert not node.GetDisplayVisibility()
    reviewed.nodes.show_frame(1)
    assert "lvid-f1" in reviewed.shown()


class TestLocks:
    def test_the_users_own_lock_survives_browsing_and_deciding(self, reviewed: Reviewed) -> None:
        node = reviewed.following.node_of("lvid-f0")
        node.SetLocked(True)
        for frame in (1, 4, 0):
            reviewed.nodes.show_frame(frame)
            assert node.GetLocked()
        reviewed.review.accept("lvid-f0")
        reviewed.review.reopen("lvid-f0")
        assert node.GetLocked()
        reviewed.drag("lvid-f0", 1, (30, 0))
        assert reviewed.points("lvid-f0") == BEFORE
        node.SetLocked(False)
        reviewed.nodes.show_frame(1)
        reviewed.nodes.show_frame(0)
        assert not node.GetLocked()
        reviewed.drag("lvid-f0", 1, (30, 0))
        assert reviewed.points("lvid-f0") != BEFORE

    def test_an_acceptance_locks_whatever_is_clicked_in_the_data_module(
        self, reviewed: Reviewed
    ) -> None:
        reviewed.review.accept("lvid-f0")
        node = reviewed.following.node_of("lvid-f0")
        node.SetLocked(False)
        assert node.GetLocked()
        reviewed.review.reopen("lvid-f0")
        assert not node.GetLocked()

    def test_a_lock_of_one_measurement_is_none_of_another(self, reviewed: Reviewed) -> None:
        reviewed.following.node_of("lvid-f0").SetLocked(True)
        assert not reviewed.following.node_of("ivs-f0").GetLocked()


class TestCopies:
    @staticmethod
    def by_script(scene: Reviewed, node: Any) -> Any:
        copy = scene.app.scene.CreateNodeByClass(node.GetClassName())
        copy.UnRegister(None)
        copy.Copy(node)
        return scene.app.scene.AddNode(copy)

    @staticmethod
    def by_data_module(scene: Reviewed, node: Any) -> Any:
        return cloned(scene.app.scene, node)

    @pytest.mark.parametrize("how", ["by_script", "by_data_module"])
    def test_a_copy_says_no_number(self, reviewed: Reviewed, how: str) -> None:
        clone: Callable[[Reviewed, Any], Any] = getattr(self, how)
        copy = clone(reviewed, reviewed.following.node_of("lvid-f0"))
        # From 60 to 90 mm: whatever the copy said would be wrong now.
        copy.SetNthControlPointPosition(1, -140.0, -48.0, 0.0)
        for frame in (0, 3, 1):
            reviewed.nodes.show_frame(frame)
            reviewed.following.tick()
            assert "cm" not in "".join(labels_of(copy))
        assert labels_of(copy) == ["", "copy, not measured"]
        enabled = [
            copy.GetNthMeasurement(i).GetName()
            for i in range(copy.GetNumberOfMeasurements())
            if copy.GetNthMeasurement(i).GetEnabled()
        ]
        assert enabled == []
        assert not reviewed.review.can_undo
        assert len(reviewed.review.entries) == 4

    def test_the_original_goes_on_and_the_copy_may_go(self, reviewed: Reviewed) -> None:
        copy = self.by_data_module(reviewed, reviewed.following.node_of("lvid-f0"))
        reviewed.app.scene.RemoveNode(copy)
        assert reviewed.review.entries["lvid-f0"].status is Status.UNREVIEWED
        reviewed.drag("lvid-f0", 1, (40, -20))
        assert reviewed.review.entries["lvid-f0"].status is Status.EDITED
        assert reviewed.labels("lvid-f0")[1].startswith("LVID ")

    def test_a_copy_made_while_the_review_was_closed_says_none_either(
        self, reviewed: Reviewed
    ) -> None:
        reviewed.following.close(remove_nodes=False)
        line = reviewed.app.scene.GetFirstNodeByClass("vtkMRMLMarkupsLineNode")
        copy = self.by_data_module(reviewed, line)
        link = SceneReview(reviewed.review, reviewed.app.scene, reviewed.nodes)
        assert "cm" not in "".join(labels_of(copy))
        link.close()

    def test_a_copy_in_a_saved_scene_is_no_caliper_again(self, reviewed: Reviewed) -> None:
        copy = self.by_data_module(reviewed, reviewed.following.node_of("lvid-f0"))
        reviewed.following.close(remove_nodes=False)
        link = SceneReview(reviewed.review, reviewed.app.scene, reviewed.nodes)
        assert all(caliper.node is not copy for caliper in link.calipers)
        link.close()


class TestUndoOfTheScene:
    """Slicer's own undo, for applications that switch it on: the review leads."""

    @pytest.fixture
    def undoing(self, reviewed: Reviewed) -> Iterator[Reviewed]:
        scene = reviewed.app.scene
        scene.SetUndoOn()
        for caliper in reviewed.following.calipers:
            caliper.node.SetUndoEnabled(True)
            caliper.node.GetDisplayNode().SetUndoEnabled(True)
        yield reviewed
        scene.SetUndoOff()
        scene.ClearUndoStack()

    def test_a_drag_stays_where_the_review_has_it(self, undoing: Reviewed) -> None:
        undoing.app.scene.SaveStateForUndo()
        undoing.drag("lvid-f0", 1, (40, -20))
        dragged = undoing.points("lvid-f0")
        with audited(undoing) as steps:
            undoing.app.scene.Undo()
        assert steps == []
        assert undoing.points("lvid-f0") == dragged
        assert undoing.shown()["lvid-f0"] == [pytest.approx(point) for point in dragged]
        assert undoing.labels("lvid-f0")[1].startswith("LVID ")
        assert undoing.review.undo() == "move"
        assert undoing.shown()["lvid-f0"] == [pytest.approx(point) for point in BEFORE]

    def test_an_image_that_it_copies_stays_open(self, undoing: Reviewed) -> None:
        scene, volume = undoing.app.scene, undoing.nodes.volume
        for node in (volume, undoing.nodes.browser):
            node.SetUndoEnabled(True)
        scene.SaveStateForUndo()
        volume.SetSpacing(2.0, 2.0, 1.0)
        undoing.nodes.show_frame(2)
        with audited(undoing) as steps:
            scene.Undo()
        assert steps == []
        assert undoing.following.is_open
        assert undoing.shown() == {
            id: [pytest.approx(point) for point in points]
            for id, points in undoing.expected().items()
        }

    def test_a_node_that_it_takes_away_rejects_nothing(self, undoing: Reviewed) -> None:
        scene = undoing.app.scene
        scene.SaveStateForUndo()
        undoing.predict("lvpw", 0, [(60, 150), (60, 170)])
        undoing.following.node_of("lvpw-f0").SetUndoEnabled(True)
        with audited(undoing) as steps:
            scene.Undo()
        assert steps == []
        assert set(undoing.shown()) == {"lvid-f0", "ivs-f0", "lvpw-f0"}

    def test_a_deletion_taken_back_there_is_not_taken_back_here(self, undoing: Reviewed) -> None:
        scene = undoing.app.scene
        scene.SaveStateForUndo()
        scene.RemoveNode(undoing.following.node_of("lvid-f0"))
        assert undoing.review.entries["lvid-f0"].status is Status.REJECTED
        scene.Undo()
        assert undoing.review.entries["lvid-f0"].status is Status.REJECTED
        assert set(undoing.shown()) == {"ivs-f0"}
        lines = scene.GetNumberOfNodesByClass("vtkMRMLMarkupsLineNode")
        visible = [
            scene.GetNthNodeByClass(i, "vtkMRMLMarkupsLineNode").GetDisplayVisibility()
            for i in range(lines)
        ]
        assert sum(map(bool, visible)) == 1
        undoing.review.undo()
        assert set(undoing.shown()) == {"lvid-f0", "ivs-f0"}
