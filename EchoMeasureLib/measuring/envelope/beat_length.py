"""How long the beats of a strip are, and what says so: its R waves, the file, or itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.measuring.envelope.period import BEAT_S
from EchoMeasureLib.measuring.envelope.reading import StripReading
from EchoMeasureLib.measuring.rhythm import IRREGULAR

AGREE = 0.1
"""Share by which two lengths of the same beat may differ: the rate of a file is rounded, and a
heart's varies."""

ECG, STRIP = "the R waves of the ECG on the strip", "the strip's own repetition"


@dataclass(frozen=True, slots=True)
class BeatLength:
    """What the beats of a strip are laid by."""

    seconds: float | None
    """None where nothing says it."""
    source: str = ""
    """What says so, for people; empty where nothing does."""
    r_waves: tuple[float, ...] = ()
    """Columns (source pixels) of R waves where beats begin; empty where none are relied on."""
    doubt: str = ""
    """What speaks against it, in a sentence; empty where nothing does."""

    @property
    def words(self) -> str:
        """Such as "Beats of 0.80 s by the heart rate of the file."; empty where nothing says it."""
        return f"Beats of {self.seconds:.2f} s by {self.source}." if self.seconds else ""


def find_beat_length(reading: StripReading, r_waves: Sequence[float] = ()) -> BeatLength:
    """The R waves that are drawn, else those or the heart rate of the file, else the strip itself.

    What disagrees with the time after which the strip repeats itself gives way to it, and that is
    said. `r_waves`: columns (source pixels) of R waves that are known otherwise; these always hold.
    """
    per_px = reading.sides[0][0].seconds_per_px
    if len(r_waves) > 1:
        return BeatLength(_middle(r_waves, per_px), "known R waves", tuple(r_waves))
    columns = reading.period
    own = None if columns is None else columns * per_px
    found, doubt = BeatLength(own, STRIP if own else ""), ""
    drawn = reading.r_waves
    said = [BeatLength(_middle(drawn, per_px), ECG, drawn)] if drawn else []
    if reading.file_beat is not None:
        said.append(BeatLength(*reading.file_beat))
    for one in said:
        seconds = one.seconds or 0.0
        irregular = one.r_waves and _spread(one.r_waves) > IRREGULAR
        if own is None or irregular or _fits(seconds, own):
            if BEAT_S[0] <= seconds <= BEAT_S[1]:
                others = (other for other in said if other is not one and other.seconds)
                doubt = doubt or " ".join(_apart(one, other) for other in others)
                return BeatLength(seconds, one.source, one.r_waves, doubt.strip())
        elif not doubt:
            doubt = (
                f"By {one.source} a beat lasts {seconds:.2f} s, but the strip repeats itself "
                f"after {own:.2f} s."
            )
    return BeatLength(found.seconds, found.source, (), doubt)


def _apart(one: BeatLength, other: BeatLength) -> str:
    """That two sources give the beat another length, in a sentence; empty where they do not."""
    seconds, said = one.seconds or 0.0, other.seconds or 0.0
    if _fits(said, seconds) or _fits(seconds, said):
        return ""
    return (
        f"By {other.source} a beat lasts {said:.2f} s, by {one.source} {seconds:.2f} s: is the "
        "time axis of the strip right?"
    )


def _middle(r_waves: Sequence[float], per_px: float) -> float:
    return float(np.median(np.diff(np.sort(r_waves)))) * per_px


def _spread(r_waves: Sequence[float]) -> float:
    steps = np.diff(r_waves)
    return float(steps.std(ddof=1) / steps.mean()) if len(steps) > 1 else 0.0


def _fits(seconds: float, own: float) -> bool:
    """What repeats itself after half of a beat, as E and A alike do, does so after a whole one."""
    return any(abs(seconds / own - times) <= AGREE * times for times in (1, 2))
