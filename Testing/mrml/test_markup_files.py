"""A `.mrk.json` that is written without a scene is the one that Slicer itself writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import slicer
from reviewed_cine import PW, Reviewed, make_cine
from slicer_scene import HeadlessSlicer
from ultrasound_files import region, spectral, write_ultrasound

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.cli.main import main
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.exporting.labels import label_texts
from EchoMeasureLib.exporting.markup_files import write_markups
from EchoMeasureLib.exporting.slicer_places import loaded_by_slicer
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.mrml import markups
from EchoMeasureLib.mrml.loading import load_cine
from EchoMeasureLib.mrml.mapping import PixelMap, ijk_to_ras
from EchoMeasureLib.review.document import save
from EchoMeasureLib.review.session import Review


def written_by_the_scene(scene: Reviewed, id: str, path: Path) -> dict[str, Any]:
    """The markup of a caliper, as Slicer's own storage node writes a node that is dressed so."""
    entry = scene.review.entry(id)
    row, phase = CATALOG[entry.measurement], scene.review.phase_of(entry)
    node = scene.app.scene.AddNewNodeByClass(markups.node_class(row), id)
    markups.dress(node, row)
    pixels = PixelMap(scene.nodes.volume)
    places = [pixels.to_local(point.point) for point in entry.caliper.points]
    # A person may add points to a curve, as on any of Slicer's.
    markups.put(node, places, label_texts(entry.caliper, phase), fixed=not row.traced)
    markups.show_values(node, entry.caliper, phase)
    for index in range(node.GetNumberOfMeasurements()):
        measurement = node.GetNthMeasurement(index)
        if measurement.GetEnabled():
            unit = measurement.GetUnits() or "1"
            code = slicer.vtkCodedEntry()
            code.SetValueSchemeMeaning(unit, "UCUM", unit)
            measurement.SetUnitsCode(code)
    node.SetLocked(entry.locked)
    return stored(node, path)


def stored(node: Any, path: Path) -> dict[str, Any]:
    storage = node.CreateDefaultStorageNode()
    storage.SetFileName(str(path))
    assert storage.WriteData(node)
    return json.loads(path.read_text(encoding="utf-8"))


def written_again(path: Path, scene: Any, copy: Path) -> dict[str, Any]:
    """A file of ours as Slicer reads and writes it."""
    kind = json.loads(path.read_text(encoding="utf-8"))["markups"][0]["type"]
    node = scene.AddNewNodeByClass(f"vtkMRMLMarkups{kind}Node")
    storage = slicer.vtkMRMLMarkupsJsonStorageNode()
    storage.SetFileName(str(path))
    assert storage.ReadData(node)
    return stored(node, copy)


def assert_same(ours: Any, theirs: Any, where: str = "") -> None:
    """Equal but for the last digits of numbers."""
    if isinstance(theirs, dict):
        assert ours.keys() == theirs.keys(), where
        for key in theirs:
            assert_same(ours[key], theirs[key], f"{where}.{key}")
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs), where
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            assert_same(one, other, f"{where}.{number}")
    elif isinstance(theirs, float):
        assert ours == pytest.approx(theirs, abs=1e-9), where
    else:
        assert ours == theirs, where


def of_length(reviewed: Reviewed) -> str:
    reviewed.review.choose("lvid-f0", Phase.ED)
    reviewed.review.accept("lvid-f0")
    return "lvid-f0"


def on_a_strip(reviewed: Reviewed) -> None:
    reviewed.app.clear()
    strip = Reviewed(reviewed.app, make_cine(1, (PW,)))
    reviewed.review, reviewed.nodes, reviewed.following = strip.review, strip.nodes, strip.following


def of_tracing(reviewed: Reviewed) -> str:
    on_a_strip(reviewed)
    edge = [(100.25, 100.0), (120.0, 80.5), (130.5, 40.125), (150.0, 100.0)]
    return reviewed.review.place("mvvti", 0, edge).id


def of_inflow(reviewed: Reviewed) -> str:
    on_a_strip(reviewed)
    return reviewed.review.place("mvpeak", 0, [(100.25, 40.125), (140.1, 80.7)]).id


