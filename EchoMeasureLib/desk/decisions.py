"""What the reviewer decides about the selected caliper, and why something cannot be decided now."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.desk.open_study import OUT_OF_VIEW
from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.measuring.envelope.snapping import NO_STRIP
from EchoMeasureLib.review.entries import Action, Status
from EchoMeasureLib.review.snapped import staying

if TYPE_CHECKING:
    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.desk.selection import Selection
    from EchoMeasureLib.review.entries import Entry

UNSEEN = "The image of this caliper is not loaded. Load it to see what you decide about."
NONE_CHOSEN = "Choose a caliper in the table first."
NO_IMAGE = "Choose an image first."

LOCKED = "It is accepted, so its points stay. Reopen it first."

FIX = (
    "Drag its points to where they belong; where only the network is in doubt, take the position "
    "over; else reject it."
)
"""What helps against a flag."""

TIPS: Mapping[str, str] = MappingProxyType(
    {
        "answer": "Right: its beats that count are accepted. Then on to the next.",
        "answer_wrong": "Wrong: all its beats count for nothing. Type the reason below before.",
        "next_answer": "To the next answer that needs eyes, else to the next that waits.",
        "accept": "Right as it lies. It is then locked.",
        "reject": "Wrong: it counts for nothing. Type the reason below before.",
        "snap": "Put its points on the peaks of the waves they lie on; again puts them back.",
        "reset": "Back to where the network put it, unlocked.",
        "reopen": "Take back the decision: it can be moved again.",
        "delete": "Remove this caliper. Undo brings it back.",
        "note": "Keep this text with the caliper.",
        "next": "Go to the next caliper that nobody has reviewed.",
        "undo": "Take back the last step.",
        "redo": "Do it again.",
        "place": "Click the points of this measurement in the slice view.",
    }
)
"""What each decision does, in the reviewer's words."""


class Decisions:
    """Every decision is one step of the review; after accept and reject the next one is selected.

    All but `next`, `undo` and `redo` raise `InvalidState` when no caliper is selected or
    its image is not open.
    """

    def __init__(self, study: OpenStudy, selection: Selection) -> None:
        self._study = study
        self._selection = selection

    def accept(self, note: str | None = None) -> None:
        """It is right as it lies, with this note when one is given; go on to the next.

        Raises `InvalidState` for one that counts for nothing all the same.
        """
        review, id = self._study.need_review(), self._need().id
        if useless := _useless(self._selection.entry):
            raise InvalidState(useless, FIX)
        if note is None:
            review.accept(id)
        else:
            with review.step("accept with a note"):
                review.note(id, note)
                review.accept(id)
        self._selection.next(if_any=True)

    def reject(self, reason: str = "") -> None:
        """It is wrong, for this reason; go on to the next."""
        self._study.need_review().reject(self._need().id, reason)
        self._selection.next(if_any=True)

    def adopt(self) -> None:
        """The points lie right although the network doubts them: they are the reviewer's now."""
        self._study.need_review().adopt(self._need().id)

    def snap(self) -> str:
        """Put the points of a Doppler caliper on the peaks of their waves; again, back.

        Returns which point stays, and why, in words. Raises `InvalidState` where all do.
        """
        id, review = self._need().id, self._study.need_review()
        if locked := _locked(self._selection.entry):
            raise InvalidState(locked)
        review.snap(id)
        snapped = review.audit[-1].action is Action.SNAP
        return staying(review.find_snaps(id)) if snapped else ""

    def reset(self) -> None:
        """Back to where the network put it."""
        self._study.need_review().reset(self._need().id)

    def reopen(self) -> None:
        """Take back the decision; the position stays."""
        self._study.need_review().reopen(self._need().id)

    def delete(self) -> None:
        """Take it away; undo brings it back."""
        self._study.need_review().delete(self._need().id)

    def note(self, text: str) -> None:
        """Keep a text with the caliper."""
        self._study.need_review().note(self._need().id, text)

    def undo(self) -> None:
        """Take back the last step, if there is one, and go to the caliper that it concerned."""
        if self._study.need_review().can_undo:
            self._selection.show_changes(lambda review: review.undo())

    def redo(self) -> None:
        """Do again what was undone, if anything was, and go to the caliper that it concerns."""
        if self._study.need_review().can_redo:
            self._selection.show_changes(lambda review: review.redo())

    @property
    def snappable(self) -> bool:
        """Whether the selected caliper has peaks of a Doppler strip for points."""
        entry = self._selection.entry
        return entry is not None and CATALOG[entry.measurement].caliper.is_velocity

    @property
    def adoptable(self) -> bool:
        """Whether the network's doubt is all that keeps the selected caliper from being used."""
        entry = self._selection.entry
        return entry is not None and not self._selection.unseen and entry.adoptable

    def obstacles(self) -> dict[str, str]:
        """Why each decision of `TIPS` cannot be made now; empty where it can."""
        entry, review = self._selection.entry, self._study.review
        nothing = "" if entry is not None else NONE_CHOSEN
        nothing = UNSEEN if self._selection.unseen else nothing
        return {
            "accept": nothing or _useless(entry),
            "reject": nothing,
            "snap": nothing or _no_peaks(entry) or _locked(entry),
            "reset": nothing or _no_prediction(entry),
            "reopen": nothing or _undecided(entry),
            "delete": nothing,
            "note": nothing,
            "next": "" if self._selection.unreviewed else "Every caliper has been reviewed.",
            "undo": "" if review is not None and review.can_undo else "Nothing to undo.",
            "redo": "" if review is not None and review.can_redo else "Nothing to redo.",
            "place": self._no_place(),
        }

    def _no_place(self) -> str:
        if self._study.cine is None:
            return NO_IMAGE
        return "" if self._study.in_view else OUT_OF_VIEW

    def _need(self) -> Entry:
        entry = self._selection.entry
        if entry is None:
            raise InvalidState("No caliper is chosen.", "Click one in the table.")
        if self._selection.unseen:
            raise InvalidState(UNSEEN)
        return entry


def _useless(entry: Entry | None) -> str:
    """Why accepting would be of no use: a flag stays, and keeps the number from counting."""
    if entry is None or not entry.caliper.excluded:
        return ""
    return f"It is not used, and would not be if it were accepted: {entry.caliper.excluded}."


def _no_peaks(entry: Entry | None) -> str:
    doppler = entry is not None and CATALOG[entry.measurement].caliper.is_velocity
    return "" if doppler else NO_STRIP


def _locked(entry: Entry | None) -> str:
    return LOCKED if entry is not None and entry.locked else ""


def _no_prediction(entry: Entry | None) -> str:
    if entry is not None and entry.predicted is not None:
        return ""
    return "It was placed by hand: there is no prediction to go back to."


def _undecided(entry: Entry | None) -> str:
    if entry is not None and entry.status in (Status.ACCEPTED, Status.REJECTED):
        return ""
    return "It is neither accepted nor rejected."
