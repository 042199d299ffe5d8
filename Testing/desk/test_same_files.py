"""Going back to an image of a study finds what was seen in it; a file that has changed does not."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np

from EchoMeasureLib.desk.desk import Desk
from EchoMeasureLib.desk.same_files import SameFiles
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing


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
