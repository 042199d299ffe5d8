"""ED and ES that the reviewer has marked, and what follows from them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from review_studies import beating, before, level, plax, predicted, upright
from schemas import validate

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import InvalidArgument, InvalidDocument
from EchoMeasureLib.measuring.beats import Beat, Beats
from EchoMeasureLib.measuring.derived import Derived
from EchoMeasureLib.review.document import load, read_document, save
from EchoMeasureLib.review.entries import Action, Status
from EchoMeasureLib.review.marks import Mark, marked_beats, remarked
from EchoMeasureLib.review.session import Review

ED, ES = Phase.ED, Phase.ES


@pytest.fixture
def cine() -> Review:
    """Two and a half beats at 50 fps, LVID on every frame: ED 0, 40, 80 and ES 20, 60."""
    review = Review(plax(81), "AB")
    review.add_predictions(predicted("lvid", n, level(beating(n))) for n in range(81))
    return review


def pairs(review: Review) -> list[tuple[int | None, int | None]]:
    return [(beat.ed, beat.es) for beat in review.beats().beats if beat.es is not None]


def derived(review: Review, id: str) -> Derived:
    return next(found for found in review.derived() if found.id == id)


class TestMovingWhatWasFound:
    def test_all_that_depends_on_it_follows(self, cine: Review) -> None:
        """The ED of the second beat at frame 44, 0.08 s later: 4.81 cm instead of 5.0."""
        assert pairs(cine) == [(0, 20), (40, 60)]
        assert cine.mark(44, ED)
        assert pairs(cine) == [(0, 20), (44, 60)]
        diameters = 5.0, beating(44) / 10
        assert cine.measured()["lvidd"].value == pytest.approx((sum(diameters) + 5.0) / 3)
        each = [100 * (d - 3.0) / d for d in diameters]
        assert derived(cine, "fs").value == pytest.approx(sum(each) / 2)
        assert cine.phase_of(cine.entry("lvid-f44")) is ED
        assert cine.phase_of(cine.entry("lvid-f40")) is None
        assert "the reviewer" in cine.beats().source

    def test_the_same_again_takes_it_back(self, cine: Review) -> None:
        cine.mark(44, ED)
        assert not cine.mark(44, ED)
        assert pairs(cine) == [(0, 20), (40, 60)]
        assert cine.marks() == ()

    def test_a_second_mark_of_a_beat_takes_the_place_of_the_first(self, cine: Review) -> None:
        cine.mark(44, ED)
        cine.mark(42, ED)
        cine.mark(62, ES)
        assert cine.marks() == ((42, ED), (62, ES))
        assert pairs(cine) == [(0, 20), (42, 62)]

    def test_a_frame_is_one_or_the_other(self, cine: Review) -> None:
        cine.mark(44, ED)
        cine.mark(44, ES)
        assert cine.marks() == ((44, ES),)

    def test_a_wall_is_taken_at_the_marked_frame(self, cine: Review) -> None:
        """IVS 1.0 cm on frame 0, 1.1 on frame 40 and 1.4 on frame 44."""
        for frame, length in ((0, 10), (40, 11), (44, 14)):
            cine.add_prediction(predicted("ivs", frame, before(length)))
        assert cine.measured()["ivsd"].value == pytest.approx(1.05)
        cine.mark(44, ED)
        assert cine.measured()["ivsd"].value == pytest.approx(1.2)

    def test_what_was_found_beyond_half_a_second_is_another_beat(self, cine: Review) -> None:
        """0.6 s before the first ED that was found after it there is no ES between."""
        review = Review(plax(81), "AB")
        review.add_predictions(
            predicted("lvid", frame, level(beating(frame))) for frame in range(30, 81)
        )
        assert review.beats().beats[0].ed == 40
        review.mark(5, ED)
        assert [beat.ed for beat in review.beats().beats][:2] == [5, 40]

    def test_marks_go_before_frames_that_were_chosen_for_another_measurement(
        self, cine: Review
    ) -> None:
        cine.place("ivs", 4, before(10), phase=ED)
        assert [beat.frame for beat in cine.measured()["lvidd"].beats] == [4]
        cine.mark(44, ED)
        assert [beat.frame for beat in cine.measured()["lvidd"].beats][:2] == [0, 44]


class TestMarksAlone:
    def test_they_make_beats(self) -> None:
        """Two calipers by hand, 5.0 and 3.0 cm, which nobody could tell apart: FS 40 %."""
        review = Review(plax(), "AB")
        review.place("lvid", 0, upright(50))
        review.place("lvid", 5, upright(30))
        assert derived(review, "fs").value is None
        review.mark(0, ED)
        review.mark(5, ES)
        assert pairs(review) == [(0, 5)]
        assert (review.beats().reason, review.beats().source) == ("", "the reviewer")
        assert derived(review, "fs").value == pytest.approx(40)

    def test_a_frame_without_a_caliper_can_be_marked(self) -> None:
        review = Review(plax(), "AB")
        review.mark(2, ED)
        assert [(beat.ed, beat.es) for beat in review.beats().beats] == [(2, None)]
        assert review.measured()["lvidd"].value is None
        review.place("lvid", 3, upright(50))
        # Within 50 ms of it: frames are 20 ms apart.
        assert review.measured()["lvidd"].value == pytest.approx(5.0)

    def test_an_ed_a_beat_later_is_another_one(self) -> None:
        review = Review(plax(60), "AB")
        review.mark(2, ED)
        review.mark(42, ED)
        review.mark(20, ES)
        assert [(beat.ed, beat.es) for beat in review.beats().beats] == [(2, 20), (42, None)]
        review.mark(5, ED)
        assert review.marks() == ((5, ED), (20, ES), (42, ED))

    def test_an_es_and_the_ed_after_it_show_a_movement_too(self) -> None:
        review = Review(plax(40), "AB")
        review.mark(5, ES)
        review.mark(25, ED)
        assert [(beat.ed, beat.es) for beat in review.beats().beats] == [(25, 5)]


class TestTheReview:
    def test_a_mark_is_a_step_that_can_be_undone_and_stands_in_the_trail(
        self, cine: Review
    ) -> None:
        cine.mark(44, ED)
        event = cine.audit[-1]
        assert (event.action, event.who, event.entry) == (Action.MARK, "AB", "")
        assert event.detail.endswith("none -> ED 44")
        assert cine.undo() == "mark"
        assert cine.marks() == ()
        assert pairs(cine) == [(0, 20), (40, 60)]
        cine.redo()
        assert pairs(cine) == [(0, 20), (44, 60)]

    @pytest.mark.parametrize(
        ("frame", "phase"), [(81, ED), (-1, ED), (3, Phase.SYSTOLE), ("3", ED), (3, None)]
    )
    def test_only_frames_that_are_there_are_ed_or_es(
        self, cine: Review, frame: object, phase: object
    ) -> None:
        before = cine.layer()
        with pytest.raises(InvalidArgument):
            cine.mark(frame, phase)  # type: ignore[arg-type]
        with pytest.raises(InvalidArgument):
            cine.mark(3, ED, "no such image")
        assert cine.layer() == before

    def test_marks_are_saved_and_are_the_reviewers_own(self, cine: Review, tmp_path: Path) -> None:
        path = tmp_path / "review.json"
        cine.mark(44, ED)
        cine.mark(19, ES)
        save(cine, path)
        saved = json.loads(path.read_text(encoding="utf-8"))
        validate(saved, "review/review.schema.json")
        again = load(path, plax(81))
        assert again.marks() == cine.marks() == ((19, ES), (44, ED))
        assert again.derived() == cine.derived()
        assert load(path, plax(81), "CD").marks() == ()

    @pytest.mark.parametrize("ed", [[81], [-1], [1.5], ["3"], 3, None])
    def test_a_damaged_mark_is_refused(self, cine: Review, tmp_path: Path, ed: object) -> None:
        path = tmp_path / "review.json"
        cine.mark(44, ED)
        save(cine, path)
        saved = json.loads(path.read_text(encoding="utf-8"))
        saved["layers"][0]["marks"][0]["ed"] = ed
        path.write_text(json.dumps(saved), encoding="utf-8")
        with pytest.raises(InvalidDocument, match="marks"):
            read_document(path)

    def test_a_document_of_version_4_has_none(self, tmp_path: Path) -> None:
        """The sample: ED chosen on an LVID of 5.0 cm; three beats, the second accepted and the
        third left out as ectopic."""
        path = tmp_path / "review.json"
        path.write_bytes(Path(__file__).with_name("review_v4.json").read_bytes())
        review = load(path, plax())
        assert review.marks() == ()
        assert review.entry("lvid-f0").phase is ED
        assert review.entry("mvpeak-i2-f0").status is Status.ACCEPTED
        assert review.entry("mvpeak-i2-f0-b3").left_out == "ectopic"
        assert review.measured()["e"].value == pytest.approx(85)
        review.mark(2, ES)
        save(review, path)
        validate(json.loads(path.read_text(encoding="utf-8")), "review/review.schema.json")


frames = st.integers(0, 60)
found = st.lists(frames, max_size=8, unique=True).map(
    lambda at: Beats(
        tuple(
            Beat(ed, es) for ed, es in zip(sorted(at)[::2], [*sorted(at)[1::2], None], strict=False)
        ),
        "nothing",
    )
)
marks = st.lists(st.tuples(frames, st.sampled_from((ED, ES))).map(lambda m: Mark(*m)), max_size=8)


@given(found, marks, st.sampled_from([None, 25.0, 100.0]))
@settings(max_examples=examples(80), deadline=None)
def test_every_mark_holds_whatever_was_found(
    found: Beats, marks: list[Mark], fps: float | None
) -> None:
    times = None if fps is None else [frame / fps for frame in range(61)]
    kept: frozenset[Mark] = frozenset()
    for mark in marks:
        before = kept
        kept = remarked(found, kept, mark, times)
        assert (mark in kept) == (mark not in before)
    beats = marked_beats(found, kept, times)
    there = {(b.ed, ED) for b in beats.beats} | {(b.es, ES) for b in beats.beats}
    assert kept <= there
    known = {(b.ed, ED) for b in found.beats} | {(b.es, ES) for b in found.beats} | kept
    assert there <= known | {(None, ED), (None, ES)}
    assert len({mark.frame for mark in kept}) == len(kept)
    if not kept:
        assert beats == found
