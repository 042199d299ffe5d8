"""The networks run in a child process, and nothing that it does harms the parent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from ultrasound_files import region, write_ultrasound

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.geometry import Box, Landmark
from EchoMeasureLib.imaging.regions import Region, RegionKind, RegionProblem, Trouble
from EchoMeasureLib.inference.compact import CompactNetwork
from EchoMeasureLib.inference.messages import (
    Job,
    decode,
    encode,
    job_message,
    prediction_record,
    read_job,
    read_prediction,
    read_region,
    region_record,
)
from EchoMeasureLib.inference.predicting import predict
from EchoMeasureLib.inference.prediction import Prediction, Provenance
from EchoMeasureLib.inference.weights import Store
from EchoMeasureLib.inference.worker_client import (
    LAST,
    Event,
    Failed,
    Finished,
    Found,
    Stopped,
    WorkerClient,
    Working,
    worker_command,
)

FRAMES = 8


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small seeded networks, quick enough to count frames by."""
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(4)
    torch.save(
        CompactNetwork({"lvid": 2, "ivs": 2}, width=(4, 8, 8, 8, 8, 8)).state_dict(),
        folder / "image.ckpt",
    )
    return folder


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight noisy frames of 240 x 320 pixels, 0.05 cm each."""
    pixels = np.random.default_rng(1).integers(0, 255, (FRAMES, 240, 320, 3), np.uint8)
    path = tmp_path_factory.mktemp("echo") / "echo.dcm"
    return write_ultrasound(path, pixels, [region((0, 0, 319, 239), (0.05, 0.05))])


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


@pytest.fixture
def job(echo: Path, weights: Path) -> Callable[..., Job]:
    def make(**changes: object) -> Job:
        facts = {"measurements": ("lvid",), "frames": (0, 5), "path": echo, "weights": weights}
        return Job(**{**facts, **changes})  # type: ignore[arg-type]

    return make


def until(client: WorkerClient, wanted: type | tuple[type, ...] = LAST, seconds: float = 90):
    """Poll as the panel's timer does, until an event of this kind comes."""
    events: list[Event] = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        events += client.poll()
        if any(isinstance(event, wanted) for event in events):
            return events
        time.sleep(0.01)
    raise AssertionError(f"nothing of {wanted} within {seconds} s: {events}")


def of(kind: type, events: list[Event]) -> list:
    return [event for event in events if isinstance(event, kind)]


def test_the_worker_finds_what_the_library_finds_in_this_process(
    client: WorkerClient, job: Callable[..., Job], echo: Path, weights: Path
) -> None:
    from EchoMeasureLib.imaging.reading import read

    client.measure(job(measurements=("lvid", "ivs"), frames=(0, 5)))
    events = until(client)
    found = [event.prediction for event in of(Found, events)]
    assert of(Finished, events)[0].count == 4
    assert found == list(predict(read(echo), ("lvid", "ivs"), (0, 5), Store(weights)))


def test_results_and_progress_arrive_one_by_one(
    client: WorkerClient, job: Callable[..., Job]
) -> None:
    client.measure(job(frames=tuple(range(FRAMES)), settings={"batch": 1}))
    first = until(client, Found)
    assert client.busy, "the first result came only with the last"
    events = first + until(client)
    assert [event.prediction.frame for event in of(Found, events)] == list(range(FRAMES))
    done = [event.progress.done for event in of(Working, events)]
    assert done == sorted(done)
    assert (done[-1], of(Working, events)[-1].progress.total) == (FRAMES, FRAMES)


def test_a_second_job_waits_for_nothing_but_is_refused(
    client: WorkerClient, job: Callable[..., Job]
) -> None:
    client.measure(job())
    with pytest.raises(InvalidArgument, match="already running"):
        client.measure(job())
    until(client)
    client.measure(job())
    assert of(Finished, until(client))


