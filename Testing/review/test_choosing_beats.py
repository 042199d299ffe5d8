"""Every beat that the network found on a strip stays at hand, and one of them is chosen."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from review_studies import MODEL, predicted, predicted_beats, spectral
from schemas import schema

from EchoMeasureLib.errors import InvalidArgument, InvalidDocument
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.measuring.averaging import means
from EchoMeasureLib.measuring.calipers import Origin
from EchoMeasureLib.review.document import load, read_document, save
from EchoMeasureLib.review.entries import Action, Status
from EchoMeasureLib.review.session import Review

BEATS = ([(5, 12), (15, 16)], [(30, 11), (40, 15)], [(55, 10), (65, 14)])
"""E 80, 90, 100 and A 40, 50, 60 cm/s: 10 cm/s a row above the baseline at row 20."""

ID = "mvpeak-f0"


@pytest.fixture
def review() -> Review:
    """The second of three beats is the clearest."""
    review = Review(spectral(), "AB")
    review.add_prediction(predicted_beats("mvpeak", BEATS, clearest=1))
    return review


def numbers(review: Review) -> list[float | None]:
    return [value.value for value in review.entry(ID).caliper.values]


def places(review: Review) -> list[tuple[float, float]]:
    return [tuple(point.point) for point in review.entry(ID).caliper.points]


def test_it_lies_on_the_clearest_beat_and_knows_the_others(review: Review) -> None:
    entry = review.entry(ID)
    assert (entry.beat, len(entry.beats)) == (1, 3)
    assert numbers(review) == [90, 50, pytest.approx(1.8)]
    assert [beat.values[0].value for beat in entry.beats] == [80, 90, 100]


def test_the_clearest_beat_is_the_prediction_with_all_its_doubts() -> None:
    """The decoders lie 5 px apart on it: more than 0.5 % of the diagonal of 100 px."""
    said = predicted_beats("mvpeak", BEATS, clearest=1)
    points = tuple(replace(point, disagreement=5.0) for point in said.points)
    review = Review(spectral(), "AB")
    entry = review.add_prediction(replace(said, points=points))
    assert entry.beats[1] == entry.predicted
    assert [beat.flags for beat in entry.beats] == [(), (Flag.DECODERS_DISAGREE,), ()]


def test_taking_a_beat_moves_points_and_values_as_one_step(review: Review) -> None:
    review.take_beat(ID, 2)
    assert places(review) == BEATS[2]
    assert numbers(review) == [100, 60, pytest.approx(100 / 60)]
    assert review.measured()["e"].value == 100
    assert review.undo() == "beat"
    assert places(review) == BEATS[1]
    assert not review.can_undo
    review.redo()
    assert places(review) == BEATS[2]


def test_the_audit_trail_names_the_beat_from_and_to(review: Review) -> None:
    review.take_beat(ID, 2)
    event = review.audit[-1]
    assert (event.action, event.who, event.detail) == (Action.BEAT, "AB", "beat 3 of 3")
    assert event.before is not None
    assert event.after is not None
    assert [event.before.values[0], event.after.values[0]] == [90, 100]


def test_the_points_stay_the_networks_and_wait_for_the_reviewer(review: Review) -> None:
    entry = review.take_beat(ID, 0)
    assert (entry.status, entry.reviewer, entry.time) == (Status.UNREVIEWED, "", "")
    assert (entry.caliper.origin, entry.caliper.model) == (Origin.PREDICTED, MODEL)
    assert [point.confidence for point in entry.caliper.points] == [0.9, 0.9]


@pytest.mark.parametrize("handle", ["accept", "reject", "move"])
def test_what_was_said_of_another_beat_falls(review: Review, handle: str) -> None:
    if handle == "move":
        review.move(ID, [(30, 10), (40, 15)])
    else:
        getattr(review, handle)(ID)
    review.take_beat(ID, 2)
    assert review.entry(ID).status is Status.UNREVIEWED
    assert places(review) == BEATS[2]


def test_reset_goes_back_to_the_clearest(review: Review) -> None:
    review.take_beat(ID, 0)
    review.reset(ID)
    assert review.entry(ID).beat == 1


def test_a_beat_that_is_accepted_and_reopened_is_still_that_beat(review: Review) -> None:
    review.take_beat(ID, 2)
    review.accept(ID)
    assert review.entry(ID).status is Status.ACCEPTED
    review.reopen(ID)
    assert (review.entry(ID).status, review.entry(ID).beat) == (Status.UNREVIEWED, 2)


def test_a_moved_caliper_is_on_no_beat_but_near_one(review: Review) -> None:
    review.take_beat(ID, 2)
    review.move(ID, [(54, 9), (65, 14)])
    assert (review.entry(ID).beat, review.entry(ID).nearest_beat) == (None, 2)


def test_taking_the_beat_it_lies_on_is_no_step(review: Review) -> None:
    events = len(review.audit)
    review.take_beat(ID, 1)
    assert len(review.audit) == events


@pytest.mark.parametrize("beat", [-1, 3])
def test_a_beat_that_is_not_there_is_refused(review: Review, beat: int) -> None:
    with pytest.raises(InvalidArgument, match="found 3 beats"):
        review.take_beat(ID, beat)


def test_with_one_beat_or_by_hand_there_is_nothing_to_choose() -> None:
    review = Review(spectral(), "AB")
    review.add_prediction(predicted_beats("mvpeak", BEATS[:1]))
    by_hand = review.place("mvpeak", 0, BEATS[2])
    for id in (ID, by_hand.id):
        assert review.entry(id).beats == ()
        assert review.entry(id).nearest_beat is None
        with pytest.raises(InvalidArgument, match="no more than one beat"):
            review.take_beat(id, 0)


def test_the_flags_of_a_doubtful_beat_come_with_it() -> None:
    review = Review(spectral(), "AB")
    review.add_prediction(predicted_beats("mvpeak", BEATS, 0, (0.9, 0.2, 0.9)))
    assert Flag.LOW_CONFIDENCE in review.take_beat(ID, 1).caliper.flags
    assert review.measured()["e"].value is None
    # (80 + 100) / 2, without the doubtful 90
    assert means(review.entry(ID).beats)[0].value == 90


class TestMeasuringAgain:
    """Another network finds the beats 1 px higher: 10 cm/s more each."""

    HIGHER = tuple([(x, y - 1) for x, y in beat] for beat in BEATS)

    def test_the_chosen_beat_is_followed(self, review: Review) -> None:
        review.take_beat(ID, 2)
        review.add_prediction(predicted_beats("mvpeak", self.HIGHER, clearest=0))
        assert (review.entry(ID).beat, places(review)) == (2, self.HIGHER[2])
        assert numbers(review)[0] == 110

    def test_the_clearest_is_followed_where_none_was_chosen(self, review: Review) -> None:
        review.add_prediction(predicted_beats("mvpeak", self.HIGHER, clearest=0))
        assert places(review) == self.HIGHER[0]

    def test_a_single_beat_replaces_them_all(self, review: Review) -> None:
        review.take_beat(ID, 2)
        review.add_prediction(predicted("mvpeak", 0, BEATS[0]))
        assert (review.entry(ID).beats, places(review)) == ((), BEATS[0])

    def test_an_accepted_caliper_stays_and_its_beats_are_the_new_ones(self, review: Review) -> None:
        review.accept(ID)
        review.add_prediction(predicted_beats("mvpeak", self.HIGHER, clearest=0))
        assert places(review) == BEATS[1]
        assert review.entry(ID).beat is None
        review.take_beat(ID, 1)
        assert places(review) == self.HIGHER[1]

    def test_undo_goes_back_to_the_beat_as_the_network_has_it_now(self, review: Review) -> None:
        review.take_beat(ID, 2)
        review.accept(ID)
        review.add_prediction(predicted_beats("mvpeak", self.HIGHER, clearest=0))
        review.undo()
        assert (review.entry(ID).status, places(review)) == (Status.UNREVIEWED, self.HIGHER[2])


def test_calibration_by_hand_measures_every_beat_anew(review: Review) -> None:
    """20 instead of 10 cm/s a row."""
    box = Box(0, 0, 79, 59)
    units, delta = ("s", "cm/s"), (0.01, -20.0)
    region = Region(-1, RegionKind.PW, box, units, delta, (0, 20), (0.0, 0.0))
    review.take_beat(ID, 0)
    review.calibrate([region])
    entry = review.entry(ID)
    assert [beat.values[0].value for beat in entry.beats] == [160, 180, 200]
    assert (entry.beat, numbers(review)[0]) == (0, 160)
    assert means(entry.beats)[0].value == 180


def test_beats_are_saved_and_every_reviewer_gets_them(review: Review, tmp_path: Path) -> None:
    path = tmp_path / "review.json"
    review.take_beat(ID, 2)
    save(review, path)
    saved = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.validate(saved, schema("review/review.schema.json"))
    assert saved["schema_version"] == 3
    again = load(path, spectral())
    assert again.layer().entries == review.layer().entries
    assert again.audit == review.audit
    other = load(path, spectral(), "CD")
    assert (other.entry(ID).beat, len(other.entry(ID).beats)) == (1, 3)


def test_a_beat_of_another_measurement_is_refused(review: Review, tmp_path: Path) -> None:
    path = tmp_path / "review.json"
    save(review, path)
    saved = json.loads(path.read_text(encoding="utf-8"))
    saved["layers"][0]["entries"][0]["beats"][1]["frame"] = 1
    saved["images"][0]["frames"] = 2
    path.write_text(json.dumps(saved), encoding="utf-8")
    with pytest.raises(InvalidDocument, match="of another measurement or frame"):
        read_document(path)


class TestMigration:
    SAMPLE = Path(__file__).with_name("review_v1.json")

    def test_a_document_of_version_1_has_no_beats_to_choose(self, tmp_path: Path) -> None:
        """The sample: an accepted E of 80 and A of 50 cm/s, and a TR peak placed by hand."""
        path = tmp_path / "review.json"
        path.write_bytes(self.SAMPLE.read_bytes())
        review = load(path, spectral())
        assert review.entry(ID).status is Status.ACCEPTED
        assert numbers(review) == [80, 50, 1.6]
        assert all(entry.beats == () for entry in review.entries.values())
        review.note(ID, "seen again")
        save(review, path)
        written = json.loads(path.read_text(encoding="utf-8"))
        jsonschema.validate(written, schema("review/review.schema.json"))

    @pytest.mark.parametrize("layers", [3, [3], [{"entries": 3}], None])
    def test_a_damaged_one_is_refused(self, tmp_path: Path, layers: object) -> None:
        old = json.loads(self.SAMPLE.read_text(encoding="utf-8"))
        path = tmp_path / "review.json"
        path.write_text(json.dumps({**old, "layers": layers}), encoding="utf-8")
        with pytest.raises(InvalidDocument):
            read_document(path)
