"""Tells of the changes of the open review: at once, but of predictions now and then."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from EchoMeasureLib.review.entries import Action

if TYPE_CHECKING:
    from EchoMeasureLib.desk.selection import Selection
    from EchoMeasureLib.desk.topics import Topics
    from EchoMeasureLib.review.entries import ReviewChange

BETWEEN_TELLINGS_S = 0.3
"""Predictions come by the hundred; they are told no more often than this."""


class Telling:
    """Hears of every change of the review, and tells everybody."""

    def __init__(self, topics: Topics, selection: Selection, clock: Callable[[], float]) -> None:
        self._topics = topics
        self._selection = selection
        self._clock = clock
        self._behind = False
        self._told = -BETWEEN_TELLINGS_S

    def heard(self, change: ReviewChange) -> None:
        """The review has changed."""
        recent = self._clock() - self._told < BETWEEN_TELLINGS_S
        if change.action is Action.PREDICT and recent:
            self._behind = True
        else:
            self._tell()

    def tick(self) -> None:
        """Tell what has not been told yet, when it is time to."""
        if self._behind and self._clock() - self._told >= BETWEEN_TELLINGS_S:
            self._tell()

    def _tell(self) -> None:
        self._behind = False
        self._selection.mark()
        self._topics.tell("review")
        self._told = self._clock()
