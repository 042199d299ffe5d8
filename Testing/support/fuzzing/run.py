"""Many mutants through a child process, and what failed."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]

CPU_SECONDS, MEGABYTES = 10.0, 1024
"""What one file may cost."""
HANGS_AFTER_S = 120.0
"""By the clock, however busy the machine is."""

Case = tuple[str, int]

OTHERS = ("review", "measurements", "checkpoint", "archive", "command")
"""What is no image: documents, weights, and the command's surroundings."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one mutant."""

    case: Case
    record: dict[str, Any]

    @property
    def failure(self) -> str:
        """Empty for a right answer, a note or a refusal."""
        if "failure" in self.record:
            return str(self.record["failure"])
        if self.record.get("cpu_s", 0) > CPU_SECONDS:
            return f"took {self.record['cpu_s']} s"
        if self.record.get("mb", 0) > MEGABYTES:
            return f"took {self.record['mb']} MB"
        return ""


class _Child:
    """A worker that is ready for cases."""

    def __init__(self, worker: str) -> None:
        environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'Testing/support'}"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", worker],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._pending = b""

    def ask(self, case: Case) -> dict[str, Any]:
        """The record of this case; one of a failure when the child died or hung."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{case[0]} {case[1]}\n".encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        while True:
            record = self._answer()
            if "died" in record or (record["name"], record["number"]) == case:
                return record
            if record.get("failure"):  # of a sound file, at the beginning
                return record

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        while b"\n" not in self._pending:
            ready, _, _ = select.select([self._process.stdout], [], [], HANGS_AFTER_S)
            block = os.read(self._process.stdout.fileno(), 1 << 16) if ready else b""
            if not block:
                self._process.kill()
                code = self._process.wait()
                words = f"died ({code}){self._last_words()}" if ready else "hung"
                return {"died": True, "failure": words}
            self._pending += block
        line, _, self._pending = self._pending.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _last_words(self) -> str:
        """The last line that a dead child wrote before it began to answer."""
        assert self._process.stderr is not None
        lines = self._process.stderr.read().decode("utf-8", "replace").splitlines()
        return f": {lines[-1]}" if lines else ""

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()


def outcomes(cases: Iterable[Case]) -> Iterator[Outcome]:
    """Try each case in a child of its own making; a new one where the last one died."""
    children: dict[str, _Child] = {}
    for case in cases:
        worker = "fuzzing.other_worker" if case[0] in OTHERS else "fuzzing.worker"
        child = children.get(worker) or _Child(worker)
        children[worker] = child
        record = child.ask(case)
        yield Outcome(case, record)
        if record.get("died"):
            children.pop(worker).close()
    for child in children.values():
        child.close()
