"""Values are compared where they are of the same thing, in one unit; the rest has a reason."""

from __future__ import annotations

import pytest

from EchoMeasureLib.agreement.pairing import Pairing, paired
from EchoMeasureLib.agreement.quantities import Level, NoQuantity, Quantity, quantity
from EchoMeasureLib.agreement.readings import LeftOut, Place, Reading, Readings
from EchoMeasureLib.conversions import converted

STUDY, OTHER = "1.2.840.99.1", "1.2.840.99.2"
IMAGE = "1.2.840.99.1.1"
STRIP = Place(STUDY, IMAGE, frame=0)


def value(
    id: str = "lvidd", number: float = 4.7, unit: str = "cm", direction: int = 0, **place: object
) -> Reading:
    where = Place(**{"study": STUDY, **place})  # type: ignore[arg-type]
    return Reading(id, number, unit, where, direction, part=where.beat is not None)


def bring(
    ours: list[Reading], theirs: list[Reading], level: Level = Level.STUDY, **more: str
) -> Pairing:
    return paired(Readings("a", tuple(ours)), Readings("b", tuple(theirs)), level, **more)


def reasons(pairing: Pairing) -> list[tuple[str, str]]:
    return [("AB"[one.side], one.reason) for one in pairing.unpaired]


@pytest.mark.parametrize(
    ("given", "unit", "wanted", "expected"),
    [
        (47, "mm", "cm", 4.7),
        (0.047, "m", "cm", 4.7),
        (2.4, "m/s", "cm/s", 240),
        (62, "%", "%", 62),
        (0.62, "1", "%", None),
        (0.9, "{ratio}", "1", 0.9),
        (0.9, "", "1", 0.9),
        (23, "mmHg", "mm[Hg]", 23),
        (95, "ml", "mL", 95),
        (0.182, "kg", "g", 182),
        (4.7, "cm", "cm/s", None),
        (4.7, "", "cm", None),
        (4.7, "CM", "cm", None),
        (4.7, "in", "cm", None),
    ],
)
def test_units_are_converted_and_never_guessed(
    given: float, unit: str, wanted: str, expected: float | None
) -> None:
    found = converted(given, unit, wanted)
    assert found == (None if expected is None else pytest.approx(expected, rel=1e-12))


def test_millimetres_and_centimetres_are_compared_in_centimetres() -> None:
    (pair,) = bring([value()], [value(number=49, unit="mm")]).pairs
    assert (pair.first, pair.second) == (4.7, pytest.approx(4.9))
    assert pair.difference == pytest.approx(0.2)
    assert (pair.quantity.name, pair.quantity.unit) == ("LVIDd", "cm")


def test_what_cannot_be_compared_is_listed_with_its_reason() -> None:
    found = bring(
        [value(), value("lvids", 3.1), value("volume", 90, "mL"), value("lvid")],
        [value(number=4.7, unit="in"), value("ivsd", 1.0)],
    )
    assert found.pairs == ()
    assert sorted(reasons(found)) == [
        ("A", "end-diastole or end-systole: say lvidd or lvids"),
        ("A", "missing in B"),
        ("A", "missing in B"),
        ("A", "no value of that name is known"),
        ("B", "its unit 'in' cannot be turned into cm"),
        ("B", "missing in A"),
    ]


def test_the_reason_of_the_other_side_is_told() -> None:
    rejected = LeftOut("lvidd", Place(STUDY), "rejected")
    found = paired(Readings("a", (value(),)), Readings("b", (), (rejected,)), Level.STUDY)
    assert reasons(found) == [("A", "missing in B: rejected"), ("B", "rejected")]


def test_two_values_for_one_study_are_ambiguous() -> None:
    found = bring([value()], [value(number=4.6), value(number=4.9)])
    assert found.pairs == ()
    assert reasons(found) == [(side, "ambiguous: B has 2 of it for one study") for side in "ABB"]


def test_beats_of_a_table_give_the_mean_of_a_study() -> None:
    beats = [value(number=number, beat=n) for n, number in enumerate((4.6, 4.8, 5.0), 1)]
    (pair,) = bring([value()], beats).pairs
    assert (pair.second, pair.beats) == (pytest.approx(4.8), (1, 3))


