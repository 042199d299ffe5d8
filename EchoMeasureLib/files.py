"""Writing files and folders so that a reader never sees half of one."""

from __future__ import annotations

import errno
import functools
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from EchoMeasureLib.errors import OutputProblem
from EchoMeasureLib.staging import (
    NEW,
    exchange,
    exchange_contents,
    remove_leftovers,
    staging,
)


def make_folder(folder: Path) -> Path:
    """The folder, made when missing. Raises `OutputProblem` when it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _not_writable(folder, error) from error
    return folder


def behind_links(path: Path) -> Path:
    """The file or folder itself, which may not exist yet. Raises `OSError` for a circle."""
    place = Path(os.path.realpath(path))
    if place.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return place


@contextmanager
def write_errors(path: Path) -> Iterator[None]:
    """The system's errors as `OutputProblem`s about this file."""
    try:
        yield
    except OutputProblem:
        raise
    except OSError as error:
        raise OutputProblem(
            f"{path} could not be written ({_words_of(error)}).",
            "Check the disk space and the permissions of the folder.",
        ) from error


def _nothing() -> None:
    """The check of a file that no other program writes."""


@contextmanager
def written_whole(
    path: Path,
    check: Callable[[], None] = _nothing,
    durable: bool = False,
    only_new: bool = False,
) -> Iterator[Path]:
    """A path of the same name to write to; it takes the place of `path` when all went well.

    With `only_new` of none: it is an error where anything lies there by then.

    A link stays a link, and a file keeps its rights. `check` is called just before the rename
    and may raise to prevent it. `durable`: on the disk itself, not only in its cache.
    Raises `OutputProblem`.
    """
    with write_errors(path):
        place = behind_links(path)
        if place.exists() and _protected(place):
            raise OutputProblem(f"{path} is write-protected.", "Choose another name.")
        _remove_leftovers_once(str(place.parent))
        with staging(place.parent) as stage:
            beside = stage / place.name
            yield beside
            _keep_rights(place, beside)
            if durable:
                _sync(beside)
            check()
            if only_new:
                _put_new(beside, place)
            else:
                beside.replace(place)
            if durable:
                _sync(place.parent)


def write_text(
    path: Path, text: str, check: Callable[[], None] = _nothing, durable: bool = False
) -> None:
    """Write UTF-8 text, as `written_whole` does."""
    with written_whole(path, check, durable) as beside:
        beside.write_text(text, encoding="utf-8", newline="")


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file, as `written_whole` does."""
    with written_whole(path) as beside:
        beside.write_bytes(data)


@contextmanager
def folder_written_whole(
    folder: Path, check: Callable[[Path], None] = lambda folder: None
) -> Iterator[Path]:
    """An empty folder to write to; it takes the place of `folder` when all went well.

    Everything that was in `folder` goes: `check` is called with it at the beginning and just
    before the exchange, and raises where that would not be right. Nothing has changed after
    an error. Raises `OutputProblem`, at the beginning where `folder` cannot be written to.
    """
    with _errors_of_folder(folder):
        place = behind_links(folder)
    with _made_for(place), _errors_of_folder(folder):
        for home in (place.parent, place):
            remove_leftovers(home)
        _check_folder(folder, place, check)
        inside = not _can_be_exchanged(place)
        with staging(place if inside else place.parent) as stage:
            new = stage / NEW
            new.mkdir()
            with _said_of(folder, new):
                yield new
            _check_folder(folder, place, check)
            if inside:
                exchange_contents(place, new, stage)
            else:
                _keep_rights(place, new)
                exchange(place, new, stage)


def _words_of(error: OSError) -> str:
    """What the system says; packages put words of their own, or a whole traceback, around it."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, OSError) and inner.errno and inner.errno in errno.errorcode:
            return os.strerror(inner.errno)
        inner = inner.__cause__
    return error.strerror or str(error)


def _not_writable(folder: Path, error: OSError) -> OutputProblem:
    return OutputProblem(
        f"The folder {folder} cannot be written to ({_words_of(error)}).",
        "Choose another one.",
    )


@contextmanager
def _errors_of_folder(folder: Path) -> Iterator[None]:
    try:
        yield
    except OutputProblem:
        raise
    except OSError as error:
        raise _not_writable(folder, error) from error


@contextmanager
def _said_of(folder: Path, new: Path) -> Iterator[None]:
    """Problems with what is in `new` are said of `folder`, the name that people know."""
    try:
        yield
    except OutputProblem as error:
        said = error.problem.replace(str(new), str(folder))
        raise OutputProblem(said, error.hint) from error.__cause__


@contextmanager
def _made_for(place: Path) -> Iterator[None]:
    """Folders above `place` are made, and go again when nothing comes into them."""
    made: list[Path] = []
    try:
        with _errors_of_folder(place):
            missing = [home for home in place.parents if not home.exists()]
            for home in reversed(missing):
                home.mkdir(exist_ok=True)
                made.append(home)
        yield
    except BaseException:
        for home in reversed(made):
            with suppress(OSError):
                home.rmdir()
        raise


def _check_folder(folder: Path, place: Path, check: Callable[[Path], None]) -> None:
    if not place.exists():
        return
    check(place)
    for item in place.iterdir():
        if not item.is_symlink() and _protected(item):
            raise OutputProblem(
                f"{item.name} in {folder} is write-protected, so the folder is left as it is.",
                "Choose another folder.",
            )


def _can_be_exchanged(place: Path) -> bool:
    """Whether the folder can move: it is none that something else is bound to."""
    if not place.exists():
        return True
    free = os.access(place.parent, os.W_OK | os.X_OK)
    return free and not os.path.ismount(place) and not place.samefile(Path.cwd())


def _protected(path: Path) -> bool:
    """Whether its owner does not want it to be changed."""
    facts = path.stat()
    own = sys.platform == "win32" or os.geteuid() in (0, facts.st_uid)
    return not facts.st_mode & 0o222 or (own and not os.access(path, os.W_OK))


def _keep_rights(old: Path, new: Path) -> None:
    """Give `new` the mode, the owner and the access list of `old`, as far as the system lets."""
    if not old.exists():
        return
    facts = old.stat()
    if sys.platform != "win32":
        for owner in ((-1, facts.st_gid), (facts.st_uid, -1)):
            with suppress(OSError):
                os.chown(new, *owner)
    if sys.platform == "linux":
        with suppress(OSError):
            for name in os.listxattr(old):
                os.setxattr(new, name, os.getxattr(old, name))
    shutil.copymode(old, new)


def _put_new(beside: Path, place: Path) -> None:
    """As a rename that takes the place of nothing: of two processes at once one has it."""
    try:
        os.link(beside, place)
    except FileExistsError:
        raise
    except OSError:
        # A disk that has no second names.
        if os.path.lexists(place):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(place)) from None
        beside.rename(place)


@functools.lru_cache(maxsize=256)
def _remove_leftovers_once(folder: str) -> None:
    """Once per program: a folder of thousands of files is not looked through for each."""
    remove_leftovers(Path(folder))


def _sync(path: Path) -> None:
    """Force a file, or the names in a folder, to the disk, where the system can."""
    folder = path.is_dir()
    with suppress(OSError) if folder else write_errors(path):
        handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
