"""Going through the answers of a study of several images, deciding, and accepting together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from dicom_database import DicomDatabase
from phantom_study import CLIPS, Clip, in_database, write_clip
from scripted_desk import scripted_desk
from slicer_scene import HeadlessSlicer
from watch import Watch

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.desk.desk import Desk
from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.inference.prediction import Prediction, Provenance
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.answers import Answer, State
from EchoMeasureLib.review.together import TOGETHER

PHANTOM = Provenance("image.ckpt", "ab" * 32, "phantom", "robust", "torch", "float32")
CUSTOM = Provenance("image.ckpt", "ab" * 32, "custom", "robust", "torch", "float32")


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> DicomDatabase:
    return DicomDatabase(tmp_path_factory.mktemp("slicer") / "database")


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory, database: DicomDatabase) -> dict[str, Clip]:
    """A parasternal clip, a TR strip and an inflow strip of one study."""
    folder = tmp_path_factory.mktemp("study")
    frames = {"plax": 44}  # two beats
    made = {
        shown: write_clip(folder, shown, CLIPS[shown], frames=frames.get(shown), few=True)
        for shown in ("plax", "trvmax", "mvpeak")
    }
    return {shown: in_database(clip, database) for shown, clip in made.items()}


@pytest.fixture
def desk(slicer_app: HeadlessSlicer, watch: Watch, database: DicomDatabase) -> Iterator[Desk]:
    desk = scripted_desk(slicer_app, watch, database)
    yield desk
    desk.close()


def load(desk: Desk, *clips: Clip) -> None:
    """Open each clip and take its predictions in, as one does with Measure."""
    for clip in clips:
        desk.load_file(clip.path)
        desk.study.need_review().add_predictions(clip.predictions, desk.study.image)


@pytest.fixture
def study(desk: Desk, clips: dict[str, Clip]) -> Desk:
    """All three, the parasternal clip open on its first frame."""
    load(desk, *clips.values())
    desk.show_image(next(iter(desk.study.need_review().images)))
    desk.study.show_frame(0)
    return desk


def states(desk: Desk) -> dict[str, State]:
    return {one.id: one.state for one in desk.answering.answers if one.entries}


def find(desk: Desk, id: str) -> Answer:
    return next(one for one in desk.answering.answers if one.id == id)


def selected(desk: Desk) -> str:
    answer = desk.answering.answer
    return answer.id if answer is not None else ""


def doubt(desk: Desk, id: str, number: int) -> None:
    """Have a network doubt one beat of a strip: all its beats as they are, this one uncertain."""
    review = desk.study.need_review()
    answer = find(desk, id)
    entries = [review.entry(entry) for entry in answer.entries]
    beats = [
        tuple(Landmark(p.x, p.y, confidence=0.1 if n == number else 0.9) for p in e.caliper.points)
        for n, e in enumerate(entries)
    ]
    first = entries[0].caliper
    model = first.model
    assert model is not None
    found = Prediction(first.measurement, first.frame, beats[1 - number], model, tuple(beats))
    review.add_prediction(found, answer.image)


def shown_together(answers: Sequence[Answer]) -> list[str]:
    return sorted(answer.id for answer in answers)


def test_next_goes_to_what_was_not_on_display_and_then_to_what_waits(study: Desk) -> None:
    study.answering.next()
    assert selected(study) == "ivsd"
    ed = study.study.frame
    study.answering.next()
    assert selected(study) == "lvids", "the others of end-diastole were on display with the septum"
    assert study.study.frame != ed
    study.answering.next()
    assert study.study.image == find(study, "e").image, "everything here was on display"


def test_next_goes_to_what_needs_eyes_first_wherever_it_is(study: Desk) -> None:
    doubt(study, "trvmax", 1)
    study.answering.next()
    assert selected(study) == "trvmax"
    assert study.study.image == find(study, "trvmax").image
    study.answering.previous()
    assert selected(study) == "trvmax", "it is the only one"


def test_accepting_takes_the_counting_beats_in_one_step_and_goes_on(study: Desk) -> None:
    doubt(study, "trvmax", 1)
    study.answering.choose("trvmax")
    study.answering.accept()
    review = study.study.need_review()
    answer = find(study, "trvmax")
    assert answer.state is State.ACCEPTED
    statuses = [review.entry(id).status.value for id in answer.entries]
    assert statuses.count("unreviewed") == 1, "the doubtful beat is not accepted along"
    assert study.study.image != answer.image, "nothing more waits on this image"
    study.decisions.undo()
    assert find(study, "trvmax").state is State.NEED_EYES


def test_after_a_decision_the_next_of_the_same_image_comes(study: Desk) -> None:
    study.answering.choose("ivsd")
    study.answering.accept()
    assert selected(study) == "lvidd"
    study.answering.reject("foreshortened")
    assert find(study, "lvidd").state is State.REJECTED
    assert find(study, "lvidd").why == "foreshortened"
    assert selected(study) == "lvids"


def test_the_beats_of_an_answer_are_gone_through_and_left_out(study: Desk) -> None:
    study.answering.choose("trvmax")
    count = find(study, "trvmax").row.n
    assert count > 2
    first = study.answering.beat
    study.answering.next_beat()
    second = study.answering.beat
    assert first is not None
    assert second is not None
    assert (first.number, second.number) == (1, 2)
    study.answering.toggle_beat()
    assert find(study, "trvmax").row.n == count - 1
    assert study.answering.beat == find(study, "trvmax").row.beats[1]
    study.answering.toggle_beat()
    assert find(study, "trvmax").row.n == count
    for _ in range(count):
        study.answering.next_beat()
    assert study.answering.beat.number == 2, "after the last comes the first"


def test_a_flagged_beat_does_not_count_by_being_toggled(study: Desk) -> None:
    doubt(study, "trvmax", 1)
    study.answering.choose("trvmax", find(study, "trvmax").row.beats[1].entries[0])
    with pytest.raises(InvalidState, match="does not count anyway: flagged low confidence"):
        study.answering.toggle_beat()


def test_an_answer_without_a_number_is_not_accepted(study: Desk) -> None:
    review = study.study.need_review()
    for entry in find(study, "trvmax").entries:
        review.leave_out(entry)
    study.answering.choose("trvmax")
    assert "No number counts" in study.answering.obstacle("accept")
    with pytest.raises(InvalidState, match="no number to accept"):
        study.answering.accept()


def test_what_was_looked_at_is_accepted_together_as_one_step(study: Desk) -> None:
    study.answering.next()
    assert shown_together(study.answering.together().ready) == [
        "aortic_root",
        "ivsd",
        "lvidd",
        "lvpwd",
    ]
    assert {why for _, why in study.answering.together().left_out} == {"not on display yet"}
    study.answering.next()
    study.answering.accept_together()
    mine = [one for one in study.answering.answers if one.image == find(study, "ivsd").image]
    assert {one.state for one in mine} == {State.ACCEPTED}
    assert states(study)["trvmax"] is State.UNREVIEWED, "never across images"
    review = study.study.need_review()
    together = [event for event in review.audit if event.detail == TOGETHER]
    assert {event.entry for event in together} == {id for one in mine for id in one.counting}
    study.decisions.undo()
    assert {one.state for one in study.answering.answers if one.entries} == {State.UNREVIEWED}


def test_what_has_a_flag_is_left_out_with_its_reason(study: Desk) -> None:
    doubt(study, "trvmax", 1)
    study.show_image(find(study, "trvmax").image)
    found = study.answering.together()
    assert found.ready == ()
    ((answer, why),) = found.left_out
    assert (answer.id, why) == ("trvmax", find(study, "trvmax").why)
    with pytest.raises(InvalidState, match="accepted together"):
        study.answering.accept_together()


def test_what_is_near_a_limit_is_left_out(desk: Desk, tmp_path: Path) -> None:
    """A posterior wall of 0.8 cm in a woman: 0.9 lies within the 15 % by which readers differ."""
    load(desk, write_clip(tmp_path, "plax", 1, person=True))
    desk.answering.choose("lvpwd")
    assert find(desk, "lvpwd").row.near
    reasons = {one.id: why for one, why in desk.answering.together().left_out}
    assert reasons["lvpwd"] == "near a limit of normal"


def test_what_shares_a_caliper_with_something_flagged_is_left_out(study: Desk) -> None:
    """E/A beyond its range holds back E and A, which are of the same caliper."""
    study.study.need_review().describe(Subject(age=66))
    assert find(study, "e_a").state is State.NEED_EYES
    study.show_image(find(study, "e").image)
    reasons = {one.id: why for one, why in study.answering.together().left_out}
    assert reasons["e"] == reasons["a"] == "of one caliper with E/A"
    assert study.answering.together().ready == ()


def test_of_two_strips_the_reviewer_says_which_one_counts(study: Desk, tmp_path: Path) -> None:
    first = find(study, "trvmax")
    load(study, write_clip(tmp_path, "trvmax", 4))
    answer = find(study, "trvmax")
    assert (answer.state, answer.row.value) == (State.NEED_EYES, None)
    assert answer.why == "2 strips show it: accept the one that counts, or leave out the other"
    study.answering.choose("trvmax")
    assert "no number to reject" in study.answering.obstacle("reject")
    image = study.study.image
    study.answering.next_beat()
    assert study.study.image != image, "B goes to the other strip"
    chosen = study.study.image
    study.answering.accept()
    counted = find(study, "trvmax")
    assert counted.state is State.ACCEPTED
    assert counted.image == chosen
    study.decisions.undo()
    assert find(study, "trvmax").row.value is None
    assert first.row.value is not None


def test_the_calipers_of_a_missing_answer_are_not_rejected_along(study: Desk) -> None:
    """LVID of every frame, none of them at end-diastole: R must not take them all away."""
    review = study.study.need_review()
    for entry in list(review.entries.values()):
        if entry.measurement == "lvid" and entry.frame > 2:
            review.delete(entry.id)
    answer = find(study, "lvidd")
    assert answer.state is State.MISSING
    study.answering.choose("lvidd")
    with pytest.raises(InvalidState, match="no number to reject"):
        study.answering.reject()


@pytest.mark.parametrize("model", [PHANTOM, CUSTOM], ids=lambda model: model.set)
def test_networks_that_nobody_has_verified_are_never_accepted_together(
    desk: Desk, tmp_path: Path, model: Provenance
) -> None:
    load(desk, write_clip(tmp_path, "trvmax", CLIPS["trvmax"], model))
    found = desk.answering.together()
    assert found.ready == ()
    assert [why for _, why in found.left_out] == [f"{model.set} networks"]
    desk.answering.choose("trvmax")
    desk.answering.accept()
    assert states(desk)["trvmax"] is State.ACCEPTED, "one by one they are"


def test_what_changes_after_it_was_on_display_is_to_be_looked_at_again(study: Desk) -> None:
    study.answering.next()
    study.study.show_frame(0)
    answer, review = find(study, "lvidd"), study.study.need_review()
    for entry in [review.entry(id) for id in answer.counting]:
        points = tuple(Landmark(p.x + 1, p.y, confidence=0.9) for p in entry.caliper.points)
        assert entry.caliper.model is not None
        again = Prediction("lvid", entry.frame, points, entry.caliper.model)
        review.add_prediction(again, answer.image)
    reasons = {one.id: why for one, why in study.answering.together().left_out}
    assert reasons["lvidd"] == "not on display yet"


def test_a_caliper_that_is_chosen_elsewhere_selects_its_answer(study: Desk) -> None:
    study.selection.choose(find(study, "lvids").counting[0])
    assert selected(study) == "lvids"
    study.selection.choose("lvid-f0")
    assert selected(study) == "", "no answer rests on the first frame"


def test_a_still_and_a_strip_have_no_end_diastole_to_mark(study: Desk) -> None:
    study.answering.choose("trvmax")
    with pytest.raises(InvalidState, match="end-diastole"):
        study.answering.mark(Phase.ED)


def test_answers_of_an_image_that_is_not_loaded_cannot_be_decided(study: Desk) -> None:
    scene = study.study.scene
    image = find(study, "trvmax").image
    study.show_image(image)
    volume = study.study.need_located().nodes.volume
    study.show_image(find(study, "ivsd").image)
    scene.RemoveNode(volume)
    study.answering.choose("trvmax")
    assert "not loaded" in study.answering.obstacle("accept")
    with pytest.raises(InvalidState, match="not loaded"):
        study.answering.accept()
    study.answering.next()
    assert study.study.image != image
