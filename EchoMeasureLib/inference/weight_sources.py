"""Where weights are installed from: a folder, an archive, or a web address.

Each source gives the published files by their path in the repository (`2D_models/...`),
whether they lie there in the repository's folders, under `weights/`, or flat.
"""

from __future__ import annotations

import http.client
import io
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from EchoMeasureLib.errors import WeightsProblem
from EchoMeasureLib.inference.archives import (
    ArchiveProblem,
    Member,
    archive_errors,
    is_packed_tar,
    open_tar,
    open_zip,
)
from EchoMeasureLib.inference.bounded_waiting import PatientAnswer
from EchoMeasureLib.inference.checkpoints import is_there
from EchoMeasureLib.opening import NotAFile, open_file

TIMEOUT_S = 30.0
"""How long a server may take for an answer, and for each block of a file."""
KINDS = "Name a folder, a .zip or .tar file, or an http(s) address."
UNPACK = "Get it again, or unpack it and install the folder."
NOT_FOUND, RANGE_NOT_SATISFIABLE = 404, 416


class Readable(Protocol):
    """What bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""


@dataclass(frozen=True, slots=True)
class Stream:
    """The bytes of one file from `offset` on."""

    file: Readable
    offset: int


class WeightSource(Protocol):
    """Gives the published files."""

    def may_have(self, file: str) -> bool:
        """False when the file is certainly not there."""

    @contextmanager
    def open(self, file: str, offset: int) -> Iterator[Stream | None]:
        """The file from `offset` on, or from its start where the source cannot skip.

        None when the source does not have it. Raises `WeightsProblem` when it cannot be read.
        """
        yield None


def open_source(place: str | Path) -> WeightSource:
    """The source at a folder, a .zip or .tar file, or an http(s) address.

    Raises `WeightsProblem` when there is nothing of the kind.
    """
    text = str(place)
    if re.match(r"https?://", text, re.IGNORECASE):
        return WebSource(text)
    if re.match(r"[a-z]{2,}://", text, re.IGNORECASE):
        raise WeightsProblem(
            f"Weights are not installed from {text.split(':', maxsplit=1)[0]} addresses.", KINDS
        )
    path = _expanded(Path(place))
    try:
        with open_file(path) as file:
            head = file.read(512)
    except NotAFile as error:
        if path.is_dir():
            return FolderSource(path)
        raise WeightsProblem(f"{path} cannot be read: {error.strerror}.", KINDS) from error
    except FileNotFoundError as error:
        raise WeightsProblem(f"There is no {path}.", KINDS) from error
    except OSError as error:
        if isinstance(error, PermissionError) and path.is_dir():
            return FolderSource(path)  # Windows opens no folder
        raise WeightsProblem(f"{path} cannot be read ({error.strerror or error}).") from error
    try:
        if is_packed_tar(head):
            return TarSource(path)
        if head.startswith(b"PK") and path.suffix.lower() == ".zip":
            return ZipSource(path)
    except ArchiveProblem as problem:
        raise WeightsProblem(f"{path.name} {problem}.", UNPACK) from problem
    raise WeightsProblem(
        f"{path.name} is neither a folder nor a .zip or .tar file.",
        "To use a single checkpoint, name the folder that it lies in.",
    )


def _expanded(path: Path) -> Path:
    """With the home folder in the place of ~."""
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise WeightsProblem(f"There is no {path}: {error}", KINDS) from error


def places(file: str) -> tuple[str, ...]:
    """Where a file of the repository may lie in a source."""
    return file, f"weights/{file}", PurePosixPath(file).name


class FolderSource:
    """A clone of the repository, or a folder of its files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def may_have(self, file: str) -> bool:
        return self._find(file) is not None

    @contextmanager
    def open(self, file: str, offset: int) -> Iterator[Stream | None]:
        """See `WeightSource`."""
        path = self._find(file)
        if path is None:
            yield None
            return
        try:
            stream = open_file(path)
        except OSError as error:
            raise WeightsProblem(
                f"{path} cannot be read ({error.strerror or error}).", "Check its permissions."
            ) from error
        with stream:
            yield Stream(stream, stream.seek(offset))

    def _find(self, file: str) -> Path | None:
        return next((p for place in places(file) if is_there(p := self.folder / place)), None)


