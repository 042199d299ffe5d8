"""What EchoMeasure measures: one row per measurement, each giving one or more values.

Conventions, units and ranges: ASE/EACVI 2015 chamber quantification
(Lang et al., J Am Soc Echocardiogr 2015;28:1-39) unless a row says otherwise.
Codes: DICOM TID 5300 (CID 12300, LOINC). Networks: EchoNet-Measurements
(Sahashi et al., J Am Coll Cardiol 2025;86:964-978), checkpoint hashes as in the
repository's LFS pointers at commit 6f2a3e7 (2026-06-25).
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from EchoMeasureLib.choices import Choice
from EchoMeasureLib.errors import UnknownMeasurement
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.rounding import written

CATALOG_VERSION = "2026.3"


class CaliperKind(str, enum.Enum):
    """Which arithmetic turns the points into values."""

    LINEAR = "linear"
    """Distance between two points of a 2-D image, cm."""
    VELOCITY = "velocity"
    """Signed velocity of one point of a spectral strip, cm/s."""
    INFLOW = "inflow"
    """E and A velocities and their ratio."""
    EXCURSION = "excursion"
    """Vertical distance of two points of an M-mode strip, cm."""
    TRACING = "tracing"
    """The edge of a wave of a spectral strip, closed by the baseline: integrals and times."""
    SLOPE = "slope"
    """Time from a wave's peak along its slope down to the baseline, ms."""
    INTERVAL = "interval"
    """Time between two points of a spectral strip, ms."""

    @property
    def is_length(self) -> bool:
        """Whether the points are the ends of a length, which has its size in pixels too."""
        return self in (CaliperKind.LINEAR, CaliperKind.EXCURSION)

    @property
    def is_velocity(self) -> bool:
        """Whether each point is the peak of a wave of a Doppler strip."""
        return self in (CaliperKind.VELOCITY, CaliperKind.INFLOW)

    @property
    def is_line(self) -> bool:
        """Whether it is drawn as a line between its two points."""
        return self.is_length or self in (CaliperKind.SLOPE, CaliperKind.INTERVAL)

    @property
    def has_side(self) -> bool:
        """Whether it is of flow, which lies on one side of the baseline."""
        return self in _OF_FLOW


_OF_FLOW = (CaliperKind.VELOCITY, CaliperKind.INFLOW, CaliperKind.TRACING, CaliperKind.SLOPE)


class Phase(str, enum.Enum):
    """When in the cardiac or respiratory cycle a value is taken."""

    ED = "ed"
    ES = "es"
    SYSTOLE = "systole"
    DIASTOLE = "diastole"
    EXPIRATION = "expiration"

    @property
    def words(self) -> str:
        """For people, such as "end-diastole"."""
        full = {
            Phase.ED: "end-diastole",
            Phase.ES: "end-systole",
            Phase.EXPIRATION: "end-expiration",
        }
        return full.get(self, self.value)

    @property
    def brief(self) -> str:
        """The same for a narrow column: "ED", "ES", else the words."""
        return self.value.upper() if self in (Phase.ED, Phase.ES) else self.words


