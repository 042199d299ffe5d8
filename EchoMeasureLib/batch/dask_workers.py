"""A batch on Dask: processes of this machine, or the workers of any cluster.

Dask distributes, retries and restarts. What it has to know is that a chunk which is written is
done, so nothing is lost with a worker, a scheduler or this client.
"""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias

from EchoMeasureLib.batch.batch_run import Told, Workers
from EchoMeasureLib.batch.chunk_running import RUNNING, ChunkDone, Job
from EchoMeasureLib.batch.chunks import Chunk
from EchoMeasureLib.batch.cohort_files import CohortFile, Looked
from EchoMeasureLib.batch.file_endings import Ending
from EchoMeasureLib.batch.journal import let_off
from EchoMeasureLib.batch.task_list import TaskList
from EchoMeasureLib.errors import EchoMeasureError, InvalidState, needed_for

_Future: TypeAlias = Any
"""Of distributed, whose calls have few types."""

WINDOW = 3
"""Tasks for each worker that the scheduler knows of: one runs, and the next ones wait."""

MEMORY = 3 << 30
"""Bytes of a worker on this machine, beside its networks, at which Dask starts it anew. With those
of the package one takes about 1 GB."""

MALLOC = {"distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 1 << 30}
"""Dask tells its workers to give memory back at once (MALLOC_TRIM_THRESHOLD_), which halves the
speed of torch; with this, large blocks are kept all the same."""

SELDOM = {
    "distributed.worker.profile.enabled": False,
    "distributed.worker.memory.monitor-interval": "500ms",
    "distributed.admin.tick.interval": "500ms",
    "distributed.admin.system-monitor.interval": "5s",
}
"""Looking after themselves, as Dask does it by default up to 100 times a second, took 3 % of a core
of each worker and of the client beside it; so seldom it takes 0.3 % and 0.8 %."""

POLL_S = 0.2
RECONNECT_S = 900.0
"""A scheduler that is gone may come back within this time."""


@contextmanager
def local_workers(job: Job, count: int) -> Iterator[Workers]:
    """So many processes of this machine, on the loopback alone; gone at the end.

    Raises `MissingPackage` without distributed.
    """
    with needed_for("Measuring with several processes"):
        import dask
        import distributed
    # Who is asked to stop leaves connections half closed, of which it would tell with a traceback.
    _silence("asyncio")
    client_of: Any = distributed.Client
    cluster_of: Any = distributed.LocalCluster
    with (
        _stopped_together(job),
        dask.config.set(MALLOC | SELDOM),
        cluster_of(
            n_workers=count,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            memory_limit=MEMORY + 2 * job.settings.weight_bytes(),
            silence_logs=logging.CRITICAL,
        ) as cluster,
    ):
        workers = DaskWorkers(job, lambda: client_of(cluster), may_come_back=False)
        try:
            yield workers
        finally:
            workers.close()


def _silence(*names: str) -> None:
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


@contextmanager
def _stopped_together(job: Job) -> Iterator[None]:
    """A run that is stopped takes its workers along: they have not died of their files."""
    try:
        yield
    finally:
        let_off(job.out / RUNNING)


@contextmanager
def cluster_workers(job: Job, address: str) -> Iterator[Workers]:
    """The workers of the scheduler at this address, which is left as it is.

    Raises `MissingPackage` without distributed, and `InvalidState` where no scheduler answers.
    """
    with needed_for("Measuring on a cluster"):
        import distributed
    # What it logs while a scheduler is away is said here in one sentence, if it stays away.
    _silence("distributed", "asyncio")
    client_of: Any = distributed.Client

    def connect() -> Any:
        try:
            return client_of(address, timeout=10)
        except (OSError, ValueError) as error:
            raise InvalidState(
                f"No scheduler answers at {address}.",
                "Name one that runs, such as tcp://10.0.0.1:8786.",
            ) from error

    workers = DaskWorkers(job, connect, may_come_back=True)
    try:
        yield workers
    finally:
        workers.close()


class _Lost(Exception):
    """The scheduler has gone."""


class DaskWorkers:
    """See `batch_run.Workers`."""

    def __init__(self, job: Job, connect: Callable[[], Any], may_come_back: bool) -> None:
        """Raises what `connect` does."""
        self._job, self._connect, self._may_come_back = job, connect, may_come_back
        self._told = queue.SimpleQueue[tuple[str, dict[str, int]]]()
        self._count = 0
        self._client: Any = self._connected()

    @property
    def count(self) -> int:
        """How many workers there are now; one at least, as they may still be on their way."""
        # While a scheduler goes, it has as many as before.
        with suppress(OSError):
            self._count = len(self._client.scheduler_info(n_workers=-1)["workers"])
        return max(1, self._count)

    def close(self) -> None:
        """Leave the cluster."""
        with suppress(Exception):
            self._client.close(timeout=5)

    def look(self, groups: Iterable[Sequence[CohortFile]]) -> Iterator[Sequence[Looked]]:
        """As `Workers.look`. Raises as `measure`."""
        from EchoMeasureLib.batch.dask_tasks import look_in_worker

        yield from self._run(TaskList(groups, look_in_worker, lambda group: None), self._drop)

    def measure(self, chunks: Iterable[Chunk], told: Told) -> Iterator[ChunkDone]:
        """As `Workers.measure`.

        Raises as `run_chunk`, and `InvalidState` where the scheduler went and did not come back.
        """
        from EchoMeasureLib.batch.dask_tasks import measure_in_worker

        run = self._job.run

        def tell() -> None:
            while not self._told.empty():
                chunk, endings = self._told.get()
                for ending, number in endings.items():
                    told(chunk, Ending(ending), number)

        tasks = TaskList(
            chunks,
            lambda chunk: measure_in_worker(run, chunk),
            lambda chunk: f"echomeasure-{run}-{chunk.name(run)}",
        )
        yield from self._run(tasks, tell)

    def _drop(self) -> None:
        while not self._told.empty():
            self._told.get()

    def _connected(self) -> Any:
        from EchoMeasureLib.batch.dask_tasks import CHUNK, ENDINGS, JobPlugin, topic_of

        client = self._connect()
        client.register_plugin(JobPlugin(self._job, threads=1))

        def hear(event: tuple[float, dict[str, Any]]) -> None:
            self._told.put((event[1][CHUNK], event[1][ENDINGS]))

        client.subscribe_topic(topic_of(self._job.run), hear)
        return client

    def _run(self, tasks: TaskList[Any], heard: Callable[[], None]) -> Iterator[Any]:
        while True:
            try:
                yield from self._run_window(tasks, heard)
                return
            except _Lost:
                self._come_back()

    def _run_window(self, tasks: TaskList[Any], heard: Callable[[], None]) -> Iterator[Any]:
        from distributed import as_completed

        running: dict[str, tuple[_Future, Any]] = {}
        done: Any = as_completed(loop=self._client.loop)  # type: ignore[no-untyped-call]

        def start() -> bool:
            item = tasks.next()
            if item is None:
                return False
            try:
                future = self._client.submit(tasks.function, item, key=tasks.key(item), pure=False)
            except Exception as error:
                tasks.again([item])
                raise _Lost from error
            running[future.key] = future, item
            done.add(future)
            return True

        try:
            while len(running) < WINDOW * self.count and start():
                pass
            while running:
                while not done.has_ready():
                    heard()
                    self._check_there()
                    time.sleep(POLL_S)
                future, item = running.pop(next(done).key)
                result = self._result(future, tasks, item)
                future.release()
                if result is not None:
                    yield result
                while len(running) < WINDOW * self.count and start():
                    pass
        except _Lost:
            tasks.again(item for _, item in running.values())
            raise

    def _result(self, future: _Future, tasks: TaskList[Any], item: Any) -> Any:
        """What a task gave; None where it is to be run again."""
        from distributed import KilledWorker
        from distributed.comm.core import CommClosedError

        try:
            return future.result()
        except KilledWorker as error:
            # The journal knows which file kills: in the end it is passed over.
            if not tasks.once_more(item):
                raise InvalidState(
                    "Workers die whatever they measure.",
                    "See how much memory they have: one takes about 1 GB.",
                ) from error
            return None
        except (CancelledError, CommClosedError) as error:
            # A scheduler may also go while what it gathered is on its way here.
            tasks.again([item])
            raise _Lost from error

    def _check_there(self) -> None:
        if self._client.status not in ("running", "newly-created"):
            raise _Lost

    def _come_back(self) -> None:
        """Connect again, for as long as the scheduler may come back."""
        self.close()
        until = time.monotonic() + (RECONNECT_S if self._may_come_back else 0.0)
        while True:
            try:
                self._client = self._connected()
                return
            except (EchoMeasureError, OSError) as error:
                if time.monotonic() >= until:
                    raise InvalidState(
                        "The scheduler has gone.", "What is written stays: go on with --resume."
                    ) from error
                time.sleep(1.0)
