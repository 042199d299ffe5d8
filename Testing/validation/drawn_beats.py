"""The beats of drawn phantoms as the shipped network reads them: cines, vena cava, strips.

    python Testing/validation/drawn_beats.py cines
    python Testing/validation/drawn_beats.py strips

write their parts of Docs/validation.md anew.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from curve_beats import FROM_BORDER_S, ejection_fraction
from page_parts import add_out, write_part
from studies import cine_of

from EchoMeasureLib.catalog import CATALOG, NETWORKED
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.inference.predicting import Predictor
from EchoMeasureLib.inference.settings import Settings
from EchoMeasureLib.inference.view_check import ViewCheck
from EchoMeasureLib.inference.weight_store import Store, package_folder
from EchoMeasureLib.measuring.averaging import mean_over_beats
from EchoMeasureLib.measuring.beats import find_beats
from EchoMeasureLib.measuring.breathing import read_ivc
from EchoMeasureLib.measuring.calipers import Caliper, measure, pixel_points
from EchoMeasureLib.measuring.running import predict_calipers
from EchoMeasureLib.phantoms.bmode import BMODE_MEASUREMENTS, bmode_study
from EchoMeasureLib.phantoms.generate import generate, write
from EchoMeasureLib.phantoms.layouts import LAYOUTS
from EchoMeasureLib.phantoms.study import PhantomStudy

HEADINGS = {"cines": "## Beats of drawn phantoms", "strips": "## Means over the beats of strips"}
FIRST_SEED = 7000
MEAN_BAND = 0.02
"""Share of the true mean over beats within which that of a strip is right."""


@dataclass(slots=True)
class CineTally:
    """Beats of drawn cines."""

    seen: int = 0
    near: int = 0
    errors: list[float] = field(default_factory=list)
    """Of EF, points: the mean over the beats that were found against that over the true ones."""
    clips: int = 0
    given: int = 0
    """Cines that have an EF."""
    within_sd: list[float] = field(default_factory=list)
    """Of one cine each: standard deviation of the diameter's error, mm."""
    offsets: list[float] = field(default_factory=list)
    """Of one cine each: mean error, mm."""

    def add(self, study: PhantomStudy, read_by: dict[int, float]) -> None:
        """Compare one cine with its truth."""
        frames = study.truth["measurements"]["lvid"]["frames"]
        true = {int(frame): float(entry["value"]) for frame, entry in frames.items()}
        off = [10 * (read_by[i] - true[i]) for i in read_by if i in true]
        self.within_sd.append(statistics.pstdev(off))
        self.offsets.append(statistics.fmean(off))
        times = study.frame_times_s
        found = find_beats(read_by, times, study.r_waves_s)
        step = times[1] - times[0]
        within = max(step, 1 / 30) * 1.01
        for phase, at in (("ed", found.ed_frames), ("es", found.es_frames)):
            truth = [beat[phase] for beat in study.truth["beats"] if beat[phase] is not None]
            inner = [x for x in truth if FROM_BORDER_S <= times[x] <= times[-1] - FROM_BORDER_S]
            if phase == "es" and not found.complete:
                continue
            self.seen += len(inner)
            self.near += sum(any(abs(times[x] - times[y]) <= within for y in at) for x in inner)
        self.clips += 1
        pairs = [(beat.ed, beat.es) for beat in found.complete]
        each = [
            ejection_fraction(read_by[ed], read_by[es])
            for ed, es in pairs
            if ed is not None and es is not None
        ]
        self.given += bool(each)
        # A ventricle that leaves the picture in systole has no smallest size there.
        known = [
            ejection_fraction(true[beat["ed"]], true[beat["es"]])
            for beat in study.truth["beats"]
            if {beat["ed"], beat["es"]} <= true.keys()
        ]
        if each and known:
            self.errors.append(statistics.fmean(each) - statistics.fmean(known))


