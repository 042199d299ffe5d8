"""The calipers in the order of the table, which of them are listed, and which one is selected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from EchoMeasureLib.catalog import CATALOG, RANK
from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.review.same_beats import along

if TYPE_CHECKING:
    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.desk.topics import Topics
    from EchoMeasureLib.review.session import Review

FILTERS: Mapping[str, str] = MappingProxyType(
    {
        "all": "All calipers",
        "ed_es": "End-diastole and end-systole",
        "unreviewed": "Not yet reviewed",
        "frame": "On the frame shown",
    }
)
"""Which calipers the table lists: key, and what the user reads."""


class Selection:
    """One caliper at a time, or none."""

    def __init__(self, study: OpenStudy, topics: Topics, show_image: Callable[[str], bool]) -> None:
        """`show_image`: opens another image of the study, and says whether it is open now."""
        self._study = study
        self._topics = topics
        self._show_image = show_image
        self._id: str | None = None
        self.filter = "all"
        """Key of `FILTERS`."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every caliper of the review: image by image, in clinical order, by frame and beat."""
        review = self._study.review
        if review is None:
            return ()
        images = {key: rank for rank, key in enumerate(review.images)}
        return tuple(
            sorted(
                review.entries.values(),
                key=lambda e: (images[e.image], RANK[e.measurement], e.frame, _along(e)),
            )
        )

    @property
    def shown(self) -> tuple[Entry, ...]:
        """The calipers that the table lists."""
        study, entries = self._study, self.entries
        if self.filter == "unreviewed":
            return tuple(e for e in entries if e.status is Status.UNREVIEWED)
        if self.filter == "all" or study.review is None:
            return entries
        frames = (study.frame,) if self.filter == "frame" else study.ed_es_frames()
        return tuple(e for e in entries if e.image == study.image and e.frame in frames)

    @property
    def unreviewed(self) -> tuple[Entry, ...]:
        """The calipers that wait for the reviewer."""
        return tuple(e for e in self.entries if e.status is Status.UNREVIEWED)

    @property
    def entry(self) -> Entry | None:
        """The selected caliper."""
        return self._study.entry(self._id)

    @property
    def unseen(self) -> bool:
        """Whether the selected caliper lies on an image that is not open."""
        return self.entry is not None and self.entry.image != self._study.image

    def choose(self, id: str | None) -> None:
        """Select a caliper and go to its image, when that is loaded, and its frame."""
        entry = self._study.entry(id)
        open_now = entry is not None and self._show_image(entry.image)
        self._id = id  # after that: another image begins with nothing selected
        if entry is not None and open_now:
            self._study.show_frame(entry.frame)
        self.mark()
        self._topics.tell("selection")

    def next(self, if_any: bool = False) -> None:
        """Select the next listed caliper that nobody has reviewed, round and round.

        Raises `InvalidState` when there is none, unless `if_any`.
        """
        self._study.need_review()
        order = [entry.id for entry in self.entries]
        after = order.index(self._id) if self._id in order else -1
        waiting = [e for e in self.shown if e.status is Status.UNREVIEWED]
        # The selected one may be listed no longer; its place in the whole order still counts.
        later = [e for e in waiting if order.index(e.id) > after]
        if waiting:
            self.choose((later or waiting)[0].id)
        elif not if_any:
            raise InvalidState("Every listed caliper has been reviewed.")

    def show_changes(self, do: Callable[[Review], object]) -> None:
        """Do something to the review, such as undo, and go to the caliper that it concerned."""
        review = self._study.need_review()
        touched: list[str] = []
        stop = review.subscribe(lambda change: touched.extend(change.entries))
        try:
            do(review)
        finally:
            stop()
        left = [id for id in touched if id in review.entries]
        if left:
            self.choose(self._id if self._id in left else left[0])

    def forget(self) -> None:
        """Another review: nothing is selected."""
        self._id = None

    def mark(self) -> None:
        """Let the label of the selected caliper stand out in the slice view."""
        link = self._study.link
        if link is not None and link.is_open:
            link.select(self._id)


def _along(entry: Entry) -> float:
    """Where a caliper stands in the time of its frame; one on no strip is nowhere in it."""
    return along(entry.caliper) if CATALOG[entry.measurement].on_strip else 0.0
