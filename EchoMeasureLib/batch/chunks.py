"""The unit of work of a batch: some whole studies, known again by what is in them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

MOST_FILES = 250
"""Of a chunk, unless a single study has more: some minutes of work, and one file of results."""

AT_LEAST_CHUNKS = 16
"""For each worker, so that none waits long for the last ones."""


@dataclass(frozen=True, slots=True)
class FileTask:
    """A file to end once."""

    id: str
    """Pseudonym of its name: what results call it."""
    path: str
    image: str = ""
    """Pseudonym of its image; empty where it is none."""
    refusal: str = ""
    """Why it is not even looked at; empty where it is."""
    twin: str = ""
    """Path of the file that has the result where it says that it is the same image."""
    again: str = ""
    """What it is now, where it has changed since it ended in an earlier run; else empty."""
    patient: str = ""
    """Pseudonym of the patient; empty where it names none."""


@dataclass(frozen=True, slots=True)
class StudyTask:
    """The files of one study; one that names no study is a study of its own."""

    id: str
    """Pseudonym of the study."""
    files: tuple[FileTask, ...]
    begun: bool = False
    """Whether it has results of an earlier run, to which these are added."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Studies whose results are written together."""

    studies: tuple[StudyTask, ...]

    @property
    def files(self) -> Iterator[FileTask]:
        return chain.from_iterable(study.files for study in self.studies)

    @property
    def size(self) -> int:
        """Number of files."""
        return sum(len(study.files) for study in self.studies)

    def name(self, run: str) -> str:
        """The same for the same files in a run of the same fingerprint, and for no others."""
        digest = hashlib.sha256(run.encode())
        for name in sorted(f"{file.id}{file.again}" for file in self.files):
            digest.update(name.encode())
        return digest.hexdigest()[:20]


def chunked(studies: Iterable[StudyTask], enough: int) -> Iterator[Chunk]:
    """The studies in their order, closed as soon as a chunk has `enough` files.

    So a chunk depends on nothing that follows: where whole chunks are done already, the others
    are the same ones as before.
    """
    gathered: list[StudyTask] = []
    for study in studies:
        gathered.append(study)
        if sum(len(one.files) for one in gathered) >= enough:
            yield Chunk(tuple(gathered))
            gathered = []
    if gathered:
        yield Chunk(tuple(gathered))


def files_per_chunk(files: int, workers: int) -> int:
    """How many files make a chunk of a cohort of this size."""
    return max(1, min(MOST_FILES, files // (AT_LEAST_CHUNKS * max(workers, 1)) or 1))
