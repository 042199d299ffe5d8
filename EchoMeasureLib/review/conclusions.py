"""What follows from a review: the numbers that count, derived values, the sheet, beats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from EchoMeasureLib.definitions import Lengths, Phase
from EchoMeasureLib.measuring.beats import Beats
from EchoMeasureLib.measuring.derived import Derived, derive
from EchoMeasureLib.measuring.measured import Measured
from EchoMeasureLib.measuring.rhythm import HeartRhythm
from EchoMeasureLib.measuring.sheet import Sheet, make_sheet
from EchoMeasureLib.review.board import Board
from EchoMeasureLib.review.counting import Counting
from EchoMeasureLib.review.entries import Entry
from EchoMeasureLib.review.images import file_beats


class Conclusions:
    """Drawn when asked for, and once for each state of the board."""

    def __init__(self, board: Board, version: Callable[[], int]) -> None:
        """`version` gives a number that rises with every change of the board."""
        self._board = board
        self._version = version
        self._drawn_at = -1
        self._counting: Counting | None = None
        self._measured: Mapping[str, Measured] | None = None
        self._derived: tuple[Derived, ...] | None = None
        self._sheets: dict[Lengths, Sheet] = {}

    def measured(self) -> Mapping[str, Measured]:
        """The number that counts for each quantity, and why it does (see `counting`)."""
        counting = self._counted()
        if self._measured is None:
            self._measured = MappingProxyType(counting.measured())
        return self._measured

    def derived(self) -> tuple[Derived, ...]:
        """Every derived value, or what is missing for it."""
        measured = self.measured()
        if self._derived is None:
            board = self._board
            self._derived = derive(
                measured,
                board.subject,
                board.examination,
                self._rhythms(),
                file_beats(board.images),
            )
        return self._derived

    def sheet(self, lengths: Lengths) -> Sheet:
        """Every value with range, mark and uncertainty, and the grades with their rules."""
        measured = self.measured()
        if lengths not in self._sheets:
            board = self._board
            self._sheets[lengths] = make_sheet(
                measured,
                board.subject,
                board.examination,
                self._rhythms(),
                lengths,
                file_beats(board.images),
            )
        return self._sheets[lengths]

    def beats(self, image: str) -> Beats:
        """End-diastoles and end-systoles of an image, as marked and as found in its LVID."""
        return self._counted().beats(image)

    def found_beats(self, image: str) -> Beats:
        """The same, as found, without what the reviewer has marked."""
        return self._counted().found_beats(image)

    def phase_frames(self, image: str, phase: Phase, measurement: str) -> tuple[int, ...]:
        """The frames of an image that are taken as ED or ES of a measurement."""
        return self._counted().phase_frames(image, phase, measurement)

    def phase_of(self, entry: Entry) -> Phase | None:
        """The phase that the frame of a caliper is known to be in, chosen or found."""
        return self._counted().phase_of(entry)

    def _rhythms(self) -> list[HeartRhythm]:
        return [self.beats(image).rhythm for image in self._board.images]

    def _counted(self) -> Counting:
        """The counting of the present state; what was drawn from an earlier one is forgotten."""
        version = self._version()
        if self._counting is None or self._drawn_at != version:
            self._drawn_at = version
            board = self._board
            rhythm, manoeuvre = board.examination.rhythm, board.examination.manoeuvre
            self._counting = Counting(
                board.of_measurement,
                board.images,
                rhythm,
                board.marks,
                manoeuvre,
                earlier=self._counting,
            )
            self._measured = self._derived = None
            self._sheets = {}
        return self._counting
