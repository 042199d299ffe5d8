"""What can be asked of a review: its entries and everything that follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from EchoMeasureLib.catalog import Phase
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.measuring.beats import Beats
from EchoMeasureLib.measuring.derived import Derived, Measured, derive
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.board import Board
from EchoMeasureLib.review.compare import Comparison, compare
from EchoMeasureLib.review.counting import Counting
from EchoMeasureLib.review.entries import AuditEvent, Entry
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.layers import Layer
from EchoMeasureLib.review.ledger import Ledger


class ReviewView:
    """The asking half of `Review`. What follows from the entries is computed when asked for."""

    def __init__(self, reviewer: str, board: Board, ledger: Ledger) -> None:
        self.reviewer = reviewer
        self._board = board
        self._ledger = ledger
        self._counting: tuple[int, Counting] | None = None
        self._measured: tuple[int, Mapping[str, Measured]] | None = None
        self._derived: tuple[int, tuple[Derived, ...]] | None = None

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Every entry by id, in the order in which they came; a live view."""
        return self._board.entries

    @property
    def images(self) -> Mapping[str, ImageFacts]:
        """Every image by key; the first is the one meant where none is named. A live view."""
        return MappingProxyType(self._board.images)

    @property
    def subject(self) -> Subject:
        return self._board.subject

    @property
    def audit(self) -> tuple[AuditEvent, ...]:
        """Everything that was done, in order, undoing included."""
        return self._ledger.audit

    @property
    def can_undo(self) -> bool:
        return bool(self._ledger.history.done)

    @property
    def can_redo(self) -> bool:
        return bool(self._ledger.history.undone)

    def entry(self, id: str) -> Entry:
        """Raises `InvalidArgument` when there is none."""
        return self._board.find(id)

    def cine(self, image: str | None = None) -> Cine:
        """The open image, calibrated as it is now. Raises `InvalidState` when it is closed."""
        return self._board.cine(self._key(image))

    def is_open(self, image: str) -> bool:
        """Whether the pixels of this image are at hand, so that its calipers can be changed."""
        return self._board.is_open(image)

    def on_frame(self, frame: int, image: str | None = None) -> tuple[Entry, ...]:
        """The calipers of one frame."""
        return self._board.on_frame(self._key(image), frame)

    def measured(self) -> Mapping[str, Measured]:
        """The number that counts for each quantity, and why it does (see `counting`)."""
        version = self._ledger.version
        if self._measured is None or self._measured[0] != version:
            self._measured = version, MappingProxyType(self._counted().measured())
        return self._measured[1]

    def derived(self) -> tuple[Derived, ...]:
        """Every derived value, or what is missing for it, as things stand."""
        version = self._ledger.version
        if self._derived is None or self._derived[0] != version:
            self._derived = version, derive(self.measured(), self.subject)
        return self._derived[1]

    def beats(self, image: str | None = None) -> Beats:
        """End-diastoles and end-systoles as found in the LVID of every frame."""
        return self._counted().beats(self._key(image))

    def phase_of(self, entry: Entry) -> Phase | None:
        """The phase that the frame of a caliper is known to be in, chosen or found."""
        return self._counted().phase_of(entry)

    def compared_with(self, other: Layer) -> Comparison:
        """Where this review and another reviewer's differ, in mm where an image is open."""
        return compare(self.layer(), other, self._board.open_cines)

    def layer(self) -> Layer:
        """The present state, as it is saved and compared."""
        return Layer(
            self.reviewer,
            tuple(self.entries.values()),
            self.audit,
            self.subject,
            self._board.calibrations(),
        )

    def _counted(self) -> Counting:
        version = self._ledger.version
        if self._counting is None or self._counting[0] != version:
            self._counting = version, Counting(self._board.of_measurement, self._board.images)
        return self._counting[1]

    def _key(self, image: str | None) -> str:
        return next(iter(self._board.images)) if image is None else image
