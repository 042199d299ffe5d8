"""Saving by itself, a moment after the last change."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from EchoMeasureLib.errors import EchoMeasureError, InvalidDocument
from EchoMeasureLib.files import make_folder
from EchoMeasureLib.review.document import Saver
from EchoMeasureLib.review.entries import ReviewChange
from EchoMeasureLib.review.places import numbered_places
from EchoMeasureLib.review.session import Review

QUIET_S = 2.0
"""Time without a change after which the review is saved."""
LONGEST_S = 15.0
"""A change waits no longer than this, however busy the reviewer is."""
RETRY_S = 10.0
"""Time until the next attempt after one that failed."""
ATTEMPT_S = 0.5
"""How long an attempt may wait for another writer; the next one comes by itself."""


class Autosave:
    """Follows a review and saves it to `path`. Has no thread: the skin's timer calls `tick`.

    What is there and does not fit stays as it is: the review then goes beside it, and
    `path` and `moved` say where and why. As a context manager it saves once more at the end.
    """

    def __init__(
        self, review: Review, path: Path, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` gives seconds from anywhere and never goes back."""
        self.path = Path(path)
        self.moved = ""
        """Why the review is not saved where it was meant to be; empty when it is."""
        self._review = review
        self._saver = Saver(review, self.path)
        self._places = numbered_places(self.path)
        next(self._places)
        self._clock = clock
        self._first: float | None = None
        self._due = 0.0
        self._unsubscribe = review.subscribe(self._changed)

    @property
    def pending(self) -> bool:
        """Whether there is something that has not been saved."""
        return self._first is not None

    def saves(self, review: Review, path: Path) -> bool:
        """Whether it saves this review, and there."""
        return self._review is review and self.path == Path(path)

    def met_others(self) -> bool:
        """Whether other reviewers have saved there since this was asked last."""
        met, self._saver.met_others = self._saver.met_others, False
        return met

    def tick(self) -> bool:
        """Save when it is time to; whether it did. Raises what `save` raises, then waits a while.

        Call it about once a second.
        """
        if self._first is None or self._clock() < self._due:
            return False
        self._save()
        return True

    def touch(self) -> None:
        """Save in a moment, though nothing has changed."""
        now = self._clock()
        if self._first is None:
            self._first = now
        self._due = min(now + QUIET_S, self._first + LONGEST_S)

    def flush(self) -> bool:
        """Save now what is not saved; whether there was something. Raises as `tick`."""
        if not self.pending:
            return False
        self._save()
        return True

    def close(self) -> bool:
        """Save what is not saved and follow no longer; whether there was something.

        Raises as `tick`, and follows no longer then either.
        """
        try:
            return self.flush()
        finally:
            self._unsubscribe()

    def __enter__(self) -> Autosave:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _changed(self, change: ReviewChange) -> None:
        self.touch()

    def _save(self) -> None:
        try:
            make_folder(self.path.parent)
            self._save_where_it_fits()
        except EchoMeasureError:
            self._first = self._clock() + RETRY_S - LONGEST_S
            self._due = self._clock() + RETRY_S
            raise
        self._first = None

    def _save_where_it_fits(self) -> None:
        """Beside what is damaged, newer, or holds work of the reviewer that is not known here."""
        while True:
            try:
                return self._saver.save(ATTEMPT_S)
            except InvalidDocument as error:
                place = next(self._places, None)
                if place is None:
                    raise
                self.moved = self.moved or error.problem
                self.path, self._saver = place, Saver(self._review, place)
