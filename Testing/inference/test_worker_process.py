"""What only a real child process can show. Every wait has the one generous deadline."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from waiting import DEADLINE_S, events_until, wait_until
from watch import Watch

from EchoMeasureLib.inference.child import ChildProcess
from EchoMeasureLib.inference.events import Failed, Finished, Found, Stopped, Working
from EchoMeasureLib.inference.messages import Job, decode, encode
from EchoMeasureLib.inference.settings import Settings
from EchoMeasureLib.inference.worker_client import CANCEL_GRACE_S, WorkerClient

WORKER = [sys.executable, "-m", "EchoMeasureLib.inference.worker"]

ENDLESS = 20_000
"""Frames, repeated: minutes of work, so that no machine is done before it is stopped."""


@pytest.fixture(scope="module")
def shared_client() -> Iterator[WorkerClient]:
    client = WorkerClient()
    yield client
    client.close()


@pytest.fixture
def client(shared_client: WorkerClient) -> WorkerClient:
    """One worker for the tests that leave it alive: starting it takes seconds."""
    assert not shared_client.busy
    return shared_client


@pytest.fixture(scope="module")
def job(noisy_echo: Path, small_weights: Path) -> Job:
    return Job(("lvid",), (0, 5), noisy_echo, weights=small_weights)


@pytest.fixture(scope="module")
def endless(job: Job) -> Job:
    frames = tuple(i % 8 for i in range(ENDLESS))
    return Job(("lvid",), frames, job.path, weights=job.weights, settings=Settings(batch=1))


def test_a_job_goes_there_and_its_results_come_back(client: WorkerClient, job: Job) -> None:
    pids = set()
    for _ in range(2):
        client.measure(job)
        pids.add(client.pid)
        events = events_until(client)
        assert [e.prediction.frame for e in events if isinstance(e, Found)] == [0, 5]
        assert isinstance(events[-1], Finished)
    assert len(pids) == 1
    assert os.getpid() not in pids


def test_a_job_can_be_cancelled_while_it_runs(client: WorkerClient, job: Job, endless: Job) -> None:
    client.measure(endless)
    events_until(client, Found)
    client.cancel()
    assert events_until(client)[-1] == Stopped()
    client.measure(job)
    assert isinstance(events_until(client)[-1], Finished)


def test_the_system_ends_a_worker_and_the_next_job_has_a_new_one(
    client: WorkerClient, job: Job, endless: Job
) -> None:
    client.measure(endless)
    events_until(client, Found)
    before = client.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    failed = events_until(client)[-1]
    assert isinstance(failed, Failed)
    assert failed.kind == "out_of_memory"
    client.measure(job)
    assert isinstance(events_until(client)[-1], Finished)
    assert client.pid != before


READY = """
import json, signal, sys, threading
def ready():
    progress = {"id": 1, "reply": "progress", "done": 0, "total": 0, "stage": ""}
    print(json.dumps(progress), flush=True)
"""
DEAF = """
sys.stdin.readline()
ready()
threading.Event().wait()
"""
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"


@pytest.mark.parametrize("program", [DEAF, STUBBORN + DEAF], ids=["deaf", "ignores SIGTERM"])
def test_cancel_ends_a_worker_that_does_not_listen(job: Job, program: str) -> None:
    watch = Watch()
    child = ChildProcess([sys.executable, "-c", READY + program])
    client = WorkerClient(lambda: child, watch)
    client.measure(job)
    events_until(client, Working)
    client.cancel()
    watch.now += CANCEL_GRACE_S
    assert client.poll() == [Stopped()]
    assert child.exit_code in (-signal.SIGTERM, -signal.SIGKILL)
    assert client.pid is None


def test_the_last_words_of_a_process_are_heard() -> None:
    program = """
import sys
print("an early word", file=sys.stderr)
print("the last thing I saw", file=sys.stderr, flush=True)
sys.stdin.readline()
sys.exit(3)
"""
    child = ChildProcess([sys.executable, "-c", program])
    wait_until(lambda: child.last_words == "the last thing I saw")
    assert (child.next_line(), child.exit_code) == (b"", None)
    child.send({"type": "quit"})
    wait_until(lambda: child.next_line() is None)
    child.end()
    assert child.exit_code == 3
    child.send({"type": "quit"})


LAUNCHER = """
import subprocess, sys
sys.exit(subprocess.call([sys.executable, "-m", "EchoMeasureLib.inference.worker"]))
"""


def test_a_worker_behind_a_launcher_is_gone_with_it(endless: Job) -> None:
    """PythonSlicer starts the true Python and waits for it; only the launcher can be ended."""
    client = WorkerClient(lambda: ChildProcess([sys.executable, "-c", LAUNCHER]))
    client.measure(endless)
    events_until(client, Working)
    children = Path(f"/proc/{client.pid}/task/{client.pid}/children").read_text().split()
    assert children
    client.close()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))


def test_the_worker_ends_when_its_parent_is_gone() -> None:
    with subprocess.Popen(WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(encode({"id": 1, "type": "hello"}))
        process.stdin.flush()
        greeting = decode(process.stdout.readline())
        assert (greeting["id"], greeting["reply"], greeting["protocol"]) == (1, "hello", 1)
        assert greeting["pid"] == process.pid
        process.stdin.close()
        assert process.wait(DEADLINE_S) == 0


def test_quit_ends_the_worker() -> None:
    quit = encode({"id": 1, "type": "quit"})
    done = subprocess.run(WORKER, input=quit, capture_output=True, timeout=DEADLINE_S, check=False)
    assert (done.returncode, done.stdout) == (0, b"")
