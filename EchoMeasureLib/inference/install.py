"""Bring the published checkpoints into the user's data folder: verified, resumable, atomic.

A file is written beside its place as `NAME.part`, its SHA-256 is compared with the catalog,
and only then it takes its name. What an interrupted run has fetched is used by the next one.
"""

from __future__ import annotations

import http.client
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Network
from EchoMeasureLib.errors import OutputProblem, WeightsProblem
from EchoMeasureLib.files import make_folder
from EchoMeasureLib.hashes import file_sha256
from EchoMeasureLib.inference.checkpoints import check_not_stand_in
from EchoMeasureLib.inference.weight_sources import Stream, WeightSource, open_source
from EchoMeasureLib.inference.weight_store import user_folder
from EchoMeasureLib.progress import Monitor, Progress, silent

BLOCK_BYTES = 1 << 20
MEGABYTE = 1_000_000
TRIES = 3
"""Interruptions of one file that are bridged before the run gives up."""
SPARE_BYTES = 50 * MEGABYTE
"""Left free on the disk."""

PUBLISHED: Mapping[str, Network] = {
    id: row.network for id, row in CATALOG.items() if row.network is not None
}
"""The files of EchoNet-Measurements by measurement."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What an installation did."""

    folder: Path
    installed: tuple[str, ...]
    """Measurements whose weights were fetched."""
    present: tuple[str, ...]
    """Measurements whose weights were there and sound already."""
    missing: tuple[str, ...]
    """Measurements that the source has no weights for."""
    problems: Mapping[str, str]
    """Measurements whose weights in the source are not usable, and why."""


def install(
    source: str | Path,
    folder: Path | None = None,
    monitor: Monitor = silent,
    table: Mapping[str, Network] = PUBLISHED,
) -> Installation:
    """Fetch every file of `table` that `source` has and `folder` has not.

    `source`: a folder, a .zip or .tar file, or an http(s) address such as that of a GitHub
    release. `folder`: the user's data folder unless another one is named. The monitor counts
    megabytes. Raises `WeightsProblem` when the source gives nothing usable or cannot be
    reached, `OutputProblem` when the folder cannot be written to or the disk is too full.
    """
    given = open_source(source)
    target = make_folder(folder or user_folder())
    present = tuple(id for id, network in table.items() if _is_sound(target, network))
    wanted = [
        id for id, network in table.items() if id not in present and given.may_have(network.file)
    ]
    _check_space(target, [table[id] for id in wanted])
    run = _Run(given, target, monitor, sum(table[id].bytes for id in wanted))
    installed: list[str] = []
    problems: dict[str, WeightsProblem] = {}
    for number, id in enumerate(wanted, start=1):
        try:
            if run.fetch(table[id], f"Installing {id} ({number} of {len(wanted)}), MB"):
                installed.append(id)
        except _Unreachable as problem:
            # The next file would only take as long to fail.
            problems |= dict.fromkeys(wanted[number - 1 :], problem)
            break
        except WeightsProblem as problem:
            problems[id] = problem
    if problems and not installed:
        raise next(iter(problems.values()))
    if not (installed or present):
        raise WeightsProblem(
            f"None of the {len(table)} published files is in {source}.",
            "Name the folder that holds 2D_models and Doppler_models, or the release's address.",
        )
    missing = tuple(id for id in table if id not in {*present, *installed, *problems})
    texts = {id: str(problem) for id, problem in problems.items()}
    return Installation(target, tuple(installed), present, missing, texts)


class _Unreachable(WeightsProblem):
    """The source itself fails, not one of its files."""


def _is_sound(folder: Path, network: Network) -> bool:
    path = folder / network.file
    with _writing(path):
        return path.is_file() and _matches(path, network)


def _part(folder: Path, network: Network) -> Path:
    path = folder / network.file
    return path.with_name(f"{path.name}.part")


def _check_space(folder: Path, wanted: list[Network]) -> None:
    fetched = sum(
        part.stat().st_size for network in wanted if (part := _part(folder, network)).is_file()
    )
    needed = sum(network.bytes for network in wanted) - fetched
    free = shutil.disk_usage(folder).free
    if wanted and free < needed + SPARE_BYTES:
        raise OutputProblem(
            f"The weights need {needed / MEGABYTE:.0f} MB in {folder}, and "
            f"{free / MEGABYTE:.0f} MB are free.",
            "Make room, or set ECHOMEASURE_DATA to a folder on another disk.",
        )


