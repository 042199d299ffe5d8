"""The strips' part of `make validate`: waves over the edge, tags that went stale, points apart.

Every strip is a phantom that is wrong in one way; what counts is a number without a flag that is
more than 5 % (3 mm) wrong, or that should not be there. Points are placed by the networks, and
wrongly by hand.

Alone, `python Testing/validation/strip_sets.py` writes this part of Docs/validation.md anew.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from page_parts import ROOT, add_out, write_part

sys.path.insert(0, str(ROOT / "Testing" / "support"))

from edge_strips import EdgeStrip, clean, past_the_edge

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Landmark, PixelPoint
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.inference.predicting import Predictor
from EchoMeasureLib.inference.weight_store import Store, package_folder
from EchoMeasureLib.measuring.beside import checked
from EchoMeasureLib.measuring.calipers import Caliper, measure
from EchoMeasureLib.measuring.running import beat_by_beat
from EchoMeasureLib.phantoms.doppler import draw_spectrum
from EchoMeasureLib.phantoms.doppler_cases import CASES
from EchoMeasureLib.phantoms.doppler_plan import SpectralPlan, plan_spectrum
from EchoMeasureLib.phantoms.layout_parts import Layout, Quirk
from EchoMeasureLib.phantoms.layouts import LAYOUTS
from EchoMeasureLib.phantoms.mmode import draw_m_mode, plan_m_mode
from EchoMeasureLib.phantoms.mmode_motion import MModePlan
from EchoMeasureLib.phantoms.mmode_views import MMODE_VIEWS

HEADING = "## Strips that are wrong in one way"
FIRST_SEED = 9000
WRONG, WRONG_CM = 0.05, 0.3
EDGE = {Flag.CLIPPED, Flag.ALIASED}
SAME_S = 0.12
"""What lies farther from the wave of each beat is another: nothing is to be measured there."""
HAND_SHARE = 0.83
"""A hand that takes the brightest place for the tip puts it so far from the baseline."""
NEAR_CM, APART_CM = 0.4, 0.6
"""Another line lies so far from the annulus, or farther."""


@dataclass(slots=True)
class Tally:
    """What was said of one kind of strip."""

    strips: int = 0
    values: int = 0
    numbers: int = 0
    flagged: int = 0
    edge: int = 0
    """Flagged as clipped or aliased."""
    wrong: int = 0
    """Numbers without a flag that are wrong."""
    worst: list[str] = field(default_factory=list)

    def add(
        self,
        number: float | None,
        flags: Iterable[Flag],
        true: float | None,
        say: str,
        centimetres: bool = False,
    ) -> None:
        """`true` is None where there should be no number."""
        self.values += 1
        self.numbers += number is not None
        raised = set(flags)
        flagged = bool(raised)
        self.flagged += flagged
        self.edge += bool(raised & EDGE)
        if number is None or flagged:
            return
        limit = WRONG_CM if centimetres else WRONG * abs(true or 0)
        if true is None or abs(abs(number) - abs(true)) > limit:
            self.wrong += 1
            self.worst.append(f"{say}: {number:.3g} for {true}")

    @property
    def cells(self) -> str:
        shares = (f"{100 * n / max(1, self.values):.1f} %" for n in (self.flagged, self.edge))
        cells = (self.strips, self.values, self.numbers, *shares, self.wrong)
        return " | ".join(str(cell) for cell in cells)


def screens(number: int) -> Layout:
    """All screens in turn; every second one lifelike, every third upside down."""
    layout = list(LAYOUTS.values())[number % len(LAYOUTS)]
    quirks = [Quirk.LIFELIKE] if number % 2 else []
    return layout.with_quirks(*quirks, *([Quirk.INVERTED] if number % 3 == 2 else []))


def plans(count: int, first: int) -> Iterator[SpectralPlan]:
    """`count` strips of seeds from `first` on, all spectral measurements in turn."""
    names = list(CASES)
    for number in range(count):
        name, layout = names[number % len(names)], screens(number // len(names))
        yield plan_spectrum(name, layout, first + number)


class Reader:
    """Landmarks by the networks."""

    def __init__(self, store: Store) -> None:
        self.predictor = Predictor(store)

    def beats(self, cine: Cine, measurement: str) -> tuple[Caliper, ...]:
        (prediction,) = self.predictor.predict(cine, [measurement], [0])
        return checked(cine, beat_by_beat(cine, prediction)[1])


def add_velocities(tally: Tally, strip: EdgeStrip, calipers: Sequence[Caliper]) -> None:
    """Each value of a caliper against the beat that is drawn there; nothing is right elsewhere."""
    tally.strips += 1
    for caliper in calipers:
        # Of E and A one may not be found: the other tells the beat then.
        numbers = [v.value is not None for v in caliper.values[: len(caliper.points)]]
        wave = numbers.index(True) if any(numbers) else 0
        away = [abs(beat[wave].x - caliper.points[wave].x) for beat in strip.drawn]
        beat = strip.drawn[away.index(min(away))]
        true: list[float | None] = list(strip.velocities(beat))
        if len(true) == 2:
            e, a = strip.velocities(beat)
            true.append(e / a)
        if min(away) * strip.region.delta[0] > SAME_S:
            true = [None] * len(true)
        for value, known in zip(caliper.values, true, strict=True):
            tally.add(value.value, value.flags, known, f"{strip.words} {value.id}")


def over_the_edge(count: int, reader: Reader, first: int) -> dict[str, Tally]:
    """Strips whose fastest wave ends 6 to 45 % of its height outside, and the same as drawn.

    Of the clean ones only flags of the edge count as such.
    """
    names = ("over the edge, networks", "over the edge, by hand", "clean, networks")
    found = {name: Tally() for name in (*names, "clean, by hand")}
    network, hand, clean_network, clean_hand = found.values()
    for number, plan in enumerate(plans(count, first)):
        drawn = draw_spectrum(plan)
        strip = past_the_edge(plan, 0.06 + 0.13 * (number // 2 % 4), bool(number % 2), drawn)
        add_velocities(network, strip, reader.beats(strip.cine, strip.measurement))
        add_by_hand(hand, strip)
        whole = clean(plan, drawn)
        true = [measure(whole.cine, plan.name, _marks(beat)) for beat in whole.beats]
        add_velocities(clean_network, whole, reader.beats(whole.cine, plan.name))
        add_velocities(clean_hand, whole, true)
    return found


def add_by_hand(tally: Tally, strip: EdgeStrip) -> None:
    """The waves that end outside, with their tips short of what is seen of each."""
    zero, box = strip.region.baseline_y, strip.region.bounds
    assert zero is not None
    tally.strips += 1
    for beat in strip.beats:
        outside = [not box.contains(point) for point in beat]
        if not any(outside):
            continue
        rows = (zero + HAND_SHARE * (min(max(p.y, box.y0), box.y1) - zero) for p in beat)
        points = [Landmark(p.x, row) for p, row in zip(beat, rows, strict=True)]
        caliper = measure(strip.cine, strip.measurement, points)
        true = strip.velocities(beat)
        for value, out, known in zip(caliper.values, outside, true, strict=False):
            if out:
                tally.add(value.value, value.flags, known, strip.words)


def _marks(points: Sequence[PixelPoint]) -> list[Landmark]:
    return [Landmark(*point) for point in points]


def stale_tags(count: int, reader: Reader, first: int) -> dict[str, Tally]:
    """The tag of the baseline 6 to 60 rows off what is drawn; kinds of region swapped."""
    found = {
        "baseline tag stale, networks": Tally(),
        "baseline tag stale, by hand": Tally(),
        "M-mode tagged as Doppler": Tally(),
        "Doppler tagged as M-mode": Tally(),
    }
    network, hand, spectral, motion = found.values()
    for number, plan in enumerate(plans(count, first)):
        strip, off = clean(plan), (6, -12, 24, -60)[number % 4]
        region = strip.region
        zero = region.baseline_y
        assert zero is not None
        moved = strip.cine.with_regions([region.with_baseline(zero + off)])
        add_velocities(network, strip, reader.beats(moved, plan.name))
        add_velocities(hand, strip, [measure(moved, plan.name, _marks(b)) for b in strip.beats])
        swapped = replace(
            region, kind=RegionKind.M_MODE, units=("s", "cm"), delta=(region.delta[0], 0.04)
        )
        refused(motion, reader.beats(strip.cine.with_regions([swapped]), "tapse"), plan.name)
    for number, (tapse, cine) in enumerate(m_modes("tapse", count, first)):
        id = list(CASES)[number % len(CASES)]
        kind = CATALOG[id].regions[0]
        middle = (0.0, cine.regions[0].bounds.height / 2)
        delta = (tapse.seconds_per_px, -0.5)
        swapped = replace(
            cine.regions[0], kind=kind, units=("s", "cm/s"), delta=delta, reference=middle
        )
        refused(spectral, reader.beats(cine.with_regions([swapped]), id), id)
    return found


def refused(tally: Tally, calipers: Sequence[Caliper], say: str) -> None:
    """Nothing is to be measured here: every number without a flag is wrong."""
    tally.strips += 1
    for caliper in calipers:
        for value in caliper.values:
            tally.add(value.value, value.flags, None, f"{say} {value.id}")


def m_modes(name: str, count: int, first: int) -> Iterator[tuple[MModePlan, Cine]]:
    """M-modes of one structure on all screens, every second one lifelike."""
    for number in range(count):
        layout = list(LAYOUTS.values())[number % len(LAYOUTS)]
        layout = layout.with_quirks(Quirk.LIFELIKE) if number % 2 else layout
        plan = plan_m_mode(name, layout, first + number)
        delta = (plan.seconds_per_px, plan.cm_per_px)
        region = Region(0, RegionKind.M_MODE, layout.strip.box, ("s", "cm"), delta, (0, 0))
        frame = draw_m_mode(plan)
        yield plan, Cine(ArraySource(frame[None]), Timing((0.0,), "still"), [region])


def other_beats(count: int, first: int) -> dict[str, Tally]:
    """E of one beat with the A of the next: every ratio without a flag is wrong."""
    tally = Tally()
    for number in range(count):
        strip = clean(plan_spectrum("mvpeak", screens(number), first + number))
        tally.strips += 1
        for (e, _), (_, a) in zip(strip.beats, strip.beats[1:], strict=False):
            value = measure(strip.cine, "mvpeak", _marks((e, a))).value("e_a_ratio")
            tally.add(value.value, value.flags, None, f"{strip.words} {number}")
    return {"E and A of two beats, by hand": tally}


def other_lines(count: int, reader: Reader, first: int) -> dict[str, Tally]:
    """True excursions, and from the annulus to a line 0.4 to 0.6 cm from it, or farther."""
    found = {
        "TAPSE, true points": Tally(),
        "TAPSE, networks": Tally(),
        "TAPSE to a line 0.4 to 0.6 cm away, by hand": Tally(),
        "TAPSE to a line farther away, by hand": Tally(),
        "TAPSE on other M-modes, networks": Tally(),
    }
    true, network, near, across, elsewhere = found.values()
    for plan, cine in m_modes("tapse", count, first):
        for tally in (true, network, near, across):
            tally.strips += 1
        for beat in plan.beats:
            known = plan.value(beat)
            value = measure(cine, "tapse", _marks(beat)).values[0]
            true.add(value.value, value.flags, known, f"{plan.layout.name} {plan.seed}", True)
            for line in plan.lines[1:]:
                rise = line.offset + (1 - line.share) * (plan.annulus.depth - _depth(plan, beat[1]))
                point = PixelPoint(beat[1].x, beat[1].y + rise / plan.cm_per_px)
                if abs(rise) >= NEAR_CM and point.y < beat[0].y and _inside(cine, point):
                    value = measure(cine, "tapse", _marks((beat[0], point))).values[0]
                    tally = across if abs(rise) >= APART_CM else near
                    tally.add(value.value, value.flags, None, f"{plan.layout.name} {rise:.1f}")
        for caliper in reader.beats(cine, "tapse"):
            nearest = min(plan.beats, key=lambda b: math.dist(b[0], caliper.points[0].point))
            value = caliper.values[0]
            network.add(value.value, value.flags, plan.value(nearest), plan.layout.name, True)
    for name in MMODE_VIEWS:
        for _, cine in m_modes(name, max(1, count // len(MMODE_VIEWS)), first):
            refused(elsewhere, reader.beats(cine, "tapse"), name)
    return found


def _depth(plan: MModePlan, point: PixelPoint) -> float:
    return (point.y - plan.layout.strip.box.y0) * plan.cm_per_px


def _inside(cine: Cine, point: PixelPoint) -> bool:
    return cine.regions[0].contains(point)


def section(
    count: int,
    store: Store,
    say: Callable[[str], None] = lambda _: None,
    first: int = FIRST_SEED,
) -> list[str]:
    """This part of the page; `count` strips over the edge and as many clean ones, by seed."""
    reader, some = Reader(store), max(4, count // 4)
    found = over_the_edge(count, reader, first)
    found |= stale_tags(some, reader, first)
    found |= other_beats(some, first)
    found |= other_lines(some, reader, first)
    for name, tally in found.items():
        for line in tally.worst:
            say(f"{name}: {line}")
    edge = sum(found[f"over the edge, {who}"].wrong for who in ("networks", "by hand"))
    stale = sum(tally.wrong for name, tally in found.items() if "tag" in name)
    flags = found["clean, networks"]
    share = flags.edge / max(1, flags.values)
    targets = [
        (f"over the edge: unflagged and wrong 0 in {count} strips", f"{edge}", edge == 0),
        ("clean strips: flags of the edge < 2 %", f"{100 * share:.1f} %", share < 0.02),
        ("stale tags: unflagged and wrong 0", f"{stale}", stale == 0),
    ]
    return [
        HEADING,
        "",
        f"Phantoms of unseen seeds (from {first} on) on all screens, every second one lifelike, "
        "every third Doppler strip upside down. *Unflagged and wrong*: a number without a flag "
        f"that is more than {100 * WRONG:g} % ({10 * WRONG_CM:g} mm) off, or that should not be "
        f"there at all (more than {SAME_S:g} s from the wave that is asked for, kinds "
        "swapped, two beats, two lines, other M-modes). Over the edge: the fastest wave ends 6 to "
        "45 % of its height outside, cut and wrapped in turn; by hand, its tip lies at "
        f"{100 * HAND_SHARE:g} % of what is seen. The tag of the baseline is 6, 12, 24 or 60 rows "
        "off; where the drawn line is too dim to be found, nothing contradicts the tag. A stale "
        "velocity scale cannot be seen in a picture, so it is not among them. Beats and waves of a "
        "strip are asked as in `echomeasure measure`; quality and view are not.",
        "",
        "| strips | n | values | numbers | flagged | clipped or aliased | unflagged and wrong |",
        "|---|---|---|---|---|---|---|",
        *(f"| {name} | {tally.cells} |" for name, tally in found.items()),
        "",
        "| target | measured | reached |",
        "|---|---|---|",
        *(f"| {what} | {was} | {'yes' if good else 'NO'} |" for what, was, good in targets),
        "",
    ]


def main() -> None:
    """Measure and write this part of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=400, help="strips over the edge (default 400)")
    parser.add_argument(
        "--first", type=int, default=FIRST_SEED, help=f"first seed (default {FIRST_SEED})"
    )
    parser.add_argument("--weights", type=Path, help="folder of networks (default: shipped)")
    add_out(parser)
    args = parser.parse_args()
    folder = args.weights or package_folder()
    lines = section(args.count, Store(folder), print, args.first)
    write_part(args.out, HEADING, lines, folder)


if __name__ == "__main__":
    main()
