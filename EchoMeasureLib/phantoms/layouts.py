"""The made-up vendors' screens that phantoms are drawn on, and finding one by its name.

Pixels, (0, 0) = centre of the top-left pixel. The numbers follow real screens of
hand-carried and cardiac scanners of several makes.

A layout's name is its size, or its size and a word; quirks are added with a plus:
`find_layout("768x1024+inverted+no-reference")`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.geometry import Box
from EchoMeasureLib.phantoms.layout_parts import Layout, Quirk, Sector, Strip


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