class Side(str, enum.Enum):
    """Side of the baseline on which the flow lies in the standard display."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Range:
    """Closed interval; None is open. In the unit of the value it belongs to."""

    low: float | None
    high: float | None

    def contains(self, value: float) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


class Lengths(Choice):
    """The unit in which people want to read lengths."""

    CM = "cm"
    MM = "mm"


@dataclass(frozen=True, slots=True)
class Output:
    """One value that a measurement gives."""

    id: str
    name: str
    """Short clinical name, as written on a label."""
    unit: str
    """UCUM unit of the stored value."""
    phase: Phase
    loinc: str
    """Pre-coordinated code of TID 5300 (CID 12300); empty where there is none."""
    plausible: Range
    """Magnitudes outside are flagged `implausible` and still shown."""
    shown_unit: str = ""
    """Unit for people where it differs from `unit`, or is the same for all who read lengths."""
    shown_factor: float = 1.0
    decimals: int = 2
    """Of one reading, such as a caliper's label, in the unit for people."""
    answer_decimals: int = 1
    """Of what is reported, which no single reading is precise enough for: 4.7 cm, 80 cm/s."""
    any_phase: str = ""
    """What it is called on a frame that is not known to be of `phase`, such as "IVS" for
    "IVSd"; empty where the name says nothing of the phase."""
    code_has_phase: bool = False
    """Whether `loinc` is of `phase` alone though the name says nothing of it."""
    variable: str = ""
    """What formulae call it, such as "lvids"; empty where that is its `id`."""

    @property
    def formula_id(self) -> str:
        """Under which formulae ask for it; no two outputs of the catalog share one."""
        return self.variable or self.id

    def name_at(self, phase: Phase | None) -> str:
        """What the value is called on a frame of this phase; None for an unknown one.

        A frame of another phase than the value's is named: a septum at end-systole is "IVS (ES)".
        """
        if phase is self.phase:
            return self.name
        name = self.any_phase or self.name
        of_the_beat = {phase, self.phase} <= {Phase.ED, Phase.ES}
        return f"{name} ({phase.brief})" if phase is not None and of_the_beat else name

    def loinc_at(self, phase: Phase | None) -> str:
        """The code of the value on a frame of this phase; empty where it would claim another."""
        claims = bool(self.any_phase) or self.code_has_phase
        return self.loinc if phase is self.phase or not claims else ""

    def text(self, value: float, lengths: Lengths = Lengths.CM) -> str:
        """One reading with its unit for people, such as "4.71 cm" or "2.60 m/s".

        Magnitude only; rounded half up, as every number that people see.
        """
        return f"{self.number(value, lengths)} {self.unit_in(lengths)}".rstrip()

    def number(self, value: float, lengths: Lengths = Lengths.CM) -> str:
        """The number of `text`."""
        return self._written(value, self.decimals, lengths)

    def answer(self, value: float, lengths: Lengths = Lengths.CM) -> str:
        """What is reported, with its unit: "4.7 cm", "2.8 m/s", "80 cm/s"."""
        return f"{self.answer_number(value, lengths)} {self.unit_in(lengths)}".rstrip()

    def answer_number(self, value: float, lengths: Lengths = Lengths.CM) -> str:
        """The number of `answer`."""
        return self._written(value, self.answer_decimals, lengths)

    def unit_in(self, lengths: Lengths) -> str:
        """Unit for people who read lengths so; empty for a plain number."""
        if self.shown_unit:
            return self.shown_unit
        return (
            lengths.value
            if self.unit == Lengths.CM.value
            else ""
            if self.unit == "1"
            else self.unit
        )

    @property
    def people_unit(self) -> str:
        """Unit for people; empty for a plain number."""
        return self.unit_in(Lengths.CM)

    def _written(self, value: float, decimals: int, lengths: Lengths) -> str:
        size = abs(value) * self.shown_factor
        if self.unit_in(lengths) == Lengths.MM.value:
            return written(10 * size, max(0, decimals - 1))
        return written(size, decimals)


FEWEST_TRACED, MOST_TRACED = 3, 200
"""Points of a tracing: onset, peak and end at least, and no more than anybody can move."""


