"""Several processes give what one gives, and the death of one of them costs nothing."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from batches import Batch
from command_line import COMMAND, surroundings
from waiting import DEADLINE_S


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
    done = subprocess.run(
        [*COMMAND, *map(str, words), *more],
        env=surroundings(OMP_NUM_THREADS="1"),
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE_S,
    )
    assert done.returncode == 1, done.stderr
    counts = json.loads(done.stdout)
    assert (counts["done"], counts["refused"], counts["failed"]) == (0, 12, 1)
    assert all(line.startswith("{") for line in done.stderr.splitlines()), done.stderr
    for table in ("files", "calipers", "beats", "summaries", "derived", "grades"):
        rows, expected = two.table(table), one.table(table)
        assert sorted(map(str, rows)) == sorted(map(str, expected)), table
