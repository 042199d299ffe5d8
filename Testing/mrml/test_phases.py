"""A label names a phase only where the frame is known to be in it: "IVSd" is said of no systole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from reviewed_cine import Reviewed, make_cine
from slicer_scene import HeadlessSlicer

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.exporting.markup_files import write_markups
from EchoMeasureLib.mrml.mapping import ijk_to_ras

WALL = [(80.0, 120.0), (100.0, 120.0)]  # 20 columns of 0.5 mm: 1.00 cm


def across(length: float) -> list[tuple[float, float]]:
    return [(100.0, 120.0), (100.0 + length, 120.0)]


@pytest.fixture
def wall(slicer_app: HeadlessSlicer) -> Reviewed:
    """Septum, diameter and posterior wall end to end on frame 1, a diameter on frame 3."""
    scene = Reviewed(slicer_app, make_cine(5))
    for measurement, frame, points in (
        ("ivs", 1, WALL),
        ("lvpw", 1, [(200.0, 120.0), (220.0, 120.0)]),
        ("lvid", 1, across(100)),
        ("lvid", 3, across(70)),
    ):
        scene.predict(measurement, frame, points)
    scene.nodes.show_frame(1)
    return scene


def names(scene: Reviewed) -> list[str]:
    """What the labels on the frame shown begin with."""
    return sorted("".join(scene.labels(id)).split()[0] for id in scene.shown())


def test_without_a_known_phase_the_names_say_none(wall: Reviewed) -> None:
    assert names(wall) == ["IVS", "LVID", "LVPW"]
    assert "".join(wall.labels("ivs-f1")) == "IVS 1.00 cm"


def test_what_lies_on_the_chosen_end_diastole_is_named_so(wall: Reviewed) -> None:
    wall.review.choose("lvid-f1", Phase.ED)
    assert names(wall) == ["IVSd", "LVIDd", "LVPWd"]
    wall.review.undo()
    assert names(wall) == ["IVS", "LVID", "LVPW"]


def test_end_systole_is_no_end_diastole(wall: Reviewed) -> None:
    wall.review.choose("lvid-f1", Phase.ES)
    assert names(wall) == ["IVS", "LVIDs", "LVPW"]
    wall.review.choose("ivs-f1", Phase.ES)
    assert names(wall) == ["IVS", "LVIDs", "LVPW"]


def test_a_choice_on_another_frame_takes_the_name_away(wall: Reviewed) -> None:
    wall.review.choose("lvid-f1", Phase.ED)
    wall.review.choose("lvid-f3", Phase.ED)
    assert names(wall) == ["IVS", "LVID", "LVPW"]


def test_the_beats_of_the_cine_name_their_frames(slicer_app: HeadlessSlicer) -> None:
    scene = Reviewed(slicer_app, make_cine(24))  # most of a beat of a second from its R wave on
    scene.predict("ivs", 0, WALL)
    scene.nodes.show_frame(0)
    for frame in range(24):
        scene.predict("lvid", frame, across(100 + 20 * np.cos(2 * np.pi * frame / 25)))
    assert scene.review.beats().ed_frames == (0,)
    scene.following.tick()  # predictions are looked at together
    assert names(scene) == ["IVSd", "LVIDd"]
    (end_systole,) = scene.review.beats().es_frames
    scene.nodes.show_frame(end_systole)
    assert names(scene) == ["LVIDs"]
    scene.nodes.show_frame(5)
    assert names(scene) == ["LVID"]


def test_a_saved_markup_is_labelled_as_the_shown_one(wall: Reviewed, tmp_path: Path) -> None:
    review, volume = wall.review, wall.nodes.volume
    review.choose("lvid-f1", Phase.ED)
    place = {wall.following.image: ijk_to_ras(volume)}
    write_markups(tmp_path, review, [review.entry("ivs-f1")], place)
    assert '"IVSd 1.00 cm"' in (tmp_path / "ivs-f1.mrk.json").read_text(encoding="utf-8")
