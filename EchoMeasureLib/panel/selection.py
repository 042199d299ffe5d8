"""The calipers in the order of the table, and which one is selected. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.review.entries import Entry, Status

if TYPE_CHECKING:
    from EchoMeasureLib.panel.desk import Desk

TEXT_SCALE, SELECTED_TEXT_SCALE = 3.0, 4.0
"""The label of the selected caliper stands out; its glyphs stay small, so as to hide no border."""

_RANK = {id: rank for rank, id in enumerate(CATALOG)}


class Selection:
    """One caliper at a time, or none."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._id: str | None = None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every caliper of the review: image by image, in clinical order, by frame."""
        review = self._desk.review
        if review is None:
            return ()
        images = {key: rank for rank, key in enumerate(review.images)}
        return tuple(
            sorted(
                review.entries.values(),
                key=lambda e: (images[e.image], _RANK[e.measurement], e.frame),
            )
        )

    @property
    def unreviewed(self) -> tuple[Entry, ...]:
        """The calipers that wait for the reviewer."""
        return tuple(e for e in self.entries if e.status is Status.UNREVIEWED)

    @property
    def entry(self) -> Entry | None:
        """The selected caliper."""
        review = self._desk.review
        return review.entries.get(self._id) if review is not None and self._id else None

    def choose(self, id: str | None) -> None:
        """Select a caliper and go to its frame."""
        desk = self._desk
        self._id = id
        entry = self.entry
        if entry is not None and entry.image == desk.image:
            desk.show_frame(entry.frame)
        self.mark()
        desk.tell("selection")

    def next(self, if_any: bool = False) -> None:
        """Select the next caliper that nobody has reviewed, from the start again after the last.

        Raises `InvalidArgument` when there is none, unless `if_any`.
        """
        self._desk.need_review()
        entries = self.entries
        ids = [entry.id for entry in entries]
        start = ids.index(self._id) + 1 if self._id in ids else 0
        for entry in (*entries[start:], *entries[:start]):
            if entry.status is Status.UNREVIEWED:
                self.choose(entry.id)
                return
        if not if_any:
            raise InvalidArgument("Every caliper has been reviewed.")

    def forget(self) -> None:
        """Another review: nothing is selected."""
        self._id = None

    def mark(self) -> None:
        """Let the label of the selected caliper stand out in the slice view."""
        link = self._desk.link
        if link is None or not link.is_open:
            return
        for caliper in link.calipers:
            display = caliper.node.GetDisplayNode()
            selected = caliper.entry is not None and caliper.entry.id == self._id
            scale = SELECTED_TEXT_SCALE if selected else TEXT_SCALE
            if display is not None and display.GetTextScale() != scale:
                display.SetTextScale(scale)
