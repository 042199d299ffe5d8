"""Peaks that snap to their wave, and a wave that is traced, in the slice view and by key."""

from __future__ import annotations

from pathlib import Path

import pytest
from inflow_strip import BEATS, HALF, ZERO
from open_module import OpenModule
from reviewed_cine import labels_of

from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.inference.prediction import Prediction, Provenance

MODEL = Provenance("strip.ckpt", "ab" * 32, "phantom", "robust", "torch", "float32")


def predict(opened: OpenModule, path: Path) -> None:
    """The first beat, right as it lies."""
    opened.open_file(path)
    beat = tuple(Landmark(x, y, confidence=0.9) for x, y in BEATS[0])
    opened.desk.study.review.add_prediction(Prediction("mvpeak", 0, beat, MODEL, (beat,)))
    opened.look()
    opened.show()


def place(opened: OpenModule, measurement: str, *points: tuple[float, float]) -> None:
    """Click the points in the slice view."""
    opened.choose("placeCombo", measurement)
    opened.click("placeButton")
    for point in points:
        opened.click_pixel(*point)
    opened.look()


def test_a_dragged_peak_snaps_to_its_wave_and_back_with_one_key(
    opened: OpenModule, inflow: Path
) -> None:
    predict(opened, inflow)
    opened.show()
    opened.key("W")
    assert opened.answers.warnings[-1].startswith("No caliper is chosen.")
    opened.drag_pixel(BEATS[0][0], (150, 520))
    chosen = opened.desk.selection.entry
    assert chosen.id == "mvpeak-f0"
    low = chosen.caliper.points[0].point
    assert low == pytest.approx((150, 520), abs=2)
    opened.key("W")
    e, a = (point.point for point in opened.desk.selection.entry.caliper.points)
    assert e.x == pytest.approx(140, abs=6)
    # The tip of a triangle is one pixel wide, and lost in part.
    assert 642 - e.y == pytest.approx(160, rel=0.05)
    assert 642 - a.y == pytest.approx(80, rel=0.05)
    assert opened.desk.selection.entry.caliper.flags == ()
    shown = opened.desk.study.link.node_of("mvpeak-f0")
    assert shown is not None
    opened.key("W")
    assert opened.desk.selection.entry.caliper.points[0].point == low
    opened.key("W")
    opened.key("U")
    assert opened.desk.selection.entry.caliper.points[0].point == low


def test_it_is_said_why_a_peak_cannot_snap(opened: OpenModule, inflow: Path) -> None:
    predict(opened, inflow)
    opened.show()
    assert not opened.visible("snapButton")
    opened.drag_pixel(BEATS[0][1], (340, 540))
    assert opened.visible("snapButton")
    assert "again puts them back" in opened.tip("snapButton")
    opened.click("snapButton")
    assert opened.text("whyLabel") == "A stays: the picture shows no wave there."
    opened.desk.study.review.accept("mvpeak-f0")
    assert not opened.enabled("snapButton")
    assert opened.tip("snapButton").startswith("It is accepted")
    opened.key("W")
    assert opened.answers.warnings[-1].startswith("It is accepted")


def test_a_pair_that_was_clicked_low_snaps_and_goes_back(opened: OpenModule, inflow: Path) -> None:
    opened.open_file(inflow)
    opened.show()
    (e, a) = BEATS[2]
    place(opened, "mvpeak", (e[0] + 5, e[1] + 30), (a[0] - 4, a[1] + 20))
    low = [point.point for point in opened.desk.selection.entry.caliper.points]
    opened.key("W")
    assert opened.desk.selection.entry.caliper.value("e").value == pytest.approx(100, rel=0.05)
    assert opened.desk.selection.entry.caliper.value("a").value == pytest.approx(44, rel=0.05)
    opened.picture("slice-snapped.png")
    opened.screenshot("panel-snapped.png")
    opened.key("W")
    opened.key("U")
    opened.key("W")
    assert [point.point for point in opened.desk.selection.entry.caliper.points] == low


def trace(opened: OpenModule, inflow: Path) -> str:
    """Trace the second E along both its slopes; its id."""
    opened.open_file(inflow)
    opened.show()
    x, top = BEATS[1][0]
    middle = (ZERO + top) / 2
    edge = [(x - HALF, ZERO), (x - HALF / 2, middle), (x, top), (x + HALF / 2, middle)]
    place(opened, "mvvti", *edge, (x + HALF, ZERO))
    assert opened.desk.clicking.measurement == "mvvti"
    interaction = opened.slicer.app.app_logic.GetInteractionNode()
    interaction.SetCurrentInteractionMode(interaction.ViewTransform)
    opened.look()
    return str(opened.desk.selection.entry.id)


def integral(opened: OpenModule) -> float:
    return float(opened.desk.selection.entry.caliper.value("mvvti").value)


WHOLE = 90 * 2 * HALF * 0.0035 / 2
"""A triangle of 90 cm/s over 90 columns of 3.5 ms, in cm."""


def test_a_tracing_tells_its_area_while_a_point_is_dragged(
    opened: OpenModule, inflow: Path
) -> None:
    id = trace(opened, inflow)
    assert integral(opened) == pytest.approx(WHOLE, abs=0.3)
    placed = integral(opened)
    opened.picture("slice-traced.png")
    opened.screenshot("panel-traced.png")
    x, top = BEATS[1][0]
    # The tip forty rows lower: 20 cm/s less, over half a wave.
    (x0, y0), (_, y1) = opened.on_screen(x, top), opened.on_screen(x, top + 40)
    opened.slicer.press(x0, y0)
    for y in range(y0, y1, -1):
        opened.slicer.mouse("MouseMoveEvent", x0, y)
    opened.slicer.mouse("MouseMoveEvent", x0, y1)
    lower = WHOLE - 20 * HALF * 0.0035 / 2
    said = "\n".join(labels_of(opened.desk.study.link.node_of(id)))
    assert float(said.partition("MV VTI ")[2].split()[0]) == pytest.approx(lower, abs=0.4)
    assert integral(opened) == placed
    opened.picture("slice-traced-drag.png")
    opened.slicer.mouse("LeftButtonReleaseEvent", x0, y1)
    assert integral(opened) == pytest.approx(lower, abs=0.4)
    opened.key("U")
    assert integral(opened) == placed


def test_a_tracing_is_accepted_stays_is_reopened_and_rejected(
    opened: OpenModule, inflow: Path
) -> None:
    id = trace(opened, inflow)
    opened.key("W")
    assert opened.answers.warnings[-1].startswith("Only the peaks")
    opened.key("A")
    assert opened.table()[0][4] == "accepted"
    placed = integral(opened)
    x, top = BEATS[1][0]
    opened.drag_pixel((x, top), (x, top + 40))
    assert opened.table()[0][4] == "accepted"
    assert integral(opened) == placed
    opened.key("U")
    opened.key("R")
    assert opened.table()[0][4] == "rejected"
    assert opened.desk.study.link.node_of(id) is None
    opened.picture("slice-traced-rejected.png")
