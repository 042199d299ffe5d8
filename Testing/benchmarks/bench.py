"""`make bench`: how fast it is here, beside the published way, written to Docs/performance.md.

The published way: DeepLabV3-ResNet50 in eager float32, one frame at a time, heat maps brought to
640 x 480 and decoded there. The page is written again after each section, the most telling first;
`--only SECTION` measures one and leaves the others as they stand on the page. `--quick` tries that
everything runs and says nothing of speed. With `--weights DIR --file FILE -m ID` only number
formats are compared, on any network and file. `--networks FOLDER` takes networks that were trained,
one checkpoint for each measurement, in place of those that are made here; with `--data FOLDER`
what is converted and quantised stays there, and what lies there is not made again.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

import bench_page

ROOT = Path(__file__).resolve().parents[2]
# Pieces of work in processes of their own find the library as this one does.
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])

from bench_costs import caliper, growth, nine, nine_int8, starts  # noqa: E402
from bench_engines import compare_formats, engines, gate  # noqa: E402
from bench_networks import about_given  # noqa: E402
from bench_scale import FULL, NINE, QUICK, Bench, Scale  # noqa: E402
from bench_screen import long, scene  # noqa: E402

from EchoMeasureLib.errors import WeightsProblem  # noqa: E402

SECTIONS: Mapping[str, Callable[[Bench], str]] = {
    work.__name__: work
    for work in (engines, caliper, starts, nine, nine_int8, gate, growth, scene, long)
}
"""In the order of the page."""
IN_INT8 = ("nine_int8", "gate")
"""What these keep would make the others quicker."""


def measure(
    page: Path | None,
    names: list[str],
    scale: Scale,
    networks: Path | None = None,
    data: Path | None = None,
) -> list[str]:
    """Measure these sections, print each and write it to the page; returns those that failed."""
    failed = []
    with tempfile.TemporaryDirectory() as name:
        for section in names:
            folder = (data or Path(name)) / f"data-{section in IN_INT8}"
            os.environ["ECHOMEASURE_DATA"] = str(folder)
            load, start = os.getloadavg()[0], time.perf_counter()
            try:
                text = SECTIONS[section](Bench(Path(name), scale, networks))
            except Exception:  # noqa: BLE001 - the other sections are worth having
                traceback.print_exc()
                failed.append(section)
                continue
            text += "\n\n" + bench_page.foot(load, time.perf_counter() - start)
            print(f"\n{text}", flush=True)
            if page is not None:
                before = page.read_text(encoding="utf-8") if page.exists() else ""
                whole = bench_page.with_section(before, [*SECTIONS], section, text)
                page.write_text(whole, encoding="utf-8")
    return failed


def main() -> None:
    """Run everything, print it and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", type=Path, help="where to write it, such as Docs/performance.md")
    parser.add_argument("--only", choices=SECTIONS, action="append", help="may be given repeatedly")
    parser.add_argument("--quick", action="store_true", help="as little of everything as runs")
    parser.add_argument("--networks", type=Path, help="folder with trained ones, EchoNet's format")
    parser.add_argument("--data", type=Path, help="folder to keep what is made of them")
    parser.add_argument("--weights", help="compare number formats with these weights, no timing")
    parser.add_argument("--file", help="on this file")
    parser.add_argument("--frames", type=int, default=4, help="and so many of its frames")
    parser.add_argument("-m", "--measurement", default="lvid", help="and this measurement")
    args = parser.parse_args()
    if args.weights:
        compare_formats(args.weights, args.file, args.measurement, args.frames)
        return
    scale = QUICK if args.quick else FULL
    networks = args.networks and args.networks.resolve()
    try:
        if networks is not None:
            about_given(networks, NINE[: scale.networks])
    except WeightsProblem as problem:
        sys.exit(str(problem))
    data = args.data and args.data.resolve()
    failed = measure(args.page, args.only or [*SECTIONS], scale, networks, data)
    if failed:
        sys.exit(f"Not measured: {', '.join(failed)}")


if __name__ == "__main__":
    main()
