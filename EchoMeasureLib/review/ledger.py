"""How a review changes: apply, write into the audit trail, remember for undo, tell subscribers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TypeAlias

from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.review import entering
from EchoMeasureLib.review.board import Board
from EchoMeasureLib.review.entries import Action, AuditEvent, EntryState, ReviewChange
from EchoMeasureLib.review.history import (
    CalibrationChange,
    Change,
    EntryChange,
    ExaminationChange,
    History,
    MarksChange,
    Step,
    SubjectChange,
)
from EchoMeasureLib.review.transitions import Signature

Clock: TypeAlias = Callable[[], datetime]
Subscriber: TypeAlias = Callable[[ReviewChange], None]


def utc_now() -> datetime:
    """The clock of every review that is not given another one."""
    return datetime.now(timezone.utc)


def iso(clock: Clock) -> str:
    """The time of a clock as ISO 8601 in UTC, to the millisecond."""
    return clock().astimezone(timezone.utc).isoformat(timespec="milliseconds")


@dataclass(slots=True)
class _OpenStep:
    label: str
    changes: list[Change] = field(default_factory=list)
    touched: dict[str, None] = field(default_factory=dict)


class Ledger:
    """The only way by which a board changes."""

    def __init__(
        self, board: Board, reviewer: str, clock: Clock, audit: Sequence[AuditEvent] = ()
    ) -> None:
        """`audit`: what was done before. Raises `InvalidArgument` for a reviewer without a name."""
        self.reviewer = entering.name(reviewer)
        self._board = board
        self._clock = clock
        self._events = list(audit)
        self._frozen: tuple[AuditEvent, ...] | None = None
        self._history = History()
        self._open: _OpenStep | None = None
        self._gathered: dict[str, None] | None = None
        self._subscribers: list[Subscriber] = []

    @property
    def audit(self) -> tuple[AuditEvent, ...]:
        """Everything that was done, in order, undoing included."""
        if self._frozen is None:
            self._frozen = tuple(self._events)
        return self._frozen

    @property
    def version(self) -> int:
        """Rises with every change, of flags too."""
        return len(self._events) + self._board.comparisons

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._history.done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return bool(self._history.undone)

    def sign(self) -> Signature:
        """The reviewer's, for a decision that is made now."""
        return Signature(self.reviewer, self._now())

    def subscribe(self, callback: Subscriber) -> Callable[[], None]:
        """Call back after every change; returns what ends that."""
        self._subscribers.append(callback)

        def unsubscribe() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)

        return unsubscribe

    def commit(
        self,
        action: Action,
        changes: Sequence[Change],
        *,
        why: str = "",
        detail: str = "",
        who: str = "",
        undoable: bool = True,
    ) -> None:
        """Make changes that belong together, as one undo step or as part of the open one.

        `who` is the reviewer unless given; what is not `undoable` is passed over by undo.
        """
        touched: dict[str, None] = {}
        for change in changes:
            touched |= self._make(change, action, why, detail, who)
        if self._open is not None:
            self._open.touched |= touched
            self._open.changes += changes if undoable else ()
            return
        if undoable:
            self._history.push(Step(action, action.value, tuple(changes)))
        if self._gathered is not None:
            self._gathered |= touched
        else:
            self._tell(action, touched | dict.fromkeys(self._board.compare()))

    def record(self, action: Action, detail: str) -> None:
        """Something that is no change of an entry and cannot be undone."""
        self._write(action, "", None, None, "", detail)
        self._tell(action, dict.fromkeys(self._board.compare()))

    @contextmanager
    def gathered(self, action: Action) -> Iterator[None]:
        """Calipers of many changes are compared once, at the end, with one message."""
        touched: dict[str, None] = {}
        self._gathered = touched
        try:
            yield
        finally:
            self._gathered = None
            if touched and self._open is None:
                self._tell(action, touched | dict.fromkeys(self._board.compare()))

    def settle(self, action: Action) -> None:
        """Compare the calipers of images that were opened, and tell where flags changed."""
        touched = dict.fromkeys(self._board.compare())
        if touched:
            self._tell(action, touched)

    def undo(self) -> Step:
        """Take back the last step. Raises `InvalidState` without one, or inside a step."""
        self._refuse_inside_step("Undo")
        if not self._history.done:
            raise InvalidState("There is nothing to undo.")
        step = self._history.back()
        self._replay(step.inverse, Action.UNDO, step.label)
        return step

    def redo(self) -> Step:
        """Do again what was undone last. Raises `InvalidState` as `undo` does."""
        self._refuse_inside_step("Redo")
        if not self._history.undone:
            raise InvalidState("There is nothing to redo.")
        step = self._history.forth()
        self._replay(step.changes, Action.REDO, step.label)
        return step

    @contextmanager
    def step(self, label: str) -> Iterator[None]:
        """Everything inside is one undo step and one message; an error takes it all back."""
        if self._open is not None:
            yield  # a step inside a step is part of the outer one
            return
        self._open = opened = _OpenStep(label)
        try:
            yield
        except BaseException:
            self._open = None
            failed = Step(Action.STEP, f"{label} (failed)", tuple(opened.changes))
            self._replay(failed.inverse, Action.UNDO, failed.label, opened.touched)
            raise
        self._open = None
        opened.touched |= dict.fromkeys(self._board.compare())
        if opened.changes:
            self._history.push(Step(Action.STEP, label, tuple(opened.changes)))
        if opened.touched or opened.changes:
            self._tell(Action.STEP, opened.touched)

    def _replay(
        self,
        changes: Sequence[Change],
        action: Action,
        label: str,
        touched: dict[str, None] | None = None,
    ) -> None:
        touched = dict(touched or {})
        for change in changes:
            touched |= self._make(self._board.settled(change), action, "", label, "")
        self._tell(action, touched | dict.fromkeys(self._board.compare()))

    def _make(
        self, change: Change, action: Action, why: str, detail: str, who: str
    ) -> dict[str, None]:
        touched = self._board.apply(change)
        if not detail and self._open is not None:
            detail = self._open.label
        if isinstance(change, EntryChange):
            before = EntryState.of(change.before) if change.before else None
            after = EntryState.of(change.after) if change.after else None
            self._write(action, change.id, before, after, why, detail, who)
        else:
            told = _in_words(change)
            self._write(action, "", None, None, why, f"{detail}: {told}" if detail else told, who)
        return dict.fromkeys(touched)

    def _now(self) -> str:
        return iso(self._clock)

    def _write(
        self,
        action: Action,
        entry: str,
        before: EntryState | None,
        after: EntryState | None,
        why: str,
        detail: str,
        who: str = "",
    ) -> None:
        number = len(self._events) + 1
        event = AuditEvent(
            number,
            self._now(),
            who or self.reviewer,
            action,
            entry,
            before,
            after,
            why,
            detail,
        )
        self._events.append(event)
        self._frozen = None

    def _tell(self, action: Action, touched: dict[str, None]) -> None:
        """Every subscriber hears, in their order; what one raises comes out when all have."""
        message = ReviewChange(action, tuple(touched))
        with ExitStack() as stack:
            for subscriber in reversed(self._subscribers):
                stack.callback(subscriber, message)

    def _refuse_inside_step(self, what: str) -> None:
        if self._open is not None:
            raise InvalidState(f"{what} is not possible inside the step '{self._open.label}'.")


def _in_words(
    change: SubjectChange | ExaminationChange | CalibrationChange | MarksChange,
) -> str:
    if isinstance(change, MarksChange):
        sides = (
            ", ".join(f"{mark.phase.brief} {mark.frame}" for mark in sorted(marks)) or "none"
            for marks in (change.before, change.after)
        )
        return f"image {change.image}: {' -> '.join(sides)}"
    if not isinstance(change, CalibrationChange):
        before, after = (known.text() or "nothing" for known in (change.before, change.after))
        return f"{before} -> {after}"
    by_hand = [region for region in change.after if region.index < 0]
    given = "; ".join(_scale_words(region) for region in by_hand)
    return f"image {change.image}: {given or 'as in the file'}"


def _scale_words(region: Region) -> str:
    across = f"{region.delta[0]:g} {region.units[0]} x " if region.times_known else ""
    return f"{region.kind.value}, {across}{region.delta[1]:g} {region.units[1]} per pixel"
