"""What a measurement of the catalog is made of: its points, values, units and network."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from EchoMeasureLib.choices import Choice
from EchoMeasureLib.errors import UnknownMeasurement
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.rounding import written


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
    DIAMETER = "diameter"
    """Vertical distance of two points of an M-mode strip at one time, cm."""
    TRACING = "tracing"
    """The edge of a wave of a spectral strip, closed by the baseline: integrals and times."""
    SLOPE = "slope"
    """Time from a wave's peak along its slope down to the baseline, ms."""
    INTERVAL = "interval"
    """Time between two points of a spectral strip, ms."""

    @property
    def is_length(self) -> bool:
        """Whether the points are the ends of a length, which has its size in pixels too."""
        return self in (CaliperKind.LINEAR, CaliperKind.EXCURSION, CaliperKind.DIAMETER)

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
    INSPIRATION = "inspiration"

    @property
    def of_breath(self) -> bool:
        """Whether it is of the breath, not of the heart."""
        return self in (Phase.EXPIRATION, Phase.INSPIRATION)

    @property
    def cycle(self) -> str:
        """What it comes once in, for people: "breath" or "beat"."""
        return "breath" if self.of_breath else "beat"

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
    flow: str = ""
    """Id of the measurement of the peak of the same flow; empty for that itself."""

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
