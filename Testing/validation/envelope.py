"""The second reader's part of `make validate`: peaks, waves and votes without a network.

    python Testing/validation/envelope.py --strips 84

writes its part of Docs/validation.md. Every strip is a phantom that nothing was fitted on; each
is read as it was drawn and under one change at a time, and five times as many more as drawn alone:
of some 300 points, a 95th percentile is known to a fifth of itself only.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from page_parts import ROOT, add_out, write_part

sys.path.insert(0, str(ROOT / "Testing" / "support"))

from changed_pictures import CHANGES, Picture
from edge_strips import strip_of
from wave_names import Names

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.by_envelope import MOST_OFF
from EchoMeasureLib.measuring.envelope.reading import StripReading, read_strip
from EchoMeasureLib.measuring.envelope.vote import APART, MOST_DOUBT, Verdict, Vote, vote_on
from EchoMeasureLib.measuring.envelope.waves import Wave
from EchoMeasureLib.phantoms.doppler import draw_spectrum
from EchoMeasureLib.phantoms.doppler_cases import CASES
from EchoMeasureLib.phantoms.doppler_plan import SpectralPlan, plan_spectrum
from EchoMeasureLib.phantoms.layout_parts import Quirk
from EchoMeasureLib.phantoms.layouts import LAYOUTS

HEADING = "## Doppler strips read without a network"
FIRST_SEED = 60_000
MOVED = (0.1, 0.3)
"""Shares of its height by which a point is moved, up or down."""
NEAR_S = 0.05
"""A wave is found where its peak lies so near in time."""
DRAWN_FOR_ONE_CHANGED = 6
"""Strips read as drawn for each that is also read under every change."""
BEYOND = 1.2
"""A wave is invented that is so much higher than all that flows there, and one that is there is
found where it is at most so much higher or lower."""
AGAINST = (Verdict.DISAGREES, Verdict.NO_WAVE)


def _levels(gain: float = 1.0, gamma: float = 1.0) -> np.ndarray:
    levels = 255 * np.clip(gain * np.arange(256) / 255, 0, 1) ** gamma
    return np.asarray(levels + 0.5).astype(np.uint8)


LEVELS = {
    "gain 0.6": _levels(gain=0.6),
    "gain 1.4": _levels(gain=1.4),
    "gamma 0.6": _levels(gamma=0.6),
    "gamma 1.6": _levels(gamma=1.6),
}
PICTURES = ("JPEG 40", "noise", "blur", "calipers left", "colour box")
"""Changes of Testing/support/changed_pictures.py."""


@dataclass(slots=True)
class Tally:
    """What was read of strips of one kind."""

    strips: int = 0
    points: int = 0
    found: int = 0
    near: int = 0
    """Of those found, the ones within the vote's own limit."""
    sure_waves: int = 0
    invented: int = 0
    unsure: int = 0
    right_flagged: int = 0
    moved: int = 0
    moved_flagged: int = 0
    confirmed: int = 0
    """Of those moved, the ones that the vote takes for right without a word."""
    clear_moved: int = 0
    clear_flagged: int = 0
    errors: list[float] = field(default_factory=list)
    given: list[float] = field(default_factory=list)
    """Those of waves that the reader gives as numbers."""

    @property
    def cells(self) -> str:
        errors = np.abs(self.errors) if self.errors else np.zeros(1)
        return " | ".join(
            (
                f"{self.strips} | {self.points}",
                f"{100 * float(np.median(errors)):.1f} %",
                f"{100 * float(np.percentile(errors, 95)):.1f} %",
                _share(self.found, self.points),
                _share(self.near, self.points),
                _share(self.invented, self.sure_waves),
                _share(self.unsure, self.points),
                _share(self.right_flagged, self.points),
                _share(self.moved_flagged, self.moved),
                _share(self.confirmed, self.moved),
                _share(self.clear_flagged, self.clear_moved),
            )
        )


def _share(count: int, total: int) -> str:
    return f"{100 * count / total:.1f} %" if total else "-"


