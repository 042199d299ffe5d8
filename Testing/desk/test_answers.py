"""Answers: which state each value is in, what is said against it, and in which order they stand."""

from __future__ import annotations

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

from EchoMeasureLib.cli.result_lines import summary_lines
from EchoMeasureLib.definitions import Lengths, Phase
from EchoMeasureLib.desk.answer_words import (
    beat_words,
    image_words,
    missing_words,
    needs_words,
    normal_words,
    number_words,
    tip_words,
)
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.answers import Answer, State, answers_of, beside
from EchoMeasureLib.review.session import Review

WOMAN = Subject("F", 165, 70, age=62)


def answer(review: Review, id: str) -> Answer:
    return next(one for one in answers_of(review) if one.id == id)


@pytest.fixture
def heart() -> Review:
    """Two beats of 0.8 s: LVID 5 cm at end-diastole, 3 cm at end-systole; a septum of 0.9 cm."""
    review = Review(plax(81, r_waves=(0.0, 0.8)), "AB")
    diameters = (predicted("lvid", frame, level(beating(frame))) for frame in range(81))
    septum = (predicted("ivs", frame, before(9)) for frame in range(81))
    review.add_predictions([*diameters, *septum])
    return review


@pytest.fixture
def jets() -> Review:
    """Three beats of TR of 2.4, 2.4 and 2.6 m/s: 10 cm/s a row below the baseline at row 20."""
    review = Review(spectral(RegionKind.CW), "AB")
    peaks = [[(10.0, 44.0)], [(35.0, 44.0)], [(60.0, 46.0)]]
    review.add_prediction(predicted_beats("trvmax", peaks))
    return review


def doubtful(second: float, confidence: float = 0.1) -> Review:
    """The second of three beats is doubtful, at this row."""
    review = Review(spectral(RegionKind.CW), "AB")
    peaks = [[(10.0, 44.0)], [(35.0, second)], [(60.0, 44.0)]]
    review.add_prediction(predicted_beats("trvmax", peaks, confidences=(0.9, confidence, 0.9)))
    return review


def test_the_limit_of_an_aortic_jet_is_that_of_sclerosis_and_says_so() -> None:
    """3.0 m/s: 2.5 m/s is not what healthy people have at most, but what is no stenosis yet."""
    jet = Review(spectral(RegionKind.CW), "AB")
    jet.add_prediction(predicted_beats("avvmax", [[(10.0, 50.0)]]))
    found = answer(jet, "avvmax")
    assert normal_words(found.row, found.normal) == "no AS \u2264 2.5 H"
    assert found.why == "moderate stenosis (sclerosis up to 2.5)"
    assert summary_lines([found.row])[0].endswith("sclerosis up to 2.5 (H, moderate stenosis)")


def test_thirty_frames_of_a_diameter_are_two_answers(heart: Review) -> None:
    found = [one for one in answers_of(heart) if one.entries]
    assert [(one.id, one.state.value) for one in found] == [
        ("ivsd", "unreviewed"),
        ("lvidd", "unreviewed"),
        ("lvids", "unreviewed"),
    ]
    assert [number_words(one) for one in found] == ["0.9 cm", "5.0 cm", "3.0 cm"]


def test_what_is_not_measured_is_one_line_with_its_views(heart: Review) -> None:
    absent = [one for one in answers_of(heart) if one.state is State.MISSING]
    words = missing_words(absent)
    assert words.startswith(f"{len(absent)} not measured: PLAX, ")
    assert "A4C" in words
    assert "RV-focused" not in words


def test_e_a_and_their_ratio_are_three_answers_of_one_caliper() -> None:
    """E of 80 and A of 50 cm/s; accepting the caliper accepts all three."""
    review = Review(spectral(), "AB")
    entry = review.add_prediction(predicted("mvpeak", 0, [(10, 12), (20, 15)]))
    found = [one for one in answers_of(review) if one.entries]
    assert [(one.row.name, number_words(one)) for one in found] == [
        ("MV E", "80 cm/s"),
        ("MV A", "50 cm/s"),
        ("E/A", "1.60"),
    ]
    assert {one.counting for one in found} == {(entry.id,)}
    review.accept(entry.id)
    found = [one for one in answers_of(review) if one.entries]
    assert {one.state for one in found} == {State.ACCEPTED}


def test_a_doubtful_beat_needs_eyes_and_says_how_far_it_is_from_the_others() -> None:
    """2.4, 3.4 and 2.4 m/s: 1.0 m/s from the others, where a reading errs by 0.08."""
    found = answer(doubtful(54), "trvmax")
    assert found.state is State.NEED_EYES
    assert found.why == "beat 2: low confidence, 1.0 m/s from the others"
    assert (number_words(found), found.row.n) == ("2.4 m/s", 2)
    assert len(found.entries) == 3
    assert len(found.counting) == 2
    # A doubtful one that says the same as the others is doubtful all the same.
    assert answer(doubtful(44), "trvmax").why == "beat 2: low confidence"


