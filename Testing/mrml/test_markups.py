"""What a caliper looks like in Slicer, for every kind of measurement."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest
from reviewed_cine import CW, M_MODE, PW, TWO_D, Reviewed, labels_of, make_cine
from slicer_scene import HeadlessSlicer

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import Region

KINDS = [
    # 100 columns of 0.05 cm.
    ("lvid", TWO_D, [(100, 120), (200, 120)], "Line", ["", "LVID 5.00 cm"]),
    # The R wave is at this frame.
    ("ivs", TWO_D, [(200, 60), (200, 85)], "Line", ["IVSd 1.00 cm", ""]),
    # 65 rows of 4 cm/s below the baseline.
    ("trvmax", CW, [(150, 105)], "Fiducial", ["TR Vmax 2.60 m/s"]),
    # 80 and 40 rows of 1 cm/s above it.
    (
        "mvpeak",
        PW,
        [(100, 40), (140, 80)],
        "Fiducial",
        ["MV E 80.0 cm/s", "MV A 40.0 cm/s\nE/A 2.00"],
    ),
    ("latevel", PW, [(100, 131.5)], "Fiducial", ["e' lateral 11.5 cm/s"]),
    # 21 rows of 0.05 cm along the edge of the disc, and points on no edge.
    ("tapse", M_MODE, [(100, 67), (130, 46)], "Line", ["", "TAPSE 1.05 cm"]),
    ("tapse", M_MODE, [(100, 150), (130, 106)], "Line", ["", "TAPSE: no number (?)"]),
    # Doubtful and impossible ones say so.
    ("trvmax", CW, [(150, 30)], "Fiducial", ["TR Vmax 0.40 m/s (?)"]),
    ("trvmax", PW, [(150, 150)], "Fiducial", ["TR Vmax: no number (?)"]),
    ("lvid", TWO_D, [(2, 120), (200, 120)], "Line", ["", "LVID 198.0 px, no number (?)"]),
]


@pytest.mark.parametrize(("id", "region", "points", "kind", "labels"), KINDS)
def test_a_caliper_is_a_line_or_points_and_says_its_value(
    slicer_app: HeadlessSlicer,
    id: str,
    region: Region,
    points: list[tuple[float, float]],
    kind: str,
    labels: list[str],
) -> None:
    scene = Reviewed(slicer_app, make_cine(1, (region,)))
    entry = scene.review.place(id, 0, points)
    node = scene.following.node_of(entry.id)
    assert node.GetClassName() == f"vtkMRMLMarkups{kind}Node"
    assert labels_of(node) == labels
    assert scene.points(entry.id) == points


def test_a_node_is_named_after_what_it_measures(reviewed: Reviewed) -> None:
    assert reviewed.following.node_of("lvid-f0").GetName() == "LVID"


def test_it_is_drawn_small_in_its_own_colour_without_handles(reviewed: Reviewed) -> None:
    displays = {m: reviewed.following.node_of(f"{m}-f0").GetDisplayNode() for m in ("lvid", "ivs")}
    for display in displays.values():
        assert display.GetGlyphTypeAsString() == "CrossDot2D"
        assert display.GetGlyphScale() == 1.5
        assert not display.GetHandlesInteractive()
        assert not display.GetPropertiesLabelVisibility()
        assert not display.GetPointLabelsVisibility()
        assert display.GetSnapMode() == display.SnapModeUnconstrained
    assert displays["lvid"].GetSelectedColor() != displays["ivs"].GetSelectedColor()


def test_the_length_in_millimetres_is_never_on(slicer_app: HeadlessSlicer) -> None:
    scene = Reviewed(slicer_app, make_cine(3, ()))
    for frame in range(3):
        scene.predict("lvid", frame, [(100, 120), (200, 120)])
    for frame in (1, 2, 0):
        scene.nodes.show_frame(frame)
        node = scene.following.node_of(f"lvid-f{frame}")
        enabled = [
            node.GetNthMeasurement(i).GetName()
            for i in range(node.GetNumberOfMeasurements())
            if node.GetNthMeasurement(i).GetEnabled()
        ]
        assert enabled == []
        assert "mm" not in node.GetPropertiesLabelText()


def test_the_markups_module_lists_the_value_with_its_unit(slicer_app: HeadlessSlicer) -> None:
    scene = Reviewed(slicer_app, make_cine(1, (PW,)))
    entry = scene.review.place("mvpeak", 0, [(100, 40), (140, 80)])
    node = scene.following.node_of(entry.id)
    printed = {
        name: node.GetMeasurement(name).GetValueWithUnitsAsPrintableString()
        for name in ("e", "a", "e_a_ratio")
    }
    assert printed == {"e": "80.0 cm/s", "a": "40.0 cm/s", "e_a_ratio": "2.00"}


def test_a_caliper_can_be_cloned_and_the_clone_deleted(slicer_app: HeadlessSlicer) -> None:
    """Slicer ends the process when the copy of a measurement with a units code is deleted."""
    scene = Reviewed(slicer_app, make_cine(1, (PW,)))
    entry = scene.review.place("mvpeak", 0, [(100, 40), (140, 80)])
    node = scene.following.node_of(entry.id)
    clone = slicer_app.scene.CreateNodeByClass(node.GetClassName())
    clone.UnRegister(None)
    clone.Copy(node)
    assert clone.GetMeasurement("e").GetValueWithUnitsAsPrintableString() == "80.0 cm/s"
    del clone
    gc.collect()
    assert node.GetMeasurement("e").GetUnitsCode() is None


def test_one_doppler_point_of_two_is_dragged_alone(slicer_app: HeadlessSlicer) -> None:
    scene = Reviewed(slicer_app, make_cine(1, (PW,)))
    entry = scene.review.place("mvpeak", 0, [(100, 40), (140, 80)])
    let_go = scene.drag(entry.id, 0, (0, -25))
    e, a = scene.points(entry.id)
    assert a == (140, 80)
    assert e == pytest.approx(let_go, abs=0.5)
    value = scene.review.entries[entry.id].caliper.values[0].value
    assert value == pytest.approx(120 - e[1])
    assert scene.labels(entry.id)[0] == f"MV E {value:.1f} cm/s"


def test_pictures_for_people(slicer_app: HeadlessSlicer, real_file: Any, screens: Path) -> None:
    """A real file with a hand-placed line, and a synthetic strip: look at build/screens."""
    scene = Reviewed(slicer_app, read(real_file("color3d_jpeg_baseline.dcm")))
    shown = scene.review.place("rv_base", 0, [PixelPoint(218, 276), PixelPoint(299, 268)])
    slicer_app.screenshot(screens / "slicer_real_file.png")
    assert set(scene.shown()) == {shown.id}
    slicer_app.clear()
    strip = Reviewed(slicer_app, make_strip())
    strip.review.place("mvpeak", 0, [(100, 40), (140, 80)])
    strip.review.place("latevel", 0, [(220, 135)])
    slicer_app.screenshot(screens / "slicer_doppler_still.png")
    assert (screens / "slicer_doppler_still.png").stat().st_size > 2000


def make_strip() -> Any:
    """E and A of 80 and 40 cm/s above the baseline of `PW`, twice."""
    import numpy as np

    from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing

    picture = np.zeros((1, 240, 320, 3), np.uint8)
    picture[0, 20:220, 10:310] = 18
    for start, height in ((80, 80), (120, 40), (200, 80), (240, 40)):
        for x in range(start, start + 41):
            top = height * (1 - abs(x - start - 20) / 20)
            picture[0, int(120 - top) : 120, x] = 150
    picture[0, 120, 10:310] = (90, 160, 90)
    return Cine(ArraySource(picture), Timing((0.0,), "still"), (PW,))
