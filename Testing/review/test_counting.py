"""Which caliper counts for LVIDd, LVIDs, IVSd, E, ... and what is asked when it is not clear."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from review_studies import (
    beating,
    before,
    level,
    plax,
    predicted,
    upright,
)

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.measuring.derived import Derived
from EchoMeasureLib.measuring.formula_inputs import INPUTS, QUANTITIES
from EchoMeasureLib.measuring.measured import Measured
from EchoMeasureLib.review.entries import allowed_phases
from EchoMeasureLib.review.session import Review


@pytest.fixture
def still() -> Review:
    return Review(plax(1), "AB")


@pytest.fixture
def cine() -> Review:
    """Two and a half beats at 50 fps, LVID on every frame: ED 0, 40, 80 and ES 20, 60."""
    review = Review(plax(81), "AB")
    review.add_predictions(predicted("lvid", n, level(beating(n))) for n in range(81))
    return review


def derived(review: Review, id: str) -> Derived:
    return next(found for found in review.derived() if found.id == id)


def measured(review: Review, id: str) -> Measured:
    return review.measured()[id]


def test_every_input_of_the_formulae_is_counted_under_its_name() -> None:
    names = {quantity.id: quantity.output.name for quantity in QUANTITIES}
    names["ivc_min"] = "IVC minimum"
    assert {id: names[id] for id in INPUTS} == INPUTS


@pytest.mark.parametrize(
    ("measurement", "phases"),
    [
        ("lvid", (Phase.ED, Phase.ES)),
        ("la", (Phase.ED, Phase.ES)),
        ("ivc", (Phase.EXPIRATION,)),
        ("avvmax", (Phase.SYSTOLE,)),
        ("mvpeak", (Phase.DIASTOLE,)),
    ],
)
def test_a_measurement_can_be_chosen_for_its_own_phases(
    measurement: str, phases: tuple[Phase, ...]
) -> None:
    assert allowed_phases(measurement) == phases
    assert all(allowed_phases(id) for id in CATALOG)


class TestSingleFrames:
    def test_a_lone_lvid_is_neither_lvidd_nor_lvids(self, still: Review) -> None:
        still.place("lvid", 0, upright(45))
        assert derived(still, "edv_teichholz").reason == (
            "missing LVIDd: choose which frame is end-diastole"
        )
        assert measured(still, "lvids").missing == "choose which frame is end-systole"

    def test_a_chosen_lvid_is_what_it_was_chosen_for(self, still: Review) -> None:
        still.place("lvid", 0, upright(45), phase=Phase.ES)
        assert measured(still, "lvids").value == pytest.approx(4.5)
        assert measured(still, "lvidd").missing == "its calipers are chosen for another phase"

    @pytest.mark.parametrize("measurement", ["ivs", "lvpw", "la", "aortic_root"])
    def test_a_lone_caliper_of_one_phase_counts(self, still: Review, measurement: str) -> None:
        still.place(measurement, 0, upright(12))
        id = {"ivs": "ivsd", "lvpw": "lvpwd"}.get(measurement, measurement)
        found = measured(still, id)
        assert (found.value, found.basis) == (pytest.approx(1.2), "the only caliper")

    def test_two_frames_without_a_phase_are_asked_about(self) -> None:
        review = Review(plax(), "AB")
        for frame in (0, 3):
            review.add_prediction(predicted("ivs", frame, upright(10 + frame)))
        assert measured(review, "ivsd").missing == "choose which frame is end-diastole"
        review.accept("ivs-f3")
        assert measured(review, "ivsd").value == pytest.approx(1.3)
        review.accept("ivs-f0")
        assert measured(review, "ivsd").missing == "choose which frame is end-diastole"
        review.choose("ivs-f0", Phase.ED)
        assert measured(review, "ivsd").value == pytest.approx(1.0)

    def test_a_caliper_by_hand_pushes_the_prediction_of_its_frame_aside(
        self, still: Review
    ) -> None:
        still.add_prediction(predicted("ivs", 0, upright(20)))
        still.place("ivs", 0, upright(11))
        assert measured(still, "ivsd").value == pytest.approx(1.1)
        assert measured(still, "ivsd").reviewed

    def test_the_frame_chosen_for_the_lvid_holds_for_the_walls(self) -> None:
        """All on frames 0 to 5; frame 4 is end-diastole because the LVID was chosen there."""
        review = Review(plax(fps=None), "AB")
        for frame in range(6):
            lvid = 40 + frame
            review.add_prediction(predicted("lvid", frame, level(lvid)))
            review.add_prediction(predicted("ivs", frame, before(10 + frame)))
            review.add_prediction(predicted("lvpw", frame, level(8 + frame, 20 + lvid)))
        review.choose("lvid-f4", Phase.ED)
        found = {id: measured(review, id).value for id in ("lvidd", "ivsd", "lvpwd")}
        assert found == pytest.approx({"lvidd": 4.4, "ivsd": 1.4, "lvpwd": 1.2})


class TestBeats:
    def test_ed_and_es_are_found_and_averaged_over_the_beats(self, cine: Review) -> None:
        assert [(b.ed, b.es) for b in cine.beats().beats] == [(0, 20), (40, 60), (80, None)]
        assert measured(cine, "lvidd").value == pytest.approx(5.0)
        assert measured(cine, "lvids").value == pytest.approx(3.0)
        assert measured(cine, "lvidd").basis == "mean of 3 beats"
        assert measured(cine, "lvids").basis == "mean of 2 beats"
        # 100 (5 - 3) / 5
        assert derived(cine, "fs").value == pytest.approx(40.0)

    def test_a_wall_is_taken_at_end_diastole(self, cine: Review) -> None:
        """IVS 1.0 cm at frame 0, 1.2 at 40, 1.1 at 80, and 1.25 elsewhere."""
        lengths = {0: 10, 40: 12, 80: 11}
        walls = [(frame, before(lengths.get(frame, 12.5))) for frame in range(81)]
        cine.add_predictions(predicted("ivs", *wall) for wall in walls)
        assert measured(cine, "ivsd").value == pytest.approx(1.1)

    def test_what_was_rejected_is_not_replaced_by_the_frame_beside_it(self, cine: Review) -> None:
        """Nobody has looked at the frame beside; a flagged caliper is replaced as before."""
        cine.add_predictions(predicted("ivs", frame, before(10)) for frame in range(81))
        cine.reject("ivs-f0", "oblique")
        found = measured(cine, "ivsd")
        assert [(beat.frame, beat.why_not) for beat in found.beats] == [
            (0, "rejected: oblique"),
            (40, ""),
            (80, ""),
        ]
        cine.add_prediction(predicted("ivs", 40, before(10), confidence=0.1))
        assert measured(cine, "ivsd").beats[1].frame in (39, 41)

    def test_an_end_diastole_that_is_rejected_and_left_out_stays_where_it_is(
        self, cine: Review
    ) -> None:
        cine.leave_out("lvid-f0")
        cine.reject("lvid-f0")
        assert cine.beats().ed_frames == (0, 40, 80)
        assert [beat.counts for beat in measured(cine, "lvidd").beats] == [False, True, True]

    def test_a_wall_on_another_frame_does_not_count_until_it_is_chosen(self, cine: Review) -> None:
        cine.place("ivs", 20, upright(15))
        assert measured(cine, "ivsd").missing == (
            "no caliper at end-diastole (frames 1, 41 and 81), choose the frame"
        )
        cine.choose("ivs-f20", Phase.ED)
        assert measured(cine, "ivsd").value == pytest.approx(1.5)

    def test_few_frames_per_beat_are_said_beside_the_numbers(self) -> None:
        """16 frames a second at 60 beats a minute."""
        review = Review(plax(49, 16.0), "AB")
        lengths = [beating(frame, 16.0, 1.0) for frame in range(49)]
        review.add_predictions(
            predicted("lvid", n, upright(one, 60)) for n, one in enumerate(lengths)
        )
        assert "frames per beat" in measured(review, "lvids").warnings[0]
        doubt = next(d for d in review.sheet().doubts if "frames per beat" in d.text)
        assert {"lvids", "fs"} <= set(doubt.rows)

    def test_a_wall_within_50_ms_of_end_diastole_is_at_end_diastole(self, cine: Review) -> None:
        cine.place("ivs", 42, upright(11))
        assert measured(cine, "ivsd").value == pytest.approx(1.1)
        cine.delete("ivs-f42")
        cine.place("ivs", 43, upright(11))
        assert measured(cine, "ivsd").value is None

    def test_a_choice_wins_over_the_beats_that_were_found(self, cine: Review) -> None:
        cine.choose("lvid-f3", Phase.ED)
        found = measured(cine, "lvidd")
        assert found.entries == ("lvid-f3",)
        assert found.basis == "chosen by the reviewer"
        assert measured(cine, "lvids").value == pytest.approx(3.0)

    def test_moving_the_caliper_of_an_ed_changes_what_follows_from_it(self, cine: Review) -> None:
        """5.0 and 5.2 cm, both with 3.0 after them: FS 40 and 42.31, mean 41.15 %."""
        cine.move("lvid-f40", level(52))
        assert derived(cine, "fs").value == pytest.approx(41.154, abs=0.01)
        cine.undo()
        assert derived(cine, "fs").value == pytest.approx(40.0)

    def test_a_beat_that_is_left_out_is_not_replaced_by_the_frames_beside_it(
        self, cine: Review
    ) -> None:
        """5.0 cm at frame 0; the frames beside frame 40 are 4.98 cm."""
        cine.move("lvid-f40", level(52))
        assert measured(cine, "lvidd").value == pytest.approx((5.0 + 5.2 + 5.0) / 3)
        cine.leave_out("lvid-f40", "ectopic")
        found = measured(cine, "lvidd")
        assert (found.value, found.basis) == (pytest.approx(5.0), "2 of 3 beats: 1 left out")
        assert [(beat.number, beat.frame, beat.why_not) for beat in found.beats] == [
            (1, 0, ""),
            (2, 40, "left out: ectopic"),
            (3, 80, ""),
        ]
        assert measured(cine, "lvids").n == 2
        # Of the first beat alone: 100 (5 - 3) / 5, its ES within a frame.
        assert derived(cine, "fs").value == pytest.approx(40.0, abs=0.3)
        assert derived(cine, "fs").basis == "1 of 3 beats"

    def test_a_beat_without_a_wall_is_listed(self, cine: Review) -> None:
        cine.place("ivs", 0, before(11))
        found = measured(cine, "ivsd")
        assert (found.value, found.basis) == (
            pytest.approx(1.1),
            "1 of 3 beats: 2 without a caliper",
        )
        assert found.beats[1].why_not == "no caliper at end-diastole"

    def test_a_chosen_frame_is_of_the_beat_it_lies_in(self, cine: Review) -> None:
        """LVIDd from frame 38 of the second beat, 4.95 cm: FS of that beat alone."""
        cine.choose("lvid-f38", Phase.ED)
        diameter = beating(38) / 10
        assert [beat.number for beat in measured(cine, "lvidd").beats] == [2]
        assert derived(cine, "fs").value == pytest.approx(100 * (diameter - 3) / diameter)

    def test_the_smoothing_never_enters_a_number(self, cine: Review) -> None:
        """4.95 cm by hand on an ED frame is averaged as that with the other beats' 5.0."""
        cine.move("lvid-f40", upright(49.5, 60))
        assert 40 in cine.beats().ed_frames
        assert measured(cine, "lvidd").value == pytest.approx((5.0 + 4.95 + 5.0) / 3)

    def test_r_waves_of_the_cine_are_used(self) -> None:
        """0.81 s apart, while the LVID is largest every 0.8 s: 74.1 beats per minute."""
        review = Review(plax(81, r_waves=(0.0, 0.81, 1.62)), "AB")
        review.add_predictions(
            predicted("lvid", frame, level(beating(frame))) for frame in range(81)
        )
        assert review.beats().source == "R waves"
        assert review.beats().rhythm.rate == pytest.approx(60 / 0.81)

    def test_two_cines_with_beats_are_not_mixed(self, cine: Review) -> None:
        key = cine.add_cine(plax(81, uid="1.2.840.99.1.9"))
        cine.add_predictions(
            (predicted("lvid", frame, upright(beating(frame) - 1, 60)) for frame in range(81)), key
        )
        assert measured(cine, "lvidd").missing == "2 images show end-diastole, choose the frame"
        cine.choose("lvid-i2-f0", Phase.ED)
        assert measured(cine, "lvidd").value == pytest.approx(4.9)
        cine.undo()
        # Of two images that on which the reviewer stands behind a caliper, with all its beats.
        cine.accept("lvid-i2-f0")
        assert measured(cine, "lvidd").value == pytest.approx(4.9)
        assert measured(cine, "lvidd").n == 3

    def test_why_no_beat_was_found_is_part_of_the_question(self) -> None:
        review = Review(plax(20), "AB")
        review.add_predictions(predicted("lvid", frame, upright(45)) for frame in range(20))
        assert measured(review, "lvidd").missing == (
            "choose which frame is end-diastole (LVID hardly changes; no heartbeat is seen)"
        )


