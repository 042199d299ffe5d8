"""Several processes give what one gives, and the death of one of them costs nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from batches import Batch
from child_processes import children, surroundings_at_start
from command_line import COMMAND, surroundings
from waiting import DEADLINE_S, wait_until


def test_two_workers_give_the_tables_of_one_process(tmp_path: Path) -> None:
    """Of files that need no network, which would take both workers seconds to load.

    `test_hard_times.py` measures.
    """
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(12):
        (folder / f"notes {number}.txt").write_text("Nothing to measure.")
    (folder / "empty.dcm").write_bytes(b"")
    (tmp_path / "site.key").write_text("the key of the tests")
    one, two = Batch(folder, tmp_path / "one"), Batch(folder, tmp_path / "two")
    one.run()
    words = ["batch", folder, "--out", two.out, "--key-file", tmp_path / "site.key"]
    more = ["--workers", "2", "--progress", "json", "--json"]
    with subprocess.Popen(
        [*COMMAND, *map(str, words), *more],
        env=surroundings(OMP_NUM_THREADS=None),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as client:
        began = _began(client)
        printed, said = client.communicate(timeout=DEADLINE_S)
    assert client.returncode == 1, said
    counts = json.loads(printed)
    assert (counts["done"], counts["refused"], counts["failed"]) == (0, 12, 1)
    assert all(line.startswith("{") for line in said.splitlines()), said
    # Dask's own MALLOC_TRIM_THRESHOLD_ halves the speed of torch unless large blocks are kept.
    assert len(began) == (2 if sys.platform == "linux" else 0)
    for environment in began:
        assert environment["MALLOC_MMAP_THRESHOLD_"] == str(1 << 30)
        assert environment["OMP_NUM_THREADS"] == "1"
    for table in ("files", "calipers", "beats", "summaries", "derived", "grades"):
        rows, expected = two.table(table), one.table(table)
        assert sorted(map(str, rows)) == sorted(map(str, expected)), table


def _began(client: subprocess.Popen[str]) -> list[dict[str, str]]:
    """What two workers had in their environment when they began; none where that is not shown."""
    found: dict[int, dict[str, str]] = {}
    if sys.platform != "linux":
        return []

    def both() -> bool:
        # One may have come and gone before the other is seen.
        for pid in set(children(client.pid)) - found.keys():
            environment = surroundings_at_start(pid, "spawn_main")
            if environment is not None:
                found[pid] = environment
        return len(found) == 2 or client.poll() is not None

    # However slowly tests look: workers are there for some seconds alone.
    wait_until(both, "two workers", lambda seconds: time.sleep(0.02))
    return list(found.values())
