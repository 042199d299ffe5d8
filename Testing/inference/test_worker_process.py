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

from EchoMeasureLib.inference.child import ChildProcess, worker_command
from EchoMeasureLib.inference.events import Failed, Finished, Found, Stopped, Working
from EchoMeasureLib.inference.messages import MeasureRequest, from_line, to_line
from EchoMeasureLib.inference.settings import Settings
from EchoMeasureLib.inference.worker_client import CANCEL_GRACE_S, WorkerClient

WORKER = [sys.executable, "-m", "EchoMeasureLib.inference.worker"]

ENDLESS = 20_000
"""Frames, repeated: minutes of work, so that no machine is done before it is stopped."""


def patient(*command: str) -> ChildProcess:
    """A process whose last words are waited for, however slow the machine is."""
    return ChildProcess(command, DEADLINE_S)


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


@pytest.fixture(scope="module")
def job(noisy_echo: Path, small_weights: Path) -> MeasureRequest:
    return MeasureRequest(("lvid",), (0, 5), noisy_echo, weights=small_weights)


@pytest.fixture(scope="module")
def endless(job: MeasureRequest) -> MeasureRequest:
    frames = tuple(i % 8 for i in range(ENDLESS))
    return MeasureRequest(
        ("lvid",), frames, job.path, weights=job.weights, settings=Settings(batch=1)
    )


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


def test_the_system_ends_a_worker_and_the_next_job_has_a_new_one(
    client: WorkerClient, job: MeasureRequest, endless: MeasureRequest
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
def test_cancel_ends_a_worker_that_does_not_listen(job: MeasureRequest, program: str) -> None:
    watch = Watch()
    child = patient(sys.executable, "-c", READY + program)
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
    child = patient(sys.executable, "-c", program)
    wait_until(lambda: child.last_words == "the last thing I saw")
    assert (child.next_line(), child.exit_code) == (b"", None)
    child.send({"type": "quit"})
    wait_until(lambda: child.next_line() is None)
    child.end()
    assert child.exit_code == 3
    child.send({"type": "quit"})


LAUNCHER = """
import subprocess, sys
code = subprocess.call([sys.executable, *sys.argv[1:]])
if code < 0:
    print("python-real exit abnormally - Report the problem.", file=sys.stderr, flush=True)
    code = 1
sys.exit(code)
"""
"""Does what PythonSlicer does: forwards its channels, and tells nobody which signal it was."""


def behind_launcher(*arguments: str) -> ChildProcess:
    return patient(sys.executable, "-c", LAUNCHER, *arguments)


def children_of(pid: int | None) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def running(pid: int) -> bool:
    """Whether a process does anything still; one that waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.fixture
def launched(endless: MeasureRequest) -> Iterator[tuple[WorkerClient, int]]:
    """A client whose worker measures behind a launcher, and the id of the Python that measures."""
    client = WorkerClient(lambda: behind_launcher(*WORKER[1:]))
    client.measure(endless)
    events_until(client, Working)
    (interpreter,) = children_of(client.pid)
    yield client, interpreter
    client.close()


def test_a_worker_behind_a_launcher_is_gone_with_it(launched: tuple[WorkerClient, int]) -> None:
    client, interpreter = launched
    client.close()
    wait_until(lambda: not running(interpreter))


def test_a_launcher_that_is_killed_leaves_nobody_measuring(
    launched: tuple[WorkerClient, int],
) -> None:
    client, interpreter = launched
    assert client.pid is not None
    os.kill(client.pid, signal.SIGKILL)
    client.close()
    wait_until(lambda: not running(interpreter))


def test_a_python_that_listens_to_nothing_is_killed_behind_its_launcher() -> None:
    child = behind_launcher("-c", READY + STUBBORN + "\nready()\nthreading.Event().wait()")
    wait_until(lambda: child.next_line() != b"")
    (interpreter,) = children_of(child.pid)
    child.end()
    wait_until(lambda: not running(interpreter))


@pytest.mark.parametrize(
    ("signal_", "kind", "words"),
    [
        (signal.SIGKILL, "out_of_memory", "lack of memory"),
        (signal.SIGSEGV, "crash", "Fatal Python error: Segmentation fault"),
    ],
)
def test_behind_a_launcher_being_killed_is_told_from_a_crash(
    launched: tuple[WorkerClient, int], signal_: int, kind: str, words: str
) -> None:
    """The launcher exits with 1 in both cases and says the same."""
    client, interpreter = launched
    os.kill(interpreter, signal_)
    failed = events_until(client)[-1]
    assert isinstance(failed, Failed)
    assert failed.kind == kind
    assert words in failed.problem


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
