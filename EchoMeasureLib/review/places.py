"""Where a review goes when its place on disk is taken: beside it, never over it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from EchoMeasureLib.documents import read_text
from EchoMeasureLib.files import write_text
from EchoMeasureLib.review.document import MOST_BYTES, read_document, without_layer
from EchoMeasureLib.review.storage import locked

MOST = 99
"""More documents of one study than this are a mistake."""


def numbered_places(path: Path) -> Iterator[Path]:
    """`review.json`, `review-2.json`, `review-3.json`, ..., whether they exist or not."""
    yield path
    for number in range(2, MOST + 1):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


def taken_places(path: Path) -> tuple[Path, ...]:
    """Those of them that exist, in order."""
    return tuple(place for place in numbered_places(path) if _is_file(place))


def _is_file(place: Path) -> bool:
    """Also in a folder that may not be entered: what nobody can see is not there to go on with."""
    with suppress(OSError):
        return place.is_file()
    return False


def put_aside(path: Path, reviewer: str) -> Path:
    """Take the layer of `reviewer` out of the document, after a copy of all of it.

    Returns the copy, which no program looks for. Raises `OutputProblem`, and
    `InvalidDocument` for what is no document.
    """
    with locked(path) as check:
        copy = write_aside(path, read_text(path, MOST_BYTES))
        rest = without_layer(read_document(path), reviewer)
        if rest is None:
            check()
            path.unlink()
        else:
            write_text(path, rest, check, durable=True)
    return copy


def write_aside(path: Path, text: str) -> Path:
    """Keep a text beside `path` where no program looks for it; the same text once only.

    Returns where. Raises `OutputProblem`.
    """
    name = f"{path.stem}-aside-{sha256(text.encode()).hexdigest()[:8]}{path.suffix}"
    copy = path.with_name(name)
    if not copy.exists():
        write_text(copy, text, durable=True)
    return copy
