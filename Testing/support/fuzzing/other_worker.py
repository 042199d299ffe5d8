"""The child for what is no image: review documents, weights, and the command's surroundings.

Reads lines "name number" and answers each with one line of JSON, as `worker` does.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from document_mutants import mutant
from measurements_trial import sound_measurements, sound_strip, try_measurements
from review_trial import sound_document, try_document

from fuzzing.answering import answers_only, costed, public, say
from fuzzing.command_trial import try_command
from fuzzing.trial import describe
from fuzzing.weights_trial import try_archive, try_checkpoint, watch

_REVIEW = sound_document()
_MEASUREMENTS = (sound_measurements(), sound_strip())


def try_review(number: int, folder: Path) -> str:
    """Read, go on with and save again the review document of this number."""
    folder.mkdir(exist_ok=True)
    (folder / "review.json").write_bytes(mutant(_REVIEW, number))
    return try_document(folder / "review.json")


def try_exported(number: int, folder: Path) -> str:
    """Read and write again the measurements of this number, of a cine or of a strip."""
    folder.mkdir(exist_ok=True)
    (folder / "measurements.json").write_bytes(mutant(_MEASUREMENTS[number % 2], number))
    return try_measurements(folder / "measurements.json")


TRIALS: Mapping[str, Callable[[int, Path], str]] = {
    "review": try_review,
    "measurements": try_exported,
    "checkpoint": try_checkpoint,
    "archive": try_archive,
    "command": try_command,
}


def main() -> None:
    """Answer until there are no more lines."""
    answers = answers_only()
    watch()
    with tempfile.TemporaryDirectory() as place, tempfile.TemporaryFile() as written:
        os.dup2(written.fileno(), 1)
        os.dup2(written.fileno(), 2)
        for line in sys.stdin:
            name, number = line.split()
            trial = partial(_record, name, int(number), Path(place) / name)
            say(answers, {"name": name, "number": int(number), **public(costed(trial, written))})


def _record(name: str, number: int, folder: Path) -> dict[str, Any]:
    try:
        return {"outcome": TRIALS[name](number, folder)}
    except BaseException as error:  # noqa: BLE001 - whatever comes is the finding
        return {"failure": describe(error)}


if __name__ == "__main__":
    main()
