"""What runs inside a worker of Dask: loaded there, and by no one else."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence

from distributed import Worker, WorkerPlugin, get_worker

from EchoMeasureLib.batch.chunk_running import ChunkDone, Job, run_chunk
from EchoMeasureLib.batch.chunks import Chunk
from EchoMeasureLib.batch.cohort_files import CohortFile, Looked, look_at
from EchoMeasureLib.batch.file_endings import Ending
from EchoMeasureLib.batch.file_measuring import Measurer
from EchoMeasureLib.progress import Progress

CHUNK, ENDINGS = "chunk", "endings"
"""What an event says: the name of the chunk, and how many of its files ended how."""

TELL_EVERY_S = 1.0
"""A worker tells how its files ended at most so often: a scheduler has hundreds of them."""

_jobs: dict[str, Job] = {}
_measurers: dict[str, Measurer] = {}
_one_at_a_time = threading.Lock()
"""The networks of a process serve one chunk at a time, however many threads it has."""


class JobPlugin(WorkerPlugin):
    """Gives every worker, also one that is started anew, the job and its number of threads."""

    def __init__(self, job: Job, threads: int) -> None:
        self.name = f"echomeasure-{job.run}"
        self._job, self._threads = job, threads

    def setup(self, worker: Worker) -> None:
        """Called by Dask in the worker. Networks are loaded with the first chunk."""
        # Torch asks for it when it is loaded, with the first image: there may be none.
        os.environ["OMP_NUM_THREADS"] = str(self._threads)
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(self._threads)
        _jobs[self._job.run] = self._job


def look_in_worker(group: Sequence[CohortFile]) -> list[Looked]:
    """The files of a group with what their headers say."""
    return [look_at(file) for file in group]


def measure_in_worker(run: str, chunk: Chunk) -> ChunkDone:
    """Measure a chunk with the networks of this worker. Raises as `run_chunk`."""
    with _one_at_a_time:
        if run not in _measurers:
            job = _jobs[run]
            _measurers.clear()
            _measurers[run] = Measurer(job.settings, job.orders)
        teller = _Teller(run, chunk.name(run))
        done = run_chunk(chunk, _jobs[run], _measurers[run], teller.told, teller.watch)
        teller.tell()
        return done


class _Teller:
    """Tells the client how files have ended, some at a time."""

    def __init__(self, run: str, chunk: str) -> None:
        self._topic, self._chunk = topic_of(run), chunk
        self._counts: Counter[str] = Counter()
        self._at = time.monotonic()

    def told(self, ending: Ending) -> None:
        self._counts[ending.value] += 1
        if time.monotonic() - self._at >= TELL_EVERY_S:
            self.tell()

    def tell(self) -> None:
        if self._counts:
            event = {CHUNK: self._chunk, ENDINGS: dict(self._counts)}
            get_worker().log_event(self._topic, event)
        self._counts, self._at = Counter(), time.monotonic()

    def watch(self, progress: Progress) -> None:
        """Of the frames of one file nothing is told."""


def topic_of(run: str) -> str:
    """Under which workers tell how the files of a run ended."""
    return f"echomeasure-{run}"
