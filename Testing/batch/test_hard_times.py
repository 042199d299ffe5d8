"""Five hundred files while everything dies: nothing is lost, and nothing is there twice."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from batches import Batch
from child_processes import children
from cohort_folder import write_many
from command_line import COMMAND, surroundings
from free_ports import free_port
from waiting import wait_until

from EchoMeasureLib.batch.parts import parts, read_part

pytestmark = pytest.mark.slow

FILES = 500
KILLS = 20
PATIENCE_S = 3000


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_many(tmp_path_factory.mktemp("many") / "files", FILES)


@pytest.fixture(scope="module")
def undisturbed(many: Path, tmp_path_factory: pytest.TempPathFactory) -> Batch:
    batch = Batch(many, tmp_path_factory.mktemp("quiet") / "out")
    done = subprocess.run(_words(batch), env=_environment(), check=False, timeout=PATIENCE_S)
    assert done.returncode == 0
    return batch


def _environment() -> dict[str, str]:
    return surroundings(OMP_NUM_THREADS="1")


def _words(batch: Batch, *more: str) -> list[str]:
    key = batch.folder.parent / "site.key"
    if not key.exists():
        key.write_text("the key of the long tests")
    words = ["batch", batch.folder, "--out", batch.out, "--key-file", key, "--progress", "none"]
    return [*COMMAND, *map(str, words), "--resume", *more]


def _check_same(batch: Batch, undisturbed: Batch) -> None:
    files = [row for path in parts(batch.out) for row in read_part(path, ("file",))]
    assert len(files) == FILES
    assert len({row["file"] for row in files}) == FILES
    assert Counter(row["ending"] for row in files) == {"done": FILES}
    for table in ("files", "calipers", "beats", "summaries", "derived", "grades"):
        rows, expected = batch.table(table), undisturbed.table(table)
        assert sorted(map(str, rows)) == sorted(map(str, expected)), table
    names = [path.name for path in (batch.out / "reviews").iterdir()]
    expected_names = [path.name for path in (undisturbed.out / "reviews").iterdir()]
    assert sorted(names) == sorted(expected_names)
    assert not list(batch.out.rglob(".part-*"))


def test_five_hundred_files_unattended(undisturbed: Batch) -> None:
    _check_same(undisturbed, undisturbed)


@pytest.mark.skipif(sys.platform == "win32", reason="counts as Unix does")
def test_a_file_costs_two_workers_no_more_than_one_process(tmp_path: Path) -> None:
    """Seconds of processors, so that it does not matter what else the machine does.

    With Dask's own setting of the C library's memory a file would take twice as many. Their start
    is left out: 240 files are compared with 40.
    """
    folders = {n: write_many(tmp_path / f"{n} files", n) for n in (40, 240)}
    taken = {
        workers: {n: _computed(Batch(f, tmp_path / f"{n} {workers}"), workers)
                  for n, f in folders.items()}
        for workers in (1, 2)
    }  # fmt: skip
    one, two = (found[240] - found[40] for found in taken.values())
    assert two < 1.4 * one, taken


def _computed(batch: Batch, workers: int) -> float:
    """Seconds of processors that a run takes with all its processes."""
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = _words(batch, "--workers", str(workers))
    assert subprocess.run(words, env=_environment(), check=False).returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_workers_and_clients_killed_at_any_moment(
    many: Path, undisturbed: Batch, tmp_path: Path
) -> None:
    """Half of the kills hit the client with all that hangs on it, the others one worker.

    A fast machine is through before all of them: another folder is filled then.
    """
    draw, kills, rounds = random.Random(7), 0, 0
    until = time.monotonic() + PATIENCE_S
    while kills < KILLS:
        rounds += 1
        batch, ended = Batch(many, tmp_path / f"out {rounds}"), None
        while ended != 0:
            client = subprocess.Popen(_words(batch, "--workers", "2"), env=_environment())
            while client.poll() is None:
                assert time.monotonic() < until
                time.sleep(draw.uniform(2, 12))
                if kills >= KILLS or client.poll() is not None:
                    continue
                kills += 1
                workers = children(client.pid)
                victim = client.pid if kills % 2 or not workers else draw.choice(workers)
                with suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)
            ended = client.returncode
            assert time.monotonic() < until
        _check_same(batch, undisturbed)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounts a small disk")
def test_a_full_disk_stops_the_run_and_with_room_it_goes_on(
    many: Path, undisturbed: Batch, tmp_path: Path
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "none", str(small)]
    if subprocess.run(mount, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        batch = Batch(many, small / "out")
        done = subprocess.run(
            _words(batch), env=_environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "Check the disk space" in done.stderr
        assert "Traceback" not in done.stderr
        for path in parts(batch.out):
            assert list(read_part(path)), "a part is whole or not there"
        kept = tmp_path / "out"
        shutil.copytree(batch.out, kept)
    finally:
        subprocess.run(["umount", small], check=True)
    roomy = Batch(many, kept)
    assert subprocess.run(_words(roomy), env=_environment(), check=False).returncode == 0
    _check_same(roomy, undisturbed)


def _answers(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _cluster(port: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """A scheduler and two workers as processes of their own."""
    environment = {**_environment(), "MALLOC_MMAP_THRESHOLD_": str(1 << 30)}
    quiet = {"env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "dask"]
    address = ["--host", "127.0.0.1", "--no-dashboard"]
    running = [subprocess.Popen([*dask, "scheduler", "--port", str(port), *address], **quiet)]
    wait_until(lambda: _answers(port), "the scheduler")
    worker = [*dask, "worker", f"tcp://127.0.0.1:{port}", "--nthreads", "1", *address]
    running += [subprocess.Popen(worker, **quiet) for _ in range(2)]
    try:
        yield running
    finally:
        for process in reversed(running):
            process.kill()
            process.wait()


def test_a_scheduler_that_goes_and_comes_back(
    many: Path, undisturbed: Batch, tmp_path: Path
) -> None:
    port, batch = free_port(), Batch(many, tmp_path / "out")
    words = _words(batch, "--scheduler", f"tcp://127.0.0.1:{port}")
    with _cluster(port):
        client = subprocess.Popen(words, env=_environment())
        wait_until(
            lambda: client.poll() is not None or len(list(batch.out.glob("parts/part-*"))) >= 3,
            "three parts",
        )
    assert client.poll() is None, "the client waits for a scheduler that may come back"
    with _cluster(port):
        assert client.wait(timeout=PATIENCE_S) == 0
    _check_same(batch, undisturbed)
