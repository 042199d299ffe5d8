"""The review on disk: saved by itself, and saved and opened on request."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from EchoMeasureLib.desk.saved_reviews import HOW_TO_SEE, find_review
from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.files import make_folder
from EchoMeasureLib.folders import data_folder
from EchoMeasureLib.review.autosave import Autosave
from EchoMeasureLib.review.document import load, read_document, save, suggested_name
from EchoMeasureLib.review.entries import Action
from EchoMeasureLib.review.places import put_aside, taken_places

if TYPE_CHECKING:
    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.desk.topics import Topics
    from EchoMeasureLib.imaging.cine import Cine
    from EchoMeasureLib.review.entries import AuditEvent
    from EchoMeasureLib.review.session import Review


class Saving:
    """Saves the open review a moment after each change, and writes it where asked."""

    def __init__(
        self,
        study: OpenStudy,
        topics: Topics,
        clock: Callable[[], float] = time.monotonic,
        met_others: Callable[[], object] = lambda: None,
    ) -> None:
        """`met_others` is called when other reviewers have saved beside this one meanwhile."""
        self._study = study
        self._met_others = met_others
        self._topics = topics
        self._clock = clock
        self._autosave: Autosave | None = None
        self._named: Path | None = None
        self._found: list[str] = []
        self._failed = ""
        self._told = ""

    @property
    def trouble(self) -> str:
        """What is amiss with saving by itself, and what was found and not used; else empty."""
        autosave, moved = self._autosave, ""
        if autosave is not None and autosave.moved:
            beside = f"your work is saved beside it in {autosave.path.name}."
            moved = f"{autosave.moved} It stays as it is; {beside}"
        failed = f"Nothing is saved by itself: {self._failed}" if self._failed else ""
        return "\n".join(line for line in (failed, moved, *self._found) if line)

    @property
    def path(self) -> Path | None:
        """Where the review is saved by itself."""
        return self._autosave.path if self._autosave is not None else None

    @property
    def pending(self) -> bool:
        """Whether there is something that has not been saved by itself."""
        return self._autosave is not None and self._autosave.pending

    @property
    def documents(self) -> tuple[Path, ...]:
        """Where reviews of the open image are: the own places, and what the user named last."""
        cine = self._study.cine
        if cine is None:
            return ()
        named = (self._named,) if self._named is not None and self._named.exists() else ()
        return (*taken_places(own_place(cine)), *named)

    def stored(self, cine: Cine, reviewer: str, own_only: bool = False) -> Review | None:
        """The review of this image in the scene or on disk, whichever has come further.

        Who has none begins with the predictions in what others saved, unless `own_only`.
        What is not used is left as it is, and `trouble` says why.
        """
        place = own_place(cine)
        review, self._found = find_review(self._study.scene, place, cine, reviewer, own_only)
        return review

    def follow(self, review: Review, cine: Cine, soon: bool = False) -> None:
        """Save this review by itself from now on; with `soon` even before it changes."""
        place = own_place(cine)
        if self._autosave is not None and self._autosave.saves(review, place):
            # The next image of a study: what this one wrote it need not read again.
            self._try(self._autosave.flush)
        else:
            self.stop()
            self._autosave = Autosave(review, place, self._clock)
        self._failed = ""
        if soon:
            self._autosave.touch()
        try:
            make_folder(self._autosave.path.parent)
        except EchoMeasureError as error:
            self._failed = str(error)
        self._tell()

    def stop(self) -> None:
        """Save what is not saved, and no more."""
        if self._autosave is not None:
            autosave, self._autosave = self._autosave, None
            self._failed = ""
            self._try(autosave.close)

    def forget(self) -> None:
        """Another image comes: what was found for this one concerns nobody any longer."""
        self.stop()
        self._found = []
        self._tell()

    def tick(self) -> None:
        """Save when it is time to."""
        if self._autosave is not None:
            self._try(self._autosave.tick)

    def question(self, path: Path) -> str:
        """What to ask before going on with a document; empty when nothing is left behind.

        Raises as `open`.
        """
        review = load(path, self._study.need_cine(), self._study.reviewer)
        if self._autosave is not None:
            self._try(self._autosave.flush)
        present = self._study.need_review()
        lines = []
        if _lost(present.audit, review):
            stay = (
                f"It cannot be saved ({self._failed}), so it will be lost."
                if self._failed
                else "It stays on disk, in a file of its own beside the one that saves itself."
            )
            lines.append(
                f"What {present.reviewer} has done here ({len(present.audit)} steps) is not part "
                f"of the review in this file ({len(review.audit)} steps). {stay}"
            )
        for place, steps in self._own_steps(review.reviewer, []):
            if _lost(steps, review) and _lost(steps, present):
                # Saved by another window, or by another program.
                lines.append(
                    f"{place.name} holds {len(steps)} steps of {review.reviewer} that are neither "
                    "part of the review shown nor of the one in this file. They stay on disk, in a "
                    "file of their own."
                )
        return " ".join((*lines, "Go on with the file?")) if lines else ""

    def before_now(self, path: Path) -> str:
        """What to say of a document that the present review has come further than; else empty.

        Raises as `open`.
        """
        review = load(path, self._study.need_cine(), self._study.reviewer)
        present = self._study.need_review()
        layer = read_document(path).layers.get(present.reviewer)
        known = layer.audit if layer is not None else ()
        if not _lost(present.audit, review) or present.audit[: len(known)] != known:
            return ""
        if layer is None:
            return (
                f"{path.name} holds no review by {present.reviewer}: the one that was saved by "
                "itself goes on."
            )
        return (
            f"{path.name} is an earlier state of this review: what {present.reviewer} has done "
            f"since ({len(present.audit) - len(known)} steps) is shown too."
        )

    def stay(self, path: Path, why: str) -> None:
        """Go on with the present review though this document was named, and say why."""
        self._named = path
        self._found.append(why)
        self._tell()

    def make_way(self, review: Review, asked: bool) -> None:
        """Put aside what the own places hold and `review` does not know.

        Else it would be found again, as what has come further, when the image is opened next.
        `trouble` says what was put aside, unless the reviewer was `asked`.
        """
        self.stop()
        self._found = []
        for path, steps in self._own_steps(review.reviewer, self._found):
            if not _lost(steps, review):
                continue
            try:
                copy = put_aside(path, review.reviewer)
            except EchoMeasureError as error:
                self._found.append(str(error))
                continue
            if not asked:
                name = self._named.name if self._named is not None else "the file"
                self._found.append(
                    f"{len(steps)} steps of {review.reviewer} that are not part of the review in "
                    f"{name} were put aside into {copy}; {HOW_TO_SEE}"
                )

    def _own_steps(
        self, reviewer: str, troubles: list[str]
    ) -> Iterator[tuple[Path, tuple[AuditEvent, ...]]]:
        """The own places that hold work of this reviewer, and that work."""
        for path in taken_places(own_place(self._study.need_cine())):
            try:
                layer = read_document(path).layers.get(reviewer)
            except EchoMeasureError as error:
                troubles.append(str(error))
                continue
            if layer is not None:
                yield path, layer.audit

    def proposed_name(self) -> str:
        """A file name without anybody's name in it."""
        return suggested_name(self._study.need_cine())

    def save(self, path: Path) -> None:
        """Write the review into a document of the user's, beside other reviewers' layers."""
        save(self._study.need_review(), path)
        self._named = path

    def open(self, path: Path) -> Review:
        """The review of the present reviewer in a document."""
        review = load(path, self._study.need_cine(), self._study.reviewer)
        self._named = path
        return review

    def _try(self, act: Callable[[], object]) -> None:
        """Save; tell everybody when something has gone amiss or is well again."""
        try:
            saved = act()
        except EchoMeasureError as error:
            self._failed = str(error)
        else:
            if saved:
                self._failed = ""
        self._tell()
        if self._autosave is not None and self._autosave.met_others():
            self._met_others()

    def _tell(self) -> None:
        if self.trouble != self._told:
            self._told = self.trouble
            self._topics.tell("saving")


def own_place(cine: Cine) -> Path:
    """Where the review of this image's study saves itself, unless that is taken."""
    return data_folder() / "reviews" / suggested_name(cine)


def _lost(steps: Sequence[AuditEvent], review: Review) -> bool:
    """Whether some of these steps are unknown to a review; what a file says can be read again."""
    if all(step.action is Action.FROM_FILE for step in steps):
        return False
    return tuple(review.audit[: len(steps)]) != tuple(steps)