def test_pixels_without_a_file_are_measured_through_a_shared_array(
    client: WorkerClient, job: Callable[..., Job], echo: Path, tmp_path: Path
) -> None:
    from EchoMeasureLib.imaging.reading import read

    cine = read(echo)
    frames = np.stack([cine.frame(i) for i in range(FRAMES)])
    np.save(tmp_path / "frames.npy", frames)
    client.measure(job())
    from_file = [event.prediction for event in of(Found, until(client))]
    client.measure(job(path=None, pixels=tmp_path / "frames.npy"))
    assert [event.prediction for event in of(Found, until(client))] == from_file


def test_a_calibration_by_hand_goes_with_the_job(
    client: WorkerClient, job: Callable[..., Job]
) -> None:
    strip = Region(-1, RegionKind.CW, Box(0, 0, 319, 239), ("s", "cm/s"), (1, -1), (0, 10))
    client.measure(job(measurements=("trvmax",), regions=(strip,)))
    # The strip is accepted; what is missing are weights for it.
    assert of(Failed, until(client))[0].kind == "WeightsProblem"
    client.measure(job(measurements=("trvmax",)))
    assert of(Failed, until(client))[0].kind == "CannotMeasure"


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"path": Path("/nowhere/echo.dcm")}, "UnreadableFile", "no longer there"),
        ({"frames": (99,)}, "InvalidArgument", "no frame 99"),
        ({"measurements": ("nose",)}, "UnknownMeasurement", "nose"),
        ({"weights": Path("/nowhere")}, "WeightsProblem", "/nowhere"),
        ({"settings": {"colour": "red"}}, "InvalidArgument", "colour"),
    ],
)
def test_what_is_wrong_comes_back_in_the_words_of_the_library(
    client: WorkerClient, job: Callable[..., Job], changes: dict, kind: str, words: str
) -> None:
    client.measure(job(**changes))
    failed = of(Failed, until(client))[0]
    assert failed.kind == kind
    assert words in failed.problem
    assert not client.busy


def test_cancel_stops_the_worker_within_a_second(
    client: WorkerClient, job: Callable[..., Job]
) -> None:
    client.measure(job(frames=tuple(range(FRAMES)) * 50, settings={"batch": 1}))
    until(client, Found)
    started = time.monotonic()
    client.cancel()
    assert of(Stopped, until(client))
    assert time.monotonic() - started < 1.0
    client.measure(job())
    assert of(Finished, until(client))


# Workers of one's own, on the same pipes: one that stops when asked, and some that misbehave.
WILLING = """
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "cancel":
        print(json.dumps({"id": message["id"], "reply": "cancelled"}), flush=True)
"""
DEAF = """
import sys, time
sys.stdin.readline()
while True:
    time.sleep(10)
"""
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" + DEAF
DYING = """
import sys
sys.stdin.readline()
print("the last thing I saw", file=sys.stderr)
sys.exit(3)
"""


def test_a_worker_that_stops_when_asked_is_kept(job: Callable[..., Job]) -> None:
    client = WorkerClient([sys.executable, "-c", WILLING])
    client.measure(job())
    pid = client.pid
    client.cancel()
    assert until(client) == [Stopped()]
    assert client.pid == pid
    client.close()


@pytest.mark.parametrize("program", [DEAF, STUBBORN], ids=["deaf", "ignores SIGTERM"])
def test_cancel_ends_a_worker_that_does_not_listen_within_a_second(
    job: Callable[..., Job], program: str
) -> None:
    client = WorkerClient([sys.executable, "-c", program])
    client.measure(job())
    time.sleep(0.3)
    started = time.monotonic()
    client.cancel()
    assert until(client) == [Stopped()]
    assert time.monotonic() - started < 1.0
    assert client.pid is None


LAUNCHER = """
import subprocess, sys
sys.exit(subprocess.call([sys.executable, "-m", "EchoMeasureLib.inference.worker"]))
"""


def test_a_worker_behind_a_launcher_is_gone_with_it(job: Callable[..., Job]) -> None:
    """PythonSlicer starts the true Python and waits for it; only the launcher can be ended."""
    client = WorkerClient([sys.executable, "-c", LAUNCHER])
    client.measure(job(frames=tuple(range(FRAMES)) * 50, settings={"batch": 1}))
    until(client, Working)
    children = Path(f"/proc/{client.pid}/task/{client.pid}/children").read_text().split()
    client.close()
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{pid}").exists() for pid in children):
        assert time.monotonic() < deadline, "the worker outlives its launcher"
        time.sleep(0.05)
    assert children


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


