"""Which calipers count: from the entries of a review to the inputs of the formulae.

The rule, in this order:

1. A rejected caliper never counts, nor does a flagged one, accepted or not. (To
   use a caliper whose only flag is the network's doubt, move or adopt it.)
2. On one frame and, on a strip, on one beat, calipers that the reviewer accepted, moved
   or placed push aside the unreviewed ones of the same measurement. Several that are left
   are averaged.
3. A reviewer's choice of phase wins. Several chosen calipers are averaged; when
   all of them are rejected or flagged there is no value.
4. End-diastole and end-systole are facts of an image's frames. Without a choice
   for the measurement itself, the frames chosen on that image for any other one
   hold; without those, the beats found in the LVID of every frame (`beats`). The
   calipers nearest to these frames, within 50 ms, count and are averaged.
5. Where the phases of the frames are not known, a caliper of a measurement that
   has one phase only (IVS, LVPW, aorta, LA ...) is taken to be in it, provided that
   all such calipers are on one frame. A lone LVID is neither LVIDd nor LVIDs.
6. Doppler and M-mode: the calipers of one frame are averaged as its beats (E/A is
   mean E over mean A). Calipers on several frames or images are not mixed.
7. IVC: the largest of an image, and for the collapse the smallest of the same image.
8. Where 5 to 7 leave several candidates and the reviewer has handled some, only
   those are considered. What is still not clear is asked, never guessed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from EchoMeasureLib.catalog import CATALOG, Output, Phase
from EchoMeasureLib.measuring.averaging import average
from EchoMeasureLib.measuring.beats import Beats, find_beats
from EchoMeasureLib.measuring.derived import INPUTS, SMALLEST_IVC, Measured
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.same_beats import beat_by_beat_of

NEAR_S = 0.05
"""A caliper this near to an ED or ES frame is at ED or ES."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number that the formulae ask for, and where it comes from."""

    id: str
    """As in `derived.INPUTS` where a formula uses it."""
    measurement: str
    """Id in the catalog of what is measured for it."""
    output: Output


QUANTITIES = tuple(
    Quantity(output.formula_id, row.id, output)
    for row in CATALOG.values()
    for output in row.outputs
)
"""One per output of the catalog; the smallest IVC, `ivc_min`, comes in addition."""


