"""TAPSE read off M-modes without a network, against what was drawn: its part of `make validate`.

    python Testing/validation/annulus_lines.py --strips 48

writes its part of Docs/validation.md. Strips of seeds from 5001 to 5036 chose the limits of
`measuring.annulus`; those here are others.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field

import numpy as np
from page_parts import add_out, write_part

from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.measuring.annulus import find_excursions
from EchoMeasureLib.phantoms.layout_parts import Quirk
from EchoMeasureLib.phantoms.layouts import LAYOUTS
from EchoMeasureLib.phantoms.mmode import draw_m_mode, plan_m_mode
from EchoMeasureLib.phantoms.mmode_views import MMODE_VIEWS

HEADING = "## TAPSE read without a network"
FIRST_SEED = 9_001
NEAR_S = 0.08
"""A beat is that of a true one whose highest point lies so near in time."""
LIMIT_MM = 2.0
"""Of 95 in 100 numbers (EchoMeasure's own limit)."""


@dataclass(slots=True)
class Tally:
    """What was read of strips of one kind."""

    strips: int = 0
    read: int = 0
    beats: int = 0
    cut: int = 0
    """Read, but not whole on the strip."""
    errors_mm: list[float] = field(default_factory=list)

    @property
    def high(self) -> float:
        """95th percentile of the size of the error, mm."""
        return float(np.percentile(np.abs(self.errors_mm), 95)) if self.errors_mm else np.nan

    @property
    def cells(self) -> str:
        sizes = np.abs(self.errors_mm) if self.errors_mm else np.full(1, np.nan)
        return (
            f"{self.read} of {self.strips} | {len(self.errors_mm)} of {self.beats} | {self.cut} | "
            f"{float(np.median(sizes)):.1f} mm | {self.high:.1f} mm | {float(sizes.max()):.1f} mm"
        )


def read(name: str, strips: int, lifelike: bool) -> Tally:
    """Strips of TAPSE, or of another M-mode that is asked for TAPSE."""
    tally, layouts = Tally(), list(LAYOUTS.values())
    for seed in range(FIRST_SEED, FIRST_SEED + strips):
        layout = layouts[seed % len(layouts)].with_quirks(*[Quirk.LIFELIKE] * lifelike)
        plan = plan_m_mode(name, layout, seed)
        delta = plan.seconds_per_px, plan.cm_per_px
        region = Region(0, RegionKind.M_MODE, layout.strip.box, ("s", "cm"), delta, (0.0, 0.0))
        found = find_excursions(draw_m_mode(plan), region)
        tally.strips += 1
        tally.beats += len(plan.beats)
        if isinstance(found, str):
            continue
        tally.read += 1
        for low, high in found:
            near = [b for b in plan.beats if abs(b[1].x - high.x) * delta[0] <= NEAR_S]
            tally.cut += not near
            excursion = (low.y - high.y) * delta[1]
            tally.errors_mm += [10 * (excursion - plan.value(beat)) for beat in near[:1]]
    return tally


def section(strips: int) -> list[str]:
    """This part of the page."""
    looks = {name: read("tapse", strips, name == "lifelike") for name in ("plain", "lifelike")}
    others = {name: read(name, max(4, strips // 4), True) for name in MMODE_VIEWS}
    wrong = ", ".join(f"{name} {one.read} of {one.strips}" for name, one in others.items())
    high = max(tally.high for tally in looks.values())
    return [
        HEADING,
        "",
        f"M-modes of seeds from {FIRST_SEED} on, on all screens. *Read*: strips with a number; the "
        "others have a reason. *Given*: of the beats that the strip shows whole; *cut*: beats "
        "beside these. *Error*: of the excursion. Real strips were not among them.",
        "",
        "| strips | read | given | cut | error, median | 95 % | most |",
        "|---" * 7 + "|",
        *(f"| {name} | {tally.cells} |" for name, tally in looks.items()),
        "",
        f"Lifelike M-modes of other structures, asked for TAPSE, that gave a number: {wrong}.",
        "",
        "| target | measured | reached |",
        "|---|---|---|",
        f"| excursions within {LIMIT_MM:g} mm (95th percentile) | {high:.1f} mm | "
        f"{'yes' if high <= LIMIT_MM else 'NO'} |",
        "",
    ]


def main() -> None:
    """Measure and write this part of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strips", type=int, default=48, help="of each kind (default 48)")
    add_out(parser)
    args = parser.parse_args()
    lines = section(args.strips)
    write_part(args.out, HEADING, lines)


if __name__ == "__main__":
    main()
