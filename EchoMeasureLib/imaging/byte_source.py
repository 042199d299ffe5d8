"""What a video is read from: a file, or the parts of a DICOM file that hold one."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, Protocol


class ByteSource(Protocol):
    """A file, or something that reads like one. A `Path` is one."""

    @property
    def name(self) -> str: ...

    def open(self, mode: Literal["rb"]) -> BinaryIO: ...


def size_of(source: ByteSource) -> int:
    """How many bytes it has. Raises OSError."""
    with source.open("rb") as file:
        return file.seek(0, io.SEEK_END)


@dataclass(frozen=True, slots=True)
class FileParts:
    """Parts of a file, one after the other."""

    path: Path
    parts: tuple[tuple[int, int], ...]
    """Where each begins in the file, and how many bytes it has."""

    @property
    def name(self) -> str:
        return self.path.name

    def open(self, mode: Literal["rb"]) -> BinaryIO:
        """Opened anew; raises OSError."""
        return io.BufferedReader(_Parts(self.path, self.parts), 1 << 16)


class _Parts(io.RawIOBase):
    """The parts as one stream."""

    def __init__(self, path: Path, parts: tuple[tuple[int, int], ...]) -> None:
        # By number, as a video keeps its file open for as long as the cine lives.
        self._file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        self._parts = parts
        self._size = sum(length for _, length in parts)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        place = self._at
        for start, length in self._parts:
            if place < length:
                os.lseek(self._file, start + place, os.SEEK_SET)
                data = os.read(self._file, min(len(view), length - place))
                view[: len(data)] = data
                self._at += len(data)
                return len(data)
            place -= length
        return 0

    def close(self) -> None:
        if not self.closed:
            os.close(self._file)
        super().close()
