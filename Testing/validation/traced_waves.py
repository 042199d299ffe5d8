"""What the envelope reader traces against what was drawn: its part of `make validate`.

    python Testing/validation/traced_waves.py --strips 20

writes its part of Docs/validation.md. Every strip is a phantom that nothing was fitted on; one in
five is upside down, and one in five is read under every change of `envelope` as well.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from page_parts import ROOT, add_out, write_part

sys.path.insert(0, str(ROOT / "Testing" / "support"))

from edge_strips import strip_of
from envelope import pictures
from traced_truth import TrueWave, true_waves

from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.measuring.by_envelope import read_beats
from EchoMeasureLib.measuring.calipers import Origin, measure
from EchoMeasureLib.phantoms.doppler import draw_spectrum
from EchoMeasureLib.phantoms.doppler_plan import SpectralPlan, plan_spectrum
from EchoMeasureLib.phantoms.layout_parts import Quirk
from EchoMeasureLib.phantoms.layouts import LAYOUTS

HEADING = "## Waves traced without a network"
FIRST_SEED = 71_001
ASKED = {
    "lvotvmax": ("lvotvti",),
    "avvmax": ("avvti",),
    "trvmax": ("trvti",),
    "mrvmax": ("mrvti",),
    "mvpeak": ("mvdt", "mvvti"),
}
NAMES = {
    "lvotvti": "LVOT VTI",
    "avvti": "AV VTI",
    "trvti": "TR VTI",
    "mrvti": "MR VTI",
    "mvvti": "MV VTI",
    "av_mean_gradient": "AV mean gradient",
    "mvdt": "MV DT",
}
LIMITS = {"av_mean_gradient": 6.0, "mvdt": 12.0}
VTI = 4.0
"""Per cent; of the mean gradient per cent too, of the deceleration time ms (issue 17)."""


@dataclass(slots=True)
class Tally:
    """Of one value under one condition."""

    beats: int = 0
    """That are seen whole."""
    errors: list[float] = field(default_factory=list)

    @property
    def cells(self) -> str:
        if not self.errors:
            return f"0 of {self.beats} | - | - | -"
        sizes, bias = np.abs(self.errors), float(np.median(self.errors))
        high = float(np.percentile(sizes, 90))
        return f"{len(self.errors)} of {self.beats} | {bias:+.1f} | {self.middle:.1f} | {high:.1f}"

    @property
    def middle(self) -> float:
        """Median size of the error."""
        return float(np.median(np.abs(self.errors))) if self.errors else np.nan


Tallies = dict[tuple[str, str], Tally]


def plans(strips: int) -> Iterator[tuple[SpectralPlan, bool]]:
    """All asked for on all screens, plain and lifelike; and whether it is changed as well."""
    layouts = list(LAYOUTS.values())
    for lifelike in (False, True):
        for name in ASKED:
            for number in range(strips):
                seed = FIRST_SEED + number
                quirks = [Quirk.LIFELIKE] if lifelike else []
                quirks += [Quirk.INVERTED] if number % 5 == 4 else []
                layout = layouts[seed % len(layouts)].with_quirks(*quirks)
                yield plan_spectrum(name, layout, seed), number % 5 == 1


def run(strips: int) -> Tallies:
    """Everything, by value and condition."""
    found: Tallies = {}
    for plan, changed in plans(strips):
        strip, truths = strip_of(plan, draw_spectrum(plan), 0, plan.name), true_waves(plan)
        looks = "lifelike" if plan.layout.has(Quirk.LIFELIKE) else "plain"
        for change, frame in pictures(plan, strip.cine.frame(0), strip.region):
            conditions = [looks] if change == "as drawn" else []
            conditions += ["upside down"] if change == "as drawn" and plan.inverted else []
            conditions += [change] if changed else []
            cine = Cine(ArraySource(frame[None]), Timing((0.0,), "still"), [strip.region])
            for id in ASKED[plan.name]:
                _add(cine, id, truths, [found.setdefault((id, c), Tally()) for c in conditions])
                if id == "avvti":
                    gradient = "av_mean_gradient"
                    tallies = [found.setdefault((gradient, c), Tally()) for c in conditions]
                    _add(cine, id, truths, tallies, gradient)
            if not changed:
                break  # the first is as it was drawn
    return found


def _add(
    cine: Cine, id: str, truths: tuple[TrueWave, ...], tallies: list[Tally], value: str = ""
) -> None:
    prediction = read_beats(cine, id, 0).prediction
    errors = []
    for points in prediction.beats if prediction is not None else ():
        number = measure(cine, id, points, 0, Origin.ENVELOPE).value(value or id).value
        column = points[0].x if id == "mvdt" else float(np.mean([p.x for p in points]))
        truth = next((t for t in truths if t.first <= column <= t.last), None)
        if truth is None or number is None:
            continue
        if value:
            errors.append(100 * (number / truth.mean_gradient_mmhg - 1))
        elif id != "mvdt":
            errors.append(100 * (number / truth.integral_cm - 1))
        elif truth.fall_ms is not None:
            errors.append(number - truth.fall_ms)
    for tally in tallies:
        tally.beats += len(truths)
        tally.errors += errors


def section(strips: int) -> list[str]:
    """This part of the page."""
    found = run(strips)
    conditions = list(dict.fromkeys(condition for _, condition in found))
    rows = [
        f"| {NAMES[id]} | {condition} | {found[id, condition].cells} |"
        for condition in conditions
        for id in NAMES
        if (id, condition) in found
    ]
    return [
        HEADING,
        "",
        f"Phantoms of seeds from {FIRST_SEED} on, {strips} of each kind plain, as many lifelike, "
        "on all screens, every fifth upside down, every fifth read under each change of the table "
        "above as well. *Traced*: of the beats that the strip shows whole. Errors of integrals and "
        "of the mean gradient in per cent, of the deceleration time of E in ms: *middle* is their "
        "median, *size* that of their size, *90 %* the size that nine of ten stay within. What is "
        "not traced has its reason. Real strips were not among "
        "them.",
        "",
        "| value | strips | traced | middle | size | 90 % |",
        "|---" * 6 + "|",
        *rows,
        "",
        "| target, median size | plain | lifelike | reached |",
        "|---|---|---|---|",
        *(_target(id, found) for id in NAMES),
        "",
    ]


def _target(id: str, found: Tallies) -> str:
    limit, unit = LIMITS.get(id, VTI), "ms" if id == "mvdt" else "%"
    sizes = [found[id, looks].middle for looks in ("plain", "lifelike")]
    cells = " | ".join(f"{size:.1f} {unit}" for size in sizes)
    reached = "yes" if max(sizes) <= limit else "NO"
    return f"| {NAMES[id]} within {limit:g} {unit} | {cells} | {reached} |"


def main() -> None:
    """Measure and write this part of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strips", type=int, default=20, help="of each kind, plain and lifelike")
    add_out(parser)
    args = parser.parse_args()
    lines = section(args.strips)
    write_part(args.out, HEADING, lines)


if __name__ == "__main__":
    main()
