"""How far the shipped networks are off on phantoms that their training never saw.

    python Testing/validation/accuracy.py lengths
    python Testing/validation/accuracy.py strips

write their parts of Docs/validation.md. Training draws its seeds from 1,000,000 upwards; the seeds
here lie below 10,000. Strips are written as DICOM and read back; cines are drawn frame by frame.
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from page_parts import add_out, write_part
from studies import cine_of

from EchoMeasureLib.catalog import CATALOG, NETWORKED
from EchoMeasureLib.definitions import CaliperKind
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.inference.predicting import Predictor
from EchoMeasureLib.inference.settings import Settings
from EchoMeasureLib.inference.weight_store import Store, package_folder
from EchoMeasureLib.measuring.beside import checked
from EchoMeasureLib.measuring.calipers import Caliper, measure, pixel_points
from EchoMeasureLib.measuring.running import beat_by_beat
from EchoMeasureLib.phantoms.bmode import BMODE_MEASUREMENTS, bmode_study
from EchoMeasureLib.phantoms.generate import generate, write
from EchoMeasureLib.phantoms.layouts import LAYOUTS
from EchoMeasureLib.phantoms.study import PhantomStudy

HEADINGS = {"lengths": "## Lengths on 2-D images", "strips": "## Values of strips"}
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
    """Studies, measured once with each decoder."""

    def __init__(self, seeds: int, store: Store) -> None:
        self.seeds = seeds
        self.errors: dict[str, list[Error]] = {"robust": [], "parity": []}
        self.predictors = {
            decoder: Predictor(store, Settings(decoder=decoder)) for decoder in self.errors
        }

    def run(self, part: str) -> None:
        """The studies of one part of the page, a key of `HEADINGS`."""
        if part == "lengths":
            self._lengths()
        else:
            with tempfile.TemporaryDirectory() as name:
                self._strips(Path(name))

    def _measured(
        self, cine: Cine, ids: Sequence[str], frames: Sequence[int], decoder: str
    ) -> list[Caliper]:
        """Of a strip the clearest beat, beside its other ones."""
        found = [
            beat_by_beat(cine, prediction)
            for prediction in self.predictors[decoder].predict(cine, ids, frames)
        ]
        clearest = {(one.measurement, one.frame, one.points) for one, _ in found}
        beside = checked(cine, [caliper for _, beats in found for caliper in beats])
        return [one for one in beside if (one.measurement, one.frame, one.points) in clearest]

    def _cases(self) -> list[tuple[str, int]]:
        """Layouts with seeds of their own."""
        layouts = [layout for layout in LAYOUTS for _ in range(self.seeds)]
        return [(layout, FIRST_SEED + number) for number, layout in enumerate(layouts)]

    def _lengths(self) -> None:
        """Every view with anything to measure, on every layout."""
        linear = list(BMODE_MEASUREMENTS)
        for view in dict.fromkeys(BMODE_MEASUREMENTS.values()):
            here = [id for id in linear if BMODE_MEASUREMENTS[id] == view]
            for layout, seed in self._cases():
                study = bmode_study(view, LAYOUTS[layout], seed, measurement=here[seed % len(here)])
                cine, frames = cine_of(study), cine_frames(study)
                for decoder in self.errors:
                    found = self._measured(cine, here, frames, decoder)
                    self.errors[decoder] += linear_errors(study, found, layout)

    def _strips(self, folder: Path) -> None:
        """Every strip on every layout, written and read back."""
        for id in (id for id in NETWORKED if id not in BMODE_MEASUREMENTS):
            for layout, seed in self._cases():
                study = generate(id, layout, seed)
                cine = read(write(study, folder)[0])
                if id in study.truth["measurements"]:
                    for decoder in self.errors:
                        (found,) = self._measured(cine, [id], [0], decoder)
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


def targets(errors: Sequence[Error]) -> list[str]:
    """Each target and whether it was reached."""
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


def section(part: str, seeds: int, store: Store) -> list[str]:
    """One part of the page, a key of `HEADINGS`: a list of lines."""
    runs = Runs(seeds, store)
    runs.run(part)
    errors, parity = runs.errors["robust"], runs.errors["parity"]
    flags = sorted({flag for error in errors for flag in error.flags})
    what = {
        "lengths": "per view, and three frames of each cine; calipers of a frame beside each other",
        "strips": "per measurement, written as DICOM and read back; of each strip the clearest "
        "beat, held against the true one that is nearest to it. Velocities in per cent of the "
        "true one",
    }[part]
    band = {
        "lengths": f"{10 * LINEAR_BAND_CM:g} mm",
        "strips": f"{100 * VELOCITY_BAND:g} % for velocities and the ratio, "
        f"{10 * LINEAR_BAND_CM:g} mm for TAPSE",
    }[part]
    return [
        HEADINGS[part],
        "",
        f"{seeds} plain phantoms, each of its own seed, on every screen layout "
        f"({', '.join(LAYOUTS)}) {what}. In band: within {band}. Parity: the decoder of the "
        "published way in place of the robust one.",
        "",
        "### Every result",
        "",
        *table(errors, parity),
        "",
        "### Results without a flag",
        "",
        *table([e for e in errors if not e.flags], [e for e in parity if not e.flags]),
        "",
        f"Flags that occurred: {', '.join(flags) or 'none'}.",
        "",
        "### Mean absolute error by layout",
        "",
        *layout_table(errors),
        "",
        "### Targets",
        "",
        *targets(errors),
        "",
    ]


def main() -> None:
    """Measure and write one part of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=HEADINGS, help="what is measured")
    parser.add_argument("--seeds", type=int, default=8, help="studies per layout (default 8)")
    parser.add_argument("--weights", type=Path, help="folder of the weights (default: shipped)")
    add_out(parser)
    args = parser.parse_args()
    folder = args.weights or package_folder()
    lines = section(args.part, args.seeds, Store(folder))
    write_part(args.out, HEADINGS[args.part], lines, folder)


if __name__ == "__main__":
    main()
