"""The scene follows the review and the review follows the mouse."""

from __future__ import annotations

from typing import Any

import pytest
import slicer
import vtk
from reviewed_cine import TWO_D, Reviewed, labels_of, make_cine
from slicer_scene import HeadlessSlicer

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.geometry import Landmark, PixelPoint
from EchoMeasureLib.measuring.calipers import measure
from EchoMeasureLib.mrml.following import SceneReview
from EchoMeasureLib.review.entries import Action, Status
from EchoMeasureLib.rounding import written


def close_to(points: list[tuple[float, float]]) -> Any:
    return [pytest.approx(point, abs=1e-6) for point in points]


class TestDragging:
    def test_it_moves_one_point_of_one_caliper_on_one_frame(self, reviewed: Reviewed) -> None:
        before = {id: reviewed.points(id) for id in reviewed.review.entries}
        let_go = reviewed.drag("lvid-f0", 1, (40, -20))
        moved = reviewed.points("lvid-f0")
        assert moved[0] == (100.0, 120.0)
        # The mouse takes hold of a point some display pixels beside its centre at most.
        assert moved[1] == pytest.approx(let_go, abs=0.5)
        for id in ("lvid-f1", "lvid-f2", "ivs-f0"):
            assert reviewed.points(id) == before[id]
            assert reviewed.review.entries[id].status is Status.UNREVIEWED
        assert reviewed.review.entries["lvid-f0"].status is Status.EDITED

    def test_it_is_one_step_that_undo_takes_back(self, reviewed: Reviewed) -> None:
        reviewed.drag("lvid-f0", 1, (40, -20))
        moved = reviewed.points("lvid-f0")
        events = [e.action for e in reviewed.review.audit if e.action is not Action.PREDICT]
        assert events == [Action.MOVE]
        reviewed.review.undo()
        assert reviewed.shown()["lvid-f0"] == close_to([(100, 120), (220, 120)])
        assert not reviewed.review.can_undo
        reviewed.review.redo()
        assert reviewed.shown()["lvid-f0"] == close_to(moved)

    def test_the_label_is_the_measured_value_at_every_moment(self, reviewed: Reviewed) -> None:
        start = reviewed.on_screen(220, 120)
        node = reviewed.following.node_of("lvid-f0")
        caliper = next(c for c in reviewed.following.calipers if c.node is node)
        reviewed.app.press(*start)
        seen = []
        for step in range(1, 9):
            reviewed.app.mouse("MouseMoveEvent", start[0] + 8 * step, start[1] - 5 * step)
            points = [Landmark(p.x, p.y) for p in caliper.points()]
            value = measure(reviewed.cine, "lvid", points, 0).values[0].value
            assert value is not None
            seen.append(value)
            assert "".join(labels_of(node)) == f"LVID {written(value, 2)} cm"
            shown = node.GetMeasurement("lvid")
            assert shown.GetValueWithUnitsAsPrintableString() == f"{value:.2f} cm"
            assert not node.GetMeasurement("length").GetEnabled()
        assert reviewed.following.dragging
        assert reviewed.review.entries["lvid-f0"].status is Status.UNREVIEWED
        reviewed.app.mouse("LeftButtonReleaseEvent", start[0] + 64, start[1] - 40)
        assert not reviewed.following.dragging
        final = reviewed.review.entries["lvid-f0"].caliper.values[0].value
        assert final == pytest.approx(seen[-1])
        assert "".join(labels_of(node)) == f"LVID {written(final, 2)} cm"
        assert len(set(seen)) == 8

    def test_a_click_without_a_move_edits_nothing(self, reviewed: Reviewed) -> None:
        reviewed.app.click(*reviewed.on_screen(220, 120))
        assert reviewed.review.entries["lvid-f0"].status is Status.UNREVIEWED
        assert not reviewed.review.can_undo

    def test_an_accepted_caliper_stays_where_it_is(self, reviewed: Reviewed) -> None:
        reviewed.review.accept("lvid-f0")
        assert reviewed.following.node_of("lvid-f0").GetLocked()
        reviewed.drag("lvid-f0", 1, (40, -20))
        assert reviewed.points("lvid-f0") == [(100, 120), (220, 120)]
        assert reviewed.review.entries["lvid-f0"].status is Status.ACCEPTED
        reviewed.review.reopen("lvid-f0")
        reviewed.drag("lvid-f0", 1, (40, -20))
        assert reviewed.review.entries["lvid-f0"].status is Status.EDITED

    def test_the_lock_goes_with_the_caliper_not_with_the_node(self, reviewed: Reviewed) -> None:
        reviewed.review.accept("lvid-f0")
        node = reviewed.following.node_of("lvid-f0")
        reviewed.nodes.show_frame(1)
        assert reviewed.following.node_of("lvid-f1") is node
        assert not node.GetLocked()

    def test_a_frame_that_changes_under_the_mouse_ends_the_drag(self, reviewed: Reviewed) -> None:
        start = reviewed.on_screen(220, 120)
        reviewed.app.press(*start)
        reviewed.app.mouse("MouseMoveEvent", start[0] + 30, start[1])
        reviewed.nodes.show_frame(1)
        taken = reviewed.points("lvid-f0")
        assert taken[1][0] > 225
        for step in (40, 60, 80):
            reviewed.app.mouse("MouseMoveEvent", start[0] + step, start[1])
            assert reviewed.shown()["lvid-f1"] == close_to([(100, 120), (220, 120)])
        reviewed.app.mouse("LeftButtonReleaseEvent", start[0] + 80, start[1])
        assert reviewed.points("lvid-f0") == taken
        assert reviewed.review.entries["lvid-f1"].status is Status.UNREVIEWED
        reviewed.drag("lvid-f1", 1, (20, 0))
        assert reviewed.review.entries["lvid-f1"].status is Status.EDITED

    def test_what_is_rejected_while_it_is_held_stays_rejected(self, reviewed: Reviewed) -> None:
        start = reviewed.on_screen(220, 120)
        reviewed.app.press(*start)
        reviewed.app.mouse("MouseMoveEvent", start[0] + 30, start[1])
        reviewed.review.reject("lvid-f0", "off axis")
        assert reviewed.shown() == reviewed.expected()
        reviewed.app.mouse("MouseMoveEvent", start[0] + 60, start[1])
        reviewed.app.mouse("LeftButtonReleaseEvent", start[0] + 60, start[1])
        assert reviewed.review.entries["lvid-f0"].status is Status.REJECTED
        assert reviewed.points("lvid-f0") == [(100, 120), (220, 120)]
        assert [e.action for e in reviewed.review.audit[-2:]] == [Action.PREDICT, Action.REJECT]
        assert reviewed.shown() == reviewed.expected()

    def test_predictions_that_arrive_meanwhile_do_not_disturb_it(self, reviewed: Reviewed) -> None:
        start = reviewed.on_screen(220, 120)
        reviewed.app.press(*start)
        reviewed.app.mouse("MouseMoveEvent", start[0] + 30, start[1])
        reviewed.predict("lvpw", 0, [(60, 150), (60, 170)])
        reviewed.predict("lvid", 3, [(90, 120), (200, 120)])
        reviewed.app.mouse("LeftButtonReleaseEvent", start[0] + 30, start[1])
        assert reviewed.points("lvid-f0")[1][0] > 225
        assert reviewed.review.entries["lvpw-f0"].status is Status.UNREVIEWED

    def test_it_works_under_nested_transforms(self, reviewed: Reviewed) -> None:
        scene = reviewed.app.scene
        outer = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "outer")
        inner = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "inner")
        turn, shift = vtk.vtkTransform(), vtk.vtkTransform()
        turn.RotateZ(90)
        shift.Translate(5, -8, 0)
        outer.SetMatrixTransformToParent(turn.GetMatrix())
        inner.SetMatrixTransformToParent(shift.GetMatrix())
        inner.SetAndObserveTransformNodeID(outer.GetID())
        reviewed.nodes.volume.SetAndObserveTransformNodeID(inner.GetID())
        reviewed.app.show(reviewed.nodes.volume)
        assert not reviewed.review.can_undo
        let_go = reviewed.drag("lvid-f0", 1, (24, -16))
        assert reviewed.points("lvid-f0")[1] == pytest.approx(let_go, abs=0.5)
        moved = reviewed.points("lvid-f0")
        turn.RotateZ(30)
        outer.SetMatrixTransformToParent(turn.GetMatrix())
        reviewed.nodes.volume.SetAndObserveTransformNodeID(None)
        assert reviewed.points("lvid-f0") == moved
        assert reviewed.shown()["lvid-f0"] == close_to(moved)

    def test_a_position_typed_into_the_markups_module_counts_as_an_edit(
        self, reviewed: Reviewed
    ) -> None:
        reviewed.following.node_of("lvid-f0").SetNthControlPointPosition(0, -40.0, -40.0, 0.0)
        # 0.5 x 0.4 mm pixels.
        assert reviewed.points("lvid-f0")[0] == pytest.approx((80.0, 100.0))
        assert reviewed.review.can_undo

    def test_a_point_taken_away_comes_back(self, reviewed: Reviewed) -> None:
        node = reviewed.following.node_of("lvid-f0")
        node.UnsetNthControlPointPosition(1)
        assert reviewed.shown()["lvid-f0"] == close_to([(100, 120), (220, 120)])
        assert not reviewed.review.can_undo

    def test_an_edit_that_the_review_refuses_is_reported_and_undone(
        self, reviewed: Reviewed
    ) -> None:
        reviewed.following.close()
        troubles: list[EchoMeasureError] = []
        following = SceneReview(
            reviewed.review, reviewed.app.scene, reviewed.nodes, failed=troubles.append
        )
        following.node_of("lvid-f0").SetNthControlPointPosition(0, float("nan"), 0.0, 0.0)
        assert len(troubles) == 1
        back = [(p.x, p.y) for p in following.calipers[0].points()]
        assert back == close_to([(100, 120), (220, 120)])
        following.close()


