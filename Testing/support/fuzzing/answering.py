"""What every child of a fuzz run does: keep to its limits, count the cost, answer in JSON."""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, TextIO

MEMORY_CEILING = 8 << 30
"""Address space of the child, so that nothing takes the machine's memory."""

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def answers_only() -> TextIO:
    """The stream for answers. Warnings are errors from now on, and memory has an end."""
    answers = os.fdopen(os.dup(1), "w")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_CEILING, MEMORY_CEILING))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("error")
    return answers


def costed(trial: Callable[[], dict[str, Any]], written: IO[bytes]) -> dict[str, Any]:
    """The record of a trial with its cost; what a library has `written` meanwhile is a failure."""
    written.seek(0)
    written.truncate()
    memory, began = _reset_peak(), time.process_time()
    record = trial()
    record["cpu_s"] = round(time.process_time() - began, 3)
    record["mb"] = max(0, (_peak() - memory) // 1024)
    gc.collect()  # what was left open is complained of now
    sys.stdout.flush()
    if written.seek(0, os.SEEK_END):
        written.seek(0)
        lines = written.read(300).decode("latin-1")
        record.setdefault("failure", f"a library wrote: {lines!r}")
    return record


def public(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if not key.startswith("_")}


def say(answers: TextIO, record: dict[str, Any]) -> None:
    answers.write(json.dumps(record) + "\n")
    answers.flush()


def _reset_peak() -> int:
    """Forget the peak of the cases before; the memory in use now, in KB."""
    if _CLEAR.exists():
        _CLEAR.write_text("5")
    return _peak()


def _peak() -> int:
    """In KB; by the whole life of the process where the system tells no more."""
    if not _CLEAR.exists():
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak // 1024 if sys.platform == "darwin" else peak
    lines = _STATUS.read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1])
