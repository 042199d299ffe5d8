"""Any person, any examination, any subset of inputs: no exception, and no number from nothing."""

from __future__ import annotations

import math

from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from EchoMeasureLib.measuring.breathing import Manoeuvre
from EchoMeasureLib.measuring.examination import GIVEN, Examination, Rhythm
from EchoMeasureLib.measuring.formula_inputs import INPUTS, OUTPUTS
from EchoMeasureLib.measuring.formulae import FORMULAE
from EchoMeasureLib.measuring.grading.diastole_groups import GROUPS
from EchoMeasureLib.measuring.grading.ranges import RANGES, RangeSet
from EchoMeasureLib.measuring.measured import BeatValue, Measured
from EchoMeasureLib.measuring.rhythm import HeartRhythm, heart_rhythm
from EchoMeasureLib.measuring.sheet import Sheet, make_sheet
from EchoMeasureLib.measuring.subject import BsaFormula, Subject

maybe = st.none
subjects = st.builds(
    Subject,
    st.sampled_from(["", "M", "F"]),
    maybe() | st.floats(20, 260),
    maybe() | st.floats(0.3, 500),
    maybe() | st.floats(0, 130),
    st.sampled_from(BsaFormula),
)
examinations = st.builds(
    Examination,
    maybe() | st.sampled_from(Rhythm),
    maybe() | st.sampled_from(Manoeuvre),
    st.sampled_from(["", *GROUPS]),
    st.booleans(),
    st.booleans(),
    **{row.id: maybe() | st.floats(row.low, row.high) for row in GIVEN.values()},
    ranges=st.sampled_from(RangeSet),
)
likely = st.floats(-600, 600)
numbers = likely | st.sampled_from([0.0, -0.0, 5e-324, -1e-9, 1e15, 1e200, -1.7e308])
inputs = st.dictionaries(st.sampled_from(sorted(INPUTS)), maybe() | numbers, max_size=len(INPUTS))
times = st.lists(st.floats(0, 10), max_size=12)


def study(
    values: dict[str, float | None], subject: Subject, examination: Examination, at: list[float]
) -> Sheet:
    measured = {
        id: Measured(
            id,
            INPUTS[id],
            value,
            OUTPUTS[id].unit,
            beats=tuple(BeatValue(n, "1", 0, None, value, ()) for n in (1, 2)),
        )
        for id, value in values.items()
    }
    rhythms: list[HeartRhythm] = [heart_rhythm(at)]
    return make_sheet(measured, subject, examination, rhythms)


def known(values: dict[str, float | None], subject: Subject, examination: Examination) -> set[str]:
    """Ids of everything that was measured or given, and the facts of the person."""
    facts = {"sex": subject.sex or None, "height": subject.height_cm, "weight": subject.weight_kg}
    given = {id: getattr(examination, id) for id in GIVEN}
    return {id for id, value in {**values, **facts, **given}.items() if value is not None}


@given(inputs, subjects, examinations, times)
@settings(max_examples=examples(80), suppress_health_check=list(HealthCheck), deadline=None)
def test_a_number_has_all_it_rests_on_and_what_has_not_says_so(
    values: dict[str, float | None], subject: Subject, examination: Examination, at: list[float]
) -> None:
    made = study(values, subject, examination, at)
    there = known(values, subject, examination)
    shown = {row.id: row for row in made.rows}
    # The beats give a rate, and a diameter that was given stands for the measured one.
    there |= {"heart_rate"} & set(shown)
    there |= {"lvotd"} if "lvot_diameter" in there else set()
    for formula in FORMULAE.values():
        row = shown.get(formula.id)
        if row is not None and row.text and formula.id not in there:
            assert set(formula.needs) <= there, formula.id
            there.add(formula.id)
    for row in made.rows:
        assert bool(row.text) != bool(row.reason), row.id
        assert row.value is None or math.isfinite(row.value)
        assert row.value is None or row.text
        assert row.deviation is None or math.isfinite(row.deviation)
        assert not row.mark or row.range
    for doubt in made.doubts:
        assert all(shown[id].text for id in doubt.rows)


@given(inputs, subjects, examinations)
@settings(max_examples=examples(40), suppress_health_check=list(HealthCheck), deadline=None)
def test_a_range_by_sex_or_age_needs_the_sex_and_the_age(
    values: dict[str, float | None], subject: Subject, examination: Examination
) -> None:
    for row in study(values, subject, examination, []).rows:
        of_row = [item for item in RANGES if item.value == row.id and item.text == row.range]
        if row.range:
            assert any(
                (not item.sex or item.sex == subject.sex)
                and (item.ages == (0, 200) or subject.age is not None)
                for item in of_row
            )


@given(inputs, subjects, examinations, st.data())
@settings(max_examples=examples(50), suppress_health_check=list(HealthCheck), deadline=None)
def test_knowing_less_gives_no_number_that_was_not_there(
    values: dict[str, float | None],
    subject: Subject,
    examination: Examination,
    data: st.DataObject,
) -> None:
    left = {id: v for id, v in values.items() if data.draw(st.booleans())}
    more = {row.id: row.value for row in study(values, subject, examination, []).rows}
    less = study(left, subject, examination, []).rows
    for row in less:
        if row.value is not None:
            assert row.value == more[row.id]