@pytest.mark.parametrize(
    ("ours", "theirs", "pairs"),
    [
        # The nearest in time; the second of A has none within half a beat.
        ((0.10, 0.95, 1.80), (0.12, 1.78), [(0.10, 0.12), (1.80, 1.78)]),
        # One beat each: the same within 0.15 s, half of the shortest beat there is.
        ((0.10,), (0.24,), [(0.10, 0.24)]),
        ((0.10,), (0.90,), []),
    ],
)
def test_beats_are_the_same_where_they_are_nearest_in_time(
    ours: tuple[float, ...], theirs: tuple[float, ...], pairs: list[tuple[float, float]]
) -> None:
    sides = (
        [value("e", 80, "cm/s", image=IMAGE, frame=0, beat=n, time_s=t) for n, t in enumerate(own)]
        for own in (ours, theirs)
    )
    found = bring(*sides, level=Level.BEAT)
    assert [tuple(place.time_s for place in pair.places) for pair in found.pairs] == pairs
    assert len(found.unpaired) == len(ours) + len(theirs) - 2 * len(pairs)


def test_beats_with_nothing_but_numbers_are_told_by_these() -> None:
    ours = [value("e", 80 + n, "cm/s", image=IMAGE, frame=0, beat=n) for n in (1, 2, 3)]
    theirs = [value("e", 70 + n, "cm/s", image=IMAGE, beat=n) for n in (3, 2)]
    found = bring(ours, theirs, Level.BEAT)
    assert [(pair.first, pair.second) for pair in found.pairs] == [(82, 72), (83, 73)]
    assert reasons(found) == [("A", "the other has no such beat")]


def test_beats_that_nothing_tells_apart_are_ambiguous() -> None:
    ours = [value("e", 80, "cm/s", image=IMAGE), value("e", 82, "cm/s", image=IMAGE)]
    found = bring(ours, [value("e", 81, "cm/s", image=IMAGE)], Level.BEAT)
    assert found.pairs == ()
    assert all(reason.startswith("ambiguous") for _, reason in reasons(found))


def test_calipers_are_compared_on_the_same_frame_only() -> None:
    ours = [value("lvid", 4.7, image=IMAGE, frame=frame) for frame in (3, 8)]
    theirs = [value("lvidd", 4.6, image=IMAGE, frame=8), value("lvid", 4.4, image=IMAGE)]
    found = bring(ours, theirs, Level.FRAME)
    assert [(pair.quantity.name, pair.places[0].frame) for pair in found.pairs] == [("LVID", 8)]
    assert reasons(found) == [
        ("A", "missing in B"),
        ("B", "it does not say on which frame it was measured"),
    ]


def test_several_calipers_on_one_frame_are_not_paired_by_where_they_lie() -> None:
    """The nearest would be taken for the same, and so the two would agree better than they do."""
    ours = [value("lvid", number, image=IMAGE, frame=8) for number in (4.7, 4.9)]
    found = bring(ours, [value("lvid", 4.9, image=IMAGE, frame=8)], Level.FRAME)
    assert found.pairs == ()
    assert {reason for _, reason in reasons(found)} == {
        "ambiguous: there are several on one frame, and those that lie nearest would be paired "
        "because they agree"
    }


def test_velocities_are_sizes_and_opposite_sides_are_no_pair() -> None:
    """A vendor writes 240 where we have -240; two of ours on two sides are two jets."""
    towards, away = value("trvmax", 240, "cm/s", 1), value("trvmax", 245, "cm/s", -1)
    vendor = value("trvmax", -2.4, "m/s")
    assert [(pair.first, pair.second) for pair in bring([away], [vendor]).pairs] == [(245, 240)]
    found = bring([towards], [away])
    assert found.pairs == ()
    assert {reason for _, reason in reasons(found)} == {
        "the two are on opposite sides of the baseline"
    }


def test_each_beat_of_a_mean_is_listed_when_the_other_is_of_the_other_side() -> None:
    towards = value("trvmax", 240, "cm/s", 1)
    away = [value("trvmax", 240 + n, "cm/s", -1, image=IMAGE, frame=0, beat=n) for n in (1, 2)]
    assert [(pair.second, pair.beats) for pair in bring([away[0]], away).pairs] == [(241.5, (1, 2))]
    assert [side for side, _ in reasons(bring([towards], away))] == ["A", "B", "B"]


def test_beats_of_two_sides_have_no_mean() -> None:
    """Jets of 240 and of -240 cm/s are none of 0."""
    both = [
        value("trvmax", 240 * way, "cm/s", way, image=IMAGE, frame=0, beat=n)
        for n, way in enumerate((1, -1))
    ]
    found = bring(both, [value("trvmax", 240, "cm/s")])
    assert found.pairs == ()
    assert {why for _, why in reasons(found)} == {"ambiguous: A has 2 of it for one study"}


