"""What lies on the reader's desk: the open image, its review, and what is selected. No Qt.

The parts of the panel show it and act on it; scripts in Slicer can use it without
the panel: `EchoMeasureLogic().desk`.
"""

from __future__ import annotations

import getpass
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from EchoMeasureLib.desk.clicking import Placing
from EchoMeasureLib.desk.measuring_run import MeasuringJob
from EchoMeasureLib.desk.other_reviewers import Others
from EchoMeasureLib.desk.result_views import Plotting
from EchoMeasureLib.desk.saving import Keeping
from EchoMeasureLib.desk.selection import Selection
from EchoMeasureLib.errors import EchoMeasureError, InvalidArgument
from EchoMeasureLib.mrml.following import Later, SceneReview, at_once
from EchoMeasureLib.mrml.loading import load_cine
from EchoMeasureLib.mrml.views import slice_views_of
from EchoMeasureLib.mrml.volumes import Located, find_image, locate, nodes_of
from EchoMeasureLib.review.entries import Action, ReviewChange
from EchoMeasureLib.review.images import image_key
from EchoMeasureLib.review.session import Review

if TYPE_CHECKING:
    from EchoMeasureLib.imaging.cine import Cine
    from EchoMeasureLib.measuring.subject import Subject

Topic: TypeAlias = Literal[
    "image", "review", "selection", "frame", "run", "ruler", "weights", "saving"
]
"""What has changed."""

PREDICTIONS_S = 0.3
"""Predictions come by the hundred; the panel shows them no more often than this."""