@dataclass(frozen=True, slots=True)
class Network:
    """The published checkpoint of a measurement and what its channels mean."""

    file: str
    sha256: str
    bytes: int
    channels: tuple[int, ...]
    """Output channel of each point, in the order of `Definition.points`."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One measurement: where it is made, with which points, and what comes out."""

    id: str
    name: str
    view: str
    mode: str
    """How the image is acquired, in words."""
    regions: tuple[RegionKind, ...]
    """Kinds of region in which it can be made."""
    caliper: CaliperKind
    points: tuple[str, ...]
    """Meaning of each point, in order; of a tracing that of all, which are as many as it takes."""
    outputs: tuple[Output, ...]
    convention: str
    colour: str
    """In which it is drawn everywhere, "#rrggbb"; light enough to be seen on black."""
    side: Side | None = None
    network: Network | None = None
    """None where no checkpoint is published: one that the user has trained may find it."""
    short: str = ""
    """What clinicians call it, where it is not the name of its one value."""
    apart_s: tuple[float, float] | None = None
    """Least and most seconds from the first point to the last, in one beat; None for an image."""
    by_network: bool = True
    """Whether a network may find its points; else they are put by hand or read from the strip."""

    def __post_init__(self) -> None:
        wanted = 1 if self.caliper in (CaliperKind.VELOCITY, CaliperKind.TRACING) else 2
        if len(self.points) != wanted or sorted(self.channels) != list(range(wanted)):
            raise ValueError(f"{self.id}: a {self.caliper.value} caliper has {wanted} point(s)")
        if not re.fullmatch("#[0-9a-f]{6}", self.colour):
            raise ValueError(f"{self.id}: '{self.colour}' is no colour such as #5fd3ff")
        if not self.short and len({output.id for output in self.outputs}) > 1:
            raise ValueError(f"{self.id}: several values need a short name for all of them")
        if (self.apart_s is not None) != (self.on_strip and self.fewest > 1):
            raise ValueError(f"{self.id}: an interval goes with several points on a strip only")
        if (self.side is not None) != self.caliper.has_side:
            raise ValueError(f"{self.id}: a side of the baseline goes with velocities only")

    @property
    def channels(self) -> tuple[int, ...]:
        """Output channel of each point; in order where no published network has its own."""
        return self.network.channels if self.network else tuple(range(len(self.points)))

    @property
    def traced(self) -> bool:
        """Whether it has as many points as its edge takes."""
        return self.caliper is CaliperKind.TRACING

    @property
    def fewest(self) -> int:
        """How many points it has at least; all but a tracing have so many."""
        return FEWEST_TRACED if self.traced else len(self.points)

    def takes(self, count: int) -> bool:
        """Whether it can have so many points."""
        return FEWEST_TRACED <= count <= MOST_TRACED if self.traced else count == self.fewest

    @property
    def count_words(self) -> str:
        """How many points it takes, for people, such as "2" or "3 to 200"."""
        return f"{FEWEST_TRACED} to {MOST_TRACED}" if self.traced else str(self.fewest)

    def labels(self, count: int) -> tuple[str, ...]:
        """The meaning of each of so many points."""
        return self.points * count if self.traced else self.points

    @property
    def short_name(self) -> str:
        """What clinicians call it on any frame, such as "LVID", "TR Vmax" or "MV E/A"."""
        return self.short or self.outputs[0].name_at(None)

    @property
    def on_strip(self) -> bool:
        """Made on a spectral or M-mode strip, not in a 2-D image."""
        return all(kind.is_strip for kind in self.regions)

    def output(self, id: str, phase: Phase | None = None) -> Output:
        """The output of that id, and of that phase where the id has several.

        Raises `UnknownMeasurement` when there is none of that id.
        """
        rows = [row for row in self.outputs if row.id == id]
        if not rows:
            raise UnknownMeasurement(f"{self.id} gives no value called {id}.")
        return next((row for row in rows if row.phase is phase), rows[0])


def _linear(
    id: str,
    name: str,
    view: str,
    points: tuple[str, str],
    outputs: tuple[Output, ...],
    sha256: str,
    convention: str,
    colour: str,
) -> Definition:
    network = Network(f"2D_models/{id}_weights.ckpt", sha256, 158894746, (0, 1))
    return Definition(
        id,
        name,
        view,
        "2-D",
        (RegionKind.TWO_D, RegionKind.COLOUR),
        CaliperKind.LINEAR,
        points,
        outputs,
        convention,
        colour,
        network=network,
    )


def _velocity(
    id: str,
    name: str,
    view: str,
    region: RegionKind,
    output: Output,
    sha256: str,
    convention: str,
    mode: str = "",
    *,
    colour: str,
) -> Definition:
    network = Network(f"Doppler_models/{id}_weights.ckpt", sha256, 158893722, (0,))
    return Definition(
        id,
        name,
        view,
        mode or f"{region.value.upper()} Doppler",
        (region,),
        CaliperKind.VELOCITY,
        ("peak",),
        (output,),
        convention,
        colour,
        Side.BELOW,
        network,
    )


def _cm(
    id: str,
    name: str,
    phase: Phase,
    loinc: str,
    plausible: tuple[float, float],
    any_phase: str = "",
    variable: str = "",
) -> Output:
    row = Output(id, name, "cm", phase, loinc, Range(*plausible))
    return replace(row, any_phase=any_phase, variable=variable)


