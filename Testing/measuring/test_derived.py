"""Derived values: every expected number was computed by hand and stands beside it."""

from __future__ import annotations

import pytest
from pydicom.sr._concepts_dict import concepts

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.measuring.breathing import Manoeuvre
from EchoMeasureLib.measuring.derived import Derived, derive
from EchoMeasureLib.measuring.examination import Examination
from EchoMeasureLib.measuring.formula_inputs import INPUTS
from EchoMeasureLib.measuring.formulae import FORMULAE, FORMULAE_VERSION
from EchoMeasureLib.measuring.grading.ranges import RangeSet
from EchoMeasureLib.measuring.measured import Measured
from EchoMeasureLib.measuring.rhythm import heart_rhythm
from EchoMeasureLib.measuring.subject import BsaFormula, Subject

VELOCITIES = ("avvmax", "trvmax", "mrvmax", "lvotvmax", "latevel", "medevel", "e", "a")


def inputs(**numbers: float) -> dict[str, Measured]:
    return {
        id: Measured(
            id,
            INPUTS[id],
            number,
            "cm/s" if id in VELOCITIES else "cm",
            (f"{id}-f0",),
            reviewed=True,
        )
        for id, number in numbers.items()
    }


Known = Subject | Examination | None


def row(id: str, known: Known = None, **numbers: float) -> Derived:
    subject = known if isinstance(known, Subject) else None
    examination = known if isinstance(known, Examination) else None
    found = derive(inputs(**numbers), subject, examination)
    return next(item for item in found if item.id == id)


WOMAN = Subject("F", 165, 60)
MAN = Subject("M", 180, 80)
SNIFF = Examination(manoeuvre=Manoeuvre.SNIFF)
QUIET = Examination(manoeuvre=Manoeuvre.QUIET)

