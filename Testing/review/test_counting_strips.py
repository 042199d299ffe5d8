"""Which caliper counts on strips and for the vena cava, and what is asked when it is not clear."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from review_studies import (
    m_mode,
    plax,
    predicted,
    predicted_beats,
    spectral,
    upright,
)

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.measuring.breathing import Manoeuvre
from EchoMeasureLib.measuring.derived import Derived
from EchoMeasureLib.measuring.examination import Examination, Rhythm
from EchoMeasureLib.measuring.measured import Measured
from EchoMeasureLib.review.session import Review

WHICH = "2 strips show it: accept the one that counts, or leave out the other"


def derived(review: Review, id: str) -> Derived:
    return next(found for found in review.derived() if found.id == id)


def measured(review: Review, id: str) -> Measured:
    return review.measured()[id]


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
        assert measured(review, "e").missing == WHICH
        review.accept("mvpeak-f0-b3")
        assert (measured(review, "e").value, measured(review, "e").n) == (90, 3)
        review.accept("mvpeak-i2-f0")
        assert measured(review, "e").missing == WHICH

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
        assert measured(review, "trvmax").missing == WHICH
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

    def breath(
        self, lasts_s: float, wide: float, narrow: float, last: float | None = None
    ) -> Review:
        """A breath every 4 s from end-expiration on, 10 frames a second; lengths in px of 0.1 cm.

        Every seventh frame is 2 px (2 mm) too small or too large; `last` is that of the last.
        """
        review = Review(plax(round(lasts_s * 10), fps=10), "AB")
        for frame in range(round(lasts_s * 10)):
            share = (1 - math.cos(2 * math.pi * frame / 40)) / 2
            off = 2 * (-1) ** frame if frame % 7 == 3 else 0
            length = wide - (wide - narrow) * share + off
            if last is not None and frame == round(lasts_s * 10) - 1:
                length = last
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

    def test_one_frame_at_the_turn_of_a_curve_is_no_largest_of_single_frames(self) -> None:
        """At rest at 2.5 cm, a tenth of a millimetre wider in the last frame of 6 s.

        The frames that stand out by 2 mm are left aside, and what is taken for granted is told.
        """
        review = self.breath(6, 25, 25, last=25.1)
        review.examine(Examination(manoeuvre=Manoeuvre.QUIET))
        widest = measured(review, "ivc_max")
        assert widest.value == pytest.approx(2.5, abs=0.005)
        assert any("taken to hold a breath" in text for text in widest.warnings)

    def test_one_ivc_gives_no_collapse(self) -> None:
        review = Review(plax(1), "AB")
        review.place("ivc", 0, upright(18))
        assert derived(review, "rap").reason == (
            "missing IVC minimum: the IVC is measured on 1 frame(s); a breath needs 12"
        )
