"""The processes that a process has started, as Linux shows them in /proc."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def children(pid: int) -> list[int]:
    """Processes that have come from this one, the youngest last."""
    found: list[int] = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            if parent == pid:
                child = int(path.parent.name)
                found += [child, *children(child)]
    return sorted(found)


def surroundings_at_start(pid: int, word: str) -> dict[str, str] | None:
    """The environment that a process began with; None where its command has not this word.

    What the C library asks for, it has asked for by then. None also where it has ended.
    """
    place = Path(f"/proc/{pid}")
    with suppress(OSError):
        if word.encode() in (place / "cmdline").read_bytes():
            lines = os.fsdecode((place / "environ").read_bytes()).split("\0")
            return dict(line.split("=", 1) for line in lines if "=" in line)
    return None