def test_a_table_without_studies_is_brought_together_by_images_of_the_other() -> None:
    ours = Readings("a", (value(image=IMAGE),), studies={IMAGE: STUDY})
    theirs = Readings("b", (Reading("lvidd", 4.5, "cm", Place(image=IMAGE)),))
    found = paired(ours, theirs, Level.STUDY)
    assert (found.placed_by, len(found.pairs)) == ("study", 1)


def test_tables_without_any_uid_are_brought_together_by_patients() -> None:
    ours = [value(study="", patient=who, number=n) for who, n in (("p1", 4.7), ("p2", 5.1))]
    theirs = [value(study="", patient=who, number=n) for who, n in (("p2", 5.0), ("p3", 4.2))]
    found = bring(ours, theirs)
    assert found.placed_by == "patient"
    assert [(pair.first, pair.second) for pair in found.pairs] == [(5.1, 5.0)]
    assert reasons(found) == [("A", "missing in B"), ("B", "missing in A")]


def test_what_says_of_no_study_is_left_out() -> None:
    found = bring([value()], [value(), value("ivsd", 1.0, study="", patient="p")])
    assert reasons(found) == [("B", "it does not say of which study it is")]


def test_two_studies_of_one_patient_are_one_patient() -> None:
    ours = [value(), value(study=OTHER)]
    theirs = [value(patient="p"), value(study=OTHER, patient="p")]
    keys = {pair.patient for pair in bring(ours, theirs).pairs}
    assert len(keys) == 1
    assert len({pair.patient for pair in bring(ours, ours).pairs}) == 2


def test_a_site_says_which_studies_are_of_one_patient() -> None:
    """Reviews never do. The key does not tell who it is, nor does another list give the same."""
    ours = [value(), value(study=OTHER), value(study="1.2.840.99.3")]
    both = Readings("a", tuple(ours)), Readings("b", tuple(ours))

    def keys(**patients: str) -> list[str]:
        known = {STUDY: patients["first"], OTHER: patients["second"]}
        return [pair.patient for pair in paired(*both, Level.STUDY, patients=known).pairs]

    assert len(set(keys(first="P-1", second="P-1"))) == 2
    assert len(set(keys(first="P-1", second="P-2"))) == 3
    assert not set(keys(first="P-1", second="P-1")) & set(keys(first="P-1", second="P-2"))


def test_two_studies_of_one_patient_are_not_compared_with_each_other() -> None:
    before, after = value(patient="p"), value(study=OTHER, patient="p")
    found = bring([before], [after])
    assert (found.pairs, found.placed_by) == ((), "study")


def test_the_key_of_a_patient_cannot_be_found_by_trying_names() -> None:
    """It hangs on the whole of the table that names the patient."""

    def key(salt: str) -> str:
        one = Readings("a", (value(study="", patient="Doe^Jane"),), salt=salt)
        (pair,) = paired(one, one, Level.STUDY).pairs
        return pair.patient

    assert key("table 1") != key("table 2")
    assert "Doe" not in key("table 1")


def test_groups_come_from_either_side_and_differences_are_shown() -> None:
    place = Place(STUDY)
    ge, philips = ({"manufacturer": name} for name in ("GE", "Philips"))
    ours = Reading("lvidd", 4.7, "cm", place, groups=ge)
    for groups, expected in ((ge, "GE"), ({}, "GE"), (philips, "GE / Philips")):
        theirs = Reading("lvidd", 4.7, "cm", place, groups=groups)
        (pair,) = bring([ours], [theirs], group_by="manufacturer").pairs
        assert pair.group == expected
    (pair,) = bring([value()], [value()], group_by="manufacturer").pairs
    assert pair.group == "not known"


@pytest.mark.parametrize(
    ("id", "level", "expected"),
    [
        ("ivs", Level.STUDY, "ivsd"),
        ("ivsd", Level.STUDY, "ivsd"),
        ("ivsd", Level.FRAME, "ivs"),
        ("e_a_ratio", Level.STUDY, "e_a"),
        ("e_a", Level.STUDY, "e_a"),
        ("e_a_ratio", Level.FRAME, "e_a"),
        ("ivc", Level.IMAGE, "ivc_max"),
        ("ef_teichholz", Level.STUDY, "ef_teichholz"),
        ("lvid", Level.BEAT, NoQuantity.WITHOUT_PHASE),
        ("lv_geometry", Level.STUDY, NoQuantity.UNKNOWN),
        ("Doe", Level.STUDY, NoQuantity.UNKNOWN),
    ],
)
def test_ids_of_calipers_and_of_formulae_are_understood(
    id: str, level: Level, expected: object
) -> None:
    found = quantity(id, level)
    assert (found.id if isinstance(found, Quantity) else found) == expected
