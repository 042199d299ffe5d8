"""Every beat that the network finds on a strip is a caliper of its own in the review."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from review_studies import MODEL, SteppingClock, plax, predicted, predicted_beats, spectral
from schemas import validate

from EchoMeasureLib.errors import InvalidArgument, InvalidDocument
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.measuring.calipers import Origin
from EchoMeasureLib.review.compare import compare
from EchoMeasureLib.review.document import load, read_document, save
from EchoMeasureLib.review.entries import Action, ReviewChange, Status
from EchoMeasureLib.review.session import Review

BEATS = ([(5, 12), (15, 16)], [(30, 11), (40, 15)], [(55, 10), (65, 14)])
"""E 80, 90, 100 and A 40, 50, 60 cm/s: 10 cm/s a row above the baseline at row 20."""

HIGHER = tuple([(x, y - 1) for x, y in beat] for beat in BEATS)
"""Another network finds the beats 1 px higher: 10 cm/s more each."""

FIRST, CLEAREST, THIRD = "mvpeak-f0-b1", "mvpeak-f0", "mvpeak-f0-b3"


@pytest.fixture
def review() -> Review:
    """The second of three beats is the clearest."""
    review = Review(spectral(), "AB")
    review.add_prediction(predicted_beats("mvpeak", BEATS, clearest=1))
    return review


def peaks(review: Review) -> dict[str, float | None]:
    return {id: entry.caliper.values[0].value for id, entry in review.entries.items()}


def test_each_beat_is_an_entry_in_time_and_the_clearest_has_the_plain_id(review: Review) -> None:
    assert peaks(review) == {FIRST: 80, CLEAREST: 90, THIRD: 100}
    assert [entry.id for entry in review.on_frame(0)] == [FIRST, CLEAREST, THIRD]
    assert {entry.caliper.origin for entry in review.entries.values()} == {Origin.PREDICTED}
    assert {entry.caliper.model for entry in review.entries.values()} == {MODEL}


def test_the_entry_of_the_clearest_is_given_back() -> None:
    review = Review(spectral(), "AB")
    assert review.add_prediction(predicted_beats("mvpeak", BEATS, clearest=1)).id == CLEAREST
    # Now the third is the clearest; each keeps its id.
    assert review.add_prediction(predicted_beats("mvpeak", HIGHER, clearest=2)).id == THIRD


def test_a_prediction_of_three_beats_is_one_change_and_no_step(review: Review) -> None:
    heard: list[ReviewChange] = []
    review.subscribe(heard.append)
    review.add_prediction(predicted_beats("mvpeak", HIGHER, clearest=1))
    assert [(change.action, change.entries) for change in heard] == [
        (Action.PREDICT, (FIRST, CLEAREST, THIRD))
    ]
    assert not review.can_undo


def test_they_know_when_they_are(review: Review) -> None:
    """10 ms a column: E at columns 5, 30 and 55."""
    times = [entry.caliper.strip_s for entry in review.entries.values()]
    assert times == pytest.approx([0.05, 0.30, 0.55])


def test_the_clearest_beat_is_the_prediction_with_all_its_doubts() -> None:
    """The decoders lie 5 px apart on it: more than 0.5 % of the diagonal of 100 px."""
    said = predicted_beats("mvpeak", BEATS, clearest=1)
    points = tuple(replace(point, disagreement=5.0) for point in said.points)
    review = Review(spectral(), "AB")
    review.add_prediction(replace(said, points=points))
    flags = [entry.caliper.flags for entry in review.entries.values()]
    assert flags == [(), (Flag.DECODERS_DISAGREE,), ()]


def test_one_beat_or_none_of_its_own_is_one_entry() -> None:
    review = Review(spectral(), "AB")
    review.add_prediction(predicted_beats("mvpeak", BEATS[:1]))
    assert list(review.entries) == [CLEAREST]
    other = Review(spectral(), "AB")
    other.add_prediction(predicted("mvpeak", 0, BEATS[0]))
    assert list(other.entries) == [CLEAREST]


class TestMeasuringAgain:
    def test_untouched_beats_follow(self, review: Review) -> None:
        review.add_prediction(predicted_beats("mvpeak", HIGHER, clearest=0))
        assert peaks(review) == {FIRST: 90, CLEAREST: 100, THIRD: 110}

    @pytest.mark.parametrize("handle", ["accept", "reject"])
    def test_a_handled_beat_stays_and_only_its_prediction_changes(
        self, review: Review, handle: str
    ) -> None:
        getattr(review, handle)(THIRD)
        review.add_prediction(predicted_beats("mvpeak", HIGHER, clearest=0))
        assert peaks(review) == {FIRST: 90, CLEAREST: 100, THIRD: 100}
        review.reset(THIRD)
        assert peaks(review)[THIRD] == 110

    def test_a_beat_that_is_no_longer_found_goes_unless_it_was_handled(
        self, review: Review
    ) -> None:
        review.accept(THIRD)
        review.add_prediction(predicted_beats("mvpeak", HIGHER[1:2]))
        assert peaks(review) == {CLEAREST: 100, THIRD: 100}
        gone = [event for event in review.audit if event.entry == FIRST]
        assert (gone[-1].action, gone[-1].after) == (Action.PREDICT, None)
        assert gone[-1].who == "network phantom image.ckpt"

    @pytest.mark.parametrize(
        "touch",
        [
            lambda review: review.leave_out(FIRST),
            lambda review: review.note(FIRST, "clear"),
            lambda review: review.move(FIRST, [(5, 11), (15, 16)]),
        ],
    )
    def test_whatever_the_reviewer_did_to_it_keeps_it(
        self, review: Review, touch: Callable[[Review], object]
    ) -> None:
        touch(review)
        review.add_prediction(predicted_beats("mvpeak", HIGHER[1:]))
        assert list(review.entries) == [FIRST, CLEAREST, THIRD]

    def test_a_beat_between_is_new_and_the_others_keep_their_ids(self) -> None:
        """E at columns 5 and 55 before; at 5, 30 and 55 now."""
        review = Review(spectral(), "AB")
        review.add_prediction(predicted_beats("mvpeak", [BEATS[0], BEATS[2]]))
        assert list(review.entries) == [CLEAREST, "mvpeak-f0-b2"]
        review.add_prediction(predicted_beats("mvpeak", BEATS))
        assert peaks(review) == {CLEAREST: 80, "mvpeak-f0-b2": 100, "mvpeak-f0-b2-2": 90}

    def test_undo_passes_over_it(self, review: Review) -> None:
        review.accept(THIRD)
        review.add_prediction(predicted_beats("mvpeak", HIGHER, clearest=0))
        assert review.undo() == "accept"
        assert review.entry(THIRD).status is Status.UNREVIEWED
        assert peaks(review) == {FIRST: 90, CLEAREST: 100, THIRD: 110}
        assert not review.can_undo

    def test_a_deleted_beat_that_is_found_again_is_a_new_one(self, review: Review) -> None:
        review.delete(THIRD)
        review.add_prediction(predicted_beats("mvpeak", HIGHER))
        assert peaks(review) == {FIRST: 90, CLEAREST: 100, "mvpeak-f0-b3-2": 110}


class TestLeavingOut:
    def test_it_counts_for_nothing_and_keeps_its_status(self, review: Review) -> None:
        """E 80, 90 and 100; without the last a mean of 85 cm/s."""
        review.accept(THIRD)
        assert review.measured()["e"].value == pytest.approx(90)
        entry = review.leave_out(THIRD, "ectopic")
        assert (entry.status, entry.left_out) == (Status.ACCEPTED, "ectopic")
        assert entry.excluded == "left out: ectopic"
        assert review.measured()["e"].value == pytest.approx(85)
        assert THIRD not in review.measured()["e"].entries
        review.count(THIRD)
        assert review.measured()["e"].value == pytest.approx(90)

    def test_a_reason_is_not_needed(self, review: Review) -> None:
        assert review.leave_out(THIRD).excluded == "left out"
        assert review.leave_out(THIRD, "  ").excluded == "left out"

    def test_it_is_one_step_each_time_and_stands_in_the_audit_trail(self, review: Review) -> None:
        review.leave_out(THIRD, "ectopic")
        event = review.audit[-1]
        assert (event.action, event.who, event.why) == (Action.LEAVE_OUT, "AB", "ectopic")
        assert event.before is not None
        assert event.after is not None
        assert (event.before.left_out, event.after.left_out) == ("", "ectopic")
        events = len(review.audit)
        review.leave_out(THIRD, "ectopic")
        assert len(review.audit) == events
        assert review.undo() == "leave out"
        assert review.entry(THIRD).left_out == ""
        review.redo()
        review.count(THIRD)
        assert review.undo() == "count"
        assert review.entry(THIRD).left_out == "ectopic"

    def test_it_is_saved(self, review: Review, tmp_path: Path) -> None:
        path = tmp_path / "review.json"
        review.leave_out(THIRD, "ectopic")
        save(review, path)
        saved = json.loads(path.read_text(encoding="utf-8"))
        validate(saved, "review/review.schema.json")
        again = load(path, spectral())
        assert again.layer().entries == review.layer().entries
        assert again.audit == review.audit

    def test_another_reviewer_begins_with_all_beats(self, review: Review, tmp_path: Path) -> None:
        path = tmp_path / "review.json"
        review.leave_out(THIRD, "ectopic")
        save(review, path)
        other = load(path, spectral(), "CD")
        assert peaks(other) == peaks(review)
        assert not any(entry.left_out for entry in other.entries.values())
        found = compare(review.layer(), other.layer(), {})
        assert [(d.first, d.second) for d in found.differences] == [(THIRD, THIRD)]
        assert found.differences[0].left_out == (True, False)

    def test_there_must_be_such_a_caliper(self, review: Review) -> None:
        with pytest.raises(InvalidArgument):
            review.leave_out("mvpeak-f9")
        with pytest.raises(InvalidArgument):
            review.count("mvpeak-f9")


def test_reviewers_with_other_predictions_are_compared_beat_by_beat() -> None:
    """The second has the first two beats only, and has moved its own by 10 cm/s."""
    first, second = Review(spectral(), "AB"), Review(spectral(), "CD")
    first.add_prediction(predicted_beats("mvpeak", BEATS, clearest=2))
    second.add_prediction(predicted_beats("mvpeak", BEATS[:2]))
    second.move("mvpeak-f0-b2", [(30, 10), (40, 15)])
    found = compare(first.layer(), second.layer(), {})
    assert [(d.first, d.second) for d in found.differences] == [
        ("mvpeak-f0-b2", "mvpeak-f0-b2"),
        ("mvpeak-f0", None),
    ]
    assert found.differences[0].values[0].difference == pytest.approx(10)


def test_calibration_by_hand_measures_every_beat_anew(review: Review) -> None:
    """20 instead of 10 cm/s a row."""
    box = Box(0, 0, 79, 59)
    units, delta = ("s", "cm/s"), (0.01, -20.0)
    region = Region(-1, RegionKind.PW, box, units, delta, (0, 20), (0.0, 0.0))
    review.calibrate([region])
    assert peaks(review) == {FIRST: 160, CLEAREST: 180, THIRD: 200}


class TestMigration:
    """The samples: `review_v1.json`, an accepted E of 80 and A of 50 cm/s and a TR peak by hand;
    `review_v3.json`, three beats with E 80, 100 and 90 cm/s, of which AB took and accepted the
    third, while CD has not touched them."""

    V1 = Path(__file__).with_name("review_v1.json")
    V3 = Path(__file__).with_name("review_v3.json")
    STRIP = "mvpeak-i2-f0"

    def changed(self, path: Path, change: Callable[[dict[str, Any]], object]) -> Review:
        """CD's review of the sample, after a change of the strip's entry."""
        sample = json.loads(self.V3.read_text(encoding="utf-8"))
        layer = next(layer for layer in sample["layers"] if layer["reviewer"] == "CD")
        change(next(entry for entry in layer["entries"] if entry["id"] == self.STRIP))
        path.write_text(json.dumps(sample), encoding="utf-8")
        return load(path, plax(), "CD", SteppingClock())

    def beats(self, review: Review) -> list[tuple[float | None, str]]:
        here = [e for e in review.entries.values() if e.measurement == "mvpeak"]
        return [(entry.caliper.values[0].value, entry.left_out) for entry in here]

    def test_beats_of_which_one_was_chosen_come_in_left_out(self, tmp_path: Path) -> None:
        path = tmp_path / "review.json"
        path.write_bytes(self.V3.read_bytes())
        review = load(path, plax(), "AB")
        review.add_cine(spectral())
        why = "one beat was chosen in an earlier version"
        assert self.beats(review) == [(80, why), (100, why), (90, "")]
        chosen = review.entry(self.STRIP)
        assert (chosen.status, chosen.predicted) == (Status.ACCEPTED, chosen.caliper)
        # The number is the one that it was.
        assert review.measured()["e"].value == 90
        new = [event for event in review.audit if event.detail.startswith("beat ")]
        assert [(event.who, event.action, event.entry) for event in new] == [
            ("AB", Action.BEAT, self.STRIP),
            ("EchoMeasure", Action.PREDICT, f"{self.STRIP}-b1"),
            ("EchoMeasure", Action.PREDICT, f"{self.STRIP}-b2"),
        ]
        assert new[1].after is not None
        assert (new[1].after.values[0], new[1].after.left_out) == (80, why)
        review.note(self.STRIP, "seen again")
        save(review, path)
        validate(json.loads(path.read_text(encoding="utf-8")), "review/review.schema.json")
        assert load(path, plax(), "AB").layer().entries == review.layer().entries

    def test_beats_that_nobody_decided_on_all_count(self, tmp_path: Path) -> None:
        review = self.changed(tmp_path / "review.json", lambda entry: None)
        assert self.beats(review) == [(80, ""), (100, ""), (90, "")]
        assert review.measured()["e"].value == pytest.approx(90)

    def test_a_rejected_caliper_of_all_beats_lets_none_of_them_in(self, tmp_path: Path) -> None:
        def reject(entry: dict[str, Any]) -> None:
            entry |= {"status": "rejected", "reviewer": "CD", "time": "2026-01-01T00:00:00.000Z"}

        review = self.changed(tmp_path / "review.json", reject)
        why = "the caliper of all beats was rejected in an earlier version"
        assert sorted(word for _, word in self.beats(review)) == ["", why, why]
        assert review.measured()["e"].value is None

    def test_a_moved_caliper_is_of_the_beat_it_lies_nearest_to(self, tmp_path: Path) -> None:
        """E put 1 row, 10 cm/s, higher than that of the third beat."""

        def move(entry: dict[str, Any]) -> None:
            third = entry["beats"][2]
            points = [{**third["points"][0], "y": third["points"][0]["y"] - 1}, third["points"][1]]
            e, a, ratio = third["values"]
            values = [{**e, "value": e["value"] + 10}, a, ratio]
            entry["caliper"] = {**third, "points": points, "values": values, "origin": "edited"}
            entry |= {"status": "edited", "reviewer": "CD", "time": "2026-01-01T00:00:00.000Z"}

        review = self.changed(tmp_path / "review.json", move)
        why = "one beat was chosen in an earlier version"
        assert self.beats(review) == [(80, why), (100, why), (100, "")]
        moved = review.entry(self.STRIP)
        assert moved.predicted is not None
        assert moved.predicted.values[0].value == 90

    def test_a_document_of_version_1_has_one_beat_each(self, tmp_path: Path) -> None:
        path = tmp_path / "review.json"
        path.write_bytes(self.V1.read_bytes())
        review = load(path, spectral())
        assert review.entry(CLEAREST).status is Status.ACCEPTED
        numbers = [value.value for value in review.entry(CLEAREST).caliper.values]
        assert numbers == [80, 50, 1.6]
        assert not any(entry.left_out for entry in review.entries.values())
        review.note(CLEAREST, "seen again")
        save(review, path)
        written = json.loads(path.read_text(encoding="utf-8"))
        validate(written, "review/review.schema.json")

    @pytest.mark.parametrize("layers", [3, [3], [{"entries": 3}], None])
    @pytest.mark.parametrize("sample", [V1, V3])
    def test_a_damaged_one_is_refused(self, tmp_path: Path, sample: Path, layers: object) -> None:
        old = json.loads(sample.read_text(encoding="utf-8"))
        path = tmp_path / "review.json"
        path.write_text(json.dumps({**old, "layers": layers}), encoding="utf-8")
        with pytest.raises(InvalidDocument):
            read_document(path)

    @pytest.mark.parametrize(
        "change",
        [
            lambda entry: entry.pop("beats"),
            lambda entry: entry.update(beats=[3]),
            lambda entry: entry.update(caliper=None),
            lambda entry: entry["beats"][0].pop("points"),
            lambda entry: entry["beats"][0].pop("values"),
            lambda entry: entry["beats"][0]["points"][0].update(x="here"),
            lambda entry: entry["beats"][2].update(frame=1),
            lambda entry: entry.pop("id"),
        ],
    )
    def test_a_damaged_beat_is_refused(
        self, tmp_path: Path, change: Callable[[dict[str, Any]], object]
    ) -> None:
        with pytest.raises(InvalidDocument):
            self.changed(tmp_path / "review.json", change)
