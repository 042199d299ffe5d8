"""Rhythm and heart rate of a study, from the beats of all its images, beside what was given."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from EchoMeasureLib.measuring.doubts import Doubt
from EchoMeasureLib.measuring.examination import Examination, Rhythm
from EchoMeasureLib.measuring.rhythm import HeartRhythm
from EchoMeasureLib.rounding import written

IRREGULAR_WORDS = "irregular: rhythm?"
RATES_APART = 0.20
"""Of the given heart rate, from which that of the beats is another one."""


def mean_rate(rhythms: Sequence[HeartRhythm]) -> float | None:
    """Beats per minute: 60 over the mean RR of all images; None without any."""
    rr = [seconds for rhythm in rhythms for seconds in rhythm.rr_s]
    return 60 / statistics.fmean(rr) if rr else None


def seen_rhythm(rhythms: Sequence[HeartRhythm]) -> str:
    """The words for the least regular image; empty where none has beats enough."""
    words = [rhythm.words for rhythm in rhythms if rhythm.words]
    return IRREGULAR_WORDS if IRREGULAR_WORDS in words else next(iter(words), "")


def rhythm_doubts(examination: Examination, rhythms: Sequence[HeartRhythm]) -> tuple[Doubt, ...]:
    """What the beats say and the reader does not, or otherwise."""
    found = []
    irregular = seen_rhythm(rhythms) == IRREGULAR_WORDS
    if irregular and examination.rhythm is None:
        found.append(Doubt("the beats are irregular: which rhythm is it?", ("rhythm",)))
    elif irregular and examination.rhythm is Rhythm.SINUS:
        found.append(Doubt("the beats are irregular, though given as sinus rhythm", ("rhythm",)))
    given, seen = examination.heart_rate, mean_rate(rhythms)
    if given is not None and seen is not None and abs(seen - given) > RATES_APART * given:
        text = f"the beats give a heart rate of {written(seen, 0)}, not {written(given, 0)} /min"
        found.append(Doubt(text, ("heart_rate",)))
    return tuple(found)
