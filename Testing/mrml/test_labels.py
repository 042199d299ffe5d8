"""The labels in the slice view: where they lie, what stands out, and what steps back."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path

import pytest
from reviewed_cine import PW, Reviewed, labels_of, make_cine
from slicer_scene import HeadlessSlicer

from EchoMeasureLib.definitions import Lengths, Phase
from EchoMeasureLib.exporting.rects import Rect
from EchoMeasureLib.geometry import Box, PixelPoint
from EchoMeasureLib.mrml.label_node import text_size
from EchoMeasureLib.mrml.mapping import PixelMap
from EchoMeasureLib.mrml.view_window import window_of, zoom_to
from EchoMeasureLib.rounding import written

SEPTUM = [(160.0, 60.0), (160.0, 85.0)]
CAVITY = [(160.0, 86.0), (162.0, 180.0)]
JET = [(20.0, 120.0), (27.0, 160.0), (34.0, 185.0), (41.0, 160.0), (48.0, 120.0)]
WALL = [(162.0, 181.0), (163.0, 206.0)]


@pytest.fixture
def heart(slicer_app: HeadlessSlicer) -> Reviewed:
    """Septum, cavity and posterior wall on frames 1 and 3, both loaded with frame 1 shown."""
    scene = Reviewed(slicer_app, make_cine(5))
    for frame in (1, 3):
        scene.predict("ivs", frame, SEPTUM)
        scene.predict("lvid", frame, CAVITY)
        scene.predict("lvpw", frame, WALL)
    scene.nodes.show_frame(1)
    return scene


def shown(scene: Reviewed) -> dict[str, Rect]:
    """Every label that is to be seen, with its place on the screen, y downwards."""
    found = {}
    for label in scene.following.labels.nodes.values():
        node = label.node
        if node is None or not node.GetDisplayNode().GetVisibility():
            continue
        for index, text in enumerate(labels_of(node)):
            at = PixelMap(scene.nodes.volume).from_local(node.GetNthControlPointPosition(index))
            x, y = scene.on_screen(*at)
            width, height = text_size(text, node.GetDisplayNode().GetTextScale())
            found[text] = Rect(x, 600 - y - height, x + width, 600 - y)
    return found


def opacity(scene: Reviewed, id: str) -> float:
    return float(scene.following.node_of(id).GetDisplayNode().GetOpacity())


def test_labels_lie_off_the_borders_and_off_each_other(heart: Reviewed, screens: Path) -> None:
    places = shown(heart)
    assert sorted(text.split()[0] for text in places) == ["IVS", "LVID", "LVPW"]
    assert not any(a.overlaps(b) for a, b in combinations(places.values(), 2))
    for points in (SEPTUM, CAVITY, WALL):
        for x, y in (heart.on_screen(*point) for point in points):
            near = Rect(x - 4, 600 - y - 4, x + 4, 600 - y + 4)
            assert not any(place.overlaps(near) for place in places.values())
    heart.app.screenshot(screens / "slicer_labels.png")


def test_e_a_and_their_ratio_have_a_label_each(slicer_app: HeadlessSlicer) -> None:
    scene = Reviewed(slicer_app, make_cine(1, (PW,)))
    # Nothing is drawn on this strip, which a point without a reviewer's word is in doubt for.
    scene.review.adopt(scene.review.place("mvpeak", 0, [(250, 40), (280, 80)]).id)
    places = shown(scene)
    assert sorted(places) == ["E/A 2.00", "MV A 40.0 cm/s", "MV E 80.0 cm/s"]
    assert not any(a.overlaps(b) for a, b in combinations(places.values(), 2))
    assert all(place.x1 <= 800 for place in places.values()), "a label leaves the view"


def test_labels_of_close_jets_hide_no_edge_and_are_joined_to_their_own(
    slicer_app: HeadlessSlicer, screens: Path
) -> None:
    scene = Reviewed(slicer_app, make_cine(1, (PW,)))
    jets = [[(x + 38 * n, y) for x, y in JET] for n in range(5)]
    for jet in jets:
        scene.review.place("lvotvti", 0, jet)
    nodes = scene.following.labels.nodes.values()
    places = []
    for label in nodes:
        at = PixelMap(scene.nodes.volume).from_local(label.node.GetNthControlPointPosition(0))
        x, y = scene.on_screen(*at)
        display = label.node.GetDisplayNode()
        width, height = text_size(labels_of(label.node)[0], display.GetTextScale())
        places.append(Rect(x, 600 - y - height, x + width, 600 - y))
    assert len(places) == 5
    assert not any(a.overlaps(b) for a, b in combinations(places, 2))
    for jet in jets:
        seen = [scene.on_screen(*point) for point in jet]
        for piece in pairwise([PixelPoint(x, 600 - y) for x, y in seen]):
            assert not any(place.is_crossed_by(piece) for place in places)
    lines = [label.leader for label in nodes if label.leader is not None]
    assert 0 < len(lines) < 5, "no label is so far off, or all are"
    for line in lines:
        assert line.GetDisplayNode().GetVisibility()
        assert line.GetHideFromEditors()
        assert not line.GetSaveWithScene()
    slicer_app.screenshot(screens / "slicer_labels_of_jets.png")
    # A line that ends on a summit does not hold it.
    for entry in tuple(scene.review.entries.values()):
        before = entry.caliper.points[2].y
        scene.drag(entry.id, 2, (0, 20))
        assert scene.review.entry(entry.id).caliper.points[2].y < before - 5
    scene.following.close()
    assert slicer_app.scene.GetNumberOfNodesByClass("vtkMRMLMarkupsNode") == 0


def test_labels_stand_on_dark_backing_and_are_nobody_elses(heart: Reviewed) -> None:
    for label in heart.following.labels.nodes.values():
        display = label.node.GetDisplayNode()
        assert display.GetTextProperty().GetBackgroundOpacity() > 0.5
        assert label.node.GetHideFromEditors()
        assert not label.node.GetSaveWithScene()
        assert label.node.GetLocked()
        assert display.GetViewNodeIDs() == (heart.app.slice_node.GetID(),)


def test_labels_are_laid_out_anew_when_the_view_is_zoomed(heart: Reviewed) -> None:
    before = shown(heart)
    zoom_to(heart.app.slice_node, heart.nodes.volume, Box(140, 50, 200, 110))
    window = window_of(heart.app.slice_node, heart.nodes.volume)
    assert window is not None
    # 61 rows of 0.4 mm fill the 600 of the view, with 15 % to spare; so much is a column too
    assert window.step[1] * 600 == pytest.approx(1.15 * 61, rel=0.05)
    assert window.step[0] == pytest.approx(window.step[1] * 0.4 / 0.5)
    heart.following.tick()
    after = shown(heart)
    assert after.keys() == before.keys()
    assert after["IVS 1.00 cm"] != before["IVS 1.00 cm"]


def test_the_selected_caliper_stands_out(heart: Reviewed) -> None:
    heart.following.select("ivs-f1")
    scales = {
        labels_of(label.node)[0].split()[0]: label.node.GetDisplayNode().GetTextScale()
        for label in heart.following.labels.nodes.values()
    }
    assert scales["IVS"] > scales["LVID"] == scales["LVPW"]


def test_what_does_not_count_steps_back_and_names_its_phase(heart: Reviewed) -> None:
    """The septum is measured at end-diastole: at end-systole another one counts."""
    heart.review.choose("lvid-f1", Phase.ED)
    heart.review.choose("lvid-f3", Phase.ES)
    assert opacity(heart, "ivs-f1") == opacity(heart, "lvid-f1") == 1
    heart.nodes.show_frame(3)
    assert opacity(heart, "ivs-f3") < 0.6
    assert opacity(heart, "lvid-f3") == 1
    assert sorted(shown(heart)) == ["IVS (ES) 1.00 cm", "LVIDs 3.76 cm", "LVPW (ES) 1.00 cm"]


def test_where_nothing_counts_yet_nothing_steps_back(heart: Reviewed) -> None:
    assert opacity(heart, "ivs-f1") == opacity(heart, "lvid-f1") == 1


def test_a_label_follows_a_drag_and_an_eye_that_is_closed(heart: Reviewed) -> None:
    heart.drag("lvid-f1", 1, (0, 40))  # display pixels upwards: shorter
    (length,) = [text for text in shown(heart) if text.startswith("LVID")]
    entry = heart.review.entry("lvid-f1")
    assert length == f"LVID {written(entry.caliper.values[0].value or 0.0, 2)} cm"
    heart.following.node_of("lvid-f1").GetDisplayNode().SetVisibility(False)
    assert not [text for text in shown(heart) if text.startswith("LVID")]


def test_lengths_are_written_in_mm_on_request(heart: Reviewed) -> None:
    heart.following.show_lengths(Lengths.MM)
    assert "IVS 10.0 mm" in shown(heart)


def test_labels_that_somebody_deletes_come_back_and_none_outlives_the_review(
    heart: Reviewed,
) -> None:
    scene = heart.app.scene
    for label in tuple(heart.following.labels.nodes.values()):
        scene.RemoveNode(label.node)
    heart.following.refresh()
    assert len(shown(heart)) == 3
    heart.following.close()
    count = scene.GetNumberOfNodesByClass("vtkMRMLMarkupsNode")
    assert count == 0


def test_what_draws_a_caliper_or_its_label_comes_back_when_somebody_deletes_it(
    heart: Reviewed,
) -> None:
    """The list of all nodes in the Data module shows the display nodes as well."""
    scene, before = heart.app.scene, shown(heart)
    calipers = heart.following.calipers
    views = [caliper.node.GetDisplayNode().GetViewNodeIDs() for caliper in calipers]
    labels = [label.node for label in heart.following.labels.nodes.values()]
    for node in (*labels, *(caliper.node for caliper in calipers)):
        scene.RemoveNode(node.GetDisplayNode())
    heart.following.tick()
    heart.following.refresh()
    assert shown(heart) == before
    drawn = [caliper.node.GetDisplayNode() for caliper in heart.following.calipers]
    assert [(d.GetViewNodeIDs(), d.GetPropertiesLabelVisibility()) for d in drawn] == [
        (ids, False) for ids in views
    ]
    assert heart.shown() == heart.expected()
    heart.following.close()
    assert scene.GetNumberOfNodesByClass("vtkMRMLMarkupsNode") == 0