class TestBrowsing:
    def test_each_caliper_shows_on_its_own_frame_only(self, reviewed: Reviewed) -> None:
        expected = {0: {"lvid-f0", "ivs-f0"}, 1: {"lvid-f1"}, 2: {"lvid-f2"}, 3: set(), 4: set()}
        for frame in (0, 1, 2, 3, 4, 2, 0):
            reviewed.nodes.show_frame(frame)
            assert set(reviewed.shown()) == expected[frame]

    def test_going_away_and_coming_back_keeps_everything(self, reviewed: Reviewed) -> None:
        reviewed.drag("lvid-f0", 1, (40, -20))
        state = dict(reviewed.review.entries)
        audit = reviewed.review.audit
        for frame in (1, 4, 2, 3, 0, 4, 0):
            reviewed.nodes.show_frame(frame)
            assert reviewed.shown() == {
                id: close_to(points) for id, points in reviewed.expected().items()
            }
        assert dict(reviewed.review.entries) == state
        assert reviewed.review.audit == audit

    def test_one_node_serves_a_measurement_on_all_frames(self, reviewed: Reviewed) -> None:
        for frame in range(5):
            reviewed.nodes.show_frame(frame)
        assert reviewed.app.scene.GetNumberOfNodesByClass("vtkMRMLMarkupsLineNode") == 2

    def test_two_calipers_of_one_kind_on_a_frame_are_both_shown(self, reviewed: Reviewed) -> None:
        second = reviewed.review.place("lvid", 0, [PixelPoint(100, 60), PixelPoint(200, 60)])
        assert {second.id, "lvid-f0"} <= set(reviewed.shown())
        reviewed.drag(second.id, 1, (20, 0))
        assert reviewed.points("lvid-f0") == [(100, 120), (220, 120)]
        assert reviewed.points(second.id)[1][0] > 203

    def test_an_eye_closed_by_the_user_stays_closed(self, reviewed: Reviewed) -> None:
        node = reviewed.following.node_of("lvid-f0")
        node.SetDisplayVisibility(False)
        reviewed.nodes.show_frame(1)
        assert "lvid-f1" not in reviewed.shown()
        node.SetDisplayVisibility(True)
        reviewed.nodes.show_frame(2)
        assert "lvid-f2" in reviewed.shown()

    def test_a_frame_without_a_caliper_does_not_close_the_eye(self, reviewed: Reviewed) -> None:
        reviewed.nodes.show_frame(4)
        reviewed.nodes.show_frame(0)
        assert "lvid-f0" in reviewed.shown()

    def test_calipers_do_not_lie_over_another_image(self, reviewed: Reviewed) -> None:
        from EchoMeasureLib.mrml.loading import load_cine

        other = load_cine(reviewed.app.scene, make_cine(1), "other")
        reviewed.app.show(other.volume)
        assert reviewed.shown() == {}
        reviewed.app.show(reviewed.nodes.volume)
        assert set(reviewed.shown()) == {"lvid-f0", "ivs-f0"}