class _ArchiveSource:
    """An archive of the repository or of its files, whatever folder they lie in."""

    def __init__(self, path: Path, names: Iterable[str]) -> None:
        self.path = path
        self._names = {PurePosixPath(name).name: name for name in names}

    def may_have(self, file: str) -> bool:
        return PurePosixPath(file).name in self._names

    @contextmanager
    def open(self, file: str, offset: int) -> Iterator[Stream | None]:
        """See `WeightSource`."""
        name = self._names.get(PurePosixPath(file).name)
        if name is None:
            yield None
            return
        with _problems_of(self.path), self._member(name) as stream:
            yield Stream(Member(stream), 0)

    def _member(self, name: str) -> AbstractContextManager[IO[bytes]]:
        raise NotImplementedError


class ZipSource(_ArchiveSource):
    """A zip archive."""

    def __init__(self, path: Path) -> None:
        """Raises `ArchiveProblem`."""
        with open_zip(path) as archive, archive_errors():
            super().__init__(path, archive.namelist())

    @contextmanager
    def _member(self, name: str) -> Iterator[IO[bytes]]:
        with open_zip(self.path) as archive:
            with archive_errors():
                stream = archive.open(name)
            with stream:
                yield stream


class TarSource(_ArchiveSource):
    """A tar archive, compressed or not. Members are read, never unpacked to their own paths."""

    def __init__(self, path: Path) -> None:
        """Raises `ArchiveProblem`."""
        with open_tar(path) as archive, archive_errors():
            super().__init__(path, [m.name for m in archive if m.isfile()])

    @contextmanager
    def _member(self, name: str) -> Iterator[IO[bytes]]:
        with open_tar(self.path) as archive:
            with archive_errors():
                stream = archive.extractfile(name)
            assert stream is not None  # only regular files are in the table
            with stream:
                yield stream


@contextmanager
def _problems_of(path: Path) -> Iterator[None]:
    try:
        yield
    except ArchiveProblem as problem:
        raise WeightsProblem(f"{path.name} {problem}.", UNPACK) from problem


class WebSource:
    """An address under which the files lie, such as that of a GitHub release."""

    def __init__(self, address: str) -> None:
        self.base = download_address(address)

    def may_have(self, file: str) -> bool:
        return True

    @contextmanager
    def open(self, file: str, offset: int) -> Iterator[Stream | None]:
        """See `WeightSource`. Raises `WeightsProblem` when the server refuses, OSError when
        it cannot be reached, or takes longer than `TIMEOUT_S` for an answer or a block."""
        for place in places(file):
            request = urllib.request.Request(f"{self.base}/{place}")
            if offset:
                request.add_header("Range", f"bytes={offset}-")
            try:
                answer = PatientAnswer(request, TIMEOUT_S)
            except urllib.error.HTTPError as error:
                error.close()
                if error.code == NOT_FOUND:
                    continue
                if error.code == RANGE_NOT_SATISFIABLE:
                    # Everything is here already; the hash will tell.
                    yield Stream(io.BytesIO(), offset)
                    return
                raise WeightsProblem(
                    f"The server answered {error.code} ({error.reason}) to {request.full_url}.",
                    "Check the address, or download the files by hand and install the folder.",
                ) from error
            except (ValueError, http.client.InvalidURL) as error:
                raise _no_address(self.base, error) from error
            with answer:
                yield Stream(answer, _offset(answer.header("Content-Range"), offset))
            return
        yield None


def _no_address(address: str, error: Exception) -> WeightsProblem:
    return WeightsProblem(f"{address} is no web address ({error}).", "Check how it is written.")


def _offset(content_range: str, wanted: int) -> int:
    """Where an answer begins; servers that cannot skip send the whole file."""
    return wanted if content_range.startswith(f"bytes {wanted}-") else 0


def download_address(address: str) -> str:
    """The address that files lie under; a GitHub release page stands for its downloads.

    Raises `WeightsProblem` for what is none.
    """
    try:
        parts = urllib.parse.urlsplit(address)
        if not parts.hostname or parts.port == 0:
            raise ValueError("it names no server")
    except ValueError as error:
        raise _no_address(address, error) from error
    path = urllib.parse.quote(parts.path, safe="/%:@!$&'()*+,;=~")
    trimmed = urllib.parse.urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))
    trimmed = trimmed.rstrip("/")
    github = re.fullmatch(
        r"(https://github\.com/[^/]+/[^/]+/releases)/(tag/([^/]+)|latest)", trimmed
    )
    if github is None:
        return trimmed
    releases, latest, tag = github[1], github[2] == "latest", github[3]
    return f"{releases}/latest/download" if latest else f"{releases}/download/{tag}"
