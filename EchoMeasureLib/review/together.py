"""Accepting the answers of one image together, and the brakes on it.

People follow a machine that is wrong: what anything speaks against is looked at by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from EchoMeasureLib.inference.settings import set_warnings
from EchoMeasureLib.review.answers import Answer, State
from EchoMeasureLib.review.session import Review

TOGETHER = "accepted together"
"""How the audit trail calls a step that accepts several answers at once."""

NOT_YET = "not on display yet"
NEAR_LIMIT = "near a limit of normal"

Seen = Callable[[Answer], bool]
"""Whether an answer was on display, as it is now."""


@dataclass(frozen=True, slots=True)
class Together:
    """What "accept all unflagged of this image" would do."""

    ready: tuple[Answer, ...]
    left_out: tuple[tuple[Answer, str], ...]
    """The others that wait, each with the reason."""

    @property
    def entries(self) -> tuple[str, ...]:
        """Ids of the calipers that are accepted."""
        return tuple(dict.fromkeys(id for answer in self.ready for id in answer.counting))


def unflagged(review: Review, answers: Sequence[Answer], image: str, seen: Seen) -> Together:
    """Which answers of an image can be accepted together, and which not, and why.

    Never what has a flag, lies near or beyond a limit, was not on display yet, comes from
    networks that nobody has verified, or shares a caliper with what is left out.
    """
    waiting = [answer for answer in answers if answer.image == image and answer.state.waits]
    brakes = {answer.id: _brake(review, answer, seen) for answer in waiting}
    held = {id: a for a in waiting if brakes[a.id] for id in a.counting}
    for answer in waiting:
        other = next((held[id] for id in answer.counting if id in held), None)
        if not brakes[answer.id] and other is not None:
            brakes[answer.id] = f"of one caliper with {other.row.name}"
    return Together(
        tuple(answer for answer in waiting if not brakes[answer.id]),
        tuple((answer, brakes[answer.id]) for answer in waiting if brakes[answer.id]),
    )


def accept_together(review: Review, found: Together) -> None:
    """Accept what is ready, as one step that the audit trail calls so."""
    with review.step(TOGETHER):
        for id in found.entries:
            review.accept(id)


def _brake(review: Review, answer: Answer, seen: Seen) -> str:
    """Why an answer has to be looked at by itself; empty when it need not."""
    if answer.state is State.NEED_EYES:
        return answer.why
    if answer.row.near:
        return NEAR_LIMIT
    models = (review.entry(id).caliper.model for id in answer.counting)
    warnings = set_warnings(model.set for model in models if model is not None)
    if warnings:
        return warnings[0].partition(":")[0].lower()
    return "" if seen(answer) else NOT_YET