TABLE = [
    # 100 (5.0 - 3.2) / 5.0
    ("fs", {"lvidd": 5.0, "lvids": 3.2}, None, 36.0, "36 %"),
    # 7 / 7.4 * 125
    ("edv_teichholz", {"lvidd": 5.0}, None, 118.243, "118 mL"),
    # 7 / 5.6 * 3.2^3 = 1.25 * 32.768
    ("esv_teichholz", {"lvids": 3.2}, None, 40.96, "41 mL"),
    # 100 (118.243 - 40.96) / 118.243
    ("ef_teichholz", {"lvidd": 5.0, "lvids": 3.2}, None, 65.359, "65 %"),
    # 0.8 * 1.04 * (7^3 - 5^3) + 0.6 = 0.832 * 218 + 0.6
    ("lv_mass", {"ivsd": 1.0, "lvidd": 5.0, "lvpwd": 1.0}, None, 181.976, "182 g"),
    # 0.007184 * 80^0.425 * 180^0.725 = 0.007184 * 6.4388 * 43.155
    ("bsa", {}, MAN, 1.9964, "2.00 m\u00b2"),
    # sqrt(180 * 80 / 3600) = 2
    ("bsa", {}, Subject("M", 180, 80, bsa_formula=BsaFormula.MOSTELLER), 2.0, "2.00 m\u00b2"),
    # 181.976 / 2
    (
        "lv_mass_index",
        {"ivsd": 1.0, "lvidd": 5.0, "lvpwd": 1.0},
        Subject("M", 180, 80, bsa_formula=BsaFormula.MOSTELLER),
        90.988,
        "91 g/m\u00b2",
    ),
    # 181.976 / 1.8^2.7; 2.7 log10(1.8) = 0.68922, 10^0.68922 = 4.8890
    (
        "lv_mass_height",
        {"ivsd": 1.0, "lvidd": 5.0, "lvpwd": 1.0},
        Subject(height_cm=180),
        37.222,
        "37 g/m^2.7",
    ),
    # 2 * 1.0 / 5.0
    ("rwt", {"lvidd": 5.0, "lvpwd": 1.0}, None, 0.4, "0.40"),
    # 4 * 4.2^2, the sign of the flow does not matter
    ("av_gradient", {"avvmax": -420}, None, 70.56, "71 mmHg"),
    # AV 3.0 and LVOT 2.0 m/s: 4 (9 - 4) = 20 beside 36 mmHg
    ("av_gradient", {"avvmax": -300, "lvotvmax": -200}, None, 36.0, "36 mmHg"),
    ("av_gradient_corrected", {"avvmax": -300, "lvotvmax": -200}, None, 20.0, "20 mmHg"),
    ("tr_gradient", {"trvmax": -300}, None, 36.0, "36 mmHg"),
    ("mr_gradient", {"mrvmax": -500}, None, 100.0, "100 mmHg"),
    # 100 (2.0 - 0.8) / 2.0
    ("ivc_collapse", {"ivc_max": 2.0, "ivc_min": 0.8}, None, 60.0, "60 %"),
    # not above 2.1 cm and more than half, so more than a fifth too: 3 with or without a sniff
    ("rap", {"ivc_max": 2.1, "ivc_min": 0.8}, None, 3, "3 mmHg"),
    ("rap", {"ivc_max": 2.1, "ivc_min": 0.8}, SNIFF, 3, "3 mmHg"),
    # 2.14 cm is 2.1 as the limit is written
    ("rap", {"ivc_max": 2.14, "ivc_min": 0.8}, SNIFF, 3, "3 mmHg"),
    # above 2.1 cm and 17 %: less than half and than a fifth
    ("rap", {"ivc_max": 2.4, "ivc_min": 2.0}, None, 15, "15 mmHg"),
    # narrow, but collapsing by less than half, and by 17 %
    ("rap", {"ivc_max": 1.8, "ivc_min": 1.5}, None, 8, "8 mmHg"),
    # wide, but collapsing by 58 %
    ("rap", {"ivc_max": 2.4, "ivc_min": 1.0}, None, 8, "8 mmHg"),
    # exactly half is neither more nor less
    ("rap", {"ivc_max": 2.0, "ivc_min": 1.0}, SNIFF, 8, "8 mmHg"),
    # 40 %: too little for a sniff, enough for quiet breathing
    ("rap", {"ivc_max": 2.0, "ivc_min": 1.2}, SNIFF, 8, "8 mmHg"),
    ("rap", {"ivc_max": 2.0, "ivc_min": 1.2}, QUIET, 3, "3 mmHg"),
    ("rap", {"ivc_max": 2.5, "ivc_min": 1.5}, SNIFF, 15, "15 mmHg"),
    ("rap", {"ivc_max": 2.5, "ivc_min": 1.5}, QUIET, 8, "8 mmHg"),
    # 36 + 8
    ("rvsp", {"trvmax": -300, "ivc_max": 2.0, "ivc_min": 1.0}, SNIFF, 44, "44 mmHg"),
    # 36 + 10 as the reader says, no IVC needed
    ("rvsp", {"trvmax": -300}, Examination(rap=10), 46, "46 mmHg"),
    ("e_a", {"e_a_ratio": 1.25}, None, 1.25, "1.25"),
    # 80 / 8, 80 / 10, 80 / 9
    ("e_e_septal", {"e": 80, "medevel": -8}, None, 10.0, "10.0"),
    ("e_e_lateral", {"e": 80, "latevel": -10}, None, 8.0, "8.0"),
    ("e_e_average", {"e": 80, "medevel": -8, "latevel": -10}, None, 8.889, "8.9"),
    # 20 mm / 40 mmHg: TR 3 m/s gives 36, and 4 by the reader
    ("tapse_pasp", {"tapse": 2.0, "trvmax": -300}, Examination(rap=4), 0.5, "0.50 mm/mmHg"),
    # 100 / 400
    ("dvi", {"lvotvmax": -100, "avvmax": -400}, None, 0.25, "0.25"),
    ("dvi_vti", {"lvotvti": 20, "avvti": 80}, None, 0.25, "0.25"),
    # pi / 4 x 2^2, as measured or as given
    ("ivcm_collapse", {"ivcmmax": 2.0, "ivcmmin": 1.2}, None, 40, "40 %"),
    ("lvot_area", {"lvotd": 2.0}, None, 3.14159, "3.14 cm\u00b2"),
    ("lvot_area", {"lvotd": 2.4}, Examination(lvot_diameter=2.0), 3.14159, "3.14 cm\u00b2"),
    # 3.14159 x 20; over 1.9964; x 70 / 1000
    ("sv", {"lvotd": 2.0, "lvotvti": 20}, None, 62.8319, "63 mL"),
    ("sv_index", {"lvotd": 2.0, "lvotvti": 20}, MAN, 31.4726, "31 mL/m\u00b2"),
    ("co", {"lvotd": 2.0, "lvotvti": 20}, Examination(heart_rate=70), 4.39823, "4.4 L/min"),
    # 62.8319 / 80; over 1.9964
    ("av_area", {"lvotd": 2.0, "lvotvti": 20, "avvti": 80}, None, 0.785398, "0.79 cm\u00b2"),
    (
        *("av_area_index", {"lvotd": 2.0, "lvotvti": 20, "avvti": 80}, MAN),
        *(0.393407, "0.39 cm\u00b2/m\u00b2"),
    ),
    ("ivs_lvpw", {"ivsd": 1.3, "lvpwd": 1.0}, None, 1.3, "1.30"),
    ("la_ao", {"la": 4.0, "aortic_root": 3.2}, None, 1.25, "1.25"),
]