class TestClipsWithoutLvid:
    """Apical and high windows show no LVID: what they show is taken otherwise, and says how."""

    def clip(self, id: str, length: Callable[[int], float], waves: tuple[float, ...]) -> Review:
        review = Review(plax(120, r_waves=waves), "AB")
        review.add_predictions(predicted(id, frame, upright(length(frame))) for frame in range(120))
        return review

    def test_the_root_is_taken_at_the_r_waves(self) -> None:
        """3.0 cm, but 3.1 and 3.2 at the R waves of frames 10 and 50."""
        lengths = {10: 31, 50: 32}
        review = self.clip("aortic_root", lambda frame: lengths.get(frame, 30), (0.2, 1.001))
        found = measured(review, "aortic_root")
        assert (found.value, found.basis) == (
            pytest.approx(3.15),
            "mean of 2 beats, at the R wave",
        )
        assert review.phase_of(review.entry("aortic_root-f10")) is Phase.ED

    def test_without_an_ecg_the_root_is_asked_about(self) -> None:
        review = self.clip("aortic_root", lambda frame: 30 + frame % 3, ())
        assert measured(review, "aortic_root").missing == "choose which frame is end-diastole"

    @pytest.mark.parametrize("id", ["la", "rv_base"])
    def test_what_is_largest_at_its_phase_is_taken_there(self, id: str) -> None:
        """3.0 to 4.0 cm, largest on frames 20, 60 and 100; 4.2 cm by hand on the second."""
        review = self.clip(id, lambda f: 35 - 5 * math.cos(2 * math.pi * f / 40), ())
        review.move(f"{id}-f60", upright(42))
        found = measured(review, id)
        assert found.value == pytest.approx((4.0 + 4.2 + 4.0) / 3)
        assert found.basis == "mean of 3 beats, where it is largest"
        assert [beat.frame for beat in found.beats] == [20, 60, 100]

    def test_the_r_wave_goes_before_the_largest(self) -> None:
        """The right ventricle at the R wave of frame 58: 3.98 cm."""
        review = self.clip("rv_base", lambda f: 35 - 5 * math.cos(2 * math.pi * f / 40), (1.16,))
        expected = 3.5 - 0.5 * math.cos(2 * math.pi * 58 / 40)
        assert measured(review, "rv_base").value == pytest.approx(expected)
        assert measured(review, "rv_base").basis == "at the R wave"

    @pytest.mark.parametrize(("frame", "counts"), [(10, False), (12, False), (25, True)])
    def test_a_lone_atrium_at_the_r_wave_is_not_of_end_systole(
        self, frame: int, counts: bool
    ) -> None:
        """50 frames a second: frame 10 is at the R wave, 12 is 40 ms after it, 25 0.3 s."""
        review = Review(plax(120, r_waves=(0.2,)), "AB")
        review.add_prediction(predicted("la", frame, upright(40)))
        found = measured(review, "la")
        if counts:
            assert (found.value, found.basis) == (pytest.approx(4.0), "the only caliper")
            return
        assert found.value is None
        words = f"choose which frame is end-systole (frame {frame + 1} is at end-diastole)"
        assert found.missing == words
        review.choose(f"la-f{frame}", Phase.ES)
        assert measured(review, "la").value == pytest.approx(4.0)

    def test_a_clip_of_lvid_that_shows_no_whole_beat_gives_no_ef(self, cine: Review) -> None:
        """ED of frame 40 and ES of frame 20 are there, but left out is what makes them a beat."""
        for id in ("lvid-f0", "lvid-f60"):
            cine.leave_out(id)
        assert measured(cine, "lvidd").n == 2
        assert measured(cine, "lvids").n == 1
        assert derived(cine, "fs").reason == "no beat shows LVIDd and LVIDs"
        cine.choose("lvid-f40", Phase.ED)
        # Both 5.0 and 3.0 cm, of two beats that the reviewer brings together.
        assert derived(cine, "fs").value == pytest.approx(40.0, abs=0.5)


