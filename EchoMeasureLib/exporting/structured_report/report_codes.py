"""The codes of a structured report, each in the words of its scheme.

LOINC and SNOMED CT as DICOM PS3.16 has them (CIDs 12224, 12226, 12300 to 12307); what no scheme
knows is in `OWN`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from EchoMeasureLib.catalog import CATALOG, CaliperKind, Definition, Phase

OWN = "99ECHOMEASURE"
"""Coding scheme of what no other has; its codes are ids of the catalog and of the formulae."""


class SrCode(NamedTuple):
    """A code as a content item has it."""

    value: str
    scheme: str
    meaning: str


def same(one: SrCode | None, other: SrCode | None) -> bool:
    """Whether two codes are the same concept, whatever their words."""
    return one is not None and other is not None and one[:2] == other[:2]


def dcm(value: str, meaning: str) -> SrCode:
    """A code of DICOM's own scheme."""
    return SrCode(value, "DCM", meaning)


def sct(value: str, meaning: str) -> SrCode:
    """A code of SNOMED CT."""
    return SrCode(value, "SCT", meaning)


def own(value: str, meaning: str) -> SrCode:
    """A code of EchoMeasure."""
    return SrCode(value, OWN, meaning)


# The grammar of reports

SITE = sct("363698007", "Finding Site")
METHOD = sct("370129005", "Measurement Method")
IMAGE_MODE = sct("399264008", "Image mode")
IMAGE_VIEW = dcm("111031", "Image View")
CYCLE_POINT = sct("272518008", "Cardiac Cycle Point")
FLOW_DIRECTION = sct("260674002", "Flow Direction")
MEASUREMENT_TYPE = dcm("125306", "Measurement Type")
OBSERVATION_TYPE = dcm("125305", "Finding Observation Type")
PROPERTY = dcm("125307", "Measured Property")
DERIVATION = dcm("121401", "Derivation")
SELECTION = dcm("121404", "Selection Status")
SHORT_LABEL = dcm("125309", "Short Label")
SOURCE = dcm("121112", "Source of Measurement")
COMMENT = dcm("121106", "Comment")
BEAT_NUMBER = dcm("122149", "Beat Number")
OBSERVER_NAME = dcm("121008", "Person Observer Name")

MEAN = sct("373098007", "Mean")
MEAN_CHOSEN = dcm("121412", "Mean value chosen")
USER_CHOSEN = dcm("121410", "User chosen value")

MEASURED = dcm("125316", "Directly measured")
CALCULATED = dcm("125315", "Calculated")
RATIO = sct("118586006", "Ratio")
INDEXED = dcm("125313", "Indexed")
FRACTION = dcm("125314", "Fractional Change")
MANUAL = dcm("113857", "Manual Entry")

REVIEW_STATUS = own("review-status", "Review status")
DOUBT = own("doubt", "Reason to look twice")
BEFORE_EDIT = own("before-edit", "Value before the reviewer's edit")
NOT_COUNTED = own("not-counted", "Why it counts for nothing")
BASIS = own("basis", "What the value rests on")
REMARK = own("remark", "Remark")
NOTE = own("note", "Reviewer's note")
CERTAINTY = own("certainty", "How sure the network was of a point")
QUALITY = own("quality", "What is poor about the picture")
OTHER_VIEW = own("other-view", "Which other view the picture looks like")
GRADE = own("grade", "Grade by a guideline's table")
NOTICE = own("notice", "Notice")

HEIGHT = SrCode("8302-2", "LN", "Patient Height")
WEIGHT = SrCode("29463-7", "LN", "Patient Weight")
AGE = dcm("121033", "Subject Age")
SEX = dcm("121032", "Subject Sex")
BODY_SURFACE = SrCode("8277-6", "LN", "BSA")

# What is measured

PHASES: Mapping[Phase, SrCode] = MappingProxyType(
    {
        Phase.ED: sct("416190007", "End diastole"),
        Phase.ES: sct("416430001", "End Systole"),
        Phase.SYSTOLE: sct("111973004", "Systole"),
        Phase.DIASTOLE: sct("90892000", "Diastole"),
        Phase.EXPIRATION: sct("58322009", "expiration"),
    }
)
E_WAVE = sct("444392003", "Diastolic Rapid Inflow (E-wave)")
A_WAVE = sct("59972007", "Atrial Systole (A-wave)")

ANTEGRADE = sct("263677008", "Antegrade Direction")
RETROGRADE = sct("312004007", "Retrograde Direction")

STRUCTURE = dcm("125311", "Structure of the Finding Site")
BEHAVIOUR = dcm("125312", "Behavior of the Finding Site")
HEMODYNAMIC = sct("44324008", "Hemodynamic Measurements")

