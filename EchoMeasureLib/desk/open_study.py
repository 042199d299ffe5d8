"""The open image and its review: state, and what can be read from it. It changes nothing else."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.definitions import Lengths, Phase
from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.mrml.cine_nodes import displayed_picture, nodes_of
from EchoMeasureLib.mrml.view_window import zoom_to
from EchoMeasureLib.mrml.views import slice_views_of
from EchoMeasureLib.mrml.volumes import find_image
from EchoMeasureLib.review.frames_run import frames_run, frames_run_words
from EchoMeasureLib.texts import clean

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from EchoMeasureLib.imaging.cine import Cine
    from EchoMeasureLib.mrml.following import SceneReview
    from EchoMeasureLib.mrml.volumes import Located
    from EchoMeasureLib.review.entries import Entry
    from EchoMeasureLib.review.session import Review


OUT_OF_VIEW = "The chosen image is in no slice view: a click there would lie on another image."


class OpenStudy:
    """One image at a time, one review per study. The conductor fills it; the others read it."""

    def __init__(self, scene: Any) -> None:
        self.scene = scene
        """vtkMRMLScene."""
        self.node: Any = None
        """The node that was chosen: a sequence browser or a volume."""
        self.located: Located | None = None
        """The cine behind that node; None when no image is open."""
        self.review: Review | None = None
        self.image = ""
        """Key of the open image in the review."""
        self.files: dict[str, Path] = {}
        """The files of images that were opened, by their keys."""
        self.link: SceneReview | None = None
        """Ties the review to the markups in the scene."""
        self.trouble = ""
        """Why the chosen node cannot be opened; empty when it can."""
        self.typed_reviewer = ""
        """What the user typed as a name; empty before that."""
        self.lengths = Lengths.CM
        """In which unit people read lengths."""
        self.can_load: Callable[[str], bool] = lambda key: False
        """Whether an image of the study that is not loaded can be; a skin may know how."""

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

    @property
    def reviewer(self) -> str:
        """Who decides: what the user typed, else the name of the account."""
        return clean(self.typed_reviewer or _account())

    def need_review(self) -> Review:
        """The review. Raises `InvalidState` when no image is open."""
        if self.review is None:
            raise InvalidState("No image is open.", "Choose one at the top of the panel.")
        return self.review

    def need_cine(self) -> Cine:
        """The open image. Raises `InvalidState` when there is none."""
        if self.cine is None:
            raise InvalidState("No image is open.", "Choose one at the top of the panel.")
        return self.cine

    def need_located(self) -> Located:
        """The open image with its nodes. Raises `InvalidState` when there is none."""
        if self.located is None:
            raise InvalidState("No image is open.", "Choose one at the top of the panel.")
        return self.located

    def entry(self, id: str | None) -> Entry | None:
        """The caliper of this id; None when there is none."""
        return self.review.entries.get(id) if self.review is not None and id else None

    def shows(self, node: Any) -> bool:
        """Whether this node stands for the open image."""
        if node is None or self.located is None or self.cine is None:
            return False
        return bool(nodes_of(node).volume.GetID() == self.located.nodes.volume.GetID())

    @property
    def in_view(self) -> bool:
        """Whether a slice view shows the open image. Where there is no view, nothing is amiss."""
        if self.located is None:
            return True
        views = slice_views_of(self.scene, self.located.nodes.volume)
        return bool(views.showing) or not views.composites

    @property
    def shown_instead(self) -> Any:
        """What the slice views show while the open image is in none: a browser or a still."""
        return None if self.in_view else displayed_picture(self.scene)

    def need_view(self) -> Located:
        """The open image, in a slice view. Raises `InvalidState` when there is none."""
        located = self.need_located()
        if not self.in_view:
            raise InvalidState(OUT_OF_VIEW, "Show it again, or open what is displayed.")
        return located

    def loaded(self, key: str) -> bool:
        """Whether an image of the study is open, or can be."""
        if key == self.image or find_image(self.scene, key) is not None:
            return True
        return self.can_load(key)

    def show_frame(self, frame: int) -> None:
        """Put a frame on display, the nearest there is."""
        if self.located is not None:
            last = self.located.nodes.frame_count - 1
            self.located.nodes.show_frame(min(max(0, frame), last))

    def zoom_to(self, entry: Entry | None) -> None:
        """Have the slice views show the region in which a caliper of the open image lies."""
        cine, located = self.cine, self.located
        if entry is None or cine is None or located is None or entry.image != self.image:
            return
        region = next((r for r in cine.regions if r.index == entry.caliper.region), None)
        if region is None:
            return
        volume = located.nodes.volume
        for id in slice_views_of(self.scene, volume).showing:
            zoom_to(self.scene.GetNodeByID(id), volume, region.bounds)

    def phase_frames(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The end-diastoles and the end-systoles of the open image: marked, chosen or found."""
        if self.review is None:
            return (), ()
        ed, es = (self.review.phase_frames(phase, self.image) for phase in (Phase.ED, Phase.ES))
        return ed, es

    def frames_run_words(self) -> str:
        """On how many frames of the open image networks were run; empty for none, or for all."""
        facts = self.review.images.get(self.image) if self.review is not None else None
        if self.review is None or facts is None:
            return ""
        run = frames_run(self.review.entries.values(), facts)
        return frames_run_words(run, facts.frame_count)

    def ed_es_frames(self) -> tuple[int, ...]:
        """The frames that count as end-diastole or end-systole, in order."""
        if self.review is None:
            return ()
        here = (e for e in self.review.entries.values() if e.image == self.image)
        chosen = {entry.frame for entry in here if entry.phase is not None}
        known = (self.review.phase_frames(phase, self.image) for phase in (Phase.ED, Phase.ES))
        return tuple(sorted(chosen.union(*known)))


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "reviewer"
