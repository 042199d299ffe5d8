"""A saved scene carries the whole review, on this machine and on another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from reviewed_cine import TWO_D, Reviewed, make_cine, saved_review
from slicer_scene import HeadlessSlicer
from ultrasound_files import region, write_ultrasound

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import InvalidDocument
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.mrml.following import SceneReview
from EchoMeasureLib.mrml.keeping import stored_layers
from EchoMeasureLib.mrml.volumes import Located, locate
from EchoMeasureLib.review.images import image_key
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.rounding import written


def reopened(app: HeadlessSlicer, path: Path) -> tuple[Located, Review, SceneReview]:
    """Open a scene file and go on with the review that is in it."""
    app.clear()
    assert app.scene.ReadFromMRB(str(path), True)
    located = locate(app.scene.GetFirstNodeByClass("vtkMRMLVectorVolumeNode"))
    review = saved_review(app.scene, located.cine)
    app.show(located.nodes.volume)
    return located, review, SceneReview(review, app.scene, located.nodes)


def edit(scene: Reviewed) -> None:
    """Something of everything a reviewer does."""
    scene.drag("lvid-f0", 1, (40, -20))
    scene.review.accept("lvid-f1")
    scene.review.reject("lvid-f2", "off axis")
    scene.review.choose("lvid-f0", Phase.ED)
    scene.review.note("ivs-f0", 'trabeculae & "shadows" <left>\nsecond line \u00e9')
    scene.review.place("lvpw", 3, [(200, 150), (200, 172)])


def test_an_mrb_restores_every_decision_point_and_value(reviewed: Reviewed, tmp_path: Path) -> None:
    edit(reviewed)
    before, audit = dict(reviewed.review.entries), reviewed.review.audit
    assert reviewed.app.scene.WriteToMRB(str(tmp_path / "study.mrb"))
    located, review, following = reopened(reviewed.app, tmp_path / "study.mrb")
    assert located.source == "scene"
    assert dict(review.entries) == before
    assert review.audit == audit
    assert review.cine().regions == (TWO_D,)
    # The saved markups are taken over, not doubled.
    lines = reviewed.app.scene.GetNumberOfNodesByClass("vtkMRMLMarkupsLineNode")
    assert lines == 2  # LVID and IVS; LVPW has not been on display yet
    located.nodes.show_frame(3)
    assert following.node_of("lvpw-f3") is not None
    located.nodes.show_frame(0)
    node = following.node_of("lvid-f0")
    value = before["lvid-f0"].caliper.values[0].value
    assert node.GetNthControlPointLabel(1) == f"LVIDd {written(value, 2)} cm"
    assert not node.GetMeasurement("length").GetEnabled()
    following.close()


def test_calipers_of_a_scene_that_is_added_lie_over_no_other_image(
    reviewed: Reviewed, tmp_path: Path
) -> None:
    """It is loaded while another module is in front: nothing follows its image."""
    scene = reviewed.app.scene
    assert scene.WriteToMRB(str(tmp_path / "added.mrb"))
    assert scene.ReadFromMRB(str(tmp_path / "added.mrb"), False)
    reviewed.app.show(reviewed.nodes.volume)  # the scene had put its own image into the view
    lines = [scene.GetNthNodeByClass(i, "vtkMRMLMarkupsLineNode") for i in range(4)]
    visible = [line for line in lines if line.GetDisplayVisibility()]
    assert visible == [reviewed.following.node_of(id) for id in ("lvid-f0", "ivs-f0")]
    assert reviewed.shown() == reviewed.expected()
    added = locate(scene.GetNthNodeByClass(1, "vtkMRMLSequenceBrowserNode"))
    reviewed.following.close()
    reviewed.app.show(added.nodes.volume)
    with_review = SceneReview(saved_review(scene, added.cine), scene, added.nodes)
    assert with_review.node_of("lvid-f0").GetDisplayVisibility()
    with_review.close()


def test_the_restored_scene_can_be_edited_and_saved_again(
    reviewed: Reviewed, tmp_path: Path
) -> None:
    reviewed.drag("lvid-f0", 1, (40, -20))
    assert reviewed.app.scene.WriteToMRB(str(tmp_path / "a.mrb"))
    _, review, following = reopened(reviewed.app, tmp_path / "a.mrb")
    review.accept("lvid-f0")
    following.close()
    assert reviewed.app.scene.WriteToMRB(str(tmp_path / "b.mrb"))
    _, again, following = reopened(reviewed.app, tmp_path / "b.mrb")
    assert dict(again.entries) == dict(review.entries)
    assert len(again.audit) == len(review.audit)
    following.close()


def test_a_still_is_restored_too(slicer_app: HeadlessSlicer, tmp_path: Path) -> None:
    scene = Reviewed(slicer_app, make_cine(1))
    entry = scene.review.place("lvid", 0, [(100, 120), (200, 120)])
    assert slicer_app.scene.WriteToMRB(str(tmp_path / "still.mrb"))
    _, review, following = reopened(slicer_app, tmp_path / "still.mrb")
    assert review.entries[entry.id] == entry
    assert following.node_of(entry.id) is not None
    following.close()


def test_a_calibration_by_hand_is_restored(slicer_app: HeadlessSlicer, tmp_path: Path) -> None:
    scene = Reviewed(slicer_app, make_cine(3, ()))
    scene.predict("lvid", 0, [(100, 120), (200, 120)])
    scene.review.calibrate((TWO_D,))
    assert slicer_app.scene.WriteToMRB(str(tmp_path / "hand.mrb"))
    _, review, following = reopened(slicer_app, tmp_path / "hand.mrb")
    # 100 pixels of 0.05 cm.
    assert review.entries["lvid-f0"].caliper.values[0].value == pytest.approx(5.0)
    following.close()


def test_the_file_still_there_is_preferred_and_fits_the_review(
    slicer_app: HeadlessSlicer, tmp_path: Path
) -> None:
    source = make_cine(3)
    pixels = np.array([source.frame(i) for i in range(3)])
    item = region((10, 0, 309, 239), (0.05, 0.04))
    file = write_ultrasound(tmp_path / "a.dcm", pixels, [item], {"FrameTime": "40"})
    scene = Reviewed(slicer_app, read(file))
    scene.predict("lvid", 1, [(100, 120), (220, 120)])
    assert slicer_app.scene.WriteToMRB(str(tmp_path / "s.mrb"))
    slicer_app.clear()
    assert slicer_app.scene.ReadFromMRB(str(tmp_path / "s.mrb"), True)

    class Database:
        def fileForInstance(self, uid: str) -> str:
            return str(file)

    volume = slicer_app.scene.GetFirstNodeByClass("vtkMRMLVectorVolumeNode")
    located = locate(volume, Database())
    assert located.source == "database"
    review = saved_review(slicer_app.scene, located.cine)
    assert review.entries["lvid-f1"].caliper == scene.review.entries["lvid-f1"].caliper


def test_each_reviewer_has_a_text_of_their_own(reviewed: Reviewed) -> None:
    reviewed.review.accept("lvid-f0")
    reviewed.following.close()
    second = Review(reviewed.cine, "CD")
    second.place("lvid", 0, [(1, 1), (2, 2)])
    SceneReview(second, reviewed.app.scene, reviewed.nodes).close()
    layers = stored_layers(reviewed.app.scene, image_key(reviewed.cine))
    assert {layer.reviewer: len(layer.entries) for layer in layers} == {"AB": 4, "CD": 1}


def test_a_scene_of_another_image_has_no_review_of_this_one(reviewed: Reviewed) -> None:
    cine = make_cine(1)
    other = type(cine)(cine._frames.source, cine.timing, cine.regions)
    assert stored_layers(reviewed.app.scene, image_key(other)) == ()


def test_a_damaged_text_is_refused(reviewed: Reviewed) -> None:
    reviewed.following.close()
    node = reviewed.app.scene.GetFirstNodeByClass("vtkMRMLTextNode")
    node.SetText(node.GetText()[:100])
    with pytest.raises(InvalidDocument):
        stored_layers(reviewed.app.scene, image_key(reviewed.cine))


class TestTheTextAtEveryMoment:
    """Slicer says nothing before it saves a scene: what then stands there is what is saved."""

    @staticmethod
    def stored(scene: Reviewed) -> Review:
        return saved_review(scene.app.scene, scene.cine)

    def test_every_step_is_there_without_waiting(self, reviewed: Reviewed) -> None:
        review = reviewed.review
        steps: tuple[Callable[[], object], ...] = (
            lambda: reviewed.predict("lvid", 3, [(100, 120), (220, 120)]),
            lambda: reviewed.predict("lvid", 4, [(100, 120), (220, 120)]),
            lambda: reviewed.drag("lvid-f0", 1, (30, 0)),
            lambda: review.accept("lvid-f0"),
            lambda: review.delete("lvid-f3"),
            review.undo,
        )
        for step in steps:
            step()
            stored = self.stored(reviewed)
            assert dict(stored.entries) == dict(review.entries)
            assert stored.audit == review.audit

    def test_a_node_that_was_deleted_comes_back_with_all_of_it(
        self, reviewed: Reviewed, tmp_path: Path
    ) -> None:
        reviewed.review.accept("lvid-f0")
        scene = reviewed.app.scene
        scene.RemoveNode(scene.GetFirstNodeByClass("vtkMRMLTextNode"))
        assert scene.GetNumberOfNodesByClass("vtkMRMLTextNode") == 1
        assert scene.WriteToMRB(str(tmp_path / "x.mrb"))
        _, review, following = reopened(reviewed.app, tmp_path / "x.mrb")
        assert review.audit == reviewed.review.audit
        following.close()

    @pytest.mark.parametrize("change", ["text", "reviewer", "images"])
    def test_what_somebody_writes_into_it_does_not_stay(
        self, reviewed: Reviewed, change: str
    ) -> None:
        node = reviewed.app.scene.GetFirstNodeByClass("vtkMRMLTextNode")
        if change == "text":
            node.SetText("mine")
        else:
            node.SetAttribute(f"EchoMeasure.{change}", "mine")
        assert self.stored(reviewed).audit == reviewed.review.audit

    def test_closing_the_scene_brings_nothing_back(self, reviewed: Reviewed) -> None:
        reviewed.app.clear()
        assert reviewed.app.scene.GetNumberOfNodesByClass("vtkMRMLTextNode") == 0

    def test_after_the_review_is_closed_the_node_may_go(self, reviewed: Reviewed) -> None:
        scene = reviewed.app.scene
        reviewed.following.close()
        scene.RemoveNode(scene.GetFirstNodeByClass("vtkMRMLTextNode"))
        assert scene.GetNumberOfNodesByClass("vtkMRMLTextNode") == 0

    def test_undo_of_the_scene_takes_no_step_out_of_it(self, reviewed: Reviewed) -> None:
        scene = reviewed.app.scene
        scene.SetUndoOn()
        scene.GetFirstNodeByClass("vtkMRMLTextNode").SetUndoEnabled(True)
        scene.SaveStateForUndo()
        reviewed.review.accept("lvid-f0")
        scene.Undo()
        assert self.stored(reviewed).audit == reviewed.review.audit
        scene.SetUndoOff()
        scene.ClearUndoStack()


def test_nothing_but_the_scene_file_is_written(reviewed: Reviewed, tmp_path: Path) -> None:
    assert reviewed.app.scene.WriteToMRB(str(tmp_path / "x.mrb"))
    assert [p.name for p in tmp_path.iterdir()] == ["x.mrb"]
