"""Calipers on the frames of images as beats: of one frame, or nearest to the frame of a phase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.review.entries import Entry
from EchoMeasureLib.review.image_frames import ImageFrame, by_frame
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.phase_frames import PhaseFrames
from EchoMeasureLib.review.seen_beats import SeenBeat, seen

NEAR_S = 0.05
"""A caliper this near to an ED or ES frame is at ED or ES."""


class FrameBeats:
    """Of one state of a review, whose frames of each phase are known."""

    def __init__(self, images: Mapping[str, ImageFacts], frames: PhaseFrames) -> None:
        """`images` by key, in the order of the study."""
        self._images, self._frames = images, frames

    def on_frames(self, entries: Sequence[Entry], phase: Phase) -> list[SeenBeat]:
        """The calipers of each frame as one beat."""
        return [
            seen(
                here,
                self._frames.number(image, phase, frame),
                image,
                frame,
                self._time(image, frame),
            )
            for (image, frame), here in sorted(by_frame(entries).items(), key=self._in_order)
        ]

    def near(
        self, here: Sequence[Entry], image: str, frame: int, number: int, phase: Phase
    ) -> SeenBeat:
        """The calipers of a beat: those nearest to its frame that have a number to give.

        One that the reviewer rejected or left out is not replaced by a frame beside it, which
        nobody has looked at.
        """
        time = self._time(image, frame)
        near = [entry for entry in here if self._away(entry, frame) <= NEAR_S]
        sound = [entry for entry in near if not entry.caliper.excluded]
        if not near:
            why = f"no caliper at {phase.words}"
            return SeenBeat(number, image, frame, time, (), why, "without a caliper")
        # Of two frames equally near, the earlier.
        at = min(sound or near, key=lambda entry: (self._away(entry, frame), entry.frame)).frame
        beat = [entry for entry in near if entry.frame == at]
        return seen(beat, number, image, at, self._time(image, at))

    def _away(self, entry: Entry, frame: int) -> float:
        times = self._images[entry.image].times
        if times is None:
            return 0.0 if entry.frame == frame else float("inf")
        return abs(times[entry.frame] - times[frame])

    def _time(self, image: str, frame: int) -> float | None:
        times = self._images[image].times
        return None if times is None else times[frame]

    def _in_order(self, item: tuple[ImageFrame, list[Entry]]) -> tuple[int, int]:
        """By image in the order of the study, then by frame."""
        (image, frame), _ = item
        return list(self._images).index(image), frame