def test_an_answer_all_of_whose_beats_are_flagged_needs_eyes() -> None:
    review = Review(spectral(RegionKind.CW), "AB")
    peaks = [[(10.0, 44.0)], [(35.0, 44.0)]]
    review.add_prediction(predicted_beats("trvmax", peaks, confidences=(0.1, 0.1)))
    found = answer(review, "trvmax")
    assert (found.state, found.row.value) == (State.NEED_EYES, None)
    assert found.why == "beat 1: low confidence; beat 2: low confidence"


def test_what_lies_outside_its_range_needs_eyes(heart: Review) -> None:
    """LVIDd of 5.0 cm is normal for both sexes; a septum of 1.4 cm is not."""
    heart.describe(WOMAN)
    assert answer(heart, "lvidd").state is State.UNREVIEWED
    assert normal_words(answer(heart, "lvidd").row, answer(heart, "lvidd").normal) == "3.8-5.2"
    heart.add_predictions(predicted("ivs", frame, before(14)) for frame in range(81))
    found = answer(heart, "ivsd")
    assert found.state is State.NEED_EYES
    assert found.why.endswith("(normal 0.6 to 0.9)")
    assert normal_words(found.row, found.normal) == "0.6-0.9 H"


def test_a_value_near_a_limit_has_a_tilde_and_waits_like_others(heart: Review) -> None:
    """A septum of 0.9 cm: the limit of 0.9 lies within the 11 % by which two readers differ."""
    heart.describe(WOMAN)
    found = answer(heart, "ivsd")
    assert (number_words(found), found.state) == ("0.9 cm ~", State.UNREVIEWED)


def test_beats_far_apart_need_eyes() -> None:
    """2.0 and 2.6 m/s are 26 % of their mean apart; over 20 % is worth a look."""
    review = Review(spectral(RegionKind.CW), "AB")
    review.add_prediction(predicted_beats("trvmax", [[(10.0, 40.0)], [(35.0, 46.0)]]))
    found = answer(review, "trvmax")
    assert found.state is State.NEED_EYES
    assert "26 % apart" in found.why


def test_the_state_follows_what_the_reviewer_does(jets: Review) -> None:
    first, second, third = answer(jets, "trvmax").entries
    jets.accept(first)
    jets.accept(second)
    assert answer(jets, "trvmax").state is State.UNREVIEWED, "the third beat counts too"
    jets.leave_out(third)
    assert answer(jets, "trvmax").state is State.ACCEPTED
    jets.count(third)
    jets.move(third, [(60.0, 45.0)])
    assert answer(jets, "trvmax").state is State.CHANGED
    for id in (first, second, third):
        jets.reject(id, "not TR")
    found = answer(jets, "trvmax")
    assert (found.state, found.why) == (State.REJECTED, "not TR")
    assert number_words(found) == "(2.4 m/s)", "what was rejected stays to be seen"


def test_what_needs_eyes_stands_first_and_what_is_missing_last(heart: Review) -> None:
    heart.describe(WOMAN)
    heart.add_predictions(
        predicted("lvid", frame, level(beating(frame) + 5)) for frame in range(81)
    )
    for id in answer(heart, "ivsd").counting:
        heart.accept(id)
    states = [one.state for one in answers_of(heart)]
    assert states[:3] == [State.NEED_EYES, State.UNREVIEWED, State.ACCEPTED]
    assert set(states[3:]) == {State.MISSING}


def test_where_beats_cannot_be_told_the_row_says_why() -> None:
    review = Review(plax(6), "AB")
    for frame in (0, 3):
        review.add_prediction(predicted("lvid", frame, level(50)))
    found = answer(review, "lvidd")
    assert found.state is State.MISSING
    assert "choose which frame is end-diastole" in found.why
    assert found.first == "lvid-f0", "and leads to one of its calipers"


def test_beats_are_told_by_number_time_and_whether_they_count(heart: Review) -> None:
    found = answer(heart, "lvidd")
    beats = [beat_words(found, beat) for beat in found.row.beats]
    assert beats[:2] == [
        ("beat 1", "5.0", "0.00 s ED", "counts"),
        ("beat 2", "5.0", "0.80 s ED", "counts"),
    ]
    heart.leave_out(found.counting[1], "ectopic")
    found = answer(heart, "lvidd")
    assert beat_words(found, found.row.beats[1])[3] == "left out"
    assert "ectopic" in found.row.beats[1].why_not


