"""How near a compact network comes to a DeepLabV3 that teaches it, and how much faster it is.

The teacher is trained on phantoms first; the student sees the same phantoms without their truth.
Both have so many minutes: `python Testing/validation/distilling.py --minutes 30`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from EchoMeasureLib.cli.main import main as echomeasure

ENOUGH = "1000000"
"""Steps that no budget of minutes reaches."""


def main() -> int:
    """Draw, train, distil; what agrees is printed by the last command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", default="30", help="for teacher and student each")
    parser.add_argument("--count", default="120", help="phantoms")
    parser.add_argument("-m", "--measurement", default="lvid")
    parser.add_argument("--work", type=Path, help="folder to keep (default: one that goes again)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = args.work or Path(name)
        phantoms, teacher = work / "phantoms", work / "teachers" / f"{args.measurement}.ckpt"
        data = ["--phantoms", str(phantoms), "--precision", "bfloat16", "-m", args.measurement]
        budget = ["--minutes", args.minutes, "--steps", ENOUGH]
        large = ["--architecture", "echonet", "--batch", "2", "--out", str(teacher)]
        small = ["--teacher", str(teacher.parent), "--out", str(work / "student.ckpt")]
        words = ["-m", args.measurement, "--count", args.count, "--layout", "480x640"]
        return (
            echomeasure(["phantom", str(phantoms), *words])
            or echomeasure(["train", *data, *budget, *large])
            or echomeasure(["train", *data, *budget, *small])
        )


if __name__ == "__main__":
    sys.exit(main())
