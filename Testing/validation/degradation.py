"""What one change to a picture does to its numbers: errors, flags, and wrong numbers without one.

    python Testing/validation/degradation.py --seeds 4

writes its part of Docs/validation.md. All that stands behind a number of `echomeasure measure`
is asked, the quality of the picture and its view included. `--records FILE` keeps what was found
as it is found; a later call takes it from there and goes on.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from page_parts import ROOT, add_out, write_part
from studies import cine_of

sys.path.insert(0, str(ROOT / "Testing" / "support"))

from changed_pictures import CHANGES, FOR_IMAGES_ONLY, Picture

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.geometry import PixelPoint, lowest_confidence
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.inference.predicting import Predictor
from EchoMeasureLib.inference.quality import Judge
from EchoMeasureLib.inference.view_check import ViewCheck
from EchoMeasureLib.inference.weight_store import Store, package_folder
from EchoMeasureLib.measuring.calipers import Caliper, measure, pixel_points
from EchoMeasureLib.measuring.running import predict_calipers
from EchoMeasureLib.phantoms.bmode import bmode_study
from EchoMeasureLib.phantoms.doppler_plan import plan_spectrum
from EchoMeasureLib.phantoms.generate import generate
from EchoMeasureLib.phantoms.layout_parts import Layout, Quirk
from EchoMeasureLib.phantoms.layouts import LAYOUTS
from EchoMeasureLib.phantoms.mmode import plan_m_mode
from EchoMeasureLib.phantoms.study import PhantomStudy

HEADING = "## One change at a time"
FIRST_SEED = 2000
IN_PLAX = ("lvid", "ivs", "lvpw", "aortic_root")
STRIPS = ("trvmax", "mvpeak", "latevel", "tapse")
PICTURES = ("plax", *STRIPS)
BANDS = {"cm": 0.3, "cm/s": 0.05, "1": 0.05}
"""Largest error that is not wrong: 3 mm of a length, 5 % of a velocity or ratio."""
REDRAWN = ("baseline at 15 %", "baseline at 85 %", "sweep 25 mm/s", "sweep 150 mm/s")
"""Strips drawn so, where a drawn one cannot be changed."""
TRIES = 3000


@dataclass(frozen=True, slots=True)
class Record:
    """One value that was asked for in one changed picture."""

    change: str
    lifelike: bool
    layout: str
    output: str
    unit: str
    found: float | None
    true: float
    confidence: float
    flags: tuple[str, ...]

    @property
    def on_strip(self) -> bool:
        return self.output not in IN_PLAX

    @property
    def error(self) -> float:
        """In the unit of a length, else as a share of the true one."""
        assert self.found is not None
        size = abs(self.found) - abs(self.true)
        return size if self.unit == "cm" else size / abs(self.true)

    @property
    def wrong(self) -> bool:
        """A number that is not right, whatever is flagged."""
        return self.found is not None and abs(self.error) > BANDS[self.unit]

    @property
    def unflagged(self) -> bool:
        """A number that nothing speaks against."""
        return self.found is not None and not self.flags


class Trial:
    """All pictures in all changes, measured as `echomeasure measure` does."""

    def __init__(self, store: Store, pictures: Sequence[str] = PICTURES) -> None:
        self.pictures = pictures
        self.predictor, self.views, self.judge = Predictor(store), ViewCheck(store), Judge(store)

    def records(self, seeds: range, kept: Path | None = None) -> Iterator[Record]:
        """Every picture plain and lifelike; what is in the file already is taken from there."""
        known = read_records(kept) if kept is not None and kept.is_file() else {}
        for seed, lifelike, shown in itertools.product(seeds, (False, True), self.pictures):
            name = f"{shown} {seed} {'lifelike' if lifelike else 'plain'}"
            if name not in known:
                print(name, file=sys.stderr, flush=True)
                known[name] = list(self._all_changes(shown, seed, lifelike))
                if kept is not None:
                    _append(kept, name, known[name])
            yield from known[name]

    def _all_changes(self, shown: str, seed: int, lifelike: bool) -> Iterator[Record]:
        layout = _layout(seed, lifelike)
        if shown == "plax":
            yield from self._plax(layout, seed, lifelike)
        else:
            yield from self._strip(shown, layout, seed, lifelike)
            yield from self._redrawn(shown, layout, seed)

    def _plax(self, layout: Layout, seed: int, lifelike: bool) -> Iterator[Record]:
        study = bmode_study("plax", layout, seed, measurement="lvid")
        beats = [beat["ed"] for beat in study.truth["beats"] if beat["ed"] is not None]
        frame = beats[0] if beats else 0
        known = {
            id: tuple(PixelPoint(*p) for p in entry["frames"][str(frame)]["points"])
            for id, entry in study.truth["measurements"].items()
            if str(frame) in entry["frames"]
        }
        ids = [id for id in IN_PLAX if id in known]
        region = next(r for r in cine_of(study).regions if r.kind.is_image)
        picture = Picture(study.frame(frame), region, tuple(known[id] for id in ids))
        for change in CHANGES:
            changed = _changed(picture, change, seed)
            cine = Cine(ArraySource(changed.frame[None]), Timing(None, "still"), [changed.region])
            truth = {id: [points] for id, points in zip(ids, changed.beats, strict=True)}
            yield from self._measured(cine, truth, change, lifelike, study)

    def _strip(self, id: str, layout: Layout, seed: int, lifelike: bool) -> Iterator[Record]:
        study = generate(id, layout, seed)
        for change in CHANGES:
            if change not in FOR_IMAGES_ONLY:
                yield from self._on_strip(id, study, change, lifelike)

    def _redrawn(self, id: str, layout: Layout, seed: int) -> Iterator[Record]:
        if layout.has(Quirk.LIFELIKE):
            for how in REDRAWN:
                found = _drawn_so(id, layout, seed, how)
                if found is not None:
                    yield from self._on_strip(id, generate(id, layout, found), how, lifelike=True)

    def _on_strip(
        self, id: str, study: PhantomStudy, change: str, lifelike: bool
    ) -> Iterator[Record]:
        entry = study.truth["measurements"][id]["frames"]["0"]
        beats = [
            tuple(PixelPoint(*p) for p in beat)
            for beat in entry.get("beats_points") or [entry["points"]]
        ]
        regions = cine_of(study).regions
        strip = next(region for region in regions if region.kind.is_strip)
        picture = Picture(study.frame(0), strip, tuple(beats))
        changed = _changed(picture, change, study.seed) if change in CHANGES else picture
        cine = Cine(ArraySource(changed.frame[None]), Timing((0.0,), "still"), regions)
        yield from self._measured(cine, {id: changed.beats}, change, lifelike, study)

    def _measured(
        self,
        cine: Cine,
        truth: dict[str, Sequence[tuple[PixelPoint, ...]]],
        change: str,
        lifelike: bool,
        study: PhantomStudy,
    ) -> Iterator[Record]:
        quality = self.judge.judge(cine, list(truth))
        found: dict[str, list[Caliper]] = {}
        for caliper in predict_calipers(
            cine, list(truth), [0], self.predictor, quality=quality, views=self.views
        ):
            found.setdefault(caliper.measurement, []).append(caliper)
        for id, beats in truth.items():
            # Of a strip the clearest beat, against the true one that is nearest.
            caliper = max(found[id], key=lambda c: lowest_confidence(c.points) or 0.0)
            here = [p.point for p in caliper.points]
            near = min(beats, key=lambda beat: float(np.linalg.norm(np.subtract(beat, here))))
            true = measure(cine, id, pixel_points(near), 0)
            for value, known in zip(caliper.values, true.values, strict=True):
                if known.value:
                    yield Record(
                        change,
                        lifelike,
                        study.layout.name,
                        value.id,
                        known.unit,
                        value.value,
                        known.value,
                        lowest_confidence(value.points) or 0.0,
                        tuple(flag.value for flag in value.flags),
                    )


def _layout(seed: int, lifelike: bool) -> Layout:
    layout = list(LAYOUTS.values())[seed % len(LAYOUTS)]
    return layout.with_quirks(Quirk.LIFELIKE) if lifelike else layout


def _changed(picture: Picture, change: str, seed: int) -> Picture:
    rng = np.random.default_rng([seed, list(CHANGES).index(change)])
    return CHANGES[change](picture, rng)


def _drawn_so(id: str, layout: Layout, seed: int, how: str) -> int | None:
    """A seed whose strip is as `how` says: baseline within 3 % of the strip's height there."""
    if id == "tapse" and how.startswith("baseline"):
        return None
    number = int(how.split()[-2])
    for other in range(seed * 3, seed * 3 + TRIES):
        if id == "tapse":
            if plan_m_mode(id, layout, other).sweep == number:
                return other
            continue
        plan = plan_spectrum(id, layout, other)
        share = 100 * (plan.baseline_y - layout.strip.box.y0) / layout.strip.box.height
        if plan.sweep == number if how.startswith("sweep") else abs(share - number) < 3:
            return other
    return None


