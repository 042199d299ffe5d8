"""Writing files so that a reader never sees half of one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from EchoMeasureLib.errors import OutputProblem


def make_folder(folder: Path) -> Path:
    """The folder, made when missing. Raises `OutputProblem` when it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputProblem(
            f"The folder {folder} cannot be written to ({error.strerror or error}).",
            "Choose another one.",
        ) from error
    return folder


@contextmanager
def folder_for_results(folder: Path) -> Iterator[Path]:
    """The folder, made when missing; what was made goes again when nothing comes into it.

    Raises as `make_folder`, before any work is done.
    """
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    make_folder(folder)
    try:
        yield folder
    except BaseException:
        for place in made:
            with suppress(OSError):
                place.rmdir()
        raise


@contextmanager
def write_errors(path: Path) -> Iterator[None]:
    """The system's errors as `OutputProblem`s about this file."""
    try:
        yield
    except OutputProblem:
        raise
    except OSError as error:
        raise OutputProblem(
            f"{path} could not be written ({error.strerror or error}).",
            "Check the disk space and the permissions of the folder.",
        ) from error


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; it takes the place of `path` only when all went well."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with write_errors(path):
            yield beside
            beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text whole or not at all."""
    with written_whole(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="")
