"""`make bench-compare REV=...`: an older revision beside the present one, in turn, on this machine.

Each has a process of its own, which repeats a piece of work when it is told to. What the pieces are
is said once, in words that both revisions know. Medians of wall and processor time and the ratio of
each pair are printed; a machine with other work on it shows in the range.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]

IMAGE = ("ivs", "lvid", "lvpw", "aorta", "aortic_root", "la")
PIECES = {
    "frame": "one 768x1024 frame, six measurements, compact network",
    "cine": "twelve such frames in one call, a frame",
    "strip": "one 768x1024 strip, compact network",
}


class Spent(NamedTuple):
    """Seconds of one piece of work."""

    wall: float
    processor: float


class Revision:
    """A checkout with a process that does the work."""

    def __init__(self, folder: Path, data: Path, engine: str) -> None:
        known = {"PYTHONPATH": str(folder), "ECHOMEASURE_DATA": str(data)}
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--work", engine],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **known},
            text=True,
        )

    def run(self, piece: str) -> Spent:
        """Do a piece of work once."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(piece, file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"The process of a revision ended: {self._process.wait()}")
        return Spent(*map(float, answer.split()))

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def work(engine: str) -> None:
    """Answer requests on standard input, in whatever revision this process runs."""
    from EchoMeasureLib.imaging.reading import read
    from EchoMeasureLib.inference.predicting import Predictor
    from EchoMeasureLib.inference.settings import Settings
    from EchoMeasureLib.inference.weight_store import Store, package_folder
    from EchoMeasureLib.phantoms.generate import generate, write

    settings = Settings() if engine == "auto" else Settings(engine=engine)
    predictors = {name: Predictor(Store(package_folder()), settings) for name in PIECES}
    with tempfile.TemporaryDirectory() as name:
        cines = {}
        for piece, view, count in (
            ("frame", "plax", 1),
            ("cine", "plax", 12),
            ("strip", "avvmax", 1),
        ):
            for seed in (31, 32):
                folder = Path(name) / f"{piece}-{seed}"
                folder.mkdir()
                cine = read(write(generate(view, "768x1024", seed, count), folder)[0])
                for frame in range(cine.frame_count):
                    cine.frame(frame)
                cines.setdefault(piece, []).append(cine)
        for line in sys.stdin:
            piece = line.strip()
            # Two images in turn: what was found in an open one may be known.
            cine = cines[piece][0]
            cines[piece].reverse()
            asked = ["avvmax"] if piece == "strip" else IMAGE
            start, spent = time.perf_counter(), time.process_time()
            list(predictors[piece].predict(cine, asked, range(cine.frame_count)))
            wall, processor = time.perf_counter() - start, time.process_time() - spent
            print(wall / cine.frame_count, processor / cine.frame_count, flush=True)


def compare(revision: str, rounds: int, engine: str) -> None:
    """Print every piece of work of both revisions."""
    with tempfile.TemporaryDirectory() as name:
        older = Path(name) / "older"
        subprocess.run(
            ["git", "worktree", "add", "--quiet", "--detach", str(older), revision],
            cwd=ROOT,
            check=True,
        )
        try:
            both = [
                Revision(older, Path(name) / "older-data", "auto"),
                Revision(ROOT, Path(name) / "data", engine),
            ]
            print(f"{revision} beside the present revision, {rounds} rounds, milliseconds")
            for piece, words in PIECES.items():
                _print(words, [[one.run(piece) for one in both] for _ in range(rounds + 3)][3:])
            for one in both:
                one.close()
        finally:
            subprocess.run(
                ["git", "worktree", "remove", "--force", str(older)], cwd=ROOT, check=True
            )


def _print(words: str, spent: list[list[Spent]]) -> None:
    print(words)
    for kind in Spent._fields:
        older, newer = ([1000 * getattr(pair[n], kind) for pair in spent] for n in (0, 1))
        ratios = sorted(a / b for a, b in zip(older, newer, strict=True))
        print(
            f"  {kind:<10} {statistics.median(older):8.1f} {statistics.median(newer):8.1f}   "
            f"{statistics.median(ratios):5.2f}x ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        )


def main() -> None:
    """Compare, or do the work of one revision."""
    if sys.argv[1:2] == ["--work"]:
        work(sys.argv[2])
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revision")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--engine", default="auto", help="of the present revision")
    args = parser.parse_args()
    compare(args.revision, args.rounds, args.engine)


if __name__ == "__main__":
    main()
