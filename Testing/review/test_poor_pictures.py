"""What a network finds in a poor picture or another view: shown, flagged with the reason, lifted
by a person."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from review_studies import plax, predicted, upright
from schemas import validate

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.flags import DOUBTS, Flag
from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.inference.prediction import Prediction
from EchoMeasureLib.review.document import load, save
from EchoMeasureLib.review.entries import Status
from EchoMeasureLib.review.marks import Mark
from EchoMeasureLib.review.session import Review

FROZEN = "Nothing moves in the 24 frames that were looked at."
SEPTUM = "ivs-f0"


def in_a_poor_picture(length: float = 10, confidence: float = 0.9) -> Prediction:
    return replace(predicted("ivs", 0, upright(length), confidence), quality=FROZEN)


@pytest.fixture
def review() -> Review:
    review = Review(plax(), "AB")
    review.add_prediction(in_a_poor_picture())
    return review


def test_it_has_its_number_and_the_sentence_and_feeds_nothing(review: Review) -> None:
    """Ten pixels of 0.1 cm are 1 cm."""
    (value,) = review.entry(SEPTUM).caliper.values
    assert value.value == pytest.approx(1.0)
    assert (value.flags, value.doubt) == ((Flag.POOR_QUALITY,), FROZEN)
    review.choose(SEPTUM, Phase.ED)
    assert review.measured()["ivsd"].value is None


@pytest.mark.parametrize("decision", ["adopt", "move"])
def test_a_person_who_puts_it_there_lifts_it(review: Review, decision: str) -> None:
    assert Flag.POOR_QUALITY in DOUBTS
    assert review.entry(SEPTUM).adoptable
    moved = [(40.0, 2.0), (40.0, 13.0)]
    entry = review.adopt(SEPTUM) if decision == "adopt" else review.move(SEPTUM, moved)
    assert (entry.caliper.flags, entry.caliper.quality) == ((), "")
    assert entry.caliper.values[0].doubt == ""
    assert entry.predicted is not None
    assert entry.predicted.flags == (Flag.POOR_QUALITY,)
    review.choose(SEPTUM, Phase.ED)
    assert review.measured()["ivsd"].value == pytest.approx(1.0 if decision == "adopt" else 1.1)


def test_accepting_does_not(review: Review) -> None:
    assert review.accept(SEPTUM).caliper.flags == (Flag.POOR_QUALITY,)


def test_adopting_leaves_what_is_a_fact_of_the_number() -> None:
    """A septum of 5 cm is implausible in any picture."""
    review = Review(plax(), "AB")
    review.add_prediction(in_a_poor_picture(50, 0.2))
    assert set(review.entry(SEPTUM).caliper.flags) == {
        Flag.IMPLAUSIBLE,
        Flag.LOW_CONFIDENCE,
        Flag.POOR_QUALITY,
    }
    assert review.adopt(SEPTUM).caliper.flags == (Flag.IMPLAUSIBLE,)


def test_a_calibration_by_hand_makes_no_better_picture(review: Review) -> None:
    region = Region(-1, RegionKind.TWO_D, Box(0, 0, 79, 59), ("cm", "cm"), (0.2, 0.2))
    review.calibrate([region], reason="ruler")
    (value,) = review.entry(SEPTUM).caliper.values
    assert value.value == pytest.approx(2.0)
    assert (value.flags, value.doubt) == ((Flag.POOR_QUALITY,), FROZEN)


def test_a_better_look_takes_it_back(review: Review) -> None:
    """The same frame, measured again in a file that moves."""
    review.add_prediction(predicted("ivs", 0, upright(10)))
    assert review.entry(SEPTUM).caliper.flags == ()


def test_it_is_saved_with_its_sentence(review: Review, tmp_path: Path) -> None:
    path = tmp_path / "review.json"
    save(review, path)
    saved = json.loads(path.read_text(encoding="utf-8"))
    validate(saved, "review/review.schema.json")
    again = load(path, plax())
    assert again.entry(SEPTUM) == review.entry(SEPTUM)
    assert again.entry(SEPTUM).caliper.quality == FROZEN


OTHER = "The picture looks like mitral inflow by pulsed wave."


def test_another_view_is_said_saved_and_lifted_by_a_person(tmp_path: Path) -> None:
    review, path = Review(plax(), "AB"), tmp_path / "review.json"
    review.add_prediction(replace(predicted("ivs", 0, upright(10)), view=OTHER))
    (value,) = review.entry(SEPTUM).caliper.values
    assert (value.value, value.flags, value.doubt) == (1.0, (Flag.OTHER_VIEW,), OTHER)
    assert review.entry(SEPTUM).caliper.excluded == "flagged another view"
    save(review, path)
    validate(json.loads(path.read_text(encoding="utf-8")), "review/review.schema.json")
    again = load(path, plax())
    assert again.entry(SEPTUM).caliper.view == OTHER
    again.calibrate([Region(-1, RegionKind.TWO_D, Box(0, 0, 79, 59), ("cm", "cm"), (0.2, 0.2))])
    assert again.entry(SEPTUM).caliper.flags == (Flag.OTHER_VIEW,)
    adopted = again.adopt(SEPTUM).caliper
    assert (adopted.flags, adopted.view) == ((), "")


def test_what_is_not_found_in_another_view_says_both() -> None:
    """There is no number to take over, and the view says why."""
    review = Review(plax(), "AB")
    review.add_prediction(replace(predicted("ivs", 0, upright(10), 0.01), view=OTHER))
    (value,) = review.entry(SEPTUM).caliper.values
    assert (value.value, value.flags) == (None, (Flag.NOT_FOUND, Flag.OTHER_VIEW))
    assert value.doubt == OTHER


def test_a_document_of_version_5_knows_no_poor_picture(tmp_path: Path) -> None:
    """The sample: an LVID of 5.0 cm chosen for ED, frame 2 marked as ES."""
    path = tmp_path / "review.json"
    path.write_bytes(Path(__file__).with_name("review_v5.json").read_bytes())
    review = load(path, plax())
    assert review.marks() == (Mark(2, Phase.ES),)
    assert all(entry.caliper.quality == "" for entry in review.entries.values())
    assert review.entry("mvpeak-i2-f0").status is Status.ACCEPTED
    save(review, path)
    saved = json.loads(path.read_text(encoding="utf-8"))
    validate(saved, "review/review.schema.json")
