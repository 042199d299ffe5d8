"""The frames that matter against all frames: the same ED, ES and EF, from how many.

Curves are those of phantom hearts (`heart_curves`), with the noise of the shipped network; cines
are drawn, of two to four beats in 110 to 120 frames, and read by the network itself.

Alone, `python Testing/validation/fewer_frames.py` writes this part of Docs/validation.md anew.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from page_parts import ROOT, add_out, write_part
from studies import cine_of

sys.path.insert(0, str(ROOT / "Testing" / "support"))

from heart_curves import HeartCurve, ejection_fraction, heart_curve

from EchoMeasureLib.geometry import Box, Landmark
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.inference.predicting import Predictor
from EchoMeasureLib.inference.prediction import Prediction, Provenance
from EchoMeasureLib.inference.weight_store import Store, package_folder
from EchoMeasureLib.measuring.beats import Beats, find_beats
from EchoMeasureLib.measuring.coarse_to_fine import FramePlan, predict_what_matters
from EchoMeasureLib.measuring.measured import Measured
from EchoMeasureLib.phantoms.bmode import bmode_study
from EchoMeasureLib.phantoms.layouts import LAYOUTS
from EchoMeasureLib.phantoms.study import PhantomStudy
from EchoMeasureLib.review.session import Review

HEADING = "## The frames that matter"
FIRST_SEED = 33000
RATES = (25, 30, 37, 50, 60, 90)
LENGTH_CM, EF_POINTS = 0.05, 1.0
FEWEST_FRAMES = 110
VIEWS = {
    "plax": ("ivs", "lvid", "lvpw", "aorta", "aortic_root", "la"),
    "a4c": ("rv_base",),
    "psax": ("pa",),
    "subcostal": ("ivc",),
}
MODEL = Provenance("curve", "0", "phantom")


def hearts(count: int, fps: float) -> Iterator[HeartCurve]:
    """2.3 to 4 beats at 45 to 130 a minute; every eighth in atrial fibrillation."""
    for number in range(count):
        rng = np.random.default_rng([FIRST_SEED, number])
        bpm, beats = float(rng.uniform(45, 130)), float(rng.uniform(2.3, 4))
        yield heart_curve(FIRST_SEED + number, fps, bpm, beats, sinus=number % 8 != 7)


def frames_of_plan(heart: HeartCurve, r_waves: Sequence[float]) -> tuple[int, ...]:
    """Those on which LVID is run."""
    pixels = np.broadcast_to(np.zeros((1, 1, 1, 3), np.uint8), (len(heart.times), 300, 300, 3))
    region = Region(0, RegionKind.TWO_D, Box(0, 0, 299, 299), ("cm", "cm"), (0.05, 0.05))
    timing = Timing(tuple(heart.times), "curve", tuple(r_waves))
    plan = FramePlan(Cine(ArraySource(pixels), timing, (region,)), ("lvid",))
    while (ask := plan.next()) is not None:
        for frame in ask.frames:
            cm = heart.read.get(frame)
            ends = (10.0, 10.0 + 20 * (cm or 4.0))
            points = tuple(Landmark(10, y, confidence=0.9 if cm else 0.01) for y in ends)
            plan.take(Prediction("lvid", frame, points, MODEL))
    return plan.frames("lvid")


def curve_values(
    beats: Beats, heart: HeartCurve
) -> tuple[float | None, float | None, float | None]:
    """LVIDd and LVIDs in cm, EF in per cent: means over beats."""
    ed, es = ([heart.read[f] for f in found] for found in (beats.ed_frames, beats.es_frames))
    pairs = [(b.ed, b.es) for b in beats.complete]
    efs = [
        ejection_fraction(heart.read[a], heart.read[b])
        for a, b in pairs
        if a is not None and b is not None
    ]
    return _mean(ed), _mean(es), _mean(efs)


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None


def same(one: float | None, other: float | None, within: float) -> bool:
    """Whether both have no number, or numbers this near."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= within + 1e-9


def curve_lines(count: int) -> Iterator[str]:
    """LVID of hearts that are not drawn."""
    yield "| frames per second | R waves | LVID run on | LVIDd alike | LVIDs alike | EF alike |"
    yield "|---|---|---|---|---|---|"
    limits = (LENGTH_CM, LENGTH_CM, EF_POINTS)
    for fps in RATES:
        for known in (False, True):
            shares: list[float] = []
            alike = [0, 0, 0]
            for heart in hearts(count, fps):
                waves = heart.r_waves if known else ()
                ran = frames_of_plan(heart, waves)
                there = {f: heart.read[f] for f in ran if f in heart.read}
                every = curve_values(find_beats(heart.read, heart.times, waves), heart)
                few = curve_values(find_beats(there, heart.times, waves), heart)
                shares.append(len(ran) / len(heart.times))
                for place, limit in enumerate(limits):
                    alike[place] += same(every[place], few[place], limit)
            cells = " | ".join(f"{100 * n / count:.1f} %" for n in alike)
            share = 100 * statistics.fmean(shares)
            yield f"| {fps} | {'yes' if known else 'no'} | {share:.0f} % of frames | {cells} |"


@dataclass(frozen=True, slots=True)
class Cost:
    """One cine, all frames and those that matter."""

    count: int
    """Frames of the cine."""
    frames: Mapping[str, int]
    """Run, by measurement."""
    every: Mapping[str, Measured]
    few: Mapping[str, Measured]
    ef: tuple[float | None, float | None]
    seconds: tuple[float, float]
    """Of the processor: networks and review, all frames and those that matter."""