class TestTheReviewLeads:
    def test_placing_moving_choosing_rejecting_and_deleting_show_at_once(
        self, reviewed: Reviewed
    ) -> None:
        review = reviewed.review
        review.move("lvid-f0", [PixelPoint(110, 100), PixelPoint(210, 100)])
        assert reviewed.shown()["lvid-f0"] == close_to([(110, 100), (210, 100)])
        # 100 pixels of 0.05 cm.
        assert reviewed.labels("lvid-f0") == ["", "LVID 5.00 cm"]
        review.choose("lvid-f0", Phase.ED)
        assert reviewed.labels("lvid-f0") == ["", "LVIDd 5.00 cm"]
        review.reject("lvid-f0")
        assert set(reviewed.shown()) == {"ivs-f0"}
        review.undo()
        assert set(reviewed.shown()) == {"ivs-f0", "lvid-f0"}
        review.delete("ivs-f0")
        assert set(reviewed.shown()) == {"lvid-f0"}

    def test_a_calibration_by_hand_relabels(self, slicer_app: HeadlessSlicer) -> None:
        scene = Reviewed(slicer_app, make_cine(1, ()))
        scene.predict("lvid", 0, [(100, 120), (200, 120)])
        assert scene.labels("lvid-f0") == ["", "LVID 100.0 px, no number (?)"]
        measurement = scene.following.node_of("lvid-f0").GetMeasurement("lvid")
        assert not measurement.GetEnabled()
        scene.review.calibrate((TWO_D,))
        assert scene.labels("lvid-f0") == ["", "LVID 5.00 cm"]
        scene.review.undo()
        assert scene.labels("lvid-f0") == ["", "LVID 100.0 px, no number (?)"]

    def test_going_to_an_entry_shows_its_frame(self, reviewed: Reviewed) -> None:
        reviewed.following.show("lvid-f2")
        assert reviewed.nodes.current_frame == 2
        assert reviewed.following.node_of("lvid-f2") is not None

    def test_a_spacing_edited_in_slicer_changes_no_value(self, reviewed: Reviewed) -> None:
        reviewed.nodes.volume.SetSpacing(2.0, 2.0, 1.0)
        assert reviewed.shown()["lvid-f0"] == close_to([(100, 120), (220, 120)])
        assert reviewed.labels("lvid-f0")[1] == "LVID 6.00 cm"
        assert not reviewed.review.can_undo


