"""A folder that one process at a time works in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from EchoMeasureLib.errors import OutputProblem
from EchoMeasureLib.files import make_folder, write_errors
from EchoMeasureLib.staging import take_lock


class FolderInUse(OutputProblem):
    """Another process has the lock of a folder."""


@contextmanager
def only_one(folder: Path, name: str, does: str) -> Iterator[None]:
    """Inside, no other process has this lock of the folder, which is made when missing.

    `name` is that of the locked file, which stays; `does` is what the other one does, such as
    "measures into". The system drops the lock with the process, however that ends. Where a disk
    has no locks nobody is kept out. Raises `FolderInUse` where another process has it, and
    `OutputProblem` where the lock cannot be made.
    """
    path = make_folder(folder) / name
    with write_errors(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not take_lock(handle, unknown=True):
            raise FolderInUse(
                f"Another process {does} {folder}.", "Stop it, or name another folder."
            )
        yield
    finally:
        os.close(handle)
