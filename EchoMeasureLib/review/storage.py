"""Keeping a document whole: written beside and renamed, and by one writer at a time."""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from EchoMeasureLib.errors import OutputProblem
from EchoMeasureLib.files import write_errors

PATIENCE_S = 5.0
"""How long a writer waits for another one."""
STALE_S = 30.0
"""A lock older than this was left behind: writing takes well under a second."""
POLL_S = 0.05


@contextmanager
def locked(path: Path, patience_s: float = PATIENCE_S) -> Iterator[Callable[[], None]]:
    """Hold the lock file beside `path`; yields a check that it is still held.

    Raises `OutputProblem` when another writer keeps it longer than `patience_s`.
    """
    lock = path.with_name(f".{path.name}.lock")
    token = f"{socket.gethostname()} {os.getpid()} {uuid.uuid4().hex}"
    with write_errors(path):
        _acquire(lock, token, patience_s)

    def check() -> None:
        if _holder(lock) != token:
            raise OutputProblem(
                f"{path} was not written: another program took over its lock.", "Save again."
            )

    try:
        yield check
    finally:
        if _holder(lock) == token:
            lock.unlink(missing_ok=True)


def write_whole(path: Path, text: str, check: Callable[[], None]) -> None:
    """Write UTF-8 text beside `path`, force it to the disk, and rename it onto `path`.

    `check` is called just before the rename and may raise to prevent it.
    """
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with write_errors(path):
            with beside.open("w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            check()
            beside.replace(path)
            _sync_folder(path.parent)
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _acquire(lock: Path, token: str, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while True:
        try:
            handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            _drop_if_stale(lock)
        except PermissionError:
            # Windows says so while a lock is just being removed.
            if not lock.exists():
                raise
        else:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(token)
            return
        if time.monotonic() >= deadline:
            raise OutputProblem(
                f"Another program is writing beside {lock} ({_holder(lock) or 'unknown'}).",
                f"Try again; a lock older than {STALE_S:.0f} s is passed over.",
            )
        time.sleep(POLL_S)


def _drop_if_stale(lock: Path) -> None:
    with suppress(FileNotFoundError):
        if time.time() - lock.stat().st_mtime > STALE_S:
            lock.unlink()


def _holder(lock: Path) -> str:
    try:
        return lock.read_text(encoding="utf-8")
    except OSError:
        return ""


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where the system can (not on Windows)."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