def long_studies(view: str, count: int) -> Iterator[PhantomStudy]:
    """Of the view's phantoms so many of the longest, on all screens."""
    layouts = list(LAYOUTS.values())
    seeds = itertools.count(FIRST_SEED)
    drawn = (bmode_study(view, layouts[seed % len(layouts)], seed) for seed in seeds)
    return itertools.islice((s for s in drawn if s.frame_count >= FEWEST_FRAMES), count)


def cost_of(study: PhantomStudy, store: Store) -> Cost:
    """Both ways of measuring one drawn cine; its frames are drawn before."""
    view, drawn = study.view, cine_of(study)
    pixels = np.stack([drawn.frame(i) for i in range(drawn.frame_count)])
    ids = list(VIEWS[view])
    predictor = Predictor(store)

    def fresh() -> Cine:
        return Cine(ArraySource(pixels), drawn.timing, drawn.regions, cache_bytes=1 << 30)

    def measured(cine: Cine, steps: Iterable[Prediction]) -> Review:
        review = Review(cine, "validation")
        review.add_predictions(list(steps))
        return review

    cine = fresh()
    measured(cine, predictor.predict(cine, ids, [0]))  # what is loaded once
    reviews, seconds = [], []
    for thinned in (True, False):
        cine, began = fresh(), time.process_time()
        if thinned:
            steps = predict_what_matters(predictor.predict, cine, ids)
        else:
            steps = predictor.predict(cine, ids, range(cine.frame_count))
        reviews.append(measured(cine, steps))
        seconds.append(time.process_time() - began)
    few, every = reviews
    frames = {id: sum(e.measurement == id for e in few.entries.values()) for id in ids}
    efs = [
        next((r.value for r in one.derived() if r.id == "ef_teichholz"), None)
        for one in (every, few)
    ]
    times = seconds[1], seconds[0]
    return Cost(
        drawn.frame_count, frames, every.measured(), few.measured(), (efs[0], efs[1]), times
    )


def drawn_lines(costs: Mapping[str, Sequence[Cost]]) -> Iterator[str]:
    """Measurement by measurement."""
    yield "| value | cines | frames run, median | range | alike | only one has a number |"
    yield "|---|---|---|---|---|---|"
    for view, found in costs.items():
        for id in VIEWS[view]:
            ran = [cost.frames[id] for cost in found]
            for name in ("lvidd", "lvids") if id == "lvid" else (_quantity(id),):
                pairs = [(cost.every[name].value, cost.few[name].value) for cost in found]
                alike = sum(same(a, b, LENGTH_CM) for a, b in pairs)
                one = sum((a is None) is not (b is None) for a, b in pairs)
                middle = statistics.median(ran)
                yield (
                    f"| {found[0].every[name].name} | {len(found)} | {middle:.0f} | "
                    f"{min(ran)} to {max(ran)} | {alike} | {one} |"
                )
    efs = [cost.ef for cost in costs.get("plax", ())]
    yield f"| EF | {len(efs)} | | | {sum(same(*pair, EF_POINTS) for pair in efs)} | |"


def _quantity(id: str) -> str:
    return {"ivc": "ivc_max", "ivs": "ivsd", "lvpw": "lvpwd"}.get(id, id)


def section(curves: int, cines: int, store: Store) -> list[str]:
    """This part of the page."""
    costs = {
        view: [cost_of(one, store) for one in long_studies(view, max(2, cines // share))]
        for view, share in (("plax", 1), ("a4c", 3), ("psax", 3), ("subcostal", 3))
    }
    times = [cost.seconds for found in costs.values() for cost in found]
    fewer = statistics.median(
        len(VIEWS["plax"]) * cost.count / sum(cost.frames.values()) for cost in costs["plax"]
    )
    ratio = statistics.median(every / few for every, few in times)
    return [
        HEADING,
        "",
        "What is run when all frames of a cine may be (`measuring.coarse_to_fine`, "
        "[cines.md](cines.md)) against every frame. Alike: within 0.5 mm, EF within 1 point, or "
        "without a number in both. "
        f"{curves} curves of phantom hearts a row, 2.3 to 4 beats at 45 to 130 a minute, one in "
        "eight in atrial fibrillation, with the noise of the shipped network.",
        "",
        *curve_lines(curves),
        "",
        "Drawn cines of 110 to 120 frames, two to four beats, on all screens, read by the shipped "
        "network; the numbers are those of the review. With a network of its own for each "
        f"measurement {fewer:.1f} times fewer are run in a parasternal cine. With the shipped one, "
        f"which sees a frame once for all, networks and review took {ratio:.1f} times less of the "
        "processor (median of cines; frames drawn and networks loaded before).",
        "",
        *drawn_lines(costs),
        "",
    ]


def main() -> None:
    """Measure and write this part of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--curves", type=int, default=200, help="curves per row (default 200)")
    parser.add_argument("--cines", type=int, default=12, help="parasternal cines (default 12)")
    add_out(parser)
    args = parser.parse_args()
    lines = section(args.curves, args.cines, Store(package_folder()))
    write_part(args.out, HEADING, lines, package_folder())


if __name__ == "__main__":
    main()
