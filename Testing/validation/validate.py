"""`make validate`: the shipped phantom weights against phantoms that training never saw.

Writes Docs/validation.md. Training draws its seeds from 1,000,000 upwards; the seeds here
lie below 10,000. Strips are written as DICOM and read back; cines are drawn frame by frame.
Of beats, vena cava and means `curve_beats` and `drawn_beats` write their parts; of views and modes
`wrong_views`, of spoiled pictures `degradation`, of confidences `reliability`, of strips read
without a network `envelope`, `traced_waves` and `annulus_lines`, of fewer frames `fewer_frames`.
What `distilling` wrote is kept.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import annulus_lines
import curve_beats
import degradation
import drawn_beats
import envelope
import fewer_frames
import frames_beside
import reliability
import strip_sets
import traced_waves
import wrong_views
from distilling import HEADING as DISTILLING
from page_parts import part_of, replaced
from studies import cine_of

from EchoMeasureLib import __version__
from EchoMeasureLib.catalog import CATALOG, NETWORKED
from EchoMeasureLib.definitions import CaliperKind
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.inference.predicting import Predictor
from EchoMeasureLib.inference.settings import Settings
from EchoMeasureLib.inference.weight_store import Store, package_folder
from EchoMeasureLib.measuring.calipers import Caliper, measure, pixel_points
from EchoMeasureLib.measuring.running import beat_by_beat
from EchoMeasureLib.phantoms.bmode import BMODE_MEASUREMENTS, bmode_study
from EchoMeasureLib.phantoms.generate import generate, write
from EchoMeasureLib.phantoms.layouts import LAYOUTS
from EchoMeasureLib.phantoms.study import PhantomStudy

FIRST_SEED = 100
LINEAR_BAND_CM, VELOCITY_BAND = 0.3, 0.05


@dataclass(frozen=True, slots=True)
class Error:
    """One value against the truth."""

    output: str
    layout: str
    unit: str
    found: float | None
    true: float
    flags: tuple[str, ...]
    paired: bool | None = None

    @property
    def size(self) -> float:
        """Signed difference of magnitudes."""
        assert self.found is not None
        return abs(self.found) - abs(self.true)

    @property
    def within(self) -> bool:
        if self.found is None:
            return False
        if self.unit == "cm":
            return abs(self.size) <= LINEAR_BAND_CM
        return abs(self.size) <= VELOCITY_BAND * abs(self.true)


def strip_errors(study: PhantomStudy, caliper: Caliper, cine: Cine, layout: str) -> Iterator[Error]:
    """A strip's caliper against the true beat nearest to it."""
    entry = study.truth["measurements"][caliper.measurement]["frames"]["0"]
    beats = entry.get("beats_points") or [entry["points"]]
    placed = [(p.x, p.y) for p in caliper.points]
    nearest = min(
        beats, key=lambda beat: sum(math.dist(p, q) for p, q in zip(beat, placed, strict=True))
    )
    paired = None
    if CATALOG[caliper.measurement].caliper is CaliperKind.INFLOW:
        paired = _paired_rightly(placed, beats)
    true = measure(cine, caliper.measurement, pixel_points(nearest), 0)
    for value, known in zip(caliper.values, true.values, strict=True):
        if known.value is not None:
            flags = tuple(flag.value for flag in value.flags)
            yield Error(value.id, layout, known.unit, value.value, known.value, flags, paired)


def _paired_rightly(
    placed: Sequence[tuple[float, float]], beats: Sequence[Sequence[Sequence[float]]]
) -> bool:
    """Whether E lies on an E, A on an A, and both belong to the same beat."""
    peaks = [
        (number, which, point)
        for number, beat in enumerate(beats)
        for which, point in enumerate(beat)
    ]
    hits = [min(peaks, key=lambda peak: math.dist(peak[2], p))[:2] for p in placed]
    return hits[0] == (hits[1][0], 0) and hits[1][1] == 1


def linear_errors(study: PhantomStudy, calipers: Iterable[Caliper], layout: str) -> Iterator[Error]:
    """Calipers of a cine against the truth of their own frame."""
    for caliper in calipers:
        frames = study.truth["measurements"].get(caliper.measurement, {}).get("frames", {})
        entry = frames.get(str(caliper.frame))
        if entry is not None:
            value = caliper.values[0]
            flags = tuple(flag.value for flag in value.flags)
            yield Error(value.id, layout, "cm", value.value, float(entry["value"]), flags)


