"""The heart rate of a cardiac output: that of the strip on which its stroke volume was traced."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from EchoMeasureLib.imaging.subject_facts import HEART_RATE
from EchoMeasureLib.measuring.examination import Examination
from EchoMeasureLib.measuring.file_beat import FileBeat
from EchoMeasureLib.measuring.measured import BeatValue, Measured
from EchoMeasureLib.measuring.rhythm import HeartRhythm
from EchoMeasureLib.measuring.study_rhythm import mean_rate
from EchoMeasureLib.rounding import written

APART = 0.10
"""Share of the heart rate that is taken, by which another one is another heart rate."""

ALIKE = 1.3
"""Longest RR over the shortest of beats that lie beside each other: else one was left out."""

TRACED = "lvotvti"
STRIP = "the strip of LVOT VTI"


@dataclass(frozen=True, slots=True)
class OutputRate:
    """Beats per minute, and where they are from."""

    rate: float
    source: str
    """For people, such as "of the strip of LVOT VTI, by the R waves of the file"."""
    apart: str = ""
    """A sentence where another heart rate of the study differs by more than a tenth."""
    given: bool = False
    """Whether it is the heart rate of the examination, of the reader or a file."""

    @property
    def words(self) -> str:
        """Such as "heart rate 62 /min given by the reader"."""
        return f"heart rate {_per_minute(self.rate)} {self.source}"


def find_output_rate(
    measured: Mapping[str, Measured],
    examination: Examination,
    rhythms: Sequence[HeartRhythm],
    file_beats: Mapping[str, FileBeat],
) -> OutputRate | None:
    """What the reader gave, else what the strip says itself, else what the study says.

    `rhythms`: what the beats of each image say; `file_beats`: what the file of an image says, by
    its key. None where nobody says anything.
    """
    strip = _of_strip(measured.get(TRACED), file_beats)
    given, by_file = examination.heart_rate, "heart_rate" in examination.from_file
    seen = mean_rate(rhythms)
    if given is not None and not by_file:
        return _beside(OutputRate(given, "given by the reader", given=True), strip)
    study = (
        OutputRate(given, "from a file of the study", given=True)
        if given is not None
        else OutputRate(seen, "by the beats of the study's clips")
        if seen is not None
        else None
    )
    if strip is None:
        return study
    if study is not None and study.rate == strip.rate:
        return OutputRate(strip.rate, strip.source, given=study.given)
    return _beside(strip, study)


def _beside(taken: OutputRate, other: OutputRate | None) -> OutputRate:
    if other is None or abs(other.rate - taken.rate) <= APART * taken.rate:
        return taken
    apart = f"cardiac output is made with the {taken.words}; not with the {other.words}"
    return OutputRate(taken.rate, taken.source, apart, taken.given)


def _of_strip(item: Measured | None, file_beats: Mapping[str, FileBeat]) -> OutputRate | None:
    """By the R waves of its file, else by its traced beats, else by the heart rate of its file."""
    counting = [beat for beat in item.beats if beat.counts] if item is not None else []
    images = {beat.image for beat in counting}
    if item is None or len(images) != 1:
        return None
    (image,) = images
    said = file_beats.get(image)
    traced = None
    if said is None or not said.by_waves:
        frame = counting[0].frame
        traced = _traced([b for b in item.beats if (b.image, b.frame) == (image, frame)], said)
    beat = traced or said
    if beat is None or not HEART_RATE[0] <= 60 / beat.seconds <= HEART_RATE[1]:
        return None
    return OutputRate(60 / beat.seconds, f"of {STRIP}, by {beat.source}")


def _traced(beats: Sequence[BeatValue], said: FileBeat | None) -> FileBeat | None:
    """The time between beats that were traced, where it is clear that none between was left out."""
    at = sorted(beat.time_s for beat in beats if beat.time_s is not None)
    gaps = [later - earlier for earlier, later in pairwise(at)]
    if not gaps or min(gaps) <= 0 or max(gaps) > ALIKE * min(gaps):
        return None
    seconds = statistics.fmean(gaps)
    alone = len(gaps) > 1 and said is None
    if alone or (said is not None and 1 / ALIKE <= seconds / said.seconds <= ALIKE):
        return FileBeat(seconds, f"the time between its {len(at)} beats")
    return None


def _per_minute(rate: float) -> str:
    return f"{written(rate, 0)} /min"
