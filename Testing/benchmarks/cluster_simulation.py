"""A million files on many workers, computed from seconds that were measured; see `cohort_scale`."""

from __future__ import annotations

import asyncio
import heapq
import pickle
import random
import resource
import time
from collections.abc import Iterator

from EchoMeasureLib.batch.chunks import Chunk, FileTask, StudyTask
from EchoMeasureLib.batch.dask_workers import WINDOW


def simulate(
    seconds: list[float], files: int, size: int, count: int, cost: float, seed: int = 1
) -> tuple[float, float, float]:
    """End of a run, the share of time that workers are idle, and the tail, s.

    Chunks have the sum of measured seconds, drawn anew for each; studies are long or short as a
    whole, so that chunks differ more than chance alone would have it. A worker gets its next chunk
    when the scheduler is free, `cost` seconds for each.
    """
    draw = random.Random(seed)
    free = [(20.0 * draw.random(), worker) for worker in range(count)]  # workers come one by one
    heapq.heapify(free)
    scheduler, busy, ends = 0.0, 0.0, [0.0] * count
    for _ in range(files // size):
        at, worker = heapq.heappop(free)
        scheduler = max(scheduler, at) + cost
        work = sum(_studies(draw, seconds, size))
        busy += work
        ends[worker] = scheduler + work
        heapq.heappush(free, (ends[worker], worker))
    end = max(ends)
    return end, 1 - busy / (count * end), end - min(ends)


def _studies(draw: random.Random, seconds: list[float], size: int) -> Iterator[float]:
    """Files in studies of 50; those of one study are up to a third longer or shorter."""
    for start in range(0, size, 50):
        longer = draw.uniform(0.67, 1.33)
        some = min(50, size - start)
        yield longer * sum(draw.choices(seconds, k=some))


def chunk_bytes() -> int:
    """Size of a chunk of 250 files in five studies as it is sent, with paths of 120 characters."""
    files = [FileTask(f"{n:016x}", f"{'x' * 114}{n:06d}", f"{n:016x}") for n in range(250)]
    studies = (StudyTask(f"{n:016x}", tuple(files[n * 50 : n * 50 + 50])) for n in range(5))
    return len(pickle.dumps(Chunk(tuple(studies))))


async def scheduler_cost(count: int, chunks: int) -> float:
    """Seconds of processor that a chunk costs scheduler, client and the workers' loops together."""
    import dask
    from distributed import Client, LocalCluster, as_completed

    async def wait(number: int) -> int:
        await asyncio.sleep(0.5)
        return number

    with dask.config.set({"distributed.admin.tick.limit": "60s"}):
        async with (
            LocalCluster(
                n_workers=count, threads_per_worker=1, processes=False, dashboard_address=None,
                asynchronous=True, silence_logs=50,
            ) as local,
            Client(local, asynchronous=True) as client,
        ):  # fmt: skip
            begun, clock = time.process_time(), time.perf_counter()
            done, left = as_completed(), iter(range(chunks))
            path = "x" * 120
            # As a chunk of 250 files, with their paths.
            for _, number in zip(range(WINDOW * count), left, strict=False):
                done.add(client.submit(wait, number, key=f"c-{number}", pure=False))
            async for future in done:
                await future
                number = next(left, None)
                if number is not None:
                    payload = [f"{path}{number}-{place}" for place in range(250)]
                    done.add(client.submit(_waits, payload, key=f"c-{number}", pure=False))
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{chunks} chunks on {count} workers of one process that wait 0.5 s each: "
                f"{time.perf_counter() - clock:.0f} s (ideal {chunks * 0.5 / count:.0f} s), "
                f"{memory:.0f} MB for all of them and the scheduler"
            )
            return (time.process_time() - begun) / chunks


async def _waits(paths: list[str]) -> int:
    await asyncio.sleep(0.5)
    return len(paths)
