"""Where checkpoints are, and whether they are what they claim to be.

Looked for in this order: the folder the user names, `ECHOMEASURE_WEIGHTS`, the user's
data folder, the package itself. A file that is there but damaged is an error, never a
reason to take a lesser one silently.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from EchoMeasureLib.catalog import CATALOG, definition
from EchoMeasureLib.errors import WeightsProblem

POINTER_START = b"version https://git-lfs.github.com/spec/v1"

GET_THEM = "Get the published checkpoints and run: echomeasure weights install FOLDER_OR_URL"

SIDECAR_SETS = ("demo", "custom")
"""Sets that a file may claim for itself in NAME.json; all others are recognised by their hash."""

COMPACT_FILES = {"image": "image.ckpt", "strip": "strip.ckpt"}
"""Files of a set of compact networks: one for 2-D images, one for strips."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A file of weights whose identity is known. Whether it loads, `load_network` says."""

    path: Path
    sha256: str
    set: str
    """`echonet`, `phantom`, `custom` or `demo`."""


@dataclass(frozen=True, slots=True)
class WeightsState:
    """What the store knows about one measurement, for `echomeasure weights list`."""

    measurement: str
    checkpoint: Checkpoint | None
    problem: str
    """Why there is none; empty when there is one."""


def user_folder() -> Path:
    """Where installed weights live: the user's data folder, or `ECHOMEASURE_DATA`."""
    chosen = os.environ.get("ECHOMEASURE_DATA")
    base = Path(chosen) if chosen else Path(platformdirs.user_data_dir("EchoMeasure", False))
    return base / "weights"


def package_folder() -> Path:
    """The weights that the package itself brings."""
    return Path(__file__).with_name("phantom_weights")


class Store:
    """Finds checkpoints and knows where each comes from."""

    def __init__(self, folder: Path | str | None = None) -> None:
        """`folder`: look only there, as `--weights` does."""
        self.folder = Path(folder) if folder is not None else None

    def folders(self) -> tuple[Path, ...]:
        """Every folder that is searched, first to last."""
        if self.folder is not None:
            return (self.folder,)
        named = os.environ.get("ECHOMEASURE_WEIGHTS")
        return (*((Path(named),) if named else ()), user_folder(), package_folder())

    def find(self, measurement: str) -> Checkpoint:
        """The checkpoint for a measurement, its hash taken.

        Raises `UnknownMeasurement`, and `WeightsProblem` when there is none or the first
        one found is a Git LFS pointer or empty.
        """
        row = definition(measurement)
        kind = "image" if row.network.file.startswith("2D") else "strip"
        if self.folder is not None and not self.folder.is_dir():
            raise WeightsProblem(
                f"The weights folder {self.folder} does not exist.",
                "Name a folder that holds the checkpoints, or install them.",
            )
        for folder in self.folders():
            for path in _candidates(folder, measurement, row.network.file, kind):
                if path.is_file():
                    return identify(path)
        places = ", ".join(str(folder) for folder in self.folders())
        raise WeightsProblem(f"There are no weights for {measurement} in {places}.", GET_THEM)

    def states(self) -> Iterator[WeightsState]:
        """What is there for each measurement, in the order of the catalog."""
        for id in CATALOG:
            try:
                yield WeightsState(id, self.find(id), "")
            except WeightsProblem as problem:
                yield WeightsState(id, None, str(problem))


def _candidates(folder: Path, measurement: str, published: str, kind: str) -> Iterator[Path]:
    """Where a checkpoint may lie in a folder: as in the repository, flat, or by its id."""
    yield folder / published
    yield folder / "weights" / published
    yield folder / Path(published).name
    yield folder / f"{measurement}.ckpt"
    yield folder / COMPACT_FILES[kind]


def identify(path: Path) -> Checkpoint:
    """Hash a file and tell which set it belongs to. Raises `WeightsProblem` for a pointer."""
    try:
        check_not_pointer(path)
        sha256 = file_sha256(path)
    except OSError as error:
        raise WeightsProblem(f"{path} cannot be read ({error.strerror or error}).") from error
    return Checkpoint(path, sha256, _set_of(path, sha256))


def check_not_pointer(path: Path) -> None:
    """Raises `WeightsProblem` when the file is a Git LFS pointer or empty, and says what to do."""
    size = path.stat().st_size
    if size == 0:
        raise WeightsProblem(f"{path} is empty.", "Download it again.")
    if size < 1024:
        with path.open("rb") as file:
            if file.read(len(POINTER_START)) == POINTER_START:
                raise WeightsProblem(
                    f"{path} is a Git LFS pointer, not the weights themselves.",
                    "Run `git lfs pull` in the clone it comes from, or take the file from the "
                    "repository's v1 release, and run: echomeasure weights install FOLDER_OR_URL",
                )


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def published_hashes() -> Mapping[str, str]:
    """Measurement id by SHA-256 of its published checkpoint."""
    return {row.network.sha256: row.id for row in CATALOG.values()}


def _set_of(path: Path, sha256: str) -> str:
    if sha256 in published_hashes():
        return "echonet"
    if path.parent == package_folder():
        return "phantom"
    try:
        claimed = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["set"]
    except (OSError, ValueError, KeyError, TypeError):
        return "custom"
    return claimed if claimed in SIDECAR_SETS else "custom"
