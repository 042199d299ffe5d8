"""The frame is the picture that is shown, whatever a browser counts."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
from reviewed_cine import Reviewed, bright_cine, bright_frame, make_cine
from slicer_scene import HeadlessSlicer
from slicer_user import bending, second_browser

from EchoMeasureLib.mrml.node_pixels import set_image
from EchoMeasureLib.mrml.shown_frame import NO_FRAME
from EchoMeasureLib.review.entries import Status

FRAMES = 6


@pytest.fixture
def scene(slicer_app: HeadlessSlicer) -> Reviewed:
    """Six frames, each of its own brightness, with an LVID of its own length on every frame."""
    scene = Reviewed(slicer_app, bright_cine(FRAMES))
    for frame in range(FRAMES):
        scene.predict("lvid", frame, [(100, 120), (160 + 10 * frame, 120)])
    return scene


def picture(scene: Reviewed) -> int:
    """Which frame a person sees."""
    return bright_frame(scene.nodes)


def agrees(scene: Reviewed) -> bool:
    """Whether frame, calipers and picture are one."""
    frame = picture(scene)
    return scene.nodes.current_frame == frame and set(scene.shown()) == {f"lvid-f{frame}"}


def remove(scene: Reviewed, item: int) -> None:
    sequence = scene.nodes.sequence
    sequence.RemoveDataNodeAtValue(sequence.GetNthIndexValue(item))


class TestItemsRemoved:
    def test_the_calipers_stay_with_their_pictures(self, scene: Reviewed) -> None:
        scene.nodes.show_frame(3)
        remove(scene, 0)
        assert agrees(scene)
        remove(scene, 1)
        assert agrees(scene)
        for item in range(scene.nodes.sequence.GetNumberOfDataNodes()):
            scene.nodes.browser.SetSelectedItemNumber(item)
            assert agrees(scene)
        assert scene.following.is_open

    def test_a_drag_counts_on_the_frame_that_is_seen(self, scene: Reviewed) -> None:
        remove(scene, 0)
        scene.nodes.browser.SetSelectedItemNumber(2)
        seen = f"lvid-f{picture(scene)}"
        scene.drag(seen, 0, (30, 0))
        edited = [e.id for e in scene.review.entries.values() if e.status is Status.EDITED]
        assert edited == [seen] == ["lvid-f3"]

    def test_going_to_a_caliper_shows_its_picture(self, scene: Reviewed) -> None:
        remove(scene, 1)
        for frame in (5, 2, 0, 3):
            scene.following.show(f"lvid-f{frame}")
            assert picture(scene) == frame
            assert agrees(scene)

    def test_a_frame_that_is_gone_cannot_be_shown(self, scene: Reviewed) -> None:
        remove(scene, 2)
        scene.nodes.show_frame(4)
        scene.following.show("lvid-f2")
        assert picture(scene) == 4
        assert agrees(scene)
        assert scene.nodes.frame_count == FRAMES


class TestItemsAdded:
    def test_the_same_picture_put_back_is_the_same_frame(self, scene: Reviewed) -> None:
        sequence = scene.nodes.sequence
        value = sequence.GetNthIndexValue(2)
        kept = slicer.vtkMRMLVectorVolumeNode()
        kept.Copy(sequence.GetNthDataNode(2))
        remove(scene, 2)
        sequence.SetDataNodeAtValue(kept, value)
        for frame in (2, 3, 1):
            scene.nodes.show_frame(frame)
            assert picture(scene) == frame
            assert agrees(scene)

    def test_it_may_come_back_at_another_time(self, scene: Reviewed) -> None:
        sequence = scene.nodes.sequence
        kept = slicer.vtkMRMLVectorVolumeNode()
        kept.Copy(sequence.GetNthDataNode(1))
        remove(scene, 1)
        sequence.SetDataNodeAtValue(kept, "0.500")
        for item in range(FRAMES):
            scene.nodes.browser.SetSelectedItemNumber(item)
            assert agrees(scene)
        scene.nodes.show_frame(1)
        assert picture(scene) == 1

    def test_a_foreign_picture_closes_the_review_with_a_sentence(self, scene: Reviewed) -> None:
        scene.review.accept("lvid-f0")
        foreign = slicer.vtkMRMLVectorVolumeNode()
        added = scene.nodes.sequence.SetDataNodeAtValue(foreign, "0.020")
        set_image(added, np.full((240, 320, 3), 251, np.uint8))
        scene.nodes.browser.SetSelectedItemNumber(0)
        assert agrees(scene)
        scene.nodes.browser.SetSelectedItemNumber(1)
        assert scene.nodes.current_frame == NO_FRAME
        assert not scene.following.is_open
        assert "none of this image's frames" in scene.following.trouble
        lines = scene.app.scene.GetNumberOfNodesByClass("vtkMRMLMarkupsLineNode")
        assert lines == 0
        text = scene.app.scene.GetFirstNodeByClass("vtkMRMLTextNode").GetText()
        assert '"accepted"' in text


class TestASecondBrowser:
    def test_the_picture_counts_and_not_the_own_browser(self, scene: Reviewed) -> None:
        other = second_browser(scene.nodes)
        for item in (1, 4, 2):
            other.SetSelectedItemNumber(item)
            assert picture(scene) == item
            assert agrees(scene)
        scene.drag("lvid-f2", 0, (30, 0))
        edited = [e.id for e in scene.review.entries.values() if e.status is Status.EDITED]
        assert edited == ["lvid-f2"]

    def test_the_own_browser_can_show_its_frame_again(self, scene: Reviewed) -> None:
        other = second_browser(scene.nodes)
        scene.nodes.show_frame(5)
        other.SetSelectedItemNumber(1)
        scene.nodes.show_frame(5)
        assert picture(scene) == 5
        assert agrees(scene)

    def test_of_equal_pictures_it_is_the_one_at_which_a_browser_stands(
        self, slicer_app: HeadlessSlicer
    ) -> None:
        scene = Reviewed(slicer_app, make_cine(5))  # frames 1 and 4 look alike, as do 2 and 3
        other = second_browser(scene.nodes)
        for item in (4, 1, 3, 2):
            other.SetSelectedItemNumber(item)
            assert scene.nodes.current_frame == item
        for item in (1, 4, 2, 3):
            scene.nodes.show_frame(item)
            assert scene.nodes.current_frame == item

    def test_another_clip_in_the_same_volume_closes_the_review(self, scene: Reviewed) -> None:
        sequence = scene.app.scene.AddNewNodeByClass("vtkMRMLSequenceNode", "another")
        for index in range(2):
            added = sequence.SetDataNodeAtValue(slicer.vtkMRMLVectorVolumeNode(), str(index))
            set_image(added, np.full((240, 320, 3), 240 + index, np.uint8))
        browser = scene.app.scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "another")
        browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
        browser.AddProxyNode(scene.nodes.volume, sequence, False)
        browser.SetSelectedItemNumber(1)
        assert not scene.following.is_open
        assert scene.following.trouble
        assert {entry.status for entry in scene.review.entries.values()} == {Status.UNREVIEWED}


class TestOtherChanges:
    def test_pictures_shared_with_the_sequence_are_known_too(self, scene: Reviewed) -> None:
        """With "save changes" Slicer shows the item itself and not a copy."""
        scene.nodes.browser.SetSaveChanges(scene.nodes.sequence, True)
        for frame in (3, 0, 5):
            scene.nodes.show_frame(frame)
            assert agrees(scene)

    def test_a_still_that_is_replaced_closes_the_review(self, slicer_app: HeadlessSlicer) -> None:
        scene = Reviewed(slicer_app, make_cine(1))
        assert scene.nodes.current_frame == 0
        set_image(scene.nodes.volume, scene.cine.frame(0))
        assert scene.following.is_open
        set_image(scene.nodes.volume, 255 - scene.cine.frame(0))
        assert not scene.following.is_open

    def test_an_image_that_was_bent_into_another_closes_the_review(self, scene: Reviewed) -> None:
        """Hardening a warp computes a new picture; the pixels of the file are gone from view."""
        volume = scene.nodes.volume
        volume.SetAndObserveTransformNodeID(bending(scene.app.scene).GetID())
        assert scene.following.is_open
        volume.HardenTransform()
        assert not scene.following.is_open
        assert {entry.status for entry in scene.review.entries.values()} == {Status.UNREVIEWED}
