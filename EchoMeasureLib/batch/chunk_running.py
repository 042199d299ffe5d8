"""One chunk measured, in whatever process: what a single one and every worker of a cluster run."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from EchoMeasureLib.batch.batch_settings import BatchSettings
from EchoMeasureLib.batch.chunks import Chunk
from EchoMeasureLib.batch.cohort_rows import FILE
from EchoMeasureLib.batch.deciding import Orders
from EchoMeasureLib.batch.file_endings import Ending
from EchoMeasureLib.batch.file_measuring import Measurer
from EchoMeasureLib.batch.journal import Journal
from EchoMeasureLib.batch.parts import find_part, read_part, write_part
from EchoMeasureLib.batch.study_measuring import StudyPlace, measure_study
from EchoMeasureLib.exporting.measurement_records import Record
from EchoMeasureLib.exporting.pseudonyms import Key
from EchoMeasureLib.progress import Monitor, silent

REVIEWS, RUNNING = "reviews", "running"
"""Folders of the results, beside that of the parts."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker has to know. Can be pickled; it carries the key of the site."""

    out: Path
    settings: BatchSettings
    orders: Orders
    key: Key
    run: str
    """Fingerprint of settings, orders, weights and version."""

    @property
    def place(self) -> StudyPlace:
        return StudyPlace(self.out / REVIEWS, self.key, self.run)


@dataclass(frozen=True, slots=True)
class ChunkDone:
    """What came of a chunk."""

    name: str
    endings: Counter[str]
    """Number of files by `Ending`."""
    seconds: float
    """That it took here; 0 where it was done before."""


def run_chunk(
    chunk: Chunk,
    job: Job,
    measurer: Measurer,
    told: Callable[[Ending], None] = lambda ending: None,
    monitor: Monitor = silent,
) -> ChunkDone:
    """Measure the files of a chunk and write its part, unless that is there.

    Raises `OutputProblem` where results cannot be written, `WeightsProblem`, and what the monitor
    raises; nothing but the reviews of whole studies is left then.
    """
    begun, name = time.monotonic(), chunk.name(job.run)
    journal = Journal(job.out / RUNNING, name)
    done = find_part(job.out, name)
    if done is not None:
        journal.remove()
        rows = read_part(done, (FILE,), ("ending",))
        return ChunkDone(name, Counter(str(row["ending"]) for row in rows), 0.0)
    endings: Counter[str] = Counter()

    def rows_of_chunk() -> Iterator[Record]:
        for study in chunk.studies:
            for row in measure_study(study, measurer, job.place, journal, told, monitor):
                if row["kind"] == FILE:
                    endings[row["ending"]] += 1
                yield row

    write_part(job.out, name, rows_of_chunk())
    journal.remove()
    return ChunkDone(name, endings, time.monotonic() - begun)
