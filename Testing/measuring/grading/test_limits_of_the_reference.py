"""Every limit and degree as the guidelines print it, by sex, age and set; and the published bands.

A limit is tried with the number itself and with the next one that can be shown.
"""

from __future__ import annotations

import pytest

from EchoMeasureLib.measuring.grading.ranges import RANGES, RangeSet, assess
from EchoMeasureLib.measuring.grading.uncertainty import BANDS, deviation_of

ASE, BSE = RangeSet.ASE, RangeSet.BSE
NORMAL = [
    # value, set, sex, age, lowest and highest normal number as shown, decimals, shown per stored
    ("lvidd", ASE, "M", None, 4.2, 5.8, 1, 1),
    ("lvidd", ASE, "F", None, 3.8, 5.2, 1, 1),
    ("lvids", ASE, "M", None, 2.5, 4.0, 1, 1),
    ("lvids", ASE, "F", None, 2.2, 3.5, 1, 1),
    ("ivsd", ASE, "M", None, 0.6, 1.0, 1, 1),
    ("ivsd", ASE, "F", None, 0.6, 0.9, 1, 1),
    ("lvpwd", ASE, "M", None, 0.6, 1.0, 1, 1),
    ("lvpwd", ASE, "F", None, 0.6, 0.9, 1, 1),
    ("lv_mass_index", ASE, "M", None, 49, 115, 0, 1),
    ("lv_mass_index", ASE, "F", None, 43, 95, 0, 1),
    ("lv_mass_height", ASE, "M", None, 20, 48, 0, 1),
    ("lv_mass_height", ASE, "F", None, 18, 44, 0, 1),
    ("rwt", ASE, "", None, None, 0.42, 2, 1),
    ("ef_teichholz", ASE, "M", None, 52, 72, 0, 1),
    ("ef_teichholz", ASE, "F", None, 54, 74, 0, 1),
    ("ef", ASE, "M", None, 52, 72, 0, 1),
    ("ef", ASE, "F", None, 54, 74, 0, 1),
    ("fs", ASE, "M", None, 25, 43, 0, 1),
    ("fs", ASE, "F", None, 27, 45, 0, 1),
    ("la", ASE, "M", None, 3.0, 4.0, 1, 1),
    ("la", ASE, "F", None, 2.7, 3.8, 1, 1),
    # 3.4 +- 2 x 0.3, 3.0 +- 2 x 0.3; 3.0 +- 2 x 0.4, 2.7 +- 2 x 0.4
    ("aortic_root", ASE, "M", None, 2.8, 4.0, 1, 1),
    ("aortic_root", ASE, "F", None, 2.4, 3.6, 1, 1),
    ("aorta", ASE, "M", None, 2.2, 3.8, 1, 1),
    ("aorta", ASE, "F", None, 1.9, 3.5, 1, 1),
    ("rv_base", ASE, "", None, 2.5, 4.1, 1, 1),
    ("tapse", ASE, "", None, 1.8, None, 1, 1),
    ("tapse_pasp", ASE, "", None, 0.50, None, 2, 1),
    ("ivc_max", ASE, "", None, None, 2.1, 1, 1),
    ("trvmax", ASE, "", None, None, 2.8, 1, 0.01),
    ("avvmax", ASE, "", None, None, 2.5, 1, 0.01),
    ("dvi", ASE, "", None, 0.51, None, 2, 1),
    ("pa", ASE, "", None, 1.5, 2.1, 1, 1),
    ("lavi", ASE, "", None, None, 34, 0, 1),
    ("e_e_average", ASE, "", None, None, 7.9, 1, 1),
    ("e_e_septal", ASE, "", None, None, 15, 1, 1),
    ("e_e_lateral", ASE, "", None, None, 13, 1, 1),
    # Mean +- 2 standard deviations of 2009, such as 1.53 +- 0.80.
    ("e_a", ASE, "", 21, 0.73, 2.33, 2, 1),
    ("e_a", ASE, "", 60, 0.78, 1.78, 2, 1),
    ("e_a", ASE, "", 61, 0.60, 1.32, 2, 1),
    ("medevel", ASE, "", 40, 10.1, 20.9, 1, 1),
    ("medevel", ASE, "", 41, 7.6, 16.8, 1, 1),
    ("medevel", ASE, "", 75, 6.2, 14.6, 1, 1),
    ("latevel", ASE, "", 30, 14.0, 25.6, 1, 1),
    ("latevel", ASE, "", 50, 11.5, 20.7, 1, 1),
    ("latevel", ASE, "", 90, 5.9, 19.9, 1, 1),
    ("lvidd", BSE, "M", None, 3.7, 5.6, 1, 1),
    ("lvidd", BSE, "F", None, 3.5, 5.1, 1, 1),
    ("lvids", BSE, "M", None, 2.2, 4.1, 1, 1),
    ("ivsd", BSE, "M", None, 0.6, 1.2, 1, 1),
    ("lvpwd", BSE, "M", None, 0.6, 1.2, 1, 1),
    ("lv_mass_index", BSE, "M", None, 40, 110, 0, 1),
    ("medevel", BSE, "M", 18, 7, None, 1, 1),
    ("latevel", BSE, "M", 40, 9, None, 1, 1),
    ("medevel", BSE, "F", 40, 8, None, 1, 1),
    ("latevel", BSE, "F", 18, 11, None, 1, 1),
    ("medevel", BSE, "M", 41, 5, None, 1, 1),
    ("latevel", BSE, "F", 65, 6, None, 1, 1),
    ("medevel", BSE, "F", 66, 4, None, 1, 1),
    ("latevel", BSE, "M", 66, 5, None, 1, 1),
]


