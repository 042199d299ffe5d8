"""Whatever two sets hold: every value is in one pair or listed, and so the other way round."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from schemas import validate

from EchoMeasureLib.agreement.agreement_lines import agreement_lines
from EchoMeasureLib.agreement.agreement_records import agreement_record
from EchoMeasureLib.agreement.comparing import compared
from EchoMeasureLib.agreement.pairing import paired
from EchoMeasureLib.agreement.quantities import Level
from EchoMeasureLib.agreement.readings import Place, Reading, Readings

SCHEMA = "agreement/agreement.schema.json"

numbers = st.one_of(
    st.sampled_from([0.0, -0.0, 4.7, 4.7, 4.8, -240.0, 1e308, 5e-324, 1e-9]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(1, 10),
)
places = st.builds(
    Place,
    study=st.sampled_from(["", "1.2.3.1", "1.2.3.2", "1.2.3.3"]),
    image=st.sampled_from(["", "1.2.3.1.1", "1.2.3.1.2"]),
    patient=st.sampled_from(["", "p", "q"]),
    frame=st.sampled_from([None, 0, 1]),
    beat=st.sampled_from([None, 1, 2]),
    time_s=st.sampled_from([None, 0.1, 0.12, 0.9]),
)
readings = st.builds(
    Reading,
    st.sampled_from(["lvidd", "lvid", "trvmax", "e_a", "fs", "pa", "nonsense"]),
    numbers,
    st.sampled_from(["cm", "mm", "cm/s", "m/s", "%", "1", "", "furlong"]),
    places,
    st.sampled_from([-1, 0, 1]),
    part=st.booleans(),
    groups=st.sampled_from([{}, {"site": "x"}, {"site": "y"}]),
)
sets = st.lists(readings, max_size=12).map(lambda found: Readings("a table", tuple(found)))


@settings(max_examples=examples(25), deadline=None)
@given(sets, sets, st.sampled_from(list(Level)))
def test_nothing_is_lost_and_nothing_counts_twice(a: Readings, b: Readings, level: Level) -> None:
    found = paired(a, b, level, "site")
    for side, own in enumerate((a, b)):
        counted = sum(pair.beats[side] for pair in found.pairs)
        alone = sum(one.side == side for one in found.unpaired)
        assert counted + alone == len(own.readings)
    comparison = compared(found, group_by="site")
    record = agreement_record(comparison)
    validate(record, SCHEMA)
    json.dumps(record, allow_nan=False)
    assert agreement_lines(comparison)


@settings(max_examples=examples(25), deadline=None)
@given(sets, sets, st.sampled_from([Level.STUDY, Level.BEAT]))
def test_the_other_way_round_the_bias_is_the_other_way_round(
    a: Readings, b: Readings, level: Level
) -> None:
    ours, theirs = compared(paired(a, b, level)), compared(paired(b, a, level))
    mirrored = {finding.quantity.id: finding for finding in theirs.findings}
    assert [finding.quantity.id for finding in ours.findings] == list(mirrored)
    for finding in ours.findings:
        other = mirrored[finding.quantity.id]
        assert finding.limits.n == other.limits.n
        size = max(abs(pair.mean) for pair in finding.pairs)
        for one, two in (
            (finding.limits.bias.value, other.limits.bias.value),
            (finding.limits.upper.value, other.limits.lower.value),
        ):
            assert (one is None) == (two is None)
            if one is not None and two is not None:
                assert one == pytest.approx(-two, rel=1e-6, abs=1e-9 * size)


IMPLAUSIBLE = "it is not within 1.00 to 10.00 cm, which is plausible: is its unit right?"


def test_numbers_that_nobody_can_have_measured_are_left_out() -> None:
    place = Place("1.2.3.1")
    good = Reading("lvidd", 4.7, "cm", place)
    for value, reason in (
        (-4.7, "a length is never negative"),
        (1e300, "the number is out of all proportion"),
        (1e-300, "the number is out of all proportion"),
        (47.0, IMPLAUSIBLE),  # mm that are called cm
        (0.0, IMPLAUSIBLE),  # what some tables write for nothing
    ):
        odd = Readings("b", (replace(good, value=value),))
        found = paired(Readings("a", (good,)), odd, Level.STUDY)
        assert (found.pairs, [one.reason for one in found.unpaired if one.side]) == ((), [reason])