def section(records: Sequence[Record]) -> list[str]:
    """The table of `HEADING`, a list of lines."""
    outputs = [output.id for id in (*IN_PLAX, *STRIPS) for output in CATALOG[id].outputs]
    outputs = [id for id in dict.fromkeys(outputs) if any(r.output == id for r in records)]
    changes = [c for c in (*CHANGES, *REDRAWN) if any(r.change == c for r in records)]
    numbers = [r for r in records if r.found is not None]
    wrong = [r for r in numbers if r.wrong and r.unflagged]
    share = len(wrong) / max(1, len(numbers))
    plain = sum(1 for r in records if r.change == "unchanged" and not r.lifelike)
    return [
        HEADING,
        "",
        f"Phantoms of seeds from {FIRST_SEED} on, half of them lifelike, each in "
        f"{len(changes)} states; {len(records)} values asked for ({plain} of unchanged plain "
        "phantoms). One end-diastolic frame of a parasternal long axis as a still, and strips; the "
        "picture's quality and its view are judged too, as in `echomeasure measure`. Every cell: "
        "mean absolute error of the numbers without a flag; values flagged or without a number; "
        "numbers **wrong without a flag** (over 3 mm, over 5 %). Real images were not among them. "
        "Changes are in Testing/support/changed_pictures.py; strips with a baseline or sweep "
        "elsewhere are drawn so.",
        "",
        f"| change | {' | '.join(outputs)} | all |",
        "|---" * (len(outputs) + 2) + "|",
        *(
            f"| {change} | "
            + " | ".join(
                _cell([r for r in records if r.change == change and r.output == output])
                for output in outputs
            )
            + f" | {_shares([r for r in records if r.change == change])} |"
            for change in changes
        ),
        "| **all** | "
        + " | ".join(_cell([r for r in records if r.output == output]) for output in outputs)
        + f" | {_shares(list(records))} |",
        "",
        "| target | measured | reached |",
        "|---|---|---|",
        f"| wrong without a flag in at most 0.5 % of everything that gives a number | "
        f"{100 * share:.2f} % ({len(wrong)} of {len(numbers)}) | "
        f"{'yes' if share <= 0.005 else 'NO'} |",
        "",
    ]


