"""Where checkpoints are, and whether they are what they claim to be.

Looked for in this order: the folder the user names, `ECHOMEASURE_WEIGHTS`, the user's
data folder, the package itself. A file that is there but damaged is an error, never a
reason to take a lesser one silently; so is a link to a disk that is not there.
"""

from __future__ import annotations

import functools
import os
import stat
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from EchoMeasureLib.catalog import CATALOG, NETWORKED, definition
from EchoMeasureLib.definitions import Definition
from EchoMeasureLib.errors import InvalidState, WeightsProblem
from EchoMeasureLib.folders import data_folder
from EchoMeasureLib.hashes import file_sha256
from EchoMeasureLib.inference.canvas import USUAL_LOOK, StripLook
from EchoMeasureLib.inference.checkpoints import (
    MOST_BYTES,
    Shapes,
    check_not_stand_in,
    check_whole,
    finds,
    is_there,
    read_shapes,
    read_sidecar,
)
from EchoMeasureLib.inference.settings import WeightSet

GET_THEM = "Get the published checkpoints and run: echomeasure weights install FOLDER_OR_URL"

TRAIN_THEM = "None are published for it: train some with `echomeasure train`, and name their folder"

BY_HAND = "Trace or place it by hand, or have it read from the strip."

COMPACT_FILES = {"image": "image.ckpt", "strip": "strip.ckpt"}
"""Files of a set of compact networks: one for 2-D images, one for strips."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A file of weights whose identity is known. Whether it loads, `load_network` says."""

    path: Path
    sha256: str
    set: WeightSet
    look: StripLook = USUAL_LOOK
    """How strips are shown to it."""


@dataclass(frozen=True, slots=True)
class WeightsState:
    """What the store knows about one measurement, for `echomeasure weights list`."""

    measurement: str
    checkpoint: Checkpoint | None
    problem: str
    """Why there is none; empty when there is one."""


def user_folder() -> Path:
    """Where installed weights live: the user's data folder, or `ECHOMEASURE_DATA`."""
    return data_folder() / "weights"


def package_folder() -> Path:
    """The weights that the package itself brings."""
    return Path(__file__).with_name("phantom_weights")


class Store:
    """Finds checkpoints and knows where each comes from."""

    def __init__(self, folder: Path | str | None = None) -> None:
        """`folder`: look only there, as `--weights` does."""
        self.folder = Path(folder) if folder is not None else None

    def folders(self) -> tuple[Path, ...]:
        """Every folder that is searched, first to last.

        Raises `WeightsProblem` when one that the user has named does not exist.
        """
        if self.folder is not None:
            return (_existing(self.folder, "The weights folder"),)
        named = os.environ.get("ECHOMEASURE_WEIGHTS")
        chosen = (_existing(Path(named), "The folder in ECHOMEASURE_WEIGHTS,"),) if named else ()
        try:
            return (*chosen, user_folder(), package_folder())
        except InvalidState:
            # An account without a home has installed nothing.
            return (*chosen, package_folder())

    def find(self, measurement: str) -> Checkpoint:
        """The checkpoint for a measurement, looked into and its hash taken.

        Raises `UnknownMeasurement`, and `WeightsProblem` when there is none or the first
        one found is a Git LFS pointer, damaged, foreign or made for another measurement.
        """
        return self.find_each([measurement])[measurement]

    def find_each(self, measurements: Iterable[str]) -> dict[str, Checkpoint]:
        """Those for several measurements. Raises as `find`."""
        searched: list[tuple[Path, frozenset[str] | None]] | None = None
        found: dict[str, Checkpoint] = {}
        for id in measurements:
            row = definition(id)
            if not row.by_network:
                raise WeightsProblem(f"No network finds {row.name} ({row.id}).", BY_HAND)
            if searched is None:
                searched = [(folder, _names(folder)) for folder in self.folders()]
            found[id] = self._in(searched, row)
        return found

    def _in(
        self, searched: Sequence[tuple[Path, frozenset[str] | None]], row: Definition
    ) -> Checkpoint:
        for folder, names in searched:
            for place in _candidates(row):
                # Most are never there, and to ask for each takes longer than to look once.
                if names is not None and place.partition("/")[0].casefold() not in names:
                    continue
                path = folder / place
                checkpoint = identify(path, row) if is_there(path) else None
                if checkpoint is not None:
                    return checkpoint
        places = ", ".join(str(folder) for folder, _ in searched)
        raise WeightsProblem(
            f"There are no weights for {row.id} (looked in {places}).",
            GET_THEM if row.network is not None else TRAIN_THEM,
        )

    def states(self) -> Iterator[WeightsState]:
        """What is there for each measurement of a network, in the order of the catalog.

        Raises `WeightsProblem` when a folder that the user has named does not exist.
        """
        self.folders()
        for id in NETWORKED:
            try:
                yield WeightsState(id, self.find(id), "")
            except WeightsProblem as problem:
                yield WeightsState(id, None, str(problem))


