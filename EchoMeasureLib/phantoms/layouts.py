"""Screens that phantoms are drawn on: where sector, strip, inset, text and rulers lie.

Pixels, (0, 0) = centre of the top-left pixel. The numbers follow real screens of
hand-carried and cardiac scanners of several makes; the vendors are made up.

A layout's name is its size, or its size and a word; quirks are added with a plus:
`find_layout("768x1024+inverted+no-reference")`.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.geometry import Box

Colour = tuple[int, int, int]


class Quirk(str, enum.Enum):
    """Something that real files do and that a reader has to survive."""

    INVERTED = "inverted"
    """Spectra upside down: DeltaY is positive, so values keep their standard sign."""
    INVERTED_UNSIGNED = "inverted-unsigned"
    """Spectra upside down with DeltaY still negative: values come out on the wrong side."""
    NO_REFERENCE = "no-reference"
    """No reference pixel: the baseline is only in the picture."""
    ABSOLUTE_REFERENCE = "absolute-reference"
    """The reference pixel counts from the image's corner, against the standard."""
    NEGATIVE_DELTA = "negative-delta"
    """DeltaX of the 2-D region is negative: the image is mirrored in its tags."""
    ONE_PAST = "one-past"
    """The region's maximum bounds are one past its last pixel."""
    ECG_REGION = "ecg-region"
    """A calibrated ECG wave below the sector (the region with the largest MinY0)."""
    TWO_PANES = "two-panes"
    """Two 2-D regions side by side, each of its own scale."""
    FRAME_TIME_VECTOR = "frame-time-vector"
    """FrameTimeVector, with slightly uneven steps, in place of FrameTime."""
    LIFELIKE = "lifelike"
    """Pictures as full and as poor as those of real scanners: clutter, dim jets, haze, calipers
    that someone left, other sweeps, zooms, windows and compressions. Without it they are plain."""
    CLIPPED = "clipped"
    """Strips: the peaks lie past the edge and are cut off there; the truth lies outside."""
    ALIASED = "aliased"
    """Spectra: the same, and what is past the edge comes back on the other side."""


@dataclass(frozen=True, slots=True)
class Sector:
    """A phased-array sector, apex at the top."""

    apex: tuple[float, float]
    """x, y of the probe's face, depth 0."""
    radius: float
    """Pixels from apex to the bottom arc."""
    opening_deg: float
    box: Box
    """The 2-D region of the tags, which holds the sector."""

    @property
    def half_angle(self) -> float:
        """Radians from the vertical to each flank."""
        return math.radians(self.opening_deg) / 2

    @property
    def right_edge(self) -> float:
        """x of the bottom right corner of the sector."""
        return self.apex[0] + self.radius * math.sin(self.half_angle)


@dataclass(frozen=True, slots=True)
class Strip:
    """Where a spectral or M-mode still is drawn."""

    box: Box
    """The strip's region."""
    inset: Box
    """The small 2-D picture above."""
    ecg: Box | None
    """Band in which the green ECG runs, None where the screen has none."""
    tick_x: int
    """x of the scale's tick marks; numbers stand right of them."""
    pixels_per_second: float
    """At a sweep of 75 mm/s."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One vendor's screen. Frozen; a study may override quirks with `with_quirks`."""

    name: str
    """As given to --layout and written into file names."""
    columns: int
    rows: int
    sector: Sector
    panes: tuple[Sector, Sector]
    """The two sectors that stand side by side with `Quirk.TWO_PANES`."""
    depth_cm: tuple[float, float]
    """Usual range of depths; cm per pixel = depth / sector radius."""
    strip: Strip
    ecg: Box | None
    """B-mode: where the ECG runs, None where the screen has none."""
    ecg_region: Box
    """B-mode: bounds of the ECG wave's region with `Quirk.ECG_REGION`."""
    text: tuple[int, int]
    """Top left of the left text column."""
    text_px: int
    """Height of its capitals' font."""
    header: Box | None
    """Band that is blanked, as after de-identification."""
    logo: tuple[int, int]
    """Centre of the round logo near the apex."""
    logo_px: int
    grey_bar: Box | None
    heart_rate: tuple[int, int]
    """Top left of the heart rate."""
    results: tuple[int, int]
    """Top left of burned-in results."""
    baseline: Colour
    """Of the spectral baseline."""
    words: tuple[str, ...]
    """Lines of the left column; {} is filled with a number."""
    button_bar: Box | None = None
    model: str = ""
    """Made-up model name for the tags."""
    quirks: frozenset[Quirk] = frozenset()

    def has(self, quirk: Quirk) -> bool:
        """Whether this screen does that."""
        return quirk in self.quirks

    def with_quirks(self, *quirks: Quirk) -> Layout:
        """The same screen with these quirks added; its name tells them."""
        added = self.quirks | set(quirks)
        base = self.name.split("+")[0]
        name = "+".join([base, *sorted(quirk.value for quirk in added)])
        return replace(self, name=name, quirks=frozenset(added))

    @property
    def sectors(self) -> tuple[Sector, ...]:
        """The sectors a B-mode study of this layout shows: one, or two panes."""
        return self.panes if self.has(Quirk.TWO_PANES) else (self.sector,)

    @property
    def scale(self) -> float:
        """Size of this screen against 768x1024, for line widths and text."""
        return self.rows / 768


