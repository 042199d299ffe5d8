"""A folder of one process at a time: a second one is told so, and a dead one keeps nobody out."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import surroundings

from EchoMeasureLib.errors import OutputProblem
from EchoMeasureLib.folder_lock import only_one

HOLD = """
import sys, pathlib
from EchoMeasureLib.folder_lock import only_one
with only_one(pathlib.Path(sys.argv[1]), "lock", "works in"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_one_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    second = only_one(tmp_path, "lock", "works in")
    with (
        only_one(tmp_path, "lock", "works in"),
        pytest.raises(OutputProblem, match=f"Another process works in {tmp_path}"),
    ):
        second.__enter__()
    with only_one(tmp_path, "lock", "works in"):
        pass


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    words = [sys.executable, "-c", HOLD, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, env=surroundings()) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(OutputProblem), only_one(tmp_path, "lock", "works in"):
            pass
        holder.kill()
    with only_one(tmp_path, "lock", "works in"):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="locks of another kind")
def test_a_disk_without_locks_keeps_nobody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some file systems of clusters have none (`flock` is an option of Lustre's mount)."""
    import fcntl

    def not_here(handle: int, operation: int) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", not_here)
    with only_one(tmp_path, "lock", "works in"):
        pass