def _cell(rows: Sequence[Record]) -> str:
    if not rows:
        return "-"
    good = [abs(r.error) for r in rows if r.unflagged]
    if not good:
        size = "-"
    elif rows[0].unit == "cm":
        size = f"{10 * sum(good) / len(good):.1f} mm"
    else:
        size = f"{100 * sum(good) / len(good):.1f} %"
    return f"{size}; {_shares(rows)}"


def _shares(rows: Sequence[Record]) -> str:
    stopped = sum(not r.unflagged for r in rows)
    wrong = sum(r.wrong and r.unflagged for r in rows)
    return f"{100 * stopped / len(rows):.0f} %; {'**' if wrong else ''}{wrong} of {len(rows)}" + (
        "**" if wrong else ""
    )


def read_records(path: Path) -> dict[str, list[Record]]:
    """What a trial has kept, by the name of the picture; a line that was cut off is left out."""
    found: dict[str, list[Record]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            name, rows = json.loads(line)
        except ValueError:
            continue
        found[name] = [Record(**{**row, "flags": tuple(row["flags"])}) for row in rows]
    return found


def _append(path: Path, name: str, records: Sequence[Record]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps([name, [asdict(record) for record in records]]) + "\n")


def main() -> None:
    """Measure, and write this part of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=12, help="of each picture (default 12)")
    parser.add_argument(
        "--pictures",
        nargs="+",
        choices=PICTURES,
        default=PICTURES,
        help="only these, which are printed and not written to the page",
    )
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="first seed")
    parser.add_argument("--weights", type=Path, help="folder of the weights (default: shipped)")
    parser.add_argument("--records", type=Path, help="file of what was found")
    add_out(parser)
    args = parser.parse_args()
    folder = args.weights or package_folder()
    trial = Trial(Store(folder), args.pictures)
    seeds = range(args.first, args.first + args.seeds)
    records = list(trial.records(seeds, args.records))
    lines = section(records)
    if set(args.pictures) == set(PICTURES):
        write_part(args.out, HEADING, lines, folder)
    else:
        print("\n".join(lines))


if __name__ == "__main__":
    main()
