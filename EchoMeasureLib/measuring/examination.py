"""What the reader adds by hand to what was measured: facts, and values of other methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType

from EchoMeasureLib.choices import Choice
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.measuring.breathing import Manoeuvre
from EchoMeasureLib.measuring.grading.diastole_groups import GROUPS
from EchoMeasureLib.measuring.grading.ranges import RangeSet
from EchoMeasureLib.measuring.site import of_this_site


class Rhythm(Choice):
    """The rhythm during the examination, as the reader says."""

    SINUS = "sinus"
    AF = "af"

    @property
    def words(self) -> str:
        """For people."""
        return "atrial fibrillation" if self is Rhythm.AF else "sinus rhythm"


SPOKEN = {
    "%": "per cent",
    "/min": "beats per minute",
    "1": "a ratio",
    "cm": "centimetres",
    "mL/m2": "mL/m2",
    "mm[Hg]": "mmHg",
    "ms": "milliseconds",
}
"""UCUM units of the numbers below, in words."""


@dataclass(frozen=True, slots=True)
class GivenNumber:
    """One number that the reader can give."""

    id: str
    """Field of `Examination`, and id of its row of the sheet."""
    name: str
    what: str
    """What it is, for whoever is asked for it."""
    low: float
    """Lowest number that can be."""
    high: float
    unit: str
    """UCUM."""
    decimals: int = 0

    @property
    def spoken(self) -> str:
        """The unit in words."""
        return SPOKEN[self.unit]


_ROWS = (
    GivenNumber("heart_rate", "Heart rate", "heart rate", 10, 400, "/min"),
    GivenNumber("systolic", "Systolic pressure", "systolic blood pressure", 20, 400, "mm[Hg]"),
    GivenNumber("diastolic", "Diastolic pressure", "diastolic blood pressure", 5, 300, "mm[Hg]"),
    GivenNumber("ef", "EF", "ejection fraction by another method", 1, 95, "%"),
    GivenNumber("lavi", "LAVI", "left atrial volume index", 3, 250, "mL/m2"),
    GivenNumber("lars", "LA reservoir strain", "left atrial reservoir strain", 0, 90, "%"),
    GivenNumber("pv_s_d", "Pulmonary vein S/D", "pulmonary vein S/D", 0.05, 10, "1", 2),
    GivenNumber("ivrt", "IVRT", "isovolumic relaxation time", 5, 400, "ms"),
    GivenNumber("dt", "E deceleration time", "deceleration time of E", 20, 1300, "ms"),
    GivenNumber("ar_a", "Ar-A duration", "Ar minus A duration", -300, 300, "ms"),
    GivenNumber("t_e_e", "T(E-e')", "onset of E to onset of e'", -200, 400, "ms"),
    GivenNumber("rap", "RA pressure", "right atrial pressure", 0, 50, "mm[Hg]"),
    GivenNumber(
        "lvot_diameter",
        "LVOT diameter, given",
        "diameter of the left ventricular outflow tract",
        0.5,
        5,
        "cm",
        2,
    ),
)

GIVEN: Mapping[str, GivenNumber] = MappingProxyType({row.id: row for row in _ROWS})
"""Every number that the reader can give, by id."""


def ranges_of_this_site() -> RangeSet:
    """The set that a site has chosen in the variable `ECHOMEASURE_RANGES`; else that of ASE.

    A review keeps the set it was begun with. Raises `InvalidArgument` for any other word.
    """
    return of_this_site("ECHOMEASURE_RANGES", RangeSet.ASE)


@dataclass(frozen=True, slots=True)
class Examination:
    """Nothing here is assumed: what is None was not given.

    Raises `InvalidArgument` for a number that cannot be, with the unit to give it in.
    """

    rhythm: Rhythm | None = None
    manoeuvre: Manoeuvre | None = None
    """How the person breathed while the inferior vena cava was seen."""
    group: str = ""
    """Id of a special group of `diastole_groups`; empty when the general tables hold."""
    disease: bool = False
    """A disease of the myocardium is known."""
    no_jet: bool = False
    """There was no measurable tricuspid regurgitation."""
    heart_rate: float | None = None
    """Per minute."""
    systolic: float | None = None
    """Blood pressure, mmHg."""
    diastolic: float | None = None
    """Blood pressure, mmHg."""
    ef: float | None = None
    """Ejection fraction by another method, %."""
    lavi: float | None = None
    """Left atrial volume index, mL/m2."""
    lars: float | None = None
    """Left atrial reservoir strain, %."""
    pv_s_d: float | None = None
    """Pulmonary vein S/D."""
    ivrt: float | None = None
    """Isovolumic relaxation time, ms."""
    dt: float | None = None
    """Deceleration time of E, ms."""
    ar_a: float | None = None
    """Ar minus A duration, ms."""
    t_e_e: float | None = None
    """T(E-e'), ms."""
    rap: float | None = None
    """Right atrial pressure, mmHg; it replaces the one from the inferior vena cava."""
    lvot_diameter: float | None = None
    """Diameter of the left ventricular outflow tract, cm; it replaces the measured one."""
    ranges: RangeSet = field(default_factory=ranges_of_this_site)
    """Whose normal ranges."""
    from_file: frozenset[str] = frozenset()
    """Names of the numbers that stand as the image's file gave them."""

    def __post_init__(self) -> None:
        for row in GIVEN.values():
            number = getattr(self, row.id)
            if number is not None and not row.low <= number <= row.high:
                raise InvalidArgument(
                    f"{row.name} cannot be {number:g}.", f"Give it in {row.spoken}."
                )
        if self.group and self.group not in GROUPS:
            raise InvalidArgument(
                f"There is no group '{self.group}'.", f"Known: {', '.join(GROUPS)}."
            )

    @property
    def special_group(self) -> str:
        """The group whose table holds: as given, or atrial fibrillation by the rhythm."""
        return self.group or ("af" if self.rhythm is Rhythm.AF else "")

    def text(self) -> str:
        """What is known, such as "atrial fibrillation, LAVI 30 mL/m2"; empty when nothing is."""
        usual = Examination()
        names = (field.name for field in fields(self) if field.name != "from_file")
        said = {name: getattr(self, name) for name in names}
        given = {name: v for name, v in said.items() if v != getattr(usual, name)}
        return ", ".join(
            _said(name, value) + (" (from the file)" if name in self.from_file else "")
            for name, value in given.items()
        )


def check_pressures(before: Examination, after: Examination) -> None:
    """Raises `InvalidArgument` for a blood pressure that is now given upside down.

    One that was there before stands, and the sheet says so.
    """
    high, low = after.systolic, after.diastolic
    if high is None or low is None or high > low:
        return
    if (high, low) != (before.systolic, before.diastolic):
        raise InvalidArgument(
            f"A pressure of {high:g} over {low:g} mmHg is not possible.",
            "The systolic one is the higher, as in 120 over 80: give both.",
        )


def _said(name: str, value: object) -> str:
    if name in GIVEN:
        row = GIVEN[name]
        return f"{row.name} {value:g}" + (f" {row.spoken}" if row.unit != "1" else "")
    if isinstance(value, Rhythm):
        return value.words
    words = {"disease": "disease of the myocardium", "no_jet": "no measurable TR"}
    return words.get(name) or f"{name} {getattr(value, 'value', value)}"
