"""A traced wave in the scene: a closed curve whose points are dragged, with its numbers at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import vtk
from reviewed_cine import PW, Reviewed, make_cine
from slicer_scene import HeadlessSlicer

from EchoMeasureLib.exporting.markup_files import write_markups
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.mrml.mapping import PixelMap, ijk_to_ras
from EchoMeasureLib.review.entries import Status

WAVE = [(100.0, 120.0), (120.0, 160.0), (140.0, 200.0), (160.0, 160.0), (180.0, 120.0)]
"""On `PW`: 80 cm/s below the baseline of row 120, 80 columns of 5 ms: a triangle of 16 cm."""


@pytest.fixture
def traced(slicer_app: HeadlessSlicer) -> Reviewed:
    """A strip with a traced LVOT wave."""
    scene = Reviewed(slicer_app, make_cine(1, (PW,)))
    scene.review.place("lvotvti", 0, WAVE)
    return scene


ID = "lvotvti-f0"


def vti(scene: Reviewed) -> float | None:
    return scene.review.entry(ID).caliper.value("lvotvti").value


def test_it_is_a_closed_curve_of_straight_pieces_without_slicers_own_numbers(
    traced: Reviewed,
) -> None:
    assert vti(traced) == pytest.approx(16.0)
    node = traced.following.node_of(ID)
    assert node.IsA("vtkMRMLMarkupsClosedCurveNode")
    assert node.GetCurveTypeAsString(node.GetCurveType()) == "linear"
    assert traced.shown() == {ID: [pytest.approx(point) for point in WAVE]}
    measurements = [node.GetNthMeasurement(n) for n in range(node.GetNumberOfMeasurements())]
    said = {m.GetName(): m.GetValue() for m in measurements if m.GetEnabled()}
    assert said == {"lvotvti": pytest.approx(16.0), "lvot_at": pytest.approx(200.0)}
    assert traced.labels(ID)[2].splitlines() == ["LVOT VTI 16.0 cm", "LVOT AT 200 ms"]


def test_a_dragged_point_is_an_edit_and_can_be_taken_back(traced: Reviewed) -> None:
    let_go = traced.drag(ID, 2, (0, 20))
    entry = traced.review.entry(ID)
    assert entry.status is Status.EDITED
    assert traced.points(ID)[2] == pytest.approx((let_go.x, let_go.y), abs=0.01)
    # Both triangles beside the middle point lose half of what it rose.
    risen = (200.0 - let_go.y) * 0.2 / 2
    assert vti(traced) == pytest.approx(16.0 - risen, rel=0.02)
    assert f"LVOT VTI {vti(traced):.1f} cm" in traced.labels(ID)[2]
    traced.review.undo()
    assert vti(traced) == pytest.approx(16.0)
    assert traced.shown() == {ID: [pytest.approx(point) for point in WAVE]}


@pytest.mark.parametrize(
    ("point", "by", "column"), [(1, 200, 140.0), (3, -200, 140.0), (4, -200, 160.0)]
)
@pytest.mark.parametrize("from_the_right", [False, True])
def test_a_point_that_is_dragged_past_its_neighbour_stays_beside_it(
    slicer_app: HeadlessSlicer, point: int, by: int, column: float, from_the_right: bool
) -> None:
    """A wave has one velocity at a time, so its edge keeps its integral, also while it is held."""
    traced = Reviewed(slicer_app, make_cine(1, (PW,)))
    traced.review.place("lvotvti", 0, WAVE[::-1] if from_the_right else WAVE)
    place = 4 - point if from_the_right else point
    traced.app.press(*traced.on_screen(*WAVE[point]))
    x, y = traced.on_screen(*WAVE[point])
    traced.app.mouse("MouseMoveEvent", x + by // 2, y)
    traced.app.mouse("MouseMoveEvent", x + by, y)
    assert "no number" not in "".join(traced.labels(ID))
    traced.app.mouse("LeftButtonReleaseEvent", x + by, y)
    assert traced.points(ID)[place][0] == pytest.approx(column, abs=0.02)
    assert traced.points(ID)[place][1] == pytest.approx(WAVE[point][1], abs=1)
    assert traced.review.entry(ID).caliper.flags == ()
    traced.review.undo()
    assert vti(traced) == pytest.approx(16.0)


def test_a_point_is_added_to_its_line_and_taken_away(traced: Reviewed) -> None:
    """A point 10 cm/s under the middle of a line of 0.1 s: 0.5 cm more."""
    node = traced.following.node_of(ID)
    place = PixelMap(traced.nodes.volume).to_node(PixelPoint(110.0, 150.0), node)
    node.InsertControlPointWorld(1, vtk.vtkVector3d(*place))
    assert traced.points(ID) == [pytest.approx(p) for p in (WAVE[0], (110.0, 150.0), *WAVE[1:])]
    assert traced.review.entry(ID).status is Status.EDITED
    assert vti(traced) == pytest.approx(16.5, abs=0.01)
    assert f"LVOT VTI {vti(traced):.1f} cm" in traced.labels(ID)[3]
    node.RemoveNthControlPoint(1)
    assert vti(traced) == pytest.approx(16.0)
    traced.review.undo()
    assert vti(traced) == pytest.approx(16.5, abs=0.01)
    traced.review.undo()
    assert traced.shown() == {ID: [pytest.approx(point) for point in WAVE]}


def test_it_keeps_three_points_and_an_accepted_one_all(traced: Reviewed) -> None:
    node = traced.following.node_of(ID)
    for _ in range(4):
        node.RemoveNthControlPoint(1)
    assert len(traced.points(ID)) == 3
    assert node.GetNumberOfControlPoints() == 3
    traced.review.accept(ID)
    before = traced.points(ID)
    node.RemoveNthControlPoint(1)
    assert traced.points(ID) == before
    assert node.GetNumberOfControlPoints() == 3


def test_an_accepted_tracing_stays_where_it_is(traced: Reviewed) -> None:
    traced.review.accept(ID)
    traced.drag(ID, 2, (0, 20))
    assert traced.points(ID) == WAVE
    assert traced.review.entry(ID).status is Status.ACCEPTED


def test_a_rejected_one_is_not_shown(traced: Reviewed) -> None:
    traced.review.reject(ID, "of another valve")
    assert traced.shown() == {}


def test_more_points_by_a_script_are_shown(traced: Reviewed) -> None:
    more = [*WAVE[:2], (130.0, 185.0), *WAVE[2:]]
    traced.review.move(ID, more)
    assert traced.shown() == {ID: [pytest.approx(point) for point in more]}
    traced.review.undo()
    assert traced.shown() == {ID: [pytest.approx(point) for point in WAVE]}


def test_it_leaves_as_a_closed_curve(traced: Reviewed, tmp_path: Path) -> None:
    place = {traced.following.image: ijk_to_ras(traced.nodes.volume)}
    entry = traced.review.entry(ID)
    path, _ = write_markups(tmp_path / "markups", traced.review, [entry], place)
    (markup,) = json.loads(path.read_text(encoding="utf-8"))["markups"]
    assert (markup["type"], len(markup["controlPoints"])) == ("ClosedCurve", 5)
    values = {m["name"]: m.get("value") for m in markup["measurements"]}
    assert values["lvotvti"] == pytest.approx(16.0)
