"""EF, FS and volumes beat by beat: diameters of one and the same beat, then the mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from statistics import fmean

import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from EchoMeasureLib.measuring.derived import Derived, derive
from EchoMeasureLib.measuring.measured import BeatValue, Measured

Beats = Mapping[int, float | str]
"""By number: a diameter, or why the beat does not count."""


def diameters(id: str, beats: Beats, image: str = "1") -> Measured:
    name = {"lvidd": "LVIDd", "lvids": "LVIDs"}[id]
    values = tuple(
        BeatValue(
            *(number, image, 10 * number, None),
            said if isinstance(said, float) else None,
            (f"{id}-{number}",),
            said if isinstance(said, str) else "",
        )
        for number, said in beats.items()
    )
    numbers = [value.value for value in values if value.value is not None]
    mean = fmean(numbers) if numbers else None
    return Measured(id, name, mean, "cm", tuple(e for v in values for e in v.entries), beats=values)


def derived(ed: Beats, es: Beats, other_image: str = "1") -> dict[str, Derived]:
    inputs = {"lvidd": diameters("lvidd", ed), "lvids": diameters("lvids", es, other_image)}
    return {found.id: found for found in derive(inputs)}


def volume(diameter: float) -> float:
    """Teichholz, mL."""
    return 7 / (2.4 + diameter) * diameter**3


def test_fs_and_ef_are_means_over_beats() -> None:
    """FS 40 and 25 %: 32.5. From the means of 4.5 and 3.0 it would be 33.3."""
    found = derived({1: 5.0, 2: 4.0}, {1: 3.0, 2: 3.0})
    assert found["fs"].value == pytest.approx(32.5)
    assert found["fs"].basis == "mean of 2 beats"
    assert found["fs"].n == 2
    # Half of 15 points to either side of the mean: 7.5 times the root of 2.
    assert found["fs"].sd == pytest.approx(7.5 * 2**0.5)
    assert [(beat.number, beat.value) for beat in found["fs"].beats] == [
        (1, pytest.approx(40)),
        (2, pytest.approx(25)),
    ]
    each = [100 * (1 - volume(3.0) / volume(ed)) for ed in (5.0, 4.0)]
    assert found["ef_teichholz"].value == pytest.approx(fmean(each))
    assert found["edv_teichholz"].value == pytest.approx((volume(5.0) + volume(4.0)) / 2)


def test_only_beats_with_both_diameters_give_a_fraction() -> None:
    """The third beat is cut by the end of the clip: it counts for the volume alone."""
    found = derived({1: 5.0, 2: 4.0, 3: 6.0}, {1: 3.0, 2: 3.0})
    assert found["fs"].value == pytest.approx(32.5)
    assert found["fs"].basis == "2 of 3 beats"
    assert found["fs"].beats[2].why_not == "no LVIDs in this beat"
    assert found["fs"].entries == ("lvidd-1", "lvids-1", "lvidd-2", "lvids-2")
    volumes = [volume(ed) for ed in (5.0, 4.0, 6.0)]
    assert found["edv_teichholz"].value == pytest.approx(fmean(volumes))


def test_a_beat_that_does_not_count_says_why() -> None:
    found = derived({1: 5.0, 2: "left out: ectopic"}, {1: 3.0, 2: 3.0})
    assert found["fs"].value == pytest.approx(40)
    assert found["fs"].beats[1].why_not == "LVIDd: left out: ectopic"


def test_a_fraction_names_only_the_diameters_of_its_beat_that_count() -> None:
    """Two end-diastoles were chosen in the first beat, of which one is rejected."""
    chosen, systole = diameters("lvidd", {1: 5.0}), diameters("lvids", {1: 3.0})
    rejected = replace(chosen.beats[0], value=None, entries=("lvidd-0",), why_not="rejected")
    both = replace(chosen, beats=(rejected, *chosen.beats))
    fs = next(one for one in derive({"lvidd": both, "lvids": systole}) if one.id == "fs")
    assert (fs.value, fs.entries) == (pytest.approx(40), ("lvidd-1", "lvids-1"))


def test_a_contradiction_in_one_beat_is_no_number_of_that_beat() -> None:
    found = derived({1: 5.0, 2: 3.0}, {1: 3.0, 2: 3.5})
    assert found["fs"].value == pytest.approx(40)
    assert found["fs"].beats[1].value is None
    assert "larger" in found["fs"].beats[1].why_not


def test_diameters_of_different_beats_give_no_fraction() -> None:
    """A clip in which no beat is seen whole."""
    found = derived({1: 5.0}, {2: 3.0})
    assert (found["fs"].value, found["fs"].reason) == (None, "no beat shows LVIDd and LVIDs")
    assert found["edv_teichholz"].value == pytest.approx(volume(5.0))
    assert found["ef_teichholz"].reason == ("no beat shows EDV (Teichholz) and ESV (Teichholz)")


@pytest.mark.parametrize(
    ("number", "image", "why"),
    [(2, "1", "which share no beat"), (1, "2", "which are of several images")],
)
def test_what_the_reviewer_chose_is_taken_from_the_means_and_says_so(
    number: int, image: str, why: str
) -> None:
    inputs = {
        "lvidd": replace(diameters("lvidd", {1: 5.0}), chosen=True),
        "lvids": diameters("lvids", {number: 3.0}, image),
    }
    found = {row.id: row for row in derive(inputs)}
    assert found["fs"].value == pytest.approx(40)
    assert found["fs"].basis == f"from the means of LVIDd and LVIDs, {why}"
    assert found["fs"].beats == ()
    assert found["ef_teichholz"].value == pytest.approx(100 * (1 - volume(3.0) / volume(5.0)))


def test_numbers_without_beats_are_taken_as_they_are() -> None:
    inputs = {
        "lvidd": Measured("lvidd", "LVIDd", 5.0, "cm"),
        "lvids": Measured("lvids", "LVIDs", 3.0, "cm"),
    }
    found = {row.id: row for row in derive(inputs)}
    assert (found["fs"].value, found["fs"].basis) == (pytest.approx(40), "")


def test_gradients_are_of_the_mean_velocity() -> None:
    """4 * 3.0^2 = 36; the mean of the gradients of 2 and 4 m/s would be 40."""
    beats = (
        BeatValue(1, "1", 0, 0.1, -200.0, ("a",)),
        BeatValue(2, "1", 0, 0.9, -400.0, ("b",)),
    )
    inputs = {"trvmax": Measured("trvmax", "TR Vmax", -300.0, "cm/s", beats=beats)}
    found = next(row for row in derive(inputs) if row.id == "tr_gradient")
    assert (found.value, found.beats) == (pytest.approx(36), ())


said = st.one_of(st.floats(0.5, 9), st.sampled_from(["flagged order", "left out", "rejected"]))
some_beats = st.dictionaries(st.integers(1, 6), said, max_size=6)


@given(some_beats, some_beats, st.sampled_from("12"))
@settings(max_examples=examples(60), deadline=None)
def test_no_fraction_is_invented(ed: Beats, es: Beats, image: str) -> None:
    """Whatever beats there are: each number is that of its own two diameters, and the headline
    their mean. Beats of two images have nothing to do with each other."""
    found = derived(ed, es, image)["fs"]
    both = {
        n: 100 * (ed[n] - es[n]) / ed[n]
        for n in ed
        if n in es and image == "1" and isinstance(ed[n], float) and isinstance(es[n], float)
    }
    each = {n: fs for n, fs in both.items() if fs >= 0}
    counted = {beat.number: beat.value for beat in found.beats if beat.counts}
    means = [[d for d in side.values() if isinstance(d, float)] for side in (ed, es)]
    if each:
        assert counted == pytest.approx(each)
        assert found.value == pytest.approx(fmean(each.values()))
    elif image == "2" and all(means) and fmean(means[0]) >= fmean(means[1]):
        assert found.value == pytest.approx(100 * (1 - fmean(means[1]) / fmean(means[0])))
    else:
        assert found.value is None
        assert found.reason