def plans(count: int) -> Iterator[SpectralPlan]:
    """All measurements in turn on all screens, plain and lifelike, every fifth upside down."""
    layouts = list(LAYOUTS.values())
    for number in range(count):
        layout = layouts[number // len(CASES) % len(layouts)]
        quirks = [Quirk.LIFELIKE] if number // 2 % 2 else []
        quirks += [Quirk.INVERTED] if number % 5 == 4 else []
        name = list(CASES)[number % len(CASES)]
        yield plan_spectrum(name, layout.with_quirks(*quirks), FIRST_SEED + number)


def pictures(plan: SpectralPlan, frame: Frame, region: Region) -> Iterator[tuple[str, Frame]]:
    """The strip under every change, by its name."""
    yield "as drawn", frame
    for name, levels in LEVELS.items():
        yield name, levels[frame]
    picture = Picture(frame, region, plan.beats)
    for name in PICTURES:
        rng = np.random.default_rng([plan.seed, PICTURES.index(name)])
        yield name, CHANGES[name](picture, rng).frame


class Trial:
    """All strips in all changes."""

    def __init__(self) -> None:
        self.kinds: dict[str, Tally] = {}
        self.changes: dict[str, Tally] = {}
        self.names = Names()

    def run(self, count: int, changed: int) -> None:
        """Read so many strips as drawn, the first `changed` of them under every change too."""
        for number, plan in enumerate(plans(count)):
            strip = strip_of(plan, draw_spectrum(plan), 0, plan.name)
            shown = pictures(plan, strip.cine.frame(0), strip.region)
            for change, frame in islice(shown, None if number < changed else 1):
                tallies = [self.changes.setdefault(change, Tally())]
                if change == "as drawn":
                    look = "lifelike" if plan.layout.has(Quirk.LIFELIKE) else "plain"
                    names = [look, f"{look} {plan.name}", f"{plan.sweep} mm/s"]
                    names += ["upside down"] if plan.inverted else []
                    tallies += [self.kinds.setdefault(name, Tally()) for name in names]
                reading = read_strip(frame, strip.region, float(plan.baseline_y))
                self._add(plan, strip.region, reading, tallies)
                if change == "as drawn":
                    self.names.add(plan, reading)

    def _add(
        self, plan: SpectralPlan, region: Region, reading: StripReading, tallies: Sequence[Tally]
    ) -> None:
        zero = float(plan.baseline_y)
        waves = reading.waves()
        sure = [wave for wave in waves if wave.top.doubt <= MOST_DOUBT]
        invented = sum(_is_invented(plan, wave) for wave in sure)
        for tally in tallies:
            tally.strips += 1
            tally.sure_waves += len(sure)
            tally.invented += invented
        rng = np.random.default_rng(plan.seed)
        for point in (point for beat in plan.beats for point in beat):
            share = 1 + float(rng.choice([-1, 1]) * rng.uniform(*MOVED))
            moved = PixelPoint(point.x, zero + share * (point.y - zero))
            votes = vote_on(reading, point), self._moved(reading, region, moved)
            found = any(_is_at(plan, wave, point, BEYOND) for wave in waves)
            near = any(_is_at(plan, wave, point, 1 + APART) for wave in waves)
            for tally in tallies:
                tally.found += found
                tally.near += near
                _count(tally, point, zero, votes)

    @staticmethod
    def _moved(reading: StripReading, region: Region, point: PixelPoint) -> Vote | None:
        return vote_on(reading, point) if region.contains(point) else None


def _count(tally: Tally, point: PixelPoint, zero: float, votes: tuple[Vote, Vote | None]) -> None:
    right, moved = votes
    tally.points += 1
    tally.unsure += right.verdict is Verdict.UNSURE
    tally.right_flagged += right.verdict in AGAINST
    if right.peak is not None:
        error = (right.peak.y - zero) / (point.y - zero) - 1
        tally.errors.append(error)
        if right.top is not None and right.top.doubt <= MOST_OFF:
            tally.given.append(error)
    if moved is not None:
        tally.moved += 1
        tally.moved_flagged += moved.verdict in AGAINST
        tally.confirmed += moved.verdict is Verdict.AGREES
        # So clear that a point 10 % off is three of its doubts away.
        if right.top is not None and right.top.doubt <= MOVED[0] / 3:
            tally.clear_moved += 1
            tally.clear_flagged += moved.verdict in AGAINST


def _is_at(plan: SpectralPlan, wave: Wave, point: PixelPoint, factor: float) -> bool:
    """Whether the wave lies there and is at most so many times as high or as low."""
    zero = plan.baseline_y
    near = abs(wave.peak - point.x) * plan.scale.seconds_per_px <= NEAR_S
    return near and 2 - factor <= (wave.row - zero) / (point.y - zero) <= factor


def _is_invented(plan: SpectralPlan, wave: Wave) -> bool:
    """Whether nothing that was drawn is nearly as high on that side, clutter included."""
    left = plan.layout.strip.box.x0
    reach = round(NEAR_S / plan.scale.seconds_per_px)
    column = round(wave.peak) - left
    towards = wave.up is not plan.inverted
    here = slice(max(0, column - reach), column + reach + 1)
    flows = [flow.velocity[here] * (1 if towards else -1) for flow in plan.case.flows]
    highest = max(float(flow.max()) for flow in flows) / plan.scale.cm_s_per_px
    clutter = (plan.case.clutter_px or (0.0, 0.0))[0] * plan.layout.strip.box.width / 902
    low = 2 * plan.case.clutter[0] / plan.scale.cm_s_per_px
    return wave.top.height > BEYOND * max(highest, 2.2 * clutter, low)


def section(changed: int) -> list[str]:
    """This part of the page; `changed` strips are read under every change."""
    trial = Trial()
    count = DRAWN_FOR_ONE_CHANGED * changed
    trial.run(count, changed)
    drawn, plain, life = trial.changes["as drawn"], trial.kinds["plain"], trial.kinds["lifelike"]
    errors, names = np.abs(drawn.errors), trial.names
    given = np.abs(drawn.given)
    doubt = f"of the {len(given)} of {drawn.points} in {100 * MOST_OFF:g} % of doubt or less"
    targets = [
        ("peaks within 2 % (median)", median := float(np.median(errors)), median <= 0.02),
        ("peaks within 5 % (95th percentile)", high := _high(errors), high <= 0.05),
        (f"the same, {doubt}", sure := _high(given), sure <= 0.05),
        ("waves found >= 99 %", found := drawn.found / drawn.points, found >= 0.99),
        (f"the same, within {100 * APART:g} %", near := drawn.near / drawn.points, near >= 0.99),
        ("invented < 0.5 %", more := drawn.invented / drawn.sure_waves, more < 0.005),
        ("right points flagged < 2 %", right := drawn.right_flagged / drawn.points, right < 0.02),
        ("moved ones flagged >= 98 %", moved := drawn.moved_flagged / drawn.moved, moved >= 0.98),
        ("of clear waves", clear := drawn.clear_flagged / drawn.clear_moved, clear >= 0.98),
        ("moved ones confirmed < 2 %", missed := drawn.confirmed / drawn.moved, missed < 0.02),
        ("peaks told by their name", told := names.told / names.points, told >= 0.9),
        ("names said for sure that are wrong", bad := names.wrong / names.sure, bad < 0.01),
    ]
    rows = {
        "plain": plain,
        "lifelike": life,
        **{n: trial.kinds[n] for n in sorted(trial.kinds) if n.startswith("lifelike ")},
        **{n: trial.kinds[n] for n in sorted(trial.kinds, key=_number) if n.endswith("mm/s")},
        "upside down": trial.kinds.get("upside down", Tally()),
        **{f"all, {name}": tally for name, tally in trial.changes.items()},
    }
    return [
        HEADING,
        "",
        f"{count} phantoms of seeds from {FIRST_SEED} on (as drawn; the first {changed} of them "
        "under every change too), all Doppler measurements on all screens, "
        "half of them lifelike (with calipers left on the waves, an ECG across them, lines of "
        f"time, other sweeps). *Error*: of the wave's peak at a true point. *Found*: a wave within "
        f"{1000 * NEAR_S:g} ms and {100 * BEYOND - 100:.0f} % of a true peak; *near*, within the "
        f"vote's {100 * APART:g} %. *Invented*: of the waves that "
        f"the reader is sure of, those {100 * BEYOND - 100:.0f} % higher than all that was drawn "
        "there. *Unsure*: true points of which it says nothing. *Flagged*: true points, and points "
        f"moved by {100 * MOVED[0]:g} to {100 * MOVED[1]:g} % of their height, that are flagged "
        "`envelope_disagrees` or `no_wave`; *confirmed*, moved points that the vote takes for "
        "right (of the rest it says, without a flag, why they are not checked); *clear*, moved "
        "points on waves whose doubt is a third of 10 % or less. The reader gives a number where "
        f"a wave's height is in {100 * MOST_OFF:g} % of doubt (one deviation) or less. *Told by "
        f"their name*: true peaks whose wave is called what it is, for sure, of {names.points}; "
        f"*wrong*, of {names.sure} names of all waves; the limits of these two, and of those "
        "confirmed, are EchoMeasure's own. Real strips were not among them.",
        "",
        "| strips | n | points | error, median | 95 % | found | near | invented | unsure "
        "| right flagged | moved flagged | confirmed | clear and moved |",
        "|---" * 13 + "|",
        *(f"| {name} | {tally.cells} |" for name, tally in rows.items()),
        "",
        "| target, as drawn | measured | reached |",
        "|---|---|---|",
        *(
            f"| {what} | {100 * was:.1f} % | {'yes' if good else 'NO'} |"
            for what, was, good in targets
        ),
        "",
    ]


def _high(errors: np.ndarray) -> float:
    return float(np.percentile(errors, 95))


def _number(name: str) -> int:
    digits = name.split()[0]
    return int(digits) if digits.isdigit() else 0


def main() -> None:
    """Measure and write this part of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--strips", type=int, default=168, help="strips under every change (default 168)"
    )
    add_out(parser)
    args = parser.parse_args()
    lines = section(args.strips)
    write_part(args.out, HEADING, lines)


if __name__ == "__main__":
    main()
