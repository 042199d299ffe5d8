"""How much the images of a watching service take: the oldest that are done make room."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress

from EchoMeasureLib.errors import OutputProblem
from EchoMeasureLib.pacs.receiving import Receiver
from EchoMeasureLib.pacs.study_states import FINAL, StudyState, StudyStates


class DiskBound:
    """Looks after the folder of studies."""

    def __init__(
        self,
        receiver: Receiver,
        states: StudyStates,
        most_bytes: int,
        least_free: int,
        told: Callable[[StudyState], None],
    ) -> None:
        """`told` is called with each study whose images were removed."""
        self._receiver, self._states, self._told = receiver, states, told
        self._most, self._least = most_bytes, least_free

    def make_room(self) -> None:
        """Remove images until there is room for another object.

        Raises `OutputProblem` where none are left that may go.
        """
        if not self._is_full():
            return
        for state in self._states.all(*FINAL):
            if state.images:
                self._states.put(state, images=False)
                self.remove(state)
                self._told(state)
            if not self._is_full():
                return
        raise OutputProblem(
            f"{self._receiver.folder} has no room for another study.",
            "Set most_gigabytes, or make room on the disk.",
        )

    def used(self) -> int:
        """Bytes of all objects. Raises `OutputProblem`."""
        return self._receiver.size()

    def is_too_large(self, state: StudyState) -> bool:
        """Whether a study alone takes all the room that there may be."""
        files = (self._receiver.file(state.study, uid) for uid in state.objects)
        return sum(file.stat().st_size for file in files if file.is_file()) >= self._most

    def remove(self, state: StudyState) -> None:
        """The images go; the review and the reports stay."""
        for uid in state.objects:
            with suppress(OSError):
                self._receiver.file(state.study, uid).unlink(missing_ok=True)

    def _is_full(self) -> bool:
        free = shutil.disk_usage(self._receiver.folder).free
        return self.used() >= self._most or free < self._least
