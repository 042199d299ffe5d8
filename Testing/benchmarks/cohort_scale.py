"""What a cohort costs: a million rows asked, one process beside two, and 200 workers simulated.

`python Testing/benchmarks/cohort_scale.py rows|cost|workers|memory|cluster`. `cost` counts the
seconds of a processor for each kind of file; `workers` measures phantoms and takes minutes;
`cluster` times the real scheduler of Dask with workers that only wait, then computes a run of
1,000,000 files on 200 workers.
Every figure is printed with the load of the machine. Docs/cohorts.md has them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.compute
import torch
from cluster_simulation import chunk_bytes, scheduler_cost, simulate
from file_costs import STUDY, costs_of, seconds_of_large_networks
from pyarrow import parquet

from EchoMeasureLib.batch.cohort_figures import figures_of
from EchoMeasureLib.batch.cohort_query import query
from EchoMeasureLib.batch.cohort_rows import cohort_row
from EchoMeasureLib.batch.cohort_tables import write_tables
from EchoMeasureLib.batch.dask_workers import WINDOW
from EchoMeasureLib.batch.merged_parts import merge_parts
from EchoMeasureLib.batch.parts import parts, settle_parts, write_part
from EchoMeasureLib.batch.run_folder import SCHEMA
from EchoMeasureLib.texts import json_text

MILLION = 1_000_000

QUESTIONS = {
    "endings": "SELECT ending, reason, count(*) FROM files GROUP BY ALL",
    "values": "SELECT measurement, count(value), avg(value), stddev(value) FROM summaries "
    "WHERE flags IS NULL GROUP BY measurement",
    "per patient": "SELECT patient, avg(value) AS m FROM summaries WHERE measurement = 'trvmax' "
    "GROUP BY patient ORDER BY m DESC LIMIT 20",
    "joined": "SELECT f.scanner, avg(c.value) FROM calipers c JOIN files f ON c.image = f.image "
    "WHERE c.measurement = 'lvid' GROUP BY ALL",
}


def load() -> str:
    """The load of the machine as it is now."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


# Rows


def rows(args: argparse.Namespace) -> None:
    """A million rows in parts, asked by `echomeasure cohort query`."""
    for number_of_parts in args.parts:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder)
            _write_rows(out, number_of_parts)
            size = sum(path.stat().st_size for path in parts(out)) / 1e6
            print(f"{MILLION} rows in {number_of_parts} parts, {size:.0f} MB, {load()}")
            print(f"  during the run: {_computed(out, merge_parts)}", flush=True)
            for state in ("while it runs, of the parts", "once it has ended, of the tables"):
                print(f"  {state}")
                for name, sql in QUESTIONS.items():
                    print(f"    {name}: {_asked(out, sql)}", flush=True)
                if state.startswith("while"):
                    print(f"  put together: {_put_together(out)}", flush=True)


def _put_together(out: Path) -> str:
    """Seconds of processors that the end of a run takes for so many rows."""
    return ", ".join(_computed(out, step) for step in (settle_parts, write_tables, figures_of))


def _computed(out: Path, step: Callable[[Path], object]) -> str:
    begun = time.process_time()
    step(out)
    return f"{step.__name__} {time.process_time() - begun:.1f} s"


def _asked(out: Path, sql: str) -> str:
    """How long the middle one of three answers took, and how much of that was computing."""
    times = []
    for _ in range(3):
        begun, clock = time.process_time(), time.perf_counter()
        found = sum(1 for _ in query(out, sql).rows)
        times.append((time.perf_counter() - clock, time.process_time() - begun))
    wall, computing = sorted(times)[1]
    return f"{found} rows in {wall:.2f} s ({computing:.2f} s of processors)"


def _write_rows(out: Path, number_of_parts: int) -> None:
    (out / "parts").mkdir()
    record = {"schema": SCHEMA, "fingerprint": "0", "files_per_chunk": 250}
    (out / "run.json").write_text(json_text(record))
    draw = random.Random(4)
    each = MILLION // number_of_parts
    # One real part gives the schema; the others are written without Python's rows.
    sample = write_part(out, "00", (_row(n, draw) for n in range(each)))
    table = parquet.read_table(sample)
    for number in range(1, number_of_parts):
        numbers = pyarrow.array([draw.gauss(5, 1) for _ in range(each)], pyarrow.float64())
        changed = table.set_column(table.schema.get_field_index("value"), "value", numbers)
        for name in ("study", "patient", "file", "image"):
            # No file and no study is in two parts.
            text = pyarrow.compute.replace_substring_regex(table[name], "^0{6}", f"{number:06x}")
            changed = changed.set_column(table.schema.get_field_index(name), name, text)
        parquet.write_table(changed, sample.with_name(f"part-{number:06d}.parquet"))


def _row(number: int, draw: random.Random) -> dict:
    kind = ("file", "caliper", "caliper", "caliper", "beat", "summary")[number % 6]
    study, image = f"{number // 60:016x}", f"{number // 6:016x}"
    row = {"kind": kind, "study": study, "patient": study, "image": image, "frame": number % 40}
    if kind == "file":
        ended = draw.choice(("done", "done", "done", "refused"))
        more = {"file": image, "ending": ended, "scanner": f"model {number % 5}"}
        return cohort_row({**row, **more, "reason": "" if ended == "done" else "it is a text"})
    more = {"measurement": draw.choice(("lvid", "trvmax", "tapse", "e")), "unit": "cm"}
    return cohort_row({**row, **more, "value": draw.gauss(5, 1), "x1_px": draw.random() * 640})


# Workers


