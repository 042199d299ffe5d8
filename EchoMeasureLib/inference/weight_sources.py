"""Where weights are installed from: a folder, an archive, or a web address.

Each source gives the published files by their path in the repository (`2D_models/...`),
whether they lie there in the repository's folders, under `weights/`, or flat.
"""

from __future__ import annotations

import io
import re
import tarfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from EchoMeasureLib.errors import WeightsProblem

TIMEOUT_S = 30.0
NOT_FOUND, RANGE_NOT_SATISFIABLE = 404, 416


@dataclass(frozen=True, slots=True)
class Stream:
    """The bytes of one file from `offset` on."""

    file: IO[bytes]
    offset: int


class WeightSource(Protocol):
    """Gives the published files."""

    def may_have(self, file: str) -> bool:
        """False when the file is certainly not there."""

    @contextmanager
    def open(self, file: str, offset: int) -> Iterator[Stream | None]:
        """The file from `offset` on, or from its start where the source cannot skip.

        None when the source does not have it.
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
            f"Weights are not installed from {text.split(':', maxsplit=1)[0]} addresses.",
            "Name a folder, a .zip or .tar file, or an http(s) address.",
        )
    path = Path(place).expanduser()
    if path.is_dir():
        return FolderSource(path)
    if not path.is_file():
        raise WeightsProblem(
            f"There is no {path}.", "Name a folder, a .zip or .tar file, or an http(s) address."
        )
    if tarfile.is_tarfile(path):
        return TarSource(path)
    if zipfile.is_zipfile(path) and path.suffix.lower() == ".zip":
        return ZipSource(path)
    raise WeightsProblem(
        f"{path.name} is neither a folder nor a .zip or .tar file.",
        "To use a single checkpoint, name the folder that it lies in.",
    )


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
        with path.open("rb") as stream:
            yield Stream(stream, stream.seek(offset))

    def _find(self, file: str) -> Path | None:
        return next((p for place in places(file) if (p := self.folder / place).is_file()), None)


class ZipSource:
    """A zip archive of the repository or of its files, whatever folder they lie in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with zipfile.ZipFile(path) as archive:
            self._names = _by_file_name(archive.namelist())

    def may_have(self, file: str) -> bool:
        return PurePosixPath(file).name in self._names

    @contextmanager
    def open(self, file: str, offset: int) -> Iterator[Stream | None]:
        """See `WeightSource`."""
        name = self._names.get(PurePosixPath(file).name)
        if name is None:
            yield None
            return
        with zipfile.ZipFile(self.path) as archive, archive.open(name) as stream:
            yield Stream(stream, 0)


class TarSource:
    """A tar archive, compressed or not. Members are read, never unpacked to their own paths."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with tarfile.open(path) as archive:
            self._names = _by_file_name([m.name for m in archive if m.isfile()])

    def may_have(self, file: str) -> bool:
        return PurePosixPath(file).name in self._names

    @contextmanager
    def open(self, file: str, offset: int) -> Iterator[Stream | None]:
        """See `WeightSource`."""
        name = self._names.get(PurePosixPath(file).name)
        if name is None:
            yield None
            return
        with tarfile.open(self.path) as archive:
            stream = archive.extractfile(name)
            assert stream is not None  # only regular files are in the table
            with stream:
                yield Stream(stream, 0)


def _by_file_name(names: list[str]) -> dict[str, str]:
    return {PurePosixPath(name).name: name for name in names}


class WebSource:
    """An address under which the files lie, such as that of a GitHub release."""

    def __init__(self, address: str) -> None:
        self.base = download_address(address)

    def may_have(self, file: str) -> bool:
        return True

    @contextmanager
    def open(self, file: str, offset: int) -> Iterator[Stream | None]:
        """See `WeightSource`. Raises `WeightsProblem` when the server refuses, OSError when
        it cannot be reached."""
        for place in places(file):
            request = urllib.request.Request(f"{self.base}/{place}")
            if offset:
                request.add_header("Range", f"bytes={offset}-")
            try:
                response = urllib.request.urlopen(request, timeout=TIMEOUT_S)
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
            with response:
                yield Stream(response, _offset(response.headers.get("Content-Range", ""), offset))
            return
        yield None


def _offset(content_range: str, wanted: int) -> int:
    """Where an answer begins; servers that cannot skip send the whole file."""
    return wanted if content_range.startswith(f"bytes {wanted}-") else 0


def download_address(address: str) -> str:
    """The address that files lie under; a GitHub release page stands for its downloads."""
    trimmed = urllib.parse.urldefrag(address)[0].rstrip("/")
    github = re.fullmatch(
        r"(https://github\.com/[^/]+/[^/]+/releases)/(tag/([^/]+)|latest)", trimmed
    )
    if github is None:
        return trimmed
    releases, latest, tag = github[1], github[2] == "latest", github[3]
    return f"{releases}/latest/download" if latest else f"{releases}/download/{tag}"
