"""Clips as Slicer's importers leave them: each opens rightly, or says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer
import vtk
from slicer_scene import HeadlessSlicer
from ultrasound_files import region, write_ultrasound
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from EchoMeasureLib.errors import InvalidArgument, UnsupportedPixels
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.mrml.cine_nodes import displayed_picture, first_picture, nodes_of
from EchoMeasureLib.mrml.following import SceneReview
from EchoMeasureLib.mrml.node_pixels import set_image
from EchoMeasureLib.mrml.volumes import find_image, locate
from EchoMeasureLib.review.session import Review

RETIRED = "1.2.840.10008.5.1.4.1.1.3"
"""Ultrasound Multi-frame Image Storage (Retired): Slicer's image sequence plugin passes it over."""

CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


class FileDatabase:
    """A DICOM database that knows these files."""

    def __init__(self, *cines: Cine) -> None:
        self.files = {cine.identity.sop_instance_uid: str(cine.path) for cine in cines}

    def fileForInstance(self, uid: str) -> str:
        return self.files.get(uid, "")


def clip(folder: Path, frames: int, base: int, tags: dict[str, Any] | None = None) -> Cine:
    """A calibrated file whose frame n is as bright as `base` + n."""
    pixels = np.empty((frames, 48, 64, 3), np.uint8)
    pixels[:] = base + np.arange(frames, dtype=np.uint8)[:, None, None, None]
    given = {"FrameTime": "40", "StudyInstanceUID": "1.2.3"} | (tags or {})
    file = folder / f"{base}.dcm"
    return read(write_ultrasound(file, pixels, [region((4, 4, 59, 43), (0.1, 0.2))], given))


def sequence_of(scene: Any, cine: Cine, values: Sequence[str] | None = None) -> Any:
    """The sequence of a file: index "frame", UIDs on each item."""
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", f"clip {cine.frame_count}")
    sequence.SetIndexName("frame")
    sequence.SetIndexUnit("")
    for frame in range(cine.frame_count):
        node = slicer.vtkMRMLVectorVolumeNode()
        set_image(node, cine.frame(frame))
        node.SetIJKToRASDirections(-1, 0, 0, 0, -1, 0, 0, 0, 1)
        node.SetAttribute("DICOM.instanceUIDs", cine.identity.sop_instance_uid)
        sequence.SetDataNodeAtValue(node, str(frame) if values is None else values[frame])
    return sequence


def browser_of(scene: Any, *sequences: Any) -> Any:
    """As the image sequence plugin adds it: all files of one instance number in one browser."""
    browser = slicer.vtkMRMLSequenceBrowserNode()
    browser.SetName("series browser")
    scene.AddNode(browser)
    for sequence in sequences:
        browser.AddSynchronizedSequenceNode(sequence)
    return browser


def stack_of(scene: Any, cine: Cine, uids: str) -> Any:
    """As the scalar volume plugin loads it: frames behind each other in one volume."""
    node = scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", "3: US")
    image = vtk.vtkImageData()
    image.SetDimensions(cine.columns, cine.rows, cine.frame_count)
    frames = np.concatenate([cine.frame(i).reshape(-1, 3) for i in range(cine.frame_count)])
    image.GetPointData().SetScalars(numpy_to_vtk(frames, deep=True))
    node.SetAndObserveImageData(image)
    node.SetAttribute("DICOM.instanceUIDs", uids)
    return node


def brightness(volume: Any) -> int:
    return int(vtk_to_numpy(volume.GetImageData().GetPointData().GetScalars())[0, 0])


class TestAStack:
    def test_of_a_retired_class_says_which_file_to_choose(
        self, slicer_app: HeadlessSlicer, tmp_path: Path
    ) -> None:
        cine = clip(tmp_path, 4, 10, {"SOPClassUID": RETIRED})
        node = stack_of(slicer_app.scene, cine, cine.identity.sop_instance_uid)
        with pytest.raises(UnsupportedPixels, match="stack of 4 slices") as told:
            locate(node, FileDatabase(cine))
        assert "retired" in told.value.problem
        assert str(cine.path) in told.value.hint
        # And that file is a clip, whatever its class.
        assert read(tmp_path / "10.dcm").frame_count == 4

    def test_of_several_files_asks_for_one(
        self, slicer_app: HeadlessSlicer, tmp_path: Path
    ) -> None:
        cine = clip(tmp_path, 4, 10)
        node = stack_of(slicer_app.scene, cine, "1.2 1.3 1.4 1.5")
        with pytest.raises(UnsupportedPixels, match="take its DICOM file"):
            locate(node, FileDatabase(cine))

    def test_is_not_opened_as_its_first_slice_by_a_chosen_file(
        self, slicer_app: HeadlessSlicer, tmp_path: Path
    ) -> None:
        cine = clip(tmp_path, 4, 10)
        node = stack_of(slicer_app.scene, cine, "")
        with pytest.raises(UnsupportedPixels):
            locate(node, None, tmp_path / "10.dcm")
        assert first_picture(slicer_app.scene) is None


