"""Going back to an image of a study finds what was seen in it; a file that has changed does not."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom import dcmread
from ultrasound_files import spectral, write_ultrasound

from EchoMeasureLib.desk.desk import Desk
from EchoMeasureLib.desk.same_files import SameFiles
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.inference.settings import Reader


class Reading:
    """Counts how often a file is read."""

    def __init__(self) -> None:
        self.paths: list[Path] = []

    def __call__(self, path: Path) -> Cine:
        self.paths.append(path)
        return Cine(ArraySource(np.zeros((1, 4, 4, 3), np.uint8)), Timing(None, ""))


def test_a_file_is_read_once_while_its_image_is_held(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"1")
    other.write_bytes(b"1")
    reading = Reading()
    files = SameFiles(reading)
    cine = files.read(one)
    assert files.read(one) is cine
    assert files.read(other) is not cine
    assert reading.paths == [one, other]
    del cine
    gc.collect()
    files.read(one)
    assert reading.paths == [one, other, one]


def test_a_file_that_was_changed_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "one"
    path.write_bytes(b"1")
    reading = Reading()
    files = SameFiles(reading)
    before = files.read(path)
    path.write_bytes(b"12")
    assert files.read(path) is not before
    path.unlink()
    files.read(path)
    assert len(reading.paths) == 3


def test_who_comes_back_to_an_image_finds_it_as_it_was_left(desk: Desk, plax: Path) -> None:
    """Its walls were judged once: what is known of a cine is kept with it."""
    node = desk.load_file(plax)
    cine = desk.study.cine
    desk.open_node(node, plax)
    assert cine is not None
    assert desk.study.cine is cine


def test_who_comes_back_to_a_strip_finds_the_file_that_names_its_flow(
    desk: Desk, tmp_path: Path
) -> None:
    """Without its words the one jet would be asked for as that of every valve."""
    strip = spectral()
    words = {"SeriesDescription": "TR CW"}
    jet = write_ultrasound(tmp_path / "jet.dcm", regions=[strip], tags=words)
    tags = {"StudyInstanceUID": dcmread(jet, stop_before_pixels=True).StudyInstanceUID}
    other = write_ultrasound(tmp_path / "other.dcm", regions=[strip], tags=tags)
    desk.load_file(jet)
    asked_for = desk.measuring.ticked_at_once(Reader.ENVELOPE)
    assert asked_for == ("trvmax", "trvti")
    cine, key = desk.study.cine, desk.study.image
    desk.load_file(other)
    assert len(desk.measuring.ticked_at_once(Reader.ENVELOPE)) > 2
    assert desk.show_image(key)
    assert desk.study.cine is cine
    assert desk.measuring.ticked_at_once(Reader.ENVELOPE) == asked_for
    other_key = next(k for k in desk.study.need_review().images if k != key)
    other.unlink()
    assert desk.show_image(other_key)
    assert desk.study.need_cine().path is None


def test_a_picture_that_is_loaded_twice_is_one_image_with_one_history(
    desk: Desk, tmp_path: Path
) -> None:
    """A picture belongs to no study; it is known by its file."""
    path = tmp_path / "screen.png"
    Image.new("RGB", (320, 240), (20, 20, 20)).save(path)
    first = desk.load_file(path)
    desk.study.need_review().place("lvid", 0, [(100, 50), (100, 150)])
    review = desk.study.review
    assert desk.load_file(path) is not first
    assert desk.study.review is review
    desk.open_node(first)
    assert desk.study.need_review().undo() == "place"
    Image.new("RGB", (320, 240), (60, 60, 60)).save(path)
    desk.load_file(path)
    assert desk.study.review is not review
