"""The child: makes the mutants it is told, tries each, and says what came of it.

Reads lines "name number" and answers each with one line of JSON. Whatever else is
written to its streams was written by a library, which is a failure too.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any, TextIO

from fuzzing.mutations import mutant
from fuzzing.seeds import all_seeds
from fuzzing.trial import compare, outcome_record

MEMORY_CEILING = 8 << 30
"""Address space of the child, so that nothing takes the machine's memory."""

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def main() -> None:
    """Answer until there are no more lines."""
    answers = os.fdopen(os.dup(1), "w")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_CEILING, MEMORY_CEILING))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("error")
    seeds = all_seeds()
    sound: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as written:
        os.dup2(written.fileno(), 1)
        os.dup2(written.fileno(), 2)
        path = Path(folder) / "mutant"
        for name, seed in seeds.items():
            path.write_bytes(seed.data)
            sound[name] = outcome_record(path)
            _say(answers, {"name": name, "number": 0, **_public(sound[name])})
        for line in sys.stdin:
            name, number = line.split()
            data = mutant(seeds, name, int(number))
            path.write_bytes(data)
            written.seek(0)
            written.truncate()
            memory, began = _reset_peak(), time.process_time()
            record = outcome_record(path)
            record["cpu_s"] = round(time.process_time() - began, 3)
            record["mb"] = max(0, (_peak() - memory) // 1024)
            gc.collect()  # what was left open is complained of now
            sys.stdout.flush()
            if written.seek(0, os.SEEK_END):
                written.seek(0)
                lines = written.read(300).decode("latin-1")
                record.setdefault("failure", f"a library wrote: {lines!r}")
            start = seeds[name].header
            same_stream = start is not None and data[start:] == seeds[name].data[start:]
            if same_stream and "failure" not in record:
                told = record["notes"] != sound[name]["notes"]
                different = compare(sound[name]["_frames"], record["_frames"])
                if different and not told:
                    record["failure"] = different
            _say(answers, {"name": name, "number": int(number), **_public(record)})


def _public(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if not key.startswith("_")}


def _say(answers: TextIO, record: dict[str, Any]) -> None:
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


if __name__ == "__main__":
    main()
