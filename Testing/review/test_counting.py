"""Which caliper counts for LVIDd, LVIDs, IVSd, E, ... and what is asked when it is not clear."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from review_studies import (
    beating,
    before,
    level,
    m_mode,
    plax,
    predicted,
    predicted_beats,
    spectral,
    upright,
)

from EchoMeasureLib.catalog import CATALOG, Phase
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.measuring.breathing import Manoeuvre
from EchoMeasureLib.measuring.derived import INPUTS, Derived, Measured
from EchoMeasureLib.measuring.examination import Examination, Rhythm
from EchoMeasureLib.review.counting import QUANTITIES
from EchoMeasureLib.review.entries import allowed_phases
from EchoMeasureLib.review.session import Review


@pytest.fixture
def still() -> Review:
    return Review(plax(1), "AB")


@pytest.fixture
def cine() -> Review:
    """Two and a half beats at 50 fps, LVID on every frame: ED 0, 40, 80 and ES 20, 60."""
    review = Review(plax(81), "AB")
    for frame in range(81):
        review.add_prediction(predicted("lvid", frame, level(beating(frame))))
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
        for frame in range(81):
            length = {0: 10, 40: 12, 80: 11}.get(frame, 12.5)
            cine.add_prediction(predicted("ivs", frame, before(length)))
        assert measured(cine, "ivsd").value == pytest.approx(1.1)

    def test_what_was_rejected_is_not_replaced_by_the_frame_beside_it(self, cine: Review) -> None:
        """Nobody has looked at the frame beside; a flagged caliper is replaced as before."""
        for frame in range(81):
            cine.add_prediction(predicted("ivs", frame, before(10)))
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
        for frame in range(49):
            length = beating(frame, 16.0, 1.0)
            review.add_prediction(predicted("lvid", frame, upright(length, 60)))
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
        for frame in range(81):
            review.add_prediction(predicted("lvid", frame, level(beating(frame))))
        assert review.beats().source == "R waves"
        assert review.beats().rhythm.rate == pytest.approx(60 / 0.81)

    def test_two_cines_with_beats_are_not_mixed(self, cine: Review) -> None:
        key = cine.add_cine(plax(81, uid="1.2.840.99.1.9"))
        for frame in range(81):
            cine.add_prediction(predicted("lvid", frame, upright(beating(frame) - 1, 60)), key)
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
        for frame in range(20):
            review.add_prediction(predicted("lvid", frame, upright(45)))
        assert measured(review, "lvidd").missing == (
            "choose which frame is end-diastole (LVID hardly changes; no heartbeat is seen)"
        )


class TestClipsWithoutLvid:
    """Apical and high windows show no LVID: what they show is taken otherwise, and says how."""

    def clip(self, id: str, length: Callable[[int], float], waves: tuple[float, ...]) -> Review:
        review = Review(plax(120, r_waves=waves), "AB")
        for frame in range(120):
            review.add_prediction(predicted(id, frame, upright(length(frame))))
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


class TestStrips:
    def study(self) -> Review:
        """E 80 and A 60 cm/s, e' 8 and 10 cm/s, TR 3.0 m/s, TAPSE 2.0 cm on four images."""
        review = Review(spectral(), "AB")
        review.place("mvpeak", 0, [(10, 12), (20, 14)])
        tissue = review.add_cine(spectral(uid="1.2.840.99.1.5"))
        review.place("medevel", 0, [(10, 20.8)], tissue)
        review.place("latevel", 0, [(30, 21.0)], tissue)
        jet = review.add_cine(spectral(RegionKind.CW, "1.2.840.99.1.6"))
        review.place("trvmax", 0, [(10, 50)], jet)
        review.place("tapse", 0, [(10, 40), (30, 20)], review.add_cine(m_mode()))
        return review

    def test_values_of_several_images_come_together(self) -> None:
        review = self.study()
        review.examine(Examination(rap=4))
        # 80/60; 80/8; 80/10; 4 * 3^2 + 4; 20 / 40
        found = {id: derived(review, id).value for id in ("e_a", "e_e_septal", "e_e_lateral")}
        assert found == pytest.approx({"e_a": 80 / 60, "e_e_septal": 10.0, "e_e_lateral": 8.0})
        assert derived(review, "rvsp").value == pytest.approx(40.0)
        assert derived(review, "tapse_pasp").value == pytest.approx(0.5)

    def test_calipers_of_one_strip_are_averaged_as_its_beats(self) -> None:
        """E/e' septal with e' 8 and 12 cm/s: 80 / 10."""
        review = self.study()
        review.place("medevel", 0, [(50, 21.2)], "1.2.840.99.1.5")
        assert measured(review, "medevel").basis == "mean of 2 beats"
        assert derived(review, "e_e_septal").value == pytest.approx(8.0)

    def test_the_mean_of_three_jets_gives_the_pressure(self) -> None:
        """4.75, 3.84 and 4.26 m/s, mean 4.283: 4 * 4.283^2 + 8 = 81.4 mmHg, not the 98 of the
        clearest one."""
        review = Review(spectral(RegionKind.CW, step=-20), "AB")
        jets = [[(15 + 25 * n, 20 + v / 20)] for n, v in enumerate((475, 384, 426))]
        review.add_prediction(predicted_beats("trvmax", jets, clearest=0))
        review.examine(Examination(rap=8))
        found = measured(review, "trvmax")
        assert found.value == pytest.approx(-1285 / 3)
        assert (found.n, found.basis) == (3, "mean of 3 beats")
        assert [beat.value for beat in found.beats] == pytest.approx([-475, -384, -426])
        assert [beat.time_s for beat in found.beats] == pytest.approx([0.15, 0.40, 0.65])
        assert derived(review, "rvsp").text == "81 mmHg"

    @pytest.mark.parametrize(
        ("doubtful", "act", "basis", "value"),
        [
            ((), lambda r: None, "mean of 3 beats", 90),
            ((1,), lambda r: None, "2 of 3 beats: 1 flagged", 90),
            ((0, 1), lambda r: None, "1 of 3 beats: 2 flagged", 100),
            ((1,), lambda r: r.leave_out("mvpeak-f0"), "1 of 3 beats: 1 left out, 1 flagged", 100),
            ((), lambda r: r.reject("mvpeak-f0-b3"), "2 of 3 beats: 1 rejected", 85),
            ((1,), lambda r: r.adopt("mvpeak-f0-b2"), "mean of 3 beats", 90),
            ((), lambda r: r.delete("mvpeak-f0-b2"), "mean of 2 beats", 90),
        ],
    )
    def test_the_rule_is_said_in_words(
        self, doubtful: tuple[int, ...], act: Callable[[Review], object], basis: str, value: float
    ) -> None:
        """E 80, 90 and 100 cm/s; the first is the clearest, though perhaps doubtful."""
        review = self.inflow(doubtful)
        act(review)
        assert (measured(review, "e").basis, measured(review, "e").value) == (basis, value)

    def inflow(self, doubtful: tuple[int, ...] = ()) -> Review:
        """E 80, 90, 100 and A 40, 50, 60 cm/s at 0.1, 0.35 and 0.6 s."""
        review = Review(spectral(), "AB")
        beats = [[(10 + 25 * n, 12 - n), (20 + 25 * n, 16 - n)] for n in range(3)]
        sure = [0.2 if n in doubtful else 0.9 for n in range(3)]
        review.add_prediction(predicted_beats("mvpeak", beats, 0, sure))
        return review

    def test_spread_and_ratio_over_beats(self) -> None:
        """E of 80, 90 and 100: 10. E/A of the means: 90 / 50."""
        review = self.inflow()
        assert measured(review, "e").sd == pytest.approx(10)
        found = measured(review, "e_a_ratio")
        assert found.value == pytest.approx(1.8)
        assert [beat.value for beat in found.beats] == pytest.approx([2, 1.8, 100 / 60])

    def test_every_beat_that_was_found_is_listed_with_its_number(self) -> None:
        review = self.inflow(doubtful=(1,))
        review.reject("mvpeak-f0", "noise")
        found = measured(review, "e")
        assert [(b.number, b.value, b.why_not, b.entries) for b in found.beats] == [
            (1, 80, "rejected: noise", ("mvpeak-f0",)),
            (2, 90, "flagged low confidence", ("mvpeak-f0-b2",)),
            (3, 100, "", ("mvpeak-f0-b3",)),
        ]
        review.leave_out("mvpeak-f0-b3")
        assert measured(review, "e").missing == (
            "all 3 calipers are rejected, flagged or left out (frame 1: rejected: noise)"
        )

    def test_atrial_fibrillation_asks_for_five_beats(self) -> None:
        review = self.inflow()
        review.examine(Examination(rhythm=Rhythm.AF))
        fewer = "fewer than the 5 that atrial fibrillation asks for"
        assert measured(review, "e").basis == f"mean of 3 beats, {fewer}"
        review.leave_out("mvpeak-f0")
        assert measured(review, "e").basis == f"2 of 3 beats: 1 left out, {fewer}"
        review.examine(Examination(rhythm=Rhythm.SINUS))
        assert measured(review, "e").basis == "2 of 3 beats: 1 left out"

    def test_a_handled_beat_pushes_no_other_aside(self) -> None:
        review = self.inflow()
        review.accept("mvpeak-f0-b2")
        assert (measured(review, "e").value, measured(review, "e").n) == (90, 3)
        assert not measured(review, "e").reviewed

    @pytest.mark.parametrize(
        ("found", "column", "values"),
        [
            ((10, 70), 39, [150, 200]),
            # Half of the 60 columns between the beats: it is one of its own, which was missed.
            ((10, 70), 40, [100, 150, 200]),
            ((10, 40, 70), 79, [100, 200, 150]),
            # With one beat only there are at least 0.3 s to the next: 30 columns.
            ((30,), 44, [150]),
            ((30,), 45, [100, 150]),
        ],
    )
    def test_a_caliper_by_hand_is_of_the_beat_it_is_near_to(
        self, found: tuple[int, ...], column: int, values: list[float]
    ) -> None:
        """Jets of 1, 2 and 3 m/s in time, one by hand of 1.5 m/s."""
        review = Review(spectral(RegionKind.CW), "AB")
        jets = [[(x, 30 + 10 * number)] for number, x in enumerate(found)]
        review.add_prediction(predicted_beats("trvmax", jets))
        review.place("trvmax", 0, [(column, 35)])
        beats = measured(review, "trvmax").beats
        assert [-(beat.value or 0) for beat in beats] == pytest.approx(values)

    def test_of_two_strips_that_with_an_accepted_beat_counts_with_all_its_beats(self) -> None:
        review = self.inflow()
        other = review.add_cine(spectral(uid="1.2.840.99.1.7"))
        beats = [[(10 + 25 * n, 13), (20 + 25 * n, 16)] for n in range(3)]
        review.add_prediction(predicted_beats("mvpeak", beats), other)
        assert measured(review, "e").missing == "choose which one counts"
        review.accept("mvpeak-f0-b3")
        assert (measured(review, "e").value, measured(review, "e").n) == (90, 3)
        review.accept("mvpeak-i2-f0")
        assert measured(review, "e").missing == "choose which one counts"

    def test_a_chosen_beat_chooses_its_strip(self) -> None:
        review = self.inflow()
        other = review.add_cine(spectral(uid="1.2.840.99.1.7"))
        review.place("mvpeak", 0, [(10, 13), (20, 16)], other)
        review.choose("mvpeak-f0-b2", Phase.DIASTOLE)
        assert measured(review, "e").value == 90
        assert measured(review, "e").basis == "mean of 3 beats, chosen by the reviewer"

    def test_strips_are_not_mixed_but_asked_about(self) -> None:
        review = self.study()
        other = review.add_cine(spectral(RegionKind.CW, "1.2.840.99.1.7"))
        entry = review.place("trvmax", 0, [(10, 45)], other)
        assert measured(review, "trvmax").missing == "choose which one counts"
        review.choose(entry.id, Phase.SYSTOLE)
        assert derived(review, "tr_gradient").value == pytest.approx(4 * 2.5**2)

    def test_e_before_a_in_the_wrong_order_excludes_e_as_well(self) -> None:
        review = self.study()
        review.move("mvpeak-f0", [(20, 12), (10, 14)])
        assert derived(review, "e_e_septal").reason == (
            "missing MV E: the caliper on frame 1 (0.20 s) is flagged points in the wrong order"
        )