def test_lengths_are_answered_in_mm_on_request(heart: Review) -> None:
    heart.describe(WOMAN)
    found = answer(heart, "lvidd")
    assert number_words(found, Lengths.MM) == "50 mm"
    assert normal_words(found.row, found.normal, Lengths.MM) == "38-52"
    assert beat_words(found, found.row.beats[0], Lengths.MM)[1] == "50"
    heart.add_predictions(predicted("ivs", frame, before(14)) for frame in range(81))
    septum = next(one for one in answers_of(heart, Lengths.MM) if one.id == "ivsd")
    assert septum.why.endswith("(normal 6 to 9)")


def test_one_sided_ranges_are_written_short() -> None:
    review = Review(m_mode(), "AB")
    review.add_prediction(predicted("tapse", 0, [(10, 40), (20, 20)]))
    found = answer(review, "tapse")
    assert normal_words(found.row, found.normal).startswith("\u2265 1.")


def test_a_tip_says_what_is_measured_and_how_well(heart: Review) -> None:
    tip = tip_words(answer(heart, "lvidd"))
    assert "inner edge to inner edge" in tip
    # 4 % between two readers is 0.886 * 4 % of 5.0 cm for one
    assert "about 0.18 cm" in tip


def test_what_could_not_be_derived_is_one_line(heart: Review) -> None:
    words = needs_words(heart.derived())
    assert "more need" in words
    assert "LVPWd" in words
    assert "height" in words


@pytest.mark.parametrize(
    ("states", "ready", "words"),
    [
        ((), 0, "Image 1 of 2: nothing measured"),
        (("unreviewed", "unreviewed", "need eyes"), 1, "PLAX: 1 ready, 1 needs eyes, 1 to look at"),
        (("accepted", "changed", "rejected", "missing"), 0, "3 done, 1 missing"),
    ],
)
def test_a_line_says_how_far_an_image_is(
    heart: Review, states: tuple[str, ...], ready: int, words: str
) -> None:
    one = answer(heart, "lvidd")
    some = [
        Answer(one.row, None, "lvid", State(state), "", one.entries, one.counting, one.image)
        for state in states
    ]
    assert image_words(1, 2, some, ready).endswith(words)


def test_another_layers_values_stand_out_only_beyond_the_uncertainty(jets: Review) -> None:
    """Two readings of TR of 2.5 m/s differ by 0.16 m/s or less in 19 of 20 pairs (3.8 %)."""
    other = Review.begin_from(tuple(jets.images.values()), jets.layer(), "CD")
    other.add_cine(jets.cine())
    assert beside(jets.sheet(), other.sheet().numbers())["trvmax"].apart is False
    for id, row in zip(answer(other, "trvmax").entries, (47.0, 47.0, 49.0), strict=True):
        other.move(id, [(other.entry(id).caliper.points[0].x, row)])
    found = beside(jets.sheet(), other.sheet().numbers())["trvmax"]
    assert (found.value, found.apart) == (pytest.approx(-276.7, abs=0.1), True)


def test_a_chosen_phase_of_a_still_is_an_answer() -> None:
    review = Review(plax(1, fps=None), "AB")
    entry = review.place("lvid", 0, upright(50))
    review.choose(entry.id, Phase.ED)
    assert answer(review, "lvidd").state is State.CHANGED


def test_the_vena_cava_has_breaths() -> None:
    review = Review(plax(3), "AB")
    review.add_prediction(predicted("ivc", 1, upright(18)))
    found = answer(review, "ivc_max")
    assert [beat_words(found, beat)[0] for beat in found.row.beats] == ["breath 1"]


def test_breaths_that_lie_apart_are_called_so() -> None:
    """3.0 and 2.0 cm lie two fifths of their mean apart."""
    review = Review(m_mode(), "AB")
    review.add_prediction(predicted_beats("ivcmmax", [[(10, 10), (10, 40)], [(60, 10), (60, 30)]]))
    (doubt,) = review.sheet().doubts
    assert doubt.text == "the breaths of IVC (M-mode) 2.5 cm lie 40 % apart"


def test_a_breath_unlike_the_others_is_told_from_other_breaths() -> None:
    """One of 3.1 cm among four of 2.0 cm."""
    review = Review(m_mode(), "AB")
    sizes = {5: 20, 20: 20, 35: 31, 50: 20, 70: 20}
    breaths = [[(x, 10), (x, 10 + rows)] for x, rows in sizes.items()]
    review.add_prediction(predicted_beats("ivcmmax", breaths))
    said = [entry.caliper.values[0].beside for entry in review.entries.values()]
    odd = "IVC (M-mode) is 3.10 cm, where the other breaths have 2.00 cm."
    assert said == ["", "", odd, "", ""]
