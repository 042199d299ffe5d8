"""What only a real child process can show. Every wait has the one generous deadline."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from waiting import DEADLINE_S, events_until, patient, wait_until

from EchoMeasureLib.inference.child import worker_command
from EchoMeasureLib.inference.events import Finished, Found, Stopped
from EchoMeasureLib.inference.messages import MeasureRequest, from_line, to_line
from EchoMeasureLib.inference.worker_client import WorkerClient

WORKER = [sys.executable, "-m", "EchoMeasureLib.inference.worker"]


@pytest.fixture(scope="module")
def shared_client() -> Iterator[WorkerClient]:
    client = WorkerClient(lambda: patient(*worker_command()))
    yield client
    client.close()


@pytest.fixture
def client(shared_client: WorkerClient) -> WorkerClient:
    """One worker for the tests that leave it alive: starting it takes seconds."""
    assert not shared_client.busy
    return shared_client


def test_a_job_goes_there_and_its_results_come_back(
    client: WorkerClient, job: MeasureRequest
) -> None:
    pids = set()
    for _ in range(2):
        client.measure(job)
        pids.add(client.pid)
        events = events_until(client)
        assert [e.prediction.frame for e in events if isinstance(e, Found)] == [0, 5]
        assert isinstance(events[-1], Finished)
    assert len(pids) == 1
    assert os.getpid() not in pids


def test_a_job_can_be_cancelled_while_it_runs(
    client: WorkerClient, job: MeasureRequest, endless: MeasureRequest
) -> None:
    client.measure(endless)
    events_until(client, Found)
    client.cancel()
    assert events_until(client)[-1] == Stopped()
    client.measure(job)
    assert isinstance(events_until(client)[-1], Finished)


def test_the_last_words_of_a_process_are_heard() -> None:
    program = """
import sys
print("an early word", file=sys.stderr)
print("the last thing I saw", file=sys.stderr, flush=True)
sys.stdin.readline()
sys.exit(3)
"""
    child = patient(sys.executable, "-c", program)
    wait_until(lambda: child.last_words == "the last thing I saw")
    assert (child.next_line(), child.exit_code) == (b"", None)
    child.send({"type": "quit"})
    wait_until(lambda: child.next_line() is None)
    child.end()
    assert child.exit_code == 3
    child.send({"type": "quit"})


def test_the_worker_ends_when_its_parent_is_gone() -> None:
    with subprocess.Popen(WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(to_line({"id": 1, "type": "hello"}))
        process.stdin.flush()
        greeting = from_line(process.stdout.readline())
        assert (greeting["id"], greeting["reply"], greeting["protocol"]) == (1, "hello", 1)
        assert greeting["pid"] == process.pid
        process.stdin.close()
        assert process.wait(DEADLINE_S) == 0


def test_quit_ends_the_worker() -> None:
    quit = to_line({"id": 1, "type": "quit"})
    done = subprocess.run(WORKER, input=quit, capture_output=True, timeout=DEADLINE_S, check=False)
    assert (done.returncode, done.stdout) == (0, b"")