EXCLUDE: dict[str, tuple[Callable[[Review], object], str]] = {
    "rejected": (
        lambda r: r.reject("ivs-f0", "oblique"),
        "the caliper on frame 1 (0.00 s) is rejected: oblique",
    ),
    "rejected after accepting": (
        lambda r: (r.accept("ivs-f0"), r.reject("ivs-f0")),
        "the caliper on frame 1 (0.00 s) is rejected",
    ),
    "implausible": (
        lambda r: r.move("ivs-f0", upright(50)),
        "the caliper on frame 1 (0.00 s) is flagged implausible value",
    ),
    "outside the region": (
        lambda r: r.move("ivs-f0", [(10, 10), (10, 70)]),
        "the caliper on frame 1 (0.00 s) is flagged outside the region",
    ),
    "accepted although implausible": (
        lambda r: (r.move("ivs-f0", upright(50)), r.accept("ivs-f0")),
        "the caliper on frame 1 (0.00 s) is flagged implausible value",
    ),
    "chosen and rejected": (
        lambda r: (r.choose("ivs-f0", Phase.ED), r.reject("ivs-f0")),
        "the caliper on frame 1 (0.00 s) is rejected",
    ),
    "deleted": (lambda r: r.delete("ivs-f0"), ""),
}


@pytest.mark.parametrize("case", EXCLUDE)
def test_what_is_rejected_or_flagged_feeds_nothing(still: Review, case: str) -> None:
    exclude, why = EXCLUDE[case]
    still.add_prediction(predicted("ivs", 0, before(10)))
    still.place("lvpw", 0, upright(10))
    assert derived(still, "ivs_lvpw").value == pytest.approx(1.0)
    exclude(still)
    found = derived(still, "ivs_lvpw")
    assert (found.value, found.missing) == (None, ("IVSd",))
    assert found.reason == (f"missing IVSd: {why}" if why else "missing IVSd")
    while still.can_undo and derived(still, "ivs_lvpw").value is None:
        still.undo()
    assert derived(still, "ivs_lvpw").value == pytest.approx(1.0)
