"""A traced beat that does not show its own edge is flagged, counts for nothing until a person has
looked, and is the reviewer's once moved or taken over."""

from __future__ import annotations

import re

import numpy as np
import pytest
from flagged_reviews import flagged_review

from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.review.answers import answers_of
from EchoMeasureLib.review.document import parse, resume
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.review.writing import Writer


@pytest.fixture
def review() -> Review:
    return flagged_review(Flag.EDGE_UNSEEN)


def flagged(review: Review) -> list[Entry]:
    there = review.entries.values()
    return [entry for entry in there if Flag.EDGE_UNSEEN in entry.caliper.flags]


def vti(entry: Entry) -> float:
    value = entry.caliper.value("avvti").value
    assert value is not None
    return value


def test_only_the_beat_itself_is_flagged_and_the_mean_is_of_the_others(review: Review) -> None:
    doubtful = flagged(review)
    others = [entry for entry in review.entries.values() if entry not in doubtful]
    assert len(doubtful) == 1 < len(others)
    counted = review.measured()["avvti"]
    assert {*counted.entries} == {entry.id for entry in others}
    assert counted.value == pytest.approx(np.mean([vti(entry) for entry in others]))


def test_it_is_said_how_far_it_lies_from_the_others_unless_that_is_nothing(review: Review) -> None:
    """Of integrals nobody knows by how much one reading errs: every difference would be said."""
    whys = {answer.id: answer.why for answer in answers_of(review) if answer.entries}
    assert set(whys) == {"avvti", "av_mean_gradient", "av_at"}
    assert all("its own edge is not clear" in why for why in whys.values())
    away = [re.search(r"([\d.]+) \S+ from the others", why) for why in whys.values()]
    assert all(float(found.group(1)) > 0 for found in away if found)
    assert None in away, "this phantom does not ask what is asked here"


def test_a_person_takes_it_over_or_moves_it(review: Review) -> None:
    (entry,) = flagged(review)
    review.adopt(entry.id)
    assert flagged(review) == []
    assert review.entry(entry.id).status is Status.ACCEPTED
    assert entry.id in review.measured()["avvti"].entries
    review.undo()
    assert [one.id for one in flagged(review)] == [entry.id]
    points = [PixelPoint(p.x, p.y) for p in entry.caliper.points]
    review.move(
        entry.id, [points[0], *(PixelPoint(p.x, p.y + 1) for p in points[1:-1]), points[-1]]
    )
    assert flagged(review) == []


def test_it_is_flagged_as_well_when_the_review_is_opened_again(review: Review) -> None:
    text = Writer(review).text()
    again = resume(parse(text, "saved"), review.cine())
    assert [one.id for one in flagged(again)] == [one.id for one in flagged(review)]
