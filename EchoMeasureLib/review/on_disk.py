"""A saved review, changed where it lies: read, acted on and saved, as often as it takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from EchoMeasureLib.errors import InvalidDocument
from EchoMeasureLib.review.document import read_document, resume_closed, save
from EchoMeasureLib.review.ledger import Clock, utc_now
from EchoMeasureLib.review.session import Review

MOST_ATTEMPTS = 20
"""A writer that was overtaken so often gives up."""

_T = TypeVar("_T")


def changed(path: Path, reviewer: str, act: Callable[[Review], _T], clock: Clock = utc_now) -> _T:
    """What `act` gives for the reviewer's review in the document, which is saved afterwards.

    No image is open. When another writer has saved work of the same reviewer meanwhile, `act` is
    called once more, with the review as it is then. What `act` raises comes out, and nothing is
    written; nothing is written either where it changes nothing. Raises as `read_document`,
    `resume_closed` and `save`.
    """
    for attempt in range(MOST_ATTEMPTS):
        document = read_document(path)
        review = resume_closed(document, reviewer, clock)
        before = len(review.audit)
        result = act(review)
        known = review.reviewer in document.layers
        if known and len(review.audit) == before:
            return result
        try:
            save(review, path, clock)
        except InvalidDocument:
            last = attempt == MOST_ATTEMPTS - 1
            if last or read_document(path).revision == document.revision:
                raise
        else:
            return result
    raise AssertionError("the last attempt has either saved or raised")
