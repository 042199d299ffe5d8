"""Normal ranges and degrees of abnormality, one row per value, sex and age, each with its source.

A site chooses the set; every answer names it. Numbers are in the unit in which they are
shown, and are rounded to its decimals before they are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from EchoMeasureLib.choices import Choice
from EchoMeasureLib.definitions import Lengths
from EchoMeasureLib.rounding import rounded

VERSION = "2026.2"
"""Changes with any limit of the table."""

CHAMBERS_2015 = "ASE/EACVI 2015 chamber quantification (Lang et al.)"
AORTA_2015 = "ASE/EACVI 2015, mean and two standard deviations"
BSE_2020 = "BSE 2020 normal values (NORRE)"
DIASTOLE_2009 = "ASE/EAE 2009 diastolic function, mean and two standard deviations"
RIGHT_2015 = "ASE/EACVI 2015 right heart"
RIGHT_2025 = "ASE 2025 right heart (Mukherjee et al.)"
PULMONARY_2005 = "ASE 2005 chamber quantification"
MASS_2005 = "ASE 2005 chamber quantification (limits read second hand)"
BSE_2024 = "BSE 2024 diastolic function (second hand)"
DIASTOLE_2016 = "ASE/EACVI 2016 diastolic function (Nagueh et al.)"
FILLING = "E/e' below 8 and above 14 (second hand)"
STENOSIS_2017 = "EACVI/ASE 2017 aortic stenosis (Baumgartner et al.)"
UNCOUPLING = "ESC/ERS 2022 and PMC10053363 (second hand)"


class RangeSet(Choice):
    """Whose limits are used where there are several."""

    ASE = "ase"
    BSE = "bse"


@dataclass(frozen=True, slots=True)
class NormalRange:
    """One row: what is normal, and the words for what is beyond it."""

    value: str
    """Id of a value of the sheet."""
    sex: str
    """M or F; empty for both."""
    low: float | None
    high: float | None
    source: str
    ages: tuple[float, float] = (0, 200)
    """Years, both included."""
    beyond: tuple[tuple[float, str], ...] = ()
    """Above the range: the lowest number of each degree, and its word."""
    below: tuple[tuple[float, str], ...] = ()
    """Below the range: the highest number of each degree, and its word."""
    set: RangeSet = RangeSet.ASE
    decimals: int = 1
    scale: float = 1.0
    """Shown unit over stored unit: 0.01 for a velocity kept in cm/s and shown in m/s."""
    within: str = "normal"
    """The word for what lies in it."""
    what: str = ""
    """What the range is of, where it is not that of healthy people."""
    brief: str = ""
    """The same where there is little room."""
    note: str = ""
    """What to know of a value beyond it."""

    @property
    def text(self) -> str:
        """The range for people, such as "3.8 to 5.2"."""
        low = None if self.low is None else f"{self.low:.{self.decimals}f}"
        high = None if self.high is None else f"{self.high:.{self.decimals}f}"
        if low is None:
            return f"{self.what} up to {high}".strip()
        return f"{low} or more" if high is None else f"{low} to {high}"

    def read_in(self, lengths: Lengths, unit: str) -> NormalRange:
        """The range as people read it, of a value that is stored in `unit`: cm may be mm."""
        if lengths is not Lengths.MM or unit != Lengths.CM.value:
            return self
        low, high = (None if limit is None else 10 * limit for limit in (self.low, self.high))
        return replace(self, low=low, high=high, decimals=max(0, self.decimals - 1))


def range_words(text: str) -> str:
    """The text of a row with what it is the range of, such as "normal 3.8 to 5.2".

    That of an aortic jet says it itself: "sclerosis up to 2.5".
    """
    others = tuple({row.what for row in RANGES if row.what})
    return text if text.startswith(others) else f"normal {text}"


@dataclass(frozen=True, slots=True)
class Assessment:
    """One value beside its range."""

    row: NormalRange
    mark: str
    """H above, L below, empty within."""
    word: str
    """The degree, such as "mildly abnormal", or the row's word for what lies within."""
    near: bool
    """Whether a limit lies within one standard deviation of a single reading."""


