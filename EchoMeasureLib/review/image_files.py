"""The files of images that a review knows: among those that are named, else beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TypeAlias

from EchoMeasureLib.errors import EchoMeasureError, InvalidArgument
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.review.images import image_key

FindImages: TypeAlias = Callable[[Iterable[str]], Iterator[tuple[str, Cine]]]
"""Key and cine of the images of these keys, each once; those that are nowhere are left out."""

MOST_LOOKED_AT = 500
"""Files of a folder; a study has fewer."""


def open_image(key: str, named: Iterable[Path], folder: Path) -> Cine:
    """The image of this key (`images.image_key`), from a file named or one in `folder`.

    Raises `InvalidArgument` when no file holds the image, else as `found_images`.
    """
    for _, cine in found_images([key], named, [folder]):
        return cine
    raise InvalidArgument(
        f"The file of image {key} is not in {folder}, and numbers cannot be computed without it.",
        "Put it there, or name it with --file on the command line.",
    )


def found_images(
    keys: Iterable[str], named: Iterable[Path], folders: Iterable[Path]
) -> Iterator[tuple[str, Cine]]:
    """Key and cine of the images of these keys, as their files are met; each once.

    Named files must be readable; in the folders whatever is no such image is passed over, and
    so are folders in them. Raises as `read`.
    """
    wanted = set(keys)
    beside = (
        path for folder in folders for path in islice(sorted(folder.iterdir()), MOST_LOOKED_AT)
    )
    cines = chain(map(read, named), _readable(beside))
    while wanted and (cine := next(cines, None)) is not None:
        key = image_key(cine)
        if key in wanted:
            wanted.remove(key)
            yield key, cine


def _readable(paths: Iterable[Path]) -> Iterator[Cine]:
    for path in paths:
        if path.is_file():
            try:
                yield read(path)
            except EchoMeasureError:
                continue