class Drawn:
    """Studies of these parts, measured; so many cines or strips per layout."""

    def __init__(self, per_layout: int, store: Store) -> None:
        self.per_layout = per_layout
        self.predictor, self.views = Predictor(store, Settings()), ViewCheck(store)

    def diameters(self, study: PhantomStudy, id: str) -> dict[int, float]:
        """Of every frame without a flag, cm."""
        cine = cine_of(study)
        frames = range(study.frame_count)
        calipers = predict_calipers(cine, [id], frames, self.predictor, views=self.views)
        sound = (caliper for caliper in calipers if not caliper.excluded)
        return {caliper.frame: _number(caliper, id) for caliper in sound}

    def hearts(self) -> CineTally:
        """Long-axis cines of every layout."""
        total = CineTally()
        for layout, seed in _cases(self.per_layout):
            study = bmode_study("plax", LAYOUTS[layout], seed, measurement="lvid")
            total.add(study, self.diameters(study, "lvid"))
        return total

    def cavae(self) -> Iterator[tuple[float, float | None, float]]:
        """Error of the widest, mm; of the collapse, points; and the true collapse, %."""
        for layout, seed in _cases(self.per_layout):
            study = bmode_study("subcostal", LAYOUTS[layout], seed, measurement="ivc")
            frames = study.truth["measurements"]["ivc"]["frames"]
            true = [float(entry["value"]) for entry in frames.values()]
            found = read_ivc(self.diameters(study, "ivc"), study.frame_times_s)
            if found.max_cm is None:
                continue
            # Where it nearly closes the truth has no caliper, and no smallest diameter.
            whole = len(true) == study.frame_count
            collapse = 100 * (1 - min(true) / max(true))
            fall = found.collapse - collapse if found.collapse is not None and whole else None
            yield 10 * (found.max_cm - max(true)), fall, collapse

    def means(self, folder: Path) -> dict[str, list[float | None]]:
        """By output: the mean over beats against the true one, as a share; None without one."""
        errors: dict[str, list[float | None]] = {}
        for id in (id for id in NETWORKED if id not in BMODE_MEASUREMENTS):
            for layout, seed in _cases(self.per_layout):
                study = generate(id, layout, seed)
                if id not in study.truth["measurements"]:
                    continue
                cine = read(write(study, folder)[0])
                found = list(predict_calipers(cine, [id], [0], self.predictor, views=self.views))
                sound = [caliper for caliper in found if not caliper.excluded]
                true = _true_beats(study, cine, id)
                for output in dict.fromkeys(output.id for output in CATALOG[id].outputs):
                    error = None
                    if sound:
                        mean, known = (
                            mean_over_beats([[caliper] for caliper in calipers], output)
                            for calipers in (sound, true)
                        )
                        error = mean / known - 1
                    errors.setdefault(output, []).append(error)
        return errors


def _cases(per_layout: int) -> Iterator[tuple[str, int]]:
    for number, layout in enumerate(name for name in LAYOUTS for _ in range(per_layout)):
        yield layout, FIRST_SEED + number


def _number(caliper: Caliper, id: str) -> float:
    number = caliper.value(id).value
    assert number is not None  # it is not excluded
    return number


def _true_beats(study: PhantomStudy, cine: Cine, id: str) -> list[Caliper]:
    entry = study.truth["measurements"][id]["frames"]["0"]
    beats = entry.get("beats_points") or [entry["points"]]
    return [measure(cine, id, pixel_points(beat), 0) for beat in beats]


def section(part: str, drawn: Drawn) -> list[str]:
    """One part of the page, a key of `HEADINGS`: a list of lines."""
    lines = _of_cines(drawn) if part == "cines" else _of_strips(drawn)
    return [HEADINGS[part], "", *lines, ""]