@pytest.mark.parametrize(("id", "numbers", "known", "value", "text"), TABLE)
def test_a_formula_gives_what_the_hand_gives(
    id: str, numbers: dict[str, float], known: Known, value: float, text: str
) -> None:
    found = row(id, known, **numbers)
    assert found.value == pytest.approx(value, rel=1e-4)
    assert found.text == text
    assert found.reason == ""
    assert found.missing == ()


def test_every_row_of_the_table_is_checked_by_hand_here_or_as_a_geometry() -> None:
    assert {case[0] for case in TABLE} | {"lv_geometry", "ci"} == set(FORMULAE)


def test_cardiac_index_takes_the_rate_of_the_beats_where_none_was_given() -> None:
    """RR of 0.8 s are 75 per minute: 62.8319 x 75 / 1000 / 1.9964."""
    rhythm = heart_rhythm([0.0, 0.8, 1.6])
    found = derive(inputs(lvotd=2.0, lvotvti=20), MAN, None, [rhythm])
    ci = next(item for item in found if item.id == "ci")
    assert ci.value == pytest.approx(2.36044, rel=1e-4)
    assert ci.text == "2.4 L/min/m\u00b2"


@pytest.mark.parametrize(
    ("id", "numbers", "missing"),
    [
        ("sv", {"lvotvti": 20}, ("LVOT diameter",)),
        ("sv", {"lvotd": 2.0}, ("LVOT VTI",)),
        ("co", {"lvotd": 2.0, "lvotvti": 20}, ("heart rate",)),
        ("av_area", {"lvotvti": 20, "avvti": 80}, ("LVOT diameter",)),
        ("av_area", {"lvotd": 2.0, "lvotvti": 20}, ("AV VTI",)),
    ],
)
def test_an_output_without_an_input_says_which(
    id: str, numbers: dict[str, float], missing: tuple[str, ...]
) -> None:
    found = row(id, None, **numbers)
    assert (found.value, found.missing) == (None, missing)
    assert found.reason == f"missing {missing[0]}"


def test_a_given_diameter_is_said_to_be_given() -> None:
    found = row("sv", Examination(lvot_diameter=2.0), lvotvti=20)
    assert "LVOT diameter given by the reader" in found.note


@pytest.mark.parametrize(
    ("walls", "cavity", "subject", "geometry"),
    [
        # mass 182 g over 2.00 m2 = 91 <= 115; RWT 2 / 5 = 0.40
        (1.0, 5.0, MAN, "normal geometry"),
        # RWT 2.2 / 5 = 0.44; 0.832 (7.2^3 - 125) + 0.6 = 207.1 g = 104 g/m2
        (1.1, 5.0, MAN, "concentric remodelling"),
        # RWT 2.8 / 5 = 0.56; 0.832 (7.8^3 - 125) + 0.6 = 291.4 g = 146 g/m2
        (1.4, 5.0, MAN, "concentric hypertrophy"),
        # RWT 2.2 / 6.5 = 0.34; 0.832 (8.7^3 - 6.5^3) + 0.6 = 320.0 g = 160 g/m2
        (1.1, 6.5, MAN, "eccentric hypertrophy"),
        # The same 104 g/m2 over a woman's limit of 95: DuBois 1.66 m2, 207.1 / 1.66 = 125
        (1.1, 5.0, WOMAN, "concentric hypertrophy"),
    ],
)
def test_the_geometry_follows_mass_index_and_wall_thickness(
    walls: float, cavity: float, subject: Subject, geometry: str
) -> None:
    found = row("lv_geometry", subject, ivsd=walls, lvidd=cavity, lvpwd=walls)
    assert (found.text, found.value, found.reason) == (geometry, None, "")