def workers(args: argparse.Namespace) -> None:
    """Files per second of one process and of two workers."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        large, key = _folder(folder / "large", args.files), folder / "key"
        for count in (1, 2, 1, 2):
            begun, where = load(), _fresh(folder / "out")
            seconds, peak = _batch(large, where, key, count)
            rate = args.files / seconds
            print(
                f"{args.files} files, {count} worker(s): {seconds:.0f} s, {rate:.2f} files/s, most "
                f"memory of a process {peak:.0f} MB ({begun}, {load()} at the end)",
                flush=True,
            )


def memory(args: argparse.Namespace) -> None:
    """The peak of one process with few files and with many: it is the same."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in args.files:
            files = _folder(folder / str(number), number)
            _, peak = _batch(files, folder / f"out {number}", folder / "key", 1)
            print(f"{number} files in one process: {peak:.0f} MB, {load()}", flush=True)


def _folder(folder: Path, number: int) -> Path:
    sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
    from cohort_folder import write_many

    return write_many(folder, number)


def _fresh(out: Path) -> Path:
    shutil.rmtree(out, ignore_errors=True)
    return out


def _batch(folder: Path, out: Path, key: Path, count: int) -> tuple[float, float]:
    """Seconds of measuring alone, and the peak of the largest process, MB."""
    code = (
        "import json, resource, subprocess, sys; done = subprocess.run(sys.argv[1:],"
        " stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True);"
        "last = [json.loads(x) for x in done.stderr.splitlines() if x.startswith('{')][-1];"
        "print(last['seconds'], resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    words = ["batch", folder, "--out", out, "--key-file", key, "--progress", "json"]
    command = [sys.executable, "-m", "EchoMeasureLib.cli.main", *map(str, words)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, *command, "--workers", str(count)],
        capture_output=True, text=True, check=True, env=environment,
    )  # fmt: skip
    seconds, peak = map(float, done.stdout.split())
    return seconds, peak / 1024


# Cost and cluster


def cluster(args: argparse.Namespace) -> None:
    """What a chunk costs the real scheduler, and how a million files would go."""
    cost = args.chunk_cost or asyncio.run(scheduler_cost(args.real_workers, args.chunks))
    print(
        f"scheduler, client and the loops of workers: {1000 * cost:.1f} ms for each chunk, {load()}"
    )
    costs = dict(zip(STUDY, args.costs, strict=True)) if args.costs else costs_of("all")
    seconds = [found for kind, found in costs.items() for _ in range(kind.in_study)]
    mean = statistics.mean(seconds)
    print(f"a study of {len(seconds)} files: {mean:.2f} s of a core for each, {load()}")
    held = WINDOW * args.workers * chunk_bytes() / 1e6
    print(f"{WINDOW * args.workers} chunks of 250 files that the scheduler holds: {held:.0f} MB")
    for size in (50, 100, 250, 500):
        end, idle, tail = simulate(seconds, MILLION, size, args.workers, cost)
        ideal = MILLION * mean / args.workers
        print(
            f"chunks of {size}: {end / 3600:.2f} h (ideal {ideal / 3600:.2f} h), last worker ends "
            f"{tail / 60:.1f} min after the first is idle, {100 * idle:.1f} % of the time idle, "
            f"scheduler busy {100 * cost * MILLION / size / end:.1f} %"
        )


def cost(args: argparse.Namespace) -> None:
    """Seconds of a processor for each kind of file, and files for each core and hour."""
    for frames, engine in [(frames, engine) for frames in args.frames for engine in args.engines]:
        found = costs_of(frames, engine)
        print(f"frames {frames}, {engine}, {load()}")
        for kind, seconds in found.items():
            print(f"  {kind.words}: {seconds:.2f} s, {3600 / seconds:.0f} files per core and hour")
        mean = sum(kind.in_study * seconds for kind, seconds in found.items()) / 50
        print(f"  a study of {sum(kind.in_study for kind in STUDY)}: {mean:.2f} s a file")
    for engine in args.engines:
        with tempfile.TemporaryDirectory() as name:
            for id, seconds in seconds_of_large_networks(Path(name), engine).items():
                print(f"  published size, {engine}, {id}: {seconds:.2f} s a frame, {load()}")


def main() -> None:
    """Run one of them."""
    # One thread, as a worker has it: torch and OpenVINO ask for it when they are loaded.
    os.environ["OMP_NUM_THREADS"] = "1"
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__)
    actions = parser.add_subparsers(required=True)
    one = actions.add_parser("rows")
    one.add_argument("--parts", type=int, nargs="+", default=[400, 4000])
    one.set_defaults(run=rows)
    one = actions.add_parser("workers")
    one.add_argument("--files", type=int, default=500)
    one.set_defaults(run=workers)
    one = actions.add_parser("memory")
    one.add_argument("--files", type=int, nargs="+", default=[50, 500])
    one.set_defaults(run=memory)
    one = actions.add_parser("cluster")
    one.add_argument("--workers", type=int, default=200)
    one.add_argument("--real-workers", type=int, default=8, help="of the scheduler that is timed")
    one.add_argument("--chunks", type=int, default=160)
    one.add_argument("--chunk-cost", type=float, help="seconds, where they were measured before")
    one.add_argument("--costs", type=float, nargs=len(STUDY), help="the same for each kind of file")
    one.set_defaults(run=cluster)
    one = actions.add_parser("cost")
    one.add_argument("--frames", nargs="+", default=["all", "::4"])
    one.add_argument("--engines", nargs="+", default=["torch", "openvino"])
    one.set_defaults(run=cost)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
