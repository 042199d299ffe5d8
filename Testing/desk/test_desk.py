"""A study is opened, measured, reviewed and exported by a script: no panel, no Qt, no window."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from scripted_worker import ScriptedWorker
from watch import Watch

from EchoMeasureLib.desk.desk import Desk
from EchoMeasureLib.desk.export_kinds import Export, Wish
from EchoMeasureLib.desk.quality_words import checks_words, picture_words
from EchoMeasureLib.desk.telling import BETWEEN_TELLINGS_S
from EchoMeasureLib.desk.topics import Topic
from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.inference.events import Finished, Found, Judged, Stopped
from EchoMeasureLib.inference.prediction import Prediction, Provenance
from EchoMeasureLib.inference.quality_findings import Finding, Quality, Standing
from EchoMeasureLib.review.document import read_document
from EchoMeasureLib.review.entries import Status

MODEL = Provenance("image.ckpt", "ab" * 32, "phantom", "robust", "torch", "float32")


def predicted(measurement: str, frame: int, *points: tuple[float, float]) -> Prediction:
    landmarks = tuple(Landmark(x, y, confidence=0.9) for x, y in points)
    return Prediction(measurement, frame, landmarks, MODEL)


LVID = predicted("lvid", 2, (500, 300), (500, 420))
IVS = predicted("ivs", 4, (457, 237), (455, 272))
"""Where the septum is drawn on that frame."""
FROZEN = Quality(
    (
        Finding("motion", Standing.POOR, "Nothing moves.", 0.0),
        Finding("gain_low", Standing.GOOD, "It is bright enough.", 120.0),
        Finding("ecg", Standing.NOTICE, "No ECG is seen.", 0.0),
    ),
    looked_at=6,
    frame_count=6,
)


@pytest.fixture
def topics(desk: Desk) -> list[Topic]:
    heard: list[Topic] = []
    desk.topics.subscribe(heard.append)
    return heard


def test_what_is_measured_reaches_the_review_in_the_order_in_which_it_is_found(
    desk: Desk, plax: Path, worker: ScriptedWorker
) -> None:
    desk.load_file(plax)
    desk.measuring.start(("lvid", "ivs"), (2, 4))
    worker.say(Found(LVID))
    desk.measuring.poll()
    assert [entry.id for entry in desk.selection.entries] == ["lvid-f2"]
    worker.say(Found(IVS), Finished(2, 1.0))
    desk.measuring.poll()
    assert not desk.measuring.busy
    assert [entry.id for entry in desk.selection.entries] == ["ivs-f4", "lvid-f2"]


def test_a_frame_among_measured_ones_costs_that_frame_only(
    desk: Desk, plax: Path, worker: ScriptedWorker
) -> None:
    desk.load_file(plax)
    desk.measuring.start(("lvid",), (2,))
    assert not worker.child.requests[-1]["planned"], "with frames beside it, to compare with"
    worker.say(*(Found(replace(LVID, frame=frame)) for frame in (1, 2, 4)), Finished(3, 1.0))
    desk.measuring.poll()
    desk.measuring.start(("lvid",), (3,))
    assert worker.child.requests[-1]["planned"]
    worker.say(Finished(0, 1.0))
    desk.measuring.poll()
    desk.measuring.start(("lvid", "ivs"), (3,))
    assert not worker.child.requests[-1]["planned"], "of the septum nothing is measured"


def test_how_good_the_picture_is_is_known_and_said_while_it_is_measured(
    desk: Desk, plax: Path, worker: ScriptedWorker, topics: list[Topic]
) -> None:
    desk.load_file(plax)
    desk.measuring.start(("lvid",), (2,))
    image = desk.study.image
    assert picture_words(desk.measuring.quality_of(image)) == ""
    topics.clear()
    worker.say(Judged(FROZEN), Found(replace(LVID, quality="Nothing moves.")))
    desk.measuring.poll()
    assert "run" in topics
    assert picture_words(desk.measuring.quality_of(image)).splitlines() == [
        "Picture: does not move; no ECG",
        "Nothing moves. What the networks found in it is flagged.",
    ]
    assert checks_words(desk.measuring.quality_of(image)).splitlines() == [
        "motion: poor. Nothing moves.",
        "gain low: good. It is bright enough.",
        "ecg: notice. No ECG is seen.",
    ]
    (entry,) = desk.selection.entries
    assert entry.caliper.flags == (Flag.POOR_QUALITY,)
    desk.measuring.cancel()
    worker.say(Stopped())
    desk.measuring.poll()
    desk.measuring.start(("lvid",), (2,))
    assert desk.measuring.quality_of(image) is None, "another run, another look"


def test_what_goes_with_the_calipers_says_how_good_the_picture_was_in_another_session() -> None:
    kept = ("", "Nothing moves.", "Nothing moves.")
    assert picture_words(None, kept).splitlines() == [
        "Picture: poor",
        "Nothing moves. What the networks found in it is flagged.",
    ]
    assert picture_words(None, ("",)) == ""


def test_a_study_is_reviewed_and_exported(
    desk: Desk, plax: Path, worker: ScriptedWorker, tmp_path: Path
) -> None:
    desk.load_file(plax)
    desk.set_reviewer("AB")
    desk.measuring.start(("lvid", "ivs"), (2, 4))
    worker.say(Found(LVID), Found(IVS), Finished(2, 1.0))
    desk.measuring.poll()
    desk.selection.next()
    assert desk.study.frame == 4
    desk.decisions.accept("clear")
    assert desk.study.frame == 2, "after a decision the next one is shown"
    desk.decisions.reject("mitral leaflet")
    desk.exports.write(Wish(Export.TABLE, "json"), tmp_path / "measurements.json")
    record = json.loads((tmp_path / "measurements.json").read_text(encoding="utf-8"))
    assert {row["measurement"]: row["status"] for row in record["results"]} == {
        "ivs": "accepted",
        "lvid": "rejected",
    }
    desk.save_review(tmp_path / "review.json")
    layer = read_document(tmp_path / "review.json").layers["AB"]
    assert {e.id: (e.status, e.notes, e.reason) for e in layer.entries} == {
        "ivs-f4": (Status.ACCEPTED, "clear", ""),
        "lvid-f2": (Status.REJECTED, "", "mitral leaflet"),
    }


def test_every_decision_says_why_it_cannot_be_made(desk: Desk, plax: Path) -> None:
    assert desk.decisions.obstacles()["place"] == "Choose an image first."
    desk.load_file(plax)
    assert desk.decisions.obstacles()["place"] == ""
    review = desk.study.need_review()
    review.add_prediction(LVID)
    assert desk.decisions.obstacles()["accept"] == "Choose a caliper in the table first."
    with pytest.raises(InvalidState, match="No caliper is chosen"):
        desk.decisions.accept()
    by_hand = review.place("lvid", 3, [(500, 300), (500, 420)])
    desk.selection.choose(by_hand.id)
    obstacles = desk.decisions.obstacles()
    assert "no prediction to go back to" in obstacles["reset"]
    assert "neither accepted nor rejected" in obstacles["reopen"]
    assert obstacles["accept"] == ""


def test_undo_goes_to_the_caliper_that_it_concerns(desk: Desk, plax: Path) -> None:
    desk.load_file(plax)
    review = desk.study.need_review()
    review.add_prediction(LVID)
    review.add_prediction(IVS)
    desk.selection.choose("lvid-f2")
    desk.decisions.accept()
    assert desk.selection.entry is not None
    assert desk.selection.entry.id == "ivs-f4"
    desk.decisions.undo()
    assert desk.selection.entry.id == "lvid-f2"
    assert desk.selection.entry.status is Status.UNREVIEWED
    assert desk.study.frame == 2


def test_predictions_by_the_hundred_are_told_no_more_often_than_people_can_see(
    desk: Desk, plax: Path, watch: Watch, topics: list[Topic]
) -> None:
    desk.load_file(plax)
    review = desk.study.need_review()
    watch.now += 2 * BETWEEN_TELLINGS_S
    topics.clear()
    for frame in range(6):
        review.add_prediction(predicted("lvid", frame, (500, 300), (500, 420)))
    assert topics.count("review") == 1
    desk.tick()
    assert topics.count("review") == 1
    watch.now += 2 * BETWEEN_TELLINGS_S
    desk.tick()
    assert topics.count("review") == 2


def test_choosing_a_caliper_tells_of_the_selection_once(
    desk: Desk, plax: Path, topics: list[Topic]
) -> None:
    desk.load_file(plax)
    desk.study.need_review().add_prediction(LVID)
    topics.clear()
    desk.selection.choose("lvid-f2")
    assert topics.count("selection") == 1
    assert "image" not in topics


def test_an_image_that_is_deleted_in_the_scene_closes_the_study(
    desk: Desk, plax: Path, topics: list[Topic]
) -> None:
    node = desk.load_file(plax)
    located = desk.study.need_located()
    desk.study.scene.RemoveNode(located.nodes.volume)
    topics.clear()
    desk.tick()
    assert desk.study.cine is None
    assert topics == ["image"]
    assert node is not None
