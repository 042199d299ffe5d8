"""What the reviewer has had before their eyes, and what may be accepted without a look of its own.

People follow a machine that is wrong, so accepting many answers at once has brakes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from EchoMeasureLib.desk.answers import Answer, State, Together
from EchoMeasureLib.inference.settings import set_warnings

if TYPE_CHECKING:
    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.measuring.calipers import Caliper

NOT_YET = "not on display yet"
NEAR_LIMIT = "near a limit of normal"


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

    def together(self, waiting: Sequence[Answer]) -> Together:
        """Which of these can be accepted together, and which not, and why.

        Never what has a flag, lies near or beyond a limit, was not on display yet, comes from
        networks that nobody has verified, or shares a caliper with what is left out.
        """
        brakes = {answer.id: self._brake(answer) for answer in waiting}
        held = {id: a for a in waiting if brakes[a.id] for id in a.counting}
        for answer in waiting:
            other = next((held[id] for id in answer.counting if id in held), None)
            if not brakes[answer.id] and other is not None:
                brakes[answer.id] = f"of one caliper with {other.row.name}"
        return Together(
            tuple(answer for answer in waiting if not brakes[answer.id]),
            tuple((answer, brakes[answer.id]) for answer in waiting if brakes[answer.id]),
        )

    def kept(self) -> dict[str, Caliper]:
        """What was seen, by the ids of the calipers."""
        return dict(self._seen)

    def remember(self, seen: Iterable[tuple[str, Caliper]]) -> None:
        """What was seen before counts too."""
        self._seen.update(seen)

    def forget(self) -> None:
        """Nothing was seen."""
        self._seen = {}

    def _brake(self, answer: Answer) -> str:
        """Why an answer has to be looked at by itself; empty when it need not."""
        if answer.state is State.NEED_EYES:
            return answer.why
        if answer.row.near:
            return NEAR_LIMIT
        review = self._study.need_review()
        models = (review.entry(id).caliper.model for id in answer.counting)
        warnings = set_warnings(model.set for model in models if model is not None)
        if warnings:
            return warnings[0].partition(":")[0].lower()
        return "" if self.at(answer) else NOT_YET
