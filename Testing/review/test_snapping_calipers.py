"""One key puts a caliper on its wave and back; the audit trail and undo know of both."""

from __future__ import annotations

import pytest
from drawn_waves import CM_S, STRIP, ZERO, Hump, cine, strip
from review_studies import SteppingClock, predicted

from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.measuring.calipers import Origin
from EchoMeasureLib.review.document import parse, resume
from EchoMeasureLib.review.entries import Action, Status
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.review.snapped import BACK, SNAPPED
from EchoMeasureLib.review.writing import Writer

E_AND_A = cine(strip([Hump(150, 100), Hump(300, 60)]))
LOW = [(STRIP.x0 + 150.0, ZERO - 88.0), (STRIP.x0 + 300.0, ZERO - 40.0)]
"""Both below their peaks of 50 and 30 cm/s."""


@pytest.fixture
def review() -> Review:
    return Review(E_AND_A, "AB", SteppingClock())


def speeds(review: Review, id: str = "mvpeak-f0") -> list[float]:
    return [review.entry(id).caliper.value(name).value or 0.0 for name in ("e", "a")]


def places(review: Review, id: str = "mvpeak-f0") -> list[tuple[float, float]]:
    return [(p.x, p.y) for p in review.entry(id).caliper.points]


def test_both_points_go_to_their_peaks_in_one_step(review: Review) -> None:
    review.place("mvpeak", 0, LOW)
    assert Flag.ENVELOPE_DISAGREES in review.entry("mvpeak-f0").caliper.flags
    entry = review.snap("mvpeak-f0")
    assert speeds(review) == pytest.approx([100 * CM_S, 60 * CM_S], rel=0.02)
    assert (entry.status, entry.caliper.origin) == (Status.EDITED, Origin.MANUAL)
    assert entry.caliper.flags == ()
    event = review.audit[-1]
    assert (event.action, event.who, event.detail) == (Action.SNAP, "AB", SNAPPED)
    assert event.before is not None
    assert list(event.before.points) == LOW
    assert review.undo() == "snap"
    assert places(review) == LOW


def test_the_same_key_goes_back_and_forth(review: Review) -> None:
    review.place("mvpeak", 0, LOW)
    for _ in range(2):
        review.snap("mvpeak-f0")
        assert places(review) != LOW
        review.snap("mvpeak-f0")
        assert places(review) == LOW
        assert (review.audit[-1].action, review.audit[-1].detail) == (Action.MOVE, BACK)


def test_what_was_dragged_since_snaps_anew(review: Review) -> None:
    review.place("mvpeak", 0, LOW)
    peaks = places(review.snap("mvpeak-f0") and review)
    review.move("mvpeak-f0", [(x, y + 9) for x, y in LOW])
    review.snap("mvpeak-f0")
    assert [y for _, y in places(review)] == pytest.approx([y for _, y in peaks], abs=0.5)
    review.undo()
    review.redo()
    review.snap("mvpeak-f0")
    assert places(review) == [(x, y + 9) for x, y in LOW]


def test_after_undo_the_key_still_knows_the_way_back(review: Review) -> None:
    review.place("mvpeak", 0, LOW)
    peaks = places(review.snap("mvpeak-f0") and review)
    review.snap("mvpeak-f0")
    review.undo()
    assert places(review) == peaks
    review.snap("mvpeak-f0")
    assert places(review) == LOW


def test_it_goes_back_to_where_it_came_from_whatever_was_undone_since(review: Review) -> None:
    """Two ways to one peak; the second way is taken back."""
    review.place("mvpeak", 0, LOW)
    review.snap("mvpeak-f0")
    review.move("mvpeak-f0", [(x, y + 9) for x, y in LOW])
    review.snap("mvpeak-f0")
    review.undo()
    review.undo()
    review.snap("mvpeak-f0")
    assert places(review) == LOW


def test_a_network_s_caliper_becomes_the_reviewers_and_goes_back_to_being_the_network_s(
    review: Review,
) -> None:
    before = review.add_prediction(predicted("mvpeak", 0, LOW, confidence=0.2))
    snapped = review.snap(before.id)
    assert (snapped.status, snapped.caliper.origin) == (Status.EDITED, Origin.EDITED)
    assert review.snap(before.id) == before


def test_the_way_back_is_in_the_document(review: Review) -> None:
    review.place("mvpeak", 0, LOW)
    review.snap("mvpeak-f0")
    again = resume(parse(Writer(review).text(), "here"), E_AND_A)
    again.snap("mvpeak-f0")
    assert places(again) == LOW


@pytest.mark.parametrize(
    ("a", "words"),
    [
        ((420.0, ZERO - 80.0), "A stays: the picture shows no wave there."),
        ((STRIP.x0 + 150.0, ZERO - 88.0), "Both points would go to the same wave."),
    ],
)
def test_it_says_why_a_point_stays(review: Review, a: tuple[float, float], words: str) -> None:
    from EchoMeasureLib.review.snapped import staying

    review.place("mvpeak", 0, [LOW[0], a])
    assert staying(review.find_snaps("mvpeak-f0")) == words


def test_where_nothing_moves_nothing_is_written(review: Review) -> None:
    review.place("trvmax", 0, [(STRIP.x0 + 420.0, ZERO + 80.0)])
    events = len(review.audit)
    with pytest.raises(InvalidState, match="calibrated Doppler strip"):
        review.snap("trvmax-f0")  # the strip is of pulsed wave Doppler
    review.place("lvotvmax", 0, [(STRIP.x0 + 420.0, ZERO + 80.0)])
    with pytest.raises(InvalidState, match="Nothing is seen on that side"):
        review.snap("lvotvmax-f0")
    assert len(review.audit) == events + 1
