"""A saved review that is changed where it lies, also where somebody else is faster."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from review_studies import plax, predicted, upright

from EchoMeasureLib.errors import InvalidArgument, InvalidDocument
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.review.document import load, read_document, save
from EchoMeasureLib.review.image_files import open_image
from EchoMeasureLib.review.images import image_key
from EchoMeasureLib.review.on_disk import changed
from EchoMeasureLib.review.session import Review


@pytest.fixture
def path(tmp_path: Path) -> Path:
    review = Review(plax(), "AB")
    for frame in range(3):
        review.add_prediction(predicted("lvid", frame, upright(40 + frame)))
    save(review, tmp_path / "review.json")
    return tmp_path / "review.json"


def accepted(path: Path, reviewer: str = "AB") -> set[str]:
    entries = read_document(path).layers[reviewer].entries
    return {entry.id for entry in entries if entry.status.value == "accepted"}


def test_who_was_overtaken_by_the_same_reviewer_decides_once_more(path: Path) -> None:
    """Another program accepts one caliper between our reading and our saving."""
    calls = []

    def act(review: Review) -> None:
        calls.append(len(review.audit))
        if len(calls) == 1:
            other = load(path, plax(), "AB")
            other.accept("lvid-f1")
            save(other, path)
        review.accept("lvid-f0")

    changed(path, "AB", act)
    assert len(calls) == 2
    assert calls[1] > calls[0], "the second time it sees what the other has done"
    assert accepted(path) == {"lvid-f0", "lvid-f1"}


def test_another_reviewer_is_in_nobody_s_way(path: Path) -> None:
    calls = []

    def act(review: Review) -> None:
        calls.append(review)
        other = Review.begin_from(tuple(review.images.values()), review.layer(), "CD")
        other.accept("lvid-f1")
        save(other, path)
        review.accept("lvid-f0")

    changed(path, "AB", act)
    assert len(calls) == 1
    assert (accepted(path), accepted(path, "CD")) == ({"lvid-f0"}, {"lvid-f1"})


def test_an_error_and_a_decision_that_changes_nothing_write_nothing(path: Path) -> None:
    before = path.read_bytes()

    def fails(review: Review) -> None:
        review.accept("lvid-f0")
        review.accept("lvid-f9")

    with pytest.raises(InvalidArgument):
        changed(path, "AB", fails)
    assert changed(path, "AB", lambda review: "nothing done") == "nothing done"
    assert path.read_bytes() == before


def test_who_is_always_overtaken_gives_up(path: Path) -> None:
    def act(review: Review) -> None:
        other = load(path, plax(), "AB")
        other.note("lvid-f1", f"{len(other.audit)}")
        save(other, path)
        review.accept("lvid-f0")

    with pytest.raises(InvalidDocument, match="this session does not know"):
        changed(path, "AB", act)
    assert accepted(path) == set()


def test_the_file_of_an_image_is_found_beside_a_document_by_what_it_is(
    tmp_path: Path, real_file: Callable[[str], Path]
) -> None:
    """Whatever it is called, and among files that are no images."""
    echo = real_file("JPGLosslessP14SV1_1s_1f_8b.dcm")
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "b").mkdir()
    (tmp_path / "c.bin").write_bytes(echo.read_bytes())
    key = image_key(read(echo))
    assert image_key(open_image(key, [], tmp_path)) == key
    assert image_key(open_image(key, [echo], tmp_path / "b")) == key
    with pytest.raises(InvalidArgument, match=r"not in .*--file"):
        open_image("1.2.3", [echo], tmp_path)