class TestDeletingInTheDataModule:
    def test_the_caliper_shown_is_rejected_and_undo_brings_it_back(
        self, reviewed: Reviewed
    ) -> None:
        reviewed.app.scene.RemoveNode(reviewed.following.node_of("lvid-f0"))
        entries = reviewed.review.entries
        assert entries["lvid-f0"].status is Status.REJECTED
        assert "deleted" in entries["lvid-f0"].reason
        assert entries["lvid-f1"].status is Status.UNREVIEWED
        reviewed.nodes.show_frame(1)
        assert "lvid-f1" in reviewed.shown()
        reviewed.review.undo()
        reviewed.nodes.show_frame(0)
        assert "lvid-f0" in reviewed.shown()

    def test_on_a_frame_without_one_all_of_the_measurement_are_rejected_in_one_step(
        self, reviewed: Reviewed
    ) -> None:
        node = reviewed.following.node_of("lvid-f0")
        reviewed.nodes.show_frame(4)
        reviewed.app.scene.RemoveNode(node)
        lvids = [e for e in reviewed.review.entries.values() if e.measurement == "lvid"]
        assert {e.status for e in lvids} == {Status.REJECTED}
        assert reviewed.review.entries["ivs-f0"].status is Status.UNREVIEWED
        reviewed.review.undo()
        assert not reviewed.review.can_undo

    def test_closing_the_study_rejects_nothing(self, reviewed: Reviewed) -> None:
        reviewed.following.close()
        waiting: list[Any] = []
        following = SceneReview(
            reviewed.review, reviewed.app.scene, reviewed.nodes, later=waiting.append
        )
        # The Data module deletes the branch from below: markups, then the image.
        reviewed.app.scene.RemoveNode(following.node_of("lvid-f0"))
        reviewed.app.scene.RemoveNode(following.node_of("ivs-f0"))
        reviewed.app.scene.RemoveNode(reviewed.nodes.volume)
        for action in waiting:
            action()
        assert not following.is_open
        assert {e.status for e in reviewed.review.entries.values()} == {Status.UNREVIEWED}