@pytest.mark.parametrize(
    ("id", "numbers", "missing", "reason"),
    [
        ("fs", {"lvidd": 5.0}, ("LVIDs",), "missing LVIDs"),
        ("fs", {}, ("LVIDd", "LVIDs"), "missing LVIDd; missing LVIDs"),
        ("e_a", {"e": 80.0}, ("MV E and A of one beat",), "missing MV E and A of one beat"),
        ("ef_teichholz", {"lvids": 3.0}, ("LVIDd",), "missing LVIDd"),
        ("rvsp", {"trvmax": -300}, ("IVC", "IVC minimum"), "missing IVC; missing IVC minimum"),
        ("rap", {"ivc_max": 2.0}, ("IVC minimum",), "missing IVC minimum"),
        ("tapse_pasp", {"tapse": 2.0, "ivc_max": 2.0, "ivc_min": 0.8}, ("TR Vmax",), None),
        ("e_e_average", {"e": 80, "medevel": -8}, ("e' lateral",), "missing e' lateral"),
        (
            "lv_mass_index",
            {"ivsd": 1.0, "lvidd": 5.0, "lvpwd": 1.0},
            ("height", "weight"),
            "missing height; missing weight",
        ),
    ],
)
def test_a_missing_input_is_named_and_never_made_up(
    id: str, numbers: dict[str, float], missing: tuple[str, ...], reason: str | None
) -> None:
    found = row(id, None, **numbers)
    assert found.value is None
    assert found.text == ""
    assert found.missing == missing
    assert found.reason == (reason or f"missing {missing[0]}")


@pytest.mark.parametrize(
    ("height", "weight"),
    [pytest.param(72, 86, id="inches"), pytest.param(72, 190, id="inches and pounds")],
)
def test_a_height_and_weight_that_nobody_has_give_no_body_surface(
    height: float, weight: float
) -> None:
    """86 kg and 1.83 m: 25.7 kg/m2; 86 kg and 0.72 m: 166 kg/m2."""
    found = row("bsa", Subject("M", height, weight))
    assert found.value is None
    assert f"nobody of {height} cm weighs {weight} kg" in found.reason
    assert row("bsa", Subject("", 30, 0.5)).value is not None  # born after 24 weeks


WALLS = {"ivsd": 1.0, "lvidd": 5.0, "lvpwd": 1.0}


@pytest.mark.parametrize(
    ("subject", "why"),
    [
        (Subject("M", 67, 150), "nobody of 67 cm weighs 150 kg"),
        (Subject("M", 70, 170, 60), "nobody of 70 cm weighs 170 kg"),  # the two changed places
        (Subject("M", 67, None, 60), "60 years is 67 cm tall; the height may be in inches"),
        (Subject("M", 67, 40, 60), "60 years is 67 cm tall"),
    ],
)
def test_a_height_that_cannot_be_indexes_no_mass_either(subject: Subject, why: str) -> None:
    """67 inches are 170 cm: 182 g / 1.7^2.7 is 43 g/m^2.7, and 182 / 0.67^2.7 would be 537."""
    assert why in row("lv_mass_height", subject, **WALLS).reason
    if subject.weight_kg is not None:
        assert why in row("bsa", subject).reason


def test_a_small_child_and_a_person_of_unknown_age_have_an_index() -> None:
    for subject in (Subject("F", 67, 7, 0.5), Subject("F", 67), Subject("F", 105, None, 30)):
        assert row("lv_mass_height", subject, **WALLS).value is not None


def test_without_the_sex_there_is_an_index_but_no_geometry_and_no_normal_range() -> None:
    subject = Subject("", 180, 80)
    numbers = {"ivsd": 1.0, "lvidd": 5.0, "lvpwd": 1.0}
    assert row("lv_geometry", subject, **numbers).reason == "missing sex"
    index = row("lv_mass_index", subject, **numbers)
    assert index.value is not None
    assert index.normal is None


def test_the_normal_mass_index_is_49_to_115_for_men_and_43_to_95_for_women() -> None:
    numbers = {"ivsd": 1.0, "lvidd": 5.0, "lvpwd": 1.0}
    for subject, low, high in ((MAN, 49, 115), (WOMAN, 43, 95)):
        normal = row("lv_mass_index", subject, **numbers).normal
        assert normal is not None
        assert (normal.low, normal.high) == (low, high)


