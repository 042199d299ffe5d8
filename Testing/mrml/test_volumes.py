"""Loaded nodes become a cine with the calibration of its file, and a file becomes nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer
import vtk
from slicer_scene import HeadlessSlicer
from ultrasound_files import region, write_ultrasound

from EchoMeasureLib.errors import InvalidArgument, InvalidDocument, UnsupportedPixels
from EchoMeasureLib.geometry import Box, PixelPoint
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.mrml.cine_nodes import nodes_of
from EchoMeasureLib.mrml.description import describe, read_description
from EchoMeasureLib.mrml.loading import load_cine
from EchoMeasureLib.mrml.mapping import PixelMap
from EchoMeasureLib.mrml.node_pixels import image_array, set_image
from EchoMeasureLib.mrml.volumes import find_file, find_image, locate
from EchoMeasureLib.progress import Cancelled, Progress

SIZE = (48, 64)


class FileDatabase:
    """A DICOM database that knows these files."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files

    def fileForInstance(self, uid: str) -> str:
        return self.files.get(uid, "")


def as_slicer_loads(scene: Any, cine: Cine, uids: str = "") -> Any:
    """A browser as Slicer's importer leaves it: index "frame", spacing 1, UIDs on the proxy."""
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "series")
    sequence.SetIndexName("frame")
    sequence.SetIndexUnit("")
    for index in range(cine.frame_count):
        added = sequence.SetDataNodeAtValue(slicer.vtkMRMLVectorVolumeNode(), str(index))
        set_image(added, cine.frame(index))
        added.SetIJKToRASDirections(-1, 0, 0, 0, -1, 0, 0, 0, 1)
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "browser")
    browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    if uids:
        browser.GetProxyNode(sequence).SetAttribute("DICOM.instanceUIDs", uids)
    return browser


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A calibrated cine of three frames, 40 ms apart."""
    pixels = np.zeros((3, *SIZE, 3), np.uint8)
    for index, grey in enumerate((50, 100, 150)):
        pixels[index, 10:20, 10:20] = grey
    item = region((4, 4, 59, 43), (0.1, 0.2))
    return write_ultrasound(tmp_path / "a.dcm", pixels, [item], {"FrameTime": "40"})


class TestFromNodes:
    @pytest.mark.parametrize("chosen", ["browser", "volume", "sequence"])
    def test_a_series_is_its_file_whichever_node_is_chosen(
        self, slicer_app: HeadlessSlicer, file: Path, chosen: str
    ) -> None:
        cine = read(file)
        uid = cine.identity.sop_instance_uid
        browser = as_slicer_loads(slicer_app.scene, cine, uid)
        sequence = browser.GetMasterSequenceNode()
        node = {
            "browser": browser,
            "volume": browser.GetProxyNode(sequence),
            "sequence": sequence,
        }[chosen]
        located = locate(node, FileDatabase({uid: str(file)}))
        assert located.source == "database"
        assert located.cine.times == pytest.approx((0.0, 0.04, 0.08))
        assert located.cine.regions[0].delta == (0.1, 0.2)
        assert located.nodes.frame_count == 3

    def test_the_uids_may_stand_on_any_of_the_nodes(
        self, slicer_app: HeadlessSlicer, file: Path
    ) -> None:
        cine = read(file)
        browser = as_slicer_loads(slicer_app.scene, cine)
        uid = cine.identity.sop_instance_uid
        database = FileDatabase({uid: str(file)})
        sequence = browser.GetMasterSequenceNode()
        assert find_file(nodes_of(browser), database) is None
        for node in (sequence.GetNthDataNode(1), sequence, browser):
            node.SetAttribute("DICOM.instanceUIDs", uid)
            assert find_file(nodes_of(browser), database) == file
            node.RemoveAttribute("DICOM.instanceUIDs")

    def test_without_the_file_there_are_pixels_and_a_hint(
        self, slicer_app: HeadlessSlicer, file: Path
    ) -> None:
        cine = read(file)
        browser = as_slicer_loads(slicer_app.scene, cine, "1.2.3")
        located = locate(browser, FileDatabase({}))
        assert located.source == "pixels"
        assert "Choose the DICOM file" in located.hint
        assert located.cine.regions == ()
        assert located.cine.times is None
        for index in range(3):
            assert np.array_equal(located.cine.frame(index), cine.frame(index))

    def test_a_chosen_file_replaces_the_database(
        self, slicer_app: HeadlessSlicer, file: Path
    ) -> None:
        cine = read(file)
        browser = as_slicer_loads(slicer_app.scene, cine, cine.identity.sop_instance_uid)
        assert locate(browser, None, file).source == "file"

    def test_a_file_with_another_image_is_refused(
        self, slicer_app: HeadlessSlicer, file: Path, tmp_path: Path
    ) -> None:
        browser = as_slicer_loads(
            slicer_app.scene, read(file), read(file).identity.sop_instance_uid
        )
        fewer = write_ultrasound(tmp_path / "b.dcm", np.zeros((2, *SIZE, 3), np.uint8))
        with pytest.raises(InvalidArgument, match=r"2 frame.*3 of 64 x 48"):
            locate(browser, None, fewer)
        other = write_ultrasound(tmp_path / "c.dcm", np.zeros((3, *SIZE, 3), np.uint8))
        with pytest.raises(InvalidArgument, match="holds the image"):
            locate(browser, None, other)

    def test_a_series_of_several_files_is_no_single_cine(
        self, slicer_app: HeadlessSlicer, file: Path
    ) -> None:
        browser = as_slicer_loads(slicer_app.scene, read(file), "1.2 1.3")
        located = locate(browser, FileDatabase({"1.2": str(file), "1.3": str(file)}))
        assert (located.source, "2 files" in located.hint) == ("pixels", True)

    def test_a_damaged_file_leaves_the_pixels_and_says_so(
        self, slicer_app: HeadlessSlicer, file: Path, tmp_path: Path
    ) -> None:
        browser = as_slicer_loads(slicer_app.scene, read(file), "1.2.3")
        broken = tmp_path / "broken.dcm"
        broken.write_bytes(b"no DICOM")
        located = locate(browser, FileDatabase({"1.2.3": str(broken)}))
        assert located.source == "pixels"
        assert "broken.dcm" in located.hint

    def test_a_grey_still_is_read_as_rgb(self, slicer_app: HeadlessSlicer) -> None:
        node = slicer_app.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "still")
        set_image(node, np.arange(12, dtype=np.uint8).reshape(3, 4, 1))
        located = locate(node)
        assert located.cine.frame_count == 1
        assert located.cine.times == (0.0,)
        assert located.cine.frame(0).shape == (3, 4, 3)
        assert located.cine.frame(0)[2, 3].tolist() == [11, 11, 11]

    def test_twelve_bits_are_shown_in_eight(self, slicer_app: HeadlessSlicer) -> None:
        node = slicer_app.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "deep")
        set_image(node, np.array([[0, 2048, 4095]], np.int16)[:, :, None])
        assert locate(node).cine.frame(0)[0, :, 0].tolist() == [0, 128, 255]

    def test_a_stack_of_slices_is_refused_with_advice(self, slicer_app: HeadlessSlicer) -> None:
        node = slicer_app.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "stack")
        image = vtk.vtkImageData()
        image.SetDimensions(4, 3, 2)
        image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
        node.SetAndObserveImageData(image)
        with pytest.raises(UnsupportedPixels, match="image sequence"):
            locate(node)

    def test_a_node_without_pictures_is_refused(self, slicer_app: HeadlessSlicer) -> None:
        empty = slicer_app.scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", "empty")
        with pytest.raises(UnsupportedPixels):
            locate(empty)
        browser = slicer_app.scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "none")
        with pytest.raises(InvalidArgument, match="shows no image"):
            nodes_of(browser)
        model = slicer_app.scene.AddNewNodeByClass("vtkMRMLModelNode", "heart")
        with pytest.raises(InvalidArgument, match="neither"):
            nodes_of(model)


class TestToNodes:
    def test_every_frame_its_time_and_its_geometry_are_there(
        self, slicer_app: HeadlessSlicer, file: Path
    ) -> None:
        cine = read(file)
        nodes = load_cine(slicer_app.scene, cine)
        sequence = nodes.sequence
        assert (sequence.GetIndexName(), sequence.GetIndexUnit()) == ("time", "s")
        times = [float(sequence.GetNthIndexValue(i)) for i in range(3)]
        assert times == pytest.approx([0.0, 0.04, 0.08])
        assert nodes.browser.GetPlaybackRateFps() == pytest.approx(25.0)
        # 0.1 x 0.2 cm a pixel.
        assert nodes.volume.GetSpacing() == pytest.approx((1.0, 2.0, 1.0))
        matrix = vtk.vtkMatrix4x4()
        nodes.volume.GetIJKToRASMatrix(matrix)
        assert [matrix.GetElement(i, i) for i in range(3)] == pytest.approx([-1.0, -2.0, 1.0])
        for index in (2, 0, 1):
            nodes.show_frame(index)
            assert nodes.current_frame == index
            assert np.array_equal(image_array(nodes.volume), cine.frame(index))

    def test_frames_a_tenth_of_a_millisecond_apart_are_kept_apart(
        self, slicer_app: HeadlessSlicer
    ) -> None:
        cine = Cine(
            ArraySource(np.zeros((20, 4, 4, 3), np.uint8)),
            Timing(tuple(i * 1e-4 for i in range(20)), "FrameTimeVector"),
        )
        assert load_cine(slicer_app.scene, cine).frame_count == 20

    @pytest.mark.parametrize("times", [None, (0.0, 0.0, 0.04), (0.0, 0.08, 0.04)])
    def test_times_that_do_not_rise_leave_the_frame_number(
        self, slicer_app: HeadlessSlicer, times: tuple[float, ...] | None
    ) -> None:
        cine = Cine(ArraySource(np.zeros((3, 4, 4, 3), np.uint8)), Timing(times, "FrameTime"))
        sequence = load_cine(slicer_app.scene, cine).sequence
        assert sequence.GetIndexName() == "frame"
        assert sequence.GetNumberOfDataNodes() == 3

    def test_a_still_is_one_volume(self, slicer_app: HeadlessSlicer) -> None:
        cine = Cine(ArraySource(np.full((1, 4, 6, 3), 9, np.uint8)), Timing((0.0,), "still"))
        nodes = load_cine(slicer_app.scene, cine)
        assert (nodes.browser, nodes.frame_count, nodes.current_frame) == (None, 1, 0)
        assert np.array_equal(image_array(nodes.volume), cine.frame(0))

    def test_spacing_is_left_alone_where_two_images_stand_side_by_side(
        self, slicer_app: HeadlessSlicer
    ) -> None:
        panes = tuple(
            Region(i, RegionKind.TWO_D, Box(i * 32, 0, i * 32 + 31, 47), ("cm", "cm"), (0.1, 0.1))
            for i in range(2)
        )
        cine = Cine(ArraySource(np.zeros((1, *SIZE, 3), np.uint8)), Timing(None, ""), panes)
        assert load_cine(slicer_app.scene, cine).volume.GetSpacing() == (1.0, 1.0, 1.0)

    def test_more_frames_than_memory_are_refused(self, slicer_app: HeadlessSlicer) -> None:
        cine = Cine(ArraySource(np.zeros((3, 4, 4, 3), np.uint8)), Timing(None, ""))
        with pytest.raises(InvalidArgument, match="3 frames"):
            load_cine(slicer_app.scene, cine, budget_bytes=100)

    def test_cancelling_leaves_nothing_in_the_scene(
        self, slicer_app: HeadlessSlicer, file: Path
    ) -> None:
        def stop(progress: Progress) -> None:
            if progress.done == 2:
                raise Cancelled

        before = slicer_app.scene.GetNumberOfNodes()
        with pytest.raises(Cancelled):
            load_cine(slicer_app.scene, read(file), monitor=stop)
        assert slicer_app.scene.GetNumberOfNodes() == before

    def test_the_volume_stands_under_its_study(
        self, slicer_app: HeadlessSlicer, file: Path
    ) -> None:
        cine = read(file)
        first, second = (load_cine(slicer_app.scene, cine, name) for name in ("A", "B"))
        tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer_app.scene)
        study = tree.GetItemByUID("DICOM", cine.identity.study_instance_uid)
        for nodes in (first, second):
            assert tree.GetItemParent(tree.GetItemByDataNode(nodes.volume)) == study
        names = [
            slicer_app.scene.GetNthNode(i).GetName() or ""
            for i in range(slicer_app.scene.GetNumberOfNodes())
        ]
        assert not any("Phantom" in name for name in (*names, tree.GetItemName(study)))

    def test_loaded_nodes_are_found_again_without_the_file(
        self, slicer_app: HeadlessSlicer, file: Path
    ) -> None:
        cine = read(file)
        nodes = load_cine(slicer_app.scene, cine)
        located = locate(nodes.volume)
        assert (located.source, located.hint) == ("scene", "")
        assert located.cine.regions == cine.regions
        assert located.cine.times == cine.times
        assert located.cine.identity == cine.identity
        assert np.array_equal(located.cine.frame(1), cine.frame(1))


class TestDescription:
    def test_it_gives_back_every_fact(self, real_file: Any) -> None:
        cine = read(real_file("color3d_jpeg_baseline.dcm"))
        again = read_description(describe(cine))
        assert again.regions == cine.regions
        assert again.timing == cine.timing
        assert again.identity == cine.identity

    def test_pixels_that_are_not_square_and_their_note_are_kept(self, tmp_path: Path) -> None:
        tags = {"PixelAspectRatio": [1, 2]}
        cine = read(write_ultrasound(tmp_path / "a.dcm", size=(48, 64), tags=tags))
        again = read_description(describe(cine)).cine(ArraySource(cine.frame(0)[None]))
        assert (again.pixel_aspect, again.notes) == (2.0, cine.notes)
        assert "2 times as wide" in again.notes[0]

    def test_what_the_file_says_of_the_person_is_kept(self, tmp_path: Path) -> None:
        tags = {"PatientSex": "F", "PatientSize": "1.65", "PatientAge": "062Y", "HeartRate": 900}
        cine = read(write_ultrasound(tmp_path / "a.dcm", size=(48, 64), tags=tags))
        assert (cine.subject.sex, cine.subject.height_cm, cine.subject.age) == ("F", 165, 62)
        text = describe(cine)
        assert read_description(text).subject == cine.subject
        with pytest.raises(InvalidDocument, match="16500 as height_cm"):
            read_description(text.replace('"height_cm": 165.0', '"height_cm": 16500'))

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "other"}', "null"])
    def test_foreign_text_is_refused(self, text: str) -> None:
        with pytest.raises(InvalidDocument):
            read_description(text)

    def test_it_fits_only_its_own_pixels(self, file: Path) -> None:
        described = read_description(describe(read(file)))
        with pytest.raises(InvalidDocument, match="3 frame"):
            described.cine(ArraySource(np.zeros((2, *SIZE, 3), np.uint8)))


class TestPixelMap:
    def test_the_calibrated_volume_maps_as_slicer_does(
        self, slicer_app: HeadlessSlicer, file: Path
    ) -> None:
        pixels = PixelMap(load_cine(slicer_app.scene, read(file)).volume)
        assert pixels.to_local(PixelPoint(10, 20)) == pytest.approx((-10.0, -40.0, 0.0))

    def test_nested_transforms_are_undone_exactly(
        self, slicer_app: HeadlessSlicer, file: Path
    ) -> None:
        scene = slicer_app.scene
        volume = load_cine(scene, read(file)).volume
        outer = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "outer")
        inner = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "inner")
        turn, shift = vtk.vtkTransform(), vtk.vtkTransform()
        turn.RotateZ(90)
        shift.Translate(7, 0, 3)
        outer.SetMatrixTransformToParent(turn.GetMatrix())
        inner.SetMatrixTransformToParent(shift.GetMatrix())
        inner.SetAndObserveTransformNodeID(outer.GetID())
        volume.SetAndObserveTransformNodeID(inner.GetID())
        pixels = PixelMap(volume)
        # Local (-10, -40, 0); shifted (-3, -40, 3); turned by 90 degrees (40, -3, 3).
        world = pixels.to_world(PixelPoint(10, 20))
        assert world == pytest.approx((40.0, -3.0, 3.0))
        for point in (PixelPoint(0, 0), PixelPoint(12.25, 31.5), PixelPoint(-0.5, 47.5)):
            assert pixels.from_world(pixels.to_world(point)) == pytest.approx(point, abs=1e-9)
            assert pixels.from_local(pixels.to_local(point)) == pytest.approx(point, abs=1e-9)


def test_an_image_whose_description_cannot_be_read_hides_no_other(
    slicer_app: HeadlessSlicer, tmp_path: Path
) -> None:
    """A scene can bring an image that a newer EchoMeasure has described."""
    paths = [write_ultrasound(tmp_path / f"{n}.dcm", size=SIZE) for n in "ab"]
    newer, own = (load_cine(slicer_app.scene, read(path)).volume for path in paths)
    for volume in (newer, own):
        volume.RemoveAttribute("DICOM.instanceUIDs")
    newer.SetAttribute("EchoMeasure.cine", '{"schema": "echomeasure-cine-2"}')
    assert find_image(slicer_app.scene, read(paths[1]).identity.sop_instance_uid) is own
    assert find_image(slicer_app.scene, read(paths[0]).identity.sop_instance_uid) is None