class TestTheEnd:
    def test_closing_the_scene_leaves_the_review_and_no_observers(self, reviewed: Reviewed) -> None:
        volume, node = reviewed.nodes.volume, reviewed.following.node_of("lvid-f0")
        reviewed.app.clear()
        assert not reviewed.following.is_open
        assert {e.status for e in reviewed.review.entries.values()} == {Status.UNREVIEWED}
        reviewed.review.accept("lvid-f0")
        node.SetNthControlPointPosition(0, 0, 0, 0)
        volume.Modified()
        assert reviewed.points("lvid-f0") == [(100, 120), (220, 120)]

    def test_closing_the_review_takes_its_markups_and_leaves_its_text(
        self, reviewed: Reviewed
    ) -> None:
        scene = reviewed.app.scene
        reviewed.following.close()
        assert scene.GetNumberOfNodesByClass("vtkMRMLMarkupsLineNode") == 0
        assert scene.GetNumberOfNodesByClass("vtkMRMLTextNode") == 1
        reviewed.review.accept("lvid-f0")
        reviewed.nodes.show_frame(2)
        reviewed.following.close()

    def test_another_reviewer_can_take_over(self, reviewed: Reviewed) -> None:
        from EchoMeasureLib.review.session import Review

        reviewed.drag("lvid-f0", 1, (40, 0))
        reviewed.following.close()
        second = Review.begin_from(
            tuple(reviewed.review.images.values()), reviewed.review.layer(), "CD"
        )
        second.add_cine(reviewed.cine)
        following = SceneReview(second, reviewed.app.scene, reviewed.nodes)
        assert [p.x for p in following.calipers[0].points()] == pytest.approx([100, 220])
        following.close()
        assert reviewed.app.scene.GetNumberOfNodesByClass("vtkMRMLTextNode") == 2


class TestTheTree:
    def test_markups_stand_in_a_folder_under_the_study_of_the_image(
        self, reviewed: Reviewed
    ) -> None:
        tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(reviewed.app.scene)
        study = tree.GetItemByUID("DICOM", "1.2.3")
        folder = tree.GetItemParent(tree.GetItemByDataNode(reviewed.following.node_of("lvid-f0")))
        assert tree.GetItemName(folder) == "EchoMeasure"
        assert tree.GetItemParent(folder) == study
