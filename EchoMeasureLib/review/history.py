"""Undo and redo by value: every step keeps what was and what became."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.examination import Examination
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.entries import Action, Entry
from EchoMeasureLib.review.marks import Mark


@dataclass(frozen=True, slots=True)
class EntryChange:
    """An entry before and after; None where it did not exist or is gone."""

    id: str
    before: Entry | None
    after: Entry | None

    @property
    def inverse(self) -> EntryChange:
        """What takes it back."""
        return EntryChange(self.id, self.after, self.before)


@dataclass(frozen=True, slots=True)
class SubjectChange:
    """Who was examined, before and after."""

    before: Subject
    after: Subject

    @property
    def inverse(self) -> SubjectChange:
        """What takes it back."""
        return SubjectChange(self.after, self.before)


@dataclass(frozen=True, slots=True)
class ExaminationChange:
    """What was added by hand, before and after."""

    before: Examination
    after: Examination

    @property
    def inverse(self) -> ExaminationChange:
        """What takes it back."""
        return ExaminationChange(self.after, self.before)


@dataclass(frozen=True, slots=True)
class CalibrationChange:
    """The regions of an image, before and after a calibration by hand."""

    image: str
    """Key of the image."""
    before: tuple[Region, ...]
    after: tuple[Region, ...]

    @property
    def inverse(self) -> CalibrationChange:
        """What takes it back."""
        return CalibrationChange(self.image, self.after, self.before)


@dataclass(frozen=True, slots=True)
class MarksChange:
    """Which frames of an image are marked as ED and ES, before and after."""

    image: str
    """Key of the image."""
    before: frozenset[Mark]
    after: frozenset[Mark]

    @property
    def inverse(self) -> MarksChange:
        """What takes it back."""
        return MarksChange(self.image, self.after, self.before)


Change: TypeAlias = (
    EntryChange | SubjectChange | ExaminationChange | CalibrationChange | MarksChange
)


@dataclass(frozen=True, slots=True)
class Step:
    """What one undo takes back."""

    action: Action
    label: str
    changes: tuple[Change, ...]

    @property
    def inverse(self) -> tuple[Change, ...]:
        """What takes it back, the last change first."""
        return tuple(change.inverse for change in reversed(self.changes))


class History:
    """The steps that can be undone, and those that can be redone."""

    def __init__(self) -> None:
        self._done: list[Step] = []
        self._undone: list[Step] = []

    @property
    def done(self) -> Sequence[Step]:
        """Those that can be undone, the last one last."""
        return self._done

    @property
    def undone(self) -> Sequence[Step]:
        """Those that can be redone, the next one last."""
        return self._undone

    def push(self, step: Step) -> None:
        """A new step; what was undone before it can no longer be redone."""
        self._done.append(step)
        self._undone.clear()

    def back(self) -> Step:
        """The last step, which now can be redone. There must be one."""
        step = self._done.pop()
        self._undone.append(step)
        return step

    def forth(self) -> Step:
        """The step undone last, which now can be undone again. There must be one."""
        step = self._undone.pop()
        self._done.append(step)
        return step
