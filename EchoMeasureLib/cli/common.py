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
            f"'{text}' is not a point; write column,row such as 629,319"
        ) from None
    return PixelPoint(x, y)


def frames_of(text: str, count: int) -> list[int]:
    """The frames that "all", "0,5,9" or "0:60:5" (start:stop:step, stop not included) names.

    A range that goes past the end is cut there, and this is said on standard error. Raises
    `InvalidArgument` for anything else, and for a frame that is not there.
    """
    try:
        if text == "all":
            chosen = list(range(count))
        elif ":" in text:
            parts = [int(part) if part else None for part in text.split(":")]
            if len(parts) > 3 or any(part is not None and part < 0 for part in parts):
                raise ValueError(text)
            chosen = list(range(count))[slice(*parts)]
            if chosen and (stop := (*parts, None)[1]) is not None and stop > count:
                say(
                    f"The file has {count} frames, numbered 0 to {count - 1}: of '{text}', what "
                    f"lies after frame {count - 1} is left out."
                )
        else:
            chosen = list(dict.fromkeys(int(part) for part in text.split(",")))
    except ValueError:
        raise InvalidArgument(
            f"'{text}' names no frames.", "Write all, 0,5,9 or start:stop:step such as 0:60:5."
        ) from None
    if not chosen or not all(0 <= frame < count for frame in chosen):
        raise InvalidArgument(
            f"'{text}' asks for frames that are not there: the file has {count}, "
            f"numbered 0 to {count - 1}."
        )
    return chosen


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