def _fast(
    id: str,
    name: str,
    loinc: str,
    plausible: tuple[float, float],
) -> Output:
    """A systolic velocity that people read in m/s."""
    return Output(id, name, "cm/s", Phase.SYSTOLE, loinc, Range(*plausible), "m/s", 0.01)


def _slow(
    id: str, name: str, loinc: str, plausible: tuple[float, float], answer_decimals: int = 1
) -> Output:
    """A diastolic velocity that people read in cm/s."""
    row = Output(id, name, "cm/s", Phase.DIASTOLE, loinc, Range(*plausible), decimals=1)
    return replace(row, answer_decimals=answer_decimals)


def _tracing(
    id: str,
    name: str,
    view: str,
    region: RegionKind,
    outputs: tuple[Output, ...],
    convention: str,
    colour: str,
    apart_s: tuple[float, float] = (0.12, 0.6),
    side: Side = Side.BELOW,
) -> Definition:
    """A wave's edge from its onset to its end, traced by hand or read from the strip."""
    return Definition(
        *(id, name, view, f"{region.value.upper()} Doppler", (region,), CaliperKind.TRACING),
        *(("edge",), outputs, convention, colour, side),
        short=outputs[0].name,
        apart_s=apart_s,
        by_network=False,
    )


def _times(
    id: str, name: str, caliper: CaliperKind, points: tuple[str, str], output: Output,
    convention: str, colour: str, apart_s: tuple[float, float], side: Side | None = None,
) -> Definition:  # fmt: skip
    """A time of mitral inflow, between two points."""
    return Definition(
        *(id, name, "A4C, at the mitral leaflet tips", "PW Doppler", (RegionKind.PW,), caliper),
        *(points, (output,), convention, colour, side),
        apart_s=apart_s,
        by_network=False,
    )


def _vti(id: str, name: str, phase: Phase, loinc: str, plausible: tuple[float, float]) -> Output:
    """A velocity-time integral: how far the blood goes in a beat."""
    return Output(id, name, "cm", phase, loinc, Range(*plausible), "cm", decimals=1)


def _ms(id: str, name: str, phase: Phase, loinc: str, plausible: tuple[float, float]) -> Output:
    return Output(*(id, name, "ms", phase, loinc, Range(*plausible)), decimals=0, answer_decimals=0)


