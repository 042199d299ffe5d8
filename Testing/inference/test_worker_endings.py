"""Workers that are killed, crash, do not listen, or sit behind a launcher: with real signals."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from waiting import events_until, patient, wait_until
from watch import Watch

from EchoMeasureLib.inference.child import ChildProcess, worker_command
from EchoMeasureLib.inference.events import Failed, Finished, Found, Stopped, Working
from EchoMeasureLib.inference.messages import MeasureRequest
from EchoMeasureLib.inference.worker_client import CANCEL_GRACE_S, WorkerClient

if not Path("/proc/self").is_dir():
    pytest.skip("looks for processes in /proc", allow_module_level=True)


def test_the_system_ends_a_worker_and_the_next_job_has_a_new_one(
    job: MeasureRequest, endless: MeasureRequest
) -> None:
    client = WorkerClient(lambda: patient(*worker_command()))
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
    client.close()


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
    client = WorkerClient(lambda: behind_launcher("-m", "EchoMeasureLib.inference.worker"))
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