class TestClipsInOneBrowser:
    """Equal or missing instance numbers: Slicer takes the files for planes of one acquisition."""

    def test_each_is_its_own_file(self, slicer_app: HeadlessSlicer, tmp_path: Path) -> None:
        scene = slicer_app.scene
        short, long = clip(tmp_path, 3, 10), clip(tmp_path, 5, 100)
        first, second = sequence_of(scene, short), sequence_of(scene, long)
        browser = browser_of(scene, first, second)
        database = FileDatabase(short, long)
        opened = locate(browser, database)
        assert opened.cine.identity == short.identity
        assert "plays 2 clips at once" in opened.hint
        assert browser.GetProxyNode(second).GetName() in opened.hint
        other = locate(browser.GetProxyNode(second), database)
        assert (other.cine.identity, other.hint) == (long.identity, "")
        assert other.nodes.frame_count == 5

    def test_every_frame_of_the_longer_one_can_be_shown(
        self, slicer_app: HeadlessSlicer, tmp_path: Path
    ) -> None:
        scene = slicer_app.scene
        short, long = clip(tmp_path, 3, 10), clip(tmp_path, 5, 100)
        second = sequence_of(scene, long)
        browser = browser_of(scene, sequence_of(scene, short), second)
        located = locate(browser.GetProxyNode(second), FileDatabase(short, long))
        slicer_app.show(located.nodes.volume)
        review = Review(located.cine, "AB")
        for frame in range(5):
            review.place("lvid", frame, [(10, 10), (20 + frame, 10)])
        link = SceneReview(review, scene, located.nodes)
        for frame in (4, 0, 3, 2, 1):
            link.show(f"lvid-f{frame}")
            assert brightness(located.nodes.volume) == 100 + frame
            assert link.frame == frame
            assert link.node_of(f"lvid-f{frame}") is not None
        link.close()

    def test_images_are_found_by_their_key_whichever_plane_they_are(
        self, slicer_app: HeadlessSlicer, tmp_path: Path
    ) -> None:
        scene = slicer_app.scene
        one, two = clip(tmp_path, 3, 10), clip(tmp_path, 3, 100)
        first, second = sequence_of(scene, one), sequence_of(scene, two)
        browser = browser_of(scene, first, second)
        assert find_image(scene, one.identity.sop_instance_uid) is browser
        found = find_image(scene, two.identity.sop_instance_uid)
        assert found is browser.GetProxyNode(second)
        slicer_app.show(found)
        assert displayed_picture(scene) is found
        slicer_app.show(browser.GetProxyNode(first))
        assert displayed_picture(scene) is browser
        assert nodes_of(second).volume is found


class TestOtherReaders:
    @staticmethod
    def movie(scene: Any, frames: int = 3) -> Any:
        """As SlicerHeart reads GE's MovieGroup: axes exchanged, no UIDs, items shown themselves."""
        sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "movie")
        sequence.SetIndexName("time")
        sequence.SetIndexUnit("s")
        matrix = vtk.vtkMatrix4x4()
        matrix.SetElement(0, 0, 0.0)
        matrix.SetElement(0, 1, -0.5)
        matrix.SetElement(1, 0, -0.4)
        matrix.SetElement(1, 1, 0.0)
        matrix.SetElement(2, 2, -1.0)
        for frame in range(frames):
            node = slicer.vtkMRMLScalarVolumeNode()
            set_image(node, np.full((48, 64, 1), 10 + frame, np.uint8))
            node.SetIJKToRASMatrix(matrix)
            sequence.SetDataNodeAtValue(node, f"{0.04 * frame:.3f}")
        browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "movie")
        browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
        browser.SetSaveChanges(sequence, True)
        return browser

    def test_a_movie_on_its_side_is_not_shown_to_a_network(
        self, slicer_app: HeadlessSlicer
    ) -> None:
        with pytest.raises(UnsupportedPixels, match="on their side") as told:
            locate(self.movie(slicer_app.scene))
        assert "DICOM file" in told.value.hint

    def test_a_volume_that_plays_is_no_2_d_clip(self, slicer_app: HeadlessSlicer) -> None:
        scene = slicer_app.scene
        sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "4D")
        for frame in range(2):
            node = slicer.vtkMRMLScalarVolumeNode()
            image = vtk.vtkImageData()
            image.SetDimensions(8, 6, 4)
            image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
            node.SetAndObserveImageData(image)
            sequence.SetDataNodeAtValue(node, str(frame))
        browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "4D")
        browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
        with pytest.raises(UnsupportedPixels, match="volumes of 4 slices"):
            locate(browser)

    def test_a_capture_of_another_modality_opens_in_pixels_and_says_why(
        self, slicer_app: HeadlessSlicer, tmp_path: Path
    ) -> None:
        cine = clip(tmp_path, 1, 50)
        file = write_ultrasound(
            tmp_path / "capture.dcm", None, [], {"SOPClassUID": CAPTURE, "Modality": "OT"}
        )
        still = slicer_app.scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", "5: OT")
        set_image(still, cine.frame(0))
        still.SetAttribute("DICOM.instanceUIDs", "1.2.9")
        database = FileDatabase()
        database.files["1.2.9"] = str(file)
        located = locate(still, database)
        assert located.source == "pixels"
        assert "no ultrasound image" in located.hint
        assert "Calibrate by hand" in located.hint
        assert "does not know" not in located.hint
        assert "Choose the DICOM file" not in located.hint

    def test_a_capture_of_an_echo_opens_with_its_calibration(
        self, slicer_app: HeadlessSlicer, tmp_path: Path
    ) -> None:
        cine = clip(tmp_path, 1, 50, {"SOPClassUID": CAPTURE})
        browser = browser_of(slicer_app.scene, sequence_of(slicer_app.scene, cine))
        located = locate(browser, FileDatabase(cine))
        assert (located.source, located.hint) == ("database", "")
        assert located.cine.regions[0].delta == (0.1, 0.2)


@pytest.mark.parametrize("values", [("0", "2", "3"), ("0", "1", "1.5")])
def test_frames_that_were_removed_and_added_are_not_taken_for_those_of_the_file(
    slicer_app: HeadlessSlicer, tmp_path: Path, values: tuple[str, ...]
) -> None:
    cine = clip(tmp_path, 3, 10)
    browser = browser_of(slicer_app.scene, sequence_of(slicer_app.scene, cine, values))
    with pytest.raises(InvalidArgument, match="removed or added"):
        locate(browser, FileDatabase(cine))
