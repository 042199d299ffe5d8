"""`echomeasure serve` in a process of its own, and where things lie in its picture."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from EchoMeasureLib.folders import DATA_VARIABLE


class ServedReview:
    """One run of the command. Its data folder stays when it ends, so another can go on."""

    def __init__(self, data: Path, *words: str) -> None:
        self.data = data
        environment = {**os.environ, DATA_VARIABLE: str(data), "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "EchoMeasureLib.cli.main", "serve", "--no-browser", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.address = self.next_address()

    @property
    def root(self) -> str:
        """The address without its token."""
        return self.address.partition("?")[0]

    @property
    def port(self) -> int:
        return int(self.root.rstrip("/").rpartition(":")[2])

    def next_address(self) -> str:
        """The address that is printed next; it opens once."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        if not line:
            _, said = self.process.communicate()
            raise AssertionError(f"it ended with {self.process.returncode}: {said}")
        self.address = line
        return line

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """End it; its exit code and what it said on standard error."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        _, said = self.process.communicate(timeout=300)
        return self.process.returncode, said


def on_picture(
    point: tuple[float, float], image: tuple[int, int], view: tuple[float, float]
) -> tuple[float, float]:
    """Where a source pixel is seen in a view that shows the whole image, as large as it fits.

    `image`: columns and rows; `view`: width and height. Pixels are square here.
    """
    scale = min(view[0] / image[0], view[1] / image[1])
    x, y = (place + 0.5 - size / 2 for place, size in zip(point, image, strict=True))
    return view[0] / 2 + x * scale, view[1] / 2 + y * scale
