"""The files of a cohort: every one in the folders, and by its content which image it holds."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydicom import Dataset

from EchoMeasureLib.errors import EchoMeasureError, InvalidArgument
from EchoMeasureLib.hashes import file_sha256
from EchoMeasureLib.imaging.header import PARSE_ERRORS, quiet_pydicom, read_header, text
from EchoMeasureLib.imaging.named_person import person_text
from EchoMeasureLib.imaging.sniffing import HEAD_BYTES, FileKind, recognise
from EchoMeasureLib.opening import open_file
from EchoMeasureLib.staging import PREFIX
from EchoMeasureLib.texts import clean

OF_THE_SYSTEM = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""Files that no person put there."""


@dataclass(frozen=True, slots=True)
class CohortFile:
    """A file of the cohort, before anything of it is known."""

    path: str
    name: str
    """Of the folder that was named, and the way from there, with slashes. It may name a person."""
    size: int


@dataclass(frozen=True, slots=True)
class Looked:
    """A file with what its first bytes and its header say."""

    file: CohortFile
    image: str = ""
    """SOP Instance UID, else `sha256:` and the hash of the file; empty where it is no image."""
    study: str = ""
    """Study Instance UID; empty where the file names none."""
    patient: str = ""
    """Patient ID, the same."""


def cohort_files(folders: Sequence[Path], skipped: Iterable[Path] = ()) -> Iterator[CohortFile]:
    """Every file in these folders and below, sorted within each; links to folders are not followed.

    A folder that cannot be listed comes as a file, which then cannot be read. `skipped` are
    folders that are passed over, as that of the results. Raises `InvalidArgument` for a folder
    that is not there.
    """
    passed = {place for path in skipped if (place := _place(str(path))) is not None}
    for top, name in _named(folders):
        if top.is_dir():
            yield from _walk(str(top), name, passed)
        else:
            yield CohortFile(str(top), name, size_of(str(top)))


def check_there(folders: Iterable[Path]) -> None:
    """Raises `InvalidArgument` for a folder that is not there."""
    for folder in folders:
        if not folder.exists():
            raise InvalidArgument(f"There is no folder {folder}.", "Name one that is there.")


def _named(folders: Sequence[Path]) -> list[tuple[Path, str]]:
    """The folders that lie in no other one, each with a name of its own."""
    check_there(folders)
    real = {folder: Path(os.path.realpath(folder)) for folder in dict.fromkeys(folders)}
    found: list[tuple[Path, str]] = []
    seen: set[Path] = set()
    for folder, place in real.items():
        inside = any(other in place.parents for other in real.values())
        if inside or place in seen:
            continue
        seen.add(place)
        same = sum(one.name == place.name for one in seen)
        found.append((folder, place.name if same == 1 else f"{place.name} ({same})"))
    return found


def _walk(folder: str, name: str, passed: set[tuple[int, int]]) -> Iterator[CohortFile]:
    """However deep: folders that are begun stand in a list, not on Python's stack."""
    begun = [iter([(folder, name, True)])]
    while begun:
        found = next(begun[-1], None)
        if found is None:
            begun.pop()
            continue
        path, named, is_folder = found
        if not is_folder:
            yield CohortFile(path, named, size_of(path))
        elif _place(path) not in passed:
            try:
                begun.append(iter(_listed(path, named)))
            except OSError:
                yield CohortFile(path, named, 0)


def _listed(folder: str, name: str) -> list[tuple[str, str, bool]]:
    """What is in a folder: path, name, and whether it is one too. Raises `OSError`."""
    with os.scandir(folder) as items:
        found = sorted(items, key=lambda item: item.name)
    listed: list[tuple[str, str, bool]] = []
    for item in found:
        is_folder = item.is_dir(follow_symlinks=False)
        if item.name.startswith(PREFIX) if is_folder else _is_passed_over(item):
            continue
        listed.append((item.path, f"{name}/{item.name}", is_folder))
    return listed


def _is_passed_over(item: os.DirEntry[str]) -> bool:
    if item.name in OF_THE_SYSTEM:
        return True
    try:
        return item.is_symlink() and item.is_dir()
    except OSError:
        # A link that leads to itself: it is a file that cannot be read.
        return False


def _place(path: str) -> tuple[int, int] | None:
    """By which a folder is known whatever it is called; None where it is not there."""
    try:
        facts = Path(path).stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def size_of(path: str) -> int:
    """Bytes of a file; 0 for one that is not there."""
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0


def look_at(file: CohortFile) -> Looked:
    """Which image this file holds, by its header alone; no pixel is read.

    What cannot be read is no image here; why, `read` says when it is to be measured.
    """
    path = Path(file.path)
    try:
        with open_file(path) as stream:
            kind = recognise(stream.read(HEAD_BYTES))
        if kind is None:
            return Looked(file)
        if kind is not FileKind.DICOM:
            return Looked(file, f"sha256:{file_sha256(path)}")
        header = read_header(path)
    except (EchoMeasureError, OSError):
        return Looked(file)
    if header.pixels is None:
        return Looked(file)
    uid = clean(text(header.dataset, "SOPInstanceUID"))
    return Looked(
        file,
        uid or f"sha256:{file_sha256(path)}",
        text(header.dataset, "StudyInstanceUID"),
        _patient(header.dataset),
    )


def _patient(dataset: Dataset) -> str:
    try:
        with quiet_pydicom():
            return person_text(dataset, "PatientID")
    except PARSE_ERRORS:
        return ""