def _sector(x: float, y: float, radius: float, opening: float, margin: int = 4) -> Sector:
    half = radius * math.sin(math.radians(opening) / 2)
    box = Box(
        round(x - half) - margin, round(y) - 2, round(x + half) + margin, round(y + radius) + 2
    )
    return Sector((x, y), radius, opening, box)


_WORDS_A = ("{}HZ", "{}CM", "2D", "{}%", "C {}", "P LOW", "HPEN")
_WORDS_B = ("FR {}", "D {}", "GN {}", "DR {}", "PWR {}", "FRQ {}")
_WORDS_C = ("CARD", "A5-2", "{}HZ", "{}CM", "MI {}", "TIS {}")

_ROWS = (
    Layout(
        name="768x1024",
        columns=1024,
        rows=768,
        sector=_sector(512.0, 85.0, 622.0, 84.0),
        panes=(_sector(268.0, 170.0, 330.0, 84.0), _sector(742.0, 170.0, 330.0, 84.0)),
        depth_cm=(11.0, 18.0),
        strip=Strip(
            Box(42, 342, 943, 733), Box(272, 76, 690, 320), Box(42, 300, 943, 385), 943, 284.0
        ),
        ecg=Box(22, 640, 170, 716),
        ecg_region=Box(22, 716, 920, 758),
        text=(14, 96),
        text_px=17,
        header=Box(0, 0, 1023, 75),
        logo=(584, 95),
        logo_px=16,
        grey_bar=Box(965, 122, 983, 330),
        heart_rate=(905, 738),
        results=(764, 128),
        baseline=(180, 100, 40),
        words=_WORDS_A,
        model="Phantom A",
    ),
    Layout(
        name="768x1024-348",
        columns=1024,
        rows=768,
        sector=_sector(505.0, 92.0, 610.0, 90.0),
        panes=(_sector(262.0, 180.0, 325.0, 88.0), _sector(738.0, 180.0, 325.0, 88.0)),
        depth_cm=(12.0, 20.0),
        strip=Strip(
            Box(58, 348, 905, 739), Box(300, 84, 700, 326), Box(58, 312, 905, 392), 905, 284.0
        ),
        ecg=Box(30, 655, 250, 735),
        ecg_region=Box(30, 712, 900, 762),
        text=(14, 110),
        text_px=16,
        header=Box(0, 0, 1023, 60),
        logo=(572, 104),
        logo_px=14,
        grey_bar=Box(972, 130, 988, 350),
        heart_rate=(915, 744),
        results=(748, 120),
        baseline=(196, 120, 52),
        words=_WORDS_A,
        model="Phantom A2",
    ),
    Layout(
        name="708x1016",
        columns=1016,
        rows=708,
        sector=_sector(508.0, 70.0, 588.0, 75.0, 0),
        panes=(_sector(262.0, 140.0, 330.0, 75.0), _sector(738.0, 140.0, 330.0, 75.0)),
        depth_cm=(13.0, 20.0),
        strip=Strip(
            Box(70, 318, 920, 664), Box(330, 60, 690, 300), Box(70, 612, 920, 664), 920, 270.0
        ),
        ecg=Box(149, 640, 867, 690),
        ecg_region=Box(149, 660, 867, 704),
        text=(905, 70),
        text_px=14,
        header=None,
        logo=(470, 66),
        logo_px=12,
        grey_bar=Box(20, 110, 34, 300),
        heart_rate=(930, 676),
        results=(20, 20),
        baseline=(200, 200, 200),
        words=_WORDS_B,
        model="Phantom B",
    ),
    Layout(
        name="600x800",
        columns=800,
        rows=600,
        sector=_sector(400.0, 62.0, 482.0, 88.0),
        panes=(_sector(208.0, 120.0, 262.0, 84.0), _sector(584.0, 120.0, 262.0, 84.0)),
        depth_cm=(11.0, 18.0),
        strip=Strip(
            Box(34, 268, 735, 572), Box(212, 58, 540, 250), Box(34, 236, 735, 300), 735, 222.0
        ),
        ecg=Box(16, 500, 150, 560),
        ecg_region=Box(16, 552, 720, 594),
        text=(10, 70),
        text_px=13,
        header=Box(0, 0, 799, 46),
        logo=(456, 70),
        logo_px=12,
        grey_bar=Box(754, 96, 768, 258),
        heart_rate=(706, 578),
        results=(590, 96),
        baseline=(176, 104, 44),
        words=_WORDS_C,
        model="Phantom C",
    ),
    Layout(
        name="480x640",
        columns=640,
        rows=480,
        sector=_sector(340.0, 45.0, 355.0, 90.0),
        panes=(_sector(176.0, 100.0, 200.0, 88.0), _sector(474.0, 100.0, 200.0, 88.0)),
        depth_cm=(12.0, 19.0),
        strip=Strip(Box(30, 232, 590, 446), Box(190, 36, 450, 222), None, 590, 190.0),
        ecg=None,
        ecg_region=Box(30, 406, 590, 450),
        text=(6, 8),
        text_px=12,
        header=None,
        logo=(386, 50),
        logo_px=9,
        grey_bar=Box(614, 60, 622, 170),
        heart_rate=(560, 10),
        results=(470, 60),
        baseline=(150, 150, 90),
        words=("CARD", "GEN", "{}%", "MI {}", "TIS {}", "{}CM"),
        button_bar=Box(0, 455, 639, 479),
        model="Phantom D",
    ),
    Layout(
        name="1080x1920",
        columns=1920,
        rows=1080,
        sector=_sector(960.0, 110.0, 862.0, 86.0),
        panes=(_sector(600.0, 220.0, 470.0, 84.0), _sector(1290.0, 220.0, 470.0, 84.0)),
        depth_cm=(12.0, 19.0),
        strip=Strip(
            Box(230, 500, 1690, 1012),
            Box(660, 96, 1250, 476),
            Box(230, 452, 1690, 556),
            1690,
            430.0,
        ),
        ecg=Box(240, 930, 640, 1040),
        ecg_region=Box(240, 990, 1690, 1060),
        text=(240, 120),
        text_px=22,
        header=Box(0, 0, 1919, 60),
        logo=(1062, 122),
        logo_px=20,
        grey_bar=Box(1730, 150, 1752, 430),
        heart_rate=(1560, 1030),
        results=(1330, 140),
        baseline=(190, 150, 60),
        words=_WORDS_B,
        model="Phantom E",
    ),
)

LAYOUTS: Mapping[str, Layout] = MappingProxyType({row.name: row for row in _ROWS})
"""The screens without quirks, by name."""


def find_layout(name: str) -> Layout:
    """The layout `SIZE[+QUIRK...]`. Raises `InvalidArgument` that lists the known words."""
    base, *quirks = name.split("+")
    known = {quirk.value: quirk for quirk in Quirk}
    if base not in LAYOUTS:
        raise InvalidArgument(f"There is no layout '{base}'.", f"Known: {', '.join(LAYOUTS)}.")
    for quirk in quirks:
        if quirk not in known:
            raise InvalidArgument(f"There is no quirk '{quirk}'.", f"Known: {', '.join(known)}.")
    layout = LAYOUTS[base]
    return layout.with_quirks(*(known[quirk] for quirk in quirks)) if quirks else layout