def assess(
    value: str,
    number: float,
    sex: str = "",
    age: float | None = None,
    set: RangeSet = RangeSet.ASE,
    deviation: float | None = None,
) -> Assessment | None:
    """A number in its stored unit beside its range; None where no row applies.

    `deviation`: standard deviation of one reading, in the same unit. A row for one sex or for
    certain ages applies only when these are known.
    """
    row = find(value, sex, age, set)
    if row is None:
        return None
    size = abs(number) * row.scale
    shown = rounded(size, row.decimals)
    mark = "H" if row.high is not None and shown > row.high else ""
    mark = "L" if row.low is not None and shown < row.low else mark
    limits = [x for x in (row.low, row.high) if x is not None]
    reach = None if deviation is None else deviation * row.scale
    near = reach is not None and any(abs(size - limit) <= reach for limit in limits)
    return Assessment(row, mark, _word(row, shown, mark), near)


def find(
    value: str, sex: str = "", age: float | None = None, set: RangeSet = RangeSet.ASE
) -> NormalRange | None:
    """The row that applies: the chosen set's own, else that of ASE."""
    rows = [row for row in RANGES if row.value == value and _applies(row, sex, age)]
    own = [row for row in rows if row.set is set]
    return next(iter(own or [row for row in rows if row.set is RangeSet.ASE]), None)


def _applies(row: NormalRange, sex: str, age: float | None) -> bool:
    if row.sex and row.sex != sex:
        return False
    if row.ages == (0, 200):
        return True
    return age is not None and row.ages[0] <= int(age) <= row.ages[1]


def _word(row: NormalRange, shown: float, mark: str) -> str:
    if not mark:
        return row.within
    if mark == "H":
        reached = [word for limit, word in row.beyond if shown >= limit]
        return reached[-1] if reached else "above normal"
    reached = [word for limit, word in row.below if shown <= limit]
    return reached[-1] if reached else "below normal"


DEGREES = ("mildly abnormal", "moderately abnormal", "severely abnormal")


def _degrees(*limits: float) -> tuple[tuple[float, str], ...]:
    return tuple(zip(limits, DEGREES, strict=True))


def _sexes(
    value: str,
    men: tuple[float | None, float | None],
    women: tuple[float | None, float | None],
    source: str = CHAMBERS_2015,
    *,
    decimals: int = 1,
) -> tuple[NormalRange, ...]:
    return (
        NormalRange(value, "M", *men, source, decimals=decimals),
        NormalRange(value, "F", *women, source, decimals=decimals),
    )


def _both(
    value: str, low: float | None, high: float | None, source: str, decimals: int = 1,
    scale: float = 1.0,
) -> NormalRange:  # fmt: skip
    return NormalRange(value, "", low, high, source, decimals=decimals, scale=scale)


def _by_age(
    value: str, rows: Sequence[tuple[int, int, float, float]], decimals: int = 1
) -> tuple[NormalRange, ...]:
    """Rows of first and last year, mean and standard deviation."""
    return tuple(
        NormalRange(
            value, "", rounded(mean - 2 * sd, decimals), rounded(mean + 2 * sd, decimals),
            DIASTOLE_2009, (first, last), decimals=decimals,
        )
        for first, last, mean, sd in rows
    )  # fmt: skip


def _lower(value: str, rows: Sequence[tuple[int, int, float, float]]) -> tuple[NormalRange, ...]:
    """Rows of first and last year, and the lower limit of men and of women."""
    return tuple(
        NormalRange(value, sex, low, None, BSE_2024, (first, last), set=RangeSet.BSE)
        for first, last, *limits in rows
        for sex, low in zip("MF", limits, strict=True)
    )


