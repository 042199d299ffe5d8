"""`make validate`: the shipped phantom weights against phantoms that training never saw.

Writes Docs/validation.md part by part, each as soon as it is there, so that a run that is stopped
keeps what it has; `--only lengths strips` writes these parts alone. Every part has its own file in
this folder as well, whose command takes how much is measured. What `distilling` wrote is kept.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import accuracy
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
from page_parts import add_out, write_part

from EchoMeasureLib import __version__
from EchoMeasureLib.inference.weight_store import Store, package_folder

HEAD = f"""# Accuracy of the shipped phantom weights, on phantoms

Written part by part by `make validate` (Testing/validation/validate.py, EchoMeasure {__version__});
do not edit by hand. Under each part that asks networks it says which they were.

**These are errors on synthetic images of the same generator that training used, from other seeds.
They say that the way from file to number is right; they say nothing about patients.**
"""


class Studies:
    """The parts of the page, at a size that `seeds` sets."""

    def __init__(self, seeds: int, weights: Path, out: Path) -> None:
        self.seeds, self.weights, self.out = seeds, weights, out
        self.store = Store(weights)
        self.parts: Mapping[str, Callable[[], None]] = {
            **{name: partial(self._accuracy, name) for name in accuracy.HEADINGS},
            "curves": self._curves,
            **{f"beats-{name}": partial(self._beats, name) for name in drawn_beats.HEADINGS},
            "degradation": self._degradation,
            "views": self._views,
            "edges": self._edges,
            "beside": self._beside,
            "envelope": self._envelope,
            "tracings": self._tracings,
            "annulus": self._annulus,
            "fewer": self._fewer,
        }

    def _write(self, heading: str, lines: list[str], networks: bool = True) -> None:
        write_part(self.out, heading, lines, self.weights if networks else None)

    def _accuracy(self, part: str) -> None:
        lines = accuracy.section(part, self.seeds, self.store)
        self._write(accuracy.HEADINGS[part], lines)

    def _curves(self) -> None:
        self._write(curve_beats.HEADING, curve_beats.section(), networks=False)

    def _beats(self, part: str) -> None:
        drawn = drawn_beats.Drawn(max(1, self.seeds // 2), self.store)
        self._write(drawn_beats.HEADINGS[part], drawn_beats.section(part, drawn))

    def _degradation(self) -> None:
        """With the reliability diagram, which is of the same values."""
        first = degradation.FIRST_SEED
        seeds = range(first, first + 3 * self.seeds)
        records = list(degradation.Trial(self.store).records(seeds))
        self._write(degradation.HEADING, degradation.section(records))
        lines = reliability.section(records, self.out.parent / "pictures")
        self._write(reliability.HEADING, lines)

    def _views(self) -> None:
        requests = wrong_views.Requests(self.store)
        requests.ask(2 * self.seeds)
        self._write(wrong_views.HEADING, wrong_views.section(requests))

    def _edges(self) -> None:
        self._write(strip_sets.HEADING, strip_sets.section(50 * self.seeds, self.store, print))

    def _beside(self) -> None:
        sizes = 5 * self.seeds, self.seeds, self.seeds, 2
        self._write(frames_beside.HEADING, frames_beside.section(*sizes, self.store))

    def _envelope(self) -> None:
        self._write(envelope.HEADING, envelope.section(21 * self.seeds), networks=False)

    def _tracings(self) -> None:
        self._write(traced_waves.HEADING, traced_waves.section(3 * self.seeds), networks=False)

    def _annulus(self) -> None:
        self._write(annulus_lines.HEADING, annulus_lines.section(6 * self.seeds), networks=False)

    def _fewer(self) -> None:
        lines = fewer_frames.section(25 * self.seeds, 2 * self.seeds, self.store)
        self._write(fewer_frames.HEADING, lines)


def main() -> None:
    """Measure and write the page, or parts of it."""
    folder = package_folder()
    names = list(Studies(1, folder, Path()).parts)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=8, help="studies per layout (default 8)")
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="only these parts")
    parser.add_argument("--weights", type=Path, default=folder, help="folder (default: shipped)")
    add_out(parser)
    args = parser.parse_args()
    _write_head(args.out)
    studies = Studies(args.seeds, args.weights, args.out)
    for name in args.only:
        began = time.process_time()
        studies.parts[name]()
        print(f"{name}: {time.process_time() - began:.0f} s of processor\n", flush=True)
    print(f"Written: {args.out}")


def _write_head(out: Path) -> None:
    """What stands before the first part."""
    old = out.read_text(encoding="utf-8") if out.is_file() else ""
    _, found, parts = old.partition("\n## ")
    out.write_text(HEAD + (f"\n## {parts}" if found else ""), encoding="utf-8")


if __name__ == "__main__":
    main()
