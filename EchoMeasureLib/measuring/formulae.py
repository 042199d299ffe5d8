"""The formulae of derived values as one table, each row with its guideline.

Diameters and wall thicknesses in cm, velocities in cm/s with their sign.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from EchoMeasureLib.measuring.breathing import Manoeuvre
from EchoMeasureLib.measuring.equations import (
    NoAnswer,
    NotNeeded,
    body_surface_m2,
    check_body,
    circle_cm2,
    gradient_mmhg,
    lv_mass_g,
    right_atrial_mmhg,
    teichholz_ml,
)
from EchoMeasureLib.measuring.formula import Formula, Known, Numbers
from EchoMeasureLib.measuring.grading.ranges import RIGHT_2015, assess
from EchoMeasureLib.measuring.grading.rules import above
from EchoMeasureLib.rounding import written

FORMULAE_VERSION = "2026.8"
"""Changes with any number that the table gives."""

CHAMBERS_2015 = "ASE/EACVI 2015 chamber quantification (Lang et al.)"
DIASTOLE_2016 = "ASE/EACVI 2016 diastolic function (Nagueh et al.)"
RIGHT_HEART_2010 = "ASE 2010 right heart (Rudski et al.)"
VALVES_2017 = "EACVI/ASE 2017 aortic stenosis (Baumgartner et al.)"
PRESSURE_2022 = "ESC/ERS 2022 pulmonary hypertension (Humbert et al.)"
DOPPLER_2002 = "ASE 2002 quantification of Doppler (Quinones et al.)"
TEICHHOLZ_1976 = "Teichholz et al. 1976; ASE/EACVI 2015 advises against linear EF"
BODY_SURFACE = "Du Bois and Du Bois 1916, or Mosteller 1987"

GEOMETRIES = (
    "normal geometry",
    "concentric remodelling",
    "eccentric hypertrophy",
    "concentric hypertrophy",
)


def _breathing(known: Known) -> str:
    manoeuvre = known.examination.manoeuvre
    if manoeuvre is None:
        return ""
    return "IVC with a sniff" if manoeuvre is Manoeuvre.SNIFF else "IVC in quiet breathing"


def _either_way(known: Known) -> str:
    named = known.examination.manoeuvre is not None
    return "" if named else "RA pressure the same for a sniff as for quiet breathing"


def _height(v: Numbers, known: Known) -> float:
    """The height, where it fits what else is known of the body."""
    check_body(v["height"], known.subject.weight_kg, known.subject.age)
    return v["height"]


def _corrected_gradient(v: Numbers) -> float:
    lvot, valve = abs(v["lvotvmax"]), abs(v["avvmax"])
    if not above(lvot / 100, 1.5, 1):
        raise NotNeeded(f"LVOT velocity is {written(lvot / 100, 1)} m/s, not above 1.5")
    if lvot > valve:
        raise NoAnswer("LVOT velocity is higher than that of the valve")
    return gradient_mmhg(valve) - gradient_mmhg(lvot)


def _fall(whole: str, rest: str, names: str, v: Numbers) -> float:
    if v[rest] > v[whole]:
        raise NoAnswer(f"{names}: the second is larger than the first")
    return 100.0 * (v[whole] - v[rest]) / v[whole]


def _ratio(upper: str, lower: str) -> Callable[[Numbers, Known], float]:
    return lambda v, known: abs(v[upper]) / abs(v[lower])


def _gradient(velocity: str) -> Callable[[Numbers, Known], float]:
    return lambda v, known: gradient_mmhg(v[velocity])


def _geometry(v: Numbers, known: Known) -> float:
    """From the numbers as they are shown: RWT 0.424 is 0.42, which is not raised."""
    subject, set = known.subject, known.examination.ranges
    raised = [assess(id, v[id], subject.sex, set=set) for id in ("rwt", "lv_mass_index")]
    thick, heavy = (found is not None and found.mark == "H" for found in raised)
    return int(thick) + 2 * int(heavy)


_ROWS = (
    Formula(
        "fs", "FS", "%", ("lvidd", "lvids"),
        lambda v, known: _fall("lvidd", "lvids", "LVIDd and LVIDs", v),
        CHAMBERS_2015, "29434-8", 0, by_beat=True,
    ),
    Formula(
        "edv_teichholz", "EDV (Teichholz)", "mL", ("lvidd",),
        lambda v, known: teichholz_ml(v["lvidd"]), TEICHHOLZ_1976, decimals=0, by_beat=True,
    ),
    Formula(
        "esv_teichholz", "ESV (Teichholz)", "mL", ("lvids",),
        lambda v, known: teichholz_ml(v["lvids"]), TEICHHOLZ_1976, decimals=0, by_beat=True,
    ),
    Formula(
        "ef_teichholz", "EF (Teichholz)", "%", ("edv_teichholz", "esv_teichholz"),
        lambda v, known: _fall("edv_teichholz", "esv_teichholz", "EDV and ESV", v),
        TEICHHOLZ_1976, "77891-0", 0,
        note="from linear dimensions; the normal limits are those of biplane EF", by_beat=True,
    ),
    Formula(
        "lv_mass", "LV mass", "g", ("ivsd", "lvidd", "lvpwd"),
        lambda v, known: lv_mass_g(v["ivsd"], v["lvidd"], v["lvpwd"]),
        CHAMBERS_2015, "80019-3", 0,
    ),
    Formula(
        "bsa", "BSA", "m2", ("height", "weight"),
        lambda v, known: body_surface_m2(
            _height(v, known), v["weight"], known.subject.bsa_formula
        ),
        BODY_SURFACE, "8277-6", 2,
        assumes=lambda known: f"BSA after {known.subject.bsa_formula}",
    ),
    Formula(
        "lv_mass_index", "LV mass/BSA", "g/m2", ("lv_mass", "bsa"), _ratio("lv_mass", "bsa"),
        CHAMBERS_2015, "80020-1", 0,
    ),
    Formula(
        "lv_mass_height", "LV mass/height^2.7", "g/m2.7", ("lv_mass", "height"),
        lambda v, known: v["lv_mass"] / (_height(v, known) / 100) ** 2.7,
        CHAMBERS_2015, "80021-9", 0, "an exponent of 1.7 fits adults better (PMC3121539)",
    ),
    Formula(
        "rwt", "RWT", "1", ("lvpwd", "lvidd"), lambda v, known: 2 * v["lvpwd"] / v["lvidd"],
        CHAMBERS_2015, decimals=2,
    ),
    Formula(
        "lv_geometry", "LV geometry", "", ("lv_mass_index", "rwt", "sex"), _geometry,
        CHAMBERS_2015, classes=GEOMETRIES,
    ),
    Formula(
        "av_gradient", "AV peak gradient", "mm[Hg]", ("avvmax",), _gradient("avvmax"),
        VALVES_2017, "79963-5", 0,
    ),
    Formula(
        "av_gradient_corrected", "AV gradient, corrected", "mm[Hg]", ("avvmax", "lvotvmax"),
        lambda v, known: _corrected_gradient(v),
        VALVES_2017, decimals=0, note="less 4 V^2 of the LVOT, whose velocity is above 1.5 m/s",
    ),
    Formula(
        "tr_gradient", "TR peak gradient", "mm[Hg]", ("trvmax",), _gradient("trvmax"),
        RIGHT_HEART_2010, "79937-9", 0,
    ),
    Formula(
        "mr_gradient", "MR peak gradient", "mm[Hg]", ("mrvmax",), _gradient("mrvmax"),
        "simplified Bernoulli equation", "80058-1", 0,
    ),
    Formula(
        "ivc_collapse", "IVC collapse", "%", ("ivc_max", "ivc_min"),
        lambda v, known: _fall("ivc_max", "ivc_min", "IVC and IVC minimum", v),
        CHAMBERS_2015, "18050-5", 0, assumes=_breathing,
    ),
    Formula(
        "ivcm_collapse", "IVC collapse (M-mode)", "%", ("ivcmmax", "ivcmmin"),
        lambda v, known: _fall(
            "ivcmmax", "ivcmmin", "IVC (M-mode) and IVC minimum (M-mode)", v
        ),
        CHAMBERS_2015, decimals=0, assumes=_breathing,
        note="along one line, which a vein that moves may leave; no RA pressure follows from it",
    ),
    Formula(
        "rap", "RA pressure", "mm[Hg]", ("ivc_max", "ivc_collapse"),
        lambda v, known: right_atrial_mmhg(
            v["ivc_max"], v["ivc_collapse"], known.examination.manoeuvre
        ),
        RIGHT_2015, decimals=0, assumes=_either_way,
        note="3 stands for 0 to 5, 8 for 5 to 10, 15 for 10 to 20 mmHg",
    ),
    Formula(
        "rvsp", "RVSP", "mm[Hg]", ("tr_gradient", "rap"),
        lambda v, known: v["tr_gradient"] + v["rap"],
        RIGHT_HEART_2010, "399023006", 0, "not with RVOT obstruction or pulmonary stenosis",
        scheme="SCT",
    ),
    Formula(
        "e_a", "E/A", "1", ("e_a_ratio",), lambda v, known: v["e_a_ratio"],
        DIASTOLE_2016, "18038-0", 2,
    ),
    Formula(
        "e_e_septal", "E/e' septal", "1", ("e", "medevel"), _ratio("e", "medevel"),
        DIASTOLE_2016, "59111-5", site="399093001",
    ),
    Formula(
        "e_e_lateral", "E/e' lateral", "1", ("e", "latevel"), _ratio("e", "latevel"),
        DIASTOLE_2016, "59111-5", site="399086000",
    ),
    Formula(
        "e_e_average", "E/e' average", "1", ("e", "medevel", "latevel"),
        lambda v, known: 2 * abs(v["e"]) / (abs(v["medevel"]) + abs(v["latevel"])),
        DIASTOLE_2016, "59111-5", site="65197004",
    ),
    Formula(
        "tapse_pasp", "TAPSE/PASP", "mm/mm[Hg]", ("tapse", "rvsp"),
        lambda v, known: 10 * v["tapse"] / v["rvsp"],
        PRESSURE_2022, decimals=2, note="PASP taken as RVSP",
    ),
    Formula(
        "dvi", "DVI", "1", ("lvotvmax", "avvmax"), _ratio("lvotvmax", "avvmax"),
        VALVES_2017, decimals=2,
    ),
    Formula(
        "dvi_vti", "DVI (VTI)", "1", ("lvotvti", "avvti"), _ratio("lvotvti", "avvti"),
        VALVES_2017, decimals=2,
    ),
    Formula(
        "lvot_area", "LVOT area", "cm2", ("lvotd",), lambda v, known: circle_cm2(v["lvotd"]),
        DOPPLER_2002, decimals=2, note="taken to be round",
    ),
    Formula(
        "sv", "Stroke volume", "mL", ("lvot_area", "lvotvti"),
        lambda v, known: v["lvot_area"] * v["lvotvti"],
        DOPPLER_2002, "90096001", 0, scheme="SCT", site="13418002",
    ),
    Formula(
        "sv_index", "Stroke volume/BSA", "mL/m2", ("sv", "bsa"), _ratio("sv", "bsa"),
        DOPPLER_2002, decimals=0,
    ),
    Formula(
        "co", "Cardiac output", "L/min", ("sv", "heart_rate"),
        lambda v, known: v["sv"] * v["heart_rate"] / 1000,
        DOPPLER_2002, "82799009", 1, scheme="SCT", site="13418002",
    ),
    Formula(
        "ci", "Cardiac index", "L/min/m2", ("co", "bsa"), _ratio("co", "bsa"),
        DOPPLER_2002, decimals=1,
    ),
    Formula(
        "av_area", "AVA", "cm2", ("sv", "avvti"), _ratio("sv", "avvti"),
        VALVES_2017, "79958-5", 2, "by continuity of velocity-time integrals",
    ),
    Formula(
        "av_area_index", "AVA/BSA", "cm2/m2", ("av_area", "bsa"), _ratio("av_area", "bsa"),
        VALVES_2017, "79959-3", 2,
    ),
    Formula(
        "ivs_lvpw", "IVS/LVPW", "1", ("ivsd", "lvpwd"), _ratio("ivsd", "lvpwd"),
        CHAMBERS_2015, "18155-2", 2,
    ),
    Formula(
        "la_ao", "LA/Ao", "1", ("la", "aortic_root"), _ratio("la", "aortic_root"),
        CHAMBERS_2015, "17985-3", 2,
    ),
)  # fmt: skip

FORMULAE: Mapping[str, Formula] = MappingProxyType({row.id: row for row in _ROWS})
"""Every derived value by id; a row stands below the rows it needs."""
