"""What must hold of every number that a review gives, whatever was done to its calipers."""

from __future__ import annotations

import math
from statistics import fmean, stdev

import pytest

from EchoMeasureLib.measuring.measured import BeatValue
from EchoMeasureLib.review.entries import Status
from EchoMeasureLib.review.session import Review


def check_numbers(review: Review) -> None:
    """Each number is the mean of beats that count, each of those of calipers that count."""
    outputs = {found.id: found for found in review.measured().values()}
    for id, found in outputs.items():
        output = {"lvidd": "lvid", "lvids": "lvid", "ivsd": "ivs", "lvpwd": "lvpw"}.get(id, id)
        output = "ivc" if id.startswith("ivc") else output
        counted = [beat for beat in found.beats if beat.counts]
        for beat in counted:
            _check_beat(review, beat, output)
        rests_on = {entry for beat in counted for entry in beat.entries}
        if found.value is None:
            assert not counted
            assert not found.entries
            continue
        assert found.basis
        assert set(found.entries) == rests_on or not found.beats
        assert all(_counts(review, entry) for entry in found.entries)
        values = [beat.value for beat in counted if beat.value is not None]
        if found.beats and id != "e_a_ratio":
            assert found.value == pytest.approx(fmean(values))
        assert found.sd == (pytest.approx(stdev(values)) if len(values) > 1 else None)
        assert found.n == len(counted)
    if outputs["e_a_ratio"].value is not None:
        e, a = outputs["e"].value, outputs["a"].value
        assert outputs["e_a_ratio"].value == pytest.approx((e or 0) / (a or math.nan))
    for result in review.derived():
        assert all(_counts(review, entry) for entry in result.entries)
        each = [beat.value for beat in result.beats if beat.counts]
        assert None not in each
        if result.value is None:
            assert result.reason or result.text or not result.needed
        else:
            assert math.isfinite(result.value)
            assert not each or result.value == pytest.approx(fmean(n or 0 for n in each))
    assert review.sheet().rows


def _counts(review: Review, id: str) -> bool:
    entry = review.entries[id]
    return entry.status is not Status.REJECTED and not entry.left_out and not entry.caliper.flags


def _check_beat(review: Review, beat: BeatValue, output: str) -> None:
    assert beat.entries
    assert all(_counts(review, id) for id in beat.entries)
    calipers = [review.entries[id].caliper for id in beat.entries]
    frames = {caliper.frame for caliper in calipers}
    # A breath of the vena cava is read over several frames, of which it names the middle one.
    assert frames == {beat.frame} or (output == "ivc" and beat.frame in frames)
    names = ("e", "a") if output == "e_a_ratio" else (output,)
    means = [fmean(caliper.value(name).value or 0 for caliper in calipers) for name in names]
    expected = means[0] / means[1] if len(means) == 2 else means[0]
    assert beat.value == pytest.approx(expected)
