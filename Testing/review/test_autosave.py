"""A review saves itself a moment after the last change."""

from __future__ import annotations

from pathlib import Path

import pytest
from review_studies import plax, predicted, upright

from EchoMeasureLib.errors import OutputProblem
from EchoMeasureLib.review.autosave import Autosave
from EchoMeasureLib.review.document import load, read_document, save
from EchoMeasureLib.review.entries import Status
from EchoMeasureLib.review.places import put_aside, taken_places
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
    assert read_document(path).revision == 1
    review.reject("lvid-f0")
    watch.now += 100
    assert not autosave.tick()


def test_a_failure_is_told_and_tried_again_after_a_while(
    review: Review, tmp_path: Path, watch: Watch
) -> None:
    folder = tmp_path / "reviews"
    folder.write_text("no folder", encoding="utf-8")
    autosave = Autosave(review, folder / "review.json", watch)
    review.accept("lvid-f0")
    watch.now += 2
    with pytest.raises(OutputProblem):
        autosave.tick()
    assert autosave.pending
    watch.now += 9
    assert not autosave.tick()
    folder.unlink()
    watch.now += 1
    assert autosave.tick()


def test_a_damaged_file_stays_and_the_review_goes_beside_it(
    review: Review, path: Path, watch: Watch
) -> None:
    path.write_text("damaged", encoding="utf-8")
    with Autosave(review, path, watch) as autosave:
        review.accept("lvid-f0")
    assert path.read_text(encoding="utf-8") == "damaged"
    assert autosave.path.name == "review-2.json"
    assert "no JSON document" in autosave.moved
    assert load(autosave.path, plax()).entry("lvid-f0").status is Status.ACCEPTED


def test_two_sessions_of_one_reviewer_both_keep_their_work(
    review: Review, path: Path, watch: Watch
) -> None:
    save(review, path)
    here, there = load(path, plax()), load(path, plax())
    with Autosave(here, path, watch) as first, Autosave(there, path, watch) as second:
        here.accept("lvid-f0")
        first.flush()
        there.reject("lvid-f0")
        second.flush()
        here.note("lvid-f0", "still here")
    assert (first.path, second.path) == (path, path.with_name("review-2.json"))
    assert first.moved == ""
    assert "work of AB that this session does not know" in second.moved
    assert load(first.path, plax()).entry("lvid-f0").notes == "still here"
    assert load(second.path, plax()).entry("lvid-f0").status is Status.REJECTED


def test_the_session_that_went_beside_goes_on_there(
    review: Review, path: Path, watch: Watch
) -> None:
    path.write_text("damaged", encoding="utf-8")
    with Autosave(review, path, watch):
        review.accept("lvid-f0")
    again = load(path.with_name("review-2.json"), plax())
    with Autosave(again, path, watch) as autosave:
        again.note("lvid-f0", "next day")
    assert taken_places(path) == (path, autosave.path)


def test_one_reviewers_work_is_put_aside_and_the_others_stay(review: Review, path: Path) -> None:
    save(review, path)
    other = load(path, plax(), "B")
    other.accept("lvid-f0")
    save(other, path)
    copy = put_aside(path, "AB")
    assert set(read_document(path).layers) == {"B"}
    assert set(read_document(copy).layers) == {"AB", "B"}
    put_aside(path, "B")
    assert taken_places(path) == ()


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
    layers = read_document(path).layers
    assert layers["B"].entries[0].reason == "no"
    assert layers["AB"].entries[0].notes == "mine"
