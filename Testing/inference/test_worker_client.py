"""One job at a time, cancelled or not, and what becomes of a worker that dies: step by step."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest
from review_studies import predicted, upright
from scripted_worker import ScriptedWorker
from watch import Watch

from EchoMeasureLib.errors import EchoMeasureError, InvalidState
from EchoMeasureLib.inference.child import END_GRACE_S, ChildProcess, worker_command
from EchoMeasureLib.inference.events import (
    Failed,
    Finished,
    Found,
    NetworkState,
    Stopped,
    WeightsListed,
    Working,
)
from EchoMeasureLib.inference.messages import MeasureRequest, read_request
from EchoMeasureLib.inference.settings import Settings
from EchoMeasureLib.inference.worker_client import CANCEL_GRACE_S, WorkerClient
from EchoMeasureLib.progress import Progress

JOB = MeasureRequest(("lvid",), (0, 1), Path("/data/echo.dcm"), settings=Settings(batch=1))
FOUND = [Found(predicted("lvid", frame, upright(45))) for frame in (0, 1)]
DONE = Finished(2, 0.5)


@pytest.fixture
def worker() -> ScriptedWorker:
    return ScriptedWorker()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def client(worker: ScriptedWorker, watch: Watch) -> WorkerClient:
    return WorkerClient(worker.start, watch)


def test_a_worker_is_started_with_the_first_job_and_kept(
    client: WorkerClient, worker: ScriptedWorker
) -> None:
    assert client.pid is None
    client.measure(JOB)
    assert read_request(worker.child.requests[0]) == JOB
    worker.say(DONE)
    assert client.poll() == [DONE]
    client.list_weights(Path("/data"))
    assert worker.child.requests[1] == {"id": 2, "type": "weights", "folder": "/data"}
    assert len(worker.children) == 1
    assert client.pid == worker.child.pid


def test_events_come_as_they_are_told_and_in_order(
    client: WorkerClient, worker: ScriptedWorker
) -> None:
    client.measure(JOB)
    assert client.poll() == []
    working = Working(Progress(1, 2, "measuring"))
    worker.say(working, FOUND[0])
    assert client.poll() == [working, FOUND[0]]
    assert client.busy
    worker.say(FOUND[1], DONE)
    assert client.poll() == [FOUND[1], DONE]
    assert not client.busy


def test_a_second_job_is_refused_until_the_first_is_over(
    client: WorkerClient, worker: ScriptedWorker
) -> None:
    client.measure(JOB)
    for ask in (
        lambda: client.measure(JOB),
        client.list_weights,
        lambda: client.install_weights("/data"),
    ):
        with pytest.raises(InvalidState, match="already running"):
            ask()
    assert worker.asked == ["measure"]
    worker.say(DONE)
    client.poll()
    client.measure(JOB)
    assert worker.asked == ["measure", "measure"]


def test_a_late_answer_to_a_former_job_is_not_taken_for_one_to_the_present(
    client: WorkerClient, worker: ScriptedWorker
) -> None:
    client.measure(JOB)
    former = worker.job
    client.cancel()
    worker.say(Stopped())
    client.poll()
    client.measure(JOB)
    worker.say(FOUND[0], DONE, job=former)
    assert client.poll() == []
    assert client.busy
    worker.say(FOUND[1], DONE)
    assert client.poll() == [FOUND[1], DONE]


def test_nothing_is_heard_after_the_last_event_of_a_job(
    client: WorkerClient, worker: ScriptedWorker
) -> None:
    client.measure(JOB)
    worker.say(DONE, FOUND[0])
    assert client.poll() == [DONE]
    assert client.poll() == []


def test_a_worker_that_stops_when_asked_is_kept(
    client: WorkerClient, worker: ScriptedWorker, watch: Watch
) -> None:
    client.measure(JOB)
    client.cancel()
    assert worker.child.requests[-1] == {"id": 1, "type": "cancel"}
    worker.say(FOUND[0], Stopped())
    assert client.poll() == [FOUND[0], Stopped()]
    watch.now += 100
    assert client.poll() == []
    assert worker.child.exit_code is None


def test_a_worker_that_does_not_listen_is_ended_when_its_time_is_over(
    client: WorkerClient, worker: ScriptedWorker, watch: Watch
) -> None:
    client.measure(JOB)
    client.cancel()
    watch.now += CANCEL_GRACE_S - 0.01
    assert client.poll() == []
    assert worker.child.exit_code is None
    watch.now += 0.02
    assert client.poll() == [Stopped()]
    assert worker.child.exit_code is not None
    assert (client.busy, client.pid) == (False, None)
    client.measure(JOB)
    assert len(worker.children) == 2


def test_asking_twice_gives_no_more_time(
    client: WorkerClient, worker: ScriptedWorker, watch: Watch
) -> None:
    client.measure(JOB)
    client.cancel()
    watch.now += CANCEL_GRACE_S / 2
    client.cancel()
    watch.now += CANCEL_GRACE_S / 2
    assert client.poll() == [Stopped()]
    assert worker.asked == ["measure", "cancel"]


def test_cancelling_takes_less_than_a_second() -> None:
    """As the panel and the documents promise: time to stop, to end, and for the panel to look."""
    assert CANCEL_GRACE_S + END_GRACE_S + 0.1 < 1.0


def test_what_is_found_before_the_end_is_kept(
    client: WorkerClient, worker: ScriptedWorker, watch: Watch
) -> None:
    """One slow look finds results, and that the time to stop is over."""
    client.measure(JOB)
    client.cancel()
    worker.say(*FOUND)
    watch.now += 10
    assert client.poll() == [*FOUND, Stopped()]


def test_to_cancel_nothing_is_nothing(client: WorkerClient, worker: ScriptedWorker) -> None:
    client.cancel()
    assert client.poll() == []
    client.measure(JOB)
    worker.say(DONE)
    client.poll()
    client.cancel()
    assert client.poll() == []
    assert worker.asked == ["measure"]


def test_a_worker_that_ends_by_itself_is_reported_with_its_last_words(
    client: WorkerClient, worker: ScriptedWorker
) -> None:
    client.measure(JOB)
    worker.say(FOUND[0])
    worker.die(3, "RuntimeError: the last thing I saw")
    found, failed = client.poll()
    assert found == FOUND[0]
    assert isinstance(failed, Failed)
    assert failed.kind == "crash"
    assert "exit code 3" in failed.problem
    assert failed.problem.endswith("Its last words: RuntimeError: the last thing I saw")
    assert "The review is kept" in failed.hint


@pytest.mark.parametrize("code", [-9, 137], ids=["SIGKILL", "SIGKILL behind a launcher"])
def test_a_killed_worker_is_reported_as_lack_of_memory_and_replaced(
    client: WorkerClient, worker: ScriptedWorker, code: int
) -> None:
    """The kernel ends the largest process with SIGKILL when memory runs out."""
    client.measure(JOB)
    worker.die(code)
    (failed,) = client.poll()
    assert isinstance(failed, Failed)
    assert failed.kind == "out_of_memory"
    assert "lack of memory" in failed.problem
    assert not client.busy
    client.measure(JOB)
    assert len(worker.children) == 2
    worker.say(DONE)
    assert client.poll() == [DONE]


def test_a_worker_that_dies_while_it_is_cancelled_has_stopped(
    client: WorkerClient, worker: ScriptedWorker
) -> None:
    client.measure(JOB)
    client.cancel()
    worker.die(-9)
    assert client.poll() == [Stopped()]


def test_a_worker_that_died_while_idle_is_replaced_without_a_word(
    client: WorkerClient, worker: ScriptedWorker
) -> None:
    client.measure(JOB)
    worker.say(DONE)
    client.poll()
    worker.die(-9)
    client.measure(JOB)
    assert len(worker.children) == 2
    worker.say(FOUND[0], DONE)
    assert client.poll() == [FOUND[0], DONE]


def test_a_closed_client_has_no_worker_and_can_begin_again(
    client: WorkerClient, worker: ScriptedWorker
) -> None:
    client.measure(JOB)
    client.close()
    assert worker.child.exit_code is not None
    assert (client.busy, client.pid, client.poll()) == (False, None, [])
    client.list_weights()
    worker.say(WeightsListed((NetworkState("lvid", "", "", "There are none."),)))
    assert len(client.poll()) == 1


def test_a_program_that_cannot_be_run_is_one_sentence() -> None:
    client = WorkerClient(lambda: ChildProcess(["/nowhere/python"]))
    with pytest.raises(EchoMeasureError, match="could not be started") as caught:
        client.measure(JOB)
    assert caught.value.hint == "It is run as: /nowhere/python"
    assert not client.busy


def test_slicer_runs_the_worker_with_its_own_python(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "bin" / "PythonSlicer"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    application = types.SimpleNamespace(slicerHome=str(tmp_path))
    monkeypatch.setitem(sys.modules, "slicer", types.SimpleNamespace(app=application))
    monkeypatch.setenv("PATH", "/nowhere")
    assert worker_command()[0] == str(program)
    monkeypatch.setitem(sys.modules, "slicer", types.SimpleNamespace())
    assert worker_command()[0] == sys.executable
