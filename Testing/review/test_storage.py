"""The lock beside a document: held by one writer, and in nobody's way afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from EchoMeasureLib.errors import OutputProblem
from EchoMeasureLib.review.storage import locked


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "review.json"


@pytest.fixture
def lock(path: Path) -> Path:
    return path.with_name(".review.json.lock")


def aged(lock: Path, seconds: float) -> None:
    at = time.time() - seconds
    os.utime(lock, (at, at), follow_symlinks=False)


def signed(lock: Path) -> None:
    lock.write_text("elsewhere 1 x")


def pipe(lock: Path) -> None:
    os.mkfifo(lock)


def dangling(lock: Path) -> None:
    lock.symlink_to("nowhere")


@pytest.mark.parametrize(
    ("make", "age"),
    [
        (signed, 60),
        (signed, -60),
        (signed, -86400 * 365 * 30),
        (Path.touch, 5),
        (Path.touch, -5),
        (pipe, 5),
        (dangling, 5),
    ],
    ids=["old", "a minute ahead", "30 years ahead", "unsigned", "unsigned, ahead", "pipe", "link"],
)
def test_what_was_left_behind_is_passed_over(
    path: Path, lock: Path, make: Callable[[Path], object], age: float
) -> None:
    """Of a killed writer, a clock that was set back, a disk that was full."""
    make(lock)
    aged(lock, age)
    with locked(path, patience_s=0) as check:
        check()
    assert not os.path.lexists(lock)


@pytest.mark.parametrize("age", [1, -1])
def test_a_lock_of_now_is_kept(path: Path, lock: Path, age: float) -> None:
    signed(lock)
    aged(lock, age)
    with pytest.raises(OutputProblem, match="elsewhere 1 x"), locked(path, patience_s=0):
        pass
    assert lock.exists()


HOLDING = (
    "import sys; from pathlib import Path; from EchoMeasureLib.review.storage import locked\n"
    "with locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
)


@pytest.mark.skipif(sys.platform == "win32", reason="a lock that is open cannot be read there")
def test_the_lock_of_a_writer_that_was_killed_is_passed_over_at_once(
    path: Path, lock: Path
) -> None:
    words = [sys.executable, "-c", HOLDING, str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"held\n"
        with pytest.raises(OutputProblem, match="Another program"), locked(path, patience_s=0):
            pass
        writer.kill()
    assert lock.exists()
    with locked(path, patience_s=0) as check:
        check()
    assert not lock.exists()


def test_a_folder_of_that_name_is_said_to_be_in_the_way(path: Path, lock: Path) -> None:
    lock.mkdir()
    aged(lock, 5)
    with pytest.raises(OutputProblem, match="Remove it"), locked(path, patience_s=0):
        pass


def test_a_full_disk_leaves_no_lock_behind(path: Path) -> None:
    """A limit on the size of files is a disk that holds names and no content."""
    code = (
        "import resource, sys; from pathlib import Path;"
        "from EchoMeasureLib.review.storage import locked;"
        "from EchoMeasureLib.errors import OutputProblem\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "try:\n"
        "    with locked(Path(sys.argv[1])): pass\n"
        "except OutputProblem: sys.exit(0)\n"
        "sys.exit(1)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)
    assert list(path.parent.iterdir()) == []


def test_two_names_of_one_file_share_their_lock(path: Path) -> None:
    path.touch()
    link = path.with_name("link.json")
    link.symlink_to(path)
    with (
        locked(path, patience_s=0),
        pytest.raises(OutputProblem, match="Another program"),
        locked(link, patience_s=0),
    ):
        pass
