"""A review saves itself a moment after the last change."""

from __future__ import annotations

from pathlib import Path

import pytest
from review_studies import plax, predicted, upright

from EchoMeasureLib.errors import InvalidDocument
from EchoMeasureLib.review.autosave import Autosave
from EchoMeasureLib.review.document import load, read
from EchoMeasureLib.review.session import Review


class Watch:
    """A clock that the test sets, in seconds."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "review.json"


@pytest.fixture
def review() -> Review:
    review = Review(plax(), "AB")
    review.add_prediction(predicted("lvid", 0, upright(45)))
    return review


def test_nothing_is_saved_before_anything_changes(review: Review, path: Path, watch: Watch) -> None:
    with Autosave(review, path, watch) as autosave:
        watch.now += 1000
        assert not autosave.tick()
    assert not path.exists()


def test_it_saves_two_seconds_after_the_last_change(
    review: Review, path: Path, watch: Watch
) -> None:
    autosave = Autosave(review, path, watch)
    review.accept("lvid-f0")
    watch.now += 1.5
    review.note("lvid-f0", "good")
    watch.now += 1.5
    assert not autosave.tick()
    watch.now += 0.5
    assert autosave.tick()
    assert load(path, plax()).entry("lvid-f0").notes == "good"
    assert not autosave.pending
    assert not autosave.tick()


def test_a_busy_reviewer_is_saved_every_15_seconds(
    review: Review, path: Path, watch: Watch
) -> None:
    autosave = Autosave(review, path, watch)
    saved = []
    for second in range(33):
        review.note("lvid-f0", str(second))
        if autosave.tick():
            saved.append(second)
        watch.now += 1
    assert saved == [15, 31]


def test_leaving_saves_what_is_left_and_then_follows_no_longer(
    review: Review, path: Path, watch: Watch
) -> None:
    with Autosave(review, path, watch) as autosave:
        review.accept("lvid-f0")
    assert read(path).revision == 1
    review.reject("lvid-f0")
    watch.now += 100
    assert not autosave.tick()


def test_a_failure_is_told_and_tried_again_after_a_while(
    review: Review, path: Path, watch: Watch
) -> None:
    path.write_text("damaged", encoding="utf-8")
    autosave = Autosave(review, path, watch)
    review.accept("lvid-f0")
    watch.now += 2
    with pytest.raises(InvalidDocument):
        autosave.tick()
    assert autosave.pending
    watch.now += 9
    assert not autosave.tick()
    path.unlink()
    watch.now += 1
    assert autosave.tick()


def test_another_reviewers_work_between_two_saves_is_kept(
    review: Review, path: Path, watch: Watch
) -> None:
    autosave = Autosave(review, path, watch)
    review.accept("lvid-f0")
    autosave.flush()
    other = load(path, plax(), "B")
    with Autosave(other, path, watch):
        other.reject("lvid-f0", "no")
    review.note("lvid-f0", "mine")
    autosave.flush()
    layers = read(path).layers
    assert layers["B"].entries[0].reason == "no"
    assert layers["AB"].entries[0].notes == "mine"
