"""Fuzz run: `python Testing/support/fuzz.py --count 2000 --first 1 --out build/fuzz`.

Every seed file in turn, and a review document, measurements, a checkpoint, an archive of
weights and the command's surroundings, get mutants of the numbers `first` and up. What fails
is written to OUT/failures.jsonl with the name and number that make it again (--only
NAME:NUMBER).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from fuzzing.run import OTHERS, Case, outcomes
from fuzzing.seeds import all_seeds


def main(argv: list[str] | None = None) -> int:
    """Run, report and give 1 when something failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="mutants in all")
    parser.add_argument("--first", type=int, default=1, help="number of the first mutant")
    parser.add_argument("--only", default="", help="a seed, or one mutant as NAME:NUMBER")
    parser.add_argument("--out", type=Path, default=Path("build/fuzz"))
    args = parser.parse_args(argv)
    args.out.mkdir(parents=True, exist_ok=True)
    found: Counter[str] = Counter()
    tried = 0
    with (args.out / "failures.jsonl").open("a", encoding="utf-8") as failures:
        for outcome in outcomes(_cases(args.only, args.first, args.count)):
            tried += 1
            kind = outcome.failure or str(outcome.record.get("outcome", "")).split(":")[0]
            found["failed" if outcome.failure else kind] += 1
            if outcome.failure:
                name, number = outcome.case
                record = {"case": f"{name}:{number}", "failure": outcome.failure}
                failures.write(json.dumps(record) + "\n")
                failures.flush()
                print(f"{name}:{number} {outcome.failure}", flush=True)
    print(f"{tried} mutants: " + ", ".join(f"{number} {kind}" for kind, number in found.items()))
    return int(found["failed"] > 0)


def _cases(only: str, first: int, count: int) -> Iterator[Case]:
    name, _, number = only.partition(":")
    if number:
        yield name, int(number)
        return
    names = [name] if name else [*sorted(all_seeds()), *OTHERS]
    for place in range(count):
        yield names[place % len(names)], first + place // len(names)


if __name__ == "__main__":
    sys.exit(main())
