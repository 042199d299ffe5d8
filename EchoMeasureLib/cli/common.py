"""What the subcommands share: exit codes, printing, reading arguments."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from EchoMeasureLib.cli.streams import say
from EchoMeasureLib.errors import (
    CannotMeasure,
    EchoMeasureError,
    InvalidArgument,
    InvalidDocument,
    UnknownMeasurement,
    UnreadableFile,
    WeightsProblem,
)
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame_numbers import chosen_frames
from EchoMeasureLib.progress import Monitor, Progress, silent

DONE, FAILED, USAGE, UNREADABLE, NO_WEIGHTS, NOT_HERE = 0, 1, 2, 3, 4, 5

EXIT_CODES = """exit codes:
  0  done
  1  something else went wrong, such as an output folder that cannot be written to
  2  the command was not understood
  3  the file cannot be read
  4  no usable weights
  5  this cannot be measured here"""

_CODE_OF: tuple[tuple[type[EchoMeasureError], int], ...] = (
    (UnreadableFile, UNREADABLE),
    (InvalidDocument, UNREADABLE),
    (WeightsProblem, NO_WEIGHTS),
    (CannotMeasure, NOT_HERE),
    (UnknownMeasurement, USAGE),
    (InvalidArgument, USAGE),
)


def exit_code(error: EchoMeasureError) -> int:
    """The exit code that goes with an error."""
    return next((code for kind, code in _CODE_OF if isinstance(error, kind)), FAILED)


def point(text: str) -> PixelPoint:
    """An argument such as 629,319 as a point in source pixels."""
    try:
        x, y = (float(part) for part in text.split(","))
        if not (math.isfinite(x) and math.isfinite(y)):
            raise ValueError(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"'{text.strip()}' is not a point; write column,row such as 629,319"
        ) from None
    return PixelPoint(x, y)


def frames_of(text: str, count: int) -> list[int]:
    """As `imaging.frame_numbers.chosen_frames`; what is left out is said on standard error.

    Raises as that does.
    """
    chosen, note = chosen_frames(text, count)
    if note:
        say(note)
    return list(chosen)


@contextmanager
def progress_bar() -> Iterator[Monitor]:
    """A monitor that draws a bar on standard error when that is a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar

    with Bar(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("", total=None)

        def show(progress: Progress) -> None:
            bar.update(
                task,
                description=progress.stage,
                completed=progress.done,
                total=progress.total or None,
            )

        yield show
