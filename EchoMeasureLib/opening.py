"""Opening what must be a file: never a pipe, which would wait, nor a device, which has no end."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import IO

_NOT_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class NotAFile(OSError):
    """The name is that of a folder, a pipe, a device, or none that a file can have."""

    def __init__(self, words: str, hint: str = "") -> None:
        super().__init__(words)
        self.strerror = words
        self.hint = hint


def open_file(path: Path) -> IO[bytes]:
    """The regular file at `path`, for reading. Raises `OSError`, for anything else `NotAFile`."""
    try:
        handle = os.open(path, os.O_RDONLY | _NOT_WAITING)
    except ValueError as error:
        raise NotAFile(f"that is no name of a file: {error}") from error
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        folder = stat.S_ISDIR(mode)
        raise NotAFile(
            f"it is {kind_of(mode)}, not a file",
            "Name one of the files in it." if folder else "Save it as a file first.",
        )
    return os.fdopen(handle, "rb")


def kind_of(mode: int) -> str:
    """What a mode of `stat` is that of, in words: "a file", "a pipe", ..."""
    return next((words for is_one, words in _KINDS if is_one(mode)), "a file")
