"""Which file a chunk is at, on disk: who dies of a file is not sent to die of it for ever."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import suppress
from pathlib import Path

from EchoMeasureLib.errors import OutputProblem
from EchoMeasureLib.files import write_errors

MOST_DEATHS = 3
"""Processes that may end while a file is measured; after them it counts as the cause."""

POISON = (
    f"The process ended {MOST_DEATHS} times while it was measured: it crashes a decoder, or needs "
    "more memory than there is."
)


class Journal:
    """Written before and after each file. Of one chunk, and of one process at a time."""

    def __init__(self, folder: Path, chunk: str) -> None:
        """Raises `OutputProblem` where the folder cannot be made."""
        with write_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{chunk}.txt"
        self.begun = self._read()

    def deaths(self, file: str) -> int:
        """How many processes in a row have ended while they were at this file, by its id."""
        return self.begun[file]

    def begin(self, file: str) -> None:
        """Before a file. Raises `OutputProblem`."""
        self._append("+", file)

    def end(self, file: str) -> None:
        """After it, however it ended. Raises `OutputProblem`."""
        self._append("-", file)

    def remove(self) -> None:
        """The chunk is done."""
        with suppress(OSError):
            self._path.unlink()

    def _append(self, sign: str, file: str) -> None:
        with write_errors(self._path):
            # One write: a line is whole or the last one.
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(handle, f"{sign}{file}\n".encode("ascii"))
            finally:
                os.close(handle)

    def _read(self) -> Counter[str]:
        """How often each file was begun, and not ended since."""
        found: Counter[str] = Counter()
        try:
            lines = self._path.read_text(encoding="ascii", errors="replace").splitlines()
        except OSError as error:
            if isinstance(error, FileNotFoundError):
                return found
            raise OutputProblem(
                f"{self._path} cannot be read ({error.strerror or error}).", "Remove it."
            ) from error
        for line in lines:
            if line.startswith("+"):
                found[line[1:]] += 1
            elif line.startswith("-"):
                del found[line[1:]]
        return found


def let_off(folder: Path) -> None:
    """Who was at a file has ended with all the others, and not of that file.

    For a run that stops, after its last process. What cannot be written down counts as before.
    """
    for path in folder.glob("*.txt"):
        with suppress(OutputProblem):
            journal = Journal(folder, path.stem)
            for file in journal.begun:
                journal.end(file)