@pytest.mark.parametrize(
    ("id", "numbers", "reason"),
    [
        (
            "fs",
            {"lvidd": 3.0, "lvids": 5.0},
            "LVIDd and LVIDs: the second is larger than the first",
        ),
        ("ef_teichholz", {"lvidd": 3.0, "lvids": 5.0}, None),
        ("ivs_lvpw", {"ivsd": 1.0, "lvpwd": 0.0}, "an input is zero"),
    ],
)
def test_contradicting_inputs_give_the_contradiction(
    id: str, numbers: dict[str, float], reason: str | None
) -> None:
    found = row(id, None, **numbers)
    assert found.value is None
    assert found.reason == (reason or "EDV and ESV: the second is larger than the first")


def test_an_impossible_collapse_is_also_why_there_is_no_pressure() -> None:
    found = row("rvsp", None, trvmax=-300, ivc_max=1.0, ivc_min=2.0)
    assert found.reason == "IVC and IVC minimum: the second is larger than the first"


@pytest.mark.parametrize(
    ("lvpwd", "rwt", "geometry"),
    [(1.06, "0.42", "normal geometry"), (1.065, "0.43", "concentric remodelling")],
)
def test_the_geometry_goes_by_the_numbers_that_are_shown(
    lvpwd: float, rwt: str, geometry: str
) -> None:
    """2 x 1.06 / 5.0 = 0.424 is shown as 0.42, up to 0.42: not concentric. 0.426 is 0.43."""
    numbers = {"ivsd": 0.8, "lvidd": 5.0, "lvpwd": lvpwd}
    assert row("rwt", MAN, **numbers).text == rwt
    assert row("lv_geometry", MAN, **numbers).text == geometry


def test_a_value_tells_its_calipers_and_whether_all_were_reviewed() -> None:
    given = inputs(lvidd=5.0, lvids=3.0)
    fs = next(d for d in derive(given) if d.id == "fs")
    assert (fs.inputs, fs.entries, fs.reviewed) == (
        ("lvidd", "lvids"),
        ("lvidd-f0", "lvids-f0"),
        True,
    )
    given["lvids"] = Measured("lvids", "LVIDs", 3.0, "cm", ("lvid-f3",), reviewed=False)
    assert not next(d for d in derive(given) if d.id == "ef_teichholz").reviewed


@pytest.mark.parametrize("lvot", [-60, -150, -154])
def test_a_slow_lvot_needs_no_correction_and_that_is_nothing_missing(lvot: float) -> None:
    found = row("av_gradient_corrected", None, avvmax=-300, lvotvmax=lvot)
    assert (found.value, found.needed, found.missing) == (None, False, ())
    assert "not above 1.5" in found.reason


def test_a_gradient_is_not_corrected_without_the_lvot_or_by_a_faster_one() -> None:
    assert row("av_gradient_corrected", None, avvmax=-300).reason == "missing LVOT Vmax"
    faster = row("av_gradient_corrected", None, avvmax=-160, lvotvmax=-200)
    assert (faster.value, faster.needed) == (None, True)
    assert "higher than that of the valve" in faster.reason


def test_how_the_person_breathed_is_asked_where_the_pressure_depends_on_it() -> None:
    """40 % is too little for a sniff (8 mmHg) and enough for quiet breathing (3 mmHg)."""
    numbers = {"ivc_max": 2.0, "ivc_min": 1.2, "trvmax": -300, "tapse": 2.0}
    for id in ("rap", "rvsp", "tapse_pasp"):
        found = row(id, None, **numbers)
        assert found.value is None
        assert "40 % needs to be known as with a sniff or in quiet breathing" in found.reason
    assert row("ivc_collapse", None, **numbers).value == pytest.approx(40)


@pytest.mark.parametrize(
    ("known", "ivc_min", "sentence"),
    [
        (SNIFF, 0.8, "IVC with a sniff"),
        (QUIET, 0.8, "IVC in quiet breathing"),
        (None, 0.8, "RA pressure the same for a sniff as for quiet breathing"),
        (Examination(rap=8), 0.8, "RA pressure given by the reader"),
    ],
)
def test_what_the_right_atrial_pressure_rests_on_goes_with_it(
    known: Known, ivc_min: float, sentence: str
) -> None:
    numbers = {"ivc_max": 2.0, "ivc_min": ivc_min, "trvmax": -300, "tapse": 2.0}
    for id in ("rvsp", "tapse_pasp"):
        found = row(id, known, **numbers)
        assert sentence in found.assumed
        assert sentence in found.note
    assert sentence not in row("tr_gradient", known, **numbers).note


@pytest.mark.parametrize("formula", BsaFormula)
def test_what_is_indexed_names_the_formula_of_the_surface(formula: BsaFormula) -> None:
    subject = Subject("M", 180, 80, bsa_formula=formula)
    for id in ("bsa", "lv_mass_index"):
        found = row(id, subject, ivsd=1.0, lvidd=5.0, lvpwd=1.0)
        assert f"BSA after {formula.value}" in found.note


