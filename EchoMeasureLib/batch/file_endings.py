"""How a file of a cohort ended: done, refused with a reason, or failed with an error."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path

from EchoMeasureLib.choices import Choice
from EchoMeasureLib.errors import (
    CannotMeasure,
    EchoMeasureError,
    ForeignFile,
    InvalidArgument,
    MissingPackage,
    OutputProblem,
    WeightsProblem,
)


class Ending(Choice):
    """The one state in which a file ends."""

    DONE = "done"
    """It was measured."""
    REFUSED = "refused"
    """There is nothing to measure in it, for the reason given."""
    FAILED = "failed"
    """It should have been measured, and an error kept it from that."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a file ended, and why."""

    ending: Ending
    reason: str = ""
    """A sentence for people that names neither the file nor a person."""


OF_NETWORKS = ("torch", "torchvision", "scipy", "openvino")
"""Packages without which no file can be measured; others are missing for some kinds of file."""


def ended_by(error: Exception, path: Path) -> Ended:
    """How a file has ended for which this was raised. Raises the error where it ends the run."""
    if isinstance(error, (OutputProblem, WeightsProblem)):
        raise error
    if isinstance(error, MissingPackage) and error.package in OF_NETWORKS:
        raise error
    if isinstance(error, (CannotMeasure, ForeignFile, InvalidArgument)):
        return Ended(Ending.REFUSED, nameless(error.problem, path))
    if isinstance(error, EchoMeasureError):
        return Ended(Ending.FAILED, nameless(str(error), path))
    if isinstance(error, MemoryError):
        return Ended(Ending.FAILED, "The machine has not enough memory for it.")
    # The words of other errors can be those of a header.
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = "".join(f" at {Path(frame.filename).name}:{frame.lineno}" for frame in last)
    return Ended(Ending.FAILED, f"A fault of the program: {type(error).__name__}{where}.")


OF_MESSAGES = frozenset({"DICOMDIR", "device", "file", "folder", "image", "pipe", "socket"})
"""Names of files that are words of messages too, and of nobody."""


def nameless(text: str, path: Path) -> str:
    """The text without the name of the file, which may be that of a person."""
    for name in dict.fromkeys((str(path), path.as_posix(), path.name)):
        if text.startswith(name):
            text = f"The file{text[len(name) :]}"
        if name not in OF_MESSAGES:
            text = text.replace(f"no file {name}", "no such file").replace(name, "the file")
    return text