def _existing(folder: Path, what: str) -> Path:
    try:
        mode = folder.stat().st_mode
    except OSError as error:
        missing = isinstance(error, FileNotFoundError) and not folder.is_symlink()
        wrong = "does not exist" if missing else f"cannot be used ({error.strerror or error})"
    else:
        if stat.S_ISDIR(mode):
            return folder
        wrong = "is not a folder"
    raise WeightsProblem(
        f"{what} {folder} {wrong}.", "Name a folder that holds the checkpoints, or install them."
    )


def _names(folder: Path) -> frozenset[str] | None:
    """What lies in a folder, in small letters; None where nobody can tell."""
    try:
        return frozenset(place.name.casefold() for place in folder.iterdir())
    except OSError:
        return None


def _candidates(row: Definition) -> Iterator[str]:
    """Where a checkpoint may lie in a folder: as in the repository, flat, or by its id."""
    if row.network is not None:
        published = row.network.file
        yield published
        yield f"weights/{published}"
        yield published.rpartition("/")[2]
    yield f"{row.id}.ckpt"
    yield COMPACT_FILES["strip" if row.on_strip else "image"]


def is_looked_for(name: str) -> bool:
    """Whether a file of this name in a folder of weights is looked into for any measurement."""
    return any(name in _candidates(row) for row in NETWORKED.values())


def identify(path: Path, row: Definition) -> Checkpoint | None:
    """Look into a file and tell which set it belongs to; None for one that does not find this.

    Only the catalog's hash makes a file `echonet`. Any other has to be sound and of the right
    shape. Raises `WeightsProblem` when it is not.
    """
    # Who asks while another thread looks into it waits for what that one finds.
    with _LOOKING:
        return _identified_as_of(
            path, row.id, *(_version(p) for p in (path, path.with_suffix(".json")))
        )


_LOOKING = threading.Lock()


def _version(path: Path) -> tuple[int, int] | None:
    """By which a file is known to be the same; None where there is none to be read."""
    try:
        at = path.stat()
    except OSError:
        return None
    return at.st_size, at.st_mtime_ns


@functools.lru_cache(maxsize=256)
def _identified_as_of(path: Path, measurement: str, *versions: object) -> Checkpoint | None:
    """Looked into once, until size or time of the file or its sidecar say that it is another."""
    row, sha256 = definition(measurement), hash_of(path)
    published = published_hashes().get(sha256)
    if published not in (None, row.id):
        raise WeightsProblem(
            f"{path} holds the published weights of {published}, not those of {row.id}.",
            "Give the file its own name again.",
        )
    sidecar = read_sidecar(path)
    look = StripLook.of(sidecar)
    if published:
        return Checkpoint(path, sha256, WeightSet.ECHONET, look)
    if not finds(path, sound_shapes(path), row):
        return None
    if path.parent == package_folder():
        return Checkpoint(path, sha256, WeightSet.PHANTOM, look)
    untrained = sidecar.get("set") == WeightSet.DEMO
    return Checkpoint(path, sha256, WeightSet.DEMO if untrained else WeightSet.CUSTOM, look)


def hash_of(path: Path) -> str:
    """SHA-256 of a file of weights. Raises `WeightsProblem` for what is none at first sight."""
    try:
        check_not_stand_in(path)
        at = path.stat()
        if at.st_size > MOST_BYTES:
            raise WeightsProblem(f"{path} is larger than any checkpoint.", GET_THEM)
        return _sha256_as_of(path, at.st_size, at.st_mtime_ns)
    except OSError as error:
        raise WeightsProblem(f"{path} cannot be read ({error.strerror or error}).") from error


def sound_shapes(path: Path) -> Shapes:
    """Shapes of the tensors of a file that is whole. Raises `WeightsProblem`."""
    try:
        at = path.stat()
    except OSError as error:
        raise WeightsProblem(f"{path} cannot be read ({error.strerror or error}).") from error
    return _sound_shapes_as_of(path, at.st_size, at.st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _sha256_as_of(path: Path, size: int, changed: int) -> str:
    """Taken once, until the file's size or time says that it is another."""
    return file_sha256(path)


@functools.lru_cache(maxsize=64)
def _sound_shapes_as_of(path: Path, size: int, changed: int) -> Shapes:
    check_whole(path)
    return MappingProxyType(dict(read_shapes(path)))


def published_hashes() -> Mapping[str, str]:
    """Measurement id by SHA-256 of its published checkpoint."""
    return {row.network.sha256: row.id for row in CATALOG.values() if row.network is not None}