RANGES: tuple[NormalRange, ...] = (
    *_sexes("lvidd", (4.2, 5.8), (3.8, 5.2)),
    *_sexes("lvids", (2.5, 4.0), (2.2, 3.5)),
    *_sexes("ivsd", (0.6, 1.0), (0.6, 0.9)),
    *_sexes("lvpwd", (0.6, 1.0), (0.6, 0.9)),
    *_sexes("la", (3.0, 4.0), (2.7, 3.8)),
    *_sexes("aortic_root", (2.8, 4.0), (2.4, 3.6), AORTA_2015),
    *_sexes("aorta", (2.2, 3.8), (1.9, 3.5), AORTA_2015),
    *_sexes("ef_teichholz", (52, 72), (54, 74), decimals=0),
    *_sexes("ef", (52, 72), (54, 74), decimals=0),
    NormalRange("lv_mass_index", "M", 49, 115, CHAMBERS_2015,
        beyond=_degrees(116, 132, 149), decimals=0),
    NormalRange("lv_mass_index", "F", 43, 95, CHAMBERS_2015,
        beyond=_degrees(96, 109, 122), decimals=0),
    *_sexes("lv_mass_height", (20, 48), (18, 44), MASS_2005, decimals=0),
    NormalRange("fs", "M", 25, 43, PULMONARY_2005, below=_degrees(24, 19, 14), decimals=0),
    NormalRange("fs", "F", 27, 45, PULMONARY_2005, below=_degrees(26, 21, 16), decimals=0),
    _both("rwt", None, 0.42, CHAMBERS_2015, 2),
    _both("rv_base", 2.5, 4.1, RIGHT_2015),
    NormalRange(
        "tapse", "", 1.8, None, RIGHT_2025,
        below=((1.7, "mildly reduced"), (1.3, "moderately reduced"), (1.0, "severely reduced")),
        note="ASE/EACVI 2015 counts 1.7 cm as normal",
    ),
    NormalRange(
        "tapse_pasp", "", 0.50, None, UNCOUPLING,
        below=((0.49, "reduced"), (0.40, "possibly uncoupled"), (0.32, "uncoupled")), decimals=2,
    ),
    _both("ivc_max", None, 2.1, RIGHT_2015),
    _both("trvmax", None, 2.8, RIGHT_2015, scale=0.01),
    NormalRange(
        "pa", "", 1.5, 2.1, PULMONARY_2005,
        beyond=((2.2, "above normal"), (2.6, "above 2.5 cm, a sign of pulmonary hypertension")),
    ),
    NormalRange(
        "avvmax", "", None, 2.5, STENOSIS_2017, scale=0.01, what="sclerosis",
        brief="no AS",
        within="no stenosis by velocity",
        beyond=((2.6, "mild stenosis"), (3.0, "moderate stenosis"), (4.0, "severe stenosis")),
    ),
    NormalRange(
        "dvi", "", 0.51, None, STENOSIS_2017, decimals=2, within="",
        below=((0.50, "as in moderate stenosis"), (0.24, "as in severe stenosis")),
    ),
    NormalRange("lavi", "", None, 34, DIASTOLE_2016, decimals=0),
    NormalRange(
        "e_e_average", "", None, 7.9, FILLING, beyond=((8.0, "between"), (14.1, "raised")),
    ),
    NormalRange("e_e_septal", "", None, 15, DIASTOLE_2016, beyond=((15.1, "raised"),), within=""),
    NormalRange("e_e_lateral", "", None, 13, DIASTOLE_2016, beyond=((13.1, "raised"),), within=""),
    *_by_age("e_a", ((21, 40, 1.53, 0.40), (41, 60, 1.28, 0.25), (61, 200, 0.96, 0.18)), 2),
    *_by_age("medevel", ((21, 40, 15.5, 2.7), (41, 60, 12.2, 2.3), (61, 200, 10.4, 2.1))),
    *_by_age("latevel", ((21, 40, 19.8, 2.9), (41, 60, 16.1, 2.3), (61, 200, 12.9, 3.5))),
    NormalRange("lvids", "M", 2.2, 4.1, BSE_2020, set=RangeSet.BSE),
    NormalRange("ivsd", "M", 0.6, 1.2, BSE_2020, set=RangeSet.BSE),
    NormalRange("lvpwd", "M", 0.6, 1.2, BSE_2020, set=RangeSet.BSE),
    NormalRange("lv_mass_index", "M", 40, 110, BSE_2020, set=RangeSet.BSE, decimals=0),
    NormalRange(
        "lvidd", "M", 3.7, 5.6, BSE_2020, beyond=_degrees(5.7, 6.2, 6.6), set=RangeSet.BSE
    ),
    *_lower("medevel", ((18, 40, 7, 8), (41, 65, 5, 5), (66, 200, 4, 4))),
    *_lower("latevel", ((18, 40, 9, 11), (41, 65, 6, 6), (66, 200, 5, 5))),
    NormalRange(
        "lvidd", "F", 3.5, 5.1, BSE_2020, set=RangeSet.BSE,
        beyond=((5.2, "mildly abnormal"), (5.6, "moderately abnormal"), (6.0, "severely abnormal")),
    ),
)  # fmt: skip
"""Every row. That of AV Vmax is not of what is normal: 2.5 m/s is the limit of sclerosis."""
