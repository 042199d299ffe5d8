"""Markups as files: Slicer reads them, and the sidecar holds what they cannot."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer
from marked_file import check_bytes, check_files, write_marked
from reviewed_cine import PW, Reviewed, make_cine
from slicer_scene import HeadlessSlicer

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import CannotMeasure, OutputProblem
from EchoMeasureLib.exporting.markup_files import write_markups
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.mrml.exporting import write_sequence
from EchoMeasureLib.mrml.keeping import review_texts
from EchoMeasureLib.mrml.mapping import ijk_to_ras
from EchoMeasureLib.progress import Cancelled, Monitor, Progress, silent
from EchoMeasureLib.review.images import image_key


def write_all(scene: Reviewed, folder: Path, monitor: Monitor = silent) -> list[Path]:
    entries = list(scene.review.entries.values())
    places = {scene.following.image: ijk_to_ras(scene.nodes.volume)}
    return write_markups(folder, scene.review, entries, places, monitor)


def read_by_slicer(path: Path) -> list[tuple[float, float, float]]:
    storage = slicer.vtkMRMLMarkupsJsonStorageNode()
    storage.SetFileName(str(path))
    node = slicer.vtkMRMLMarkupsLineNode()
    assert storage.ReadData(node)
    return [node.GetNthControlPointPosition(i) for i in range(node.GetNumberOfControlPoints())]


def test_every_caliper_is_two_files_named_after_it(reviewed: Reviewed, tmp_path: Path) -> None:
    written = write_all(reviewed, tmp_path / "markups")
    names = sorted(path.name for path in (tmp_path / "markups").iterdir())
    assert names == sorted(path.name for path in written)
    assert names[:2] == ["ivs-f0.echomeasure.json", "ivs-f0.mrk.json"]
    assert len(names) == 8


def test_slicer_reads_the_points_where_they_are(reviewed: Reviewed, tmp_path: Path) -> None:
    write_all(reviewed, tmp_path)
    # Pixels of 0.5 x 0.4 mm, right and anterior positive: minus both.
    points = read_by_slicer(tmp_path / "lvid-f0.mrk.json")
    assert points == [pytest.approx((-50, -48, 0)), pytest.approx((-110, -48, 0))]
    markup = json.loads((tmp_path / "lvid-f0.mrk.json").read_text())["markups"][0]
    assert markup["coordinateSystem"] == "LPS"
    assert markup["controlPoints"][0]["position"] == pytest.approx([50, 48, 0])
    lengths = [m for m in markup["measurements"] if m["name"] == "length"]
    assert all(not m["enabled"] for m in lengths)


def written_points(folder: Path, id: str) -> list[tuple[float, float]]:
    """Source pixels of a markup, by its own positions and the matrix of its sidecar."""
    markup = json.loads((folder / f"{id}.mrk.json").read_text())["markups"][0]
    sidecar = json.loads((folder / f"{id}.echomeasure.json").read_text())
    to_source = np.linalg.inv(np.array(sidecar["ijk_to_ras"]))
    found = []
    for point in markup["controlPoints"]:
        left, posterior, superior = point["position"]
        column, row, *_ = to_source @ (-left, -posterior, superior, 1.0)
        found.append((float(column), float(row)))
    return found


def test_the_sidecar_holds_points_values_and_decisions(reviewed: Reviewed, tmp_path: Path) -> None:
    reviewed.drag("lvid-f0", 1, (37, -23))
    reviewed.review.choose("lvid-f0", Phase.ED)
    reviewed.review.note("lvid-f0", "foreshortened")
    write_all(reviewed, tmp_path)
    for id, entry in reviewed.review.entries.items():
        saved = json.loads((tmp_path / f"{id}.echomeasure.json").read_text())
        points = [Landmark(**point) for point in saved["points"]]
        assert points == list(entry.caliper.points)
        assert written_points(tmp_path, id) == [pytest.approx(p.point) for p in points]
        assert [v["value"] for v in saved["values"]] == [v.value for v in entry.caliper.values]
        phase = entry.phase.value if entry.phase else None
        assert (saved["entry"], saved["status"], saved["phase"]) == (id, entry.status.value, phase)
        assert (saved["reviewer"], saved["notes"]) == (entry.reviewer, entry.notes)


def test_doppler_points_are_where_they_were_placed(
    slicer_app: HeadlessSlicer, tmp_path: Path
) -> None:
    scene = Reviewed(slicer_app, make_cine(1, (PW,)))
    entry = scene.review.place("mvpeak", 0, [(100.25, 40.125), (140.1, 80.7)])
    write_all(scene, tmp_path)
    assert written_points(tmp_path, entry.id) == [
        pytest.approx((100.25, 40.125)),
        pytest.approx((140.1, 80.7)),
    ]


def test_a_transform_of_the_image_does_not_get_into_the_files(
    reviewed: Reviewed, tmp_path: Path
) -> None:
    transform = reviewed.app.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = transform.GetMatrixTransformToParent()
    matrix.SetElement(0, 3, 50.0)
    transform.SetMatrixTransformToParent(matrix)
    reviewed.nodes.volume.SetAndObserveTransformNodeID(transform.GetID())
    write_all(reviewed, tmp_path)
    assert written_points(tmp_path, "lvid-f0") == [
        pytest.approx((100, 120)),
        pytest.approx((220, 120)),
    ]


def test_the_sidecar_names_image_frame_and_network_but_no_person(
    reviewed: Reviewed, tmp_path: Path
) -> None:
    write_all(reviewed, tmp_path)
    text = (tmp_path / "lvid-f2.echomeasure.json").read_text()
    record = json.loads(text)
    assert record["source"]["sop_instance_uid"] == "1.2.3.4"
    assert (record["measurement"], record["frame"], record["time_s"]) == ("lvid", 2, 0.08)
    assert record["model"]["file"] == "lvid_weights.ckpt"
    assert record["points"][0]["confidence"] == 0.9
    assert "Phantom" not in text


def test_exporting_leaves_the_scene_as_it_was(reviewed: Reviewed, tmp_path: Path) -> None:
    before = reviewed.app.scene.GetNumberOfNodes()
    shown = reviewed.shown()
    write_all(reviewed, tmp_path)
    write_sequence(
        tmp_path / "lvid.seq.mrb",
        reviewed.review,
        reviewed.app.scene,
        reviewed.nodes.volume,
        "lvid",
        reviewed.following.image,
    )
    assert reviewed.app.scene.GetNumberOfNodes() == before
    assert reviewed.shown() == shown
    assert not reviewed.review.can_undo


def test_cancelling_keeps_whole_files_only(reviewed: Reviewed, tmp_path: Path) -> None:
    def stop(progress: Progress) -> None:
        if progress.done == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_all(reviewed, tmp_path, stop)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert [n for n in names if n.endswith(".mrk.json")] == ["lvid-f0.mrk.json", "lvid-f1.mrk.json"]
    assert len(names) == 4


def test_a_place_that_cannot_be_written_to_is_a_clear_error(
    reviewed: Reviewed, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    with pytest.raises(OutputProblem):
        write_all(reviewed, file)
    with pytest.raises(OutputProblem):
        write_sequence(
            tmp_path / "missing" / "lvid.seq.mrb",
            reviewed.review,
            reviewed.app.scene,
            reviewed.nodes.volume,
            "lvid",
            reviewed.following.image,
        )
    assert list(tmp_path.iterdir()) == [file]


def test_a_sequence_holds_every_frame_at_its_time(reviewed: Reviewed, tmp_path: Path) -> None:
    scene, image = reviewed.app.scene, reviewed.following.image
    path = write_sequence(
        tmp_path / "lvid.seq.mrb", reviewed.review, scene, reviewed.nodes.volume, "lvid", image
    )
    assert [p.name for p in tmp_path.iterdir()] == ["lvid.seq.mrb"]
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "again")
    storage = slicer.vtkMRMLSequenceStorageNode()
    storage.SetFileName(str(path))
    scene.AddNode(storage)
    assert storage.ReadData(sequence)
    assert (sequence.GetIndexName(), sequence.GetIndexUnit()) == ("time", "s")
    times = [float(sequence.GetNthIndexValue(i)) for i in range(3)]
    assert times == pytest.approx([0.0, 0.04, 0.08])
    node = sequence.GetNthDataNode(2)
    assert node.GetNthControlPointPosition(1) == pytest.approx((-110, -48, 0))
    assert node.GetAttribute("EchoMeasure.entry") == "lvid-f2"


def test_there_is_no_sequence_of_nothing(reviewed: Reviewed, tmp_path: Path) -> None:
    with pytest.raises(CannotMeasure):
        write_sequence(
            tmp_path / "la.seq.mrb",
            reviewed.review,
            reviewed.app.scene,
            reviewed.nodes.volume,
            "la",
            reviewed.following.image,
        )


@pytest.fixture
def shown_in_cm(slicer_app: HeadlessSlicer) -> Iterator[None]:
    """Application settings, Units: lengths in cm."""
    unit = slicer_app.scene.GetFirstNodeByClass("vtkMRMLSelectionNode").GetUnitNode("length")
    unit.SetSuffix("cm")
    unit.SetDisplayCoefficient(0.1)
    yield
    assert (unit.GetSuffix(), unit.GetDisplayCoefficient()) == ("cm", 0.1)
    unit.SetSuffix("mm")
    unit.SetDisplayCoefficient(1.0)


def length_in_mm(markup: dict[str, Any]) -> float:
    """Between the two points, by the unit that the file says."""
    ends = [point["position"] for point in markup["controlPoints"]]
    unit = markup["coordinateUnits"]
    return math.dist(*ends) * {"mm": 1.0, "cm": 10.0}[unit if isinstance(unit, str) else unit[0]]


def test_a_file_says_the_unit_that_its_numbers_have(
    reviewed: Reviewed, shown_in_cm: None, tmp_path: Path
) -> None:
    write_all(reviewed, tmp_path)
    written = json.loads((tmp_path / "lvid-f0.mrk.json").read_text())["markups"][0]
    # 120 columns of 0.5 mm.
    assert length_in_mm(written) == pytest.approx(60.0)
    lvid = next(m for m in written["measurements"] if m["name"] == "lvid")
    assert (lvid["value"], lvid["units"]) == (pytest.approx(6.0), ["cm", "UCUM", "cm"])


def test_so_does_every_item_of_a_sequence(
    reviewed: Reviewed, shown_in_cm: None, tmp_path: Path
) -> None:
    scene, image = reviewed.app.scene, reviewed.following.image
    path = tmp_path / "lvid.seq.mrb"
    write_sequence(path, reviewed.review, scene, reviewed.nodes.volume, "lvid", image)
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".mrk.json")]
        markups = [json.loads(archive.read(name))["markups"][0] for name in names]
    assert len(markups) == 3
    assert [length_in_mm(markup) for markup in markups] == [pytest.approx(60.0)] * 3


def test_nobody_hears_of_it(reviewed: Reviewed, shown_in_cm: None, tmp_path: Path) -> None:
    unit = reviewed.app.scene.GetFirstNodeByClass("vtkMRMLSelectionNode").GetUnitNode("length")
    heard: list[str] = []
    tag = unit.AddObserver("ModifiedEvent", lambda *_: heard.append(unit.GetSuffix()))
    write_all(reviewed, tmp_path)
    unit.RemoveObserver(tag)
    assert set(heard) <= {"cm"}


def test_nothing_that_names_a_person_is_in_markups_or_reviews_of_a_scene(
    slicer_app: HeadlessSlicer, tmp_path: Path
) -> None:
    scene = Reviewed(slicer_app, read(write_marked(tmp_path / "echo.dcm")))
    for frame in (0, 1):
        scene.predict("lvid", frame, [(300, 100), (300, 200)])
    scene.predict("mvpeak", 0, [(400, 482), (460, 500)])
    folder = tmp_path / "out"
    write_all(scene, folder)
    where = (slicer_app.scene, scene.nodes.volume, "lvid", image_key(scene.cine))
    write_sequence(folder / "lvid.seq.mrb", scene.review, *where)
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(folder / "lvid.seq.mrb") as archive:
        archive.extractall(unpacked)
    assert check_files(folder.rglob("*")) == {".json", ".mrb"}
    assert check_files(unpacked.rglob("*"))
    for text in review_texts(slicer_app.scene):
        check_bytes("a review in the scene", str(text).encode())
    volume = scene.nodes.volume
    for node in (volume, scene.nodes.carrier):
        words = [node.GetName(), *(node.GetAttribute(name) for name in node.GetAttributeNames())]
        check_bytes("nodes of the scene", " ".join(words).encode())
