"""A strip that both networks and the envelope reader have read: one entry per beat, and a beat that
only one of them sees is said and counts for nothing until a person takes it over."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from drawn_waves import CM_S, STRIP, ZERO, Hump, cine, strip
from review_studies import MODEL, SteppingClock
from schemas import validate

from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.inference.prediction import Prediction
from EchoMeasureLib.measuring.by_envelope import READER
from EchoMeasureLib.measuring.calipers import Origin
from EchoMeasureLib.review.answers import State, answers_of
from EchoMeasureLib.review.document import parse, resume
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.review.writing import Writer

COLUMNS = (70, 190, 310, 430)
"""Four jets of 50 cm/s, 0.48 s apart."""
JETS = cine(strip([Hump(at, -100) for at in COLUMNS]))

NETWORK, ENVELOPE = Origin.PREDICTED, Origin.ENVELOPE


def saying(reader: Origin, *beats: int, confidence: float = 0.9, off: float = 0) -> Prediction:
    """What a reader says of these beats; `off` columns beside their peaks."""
    places = [(STRIP.x0 + COLUMNS[beat] + off, float(ZERO + 100)) for beat in beats]
    sure = confidence if reader is NETWORK else None
    found = tuple((Landmark(x, y, confidence=sure),) for x, y in places)
    return Prediction("lvotvmax", 0, found[0], MODEL if reader is NETWORK else READER, found)


def reviewed(*said: Prediction) -> Review:
    review = Review(JETS, "AB", SteppingClock())
    for prediction in said:
        review.add_prediction(prediction)
    return review


def in_time(review: Review) -> list[Entry]:
    return sorted(review.entries.values(), key=lambda entry: entry.caliper.points[0].x)


def flags(review: Review) -> list[Sequence[Flag]]:
    return [entry.caliper.flags for entry in in_time(review)]


ALONE = ((), (), (Flag.ONLY_NETWORK,), (Flag.ONLY_ENVELOPE,))


@pytest.mark.parametrize("first", [NETWORK, ENVELOPE])
def test_a_beat_that_only_one_sees_is_flagged_whoever_is_asked_first(first: Origin) -> None:
    said = [saying(NETWORK, 0, 1, 2), saying(ENVELOPE, 0, 1, 3, off=4)]
    review = reviewed(*(said if first is NETWORK else reversed(said)))
    assert flags(review) == [*ALONE]
    assert [entry.caliper.origin for entry in in_time(review)] == [NETWORK] * 3 + [ENVELOPE]
    seconds = [entry.second for entry in in_time(review)]
    assert [second.origin if second else None for second in seconds] == [ENVELOPE] * 2 + [None] * 2


def test_it_is_said_in_words_and_does_not_count() -> None:
    review = reviewed(saying(NETWORK, 0, 1, 2), saying(ENVELOPE, 0, 1, 3))
    measured = review.measured()["lvotvmax"]
    assert measured.value == pytest.approx(-100 * CM_S)
    assert [beat.counts for beat in measured.beats] == [True, True, False, False]
    answer = next(answer for answer in answers_of(review) if answer.id == "lvotvmax")
    assert answer.state is State.NEED_EYES
    assert "beat 3: only seen by the network" in answer.why
    assert "beat 4: only seen by the envelope reader" in answer.why
    assert "not the network" in in_time(review)[3].caliper.values[0].doubts


def test_one_reader_alone_is_not_compared_with_nobody() -> None:
    assert flags(reviewed(saying(NETWORK, 0, 1))) == [(), ()]
    assert flags(reviewed(saying(ENVELOPE, 0, 1))) == [(), ()]


@pytest.mark.parametrize("act", ["adopt", "move"])
def test_a_beat_that_a_person_takes_over_counts(act: str) -> None:
    review = reviewed(saying(NETWORK, 0, 1), saying(ENVELOPE, 0, 1, 3))
    (id,) = [entry.id for entry in in_time(review) if entry.caliper.flags]
    if act == "adopt":
        review.adopt(id)
    else:
        review.move(id, [(STRIP.x0 + COLUMNS[3], ZERO + 98.0)])
    assert flags(review) == [(), (), ()]
    assert len(review.measured()["lvotvmax"].entries) == 3
    review.undo()
    assert flags(review)[2] == (Flag.ONLY_ENVELOPE,)


def by_hand(review: Review, beat: int, off: float = 0) -> Entry:
    return review.place("lvotvmax", 0, [(STRIP.x0 + COLUMNS[beat] + off, ZERO + 98.0)])


NO_READER = "that no reader has found"


def test_a_beat_put_by_hand_that_no_reader_has_found_is_said_and_counts() -> None:
    review = reviewed(saying(ENVELOPE, 0, 1))
    there, beyond = by_hand(review, 1, off=3).id, by_hand(review, 2).id
    assert NO_READER not in review.entry(there).caliper.values[0].doubts
    assert NO_READER in review.entry(beyond).caliper.values[0].doubts
    assert not review.entry(beyond).caliper.flags
    assert len(review.measured()["lvotvmax"].entries) == 3
    review.accept(beyond)
    assert NO_READER not in review.entry(beyond).caliper.values[0].doubts


def test_a_missed_beat_between_found_ones_is_not_taken_for_one_of_them() -> None:
    review = reviewed(saying(ENVELOPE, 0, 3))
    between = by_hand(review, 1).id
    assert NO_READER in review.entry(between).caliper.values[0].doubts


def test_by_hand_alone_nothing_is_said_of_readers_that_were_not_asked() -> None:
    review = reviewed()
    assert NO_READER not in by_hand(review, 1).caliper.values[0].doubts


def test_a_beat_of_one_reader_on_which_a_person_agrees_is_of_two() -> None:
    review = reviewed(saying(NETWORK, 0, 1), saying(ENVELOPE, 0, 1, 3))
    own = by_hand(review, 3, off=2).id
    assert all(not entry.caliper.flags for entry in in_time(review))
    review.reject(own)
    assert [Flag.ONLY_ENVELOPE in entry.caliper.flags for entry in in_time(review)].count(True) == 1


def test_each_reader_takes_back_its_own_word_only() -> None:
    review = reviewed(saying(NETWORK, 0, 1, 2), saying(ENVELOPE, 0, 1, 3))
    review.add_prediction(saying(ENVELOPE, 0, 2))
    assert flags(review) == [(), (Flag.ONLY_NETWORK,), ()]
    review.add_prediction(saying(NETWORK, 0, 1))
    assert flags(review) == [(), (Flag.ONLY_NETWORK,), (Flag.ONLY_ENVELOPE,)]
    assert [entry.caliper.origin for entry in in_time(review)] == [NETWORK, NETWORK, ENVELOPE]


def test_what_a_network_did_not_find_is_not_seen_by_it() -> None:
    review = reviewed(saying(NETWORK, 0, confidence=0.01), saying(ENVELOPE, 0, 1))
    assert [entry.caliper.origin for entry in in_time(review)] == [ENVELOPE, ENVELOPE]
    assert flags(review) == [(Flag.ONLY_ENVELOPE,)] * 2


def test_the_only_beats_of_two_readers_may_be_two_beats() -> None:
    review = reviewed(saying(NETWORK, 0), saying(ENVELOPE, 2))
    assert flags(review) == [(Flag.ONLY_NETWORK,), (Flag.ONLY_ENVELOPE,)]


def test_what_the_reviewer_has_handled_stays_where_it_is() -> None:
    review = reviewed(saying(ENVELOPE, 0, 1))
    first = in_time(review)[0].id
    review.accept(first)
    review.add_prediction(saying(NETWORK, 0, 1, off=3))
    kept = review.entry(first)
    assert (kept.status, kept.caliper.origin) == (Status.ACCEPTED, ENVELOPE)
    assert [one.origin for one in kept.said] == [NETWORK, ENVELOPE]


def test_both_words_are_in_the_document_and_go_to_the_next_reviewer() -> None:
    review = reviewed(saying(NETWORK, 0, 1, 2), saying(ENVELOPE, 0, 1, 3))
    text = Writer(review).text()
    validate(json.loads(text), "review/review.schema.json")
    again = resume(parse(text, "here"), JETS)
    assert dict(again.entries) == dict(review.entries)
    other = Review.begin_from(list(review.images.values()), review.layer(), "CD")
    other.add_cine(JETS)
    assert flags(other) == [*ALONE]
