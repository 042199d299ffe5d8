"""Whatever a review holds, no number is invented and none is lost without a reason."""

from __future__ import annotations

from collections.abc import Sequence

from counted_numbers import check_numbers
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from review_studies import (
    SteppingClock,
    beating,
    m_mode,
    plax,
    predicted,
    predicted_beats,
    spectral,
    upright,
)

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.measuring.examination import Examination, Rhythm
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.entries import allowed_phases
from EchoMeasureLib.review.session import Review

FRAMES = 60
LINEAR = ("lvid", "ivs", "lvpw", "aorta", "aortic_root", "la", "rv_base", "pa", "ivc")
JETS = ("avvmax", "trvmax", "mrvmax", "lvotvmax", "latevel", "medevel")

frames = st.sampled_from([range(0), range(1), range(60), range(3, 40), range(0, 60, 3), (5, 44)])
sure = st.sampled_from([0.9, 0.9, 0.9, 0.2])
beats = st.lists(st.tuples(st.integers(2, 70), st.integers(21, 58), sure), max_size=6)
acts = st.sampled_from(
    [
        "accept",
        "reject",
        "leave out",
        "choose",
        "also",
        "mark",
        "move",
        "adopt",
        "by hand",
        "delete",
    ]
)


@given(
    st.dictionaries(st.sampled_from(LINEAR), st.tuples(frames, sure), max_size=5),
    st.dictionaries(st.sampled_from(JETS), beats, max_size=4),
    beats,
    st.lists(st.tuples(acts, st.integers(0, 400)), max_size=12),
    st.sampled_from([None, 50.0, 25.0]),
    st.sampled_from([None, Rhythm.AF, Rhythm.SINUS]),
)
@settings(max_examples=examples(20), deadline=None, suppress_health_check=list(HealthCheck))
def test_any_calipers_in_any_state(
    linear: dict[str, tuple[Sequence[int], float]],
    jets: dict[str, list[tuple[int, int, float]]],
    inflow: list[tuple[int, int, float]],
    steps: list[tuple[str, int]],
    fps: float | None,
    rhythm: Rhythm | None,
) -> None:
    review = Review(plax(FRAMES, fps), "AB", SteppingClock())
    strip = review.add_cine(spectral())
    jet = review.add_cine(spectral(RegionKind.CW, "1.2.840.99.1.7"))
    for id, (which, confidence) in linear.items():
        for frame in which:
            length = beating(frame) if id == "lvid" else 20 + frame % 7
            review.add_prediction(predicted(id, frame, upright(length), confidence))
    for id, found in jets.items():
        if found:
            image = strip if id.endswith("evel") else jet
            places = [[(float(x), float(y))] for x, y, _ in found]
            sures = [confidence for _, _, confidence in found]
            review.add_prediction(predicted_beats(id, places, 0, sures), image)
    if inflow:
        waves = [[(float(x), 41.0 - y), (x + 9.0, 15.0)] for x, y, _ in inflow]
        review.add_prediction(predicted_beats("mvpeak", waves, 0), strip)
    review.place("tapse", 0, [(10, 40), (30, 20)], review.add_cine(m_mode()))
    review.describe(Subject("F", 165, 70))
    review.examine(Examination(rhythm=rhythm))
    check_numbers(review)
    for act, number in steps:
        _do(review, act, number)
    check_numbers(review)


def _do(review: Review, act: str, number: int) -> None:
    """Something that a reviewer may do to one of the calipers."""
    if not review.entries:
        return
    entry = list(review.entries.values())[number % len(review.entries)]
    phases = allowed_phases(entry.measurement)
    shifted = [(point.x + 1.5, point.y) for point in entry.caliper.points]
    if act == "leave out":
        review.leave_out(entry.id)
    elif act == "mark":
        review.mark(number % FRAMES, Phase.ED if number % 2 else Phase.ES)
    elif act in ("choose", "also"):
        review.choose(entry.id, phases[number % len(phases)], also=act == "also")
    elif act == "move":
        review.move(entry.id, shifted)
    elif act == "by hand":
        review.place(entry.measurement, entry.frame, shifted, entry.image)
    else:
        getattr(review, act)(entry.id)
