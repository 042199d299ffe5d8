"""Results in the scene: a table of values, and plots with ED and ES marked."""

from __future__ import annotations

import math
from typing import Any

import pytest
import slicer
from reviewed_cine import CW, MODEL, Reviewed, make_cine
from slicer_scene import HeadlessSlicer

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.imaging.cine import Identity
from EchoMeasureLib.inference.prediction import Prediction
from EchoMeasureLib.measuring.cava_curve import CavaCurve
from EchoMeasureLib.mrml.result_nodes import COLUMNS, ResultNodes


def results(scene: Reviewed) -> ResultNodes:
    return ResultNodes(scene.review, scene.app.scene, scene.nodes.volume, scene.following.image)


def rows(table: Any) -> list[list[str]]:
    names = [table.GetColumnName(i) for i in range(table.GetNumberOfColumns())]
    assert tuple(names) == COLUMNS
    return [
        [table.GetCellText(r, c) for c in range(len(names))] for r in range(table.GetNumberOfRows())
    ]


def column(series: Any, name: str) -> list[float]:
    array = series.GetTableNode().GetTable().GetColumnByName(name)
    return [array.GetValue(i) for i in range(array.GetNumberOfValues())]


def test_the_table_has_a_row_for_every_value_that_was_not_rejected(reviewed: Reviewed) -> None:
    reviewed.review.choose("lvid-f0", Phase.ED)
    reviewed.review.accept("lvid-f0")
    reviewed.review.reject("lvid-f1")
    table = results(reviewed).table()
    # 120 pixels of 0.05 cm, 30 of 0.04 cm; frames 40 ms apart.
    image = "1.2.3.4"
    assert rows(table)[:3] == [
        ["LVIDd", "6.00 cm", "0", "0.000", "ed", "0.90", "accepted", "", "AB", image, "1", "yes"],
        ["LVID", "6.00 cm", "2", "0.080", "", "0.90", "unreviewed", "", "", image, "", "no"],
        ["IVSd", "1.20 cm", "0", "0.000", "ed", "0.90", "unreviewed", "", "", image, "1", "yes"],
    ]


def test_the_table_tells_beats_apart_and_why_one_does_not_count(
    slicer_app: HeadlessSlicer,
) -> None:
    """Jets of 2.0, 2.4 and 2.6 m/s: 4 cm/s a row below the baseline at row 40."""
    scene = Reviewed(slicer_app, make_cine(1, (CW,)))
    beats = tuple((Landmark(x, y, confidence=0.9),) for x, y in ((50, 90), (150, 100), (250, 105)))
    scene.review.add_prediction(Prediction("trvmax", 0, beats[1], MODEL, beats))
    # Nothing flows on this strip, so the points are in doubt until somebody stands behind them.
    for id in list(scene.review.entries):
        scene.review.adopt(id)
    scene.review.leave_out("trvmax-f0-b3", "ectopic")
    found = [(row[1], *row[10:]) for row in rows(results(scene).table()) if row[0] == "TR Vmax"]
    assert found == [
        ("2.00 m/s", "1", "yes"),
        ("2.40 m/s", "2", "yes"),
        ("2.60 m/s", "3", "left out: ectopic"),
    ]


def test_the_table_has_the_values_of_every_image_of_the_study(reviewed: Reviewed) -> None:
    other = make_cine(1, (CW,))
    other.identity = Identity(sop_instance_uid="1.2.3.5", study_instance_uid="1.2.3")
    key = reviewed.review.add_cine(other)
    reviewed.review.place("trvmax", 0, [(150, 105)], key)
    first = results(reviewed).table()
    found = rows(first)
    assert [row[0] for row in found if row[9] == key] == ["TR Vmax"]
    assert len([row for row in found if row[9] == "1.2.3.4"]) == 4
    there = ResultNodes(reviewed.review, reviewed.app.scene, reviewed.nodes.volume, key)
    assert there.table() is first


def test_derived_values_stand_below(reviewed: Reviewed) -> None:
    review = reviewed.review
    review.choose("lvid-f0", Phase.ED)
    review.move("lvid-f1", [(100, 120), (180, 120)])
    review.choose("lvid-f1", Phase.ES)
    # The frames beside them say 6 cm, until somebody stands behind these.
    for id in ("lvid-f0", "lvid-f1"):
        review.adopt(id)
        review.accept(id)
    found = {row[0]: row[1] for row in rows(results(reviewed).table()) if row[6] == "derived"}
    # Fractional shortening of 6 and 4 cm.
    shortening = next(d for d in review.derived() if d.value == pytest.approx(100 / 3))
    assert found[shortening.name] == shortening.text


def test_filling_again_makes_no_second_table(reviewed: Reviewed) -> None:
    first = results(reviewed).table()
    reviewed.review.delete("lvid-f0")
    assert results(reviewed).table() is first
    assert first.GetNumberOfRows() == 3


def test_without_entries_the_table_is_empty(slicer_app: HeadlessSlicer) -> None:
    scene = Reviewed(slicer_app, make_cine(2))
    assert results(scene).table().GetNumberOfRows() == 0


