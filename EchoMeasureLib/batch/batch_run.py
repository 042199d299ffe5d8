"""A batch from its folders to its tables: what the command and every other skin start."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Protocol

from EchoMeasureLib.batch.chunk_running import ChunkDone, Job, run_chunk
from EchoMeasureLib.batch.chunks import Chunk, chunked, files_per_chunk
from EchoMeasureLib.batch.cohort_files import CohortFile, Looked, cohort_files, look_at
from EchoMeasureLib.batch.cohort_index import CohortIndex
from EchoMeasureLib.batch.cohort_rows import FILE
from EchoMeasureLib.batch.cohort_summary import write_summary
from EchoMeasureLib.batch.cohort_tables import write_tables
from EchoMeasureLib.batch.file_endings import Ending
from EchoMeasureLib.batch.file_measuring import Measurer
from EchoMeasureLib.batch.merged_parts import PARTS_TO_MERGE, merge_parts
from EchoMeasureLib.batch.parts import parts, read_part, settle_parts
from EchoMeasureLib.batch.run_folder import Run, keep_chunk_size
from EchoMeasureLib.errors import InvalidArgument

LOOKED_AT_ONCE = 100
"""Files whose headers are read in one task."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a batch has come."""

    stage: str
    """looking, measuring or writing."""
    files: int
    """Found so far while looking; from then on all of them."""
    done: int = 0
    refused: int = 0
    failed: int = 0
    before: int = 0
    """Of the ended ones, those of an earlier run."""
    seconds: float = 0.0
    """Since measuring began."""

    @property
    def ended(self) -> int:
        """Files that are done, refused or failed."""
        return self.done + self.refused + self.failed

    @property
    def rate(self) -> float | None:
        """Files per second of this run; None before the first one."""
        ended = self.ended - self.before
        return ended / self.seconds if ended and self.seconds else None

    @property
    def left_s(self) -> float | None:
        """Seconds that the rest will take at this rate."""
        return None if self.rate is None else (self.files - self.ended) / self.rate


Watch = Callable[[Tally], None]
"""Is told of every step, and stops the batch by raising `progress.Cancelled`."""


class Told(Protocol):
    """Hears of files as they end."""

    def __call__(self, chunk: str, ending: Ending, number: int) -> None:
        """So many files of the chunk of this name ended so."""


class Workers(Protocol):
    """What runs the tasks of a batch: this process, or those of a cluster."""

    @property
    def count(self) -> int:
        """How many chunks run at a time."""

    def look(self, groups: Iterable[Sequence[CohortFile]]) -> Iterator[Sequence[Looked]]:
        """The files of each group with what their headers say, in any order."""

    def measure(self, chunks: Iterable[Chunk], told: Told) -> Iterator[ChunkDone]:
        """Measure chunks; `told` may hear of files after their chunk is done."""


class OneProcess:
    """Does all of it here, one chunk after the other."""

    @property
    def count(self) -> int:
        """As `Workers.count`."""
        return 1

    def __init__(self, job: Job) -> None:
        """Raises as `Measurer`."""
        self._job = job
        self._measurer = Measurer(job.settings, job.orders)

    def look(self, groups: Iterable[Sequence[CohortFile]]) -> Iterator[Sequence[Looked]]:
        """As `Workers.look`."""
        return ([look_at(file) for file in group] for group in groups)

    def measure(self, chunks: Iterable[Chunk], told: Told) -> Iterator[ChunkDone]:
        """As `Workers.measure`. Raises as `run_chunk`."""
        for chunk in chunks:
            tell = partial(told, chunk.name(self._job.run), number=1)
            yield run_chunk(chunk, self._job, self._measurer, tell)


def run_batch(
    folders: Sequence[Path], job: Job, run: Run, workers: Workers, watch: Watch = lambda t: None
) -> Tally:
    """Measure every file in these folders, and write tables and summary; returns the end.

    `run` is what `begin_run` gave for the folder of the job. Goes on where an earlier run ended.
    Raises `InvalidArgument` where there is no file or folder, `OutputProblem`, `WeightsProblem`,
    and what `watch` raises.
    """
    settle_parts(job.out)
    with CohortIndex(job.key) as index:
        _look(folders, job, workers, index, watch)
        names = ("file", "ending", "image", "study", "bytes")
        index.finish(row for path in parts(job.out) for row in read_part(path, (FILE,), names))
        index.settle()
        watching = _Watching(watch, index.count, index.before)
        enough = run.files_per_chunk or files_per_chunk(index.left, workers.count)
        if not run.files_per_chunk:
            keep_chunk_size(job.out, run, enough)
        chunks = workers.measure(chunked(index.studies(), enough), watching.told)
        for number, chunk in enumerate(chunks):
            watching.chunk_done(chunk)
            if number % PARTS_TO_MERGE == 0:
                merge_parts(job.out)
        watching.say("writing")
        settle_parts(job.out)
        write_tables(job.out)
        write_summary(job.out, index)
        return watching.tally("finished")


def _look(
    folders: Sequence[Path], job: Job, workers: Workers, index: CohortIndex, watch: Watch
) -> None:
    found = cohort_files(folders, [job.out])
    first = next(found, None)
    if first is None:
        raise InvalidArgument("There is no file in these folders.", "Name one that has some.")
    files = chain((first,), found)
    looked = 0
    for group in workers.look(_groups(files)):
        index.add(group)
        looked += len(group)
        watch(Tally("looking", looked))


def _groups(files: Iterator[CohortFile]) -> Iterator[list[CohortFile]]:
    while group := list(islice(files, LOOKED_AT_ONCE)):
        yield group


class _Watching:
    """Counts files as they end, those of each chunk once, whoever tells of them and when."""

    def __init__(self, watch: Watch, files: int, earlier: Counter[str]) -> None:
        self._watch, self._files, self._earlier = watch, files, earlier
        self._sure = Counter(earlier)
        self._told: dict[str, Counter[str]] = {}
        self._done: set[str] = set()
        self._begun = time.monotonic()
        self.say("measuring")

    def told(self, chunk: str, ending: Ending, number: int) -> None:
        if chunk not in self._done:
            self._told.setdefault(chunk, Counter())[ending.value] += number
            self.say("measuring")

    def chunk_done(self, chunk: ChunkDone) -> None:
        self._sure += chunk.endings
        self._told.pop(chunk.name, None)
        self._done.add(chunk.name)
        self.say("measuring")

    def say(self, stage: str) -> None:
        self._watch(self.tally(stage))

    def tally(self, stage: str) -> Tally:
        """What is sure, and what is told while more is left than that."""
        counts = Counter(self._sure)
        room = self._files - counts.total()
        told = sum(self._told.values(), Counter[str]())
        for ending, number in told.items():
            some = min(number, room) if stage == "measuring" else 0
            counts[ending] += some
            room -= some
        tally = Tally(stage, self._files, before=self._earlier.total())
        done, refused, failed = (counts[ending.value] for ending in Ending)
        seconds = time.monotonic() - self._begun
        return replace(tally, done=done, refused=refused, failed=failed, seconds=seconds)
