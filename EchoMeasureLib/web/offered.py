"""The images that the command named: the only files that the page can have opened, by number."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from EchoMeasureLib.desk.sample import phantom_file
from EchoMeasureLib.errors import EchoMeasureError, InvalidArgument, UnreadableFile
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.sniffing import HEAD_BYTES, FileKind, recognise
from EchoMeasureLib.opening import open_file
from EchoMeasureLib.review.document import read_document
from EchoMeasureLib.review.image_files import found_images

MOST_FILES = 1000
"""Of a folder and what lies in it; a study has fewer."""

IMAGES = (FileKind.DICOM, FileKind.VIDEO, FileKind.PICTURE)


@dataclass(frozen=True, slots=True)
class Offered:
    """What was named, and what of it can be opened."""

    files: tuple[Path, ...]
    names: tuple[str, ...]
    """What each is called on the page."""
    review: Path | None = None
    """A review document to go on with."""


def offered(target: Path | None) -> Offered:
    """The images of a file, a folder and all that lies in it, or a review; of nothing a phantom.

    Raises `UnreadableFile` for what is none of these, `InvalidArgument` for a folder without
    images or a review whose images are not beside it, and as `read_document`.
    """
    if target is None:
        return Offered((phantom_file(),), ("Phantom study",))
    if target.is_dir():
        files = tuple(islice(_images_in(target), MOST_FILES))
        if not files:
            raise InvalidArgument(f"There is no image in {target}.")
        return Offered(files, tuple(str(path.relative_to(target)) for path in files))
    if _kind_of(target) in IMAGES:
        return Offered((target,), (target.name,))
    if target.suffix.lower() == ".json":
        return _of_review(target)
    read(target)  # says what is wrong with it
    raise UnreadableFile(f"{target.name} is no image, folder or review.")


def _of_review(path: Path) -> Offered:
    keys = read_document(path).images
    found = dict(found_images(keys, (), [path.resolve().parent]))
    files = [found[key].path for key in keys if key in found]
    there = tuple(file for file in files if file is not None)
    if not there:
        raise InvalidArgument(
            f"The images of {path.name} are not beside it.", "Put them into its folder."
        )
    return Offered(there, tuple(file.name for file in there), path)


def _images_in(folder: Path) -> Iterator[Path]:
    """Every image below, folder by folder; links to elsewhere are not followed."""
    top = folder.resolve()
    with suppress(OSError):
        for path in sorted(folder.iterdir()):
            if not path.resolve().is_relative_to(top):
                continue
            if path.is_dir():
                yield from _images_in(path)
            elif path.is_file() and _kind_of(path) in IMAGES:
                yield path


def _kind_of(path: Path) -> FileKind | None:
    try:
        with open_file(path) as file:
            return recognise(file.read(HEAD_BYTES))
    except (OSError, EchoMeasureError):
        return None