class TestVenaCava:
    def breathing(self) -> Review:
        review = Review(plax(4, fps=5), "AB")
        for frame, length in enumerate((18, 20, 9, 15)):
            review.add_prediction(predicted("ivc", frame, upright(length)))
        return review

    def test_a_few_frames_show_no_breath(self) -> None:
        review = self.breathing()
        assert measured(review, "ivc_max").entries == ("ivc-f1",)
        found = measured(review, "ivc_min")
        assert found.value is None
        assert found.missing == "the IVC is measured on 4 frame(s); a breath needs 12"

    def test_two_that_the_reviewer_stands_behind_give_the_collapse(self) -> None:
        """1.8 and 0.9 cm: 50 %, which is not more than half; the 2.0 that nobody saw is out."""
        review = self.breathing()
        review.accept("ivc-f0")
        assert measured(review, "ivc_min").value is None
        review.accept("ivc-f2")
        assert measured(review, "ivc_max").basis == "the largest of 2"
        assert derived(review, "ivc_collapse").value == pytest.approx(50.0)
        review.examine(Examination(manoeuvre=Manoeuvre.SNIFF))
        assert derived(review, "rap").text == "8 mmHg"

    def test_a_chosen_end_expiration_counts(self) -> None:
        """1.5 cm and, accepted, 0.9: 40 %."""
        review = self.breathing()
        review.choose("ivc-f3", Phase.EXPIRATION)
        assert measured(review, "ivc_min").value is None
        review.accept("ivc-f2")
        assert derived(review, "ivc_collapse").value == pytest.approx(40.0)

    def breath(self, lasts_s: float, wide: float, narrow: float) -> Review:
        """A breath every 4 s from end-expiration on, 10 frames a second; lengths in px of 0.1 cm.

        Every seventh frame is 2 px (2 mm) too small or too large.
        """
        review = Review(plax(round(lasts_s * 10), fps=10), "AB")
        for frame in range(round(lasts_s * 10)):
            share = (1 - math.cos(2 * math.pi * frame / 40)) / 2
            off = 2 * (-1) ** frame if frame % 7 == 3 else 0
            length = wide - (wide - narrow) * share + off
            review.add_prediction(predicted("ivc", frame, upright(length)))
        return review

    def test_over_a_breath_the_means_about_both_turns_count(self) -> None:
        """2.4 cm at 4.0 s and 2.1 cm at 2.0 and 6.0 s: 12.5 %; single frames say 2.6 and 1.9."""
        review = self.breath(8, 24, 21)
        widest, narrowest = measured(review, "ivc_max"), measured(review, "ivc_min")
        assert widest.value == pytest.approx(2.4, abs=0.05)
        assert narrowest.value == pytest.approx(2.1, abs=0.05)
        assert len(widest.entries) > 3
        assert widest.basis == f"mean of {len(widest.entries)} frames at end-expiration"
        assert narrowest.basis == f"mean of {len(narrowest.entries)} frames at its narrowest"
        assert derived(review, "rap").text == "15 mmHg"

    def test_a_clip_without_a_whole_breath_gives_no_collapse(self) -> None:
        """1.6 s from end-expiration on."""
        review = self.breath(1.6, 20, 8)
        assert measured(review, "ivc_max").value == pytest.approx(2.0, abs=0.05)
        assert measured(review, "ivc_min").missing == (
            "the clip of 1.5 s does not show end-expiration from both sides"
        )
        assert "missing IVC minimum" in derived(review, "rap").reason

    def test_a_vein_that_does_not_move_needs_somebody_to_say_that_there_was_a_breath(self) -> None:
        review = self.breath(6, 25, 25)
        assert measured(review, "ivc_min").missing == (
            "the IVC moves by less than 5 %: was there a breath?"
        )
        review.examine(Examination(manoeuvre=Manoeuvre.QUIET))
        assert derived(review, "rap").text == "15 mmHg"
        doubts = [doubt.text for doubt in review.sheet().doubts if "rap" in doubt.rows]
        assert "The IVC moves by less than 5 %; the 5.8 s are taken to hold a breath." in doubts

    def test_one_ivc_gives_no_collapse(self) -> None:
        review = Review(plax(1), "AB")
        review.place("ivc", 0, upright(18))
        assert derived(review, "rap").reason == (
            "missing IVC minimum: the IVC is measured on 1 frame(s); a breath needs 12"
        )