def _of_cines(drawn: Drawn) -> Iterator[str]:
    hearts, cavae = drawn.hearts(), list(drawn.cavae())
    yield (
        f"{drawn.per_layout} cines per layout and view, every frame read by the shipped network, "
        "with their R waves. Flagged frames are left out."
    )
    yield ""
    yield "| | measured | of |"
    yield "|---|---|---|"
    yield (
        f"| LVID, error within a cine (standard deviation) | "
        f"{statistics.median(hearts.within_sd):.2f} mm median, {max(hearts.within_sd):.2f} mm "
        f"largest | {hearts.clips} cines |"
    )
    yield (
        f"| LVID, error between cines (standard deviation) | "
        f"{statistics.stdev(hearts.offsets):.2f} mm | {hearts.clips} cines |"
    )
    near = _percent(hearts.near, hearts.seen)
    yield f"| ED and ES within a frame of 30 Hz | {near} | {hearts.seen} |"
    yield f"| EF given | {_percent(hearts.given, hearts.clips)} | {hearts.clips} cines |"
    yield f"| EF within 3 points | {_share(hearts.errors, 3)} | {len(hearts.errors)} |"
    largest = max(map(abs, hearts.errors), default=0)
    yield f"| EF, largest error | {largest:.1f} points | {len(hearts.errors)} |"
    yield from _cava_lines(cavae)
    yield ""
    yield "| target | measured | reached |"
    yield "|---|---|---|"
    timed = hearts.near / hearts.seen
    yield _target("drawn cines: ED and ES within a frame of 30 Hz >= 97 %", timed, 0.97)
    yield _target("drawn cines: EF within 3 points >= 95 %", _within(hearts.errors, 3), 0.95)


def _of_strips(drawn: Drawn) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as name:
        means = drawn.means(Path(name))
    yield (
        f"{drawn.per_layout} strips per layout and measurement, read by the shipped network; the "
        "mean over their beats against the true one. Flagged beats are left out."
    )
    yield ""
    yield "| mean over beats | answered | within 2 % | mean error | largest error |"
    yield "|---|---|---|---|---|"
    for output, errors in means.items():
        yield _mean_line(output, errors)
    yield ""
    yield "| target | measured | reached |"
    yield "|---|---|---|"
    for output, errors in means.items():
        given = [error for error in errors if error is not None]
        share = _within(given, MEAN_BAND)
        yield _target(f"{output}: mean over beats within 2 % in >= 95 %", share, 0.95)


def _cava_lines(cavae: Sequence[tuple[float, float | None, float]]) -> Iterator[str]:
    widest = [abs(error) for error, _, _ in cavae]
    falls = [abs(fall) for _, fall, _ in cavae if fall is not None]
    yield f"| IVC, mean error of the widest | {statistics.fmean(widest):.2f} mm | {len(widest)} |"
    yield (
        f"| IVC, collapse given | {_percent(len(falls), len(cavae))} | "
        f"{len(cavae)} cines of 3.2 to 5.5 s |"
    )
    if falls:
        yield (
            f"| IVC, mean error of the collapse | {statistics.fmean(falls):.1f} points, "
            f"{max(falls):.1f} at most | {len(falls)} |"
        )


def _mean_line(output: str, errors: Sequence[float | None]) -> str:
    given = [error for error in errors if error is not None]
    return (
        f"| {output} | {_percent(len(given), len(errors))} of {len(errors)} | "
        f"{_share(given, MEAN_BAND)} | {100 * statistics.fmean(map(abs, given)):.2f} % | "
        f"{100 * max(map(abs, given)):.1f} % |"
    )


def _target(words: str, share: float, least: float) -> str:
    return f"| {words} | {100 * share:.1f} % | {'yes' if share >= least else 'NO'} |"


def _within(errors: Iterable[float], band: float) -> float:
    inside = [abs(error) <= band for error in errors]
    return float(np.mean(inside)) if inside else 0.0


def _share(errors: Iterable[float], band: float) -> str:
    return f"{100 * _within(errors, band):.1f} %"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def main() -> None:
    """Measure and write this part of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=HEADINGS, help="what is measured")
    parser.add_argument("--count", type=int, default=4, help="studies per layout (default 4)")
    parser.add_argument("--weights", type=Path, help="folder of the weights (default: shipped)")
    add_out(parser)
    args = parser.parse_args()
    folder = args.weights or package_folder()
    lines = section(args.part, Drawn(args.count, Store(folder)))
    write_part(args.out, HEADINGS[args.part], lines, folder)


if __name__ == "__main__":
    main()