def cine_frames(study: PhantomStudy) -> list[int]:
    """End-diastole, end-systole and a frame in between of the first whole beat."""
    beats = study.truth.get("beats") or []
    chosen = {0, study.frame_count // 2}
    for beat in beats[:1]:
        chosen = {beat["ed"], beat["es"], (beat["ed"] + beat["es"]) // 2}
    return sorted(frame for frame in chosen if frame is not None and frame < study.frame_count)


class Runs:
    """All studies, measured once with each decoder."""

    def __init__(self, seeds: int, store: Store) -> None:
        self.seeds, self.store = seeds, store
        self.errors: dict[str, list[Error]] = {"robust": [], "parity": []}
        self.predictors = {
            decoder: Predictor(store, Settings(decoder=decoder)) for decoder in self.errors
        }

    def measure(
        self, cine: Cine, ids: Sequence[str], frames: Sequence[int], decoder: str
    ) -> list[Caliper]:
        """Of a strip the clearest beat."""
        found = self.predictors[decoder].predict(cine, ids, frames)
        return [beat_by_beat(cine, prediction)[0] for prediction in found]

    def _cases(self) -> list[tuple[str, int]]:
        """Layouts with seeds of their own."""
        layouts = [layout for layout in LAYOUTS for _ in range(self.seeds)]
        return [(layout, FIRST_SEED + number) for number, layout in enumerate(layouts)]

    def cines(self) -> None:
        """Every view with anything to measure, on every layout."""
        views = list(dict.fromkeys(BMODE_MEASUREMENTS.values()))
        linear = list(BMODE_MEASUREMENTS)
        for view in views:
            here = [id for id in linear if BMODE_MEASUREMENTS[id] == view]
            for layout, seed in self._cases():
                study = bmode_study(view, LAYOUTS[layout], seed, measurement=here[seed % len(here)])
                cine, frames = cine_of(study), cine_frames(study)
                for decoder in self.errors:
                    found = self.measure(cine, here, frames, decoder)
                    self.errors[decoder] += linear_errors(study, found, layout)

    def strips(self, folder: Path) -> None:
        """Every strip on every layout, written and read back."""
        ids = [id for id in NETWORKED if id not in BMODE_MEASUREMENTS]
        for id in ids:
            for layout, seed in self._cases():
                study = generate(id, layout, seed)
                cine = read(write(study, folder)[0])
                if id in study.truth["measurements"]:
                    for decoder in self.errors:
                        (found,) = self.measure(cine, [id], [0], decoder)
                        self.errors[decoder] += strip_errors(study, found, cine, layout)


def table(errors: Sequence[Error], parity: Sequence[Error]) -> list[str]:
    """The main table in Markdown."""
    lines = [
        "| value | n | MAE | bias | 95 % limits | in band | flagged | no number | parity MAE |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for output in dict.fromkeys(error.output for error in errors):
        rows = [error for error in errors if error.output == output]
        others = [error for error in parity if error.output == output]
        lines.append(
            f"| {output} | {len(rows)} | " + " | ".join(_cells(rows)) + f" | {_mae(others)} |"
        )
    return lines


def _mae(rows: Sequence[Error]) -> str:
    numbers = [row for row in rows if row.found is not None]
    if not numbers:
        return "-"
    if numbers[0].unit == "cm":
        return f"{10 * statistics.fmean(abs(row.size) for row in numbers):.2f} mm"
    return f"{100 * statistics.fmean(abs(row.size) / abs(row.true) for row in numbers):.2f} %"


def _cells(rows: Sequence[Error]) -> list[str]:
    numbers = [row for row in rows if row.found is not None]
    if numbers and numbers[0].unit == "cm":
        sizes, unit = [10 * row.size for row in numbers], "mm"
    else:
        sizes, unit = [100 * row.size / abs(row.true) for row in numbers], "%"
    bias = statistics.fmean(sizes) if sizes else math.nan
    spread = statistics.stdev(sizes) if len(sizes) > 1 else 0.0
    flagged = sum(bool(row.flags) for row in rows) / len(rows)
    within = sum(row.within for row in rows) / len(rows)
    return [
        _mae(rows),
        f"{bias:+.2f} {unit}",
        f"{bias - 1.96 * spread:+.2f} to {bias + 1.96 * spread:+.2f} {unit}",
        f"{100 * within:.1f} %",
        f"{100 * flagged:.1f} %",
        f"{100 * sum(row.found is None for row in rows) / len(rows):.1f} %",
    ]


def layout_table(errors: Sequence[Error]) -> list[str]:
    """Mean absolute error by layout."""
    layouts = list(dict.fromkeys(error.layout for error in errors))
    lines = ["| value | " + " | ".join(layouts) + " |", "|---" * (len(layouts) + 1) + "|"]
    for output in dict.fromkeys(error.output for error in errors):
        cells = [
            _mae([e for e in errors if e.output == output and e.layout == layout])
            for layout in layouts
        ]
        lines.append(f"| {output} | " + " | ".join(cells) + " |")
    return lines


def targets(runs: Runs) -> list[str]:
    """Each target and whether it was reached."""
    errors = runs.errors["robust"]
    lines = ["| target | measured | reached |", "|---|---|---|"]

    def add(target: str, measured: str, reached: bool) -> None:
        lines.append(f"| {target} | {measured} | {'yes' if reached else 'NO'} |")

    for output in dict.fromkeys(error.output for error in errors):
        rows = [e for e in errors if e.output == output and e.found is not None]
        if output == "e_a_ratio":
            paired = statistics.fmean(bool(row.paired) for row in rows)
            add("E/A paired rightly >= 98 %", f"{100 * paired:.1f} %", paired >= 0.98)
        elif rows[0].unit == "cm":
            mae = 10 * statistics.fmean(abs(row.size) for row in rows)
            limit = 1.0 if output == "tapse" else 1.5
            add(f"{output} MAE <= {limit} mm", f"{mae:.2f} mm", mae <= limit)
            if output != "tapse":
                within = statistics.fmean(e.within for e in errors if e.output == output)
                add(f"{output} within 3 mm >= 95 %", f"{100 * within:.1f} %", within >= 0.95)
        else:
            mae = 100 * statistics.fmean(abs(row.size) / abs(row.true) for row in rows)
            add(f"{output} MAE <= 3 %", f"{mae:.2f} %", mae <= 3)
    return lines


def page(runs: Runs, seeds: int) -> str:
    """Docs/validation.md."""
    errors, parity = runs.errors["robust"], runs.errors["parity"]
    kept = [e for e in errors if not e.flags]
    facts = [
        f"`{path.name}` {json.loads(path.with_suffix('.json').read_text())['sha256'][:16]}..."
        if "sha256" in path.with_suffix(".json").read_text()
        else f"`{path.name}`"
        for path in sorted(package_folder().glob("*.ckpt"))
        if path.with_suffix(".json").is_file()
    ]
    flags = sorted({flag for error in errors for flag in error.flags})
    return "\n".join(
        [
            "# Accuracy of the shipped phantom weights, on phantoms",
            "",
            "Written by `make validate` (Testing/validation/validate.py); do not edit by hand.",
            f"EchoMeasure {__version__}, weights {', '.join(facts)}.",
            "",
            "**These are errors on synthetic images of the same generator that training used, from "
            "other seeds. They say that the way from file to number is right; they say nothing "
            "about patients.**",
            "",
            f"{seeds} studies, each of its own seed, per view and screen layout "
            f"({', '.join(LAYOUTS)}); three frames of each cine; strips written as DICOM and read "
            f"back. Band: {10 * LINEAR_BAND_CM:g} mm for lengths, {100 * VELOCITY_BAND:g} % for "
            "velocities and the ratio. A strip's caliper is held against the true beat nearest to "
            "it. Velocities in per cent of the true one.",
            "",
            "## Robust decoding, every result",
            "",
            *table(errors, parity),
            "",
            "## Robust decoding, results without a flag",
            "",
            *table(kept, [e for e in parity if not e.flags]),
            "",
            "## Mean absolute error by layout",
            "",
            *layout_table(errors),
            "",
            "## Targets",
            "",
            *targets(runs),
            "",
            f"Flags that occurred: {', '.join(flags) or 'none'}.",
            "",
        ]
    )


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=8, help="studies per layout (default 8)")
    parser.add_argument("--out", type=Path, default=Path("Docs/validation.md"))
    parser.add_argument("--weights", type=Path, help="folder of the weights (default: shipped)")
    args = parser.parse_args()
    runs = Runs(args.seeds, Store(args.weights or package_folder()))
    runs.cines()
    with tempfile.TemporaryDirectory() as name:
        runs.strips(Path(name))
    requests = wrong_views.Requests(runs.store)
    requests.ask(2 * args.seeds)
    seeds = range(degradation.FIRST_SEED, degradation.FIRST_SEED + 3 * args.seeds)
    records = list(degradation.Trial(runs.store).records(seeds))
    parts = [
        *wrong_views.section(requests),
        *degradation.section(records),
        *reliability.section(records, args.out.parent / "pictures"),
        *envelope.section(21 * args.seeds),
        *traced_waves.section(3 * args.seeds),
        *annulus_lines.section(6 * args.seeds),
        *strip_sets.section(50 * args.seeds, runs.store),
        *curve_beats.section(),
        *drawn_beats.section(drawn_beats.Drawn(4, args.seeds, runs.store)),
        *fewer_frames.section(25 * args.seeds, 2 * args.seeds, runs.store),
        *frames_beside.section(5 * args.seeds, args.seeds, args.seeds, 2, runs.store),
    ]
    old = args.out.read_text(encoding="utf-8") if args.out.is_file() else ""
    text = "\n".join([page(runs, args.seeds), *parts])
    # Which takes a training, and is written by its own command.
    if kept := part_of(old, DISTILLING):
        text = replaced(text, DISTILLING, kept)
    args.out.write_text(text, encoding="utf-8")
    print("\n".join([*targets(runs), *parts]))
    print(f"Written: {args.out}")


if __name__ == "__main__":
    main()