TWO_D = sct("399064001", "2D mode")
M_MODE = sct("399155008", "M mode")
PULSED = sct("261199008", "Doppler Pulsed")
CONTINUOUS = sct("261198000", "Doppler Continuous Wave")
TISSUE = sct("439858009", "Tissue Doppler Imaging")

THICKNESS = SrCode("59089-3", "LN", "Thickness")
INTERNAL = SrCode("59090-1", "LN", "Internal Dimension")
DIAMETER = sct("81827009", "Diameter")
BLOOD_VELOCITY = SrCode("20355-4", "LN", "Peak Blood Velocity")
TISSUE_VELOCITY = dcm("125330", "Peak Tissue Velocity")
EXCURSION = dcm("125327", "Excursion Distance")

_PLAX = sct("399139001", "Parasternal long axis")
_A4C = sct("399214001", "Apical four chamber")
_LEFT_VENTRICLE = sct("87878005", "Left ventricle")
_MITRAL = sct("91134007", "Mitral Valve")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a measurement of the catalog is, in codes."""

    site: SrCode
    property: SrCode
    view: SrCode | None = None
    """None where the catalog names more than one view."""
    flow: SrCode | None = None
    mode: SrCode = TWO_D
    about: SrCode = STRUCTURE


def _jet(
    site: SrCode, flow: SrCode, view: SrCode | None = None, mode: SrCode = CONTINUOUS
) -> Meaning:
    return Meaning(site, BLOOD_VELOCITY, view, flow, mode, HEMODYNAMIC)


def _annulus(site: SrCode) -> Meaning:
    return Meaning(site, TISSUE_VELOCITY, _A4C, None, TISSUE, BEHAVIOUR)


MEANINGS: Mapping[str, Meaning] = MappingProxyType(
    {
        "ivs": Meaning(sct("589001", "Interventricular septum"), THICKNESS, _PLAX),
        "lvid": Meaning(_LEFT_VENTRICLE, INTERNAL, _PLAX),
        "lvpw": Meaning(_LEFT_VENTRICLE, THICKNESS, _PLAX),
        "aorta": Meaning(sct("54247002", "Ascending aorta"), DIAMETER, _PLAX),
        "aortic_root": Meaning(sct("8128003", "Aortic Root"), DIAMETER, _PLAX),
        "la": Meaning(sct("82471001", "Left atrium"), DIAMETER, _PLAX),
        "rv_base": Meaning(
            sct("277635008", "Right Ventricle Basal Segment"),
            DIAMETER,
            dcm("130681", "Apical four chamber RV Focused"),
        ),
        "pa": Meaning(sct("45341000", "Trunk of pulmonary artery"), DIAMETER),
        "ivc": Meaning(
            sct("64131007", "Inferior vena cava"), DIAMETER, sct("399310008", "Subcostal long axis")
        ),
        "avvmax": _jet(sct("34202007", "Aortic Valve"), ANTEGRADE),
        "trvmax": _jet(sct("46030003", "Tricuspid valve"), RETROGRADE, _A4C),
        "mrvmax": _jet(_MITRAL, RETROGRADE),
        "lvotvmax": _jet(sct("13418002", "Left ventricle outflow tract"), ANTEGRADE, None, PULSED),
        "latevel": _annulus(sct("399086000", "Lateral Mitral Annulus")),
        "medevel": _annulus(sct("399093001", "Medial Mitral Annulus")),
        "mvpeak": _jet(_MITRAL, ANTEGRADE, _A4C, PULSED),
        "tapse": Meaning(
            sct("113259005", "Tricuspid Annulus"), EXCURSION, _A4C, None, M_MODE, BEHAVIOUR
        ),
    }
)
"""Every measurement of the catalog by id."""


SITES: Mapping[str, SrCode] = MappingProxyType(
    {
        **{meaning.site.value: meaning.site for meaning in MEANINGS.values()},
        "65197004": sct("65197004", "Mitral Annulus"),
    }
)
"""Sites by their codes."""


def cycle_point(output: str, phase: Phase | None) -> SrCode | None:
    """Where in the cycle a value is taken: its wave, or the phase; None where it is not known."""
    waves = {"e": E_WAVE, "a": A_WAVE, "latevel": E_WAVE, "medevel": E_WAVE}
    return waves.get(output) or (PHASES[phase] if phase is not None else None)


TEICHHOLZ = dcm("125209", "Teichholz")
BERNOULLI = dcm("125218", "Simplified Bernoulli")

FORMULA_TYPES: Mapping[str, SrCode] = MappingProxyType(
    {
        **dict.fromkeys(("fs", "ef_teichholz", "ivc_collapse"), FRACTION),
        **dict.fromkeys(("lv_mass_index", "lv_mass_height"), INDEXED),
        **dict.fromkeys(
            ("rwt", "e_e_septal", "e_e_lateral", "e_e_average", "tapse_pasp", "dvi"), RATIO
        ),
        **dict.fromkeys(("ivs_lvpw", "la_ao", "e_a_ratio"), RATIO),
    }
)
"""What kind of calculation a formula is, where it is more than a calculation."""

FORMULA_METHODS: Mapping[str, SrCode] = MappingProxyType(
    {
        **dict.fromkeys(("edv_teichholz", "esv_teichholz", "ef_teichholz"), TEICHHOLZ),
        **dict.fromkeys(("av_gradient", "tr_gradient", "mr_gradient", "rvsp"), BERNOULLI),
    }
)

LOINC: Mapping[str, str] = MappingProxyType(
    {
        "17985-3": "Left Atrium to Aortic Root Ratio",
        "18038-0": "Mitral Valve E to A Ratio",
        "18050-5": "Inferior Vena Cava % Collapse",
        "18155-2": "Interventricular Septum to Posterior Wall Thickness Ratio",
        "29434-8": "Left ventricular fractional shortening (of minor axis) (2D)",
        "59111-5": "E Velocity to Annulus E Velocity Ratio",
        "77891-0": "Left ventricular ejection fraction (Teichholz) 2D",
        "77903-3": "Tricuspid Annular Plane Systolic Excursion (TAPSE)",
        "79911-4": "Mitral septal e-prime Vmax",
        "79921-3": "Tricuspid regurgitation Vmax",
        "79937-9": "Tricuspid regurgitation peak gradient",
        "79953-6": "Aortic root diameter",
        "79963-5": "Aortic valve peak instantaneous gradient",
        "79964-3": "Aortic valve Vmax",
        "79966-8": "Ascending Aorta Dimension",
        "79967-6": "Inferior vena cava diameter",
        "79969-2": "Interventricular septum diastolic dimension 2D",
        "79975-9": "Left atrial end systolic diameter (AP) 2D",
        "80007-8": "Left ventricular internal diastolic dimension - 2D",
        "80011-0": "Left ventricular internal systolic dimension - 2D",
        "80019-3": "Left ventricular mass (dimension method) 2D",
        "80020-1": "Left ventricular mass (dimension method) 2D / BSA",
        "80021-9": "Left ventricular mass (dimension method) 2D / height^^2.7",
        "80029-2": "Left ventricular outflow tract Vmax",
        "80032-6": "Left ventricular posterior wall diastolic thickness",
        "80049-0": "Main pulmonary artery diameter",
        "80054-0": "Mitral lateral e-prime Vmax",
        "80058-1": "Mitral regurgitation peak gradient",
        "80062-3": "Mitral regurgitation Vmax",
        "80066-4": "Mitral valve A-wave Vmax",
        "80070-6": "Mitral valve E-wave Vmax",
        "80080-5": "Right ventricular basal dimension 4C",
        "8277-6": "BSA",
    }
)
"""What the LOINC codes of the catalog and the formulae mean."""

PRECOORDINATED = frozenset(LOINC) - {"17985-3", "18050-5", "18155-2", "59111-5", "8277-6"}
"""The codes of CID 12300."""

RVSP = sct("399023006", "Right Ventricular Peak Systolic Pressure")

UNITS: Mapping[str, SrCode] = MappingProxyType(
    {
        "1": SrCode("1", "UCUM", "no units"),
        "g/m2.7": SrCode("{g/m2.7}", "UCUM", "g/m^2.7"),
    }
)
"""Units that UCUM writes otherwise; it has none for height^2.7, so that one is an annotation."""


def unit_code(unit: str) -> SrCode:
    """A unit of the catalog or the formulae as a code of UCUM."""
    return UNITS.get(unit) or SrCode(unit, "UCUM", unit)


def value_code(code: str, id: str, name: str, scheme: str = "LN") -> SrCode:
    """The code of a value; where it has none, its `id` in the scheme of EchoMeasure."""
    if not code:
        return own(id, name)
    return SrCode(code, "LN", LOINC[code]) if scheme == "LN" else RVSP


def tool_of(row: Definition) -> str:
    """The tool of the Cornerstone viewers that shows such a caliper."""
    return "Length" if row.caliper in (CaliperKind.LINEAR, CaliperKind.EXCURSION) else "Probe"


OUTPUT_OF_LOINC: Mapping[str, tuple[str, str]] = MappingProxyType(
    {output.loinc: (row.id, output.id) for row in CATALOG.values() for output in row.outputs}
)
"""Measurement and output of each code of the catalog."""