class _Run:
    """One installation: fetches files one after another and counts the bytes."""

    def __init__(
        self, source: WeightSource, folder: Path, monitor: Monitor, total_bytes: int
    ) -> None:
        self._source = source
        self._folder = folder
        self._monitor = monitor
        self._total = total_bytes
        self._before = 0
        """Bytes of the files that are done with."""

    def fetch(self, network: Network, stage: str) -> bool:
        """Fetch, verify and put in place; False when the source does not have the file."""
        part = _part(self._folder, network)
        with _writing(part):
            part.parent.mkdir(parents=True, exist_ok=True)
            if part.is_symlink() or (part.exists() and not part.is_file()):
                # Nothing of ours: an earlier run leaves a plain file.
                part.unlink()
            resumed = part.is_file() and part.stat().st_size > 0
        found = self._complete(network, part, stage)
        if found and resumed and not _matches(part, network):
            # What an earlier run left may be of another file: once more from the start.
            part.unlink()
            found = self._complete(network, part, stage)
        if found:
            _verify(part, network)
            with _writing(part):
                part.replace(self._folder / network.file)
        self._before += network.bytes
        return found

    def _complete(self, network: Network, part: Path, stage: str) -> bool:
        """Add to the part until it is whole, over a few interruptions; False when not found."""
        reason = "the source ends too early"
        for _ in range(TRIES):
            have = part.stat().st_size if part.is_file() else 0
            try:
                with self._source.open(network.file, have) as stream:
                    if stream is None:
                        return False
                    self._append(stream, network, part, stage)
            except OutputProblem:
                raise
            except INTERRUPTIONS as error:
                reason = str(error) or type(error).__name__
                continue
            size = part.stat().st_size
            if size >= network.bytes or _is_stand_in(part):
                return True
            if size == have:
                part.unlink()
                raise WeightsProblem(
                    f"{Path(network.file).name} in the source is truncated: it has {size} of "
                    f"{network.bytes} bytes.",
                    "Get the file again, or install from another place.",
                )
        raise _Unreachable(
            f"{Path(network.file).name} could not be fetched whole ({reason}).",
            "Run the command again: it goes on where it stopped.",
        )

    def _append(self, stream: Stream, network: Network, part: Path, stage: str) -> None:
        """Copy blocks until the stream ends, or until there is more than the file can hold."""
        total = max(self._total // MEGABYTE, 1)
        with _writing(part), _opened(part, stream.offset > 0) as out:
            size = out.seek(stream.offset)
            while size <= network.bytes:
                self._monitor(Progress((self._before + size) // MEGABYTE, total, stage))
                block = _read(stream)
                if not block:
                    return
                out.write(block)
                size += len(block)


def _opened(part: Path, again: bool) -> IO[bytes]:
    """The part for writing; a link that somebody has put there meanwhile is not followed."""
    flags = os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    new = 0 if again else os.O_CREAT | os.O_TRUNC
    return os.fdopen(os.open(part, flags | new, 0o666), "r+b")


class _Interrupted(Exception):
    """The source broke off. Not an OSError, which would be one of the disk that is written to."""


INTERRUPTIONS = (_Interrupted, OSError, http.client.HTTPException)


def _read(stream: Stream) -> bytes:
    try:
        return stream.file.read(BLOCK_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise _Interrupted(str(error) or type(error).__name__) from error


@contextmanager
def _writing(part: Path) -> Iterator[None]:
    """Turns what the disk refuses into `OutputProblem`."""
    try:
        yield
    except OSError as error:
        raise OutputProblem(
            f"{part} could not be written ({error.strerror or error}).",
            "Check the disk space and the permissions of the folder.",
        ) from error


def _is_stand_in(part: Path) -> bool:
    try:
        check_not_stand_in(part)
    except WeightsProblem:
        return True
    return False


def _matches(part: Path, network: Network) -> bool:
    return part.stat().st_size == network.bytes and file_sha256(part) == network.sha256


def _verify(part: Path, network: Network) -> None:
    """Raises `WeightsProblem`, and removes the part, when it is not the published file."""
    if _matches(part, network):
        return
    size, name = part.stat().st_size, f"{Path(network.file).name} in the source"
    try:
        check_not_stand_in(part, name)
    finally:
        part.unlink()
    raise WeightsProblem(
        f"{name} is not the published file: its {size} bytes "
        "have another SHA-256 than the catalog's.",
        "It may be damaged. To use weights of your own, name their folder with --weights.",
    )
