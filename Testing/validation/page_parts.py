"""The parts of Docs/validation.md, each of which is written by a study of its own."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "Testing" / "support")]


def add_out(parser: argparse.ArgumentParser) -> None:
    """Add which page is written."""
    parser.add_argument("--out", type=Path, default=ROOT / "Docs" / "validation.md")


def write_part(out: Path, heading: str, lines: Sequence[str], weights: Path | None = None) -> None:
    """Put a part into a page, in the place of what it was, and print it.

    With the folder of the networks it is of, it ends with what they are.
    """
    of_networks = [networks_line(weights), ""] if weights is not None else []
    page = out.read_text(encoding="utf-8") if out.is_file() else ""
    out.write_text(replaced(page, heading, [*lines, *of_networks]), encoding="utf-8")
    print("\n".join([*lines, *of_networks]))


def networks_line(folder: Path) -> str:
    """Which networks a part is of."""
    hashes = (
        f"`{path.name}` {hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"
        for path in sorted(folder.glob("*.ckpt"))
    )
    return f"Networks of this part: {', '.join(hashes)}."


def replaced(page: str, heading: str, lines: Sequence[str]) -> str:
    """A page with one of its parts (from this heading to the next) replaced, or added at its end.

    Parts of deeper headings belong to it.
    """
    before, found, after = page.partition(f"{heading}\n")
    if not found:
        return page.rstrip("\n") + "\n\n" + "\n".join(lines).rstrip("\n") + "\n"
    _, next_heading, rest = after.partition("\n## ")
    tail = f"\n## {rest}" if next_heading else ""
    return before + "\n".join(lines).rstrip("\n") + "\n" + tail


def part_of(page: str, heading: str) -> list[str]:
    """The lines of one part of a page, from its heading to the next; none where it is not there."""
    _, found, after = page.partition(f"{heading}\n")
    own = after.partition("\n## ")[0].rstrip("\n")
    return [heading, *own.split("\n")] if found else []