_ROWS = (
    _linear(
        "ivs",
        "Interventricular septum",
        "PLAX",
        ("right ventricular edge", "left ventricular edge"),
        (
            _cm(
                "ivs",
                "IVSd",
                Phase.ED,
                "79969-2",
                (0.3, 4),
                "IVS",
                "ivsd",
            ),
        ),
        "879e20dea564bb8c01a55fc78831403eef24c1c1f21adc9a1d0a5c02073d137d",
        "end-diastole, perpendicular to the long axis at or just below the mitral leaflet tips",
        colour="#ffd84d",
    ),
    _linear(
        "lvid",
        "Left ventricular internal diameter",
        "PLAX",
        ("septal edge", "posterior wall edge"),
        (
            _cm(
                "lvid",
                "LVIDd",
                Phase.ED,
                "80007-8",
                (1, 10),
                "LVID",
                "lvidd",
            ),
            _cm(
                "lvid",
                "LVIDs",
                Phase.ES,
                "80011-0",
                (1, 10),
                "LVID",
                "lvids",
            ),
        ),
        "0a7b56274cddbc6ed33d05abc0004a9462ab213431c498be08f14212eb4e53a1",
        "inner edge to inner edge; largest at end-diastole, smallest at end-systole",
        colour="#5fd3ff",
    ),
    _linear(
        "lvpw",
        "Left ventricular posterior wall",
        "PLAX",
        ("endocardial edge", "epicardial edge"),
        (
            _cm(
                "lvpw",
                "LVPWd",
                Phase.ED,
                "80032-6",
                (0.3, 4),
                "LVPW",
                "lvpwd",
            ),
        ),
        "29507be31ac764fd54623bc9678be9584db379297a597b34bce65f05506d5b60",
        "end-diastole, perpendicular to the long axis at or just below the mitral leaflet tips",
        colour="#ff9d5c",
    ),
    _linear(
        "aorta",
        "Ascending aorta",
        "PLAX or high PLAX",
        ("anterior leading edge", "posterior leading edge"),
        # Mean +- 2 standard deviations of the guideline's 3.0 +- 0.4 and 2.7 +- 0.4.
        (_cm("aorta", "Asc Ao", Phase.ED, "79966-8", (1, 8)),),
        "ef85c2fa0917b0a00f1b28e8d937498ae3e075a32f92726e2bfb96e94d4028b2",
        "end-diastole, leading edge to leading edge",
        colour="#8cf08c",
    ),
    _linear(
        "aortic_root",
        "Aortic root (sinuses of Valsalva)",
        "PLAX",
        ("anterior leading edge", "posterior leading edge"),
        # Mean +- 2 standard deviations of the guideline's 3.4 +- 0.3 and 3.0 +- 0.3.
        (
            _cm(
                "aortic_root",
                "Ao root",
                Phase.ED,
                "79953-6",
                (1, 8),
            ),
        ),
        "178bd20fdee0a62ca84deb8df7443d57671a317daf2415a66ec51d3d4423517c",
        "end-diastole, leading edge to leading edge",
        colour="#ff8fc7",
    ),
    _linear(
        "la",
        "Left atrium, antero-posterior",
        "PLAX",
        ("anterior edge", "posterior edge"),
        (replace(_cm("la", "LA", Phase.ES, "79975-9", (1, 10)), code_has_phase=True),),
        "1a91627f7fa1872054f272ef8079a960fd24088ef078a50af70b893bbef044f4",
        "end-systole, when it is largest",
        colour="#c3a6ff",
    ),
    _linear(
        "rv_base",
        "Right ventricular basal diameter",
        "A4C, RV-focused",
        ("free wall edge", "septal edge"),
        (_cm("rv_base", "RV base", Phase.ED, "80080-5", (1, 8)),),
        "b3c88c2f6d425f2f3a537720dbb8d51b9bce5c92e1174a37e6cf8f82d6c50cd9",
        "end-diastole, largest transverse diameter in the basal third",
        colour="#7ff0e0",
    ),
    _linear(
        "pa",
        "Main pulmonary artery",
        "PSAX or RVOT",
        ("left edge", "right edge"),
        (_cm("pa", "MPA", Phase.ED, "80049-0", (0.8, 6)),),
        "73343081353862abacbd20a9b36973be551ca1073dda5796acb30930b4e93c0d",
        "end-diastole",
        colour="#dcfa1e",
    ),
    _linear(
        "ivc",
        "Inferior vena cava",
        "Subcostal long axis",
        ("anterior edge", "posterior edge"),
        (
            _cm(
                "ivc",
                "IVC",
                Phase.EXPIRATION,
                "79967-6",
                (0.2, 5),
                variable="ivc_max",
            ),
        ),
        "b140eb9a3c6d2f2be87f6b46b111ea43681ab14e18463ce4ac72aaef59c1eee1",
        "largest at end-expiration; the smallest with a sniff gives the collapse",
        colour="#ffb3a7",
    ),
    _velocity(
        "avvmax",
        "Aortic valve peak velocity",
        "A5C or A3C",
        RegionKind.CW,
        _fast("avvmax", "AV Vmax", "79964-3", (30, 700)),
        "e8cb4472de38633fd64363a40acffa87b58ccf2d272ad974297b4c54c8751387",
        "systole, below the baseline",
        colour="#ff696e",
    ),
    _velocity(
        "trvmax",
        "Tricuspid regurgitation peak velocity",
        "A4C",
        RegionKind.CW,
        _fast("trvmax", "TR Vmax", "79921-3", (50, 600)),
        "76658959a8fefcc6f6b47ac0b513222eed505aeda8da26e853780d390e7b36e3",
        "systole, below the baseline",
        colour="#649bf5",
    ),
    _velocity(
        "mrvmax",
        "Mitral regurgitation peak velocity",
        "Apical",
        RegionKind.CW,
        _fast("mrvmax", "MR Vmax", "80062-3", (100, 800)),
        "b46637c5f9eb99ead7c7160a1a1ab3c4644328d17f1a8efaff967518ed8e965a",
        "systole, below the baseline",
        colour="#eb5feb",
    ),
    _velocity(
        "lvotvmax",
        "LVOT peak velocity",
        "A5C or A3C",
        RegionKind.PW,
        _fast("lvotvmax", "LVOT Vmax", "80029-2", (20, 400)),
        "5f183bf3c89334cd48b6fcb1f61f1cd62cae2da8044540adcfe2d724a90cbead",
        "systole, below the baseline",
        colour="#7dc305",
    ),
    _velocity(
        "latevel",
        "Mitral annulus e', lateral",
        "A4C",
        RegionKind.PW,
        _slow("latevel", "e' lateral", "80054-0", (1, 30)),
        "4c19172c4800af84c56aa166c46b5d117990457fde8ddc534e17b6b058c75deb",
        "early diastole, below the baseline",
        "PW tissue Doppler",
        colour="#00b4a5",
    ),
    _velocity(
        "medevel",
        "Mitral annulus e', septal",
        "A4C",
        RegionKind.PW,
        _slow("medevel", "e' septal", "79911-4", (1, 30)),
        "edcf4a72dad83613235df54ea4b9333c85cbdb6dfb429ce156d982bc498efda5",
        "early diastole, below the baseline",
        "PW tissue Doppler",
        colour="#c89119",
    ),
    Definition(
        "mvpeak",
        "Mitral inflow E and A",
        "A4C, at the mitral leaflet tips",
        "PW Doppler",
        (RegionKind.PW,),
        CaliperKind.INFLOW,
        ("E", "A"),
        (
            _slow("e", "MV E", "80070-6", (10, 300), 0),
            _slow("a", "MV A", "80066-4", (10, 300), 0),
            Output(
                *("e_a_ratio", "E/A", "1", Phase.DIASTOLE, "18038-0", Range(0.1, 10)),
                answer_decimals=2,
            ),
        ),
        "diastole, above the baseline, E and A of the same beat",
        "#14af64",
        Side.ABOVE,
        Network(
            "Doppler_models/mvpeak_2c_weights.ckpt",
            "a2697103ebd218c8446cf0e5de681fd4d3a6ad4f7efbaadf7b2655aff92ae687",
            158894746,
            # Channel 1 is E and channel 0 is A.
            (1, 0),
        ),
        "MV E/A",
        # Sooner, E and A are one wave; later than the diastole of 42 beats per minute, not of one.
        (0.05, 0.9),
    ),
    Definition(
        "tapse",
        "Tricuspid annular plane systolic excursion",
        "A4C, lateral tricuspid annulus",
        "M-mode",
        (RegionKind.M_MODE,),
        CaliperKind.EXCURSION,
        ("end-diastole", "end-systole"),
        (_cm("tapse", "TAPSE", Phase.SYSTOLE, "77903-3", (0.2, 5)),),
        "from end-diastole (lowest) to end-systole (highest), vertical only",
        "#a5a55a",
        network=Network(
            "Doppler_models/tapse_2c_weights.ckpt",
            "33aac8bb4f7c757a5f4b7493edc6f59f9bf1a146e823b9f00498af930725437d",
            158894746,
            (1, 0),
        ),
        # From the R wave to the end of systole.
        apart_s=(0.1, 0.6),
    ),
    # Valves 2017 (Baumgartner et al., J Am Soc Echocardiogr 2017;30:372-392): LVOT in mid-systole,
    # inner edge to inner edge, parallel to the valve's plane and where LVOT velocity is recorded.
    Definition(
        "lvotd",
        "Left ventricular outflow tract diameter",
        "PLAX",
        "2-D",
        (RegionKind.TWO_D, RegionKind.COLOUR),
        CaliperKind.LINEAR,
        ("septal edge", "mitral edge"),
        (Output("lvotd", "LVOT diameter", "cm", Phase.SYSTOLE, "80028-4", Range(1, 4)),),
        "mid-systole, inner edge to inner edge, where the LVOT velocity is recorded",
        "#6e69ff",
        by_network=False,
    ),
    # Doppler 2002 (Quinones et al., J Am Soc Echocardiogr 2002;15:167-184): along the outer edge
    # of the dense band by pulsed wave, of the whole spectrum by continuous wave.
    _tracing(
        "lvotvti",
        "LVOT velocity-time integral",
        "A5C or A3C",
        RegionKind.PW,
        (
            _vti("lvotvti", "LVOT VTI", Phase.SYSTOLE, "80030-0", (4, 60)),
            _ms("lvot_at", "LVOT AT", Phase.SYSTOLE, "", (20, 250)),
        ),
        "systole, along the outer edge of the dense band from onset to end",
        "#f5190f",
    ),
    _tracing(
        "avvti",
        "Aortic valve velocity-time integral and mean gradient",
        "A5C or A3C",
        RegionKind.CW,
        (
            _vti("avvti", "AV VTI", Phase.SYSTOLE, "79965-0", (6, 220)),
            Output(
                *("av_mean_gradient", "AV mean gradient", "mm[Hg]", Phase.SYSTOLE, "79962-7"),
                *(Range(0.3, 150), "mmHg"),
                decimals=0,
                answer_decimals=0,
            ),
            _ms("av_at", "AV AT", Phase.SYSTOLE, "", (20, 250)),
        ),
        "systole, along the outer edge of the whole spectrum from onset to end",
        "#fa0091",
    ),
    _tracing(
        "mvvti",
        "Mitral inflow velocity-time integral",
        "A4C",
        RegionKind.PW,
        (_vti("mvvti", "MV VTI", Phase.DIASTOLE, "79914-8", (3, 120)),),
        "diastole, along the outer edge from the onset of E to the end of A",
        "#787d91",
        (0.1, 1.4),
        Side.ABOVE,
    ),
    _tracing(
        "trvti",
        "Tricuspid regurgitation velocity-time integral",
        "A4C",
        RegionKind.CW,
        (_vti("trvti", "TR VTI", Phase.SYSTOLE, "", (10, 300)),),
        "systole, along the outer edge of the whole spectrum from onset to end",
        "#cd00ff",
        (0.15, 0.75),
    ),
    _tracing(
        "mrvti",
        "Mitral regurgitation velocity-time integral",
        "Apical",
        RegionKind.CW,
        (_vti("mrvti", "MR VTI", Phase.SYSTOLE, "", (10, 350)),),
        "systole, along the outer edge of the whole spectrum from onset to end",
        "#dcfabe",
        (0.15, 0.75),
    ),
    _times(
        "mvdt",
        "Mitral E deceleration time",
        CaliperKind.SLOPE,
        ("E peak", "on the slope"),
        _ms("mvdt", "MV DT", Phase.DIASTOLE, "78191-4", (40, 500)),
        "from the peak of E along its slope, which is followed down to the baseline",
        "#0aff73",
        (0.02, 0.5),
        Side.ABOVE,
    ),
    _times(
        "mvedur",
        "Mitral E duration",
        CaliperKind.INTERVAL,
        ("onset", "end"),
        _ms("mvedur", "MV E duration", Phase.DIASTOLE, "", (60, 500)),
        "from onset to end of E at the baseline",
        "#af6978",
        (0.04, 0.7),
    ),
    _times(
        "mvadur",
        "Mitral A duration",
        CaliperKind.INTERVAL,
        ("onset", "end"),
        _ms("mvadur", "MV A duration", Phase.DIASTOLE, "80065-6", (50, 300)),
        "from onset to end of A at the baseline",
        "#e6ff82",
        (0.03, 0.45),
    ),
)

CATALOG: Mapping[str, Definition] = MappingProxyType({row.id: row for row in _ROWS})
"""Every measurement by id, in clinical order."""

NETWORKED: Mapping[str, Definition] = MappingProxyType(
    {id: row for id, row in CATALOG.items() if row.by_network}
)
"""Those whose points a network may find."""

RANK: Mapping[str, int] = MappingProxyType({id: rank for rank, id in enumerate(CATALOG)})
"""Place of each measurement in clinical order."""


def definition(id: str) -> Definition:
    """The measurement of that id. Raises `UnknownMeasurement` with the known ids.

    >>> tapse = definition("tapse")
    >>> tapse.points, tapse.outputs[0].unit, tapse.outputs[0].plausible
    (('end-diastole', 'end-systole'), 'cm', Range(low=0.2, high=5))
    """
    try:
        return CATALOG[id]
    except KeyError:
        raise UnknownMeasurement(
            f"There is no measurement called '{id}'.", f"Known: {', '.join(CATALOG)}."
        ) from None
