"""What there is in a review and what follows from it; nothing here changes it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from EchoMeasureLib.definitions import Lengths, Phase
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.measuring.beats import Beats
from EchoMeasureLib.measuring.derived import Derived
from EchoMeasureLib.measuring.examination import Examination
from EchoMeasureLib.measuring.measured import Measured
from EchoMeasureLib.measuring.sheet import Sheet
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review import entering
from EchoMeasureLib.review.board import Board
from EchoMeasureLib.review.compare import Comparison, compare
from EchoMeasureLib.review.conclusions import Conclusions
from EchoMeasureLib.review.entries import AuditEvent, Entry
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.layers import Layer
from EchoMeasureLib.review.ledger import Ledger
from EchoMeasureLib.review.marks import Mark
from EchoMeasureLib.review.reviewed_images import ReviewedImages


class ReviewState:
    """A review as it is read: by exports, by skins, and by the operations of `session.Review`."""

    reviewer: str
    """Whose review this is."""
    entries: Mapping[str, Entry]
    """Every entry by id, in the order in which they came; a live view."""
    images: Mapping[str, ImageFacts]
    """Every image by key; the first is the one meant where none is named. A live view."""

    def _consist_of(self, board: Board, ledger: Ledger) -> None:
        self._board, self._ledger = board, ledger
        self._images = ReviewedImages(board, ledger)
        self._conclusions = Conclusions(board, lambda: ledger.version)
        self.reviewer, self.entries = ledger.reviewer, board.entries
        self.images = MappingProxyType(board.images)

    # What there is

    @property
    def subject(self) -> Subject:
        """What is known of the person."""
        return self._board.subject

    @property
    def examination(self) -> Examination:
        """What the reader added by hand: facts, and values of other methods."""
        return self._board.examination

    @property
    def audit(self) -> tuple[AuditEvent, ...]:
        """Everything that was done, in order, undoing included."""
        return self._ledger.audit

    def entry(self, id: str) -> Entry:
        """The entry of this id. Raises `InvalidArgument` when there is none."""
        return self._board.find(id)

    def on_frame(self, frame: int, image: str | None = None) -> tuple[Entry, ...]:
        """The calipers of one frame."""
        return self._board.on_frame(self._images.key(image), entering.whole(frame, "frame"))

    def cine(self, image: str | None = None) -> Cine:
        """The open image, calibrated as it is now. Raises `InvalidState` when it is closed."""
        return self._board.cine(self._images.key(image))

    def is_open(self, image: str) -> bool:
        """Whether the pixels of this image are at hand, so that its calipers can be changed."""
        return self._board.is_open(self._images.key(image))

    def layer(self) -> Layer:
        """The present state, as it is saved and compared."""
        entries, calibrations = tuple(self.entries.values()), self._board.calibrations()
        return Layer(
            self.reviewer,
            entries,
            self.audit,
            self.subject,
            self.examination,
            calibrations,
            dict(self._board.marks),
        )

    # What follows from it

    def measured(self) -> Mapping[str, Measured]:
        """The number that counts for each quantity, and why it does (see `counting`).

        In the stored units of the catalog: cm, cm/s.
        """
        return self._conclusions.measured()

    def derived(self) -> tuple[Derived, ...]:
        """Every derived value, or what is missing for it, as things stand. Each says its unit."""
        return self._conclusions.derived()

    def sheet(self, lengths: Lengths = Lengths.CM) -> Sheet:
        """Every value with range, mark and uncertainty, and the grades with their rules.

        `lengths`: the unit in which its texts have lengths; its numbers keep their own.
        """
        return self._conclusions.sheet(lengths)

    def beats(self, image: str | None = None) -> Beats:
        """End-diastoles and end-systoles, as marked and as found in the LVID of every frame."""
        return self._conclusions.beats(self._images.key(image))

    def phase_frames(
        self, phase: Phase, image: str | None = None, measurement: str = "lvid"
    ) -> tuple[int, ...]:
        """The frames of an image that are taken as ED or ES: marked, chosen or found.

        A measurement can know more of them than the LVID (see `counting`).
        """
        return self._conclusions.phase_frames(self._images.key(image), phase, measurement)

    def marks(self, image: str | None = None) -> tuple[Mark, ...]:
        """The frames of an image that the reviewer has marked as ED or ES, in time."""
        return tuple(sorted(self._board.marks.get(self._images.key(image), ())))

    def phase_of(self, entry: Entry) -> Phase | None:
        """The phase that the frame of a caliper is known to be in, chosen or found."""
        return self._conclusions.phase_of(entry)

    def compared_with(self, other: Layer) -> Comparison:
        """Where this review and another reviewer's differ, in mm where an image is open."""
        return compare(self.layer(), other, self._board.open_cines)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._ledger.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return self._ledger.can_redo
