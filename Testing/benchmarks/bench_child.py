"""Pieces of work of `make bench` that need a process of their own: `bench_child.py WORK FACTS`.

The last line of what it prints is a record in JSON.
"""

from __future__ import annotations

import time

BORN = time.perf_counter()

import json  # noqa: E402
import resource  # noqa: E402
import statistics  # noqa: E402
import sys  # noqa: E402
from collections.abc import Sequence  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402


def peak() -> float:
    """Most memory so far, MiB. What the system counts for a child begins with its parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def published(file: str, checkpoint: str) -> dict[str, Any]:
    """The first frame of a file, as the published scripts do it."""
    import pydicom
    from bench_published import PublishedWay

    pixels = pydicom.dcmread(file).pixel_array
    PublishedWay(Path(checkpoint)).points(pixels[0])
    return {"seconds": time.perf_counter() - BORN, "memory": peak()}


def first(file: str, weights: str | None, id: str) -> dict[str, Any]:
    """From nothing to the first caliper of a frame, and the same of another frame after it."""
    from EchoMeasureLib.imaging.reading import read
    from EchoMeasureLib.inference.predicting import Predictor
    from EchoMeasureLib.inference.weight_store import Store
    from EchoMeasureLib.measuring.running import beat_by_beat

    predictor = Predictor(Store(None if weights is None else Path(weights)))
    # As the commands do.
    predictor.expect([id])
    cine = read(file)

    def caliper(frame: int) -> float:
        start = time.perf_counter()
        (found,) = predictor.predict(cine, [id], [frame])
        beat_by_beat(cine, found)
        return time.perf_counter() - start

    caliper(0)
    seconds = time.perf_counter() - BORN
    again = statistics.median(caliper(frame) for frame in (1, 2, 3))
    return {"seconds": seconds, "again": again, "memory": peak()}


def converted(file: str, weights: str, ids: Sequence[str]) -> dict[str, Any]:
    """One frame with each network for the first time: converted, and the engine of this machine
    chosen, by processes of their own; kept from then on."""
    from EchoMeasureLib.imaging.reading import read
    from EchoMeasureLib.inference.predicting import Predictor
    from EchoMeasureLib.inference.weight_store import Store

    list(Predictor(Store(Path(weights))).predict(read(file), ids, [0]))
    others = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"memory": peak(), "elsewhere": others}


def whole(file: str, weights: str, ids: Sequence[str]) -> dict[str, Any]:
    """Calipers of all these measurements on the frames that matter, and all of it once more."""
    from collections import Counter

    from EchoMeasureLib.imaging.reading import read
    from EchoMeasureLib.inference.predicting import Predictor
    from EchoMeasureLib.inference.weight_store import Store
    from EchoMeasureLib.measuring.coarse_to_fine import predict_what_matters
    from EchoMeasureLib.measuring.running import beat_by_beat

    start = time.perf_counter()
    cine, predictor = read(file), Predictor(Store(Path(weights)))
    frames: Counter[str] = Counter()
    formats: Counter[str] = Counter()
    for found in predict_what_matters(predictor.predict, cine, ids):
        beat_by_beat(cine, found)
        frames[found.measurement] += 1
        formats[found.model.precision] += 1
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    for found in predict_what_matters(predictor.predict, cine, ids):
        beat_by_beat(cine, found)
    again = time.perf_counter() - start
    told = {"seconds": seconds, "again": again, "memory": peak()}
    return {**told, "frames": frames, "formats": formats}


def frames(file: str, weights: str | None, ids: Sequence[str], count: int) -> dict[str, Any]:
    """Milliseconds a frame, networks loaded: the median of so many, one at a time."""
    from EchoMeasureLib.imaging.reading import read
    from EchoMeasureLib.inference.predicting import Predictor
    from EchoMeasureLib.inference.weight_store import Store

    cine = read(file)
    predictor = Predictor(Store(None if weights is None else Path(weights)))
    times = []
    for frame in range(count + 1):
        cine.frame(frame)
        start = time.perf_counter()
        list(predictor.predict(cine, ids, [frame]))
        times.append(time.perf_counter() - start)
    return {"ms": 1000 * statistics.median(times[1:])}


WORK = {work.__name__: work for work in (published, first, converted, whole, frames)}

if __name__ == "__main__":
    print(json.dumps(WORK[sys.argv[1]](**json.loads(sys.argv[2]))))
