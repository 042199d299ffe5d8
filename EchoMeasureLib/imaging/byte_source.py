"""What a video is read from: a file, or the parts of a DICOM file that hold one."""

from __future__ import annotations

import io
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
        return io.BufferedReader(_Parts(self.path.open(mode), self.parts), 1 << 16)


class _Parts(io.RawIOBase):
    """The parts as one stream."""

    def __init__(self, file: BinaryIO, parts: tuple[tuple[int, int], ...]) -> None:
        self._file = file
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
                self._file.seek(start + place)
                data = self._file.read(min(len(view), length - place))
                view[: len(data)] = data
                self._at += len(data)
                return len(data)
            place -= length
        return 0

    def close(self) -> None:
        self._file.close()
        super().close()