def test_a_plot_shows_the_value_against_time_with_ed_and_es_marked(
    slicer_app: HeadlessSlicer,
) -> None:
    scene = Reviewed(slicer_app, make_cine(50))
    widths = [100 + 20 * math.cos(2 * math.pi * frame / 25) for frame in range(50)]
    for frame, width in enumerate(widths):
        scene.predict("lvid", frame, [(100, 120), (100 + width, 120)])
    chart = results(scene).plot("lvid", "lvid")
    assert results(scene).points("lvid", "lvid") == 50
    curve, ed, es = (chart.GetNthPlotSeriesNode(i) for i in range(3))
    assert column(curve, "Time (s)") == pytest.approx([frame * 0.04 for frame in range(50)])
    assert column(curve, "Value") == pytest.approx([0.05 * width for width in widths])
    # A cosine of one second: largest at 1.0 s, smallest at 0.5 and 1.5 s.
    beats = scene.review.beats()
    assert column(ed, "Time (s)") == pytest.approx([f * 0.04 for f in beats.ed_frames])
    assert column(es, "Time (s)") == pytest.approx([f * 0.04 for f in beats.es_frames])
    assert any(time == pytest.approx(0.52, abs=0.05) for time in column(es, "Time (s)"))
    assert chart.GetXAxisTitle() == "Time (s)"
    assert chart.GetYAxisTitle() == "LVID (cm)"
    assert (ed.GetName(), es.GetName()) == ("ED", "ES")


def test_a_plot_has_a_gap_where_frames_are_not_measured(slicer_app: HeadlessSlicer) -> None:
    scene = Reviewed(slicer_app, make_cine(10))
    for frame in (2, 3, 7, 8):
        scene.predict("lvid", frame, [(100, 120), (200, 120)])
    curve = results(scene).plot("lvid", "lvid").GetNthPlotSeriesNode(0)
    times = [0.08, 0.12, 0.28, 0.28, 0.32]
    assert column(curve, "Time (s)") == pytest.approx(times)
    values = [5.0, 5.0, math.nan, 5.0, 5.0]
    assert column(curve, "Value") == pytest.approx(values, nan_ok=True)


def test_a_vena_cava_is_drawn_over_its_strip_with_its_gaps(slicer_app: HeadlessSlicer) -> None:
    curve = CavaCurve((0.02, 0.06, 0.1, 0.14), (2.0, 1.9, None, 1.8))
    chart = results(Reviewed(slicer_app, make_cine(1))).plot("ivcmmin", "ivcmmin", curve)
    series = chart.GetNthPlotSeriesNode(0)
    assert column(series, "Time (s)") == pytest.approx([0.02, 0.06, 0.14, 0.14])
    assert column(series, "Value") == pytest.approx([2.0, 1.9, math.nan, 1.8], nan_ok=True)
    assert (chart.GetXAxisTitle(), chart.GetYAxisTitle()) == ("Time (s)", "IVC diameter (cm)")


def test_frames_chosen_by_the_reviewer_are_marked_instead(reviewed: Reviewed) -> None:
    reviewed.review.choose("lvid-f2", Phase.ED)
    chart = results(reviewed).plot("lvid", "lvid")
    assert column(chart.GetNthPlotSeriesNode(1), "Time (s)") == pytest.approx([0.08])
    assert column(chart.GetNthPlotSeriesNode(2), "Time (s)") == []


def test_a_marked_frame_is_marked_in_the_plot(reviewed: Reviewed) -> None:
    reviewed.review.mark(1, Phase.ES)
    chart = results(reviewed).plot("lvid", "lvid")
    assert column(chart.GetNthPlotSeriesNode(2), "Time (s)") == pytest.approx([0.04])
    reviewed.review.undo()
    assert column(results(reviewed).plot("lvid", "lvid").GetNthPlotSeriesNode(2), "Value") == []


def test_velocities_are_plotted_as_people_read_them(slicer_app: HeadlessSlicer) -> None:
    scene = Reviewed(slicer_app, make_cine(2, (CW,)))
    scene.predict("trvmax", 1, [(150, 105)])
    chart = results(scene).plot("trvmax", "trvmax")
    assert column(chart.GetNthPlotSeriesNode(0), "Value") == pytest.approx([2.6])
    assert chart.GetYAxisTitle() == "TR Vmax (m/s)"


def test_plotting_again_after_an_edit_renews_the_same_nodes(reviewed: Reviewed) -> None:
    chart = results(reviewed).plot("lvid", "lvid")
    before = reviewed.app.scene.GetNumberOfNodes()
    reviewed.review.move("lvid-f1", [(100, 120), (180, 120)])
    assert results(reviewed).plot("lvid", "lvid") is chart
    assert reviewed.app.scene.GetNumberOfNodes() == before
    assert chart.GetNumberOfPlotSeriesNodes() == 3
    assert column(chart.GetNthPlotSeriesNode(0), "Value") == pytest.approx([6.0, 4.0, 6.0])


def test_results_stand_with_the_markups_under_the_study(reviewed: Reviewed) -> None:
    table = results(reviewed).table()
    chart = results(reviewed).plot("lvid", "lvid")
    tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(reviewed.app.scene)
    parents = {
        tree.GetItemParent(tree.GetItemByDataNode(node))
        for node in (table, chart, reviewed.following.node_of("lvid-f0"))
    }
    assert len(parents) == 1
    assert tree.GetItemParent(parents.pop()) == tree.GetItemByUID("DICOM", "1.2.3")
