"""Zip and tar archives from anywhere, opened within bounds of time and memory.

An archive may be encrypted, cut short, or unpack to far more than it is; each of these is an
`ArchiveProblem` in a few words.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

MOST_DIRECTORY = 8 << 20
"""Bytes of a zip's table of contents: tens of thousands of names. Python reads it whole."""
MOST_UNPACKED = 16 << 30
"""Bytes that a compressed tar may unpack to while it is looked through."""
MOST_AT_ONCE = 16 << 20
"""Bytes of a tar's own records about its members, which Python reads whole."""
MOST_BLOCKS = 200_000
"""Blocks of a tar that hold such records and no content."""

_ENDS = 66_000
"""The record at the end of a zip lies within this many bytes of its end."""

BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    OverflowError,
    MemoryError,
)
"""What Python's readers raise about an archive that is not as it should be."""


class ArchiveProblem(Exception):
    """Why an archive is not read, in words that follow "it": "is encrypted", ..."""


@contextmanager
def archive_errors() -> Iterator[None]:
    """Everything that reading an archive raises, as `ArchiveProblem`."""
    try:
        yield
    except ArchiveProblem:
        raise
    except (RuntimeError, NotImplementedError) as error:
        # Python's only words for an encrypted member and for a rare compression.
        encrypted = "encrypted" in str(error) or "password" in str(error)
        how = "is encrypted" if encrypted else f"is packed in a way that is not read ({error})"
        raise ArchiveProblem(how) from error
    except BROKEN as error:
        raise ArchiveProblem("is damaged or cut short") from error


@contextmanager
def open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """A zip whose table of contents has a reasonable size.

    Raises `ArchiveProblem`; what is read from it afterwards belongs into `archive_errors`.
    """
    with archive_errors():
        if _directory_bytes(path) > MOST_DIRECTORY:
            raise ArchiveProblem("lists more files than any archive of weights")
        archive = zipfile.ZipFile(path)
    with archive:
        yield archive


class Member:
    """A file in an archive; raises `ArchiveProblem` while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        with archive_errors():
            return self._file.read(size)


def _directory_bytes(path: Path) -> int:
    """Size of a zip's table of contents, as the record at its end says."""
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, io.SEEK_END) - _ENDS))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + 20 > len(tail):
        raise ArchiveProblem("is truncated: it has no end")
    large = at - 76
    if large >= 0 and tail[large : large + 4] == b"PK\x06\x06":
        return int.from_bytes(tail[large + 40 : large + 48], "little")
    return int.from_bytes(tail[at + 12 : at + 16], "little")


def is_packed_tar(head: bytes) -> bool:
    """Whether a file that begins with these 512 bytes is a tar, compressed or not."""
    return head[257:262] == b"ustar" or any(head.startswith(magic) for magic in _UNPACKERS)


@contextmanager
def open_tar(path: Path) -> Iterator[tarfile.TarFile]:
    """A tar, compressed or not, that is read member by member. Raises as `open_zip`."""
    with ExitStack() as stack:
        with archive_errors():
            with path.open("rb") as file:
                head = file.read(8)
            unpack = next((u for magic, u in _UNPACKERS.items() if head.startswith(magic)), open)
            bounded: Any = _Bounded(stack.enter_context(unpack(path, "rb")))
            archive = stack.enter_context(tarfile.open(fileobj=bounded, mode="r:"))
        yield archive


_UNPACKERS: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}


class _Bounded:
    """The content of a tar, which ends where no archive of weights would go on."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content = content
        self._blocks = 0

    def read(self, size: int) -> bytes:
        self._blocks += size <= tarfile.BLOCKSIZE
        if size > MOST_AT_ONCE or self._blocks > MOST_BLOCKS:
            raise ArchiveProblem("says more about its files than any archive of weights")
        return self._content.read(size)

    def seek(self, place: int) -> int:
        if place > MOST_UNPACKED:
            raise ArchiveProblem(f"unpacks to more than {MOST_UNPACKED >> 30} GB")
        return self._content.seek(place)

    def tell(self) -> int:
        return self._content.tell()