@pytest.mark.parametrize("caliper", [of_length, of_inflow, of_tracing])
def test_slicer_reads_it_as_what_it_would_have_written(
    reviewed: Reviewed, caliper: Callable[[Reviewed], str], tmp_path: Path
) -> None:
    id = caliper(reviewed)
    place = {reviewed.following.image: ijk_to_ras(reviewed.nodes.volume)}
    path, _ = write_markups(tmp_path / "ours", reviewed.review, [reviewed.review.entry(id)], place)
    theirs = written_by_the_scene(reviewed, id, tmp_path / "theirs.mrk.json")
    again = written_again(path, reviewed.app.scene, tmp_path / "again.mrk.json")
    ours = json.loads(path.read_text(encoding="utf-8"))
    # Of a curve Slicer lists more, all of it off, as its curvature.
    for record in (again, theirs):
        listed = record["markups"][0]["measurements"]
        ids = [one["name"] for one in ours["markups"][0]["measurements"]]
        assert not any(one["enabled"] for one in listed if one["name"] not in ids)
        listed[:] = [one for one in listed if one["name"] in ids]
    # A storage node alone reads no colours, not even those that it has written.
    looks = [record["markups"][0].pop("display") for record in (ours, theirs, again)]
    assert_same(again, theirs)
    assert_same(ours, theirs)
    assert_same(looks[0], {key: looks[1][key] for key in looks[0]})


TWO_D = region((100, 80, 899, 699), (0.02, 0.03))


@pytest.mark.parametrize(
    ("regions", "spacing"),
    [
        ((TWO_D,), (0.2, 0.3)),
        ((), (1, 1)),
        # Slicer calibrates no image that has a second region.
        ((region((272, 76, 690, 320), (0.05, 0.05)), spectral()), (1, 1)),
        ((spectral(),), (1, 1)),
    ],
)
def test_points_lie_where_slicers_dicom_module_puts_the_image(
    regions: tuple, spacing: tuple[float, float], tmp_path: Path
) -> None:
    matrix = loaded_by_slicer(read(write_ultrasound(tmp_path / "a.dcm", regions=regions)))
    assert (-matrix[0][0], -matrix[1][1]) == pytest.approx(spacing)
    assert [matrix[i][i] for i in (2, 3)] == [1, 1]


def test_the_terminal_writes_what_the_scene_of_the_same_file_would(
    slicer_app: HeadlessSlicer, tmp_path: Path
) -> None:
    echo = write_ultrasound(tmp_path / "echo.dcm", regions=(TWO_D,))
    cine = read(echo)
    review = Review(cine, "AB")
    entry = review.place("lvid", 0, [(300, 300), (300, 500)], phase=Phase.ED)
    review.reject(review.place("ivs", 0, [(300, 300), (300, 340)]).id)
    save(review, tmp_path / "review.json")
    words = ["export", "markups", str(tmp_path / "review.json"), "--out", str(tmp_path / "out")]
    assert main(words) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "lvid-f0.echomeasure.json",
        "lvid-f0.mrk.json",
    ]
    place = {next(iter(review.images)): ijk_to_ras(load_cine(slicer_app.scene, cine).volume)}
    write_markups(tmp_path / "scene", review, [entry], place)
    for name in ("lvid-f0.mrk.json", "lvid-f0.echomeasure.json"):
        ours, theirs = (
            json.loads((tmp_path / folder / name).read_text(encoding="utf-8"))
            for folder in ("out", "scene")
        )
        assert_same(ours, theirs)


def test_without_the_file_of_the_image_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    echo = write_ultrasound(tmp_path / "echo.dcm", regions=(TWO_D,))
    review = Review(read(echo), "AB")
    review.place("lvid", 0, [(300, 300), (300, 500)])
    save(review, tmp_path / "review.json")
    echo.unlink()
    words = ["export", "markups", str(tmp_path / "review.json"), "--out", str(tmp_path / "out")]
    assert main(words) == 2
    assert "is not at hand" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_of_other_things_is_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    echo = write_ultrasound(tmp_path / "echo.dcm", regions=(TWO_D,))
    review = Review(read(echo), "AB")
    review.place("lvid", 0, [(300, 300), (300, 500)])
    save(review, tmp_path / "review.json")
    words = ["export", "markups", str(tmp_path / "review.json"), "--out", str(tmp_path)]
    assert main(words) == 1
    assert "is no folder for markups" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"echo.dcm", "review.json"}
