"""The file of an image that a review knows: among those that are named, else beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from EchoMeasureLib.errors import EchoMeasureError, InvalidArgument
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.review.images import image_key

MOST_LOOKED_AT = 500
"""Files of a folder; a study has fewer."""


def open_image(key: str, named: Iterable[Path], folder: Path) -> Cine:
    """The image of this key (`images.image_key`), from a file named or one in `folder`.

    Named files must be readable; in the folder whatever is no such image is passed over, and so
    are folders in it. Raises `InvalidArgument` when no file holds the image, else as `read`.
    """
    for path in named:
        cine = read(path)
        if image_key(cine) == key:
            return cine
    for cine in _readable(islice(sorted(folder.iterdir()), MOST_LOOKED_AT)):
        if image_key(cine) == key:
            return cine
    raise InvalidArgument(
        f"The file of image {key} is not in {folder}, and numbers cannot be computed without it.",
        "Put it there, or name it with --file on the command line.",
    )


def _readable(paths: Iterable[Path]) -> Iterator[Cine]:
    for path in paths:
        if path.is_file():
            try:
                yield read(path)
            except EchoMeasureError:
                continue
