"""What a file says of the person enters a review in the file's name, and only where nothing is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from review_studies import plax, spectral

from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.subject_facts import SubjectFacts
from EchoMeasureLib.measuring.examination import Examination
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.document import load, save
from EchoMeasureLib.review.entries import Action
from EchoMeasureLib.review.session import Review

FACTS = SubjectFacts("F", 165, 60, 62, heart_rate=70)
WOMAN = Subject("F", 165, 60, 62, from_file=frozenset({"sex", "height_cm", "weight_kg", "age"}))
RATE = Examination(heart_rate=70, from_file=frozenset({"heart_rate"}))


def saying(cine: Cine, facts: SubjectFacts) -> Cine:
    cine.subject = facts
    return cine


@pytest.fixture
def review() -> Review:
    return Review(saying(plax(), FACTS), "AB")


def test_a_review_begins_with_what_the_file_says_signed_by_the_file(review: Review) -> None:
    assert (review.subject, review.examination) == (WOMAN, RATE)
    assert [(e.action, e.who) for e in review.audit] == [(Action.FROM_FILE, "file")] * 2
    assert "F, 62 years, 165 cm, 60 kg" in review.audit[0].detail
    assert not review.can_undo, "nobody has done anything"
    row = review.sheet().row("heart_rate")
    assert row is not None
    assert (row.text, row.basis, row.manual) == ("70 /min", "from the file", True)


def test_a_file_that_says_nothing_leaves_no_trace() -> None:
    review = Review(plax(), "AB")
    assert (review.subject, review.examination, review.audit) == (Subject(), Examination(), ())


def test_another_image_adds_only_what_is_not_known() -> None:
    review = Review(saying(plax(), SubjectFacts("F", 165)), "AB")
    review.add_cine(saying(spectral(), SubjectFacts("M", 180, 61, 40, 90)))
    assert (review.subject.sex, review.subject.height_cm) == ("F", 165)
    assert (review.subject.weight_kg, review.subject.age) == (61, 40)
    assert review.examination.heart_rate == 90


def test_what_the_reader_changes_is_no_longer_from_the_file(review: Review) -> None:
    review.describe(replace(review.subject, height_cm=170))
    assert review.subject.from_file == {"sex", "weight_kg", "age"}
    review.describe(Subject("F", 170, 60, 62))
    assert review.subject.from_file == {"sex", "weight_kg", "age"}, "the same facts, typed again"
    review.examine(Examination(heart_rate=72))
    assert review.examination.from_file == frozenset()


def test_a_reader_cannot_say_that_it_was_the_file() -> None:
    review = Review(plax(), "AB")
    review.describe(Subject("F", from_file=frozenset({"sex"})))
    assert review.subject.from_file == frozenset()


def test_what_the_reader_took_out_stays_out(review: Review, tmp_path: Path) -> None:
    review.describe(Subject("F"))
    review.add_cine(saying(spectral(), FACTS))
    assert review.subject == Subject("F", from_file=frozenset({"sex"}))
    save(review, tmp_path / "review.json")
    again = load(tmp_path / "review.json", saying(plax(), FACTS))
    assert again.subject == review.subject
    assert again.examination == RATE


def test_one_fact_of_the_file_is_taken_out_by_itself(review: Review) -> None:
    """As the forms of panel and page do it: all as it is, and one field emptied."""
    review.describe(replace(review.subject, age=None, sex=""))
    assert (review.subject.age, review.subject.sex) == (None, "")
    assert review.subject.from_file == {"height_cm", "weight_kg"}
    review.examine(replace(review.examination, heart_rate=None))
    assert (review.examination.heart_rate, review.examination.from_file) == (None, frozenset())


def test_opening_again_adds_nothing(review: Review, tmp_path: Path) -> None:
    save(review, tmp_path / "review.json")
    again = load(tmp_path / "review.json", saying(plax(), FACTS))
    assert again.audit == review.audit


def test_undo_takes_back_the_readers_word_and_not_the_files(review: Review) -> None:
    review.describe(Subject("M"))
    review.undo()
    assert review.subject == WOMAN
    with pytest.raises(InvalidState):
        review.undo()


def test_of_what_the_reader_has_said_nothing_a_later_file_may_speak() -> None:
    review = Review(plax(), "AB")
    review.examine(Examination(lavi=30))
    review.add_cine(saying(spectral(), FACTS))
    assert (review.subject, review.examination) == (WOMAN, Examination(lavi=30))


def test_a_new_reader_of_the_same_study_begins_with_the_person_but_no_numbers(
    review: Review,
) -> None:
    review.examine(replace(review.examination, lavi=40))
    other = Review.begin_from(tuple(review.images.values()), review.layer(), "CD")
    other.add_cine(saying(plax(), FACTS))
    assert (other.subject, other.examination) == (WOMAN, RATE)
