"""One number of a review, as the formulae ask for it: a mean with the beats that it rests on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BeatValue:
    """What one beat says of a value, whether it counts or not."""

    number: int
    """1 for the first beat of its image, in time."""
    image: str
    """Key of the image."""
    frame: int
    """Counted from 0."""
    time_s: float | None
    """Seconds into the clip or, on a strip, from its left edge; None where time is not known."""
    value: float | None
    """In the unit of the value; None where this beat has no number."""
    entries: tuple[str, ...]
    """Ids of the review entries it rests on."""
    why_not: str = ""
    """Why it does not count, such as "flagged low confidence"; empty when it does."""
    index: bool = False
    """Whether it follows two alike RR in atrial fibrillation, so that it may stand for all."""

    @property
    def counts(self) -> bool:
        """Whether it goes into the mean."""
        return not self.why_not


@dataclass(frozen=True, slots=True)
class Measured:
    """One input of the formulae: a number of the review, or why there is none."""

    id: str
    name: str
    value: float | None
    """In `unit`; velocities keep their sign."""
    unit: str
    entries: tuple[str, ...] = ()
    """Ids of the review entries that were averaged."""
    missing: str = ""
    """Why there is no number, such as "choose which frame is end-diastole"."""
    basis: str = ""
    """How the entries were chosen, such as "mean of 3 beats"."""
    reviewed: bool = False
    """Whether the reviewer stands behind every one of the entries."""
    beats: tuple[BeatValue, ...] = ()
    """Every beat that was found, in time, those that do not count too."""
    warnings: tuple[str, ...] = ()
    """Sentences to be read beside it, such as that there are few frames per beat."""
    chosen: bool = False
    """Whether the reviewer chose the calipers for it, of whatever beats."""
    sd: float | None = None
    """Standard deviation over the beats that count, n - 1, in `unit`; None for fewer than two."""

    @property
    def n(self) -> int:
        """How many beats go into the mean."""
        return sum(beat.counts for beat in self.beats)
