"""What the reviewer has had before their eyes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.measuring.calipers import Caliper
    from EchoMeasureLib.review.answers import Answer


class LookedAt:
    """Remembers the calipers that were on display, as they were then."""

    def __init__(self, study: OpenStudy) -> None:
        self._study = study
        self._seen: dict[str, Caliper] = {}

    def look(self) -> None:
        """What is on display now has been seen."""
        study = self._study
        review = study.review
        if review is None or study.cine is None or not study.in_view:
            return
        for entry in review.on_frame(study.frame, study.image):
            self._seen[entry.id] = entry.caliper

    def at(self, answer: Answer) -> bool:
        """Whether one of the beats that count was on display, as it is now."""
        entries = [self._study.need_review().entry(id) for id in answer.counting]
        return any(self._seen.get(entry.id) == entry.caliper for entry in entries)

    def kept(self) -> dict[str, Caliper]:
        """What was seen, by the ids of the calipers."""
        return dict(self._seen)

    def remember(self, seen: Iterable[tuple[str, Caliper]]) -> None:
        """What was seen before counts too."""
        self._seen.update(seen)

    def forget(self) -> None:
        """Nothing was seen."""
        self._seen = {}
