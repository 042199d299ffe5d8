"""Pixels that are in no file reach the worker through one, or the disk is said to be full."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from scripted_worker import ScriptedWorker

from EchoMeasureLib.desk.open_study import OpenStudy
from EchoMeasureLib.desk.requests import Requests
from EchoMeasureLib.desk.shared_pixels import SharedPixels
from EchoMeasureLib.errors import OutputProblem
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.inference.settings import DEFAULT_SETTINGS
from EchoMeasureLib.inference.worker_client import WorkerClient

PIXELS = np.random.default_rng(4).integers(0, 256, (5, 40, 60, 3), np.uint8)


@pytest.fixture
def cine() -> Cine:
    return Cine(ArraySource(PIXELS), Timing((0.0, 0.1, 0.2, 0.3, 0.4), "FrameTime"), ())


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_frames_are_in_their_places_and_the_file_goes_when_it_is_not_needed(
    cine: Cine, folder: Path
) -> None:
    shared = SharedPixels()
    path = shared.share(cine, [3, 1])
    found = np.load(path, mmap_mode="r")
    assert (found.shape, found.dtype) == (PIXELS.shape, np.uint8)
    assert np.array_equal(found[[1, 3]], PIXELS[[1, 3]])
    assert not found[[0, 2, 4]].any()
    del found
    shared.drop()
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="files are limited as POSIX does")
def test_files_that_cannot_grow_are_an_error_and_leave_nothing(cine: Cine, folder: Path) -> None:
    from full_disk import full_disk

    with full_disk(), pytest.raises(OutputProblem, match="Check the disk space"):
        SharedPixels().share(cine, [0])
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounts a small disk")
def test_a_full_disk_does_not_end_the_process(folder: Path) -> None:
    """What is written through a mapping has its room reserved by nobody: SIGBUS."""
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)], check=False
    ).returncode:
        pytest.skip("no disk can be mounted here")
    program = (
        "import numpy as np\n"
        "from EchoMeasureLib.desk.shared_pixels import SharedPixels\n"
        "from EchoMeasureLib.errors import OutputProblem\n"
        "from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing\n"
        "cine = Cine(ArraySource(np.full((9, 100, 100, 3), 7, np.uint8)), Timing(None, ''))\n"
        "try:\n"
        "    SharedPixels().share(cine, range(9))\n"
        "except OutputProblem as problem:\n"
        "    print(problem)\n"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "TMPDIR": str(folder)},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        subprocess.run(["umount", folder], check=True)
    assert (done.returncode, "Check the disk space" in done.stdout) == (0, True), done


def test_the_worker_loads_while_pixels_are_written(
    cine: Cine, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = ScriptedWorker()
    requests = Requests(OpenStudy(None), WorkerClient(worker.start))
    plain, told = SharedPixels.share, []

    def share(self: SharedPixels, *args: object) -> Path:
        told.extend(worker.asked)
        return plain(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(SharedPixels, "share", share)
    request = requests.make(cine, ["lvid"], [2], None, DEFAULT_SETTINGS, "")
    assert told == ["expect"]
    (expected,) = worker.child.requests
    assert expected["measurements"] == list(request.measurements) == ["lvid"]
    requests.drop_pixels()


@pytest.mark.skipif(sys.platform == "win32", reason="files are limited as POSIX does")
def test_pixels_that_cannot_be_written_let_the_worker_expect_nothing(cine: Cine) -> None:
    from full_disk import full_disk

    worker = ScriptedWorker()
    requests = Requests(OpenStudy(None), WorkerClient(worker.start))
    with full_disk(), pytest.raises(OutputProblem, match="Check the disk space"):
        requests.make(cine, ["lvid"], [2], None, DEFAULT_SETTINGS, "")
    assert [asked["measurements"] for asked in worker.child.requests] == [["lvid"], []]
