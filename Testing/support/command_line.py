"""The `echomeasure` command as a process of its own, in surroundings that a test chooses."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from waiting import DEADLINE_S

import EchoMeasureLib

COMMAND = [sys.executable, "-m", "EchoMeasureLib.cli.main"]


def surroundings(**changes: str | None) -> dict[str, str]:
    """The environment with changes; None takes a variable out."""
    library = str(Path(EchoMeasureLib.__file__).parents[1])
    wanted: Mapping[str, str | None] = {**os.environ, "PYTHONPATH": library, **changes}
    return {name: value for name, value in wanted.items() if value is not None}


def run(*words: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command to its end. `options` are those of `subprocess.run`."""
    usual: dict[str, Any] = {"capture_output": True, "text": True, "env": surroundings()}
    return subprocess.run(
        [*COMMAND, *map(str, words)], **{**usual, **options}, check=False, timeout=DEADLINE_S
    )


def in_shell(line: str, *words: object) -> subprocess.CompletedProcess[str]:
    """Run `line` in bash, where "$@" stands for the command with these words."""
    return subprocess.run(
        ["bash", "-c", line, "bash", *COMMAND, *map(str, words)],
        capture_output=True,
        text=True,
        env=surroundings(),
        check=False,
        timeout=DEADLINE_S,
    )