class Desk:
    """One image at a time, one review per study."""

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self._listeners: list[Callable[[Topic], None]] = []
        self.job = MeasuringJob(self)
        self.plotting = Plotting(self, scene)
        self.selection = Selection(self)
        self.keeping = Keeping(self, scene)
        self.others = Others(self, scene)
        self.placing = Placing(self, scene)
        self.node: Any = None
        """The node that was chosen: a sequence browser or a volume."""
        self.located: Located | None = None
        self.review: Review | None = None
        self.image = ""
        """Key of the open image in the review."""
        self.trouble = ""
        """Why the chosen node cannot be opened; empty when it can."""
        self.link: SceneReview | None = None
        """Ties the review to the markups in the scene."""
        self.later: Later = at_once
        """Runs something after the present event; the panel gives it Qt's timer."""
        self.warn: Callable[[str], None] = _ignore
        """Told of an edit in the slice view that the review does not take."""
        self._reviewer = ""
        self._stop_hearing: Callable[[], None] | None = None
        self._observed: list[tuple[Any, int]] = []
        self._shown_frame = -1
        self._behind = False
        self._told = 0.0

    # Listening

    def subscribe(self, listener: Callable[[Topic], None]) -> None:
        """Be told what has changed."""
        self._listeners.append(listener)

    def tell(self, topic: Topic) -> None:
        """Tell everybody what has changed."""
        for listener in tuple(self._listeners):
            listener(topic)

    # The image

    @property
    def cine(self) -> Cine | None:
        """The open image, calibrated as it is now; None when there is none."""
        if self.review is None or not self.review.is_open(self.image):
            return None
        return self.review.cine(self.image)

    @property
    def frame(self) -> int:
        """The frame on display, counted from 0."""
        return self.located.nodes.current_frame if self.located is not None else 0

    def open_node(self, node: Any, path: Path | None = None) -> None:
        """Open a loaded echo, from `path` when the user names its file.

        A node that is no echo closes what was open, and `trouble` says why.
        Raises `InvalidArgument` for a file that is not this image.
        """
        if node is None:
            self.close_image()
            return
        if path is None and self._is_open(node):
            return
        try:
            located = locate(node, _database(), path)
        except EchoMeasureError as error:
            if path is not None:
                raise
            self.close_image()
            self.node, self.trouble = node, str(error)
            self.tell("image")
            return
        self._open(node, located)

    def show_image(self, key: str) -> bool:
        """Open another image of the study, when it is loaded; whether it is open now."""
        node = find_image(self._scene, key) if key != self.image else None
        if node is not None:
            self.open_node(node)
        return self.image == key

    def loaded(self, key: str) -> bool:
        """Whether an image of the study is open, or can be."""
        return key == self.image or find_image(self._scene, key) is not None

    def shows(self, node: Any) -> bool:
        """Whether this node stands for the open image."""
        return node is not None and self._is_open(node)

    def load_file(self, path: Path) -> Any:
        """Load a file into the scene and open it; returns the node that stands for it."""
        from EchoMeasureLib.imaging.reading import read

        cine = read(path)
        nodes = load_cine(self._scene, cine, path.stem)
        node = nodes.browser if nodes.browser is not None else nodes.volume
        self._open(node, Located(cine, nodes, "file"))
        return node

    def show_volume(self, volume: Any) -> None:
        """Put a volume into the slice views, when there are any."""
        import slicer

        logic = slicer.app.applicationLogic()
        logic.GetSelectionNode().SetActiveVolumeID(volume.GetID())
        logic.PropagateVolumeSelection(1)

    def close_image(self) -> None:
        """Forget the image and its review; the scene stays as it is."""
        self.job.cancel()
        self._forget()
        self.tell("image")

    def close(self) -> None:
        """End everything, the worker too."""
        self._listeners.clear()
        self._forget()
        self.job.close()

    def tick(self) -> None:
        """Look after what takes its time. Called several times a second."""
        self.placing.tick()
        self.keeping.tick()
        if self.link is not None and not self.link.is_open:
            # The image or its sequence was deleted in the Data module.
            self.close_image()
        if self.link is not None:
            self.link.tick()
            self.plotting.tick()
        if self._behind and time.monotonic() - self._told >= PREDICTIONS_S:
            self._tell_review()

    def show_frame(self, frame: int) -> None:
        """Put a frame on display, the nearest there is."""
        if self.located is not None:
            last = self.located.nodes.frame_count - 1
            self.located.nodes.show_frame(min(max(0, frame), last))

    def step_frame(self, by: int) -> None:
        """So many frames on, or back."""
        self.show_frame(self.frame + by)

    def ed_es_frames(self) -> tuple[int, ...]:
        """The frames that count as end-diastole or end-systole, in order."""
        if self.review is None:
            return ()
        beats = self.review.beats(self.image)
        here = [entry for entry in self.selection.entries if entry.image == self.image]
        chosen = {entry.frame for entry in here if entry.phase is not None}
        return tuple(sorted({*beats.ed_frames, *beats.es_frames, *chosen}))

    # The review

    @property
    def reviewer(self) -> str:
        """Who decides: what the user typed, else the name of the account."""
        return self._reviewer or _account()

    def need_review(self) -> Review:
        """The review. Raises `InvalidArgument` when no image is open."""
        if self.review is None:
            raise InvalidArgument("No image is open.", "Choose one at the top of the panel.")
        return self.review

    def set_reviewer(self, name: str) -> None:
        """Another reviewer begins with the predictions and never touches the first one's work."""
        before = self.reviewer
        self._reviewer = name.strip()
        if self.review is None or self.reviewer == before or self.located is None:
            return
        old, cine = self.review, self.located.cine
        self.keeping.stop()
        review = self.keeping.stored(cine, self.reviewer, own_only=True)
        if review is None:
            images = sorted(old.images.values(), key=lambda facts: facts.key != self.image)
            review = Review.begin_from(images, old.layer(), self.reviewer)
        for key in old.images:
            if old.is_open(key):
                review.add_cine(old.cine(key))
        self._take(review)

    def describe(self, subject: Subject) -> None:
        """Say what is known of the person."""
        self.need_review().describe(subject)

    # Inside

    def _is_open(self, node: Any) -> bool:
        if self.located is None or self.cine is None:
            return False
        return bool(nodes_of(node).volume.GetID() == self.located.nodes.volume.GetID())

    def _open(self, node: Any, located: Located) -> None:
        review = self._fitting_review(located)
        if review is None:
            # What runs on another image of the study goes on: its review is still here.
            self.job.cancel()
        self._forget(keep_review=review is not None)
        self.node, self.located = node, located
        self.image = image_key(located.cine)
        chosen = self.selection.entry
        if chosen is not None and chosen.image != self.image:
            self.selection.forget()
        review = review or self.keeping.stored(located.cine, self.reviewer)
        self._take(review or Review(located.cine, self.reviewer))
        if not slice_views_of(self._scene, located.nodes.volume).showing:
            self.show_volume(located.nodes.volume)
        browser = located.nodes.browser
        if browser is not None:
            self._observe(browser, "ModifiedEvent", self._browsed)
        self.tell("image")

    def _fitting_review(self, located: Located) -> Review | None:
        """The present review, when the image is of the same study."""
        if self.review is None or not located.cine.identity.study_instance_uid:
            return None
        try:
            self.review.add_cine(located.cine)
        except InvalidArgument:
            return None
        return self.review

    def _take(self, review: Review, soon: bool = False) -> None:
        self._let_go()
        assert self.located is not None  # an image is open before its review is
        self.review = review
        self.link = SceneReview(
            review,
            self._scene,
            self.located.nodes,
            self.image,
            later=self.later,
            failed=lambda error: self.warn(str(error)),
        )
        self._stop_hearing = review.subscribe(self._heard)
        self.keeping.follow(review, review.cine(self.image), soon)
        self.others.look()
        self.tell("review")

    def open_review(self, path: Path) -> None:
        """Go on with a saved review of this image. Raises `InvalidDocument` for any other.

        What the present one has and that one does not know is put aside; see
        `keeping.question`.
        """
        review = self.keeping.open(path)
        self.keeping.make_way(review)
        self._take(review, soon=True)

    def _let_go(self) -> None:
        if self._stop_hearing is not None:
            self._stop_hearing()
            self._stop_hearing = None
        if self.link is not None:
            self.link.close()
            self.link = None

    def _heard(self, change: ReviewChange) -> None:
        self.plotting.changed()
        recent = time.monotonic() - self._told < PREDICTIONS_S
        if change.action is Action.PREDICT and recent:
            self._behind = True
        else:
            self._tell_review()

    def _tell_review(self) -> None:
        self._behind = False
        self.selection.mark()
        self.tell("review")
        self._told = time.monotonic()

    def _browsed(self, *_: Any) -> None:
        if self.frame != self._shown_frame:
            self._shown_frame = self.frame
            self.placing.browsed()
            self.selection.mark()
            self.tell("frame")

    def _observe(self, node: Any, event: str, function: Callable[..., None]) -> None:
        self._observed.append((node, node.AddObserver(event, function)))

    def _forget(self, keep_review: bool = False) -> None:
        for node, tag in self._observed:
            node.RemoveObserver(tag)
        self._observed.clear()
        self.placing.stop()
        self.plotting.forget(keep_table=keep_review)
        self.node = self.located = None
        self.trouble, self._shown_frame = "", -1
        self._let_go()
        if not keep_review:
            self.keeping.forget()
            self.selection.forget()
            self.review = None
            self.image = ""


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "reviewer"


def _ignore(text: str) -> None:
    """For scripts, which see for themselves."""


def _database() -> Any:
    import slicer

    return getattr(slicer, "dicomDatabase", None)
