"""One writer at a time: the lock file beside a document."""

from __future__ import annotations

import os
import socket
import stat
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from EchoMeasureLib.errors import OutputProblem
from EchoMeasureLib.files import behind_links, write_errors
from EchoMeasureLib.staging import take_lock

PATIENCE_S = 5.0
"""How long a writer waits for another one."""
STALE_S = 30.0
"""A lock that is further from now than this was left behind: writing takes under a second. One of a
process of this machine that has ended is told at once, but on Windows."""
UNSIGNED_S = 2.0
"""The same for one that nobody has signed: its maker was killed, or its disk was full."""
POLL_S = 0.05
MOST_LOCK_BYTES = 1000
"""Of a lock that one of us wrote."""

_CAREFUL = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@contextmanager
def locked(path: Path, patience_s: float = PATIENCE_S) -> Iterator[Callable[[], None]]:
    """Hold the lock file beside `path`; yields a check that it is still held.

    Raises `OutputProblem` when another writer keeps it longer than `patience_s`.
    """
    with write_errors(path):
        place = behind_links(path)
        lock = place.with_name(f".{place.name}.lock")
        token = f"{socket.gethostname()} {os.getpid()} {uuid.uuid4().hex}"
        handle = _acquire(lock, token, patience_s)

    def check() -> None:
        if _holder(lock) != token:
            raise OutputProblem(
                f"{path} was not written: another program took over its lock.", "Save again."
            )

    try:
        yield check
    finally:
        if _holder(lock) == token:
            with suppress(OSError):
                lock.unlink()
        if handle >= 0:
            os.close(handle)


def _acquire(lock: Path, token: str, patience_s: float) -> int:
    """The lock file, made and signed; as `_take` gives it."""
    deadline = time.monotonic() + patience_s
    ahead: float | None = None
    while (handle := _take(lock, token)) is None:
        if ahead is None:
            ahead = _disk_clock(lock.parent) - time.time()
        if _left_behind(lock, time.time() + ahead):
            _drop(lock)
        elif time.monotonic() >= deadline:
            raise OutputProblem(
                f"Another program is writing beside {lock} ({_holder(lock) or 'unknown'}).",
                f"Try again; a lock older than {STALE_S:.0f} s is passed over.",
            )
        else:
            time.sleep(POLL_S)
    return handle


def _take(lock: Path, token: str) -> int | None:
    """Make the lock; None when it is there. A lock that cannot be signed is not kept.

    It stays open, and locked as the system does it, so that others see whether its maker lives;
    on Windows it is closed (-1), as nobody could read or remove it.
    """
    try:
        handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    except FileExistsError:
        return None
    except PermissionError:
        # Windows says so while a lock is just being removed.
        if not os.path.lexists(lock):
            raise
        return None
    try:
        if sys.platform != "win32":
            take_lock(handle)
        os.write(handle, token.encode())
    except BaseException:
        os.close(handle)
        with suppress(OSError):
            lock.unlink()
        raise
    if sys.platform == "win32":
        os.close(handle)
        return -1
    return handle


def _left_behind(lock: Path, now: float) -> bool:
    """Whether the lock's time is far from now, before or after, or its maker has ended."""
    try:
        facts = lock.lstat()
    except FileNotFoundError:
        return False
    signed = stat.S_ISREG(facts.st_mode) and facts.st_size > 0
    return abs(now - facts.st_mtime) > (STALE_S if signed else UNSIGNED_S) or _ended(lock)


def _ended(lock: Path) -> bool:
    """Whether a process of this machine signed the lock and has ended since, however it did."""
    if sys.platform == "win32" or _holder(lock).partition(" ")[0] != socket.gethostname():
        return False
    try:
        handle = os.open(lock, _CAREFUL)
    except OSError:
        return False
    try:
        return take_lock(handle)
    finally:
        os.close(handle)


def _disk_clock(folder: Path) -> float:
    """The time that the disk of this folder gives to new files, else the system's.

    A server in the network has a clock of its own.
    """
    probe = folder / f".{uuid.uuid4().hex}.now"
    try:
        handle = os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError:
        return time.time()
    try:
        return os.fstat(handle).st_mtime
    finally:
        os.close(handle)
        with suppress(OSError):
            probe.unlink()


def _drop(lock: Path) -> None:
    try:
        lock.unlink(missing_ok=True)
    except OSError as error:
        raise OutputProblem(
            f"The lock {lock} was left behind and cannot be removed ({error.strerror or error}).",
            "Remove it, or save elsewhere.",
        ) from error


def _holder(lock: Path) -> str:
    """Who has signed the lock; empty when that cannot be told. Never waits, follows no link."""
    try:
        with os.fdopen(os.open(lock, _CAREFUL), "rb") as file:
            return file.read(MOST_LOCK_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
