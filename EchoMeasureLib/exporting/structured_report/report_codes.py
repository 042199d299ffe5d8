"""The codes of a structured report, each in the words of its scheme.

LOINC and SNOMED CT as DICOM PS3.16 has them (CIDs 12224, 12226, 12300 to 12307); what no scheme
knows is in `OWN`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Definition, Phase
from EchoMeasureLib.exporting.structured_report.code_words import LOINC, SNOMED

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
DOUBT_MEANS = own("doubt-means", "What the reasons to look twice mean")
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

FROM_FILE = "from the file"
"""What a number rests on that the file gave."""

HEIGHT = SrCode("8302-2", "LN", "Patient Height")
WEIGHT = SrCode("29463-7", "LN", "Patient Weight")
AGE = dcm("121033", "Subject Age")
SEX = dcm("121032", "Subject Sex")
HEART_RATE = SrCode("8867-4", "LN", "Heart rate")
BODY_SURFACE = SrCode("8277-6", "LN", "BSA")

# What is measured

PHASES: Mapping[Phase, SrCode] = MappingProxyType(
    {
        Phase.ED: sct("416190007", "End diastole"),
        Phase.ES: sct("416430001", "End Systole"),
        Phase.SYSTOLE: sct("111973004", "Systole"),
        Phase.DIASTOLE: sct("90892000", "Diastole"),
        Phase.EXPIRATION: sct("58322009", "expiration"),
        Phase.INSPIRATION: sct("14910006", "inspiration"),
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
INTEGRAL = SrCode("20354-7", "LN", "Velocity Time Integral")
MEAN_GRADIENT = SrCode("20256-4", "LN", "Mean Gradient [Pressure] by Doppler")
ACCELERATION = SrCode("20168-1", "LN", "Acceleration Time")
DECELERATION = SrCode("20217-6", "LN", "Deceleration Time")
DURATION = sct("385673002", "Interval")

TEICHHOLZ = dcm("125209", "Teichholz")
BERNOULLI = dcm("125218", "Simplified Bernoulli")
CONTINUITY = dcm("125215", "Continuity Equation by Velocity Time Integral")

FORMULA_TYPES: Mapping[str, SrCode] = MappingProxyType(
    {
        **dict.fromkeys(("fs", "ef_teichholz", "ivc_collapse", "ivcm_collapse"), FRACTION),
        **dict.fromkeys(
            ("lv_mass_index", "lv_mass_height", "sv_index", "ci", "av_area_index"), INDEXED
        ),
        **dict.fromkeys(
            ("rwt", "e_e_septal", "e_e_lateral", "e_e_average", "tapse_pasp", "dvi", "dvi_vti"),
            RATIO,
        ),
        **dict.fromkeys(("ivs_lvpw", "la_ao", "e_a_ratio"), RATIO),
    }
)
"""What kind of calculation a formula is, where it is more than a calculation."""

FORMULA_METHODS: Mapping[str, SrCode] = MappingProxyType(
    {
        **dict.fromkeys(("edv_teichholz", "esv_teichholz", "ef_teichholz"), TEICHHOLZ),
        **dict.fromkeys(("av_gradient", "tr_gradient", "mr_gradient", "rvsp"), BERNOULLI),
        "av_area": CONTINUITY,
    }
)

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
    return SrCode(code, "LN", LOINC[code]) if scheme == "LN" else sct(code, SNOMED[code])


def given_code(id: str, name: str) -> SrCode:
    """The code of a number of the examination that is given; its `id` is that of `GIVEN`."""
    return HEART_RATE if id == "heart_rate" else own(id, name)


def tool_of(row: Definition) -> str:
    """The tool of the Cornerstone viewers that shows such a caliper."""
    if row.traced:
        return "PlanarFreehandROI"
    return "Length" if row.caliper.is_line else "Probe"


OUTPUT_OF_LOINC: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        output.loinc: (row.id, output.id)
        for row in CATALOG.values()
        for output in row.outputs
        if output.loinc
    }
)
"""Measurement and output of each code of the catalog."""
