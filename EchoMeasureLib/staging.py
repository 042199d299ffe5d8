"""Unfinished work on disk: where it lies, and how what a killed run left is known again.

Everything that this program writes is made in a folder `.part-...` beside its place and takes
its place by a rename. Nobody can guess the folder's name, and nobody else may enter it. Its
writer keeps a file in it locked; the system drops the lock with the process, however that ends.
So a folder that anybody can lock was left behind, and the next writer settles and removes it.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = ".part-"
HELD = ".echomeasure"
"""The file in such a folder that its writer keeps locked."""
NEW, BEFORE, TAKEN = "new", "before", "taken"
"""What is being written; what it takes the place of, while that can still go back; the same
from the moment on from which the new files go in whatever happens."""
STAGE_NAMES = (HELD, NEW, BEFORE, TAKEN)
"""What lies in such a folder beside the files themselves."""
NO_LOCKS = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP)
"""What a disk says that has no locks."""
EMPTY_S = 60.0
"""An empty folder older than this was left behind; a younger one may be about to be used."""


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """A folder inside `folder` for unfinished work. It is gone at the end.

    Raises `OSError` when `folder` cannot be written to.
    """
    stage = folder / f"{PREFIX}{secrets.token_hex(8)}"
    # On Windows a private mode would be inherited by the files and stay with them.
    stage.mkdir(0o777 if sys.platform == "win32" else 0o700)
    held = os.open(stage / HELD, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    take_lock(held)
    try:
        yield stage
    finally:
        _settle(stage)
        os.close(held)
        _remove(stage)


def remove_leftovers(folder: Path) -> None:
    """Settle and remove what killed runs left in `folder`; what is being written stays."""
    with suppress(OSError), os.scandir(folder) as items:
        found = [item for item in items if item.name.startswith(PREFIX) and not item.is_symlink()]
        for stage in [Path(item.path) for item in found]:
            with suppress(OSError):
                _remove_leftover(stage)


def exchange(old: Path, new: Path, stage: Path) -> None:
    """Put the folder `new` in the place of `old`, which may not exist. Both or neither move.

    `stage` lies beside `old`.
    """
    if os.path.lexists(old):
        before = stage / BEFORE
        before.mkdir()
        old.rename(before / old.name)
    new.rename(old)


def exchange_contents(folder: Path, new: Path, stage: Path) -> None:
    """Put what is in `new` in the place of everything in `folder`, where `stage` lies."""
    before = stage / BEFORE
    before.mkdir()
    for item in [item for item in folder.iterdir() if not item.name.startswith(PREFIX)]:
        item.rename(before / item.name)
    before.rename(stage / TAKEN)
    for item in list(new.iterdir()):
        item.rename(folder / item.name)


def _settle(stage: Path) -> None:
    """Finish an exchange that was broken off, or take it back; then empty the folder."""
    begun = stage / (NEW if (stage / TAKEN).exists() else BEFORE)
    with suppress(OSError):
        for item in list(begun.iterdir()):
            if not os.path.lexists(stage.parent / item.name):
                item.rename(stage.parent / item.name)
    with suppress(OSError):
        for item in [item for item in stage.iterdir() if item.name != HELD]:
            if item.is_dir() and not item.is_symlink():
                shutil.rmtree(item, ignore_errors=True)
            else:
                item.unlink(missing_ok=True)


def _remove(stage: Path) -> None:
    with suppress(OSError):
        (stage / HELD).unlink(missing_ok=True)
        stage.rmdir()


def _remove_leftover(stage: Path) -> None:
    try:
        held = os.open(stage / HELD, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        if time.time() - stage.lstat().st_mtime > EMPTY_S:
            stage.rmdir()
        return
    try:
        dead = take_lock(held)
        if dead:
            _settle(stage)
    finally:
        os.close(held)
    if dead:
        _remove(stage)


def take_lock(handle: int, unknown: bool = False) -> bool:
    """Lock an open file for as long as it is open; False when another process has.

    `unknown` is the answer where the disk has no locks, as some of a network have not.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return unknown and error.errno in NO_LOCKS
    return True