@pytest.mark.parametrize(("value", "set", "sex", "age", "low", "high", "decimals", "scale"), NORMAL)
def test_a_limit_is_within_and_the_next_number_beyond(
    value: str, set: RangeSet, sex: str, age: float | None,
    low: float | None, high: float | None, decimals: int, scale: float,
) -> None:  # fmt: skip
    step = 10.0**-decimals
    tried = [(low, ""), (high, "")]
    tried += [(low - step, "L")] if low is not None else []
    tried += [(high + step, "H")] if high is not None else []
    for number, mark in tried:
        if number is not None:
            found = assess(value, number / scale, sex, age, set)
            assert found is not None
            assert (found.mark, found.row.set) == (mark, set), number
            assert found.row.source


def test_every_row_of_the_table_is_one_of_the_reference() -> None:
    tried = {(v, s, x, low, high) for v, s, x, _, low, high, _, _ in NORMAL}
    rows = {(row.value, row.set, row.sex, row.low, row.high) for row in RANGES}
    missing = {row for row in rows - tried if not (row[0].endswith("evel") and row[1] is BSE)}
    assert missing == set()


COUPLING = ("reduced", "possibly", "uncoupled")
GRADES = ("mildly", "moderately", "severely")
DEGREES = [
    # value, sex, set; for each word the first and the last number as they are stored
    ("lv_mass_index", "M", ASE, GRADES, (116, 131), (132, 148), (149, 300)),
    ("lv_mass_index", "F", ASE, GRADES, (96, 108), (109, 121), (122, 300)),
    ("fs", "M", ASE, GRADES, (20, 24), (15, 19), (3, 14)),
    ("fs", "F", ASE, GRADES, (22, 26), (17, 21), (3, 16)),
    ("lvidd", "M", BSE, GRADES, (5.7, 6.1), (6.2, 6.5), (6.6, 9)),
    ("lvidd", "F", BSE, GRADES, (5.2, 5.5), (5.6, 5.9), (6.0, 9)),
    ("tapse", "", ASE, GRADES, (1.4, 1.7), (1.1, 1.3), (0.3, 1.0)),
    ("tapse_pasp", "", ASE, COUPLING, (0.41, 0.49), (0.33, 0.40), (0.05, 0.32)),
    ("avvmax", "", ASE, ("mild", "moderate", "severe"), (260, 290), (300, 390), (400, 600)),
    ("dvi", "", ASE, ("as in moderate", "as in severe"), (0.25, 0.50), (0.05, 0.24)),
    ("pa", "", ASE, ("above normal", "above 2.5 cm"), (2.2, 2.5), (2.6, 5.0)),
    ("e_e_average", "", ASE, ("between", "raised"), (8, 14), (14.1, 30)),
]


@pytest.mark.parametrize(
    ("value", "sex", "set", "words", "ends"), [(*row[:4], row[4:]) for row in DEGREES]
)
def test_a_degree_reaches_from_its_first_to_its_last_number(
    value: str,
    sex: str,
    set: RangeSet,
    words: tuple[str, ...],
    ends: tuple[tuple[float, float], ...],
) -> None:
    for word, pair in zip(words, ends, strict=True):
        for number in pair:
            found = assess(value, number, sex, None, set)
            assert found is not None
            assert found.word.startswith(word), number


def test_a_jet_up_to_2_5_is_not_called_normal() -> None:
    """2.5 m/s is the limit of sclerosis."""
    found = assess("avvmax", -240.0, "F", 60)
    assert found is not None
    assert (found.mark, found.word, found.row.text) == (
        "",
        "no stenosis by velocity",
        "sclerosis up to 2.5",
    )


def test_where_guidelines_differ_the_row_says_so() -> None:
    found = assess("tapse", 1.7)
    assert found is not None
    assert "2025" in found.row.source
    assert "2015 counts 1.7 cm as normal" in found.row.note


# d %, of which 0.886 is the standard deviation of one reading; CV % and SD as they are.
PUBLISHED = {
    "ivsd": 11 * 0.886, "lvpwd": 15 * 0.886, "lvidd": 4 * 0.886, "lvids": 8 * 0.886,
    "e": 8 * 0.886, "a": 14 * 0.886, "latevel": 10 * 0.886, "medevel": 6 * 0.886,
    "trvmax": 3.8 * 0.886, "tapse": 5.3 * 0.886, "avvmax": 4.0, "lvotvmax": 9.6,
    "ivc_max": 10.0, "ivc_min": 10.0,
    # E and A err independently: the root of 8 and 14 squared.
    "e_a_ratio": (8**2 + 14**2) ** 0.5 * 0.886,
}  # fmt: skip


@pytest.mark.parametrize("id", PUBLISHED)
def test_the_standard_deviation_of_one_reading_is_as_published(id: str) -> None:
    assert deviation_of(id, -200.0) == pytest.approx(2 * PUBLISHED[id], rel=1e-3)


def test_some_are_published_as_lengths_and_some_not_at_all() -> None:
    assert deviation_of("la", 3.5) == 0.30
    assert deviation_of("aortic_root", 3.5) == 0.21
    assert set(BANDS) == {*PUBLISHED, "la", "aortic_root"}
    for id in ("pa", "rv_base", "aorta", "mrvmax"):
        assert deviation_of(id, 3.5) is None