class Counting:
    """The inputs of the formulae for one state of a review; made anew after each change."""

    def __init__(
        self,
        entries_of: Callable[[str], Sequence[Entry]],
        images: Mapping[str, ImageFacts],
    ) -> None:
        self._entries_of = entries_of
        self._images = images
        self._beats: dict[str, Beats] = {}
        self._chosen_frames = self._find_chosen_frames()

    def measured(self) -> dict[str, Measured]:
        """Every quantity by id, with a number or with what is missing."""
        found = {quantity.id: self._measure(quantity) for quantity in QUANTITIES}
        found[SMALLEST_IVC] = self._smallest_ivc(found["ivc_max"])
        return found

    def beats(self, image: str) -> Beats:
        """The beats of an image, from its usable LVID calipers."""
        if image not in self._beats:
            facts = self._images[image]
            series = self._diameters(image)
            self._beats[image] = find_beats(series, facts.times, facts.r_waves)
        return self._beats[image]

    def phase_of(self, entry: Entry) -> Phase | None:
        """The phase that the frame of a caliper is known to be in; None when it is not.

        What the reviewer chose, else ED or ES where a caliper of that frame was chosen
        for it, or where the beats have it, whatever the measurement is made in.
        """
        if entry.phase is not None:
            return entry.phase
        cycle = (Phase.ED, Phase.ES)
        found = (p for p in cycle if entry.frame in self._phase_frames(entry.image, p))
        return next(found, None)

    def _diameters(self, image: str) -> dict[int, float]:
        by_frame: dict[int, list[Entry]] = {}
        for entry in _preferred(_usable(self._entries_of("lvid"))):
            if entry.image == image:
                by_frame.setdefault(entry.frame, []).append(entry)
        return {frame: _mean(group, "lvid") for frame, group in by_frame.items()}

    def _find_chosen_frames(self) -> dict[tuple[str, Phase], set[int]]:
        frames: dict[tuple[str, Phase], set[int]] = {}
        for row in CATALOG.values():
            for entry in self._entries_of(row.id):
                if entry.phase is not None and entry.status is not Status.REJECTED:
                    frames.setdefault((entry.image, entry.phase), set()).add(entry.frame)
        return frames

    def _measure(self, quantity: Quantity) -> Measured:
        entries = self._entries_of(quantity.measurement)
        if not entries:
            return _without(quantity, "")
        chosen = [entry for entry in entries if entry.phase is quantity.output.phase]
        usable = _usable(chosen or entries)
        if not usable:
            return _without(quantity, _why_excluded(chosen or entries))
        if chosen:
            return _result(quantity, usable, "chosen by the reviewer")
        free = _preferred(entry for entry in usable if entry.phase is None)
        if not free:
            return _without(quantity, "its calipers are chosen for another phase")
        if quantity.output.phase in (Phase.ED, Phase.ES):
            return self._at_phase(quantity, free)
        if quantity.output.phase is Phase.EXPIRATION:
            return self._largest(quantity, free)
        return self._alone(quantity, free, "choose which one counts")

    def _at_phase(self, quantity: Quantity, free: Sequence[Entry]) -> Measured:
        """Rules 4 and 5."""
        phase = quantity.output.phase
        word = phase.words
        timed: dict[str, list[Entry]] = {}
        untimed: list[Entry] = []
        beside: list[int] = []
        for image in dict.fromkeys(entry.image for entry in free):
            here = [entry for entry in free if entry.image == image]
            frames = self._phase_frames(image, phase)
            if not frames:
                untimed += here
            elif near := self._nearest(image, here, frames):
                timed[image] = near
            else:
                beside += frames
        if len(timed) == 1:
            ((_, counted),) = timed.items()
            return _result(quantity, counted, _beats_text(counted))
        if timed:
            return _without(quantity, f"{len(timed)} images show {word}, choose the frame")
        if not untimed:
            where = ", ".join(str(frame) for frame in sorted(set(beside)))
            return _without(quantity, f"no caliper at {word} (frame {where}), choose the frame")
        question = f"choose which frame is {word}"
        if len(CATALOG[quantity.measurement].outputs) > 1:
            seen = self.beats(untimed[0].image).reason if len(untimed) > 1 else ""
            return _without(quantity, f"{question} ({seen})" if seen else question)
        return self._alone(quantity, untimed, question)

    def _phase_frames(self, image: str, phase: Phase) -> tuple[int, ...]:
        chosen = self._chosen_frames.get((image, phase))
        if chosen:
            return tuple(sorted(chosen))
        beats = self.beats(image)
        return beats.ed_frames if phase is Phase.ED else beats.es_frames

    def _nearest(self, image: str, here: Sequence[Entry], frames: Iterable[int]) -> list[Entry]:
        times = self._images[image].times
        found: dict[str, Entry] = {}
        for frame in frames:

            def away(entry: Entry, frame: int = frame) -> float:
                if times is None:
                    return 0.0 if entry.frame == frame else math.inf
                return abs(times[entry.frame] - times[frame])

            best = min(away(entry) for entry in here)
            if best <= NEAR_S:
                closest = [entry for entry in here if away(entry) == best]
                # Of two frames equally near, the earlier.
                found |= {e.id: e for e in closest if e.frame == closest[0].frame}
        return list(found.values())

    def _alone(self, quantity: Quantity, candidates: Sequence[Entry], question: str) -> Measured:
        """The calipers of the only frame that has any, or of the only one that was reviewed."""
        frames = {(entry.image, entry.frame) for entry in candidates}
        if len(frames) > 1:
            candidates = [entry for entry in candidates if entry.reviewed]
            frames = {(entry.image, entry.frame) for entry in candidates}
        if len(frames) != 1:
            return _without(quantity, question)
        basis = "the only caliper" if len(candidates) == 1 else f"mean of {len(candidates)} beats"
        return _result(quantity, candidates, basis)

    def _largest(self, quantity: Quantity, candidates: Sequence[Entry]) -> Measured:
        images = {entry.image for entry in candidates}
        if len(images) > 1:
            candidates = [entry for entry in candidates if entry.reviewed]
            images = {entry.image for entry in candidates}
        if len(images) != 1:
            return _without(quantity, "choose which one counts")
        id = quantity.output.id
        best = max(candidates, key=lambda entry: entry.caliper.value(id).value or 0.0)
        many = len(candidates) > 1
        basis = f"the largest of {len(candidates)}" if many else "the only caliper"
        return _result(quantity, [best], basis)

    def _smallest_ivc(self, largest: Measured) -> Measured:
        output = CATALOG["ivc"].outputs[0]
        missing = Measured(SMALLEST_IVC, INPUTS[SMALLEST_IVC], None, output.unit)
        if largest.value is None:
            return missing
        usable = _preferred(_usable(self._entries_of("ivc")))
        home = next(entry for entry in usable if entry.id in largest.entries)
        others = [e for e in usable if e.image == home.image and e.id not in largest.entries]
        others = [entry for entry in others if entry.frame != home.frame]
        if not others:
            return missing
        least = min(others, key=lambda entry: entry.caliper.value(output.id).value or 0.0)
        return Measured(
            missing.id,
            missing.name,
            _mean([least], output.id),
            output.unit,
            (least.id,),
            basis=f"the smallest of {len(others) + 1}",
            reviewed=least.reviewed,
        )


def _usable(entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if not entry.excluded]


def _preferred(entries: Iterable[Entry]) -> list[Entry]:
    """Rule 2."""
    frames: dict[tuple[str, int], list[Entry]] = {}
    for entry in entries:
        frames.setdefault((entry.image, entry.frame), []).append(entry)
    beats = (beat for here in frames.values() for beat in _beats_of(here))
    return [e for beat in beats for e in [e for e in beat if e.reviewed] or beat]


def _beats_of(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The calipers of one frame, beat by beat."""
    on_strip = CATALOG[entries[0].measurement].on_strip
    return beat_by_beat_of(entries) if on_strip else [list(entries)]


def _mean(entries: Sequence[Entry], id: str) -> float:
    return average([entry.caliper for entry in entries], id)


def _beats_text(entries: Sequence[Entry]) -> str:
    frames = {entry.frame for entry in entries}
    return "one beat" if len(frames) == 1 else f"mean of {len(frames)} beats"


def _result(quantity: Quantity, entries: Sequence[Entry], basis: str) -> Measured:
    return Measured(
        quantity.id,
        quantity.output.name,
        _mean(entries, quantity.output.id),
        quantity.output.unit,
        tuple(entry.id for entry in entries),
        basis=basis,
        reviewed=all(entry.reviewed for entry in entries),
    )


def _without(quantity: Quantity, why: str) -> Measured:
    return Measured(quantity.id, quantity.output.name, None, quantity.output.unit, missing=why)


def _why_excluded(entries: Sequence[Entry]) -> str:
    first = entries[0]
    if len(entries) == 1:
        return f"the caliper on frame {first.frame} is {first.excluded}"
    return f"all {len(entries)} calipers are rejected or flagged (frame {first.frame}: " + (
        f"{first.excluded})"
    )
