"""Strips read off the picture, a frame of a measurement at each look, and told as a worker tells.

A strip is read in some tens of milliseconds and needs nothing that Slicer lacks, so it needs no
process of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.inference.events import Event, Failed, Finished, Found, Stopped, Working
from EchoMeasureLib.measuring.by_envelope import StripBeats, predict_by_envelope
from EchoMeasureLib.progress import Progress

if TYPE_CHECKING:
    from EchoMeasureLib.imaging.cine import Cine


class StripRun:
    """One reading at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._found: Iterator[StripBeats] | None = None
        self._done = self._seen = self._total = 0
        self._began = 0.0
        self._whys: dict[str, str] = {}
        self._cancelled = False

    @property
    def busy(self) -> bool:
        """Whether a reading is not at its end."""
        return self._found is not None

    def start(self, cine: Cine, measurements: Sequence[str], frames: Sequence[int]) -> None:
        """Begin to read these measurements on these frames; `poll` goes on."""
        self._found = predict_by_envelope(cine, measurements, frames)
        self._done, self._seen, self._total = 0, 0, len(measurements) * len(frames)
        self._began, self._whys, self._cancelled = self._clock(), {}, False

    def cancel(self) -> None:
        """Stop at the next look."""
        self._cancelled = True

    def poll(self) -> list[Event]:
        """Read one step further; what there is to tell of it."""
        if self._found is None:
            return []
        if self._cancelled:
            self._found = None
            return [Stopped()]
        try:
            beats = next(self._found, None)
        except EchoMeasureError as error:
            self._found = None
            return [Failed(type(error).__name__, error.problem, error.hint)]
        if beats is None:
            self._found = None
            return [Finished(self._seen, self._clock() - self._began, " ".join(self._notes()))]
        return self._told(beats)

    def _told(self, beats: StripBeats) -> list[Event]:
        self._done += 1
        if beats.why:
            self._whys.setdefault(beats.measurement, beats.why)
        told: list[Event] = [Working(Progress(self._done, self._total, beats.measurement))]
        if beats.prediction is not None:
            self._seen += 1
            told.append(Found(beats.prediction))
        return told

    def _notes(self) -> Iterator[str]:
        yield from (f"{CATALOG[id].short_name}: {why}" for id, why in self._whys.items())