def test_a_worker_that_ends_by_itself_is_reported_with_its_last_words(
    job: Callable[..., Job],
) -> None:
    client = WorkerClient([sys.executable, "-c", DYING])
    client.measure(job())
    failed = of(Failed, until(client))[0]
    assert failed.kind == "crash"
    assert "exit code 3" in failed.problem
    assert "the last thing I saw" in failed.problem


def test_a_killed_worker_is_reported_as_lack_of_memory_and_replaced(
    client: WorkerClient, job: Callable[..., Job]
) -> None:
    """The kernel ends the largest process with SIGKILL when memory runs out."""
    client.measure(job(frames=tuple(range(FRAMES)) * 50, settings={"batch": 1}))
    until(client, Found)
    before = client.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    failed = of(Failed, until(client))[0]
    assert failed.kind == "out_of_memory"
    assert "memory" in failed.problem
    client.measure(job())
    assert of(Finished, until(client))
    assert client.pid != before


def test_a_worker_killed_while_idle_is_replaced_without_a_word(
    client: WorkerClient, job: Callable[..., Job]
) -> None:
    client.measure(job())
    until(client)
    before = client.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    time.sleep(0.2)
    client.measure(job())
    assert of(Finished, until(client))


def test_the_worker_ends_when_its_parent_is_gone(echo: Path, weights: Path) -> None:
    command = [sys.executable, "-m", "EchoMeasureLib.inference.worker"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(encode({"id": 1, "type": "hello"}))
        process.stdin.flush()
        greeting = json.loads(process.stdout.readline())
        assert (greeting["id"], greeting["reply"], greeting["protocol"]) == (1, "hello", 1)
        assert greeting["pid"] == process.pid
        process.stdin.close()
        assert process.wait(5) == 0


def test_quit_ends_the_worker() -> None:
    command = [sys.executable, "-m", "EchoMeasureLib.inference.worker"]
    done = subprocess.run(
        command,
        input=encode({"id": 1, "type": "quit"}),
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, b"")


def test_messages_survive_the_pipe_exactly() -> None:
    odd = 0.1 + 0.2  # has no short decimal form
    prediction = Prediction(
        "lvid",
        3,
        (Landmark(odd, 1 / 3, "septal edge", 0.5, 1.25, None), Landmark(2.0, 3.0)),
        Provenance("lvid.ckpt", "ab", "demo", "robust", "torch", "float32"),
        ((Landmark(odd, 7.0),), (Landmark(1.0, 8.0),)),
    )
    problem = RegionProblem("no_reference", "No baseline.", Trouble.BASELINE)
    area = Region(
        2,
        RegionKind.PW,
        Box(1, 2, 30, 40),
        ("s", "cm/s"),
        (odd, -0.5),
        (None, 4.0),
        (0.0, odd),
        (problem,),
        True,
    )
    job = Job(("lvid",), (0, 3), Path("/data/Müller/écho.dcm"), None, (area,), None, {"batch": 2})
    assert read_prediction(decode(encode(prediction_record(prediction)))) == prediction
    assert read_region(decode(encode(region_record(area)))) == area
    assert read_job(decode(encode(job_message(1, job)))) == job


@pytest.mark.parametrize("line", [b"", b"hello\n", b"[1, 2]\n", b"\xff\xfe\n", b'"text"\n'])
def test_a_line_that_is_no_message_is_refused(line: bytes) -> None:
    with pytest.raises(InvalidArgument, match="Not a message"):
        decode(line)


def test_a_job_names_a_file_or_pixels() -> None:
    with pytest.raises(InvalidArgument):
        Job(("lvid",), (0,))
    with pytest.raises(InvalidArgument):
        Job(("lvid",), (0,), Path("a.dcm"), Path("a.npy"))
