"""What each beat says of a quantity, and what all of them say together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from EchoMeasureLib.definitions import Output, Phase
from EchoMeasureLib.measuring.averaging import mean_over_beats, spread_over_beats
from EchoMeasureLib.measuring.examination import Rhythm
from EchoMeasureLib.measuring.measured import BeatValue, Measured
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.rounding import frame_words

FEWEST_IN_AF = 5
"""Beats to average in atrial fibrillation (ASE/EACVI 2015); in sinus rhythm three."""


WITHOUT = "without a number"
"""Why a beat does not count, in short."""

BY_CHOICE = "chosen by the reviewer"
ALONE = "the only caliper"


@dataclass(frozen=True, slots=True)
class SeenBeat:
    """The calipers of one measurement on one beat, and whether they count."""

    number: int
    """1 for the first beat of its image, in time."""
    image: str
    frame: int
    time_s: float | None
    entries: tuple[Entry, ...] = ()
    """Those that count; where none does, those that would; empty where there are none."""
    why_not: str = ""
    """Why the beat does not count; empty when it does."""
    cause: str = ""
    """The same in a word or two, such as "flagged"."""
    index: bool = False
    """Whether it is an index beat of atrial fibrillation."""

    def for_output(self, output: str) -> SeenBeat:
        """The beat as it counts for an output: a tracing may say one and not another."""
        saying = tuple(e for e in self.entries if e.caliper.value(output).value is not None)
        if self.why_not or saying == self.entries:
            return self
        if saying:
            return replace(self, entries=saying)
        why = self.entries[0].caliper.value(output).reason
        return replace(self, why_not=why, cause=WITHOUT)

    def says(self, output: str) -> float | None:
        """The number of this beat for an output, whether it counts or not."""
        numbers = [entry.caliper.value(output).value for entry in self.entries]
        if not numbers or None in numbers:
            return None
        return mean_over_beats([[entry.caliper for entry in self.entries]], output)


def seen(
    entries: Sequence[Entry], number: int, image: str, frame: int, time_s: float | None
) -> SeenBeat:
    """One beat with its calipers, of which at least one is there.

    What the reviewer accepted, moved or placed pushes aside the unreviewed ones.
    """
    usable = [entry for entry in entries if not entry.excluded]
    counting = [entry for entry in usable if entry.reviewed] or usable
    if counting:
        return SeenBeat(number, image, frame, time_s, tuple(counting))
    best = min(entries, key=_cause_rank)
    return SeenBeat(number, image, frame, time_s, (best,), best.excluded, _cause(best))


def measured_over(
    id: str,
    output: Output,
    beats: Sequence[SeenBeat],
    rhythm: Rhythm | None,
    how: str = "",
) -> Measured:
    """The mean over the beats that count, with the rule in words; `how` they were chosen.

    At least one beat has a caliper.
    """
    beats = [beat.for_output(output.id) for beat in beats]
    values = tuple(
        BeatValue(
            beat.number,
            beat.image,
            beat.frame,
            beat.time_s,
            beat.says(output.id),
            tuple(entry.id for entry in beat.entries),
            beat.why_not,
            beat.index,
        )
        for beat in beats
    )
    counting = [beat for beat in beats if not beat.why_not]
    if not counting:
        why = _why_nothing(beats)
        return Measured(id, output.name, None, output.unit, missing=why, beats=values)
    entries = [entry for beat in counting for entry in beat.entries]
    numbers = [value.value for value in values if value.counts and value.value is not None]
    return Measured(
        id,
        output.name,
        mean_over_beats([[e.caliper for e in beat.entries] for beat in counting], output.id),
        output.unit,
        tuple(entry.id for entry in entries),
        basis=_basis(beats, len(counting), rhythm, how, output.phase),
        reviewed=all(entry.reviewed for entry in entries),
        beats=values,
        chosen=how == BY_CHOICE,
        sd=spread_over_beats(numbers),
    )


def _basis(beats: Sequence[SeenBeat], n: int, rhythm: Rhythm | None, how: str, phase: Phase) -> str:
    """Such as "mean of 3 beats" or "1 of 3 beats: 2 flagged"; of breaths where it is of these."""
    one = phase.cycle
    if n < len(beats):
        causes = Counter(beat.cause for beat in beats if beat.why_not)
        words = f"{n} of {len(beats)} {one}s: " + ", ".join(
            f"{count} {cause}" for cause, count in causes.items()
        )
    elif n == 1:
        words = "" if how else f"one {one}"
    else:
        words = f"mean of {n} {one}s"
    words = ", ".join(part for part in (words, how) if part)
    if rhythm is Rhythm.AF and n < FEWEST_IN_AF:
        words += f", fewer than the {FEWEST_IN_AF} that atrial fibrillation asks for"
    return words


def _cause_rank(entry: Entry) -> int:
    """Of several calipers of a beat the reviewer's decision tells most."""
    order = ("left out", "rejected", "flagged", WITHOUT)
    return order.index(_cause(entry))


def _cause(entry: Entry) -> str:
    if entry.status is Status.REJECTED:
        return "rejected"
    if entry.left_out:
        return "left out"
    return "flagged" if entry.caliper.flags else WITHOUT


def _why_nothing(beats: Sequence[SeenBeat]) -> str:
    there = [beat for beat in beats if beat.entries]
    first = there[0]
    if len(there) == 1:
        where = frame_words(first.frame, first.time_s)
        if first.cause == WITHOUT:
            return f"the caliper on {where} gives no number: {first.why_not}"
        return f"the caliper on {where} is {first.why_not}"
    causes = list(dict.fromkeys(beat.cause for beat in there))
    if causes == [WITHOUT]:
        # Reasons are sentences, and may stand in brackets themselves.
        same = len({beat.why_not for beat in there}) == 1
        where = "" if same else f", on {frame_words(first.frame)}"
        return f"none of the {len(there)} calipers gives a number{where}: {first.why_not}"
    words = " or ".join(part for part in (", ".join(causes[:-1]), causes[-1]) if part)
    return f"all {len(there)} calipers are {words} ({frame_words(first.frame)}: {first.why_not})"