def test_a_site_chooses_its_formula_of_the_surface_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHOMEASURE_BSA", "Mosteller")
    assert Subject("M", 180, 80).bsa_formula is BsaFormula.MOSTELLER
    monkeypatch.setenv("ECHOMEASURE_BSA", "Haycock")
    with pytest.raises(InvalidArgument, match="ECHOMEASURE_BSA: There is no bsa formula 'Haycock'"):
        Subject()


def test_a_site_chooses_its_ranges_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Examination().ranges is RangeSet.ASE
    monkeypatch.setenv("ECHOMEASURE_RANGES", "bse")
    assert (Examination().ranges, Examination().text()) == (RangeSet.BSE, "")
    assert Examination(ranges=RangeSet.ASE).text() == "ranges ase"
    monkeypatch.setenv("ECHOMEASURE_RANGES", "esc")
    with pytest.raises(InvalidArgument, match="In ECHOMEASURE_RANGES: There is no range set 'esc'"):
        Examination()


def test_codes_mean_what_the_rows_are() -> None:
    """The words of pydicom's dictionaries; sites tell apart what has one code for three."""

    def words(scheme: str, code: str) -> set[str]:
        return {rows[code][0] for rows in concepts[scheme].values() if code in rows}

    for formula in FORMULAE.values():
        assert not formula.code or words(formula.scheme, formula.code), formula.id
    ratio = "E Velocity to Annulus E Velocity Ratio"
    for id, code, site in (
        ("rvsp", "Right Ventricular Peak Systolic Pressure", ""),
        ("lv_mass_height", "Left ventricular mass (dimension method) 2D / height^^2.7", ""),
        ("e_e_septal", ratio, "Medial Mitral Annulus"),
        ("e_e_lateral", ratio, "Lateral Mitral Annulus"),
        ("e_e_average", ratio, "Mitral Annulus"),
    ):
        assert code in words(FORMULAE[id].scheme, FORMULAE[id].code)
        assert not site or site in words("SCT", FORMULAE[id].site)
    carried = row("e_e_septal", None, e=80, medevel=-8)
    assert (carried.code, carried.scheme, carried.site) == ("59111-5", "LN", "399093001")


def test_why_an_input_is_missing_is_passed_on() -> None:
    given = {"lvidd": Measured("lvidd", "LVIDd", None, "cm", missing="a; b")}
    assert next(d for d in derive(given) if d.id == "edv_teichholz").reason == "missing LVIDd: a; b"


def test_each_row_names_its_guideline_and_needs_only_rows_above_it() -> None:
    known = {*INPUTS, "sex", "height", "weight", "heart_rate"}
    for formula in FORMULAE.values():
        assert formula.guideline, formula.id
        assert set(formula.needs) <= known, formula.id
        known.add(formula.id)
    assert FORMULAE_VERSION == "2026.8"


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ({"height_cm": 1.7}, "centimetres"),
        ({"weight_kg": 70_000}, "kilograms"),
        ({"age": 131}, "years"),
        ({"sex": "male"}, "not 'male'"),
    ],
)
def test_a_subject_in_the_wrong_unit_is_refused(wrong: dict[str, float], hint: str) -> None:
    with pytest.raises(InvalidArgument, match=hint):
        Subject(**wrong)  # type: ignore[arg-type]


def test_what_a_measured_value_takes_for_granted_travels_with_all_that_rests_on_it() -> None:
    """An IVC of 2.4 and 2.3 cm: 15 mmHg, and 4 * 3.0^2 + 15 = 51 mmHg."""
    taken = "The 6.0 s are taken to hold a breath."
    inputs = {
        "ivc_max": Measured("ivc_max", "IVC", 2.4, "cm", warnings=(taken,)),
        "ivc_min": Measured("ivc_min", "IVC minimum", 2.3, "cm", warnings=(taken,)),
        "trvmax": Measured("trvmax", "TR Vmax", -300.0, "cm/s"),
    }
    found = {row.id: row for row in derive(inputs)}
    assert found["rvsp"].value == pytest.approx(51)
    for id in ("ivc_collapse", "rap", "rvsp"):
        assert found[id].note.count("The 6.0 s are taken to hold a breath") == 1
        assert found[id].assumed.count("The 6.0 s are taken to hold a breath") == 1
