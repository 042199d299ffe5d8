"""The formulae of derived values as one table, each row with its guideline.

Diameters and wall thicknesses in cm, velocities in cm/s with their sign.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from EchoMeasureLib.measuring.grading.ranges import assess
from EchoMeasureLib.measuring.subject import BsaFormula, Subject

FORMULAE_VERSION = "2026.3"
"""Changes with any number that the table gives."""

CHAMBERS_2015 = "ASE/EACVI 2015 chamber quantification (Lang et al.)"
DIASTOLE_2016 = "ASE/EACVI 2016 diastolic function (Nagueh et al.)"
RIGHT_HEART_2010 = "ASE 2010 right heart (Rudski et al.)"
VALVES_2017 = "EACVI/ASE 2017 aortic stenosis (Baumgartner et al.)"
PRESSURE_2022 = "ESC/ERS 2022 pulmonary hypertension (Humbert et al.)"
TEICHHOLZ_1976 = "Teichholz et al. 1976; ASE/EACVI 2015 advises against linear EF"
BODY_SURFACE = "Du Bois and Du Bois 1916, or Mosteller 1987"

GEOMETRIES = (
    "normal geometry",
    "concentric remodelling",
    "eccentric hypertrophy",
    "concentric hypertrophy",
)

Numbers = Mapping[str, float]


class Contradiction(ValueError):
    """The inputs are all there, but cannot all be true."""


@dataclass(frozen=True, slots=True)
class Formula:
    """One row of the table."""

    id: str
    name: str
    unit: str
    """UCUM; empty for a class."""
    needs: tuple[str, ...]
    """Ids of inputs, of earlier rows, or `sex`, `height` and `weight` of the subject."""
    compute: Callable[[Numbers, Subject], float]
    """Raises `Contradiction` or ZeroDivisionError where there is no answer."""
    guideline: str
    code: str = ""
    """LOINC, empty where there is none."""
    decimals: int = 1
    note: str = ""
    """What was assumed, and what the value is not."""
    classes: tuple[str, ...] = ()
    """Where the result is a class: the names that `compute` counts from 0."""


def teichholz_ml(diameter_cm: float) -> float:
    """Volume of a ventricle of this internal diameter, mL."""
    return 7.0 / (2.4 + diameter_cm) * diameter_cm**3


def lv_mass_g(ivs: float, lvid: float, lvpw: float) -> float:
    """Linear (cube) method, g; all three at end-diastole in cm."""
    return 0.8 * 1.04 * ((ivs + lvid + lvpw) ** 3 - lvid**3) + 0.6


def body_surface_m2(height_cm: float, weight_kg: float, formula: BsaFormula) -> float:
    """Body surface area, m2."""
    if formula is BsaFormula.MOSTELLER:
        return math.sqrt(height_cm * weight_kg / 3600.0)
    return float(0.007184 * weight_kg**0.425 * height_cm**0.725)


def gradient_mmhg(velocity_cm_s: float) -> float:
    """Simplified Bernoulli equation: 4 V^2 with V in m/s."""
    return 4.0 * (velocity_cm_s / 100.0) ** 2


def right_atrial_mmhg(ivc_cm: float, collapse_percent: float) -> float:
    """3, 8 or 15 mmHg from the largest IVC and its collapse."""
    if ivc_cm <= 2.1 and collapse_percent > 50:
        return 3.0
    return 15.0 if ivc_cm > 2.1 and collapse_percent < 50 else 8.0


def _fall(whole: str, rest: str, names: str, v: Numbers) -> float:
    if v[rest] > v[whole]:
        raise Contradiction(f"{names}: the second is larger than the first")
    return 100.0 * (v[whole] - v[rest]) / v[whole]


def _ratio(above: str, below: str) -> Callable[[Numbers, Subject], float]:
    return lambda v, subject: abs(v[above]) / abs(v[below])


def _gradient(velocity: str) -> Callable[[Numbers, Subject], float]:
    return lambda v, subject: gradient_mmhg(v[velocity])


def _geometry(v: Numbers, subject: Subject) -> float:
    """From the numbers as they are shown: RWT 0.424 is 0.42, which is not raised."""
    raised = [assess(id, v[id], subject.sex) for id in ("rwt", "lv_mass_index")]
    thick, heavy = (found is not None and found.mark == "H" for found in raised)
    return int(thick) + 2 * int(heavy)


_ROWS = (
    Formula(
        "fs", "FS", "%", ("lvidd", "lvids"),
        lambda v, s: _fall("lvidd", "lvids", "LVIDd and LVIDs", v),
        CHAMBERS_2015, "29434-8", 0,
    ),
    Formula(
        "edv_teichholz", "EDV (Teichholz)", "mL", ("lvidd",),
        lambda v, s: teichholz_ml(v["lvidd"]), TEICHHOLZ_1976, decimals=0,
    ),
    Formula(
        "esv_teichholz", "ESV (Teichholz)", "mL", ("lvids",),
        lambda v, s: teichholz_ml(v["lvids"]), TEICHHOLZ_1976, decimals=0,
    ),
    Formula(
        "ef_teichholz", "EF (Teichholz)", "%", ("edv_teichholz", "esv_teichholz"),
        lambda v, s: _fall("edv_teichholz", "esv_teichholz", "EDV and ESV", v),
        TEICHHOLZ_1976, "77891-0", 0,
        note="from linear dimensions; the normal limits are those of biplane EF",
    ),
    Formula(
        "lv_mass", "LV mass", "g", ("ivsd", "lvidd", "lvpwd"),
        lambda v, s: lv_mass_g(v["ivsd"], v["lvidd"], v["lvpwd"]),
        CHAMBERS_2015, "80019-3", 0,
    ),
    Formula(
        "bsa", "BSA", "m2", ("height", "weight"),
        lambda v, s: body_surface_m2(v["height"], v["weight"], s.bsa_formula),
        BODY_SURFACE, "8277-6", 2,
    ),
    Formula(
        "lv_mass_index", "LV mass/BSA", "g/m2", ("lv_mass", "bsa"), _ratio("lv_mass", "bsa"),
        CHAMBERS_2015, "80020-1", 0,
    ),
    Formula(
        "rwt", "RWT", "1", ("lvpwd", "lvidd"), lambda v, s: 2 * v["lvpwd"] / v["lvidd"],
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
        "tr_gradient", "TR peak gradient", "mm[Hg]", ("trvmax",), _gradient("trvmax"),
        RIGHT_HEART_2010, "79937-9", 0,
    ),
    Formula(
        "mr_gradient", "MR peak gradient", "mm[Hg]", ("mrvmax",), _gradient("mrvmax"),
        "simplified Bernoulli equation", "80058-1", 0,
    ),
    Formula(
        "ivc_collapse", "IVC collapse", "%", ("ivc_max", "ivc_min"),
        lambda v, s: _fall("ivc_max", "ivc_min", "IVC and IVC minimum", v),
        CHAMBERS_2015, "18050-5", 0, "assumes that the smallest IVC was taken with a sniff",
    ),
    Formula(
        "rap", "RA pressure", "mm[Hg]", ("ivc_max", "ivc_collapse"),
        lambda v, s: right_atrial_mmhg(v["ivc_max"], v["ivc_collapse"]),
        CHAMBERS_2015, decimals=0, note="assumes that the smallest IVC was taken with a sniff",
    ),
    Formula(
        "rvsp", "RVSP", "mm[Hg]", ("tr_gradient", "rap"),
        lambda v, s: v["tr_gradient"] + v["rap"],
        RIGHT_HEART_2010, decimals=0, note="not with RVOT obstruction or pulmonary stenosis",
    ),
    Formula(
        "e_a", "E/A", "1", ("e_a_ratio",), lambda v, s: v["e_a_ratio"],
        DIASTOLE_2016, "18038-0", 2,
    ),
    Formula(
        "e_e_septal", "E/e' septal", "1", ("e", "medevel"), _ratio("e", "medevel"),
        DIASTOLE_2016, "59111-5",
    ),
    Formula(
        "e_e_lateral", "E/e' lateral", "1", ("e", "latevel"), _ratio("e", "latevel"),
        DIASTOLE_2016, "59111-5",
    ),
    Formula(
        "e_e_average", "E/e' average", "1", ("e", "medevel", "latevel"),
        lambda v, s: 2 * abs(v["e"]) / (abs(v["medevel"]) + abs(v["latevel"])),
        DIASTOLE_2016, "59111-5",
    ),
    Formula(
        "tapse_pasp", "TAPSE/PASP", "mm/mm[Hg]", ("tapse", "rvsp"),
        lambda v, s: 10 * v["tapse"] / v["rvsp"],
        PRESSURE_2022, decimals=2, note="PASP taken as RVSP",
    ),
    Formula(
        "dvi", "DVI", "1", ("lvotvmax", "avvmax"), _ratio("lvotvmax", "avvmax"),
        VALVES_2017, decimals=2,
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
