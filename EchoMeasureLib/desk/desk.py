"""The conductor: builds the parts of the desk, and does what takes several of them.

Panel and browser show it and act on it; scripts in Slicer can use it without either:
`EchoMeasureLogic().desk`. Nothing below imports this file.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.definitions import Lengths
from EchoMeasureLib.desk.answering import Answering
from EchoMeasureLib.desk.clicking import Clicking
from EchoMeasureLib.desk.decisions import Decisions
from EchoMeasureLib.desk.exports import Exports
from EchoMeasureLib.desk.in_view import InView
from EchoMeasureLib.desk.measuring_run import MeasuringRun
from EchoMeasureLib.desk.network_sets import NetworkSets
from EchoMeasureLib.desk.open_study import OpenStudy
from EchoMeasureLib.desk.other_reviewers import OtherReviewers
from EchoMeasureLib.desk.result_views import ResultViews
from EchoMeasureLib.desk.same_files import SameFiles
from EchoMeasureLib.desk.saving import Saving
from EchoMeasureLib.desk.selection import Selection
from EchoMeasureLib.desk.telling import Telling
from EchoMeasureLib.desk.their_reports import TheirReports
from EchoMeasureLib.desk.topics import Topics
from EchoMeasureLib.errors import EchoMeasureError, InvalidArgument
from EchoMeasureLib.mrml.following import Later, SceneReview, at_once
from EchoMeasureLib.mrml.loading import load_cine
from EchoMeasureLib.mrml.observing import Observers
from EchoMeasureLib.mrml.volumes import Located, find_image, locate
from EchoMeasureLib.review.entries import Action, ReviewChange
from EchoMeasureLib.review.images import image_key
from EchoMeasureLib.review.session import Review

if TYPE_CHECKING:
    from EchoMeasureLib.inference.worker_client import WorkerClient
    from EchoMeasureLib.measuring.examination import Examination
    from EchoMeasureLib.measuring.subject import Subject
    from EchoMeasureLib.mrml.volumes import Database


def _nothing(*_: object) -> None:
    """For scripts, which see for themselves."""


class Desk:
    """One image at a time, one review per study, and all that people do with them."""

    def __init__(
        self,
        scene: Any,
        logic: Any,
        *,
        database: Callable[[], Database | None] = lambda: None,
        show_chart: Callable[[Any], None] = _nothing,
        measurer: WorkerClient | None = None,
        librarian: WorkerClient | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`scene`: vtkMRMLScene; `logic`: vtkMRMLApplicationLogic, for views and place mode.

        `database` gives the DICOM database of the moment, `show_chart` puts a chart into a
        view. `measurer` measures and `librarian` looks after weights; both are processes of
        their own by default. `clock` counts seconds.
        """
        self.topics = Topics()
        self.study = OpenStudy(scene)
        self.selection = Selection(self.study, self.topics, self.show_image)
        self.decisions = Decisions(self.study, self.selection)
        self.answering = Answering(self.study, self.selection)
        self.measuring = MeasuringRun(self.study, self.topics, measurer, clock)
        self.networks = NetworkSets(librarian)
        self.saving = Saving(self.study, self.topics, clock, self._met_others)
        self.others = OtherReviewers(self.study, lambda: self.saving.documents)
        self.clicking = Clicking(self.study, self.topics, self.selection, logic)
        self.results = ResultViews(self.study, self.selection, show_chart, clock)
        self.exports = Exports(self.study, database)
        self.their_reports = TheirReports(self.study, database)
        self.later: Later = at_once
        """Runs something after the present event; the panel gives it Qt's timer."""
        self.warn: Callable[[str], None] = _nothing
        """Told of an edit in the slice view that the review does not take."""
        self.leaving: Callable[[], object] = _nothing
        """Called before a drag selects another caliper; the panel keeps the note that is typed."""
        self.load_more: Callable[[str], object] = _nothing
        """Opens an image of the study that is not loaded, by its key; see `study.can_load`."""
        self._in_view = InView(self.study, self.topics, logic)
        self._telling = Telling(self.topics, self.selection, clock)
        self._database, self._files = database, SameFiles()
        self._stop_hearing: Callable[[], None] = _nothing
        self._observers = Observers()
        self._shown_frame = -1
        self.topics.subscribe(self.answering.heard)

    @property
    def lengths(self) -> Lengths:
        """In which unit people read lengths; see `show_lengths`."""
        return self.study.lengths

    # The image

    def open_node(self, node: Any, path: Path | None = None) -> None:
        """Open a loaded echo, from `path` when the user names its file.

        A node that is no echo closes what was open, and `study.trouble` says why.
        Raises `InvalidArgument` for a file that is not this image.
        """
        if node is None:
            self.close_image()
            return
        if path is None and self.study.shows(node):
            return
        try:
            located = self._located(node, path)
        except EchoMeasureError as error:
            if path is not None:
                raise
            self.close_image()
            self.study.node, self.study.trouble = node, str(error)
            self.topics.tell("image")
            return
        self._open(node, located)

    def show_image(self, key: str) -> bool:
        """Open another image of the study, when it is or can be loaded; whether it is open now."""
        if key == self.study.image:
            return True
        if self.study.can_load(key):
            self.load_more(key)
        elif (node := find_image(self.study.scene, key)) is not None:
            self.open_node(node)
        return self.study.image == key

    def open_displayed(self) -> Any:
        """Open what the slice views show; returns the node that stands for it.

        Raises `InvalidState` when that is no picture, or the open image itself.
        """
        node = self._in_view.need_instead()
        self.open_node(node)
        return node

    def show_again(self) -> None:
        """Put the open image back into the slice views."""
        self._in_view.show()
        self._in_view.tick()

    def load_file(self, path: Path) -> Any:
        """Load a file into the scene and open it; returns the node that stands for it."""
        cine = self._files.read(path)
        nodes = load_cine(self.study.scene, cine, path.stem)
        node = nodes.browser if nodes.browser is not None else nodes.volume
        self._open(node, Located(cine, nodes, "file"))
        return node

    def close_image(self) -> None:
        """Forget the image and its review; the scene stays as it is."""
        self.measuring.cancel()
        self._forget()
        self.topics.tell("image")

    def close(self) -> None:
        """End everything, the workers too."""
        self.topics.end()
        self._forget()
        self.measuring.close()
        self.networks.close()

    def tick(self) -> None:
        """Look after what takes its time. Called several times a second."""
        if self.networks.poll():
            self.topics.tell("weights")
        link = self.study.link
        if link is not None:
            link.tick()
            if not link.is_open:
                self._close_with(link.trouble)
        self.measuring.tick()
        self.clicking.tick()
        self.saving.tick()
        if self.study.link is not None:
            self.results.tick()
        self._in_view.tick()
        self._telling.tick()

    # The review

    def set_reviewer(self, name: str) -> None:
        """Another reviewer begins with the predictions and never touches the first one's work."""
        study, before = self.study, self.study.reviewer
        unnamed = not study.typed_reviewer
        study.typed_reviewer = name.strip()
        if study.review is None or study.reviewer == before or study.located is None:
            return
        old, cine = study.review, study.located.cine
        self.saving.stop()
        review = self.saving.stored(cine, study.reviewer, own_only=True)
        if review is None:
            images = sorted(old.images.values(), key=lambda facts: facts.key != study.image)
            review = Review.begin_from(images, old.layer(), study.reviewer)
        for key in old.images:
            if old.is_open(key):
                review.add_cine(old.cine(key))
        seen = self.answering.looked_at.kept() if unnamed else {}
        self._take(review)
        # Who only now gives a name has been looking at these images all along.
        self.answering.looked_at.remember(seen.items())

    def describe(self, subject: Subject) -> None:
        """Say what is known of the person."""
        self.study.need_review().describe(subject)

    def examine(self, examination: Examination) -> None:
        """Add what was not measured in an image."""
        self.study.need_review().examine(examination)

    def show_lengths(self, lengths: Lengths) -> None:
        """Have lengths read in this unit, here and in the slice views."""
        self.study.lengths = lengths
        if self.study.link is not None:
            self.study.link.show_lengths(lengths)
        self.topics.tell("review")

    def save_review(self, path: Path) -> None:
        """Write the review into a document of the user's, beside other reviewers' layers."""
        self.saving.save(path)
        self.others.look()
        self.topics.tell("review")

    def open_review(self, path: Path, asked: bool = False) -> None:
        """Go on with a saved review of this image. Raises `InvalidDocument` for any other.

        What the present one has and that one does not know is put aside, and `saving.trouble`
        says where, unless the reviewer was `asked`; see `saving.question`.
        """
        review = self.saving.open(path)
        self.saving.make_way(review, asked)
        self._take(review, soon=True)

    def go_on_with(self, path: Path) -> None:
        """As `open_review`, of a document that was named before there was anything to lose.

        Where the review that was found has come further than that one, it stays: the document
        is as it was saved once, and what was done since lies elsewhere.
        """
        why = self.saving.before_now(path)
        if not why:
            self.open_review(path)
            return
        self.saving.stay(path, why)
        self.others.look()
        self.topics.tell("review")

    # Inside

    def _open(self, node: Any, located: Located) -> None:
        study, review = self.study, self._fitting_review(located)
        if review is None:
            # What runs on another image of the study goes on: its review is still here.
            self.measuring.cancel()
        self._forget(keep_review=review is not None)
        study.node, study.located = node, located
        study.image = image_key(located.cine)
        if located.cine.path is not None:
            study.files[study.image] = located.cine.path
        if self.selection.unseen:
            self.selection.forget()
        review = review or self.saving.stored(located.cine, study.reviewer)
        self._take(review or Review(located.cine, study.reviewer))
        self._in_view.show_if_in_none()
        self._observers.event(located.nodes.volume, "ModifiedEvent", self._browsed)
        self.topics.tell("image")

    def _located(self, node: Any, path: Path | None) -> Located:
        """The cine behind a node; from the file from which it was opened before, if there is one.

        A scene does not know the words in a file that say which flow a strip shows.
        """
        located = locate(node, self._database(), path, self._files.read)
        key = image_key(located.cine) if located.source == "scene" else ""
        if key in self.study.files:
            with suppress(EchoMeasureError):
                again = locate(node, None, self.study.files[key], self._files.read)
                return again if image_key(again.cine) == key else located
        return located

    def _close_with(self, trouble: str) -> None:
        """The image, or what tells its frames apart, was taken away in Slicer."""
        self.close_image()
        if trouble:
            saved = "" if self.saving.trouble else " What was done is saved."
            self.study.trouble = f"{trouble}{saved}"
            self.topics.tell("image")

    def _fitting_review(self, located: Located) -> Review | None:
        """The present review, when the image is of the same study, or is known to it."""
        review, cine = self.study.review, located.cine
        if review is None:
            return None
        if not cine.identity.study_instance_uid and image_key(cine) not in review.images:
            return None
        try:
            review.add_cine(located.cine)
        except InvalidArgument:
            return None
        return review

    def _take(self, review: Review, soon: bool = False) -> None:
        self._let_go()
        study, located = self.study, self.study.need_located()
        if review is not study.review:
            self.answering.forget()
        study.review = review
        study.link = SceneReview(
            review,
            study.scene,
            located.nodes,
            study.image,
            later=self.later,
            failed=lambda error: self.warn(str(error)),
        )
        study.link.show_lengths(study.lengths)
        self._stop_hearing = review.subscribe(self._heard)
        self.saving.follow(review, review.cine(study.image), soon)
        self.others.look()
        self.topics.tell("review")

    def _let_go(self) -> None:
        self._stop_hearing()
        self._stop_hearing = _nothing
        if self.study.link is not None:
            self.study.link.close()
            self.study.link = None

    def _heard(self, change: ReviewChange) -> None:
        self.results.changed()
        if change.action is Action.MOVE:
            self._choose_moved(change.entries[0])
        self._telling.heard(change)

    def _choose_moved(self, id: str) -> None:
        """What was dragged on the frame shown is what the next key is meant for."""
        entry, chosen, study = self.study.entry(id), self.selection.entry, self.study
        here = entry is not None and (entry.image, entry.frame) == (study.image, study.frame)
        if here and (chosen is None or chosen.id != id):
            self.leaving()
            self.selection.choose(id)

    def _browsed(self) -> None:
        if self.study.frame != self._shown_frame:
            self._shown_frame = self.study.frame
            self.clicking.browsed()
            self.selection.mark()
            self.topics.tell("frame")

    def _met_others(self) -> None:
        self.others.look()
        self.topics.tell("review")

    def _forget(self, keep_review: bool = False) -> None:
        study = self.study
        self._observers.remove_all()
        self.clicking.stop()
        self.results.forget(keep_table=keep_review)
        study.node = study.located = None
        study.trouble, self._shown_frame = "", -1
        self._let_go()
        if not keep_review:
            self.saving.forget()
            self.selection.forget()
            self.answering.forget()
            study.review = None
            study.image = ""
