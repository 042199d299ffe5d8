"""What a confidence is worth: how many landmarks of each are right, on degraded phantoms.

    python Testing/validation/degradation.py --records build/records.txt
    python Testing/validation/reliability.py --records build/records.txt

writes its part of Docs/validation.md and the diagram Docs/pictures/reliability.png.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from degradation import Record, read_records
from page_parts import add_out, write_part

from EchoMeasureLib.geometry import NOTHING
from EchoMeasureLib.measuring.unsure_points import LOW_OF_PACKAGE

HEADING = "## What a confidence is worth"
EDGES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
LIMITS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
KINDS = {"2-D": False, "strips": True}
"""Whether its values are on a strip."""


def section(records: Sequence[Record], pictures: Path) -> list[str]:
    """The part of the page, a list of lines; draws the diagram into `pictures`.

    A value's confidence is that of its least certain landmark. Values without a number because
    of it are judged by nothing, so they count only among those that are withheld.
    """
    draw(records, pictures / "reliability.png")
    return [
        HEADING,
        "",
        "The same pictures. A number is right within 3 mm or 5 %; its confidence is the peak "
        f"probability of its least certain landmark. Under {NOTHING:g} there is no number; under "
        f"{LOW_OF_PACKAGE['PLAX']:g} (2-D) and {LOW_OF_PACKAGE['strip']:g} (strips) it is flagged.",
        "",
        "![Share of right numbers by confidence](pictures/reliability.png)",
        "",
        "| confidence | 2-D: numbers | right | strips: numbers | right |",
        "|---|---|---|---|---|",
        *(
            f"| {low:g} to {high:g} | "
            + " | ".join(_bin(_of(records, strip), low, high) for strip in KINDS.values())
            + " |"
            for low, high in pairwise(EDGES)
        ),
        "",
        "What a limit on the confidence alone would do: wrong numbers that it leaves, as a share "
        "of all that it leaves, and right ones that it withholds, as a share of all right ones.",
        "",
        "| limit | 2-D: wrong left | right withheld | strips: wrong left | right withheld |",
        "|---|---|---|---|---|",
        *(
            f"| {limit:g} | "
            + " | ".join(_limited(_of(records, strip), limit) for strip in KINDS.values())
            + " |"
            for limit in LIMITS
        ),
        "",
    ]


def draw(records: Sequence[Record], path: Path) -> None:
    """The diagram: share right by confidence, and how many there are of each."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (above, below) = pyplot.subplots(
        2, 1, figsize=(6, 5), sharex=True, height_ratios=(3, 1), layout="constrained"
    )
    above.plot((0, 1), (0, 1), ":", color="0.6", label="as often right as sure")
    for (name, strip), colour in zip(KINDS.items(), ("#1f77b4", "#d95f02"), strict=True):
        rows = _numbers(_of(records, strip))
        middles, shares, counts = [], [], []
        for low, high in pairwise(EDGES):
            inside = [r for r in rows if low <= r.confidence < high or high == r.confidence == 1]
            counts.append(len(inside))
            if len(inside) >= 5:
                middles.append((low + high) / 2)
                shares.append(sum(not r.wrong for r in inside) / len(inside))
        above.plot(middles, shares, "o-", color=colour, label=name)
        below.step((*EDGES[:-1], 1.0), (*counts, 0), where="post", color=colour)
    limits = ("2-D", LOW_OF_PACKAGE["PLAX"], 0.03), ("strips", LOW_OF_PACKAGE["strip"], 0.1)
    for name, limit, height in limits:
        above.axvline(limit, color="0.4", lw=1)
        above.annotate(f"{name}: low", (limit - 0.01, height), fontsize=8, ha="right")
    above.set(ylabel="right (3 mm, 5 %)", ylim=(0, 1.02), xlim=(0, 1))
    above.legend(loc="lower right", fontsize=8)
    below.set(ylabel="numbers", xlabel="peak probability of the least certain landmark")
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    pyplot.close(figure)


def _of(records: Sequence[Record], strip: bool) -> list[Record]:
    return [r for r in records if r.on_strip is strip]


def _numbers(records: Sequence[Record]) -> list[Record]:
    return [r for r in records if r.found is not None]


def _bin(records: Sequence[Record], low: float, high: float) -> str:
    inside = [r for r in records if low <= r.confidence < high or high == r.confidence == 1]
    numbers = _numbers(inside)
    if not numbers:
        return f"none of {len(inside)} | -"
    return f"{len(numbers)} | {100 * sum(not r.wrong for r in numbers) / len(numbers):.1f} %"


def _limited(records: Sequence[Record], limit: float) -> str:
    numbers = _numbers(records)
    right = [r for r in numbers if not r.wrong]
    left = [r for r in numbers if r.confidence >= limit]
    wrong = sum(r.wrong for r in left)
    lost = sum(r.confidence < limit for r in right)
    return (
        f"{100 * wrong / max(1, len(left)):.2f} % ({wrong} of {len(left)}) | "
        f"{100 * lost / max(1, len(right)):.1f} %"
    )


def main() -> None:
    """Write this part of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--records", type=Path, required=True, help="as `degradation.py` keeps them"
    )
    add_out(parser)
    args = parser.parse_args()
    records = [record for found in read_records(args.records).values() for record in found]
    lines = section(records, args.out.parent / "pictures")
    write_part(args.out, HEADING, lines)


if __name__ == "__main__":
    main()
