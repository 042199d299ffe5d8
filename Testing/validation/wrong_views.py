"""Every measurement asked of every other view and mode, and of its own: who says what.

    python Testing/validation/wrong_views.py --seeds 2

writes its part of Docs/validation.md. The networks that place the landmarks are the shipped ones;
what the view check says is counted apart, because it stands behind anybody's networks alike.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from page_parts import add_out, write_part
from studies import cine_of

from EchoMeasureLib.catalog import NETWORKED
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.inference.predicting import Predictor
from EchoMeasureLib.inference.view_check import (
    MOST_FRAMES,
    SEEN,
    SEEN_ON_STRIP,
    VIEWS,
    ViewCheck,
)
from EchoMeasureLib.inference.weight_store import Store, package_folder
from EchoMeasureLib.measurable import judge
from EchoMeasureLib.measuring.beside import checked
from EchoMeasureLib.measuring.running import beat_by_beat
from EchoMeasureLib.phantoms.bmode import BMODE_MEASUREMENTS, bmode_study
from EchoMeasureLib.phantoms.generate import generate
from EchoMeasureLib.phantoms.layout_parts import Quirk
from EchoMeasureLib.phantoms.layouts import LAYOUTS
from EchoMeasureLib.phantoms.mmode_views import MMODE_VIEWS
from EchoMeasureLib.phantoms.study import PhantomStudy

HEADING = "## Views and modes"
FIRST_SEED = 3000
OTHER_FRAMES = ("a2c", "psax_lv")
"""B-mode views in which nothing of the catalog is measured."""
OTHER_STRIPS = ("aortic_leak", "pulmonary_vein", "empty", *MMODE_VIEWS)
"""Strips likewise."""
LEAST = 0.95


@dataclass(slots=True)
class Count:
    """What became of requests."""

    asked: int = 0
    refused: int = 0
    """By the tags of the file."""
    other_view: int = 0
    """By the view check, among those that were not refused."""
    numbers: int = 0
    """That came without any flag."""

    def add(self, refused: bool, other: bool, number: bool) -> None:
        self.asked += 1
        self.refused += refused
        self.other_view += other
        self.numbers += number

    @property
    def stopped(self) -> float:
        """Share of the requests that gave no number without a flag."""
        return 1 - self.numbers / max(1, self.asked)


class Requests:
    """All requests to all pictures, a quarter of the frames of each cine looked at."""

    def __init__(self, store: Store) -> None:
        self.predictor, self.views = Predictor(store), ViewCheck(store)
        self.wrong: dict[str, Count] = defaultdict(Count)
        self.right: dict[tuple[str, bool], Count] = defaultdict(Count)

    def ask(self, seeds: int) -> None:
        """Ask everything of everything."""
        for shown, lifelike, study in _pictures(seeds):
            cine = cine_of(study)
            frames = [study.frame_count // 3]
            ids = [id for id, row in NETWORKED.items() if judge(cine.regions, row).may_look]
            seen = self.views.look(cine, ids, [*range(0, study.frame_count, 4), *frames])
            numbers = self._numbers(cine, ids, frames)
            for id, row in NETWORKED.items():
                right = _is_right(shown, id)
                if right is None:
                    continue
                count = self.right[id, lifelike] if right else self.wrong[id]
                doubt = id in ids and bool(seen.doubt(row))
                count.add(id not in ids, doubt, numbers.get(id, False) and not doubt)

    def _numbers(self, cine: Cine, ids: list[str], frames: list[int]) -> dict[str, bool]:
        """Whether each gives a number without a flag, apart from the view check."""
        found = self.predictor.predict(cine, ids, frames)
        return {
            prediction.measurement: any(
                value.value is not None and not caliper.flags
                for caliper in checked(cine, beat_by_beat(cine, prediction)[1])
                for value in caliper.values
            )
            for prediction in found
        }


def _pictures(seeds: int) -> Iterator[tuple[str, bool, PhantomStudy]]:
    frames = [*dict.fromkeys(BMODE_MEASUREMENTS.values()), *OTHER_FRAMES]
    strips = [*(id for id, row in NETWORKED.items() if row.on_strip), *OTHER_STRIPS]
    for number in range(seeds):
        print(f"seed {number + 1} of {seeds}", file=sys.stderr, flush=True)
        for place, shown in enumerate((*frames, *strips)):
            for lifelike in (False, True):
                layout = list(LAYOUTS.values())[(number + place) % len(LAYOUTS)]
                layout = layout.with_quirks(Quirk.LIFELIKE) if lifelike else layout
                seed = FIRST_SEED + 50 * number + place
                if shown in frames:
                    yield shown, lifelike, bmode_study(shown, layout, seed, frames=12)
                else:
                    yield shown, lifelike, generate(shown, layout, seed)


def _is_right(shown: str, id: str) -> bool | None:
    """Whether this is measured in a picture of that; None where nobody could tell."""
    if shown in BMODE_MEASUREMENTS.values():
        return BMODE_MEASUREMENTS.get(id) == shown
    if shown == id:
        return True
    alike = any({shown, id} <= set(view.measurements) for view in VIEWS)
    return None if alike else False


def section(requests: Requests) -> list[str]:
    """The part of the page, a list of lines."""
    wrong = requests.wrong
    total = Count()
    for count in wrong.values():
        for name in Count.__slots__:
            setattr(total, name, getattr(total, name) + getattr(count, name))
    return [
        HEADING,
        "",
        "Every measurement asked of phantoms of every other view and mode, among them apical and "
        "short-axis views without any measurement, aortic regurgitation, a pulmonary vein, empty "
        "strips, M-modes of mitral valve, ventricle, aorta and vena cava; half of them lifelike. "
        f"The view check asks the shipped networks about at most {MOST_FRAMES} frames; a view is "
        f"seen where one of its structures reaches a peak probability of {SEEN:g}, on a strip "
        f"{SEEN_ON_STRIP:g}. Not asked, "
        "because no picture tells them apart: the jets (AV, TR, MR) and the two sides of the "
        "mitral annulus. Real images were not among them.",
        "",
        "| asked of other views | requests | refused by the file's tags | flagged `other_view` | "
        "numbers without a flag | stopped |",
        "|---|---|---|---|---|---|",
        *(f"| {id} | {_cells(wrong[id])} |" for id in NETWORKED if id in wrong),
        f"| **all** | {_cells(total)} |",
        "",
        "| asked of its own view | plain: flagged `other_view` | lifelike: flagged `other_view` |",
        "|---|---|---|",
        *(
            f"| {id} | {_alarms(requests.right[id, False])} | {_alarms(requests.right[id, True])} |"
            for id in NETWORKED
        ),
        f"| **all** | {_alarms(_sum(requests, lifelike=False))} | "
        f"{_alarms(_sum(requests, lifelike=True))} |",
        "",
        "| target | measured | reached |",
        "|---|---|---|",
        *_targets(requests, total),
        "",
    ]


def _sum(requests: Requests, lifelike: bool) -> Count:
    of = [count for (_, kind), count in requests.right.items() if kind is lifelike]
    return Count(sum(count.asked for count in of), 0, sum(count.other_view for count in of))


def _targets(requests: Requests, total: Count) -> Iterator[str]:
    def row(target: str, measured: str, reached: bool) -> str:
        return f"| {target} | {measured} | {'yes' if reached else 'NO'} |"

    least = min(requests.wrong.values(), key=lambda count: count.stopped)
    yield row(
        f"requests of another view refused or flagged >= {100 * LEAST:g} %, each measurement",
        f"{100 * least.stopped:.1f} % at least",
        least.stopped >= LEAST,
    )
    seen = [(c.refused + c.other_view) / c.asked for c in requests.wrong.values() if c.asked]
    yield row(
        f"the same by tags and view check alone, whoever measures >= {100 * LEAST:g} %",
        f"{100 * min(seen):.1f} % at least",
        min(seen) >= LEAST,
    )
    yield row("numbers without a flag from another view: 0", str(total.numbers), not total.numbers)
    for lifelike, word in ((False, "plain"), (True, "lifelike")):
        count = _sum(requests, lifelike)
        share = count.other_view / max(1, count.asked)
        yield row(f"right views flagged, {word}: < 2 %", f"{100 * share:.1f} %", share < 0.02)


def _cells(count: Count) -> str:
    looked = count.asked - count.refused
    return (
        f"{count.asked} | {count.refused} | {count.other_view} of {looked} | "
        f"{count.numbers} | {100 * count.stopped:.1f} %"
    )


def _alarms(count: Count) -> str:
    return f"{count.other_view} of {count.asked}" if count.asked else "-"


def main() -> None:
    """Ask, and write this part of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=12, help="of each picture (default 12)")
    parser.add_argument("--weights", type=Path, help="folder of the weights (default: shipped)")
    add_out(parser)
    args = parser.parse_args()
    folder = args.weights or package_folder()
    requests = Requests(Store(folder))
    requests.ask(args.seeds)
    lines = section(requests)
    write_part(args.out, HEADING, lines, folder)


if __name__ == "__main__":
    main()
