"""The beats' part of `make validate`: ED, ES, EF, short clips, the vena cava, means of strips.

Curves are those of phantom hearts (`heart_curves`), with the noise of the shipped network;
cines and strips are drawn and read by the network itself. Beside it stands the rule that is
published with the networks: peaks at least 25 frames apart, the first and last dropped.

Alone, `python Testing/validation/curve_beats.py` writes this part of Docs/validation.md anew.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from page_parts import ROOT, add_out, write_part

sys.path.insert(0, str(ROOT / "Testing" / "support"))

from heart_curves import (
    CINE_SD_CM,
    FRAME_SD_CM,
    MISSING,
    HeartCurve,
    ejection_fraction,
    heart_curve,
)

from EchoMeasureLib.measuring.beats import find_beats
from EchoMeasureLib.measuring.breathing import Manoeuvre, read_ivc
from EchoMeasureLib.measuring.equations import right_atrial_mmhg

HEADING = "## Beats of curves"
RATES = (15, 20, 30, 60, 120)
FIRST_SEED = 5000
AF_SHARE = 0.125
FROM_BORDER_S = 0.1
"""An ED or ES nearer to a border of the clip is not seen whole."""

Frames = tuple[Sequence[int], Sequence[int]]
"""ED and ES frames."""


@dataclass(slots=True)
class Rule:
    """What one rule says of one clip."""

    ed: Sequence[int]
    es: Sequence[int]
    ef: float | None


def ours(curve: HeartCurve, by_waves: bool = False) -> Rule:
    """`find_beats`; EF as the mean over the complete beats."""
    found = find_beats(curve.read, curve.times, curve.r_waves if by_waves else ())
    each = [
        ejection_fraction(curve.read[beat.ed], curve.read[beat.es])
        for beat in found.complete
        if beat.ed is not None and beat.es is not None
    ]
    return Rule(found.ed_frames, found.es_frames, statistics.fmean(each) if each else None)


def published(curve: HeartCurve) -> Rule:
    """`find_peaks` with a distance of 25 frames, first and last dropped; EF from the means.

    Frames that are missing are filled by straight lines, which the rule itself does not.
    """
    from scipy.signal import find_peaks

    frames = np.arange(len(curve.times))
    there = sorted(curve.read)
    sizes = np.interp(frames, there, [curve.read[i] for i in there])
    ed, es = (find_peaks(sign * sizes, distance=25)[0][1:-1].tolist() for sign in (1, -1))
    if not (ed and es):
        return Rule(ed, es, None)
    means = [statistics.fmean(float(sizes[i]) for i in found) for found in (ed, es)]
    return Rule(ed, es, ejection_fraction(*means))


RULES: Mapping[str, Callable[[HeartCurve], Rule]] = {"ours": ours, "published": published}


@dataclass(slots=True)
class Tally:
    """Clips of one kind under one rule."""

    seen: int = 0
    near: int = 0
    found: int = 0
    false: int = 0
    clips: int = 0
    errors: list[float] = field(default_factory=list)

    def add(self, curve: HeartCurve, rule: Rule) -> None:
        """Compare with what the heart did."""
        frames = len(curve.times)
        fps = (frames - 1) / curve.times[-1]
        within = max(1.0, fps / 30)
        border = FROM_BORDER_S * fps
        for truth, found in ((curve.ed, rule.ed), (curve.es, rule.es)):
            inner = [x for x in truth if border <= x <= frames - 1 - border]
            self.seen += len(inner)
            self.near += sum(any(abs(x - y) <= within for y in found) for x in inner)
            placed = [y for y in found if border <= y <= frames - 1 - border]
            self.found += len(placed)
            self.false += sum(not any(abs(x - y) <= within for x in truth) for y in placed)
        self.clips += 1
        if rule.ef is not None:
            self.errors.append(rule.ef - curve.ef)

    @property
    def timed(self) -> str:
        return f"{100 * self.near / self.seen:.1f} % of {self.seen}"

    @property
    def wrong(self) -> str:
        return f"{100 * self.false / self.found:.1f} %" if self.found else "-"

    @property
    def given(self) -> float:
        return len(self.errors) / self.clips

    def share_within(self, points: float) -> float:
        """Of the EF that were given."""
        return statistics.fmean(abs(error) <= points for error in self.errors)

    @property
    def over_10(self) -> int:
        return sum(abs(error) > 10 for error in self.errors)

    @property
    def ef_cells(self) -> str:
        if not self.errors:
            return f"{100 * self.given:.1f} % | - | - | -"
        return (
            f"{100 * self.given:.1f} % | {100 * self.share_within(3):.1f} % | "
            f"{statistics.fmean(self.errors):+.1f} | {self.over_10}"
        )


def tally(curves: Sequence[HeartCurve], rule: Callable[[HeartCurve], Rule]) -> Tally:
    """All clips under one rule."""
    total = Tally()
    for curve in curves:
        total.add(curve, rule(curve))
    return total


def clips(
    count: int,
    fps: float | None,
    beats: tuple[float, float],
    *,
    bpm: float | None = None,
    sinus: bool | None = None,
) -> list[HeartCurve]:
    """Clips of unseen seeds; rates and lengths at random where they are not given."""
    found = []
    for seed in range(FIRST_SEED, FIRST_SEED + count):
        rng = np.random.default_rng(seed)
        rate = fps or float(rng.choice([15, 20, 25, 30, 40, 50, 60, 80, 100, 120]))
        heart = bpm or float(rng.uniform(45, 130))
        regular = bool(rng.random() >= AF_SHARE) if sinus is None else sinus
        lasts = float(rng.uniform(*beats))
        found.append(heart_curve(seed, rate, heart, lasts, sinus=regular))
    return found


def timing_lines(count: int) -> Iterator[str]:
    """How many ED and ES are placed rightly at 30 Hz."""
    yield "| at 30 Hz, 2.3 to 4 beats | ED and ES within a frame | placed elsewhere |"
    yield "|---|---|---|"
    mixed, fibrillating = (clips(count, 30, (2.3, 4), sinus=sinus) for sinus in (None, False))
    rows: list[tuple[str, list[HeartCurve], Callable[[HeartCurve], Rule]]] = [
        ("by R waves", mixed, lambda curve: ours(curve, by_waves=True)),
        ("by the curve", mixed, ours),
        ("by the curve, atrial fibrillation only", fibrillating, ours),
        ("published rule", mixed, published),
    ]
    for name, curves, rule in rows:
        total = tally(curves, rule)
        yield f"| {name} | {total.timed} | {total.wrong} |"


def ef_lines(count: int, short: int) -> Iterator[str]:
    """EF by both rules at all frame rates, and of short clips."""
    ours_head = "EF given | within 3 points | bias | over 10 wrong"
    yield f"| clips | {ours_head} | published: {ours_head.replace('EF ', '')} |"
    yield "|---" * 9 + "|"
    kinds = [
        *((f"{fps} Hz, 2.3 to 4 beats", clips(count, fps, (2.3, 4))) for fps in RATES),
        ("30 Hz, 8 to 10 beats", clips(count // 2, 30, (8, 10))),
        (f"{short} of 0.8 to 1.5 beats, 15 to 120 Hz", clips(short, None, (0.8, 1.5))),
        *(
            (f"1.2 beats at 75/min, {fps} Hz", clips(count, fps, (1.2, 1.2), bpm=75, sinus=True))
            for fps in RATES
        ),
        ("15 Hz at 120/min, 7.5 frames per beat", clips(count, 15, (2.3, 4), bpm=120)),
    ]
    for name, curves in kinds:
        cells = [tally(curves, rule).ef_cells for rule in RULES.values()]
        yield f"| {name} | {' | '.join(cells)} |"


CAVAE = (
    # Widest and narrowest in cm, how the person breathed, the pressure in mmHg.
    (2.4, 2.16, Manoeuvre.QUIET, 15),
    (2.5, 1.625, Manoeuvre.SNIFF, 15),
    (1.8, 0.65, Manoeuvre.SNIFF, 3),
    (1.8, 1.2, Manoeuvre.QUIET, 3),
    (2.4, 0.72, Manoeuvre.SNIFF, 8),
    (1.7, 1.19, Manoeuvre.SNIFF, 8),
)


def cava_lines(count: int) -> Iterator[str]:
    """Right atrial pressure from curves with 1 mm of noise per frame."""
    yield "| IVC, widest and narrowest | true RAP | answered | right | single frames right |"
    yield "|---|---|---|---|---|"
    for wide, narrow, manoeuvre, pressure in CAVAE:
        right, single = [], []
        for seed in range(FIRST_SEED, FIRST_SEED + count):
            times, sizes = cava(seed, wide, narrow, manoeuvre)
            found = read_ivc(dict(enumerate(sizes)), times, manoeuvre)
            fall = 100 * (max(sizes) - min(sizes)) / max(sizes)
            single.append(right_atrial_mmhg(max(sizes), fall, manoeuvre) == pressure)
            if found.max_cm is not None and found.collapse is not None:
                said = right_atrial_mmhg(found.max_cm, found.collapse, manoeuvre)
                right.append(said == pressure)
        yield (
            f"| {wide:g} and {narrow:g} cm, {manoeuvre} | {pressure} mmHg | "
            f"{100 * len(right) / count:.0f} % of {count} | "
            f"{100 * statistics.fmean(right):.1f} % | {100 * statistics.fmean(single):.1f} % |"
        )


def cava(
    seed: int, wide: float, narrow: float, manoeuvre: Manoeuvre
) -> tuple[list[float], list[float]]:
    """8 s at 30 Hz: breaths of 3 to 5 s or one sniff, the heartbeat (4 %) and noise."""
    rng = np.random.default_rng(seed)
    clock = np.arange(8 * 30) / 30
    if manoeuvre is Manoeuvre.QUIET:
        phase = clock / rng.uniform(3, 5) + rng.uniform()
        share = ((1 - np.cos(2 * np.pi * phase)) / 2) ** 1.5
    else:
        away = np.abs(clock - rng.uniform(1.5, 6.5)) / rng.uniform(0.5, 0.9)
        share = np.where(away < 1, (1 + np.cos(np.pi * away)) / 2, 0)
    heart = 0.02 * wide * np.sin(2 * np.pi * rng.uniform(0.8, 1.8) * clock)
    sizes = wide - (wide - narrow) * share + heart + rng.normal(0, 0.1, len(clock))
    return [float(t) for t in clock], [float(size) for size in sizes]


def target_lines(count: int, short: int) -> Iterator[str]:
    """Each target of the beats and whether it was reached."""
    yield "| target | measured | reached |"
    yield "|---|---|---|"
    timed = tally(clips(count, 30, (2.3, 4)), ours)
    yield _target("ED and ES within one frame at 30 Hz >= 97 %", timed.near / timed.seen, 0.97)
    for fps in RATES:
        total = tally(clips(count, fps, (2.3, 4)), ours)
        yield _target(f"EF within 3 points at {fps} Hz >= 95 %", total.share_within(3), 0.95)
    for fps in RATES[1:]:
        total = tally(clips(count, fps, (1.2, 1.2), bpm=75, sinus=True), ours)
        yield _target(f"1.2 beats at 75/min answered at {fps} Hz >= 95 %", total.given, 0.95)
    wrong = tally(clips(short, None, (0.8, 1.5)), ours).over_10
    reached = "yes" if wrong == 0 else "NO"
    yield f"| no EF over 10 points wrong in {short} short clips | {wrong} | {reached} |"


def _target(words: str, share: float, least: float) -> str:
    return f"| {words} | {100 * share:.1f} % | {'yes' if share >= least else 'NO'} |"


def section(count: int = 300, short: int = 800) -> list[str]:
    """The part of the page that needs no network."""
    return [
        HEADING,
        "",
        f"LVID curves of phantom hearts, {count} clips a row, each of its own seed: 45 to 130 "
        f"beats per minute, one in eight in atrial fibrillation, read with {10 * FRAME_SD_CM:g} mm "
        f"of noise from frame to frame and {10 * CINE_SD_CM:g} mm from clip to clip, "
        f"{100 * MISSING:g} % of the frames missing. (On drawn cines the shipped network errs by "
        "less, see below.) EF by Teichholz, mean over the complete beats. Published rule: "
        "`find_peaks` at least 25 frames apart, the first and last dropped. An ED or ES within "
        f"{FROM_BORDER_S:g} s of the clip's border is not asked for.",
        "",
        *timing_lines(count),
        "",
        *ef_lines(count, short),
        "",
        "Below 12 frames per beat there is no ES and no EF, which the answer says: at 15 Hz above "
        "75 beats per minute.",
        "",
        "The vena cava, 8 s at 30 Hz with the heartbeat and 1 mm of noise from frame to frame:",
        "",
        *cava_lines(count),
        "",
        *target_lines(count, short),
        "",
    ]


def main() -> None:
    """Measure and write this part of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="clips per row (default 300)")
    parser.add_argument("--short", type=int, default=800, help="short clips (default 800)")
    add_out(parser)
    args = parser.parse_args()
    lines = section(args.count, args.short)
    write_part(args.out, HEADING, lines)


if __name__ == "__main__":
    main()
