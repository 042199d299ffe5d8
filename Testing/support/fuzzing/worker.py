"""The child: makes the mutants it is told, tries each, and says what came of it.

Reads lines "name number" and answers each with one line of JSON. Whatever else is
written to its streams was written by a library, which is a failure too.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from fuzzing.answering import answers_only, costed, public, say
from fuzzing.mutations import mutant
from fuzzing.seeds import all_seeds
from fuzzing.trial import compare, outcome_record


def main() -> None:
    """Answer until there are no more lines."""
    answers = answers_only()
    seeds = all_seeds()
    sound: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as written:
        os.dup2(written.fileno(), 1)
        os.dup2(written.fileno(), 2)
        path = Path(folder) / "mutant"
        for name, seed in seeds.items():
            path.write_bytes(seed.data)
            sound[name] = outcome_record(path)
            say(answers, {"name": name, "number": 0, **public(sound[name])})
        gc.freeze()  # each trial is followed by a search of what it left open
        for line in sys.stdin:
            name, number = line.split()
            data = mutant(seeds, name, int(number))
            path.write_bytes(data)
            record = costed(lambda: outcome_record(path), written)
            start = seeds[name].header
            same_stream = start is not None and data[start:] == seeds[name].data[start:]
            if same_stream and "failure" not in record:
                told = record["notes"] != sound[name]["notes"]
                different = compare(sound[name]["_frames"], record["_frames"])
                if different and not told:
                    record["failure"] = different
            say(answers, {"name": name, "number": int(number), **public(record)})


if __name__ == "__main__":
    main()
