"""Which calipers count: from the entries of a review to the inputs of the formulae.

The rule, in this order:

1. A rejected caliper never counts, nor does one that is left out, nor a flagged one, accepted
   or not. (To use a caliper whose only flag is the network's doubt, move or adopt it.)
2. On one beat, calipers that the reviewer accepted, moved or placed push aside the unreviewed
   ones of the same measurement. Several that are left are averaged. Calipers are of one beat
   on one frame and, on a strip, at one beat's time (`same_beats`).
3. A number is the mean over the beats that count (E/A is mean E over mean A). Beats that do not
   are listed with the reason; they hide no other.
4. A reviewer's choice of phase wins: of calipers on frames those that were chosen, of strips
   all beats of that with the chosen one.
5. End-diastole and end-systole are facts of an image's frames. Without a choice for the
   measurement itself, those that the reviewer has marked hold, or that were chosen on that
   image for any other one; else the beats found in the LVID of every frame (`phase_frames`).
   For each beat the calipers nearest to its frame, within 50 ms, count; where those are
   rejected or left out, the beat is. A clip without LVID has its ED at the R waves, and LA and
   RV base are at their phase where they are largest.
6. Where the phases of the frames are not known, a caliper of a measurement that has one phase
   only (IVS, LVPW, aorta, LA ...) is taken to be in it, provided that all such calipers are on
   one frame, and that this is not known to be at the other (LA at the R wave). A lone LVID is
   neither LVIDd nor LVIDs.
7. Doppler and M-mode: calipers on several frames or images are not mixed.
8. IVC: where it was measured over a breath the mean of the frames at end-expiration, and for
   the collapse of those in an inspiration of the same image; of a few frames the largest and,
   where the reviewer stands behind both, the smallest (`vena_cava`).
9. Where 5 to 8 leave several images or frames and the reviewer stands behind calipers on some,
   only those are considered. What is still not clear is asked, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.measuring.beats import Beats
from EchoMeasureLib.measuring.breathing import Manoeuvre
from EchoMeasureLib.measuring.examination import Rhythm
from EchoMeasureLib.measuring.formula_inputs import INPUTS, QUANTITIES, SMALLEST_IVC, Quantity
from EchoMeasureLib.measuring.measured import Measured
from EchoMeasureLib.measuring.rhythm import index_beats
from EchoMeasureLib.review.entries import Entry
from EchoMeasureLib.review.frame_beats import FrameBeats
from EchoMeasureLib.review.image_frames import by_frame, counting_entries, stood_behind
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.phase_frames import NO_MARKS, EntriesOf, Marks, PhaseFrames
from EchoMeasureLib.review.same_beats import beat_by_beat_of
from EchoMeasureLib.review.seen_beats import ALONE, BY_CHOICE, SeenBeat, measured_over, seen
from EchoMeasureLib.review.vena_cava import VenaCava
from EchoMeasureLib.rounding import frame_words, frames_words


class Counting:
    """The inputs of the formulae for one state of a review; made anew after each change.

    What rests on nothing that has changed since `earlier`, the state before, is taken from there.
    """

    def __init__(
        self,
        entries_of: EntriesOf,
        images: Mapping[str, ImageFacts],
        rhythm: Rhythm | None = None,
        marks: Marks = NO_MARKS,
        manoeuvre: Manoeuvre | None = None,
        earlier: Counting | None = None,
    ) -> None:
        """`rhythm`: what the reader says of it; atrial fibrillation asks for more beats.

        `manoeuvre`: how the person breathed while the vena cava was seen, as the reader says.
        """
        self._entries_of = entries_of
        self._rhythm = rhythm
        before = earlier._frames if earlier is not None else None
        self._frames: PhaseFrames = PhaseFrames(entries_of, images, marks, before)
        self._frame_beats = FrameBeats(images, self._frames)
        self._cava = VenaCava(images, manoeuvre)
        self._basis = (tuple(images.values()), rhythm, dict(marks), manoeuvre)
        self._counted: dict[str, tuple[Sequence[Entry], Measured]] = {}
        same = earlier is not None and earlier._basis == self._basis
        self._known = (
            earlier._counted
            if earlier is not None and same and self._frames.says_the_same(earlier._frames)
            else {}
        )

    def measured(self) -> dict[str, Measured]:
        """Every quantity by id, with a number or with what is missing."""
        found = {
            quantity.id: self._unless_known(
                quantity.id, quantity.measurement, partial(self._measure, quantity)
            )
            for quantity in QUANTITIES
        }
        largest = found["ivc_max"]
        smallest = partial(self._smallest_ivc, largest)
        found[SMALLEST_IVC] = self._unless_known(SMALLEST_IVC, "ivc", smallest)
        return found

    def beats(self, image: str) -> Beats:
        """The beats of an image, as marked and as found in its LVID calipers."""
        return self._frames.beats(image)

    def found_beats(self, image: str) -> Beats:
        """The same without the marks."""
        return self._frames.found(image)

    def phase_frames(self, image: str, phase: Phase, measurement: str) -> tuple[int, ...]:
        """The frames of an image that are taken as ED or ES: marked, chosen or found."""
        return self._frames.of(image, phase, measurement).frames

    def phase_of(self, entry: Entry) -> Phase | None:
        """The phase that the frame of a caliper is known to be in; None when it is not."""
        return self._frames.phase_of(entry)

    def _unless_known(self, id: str, measurement: str, count: Callable[[], Measured]) -> Measured:
        """As it was counted before, where the calipers of its measurement are the same."""
        entries = self._entries_of(measurement)
        known = self._known.get(id)
        if known is None or known[0] != entries:
            known = entries, count()
        self._counted[id] = known
        return known[1]

    def _measure(self, quantity: Quantity) -> Measured:
        entries = self._entries_of(quantity.measurement)
        if not entries:
            return _without(quantity, "")
        phase = quantity.output.phase
        chosen = [entry for entry in entries if entry.phase is phase]
        if CATALOG[quantity.measurement].on_strip:
            return self._on_strip(quantity, entries, chosen)
        if chosen:
            return self._over(quantity, self._frame_beats.on_frames(chosen, phase), BY_CHOICE)
        free = [entry for entry in entries if entry.phase is None]
        if not free:
            return _without(quantity, "its calipers are chosen for another phase")
        if phase is Phase.EXPIRATION:
            return self._largest(quantity, free)
        return self._at_phase(quantity, free)

    def _over(self, quantity: Quantity, beats: Sequence[SeenBeat], how: str = "") -> Measured:
        of_the_heart = not quantity.output.phase.of_breath
        rhythm = self._rhythm if of_the_heart else None
        if rhythm is Rhythm.AF:
            beats = self._with_index(beats, CATALOG[quantity.measurement].on_strip)
        return measured_over(quantity.id, quantity.output, beats, rhythm, how)

    def _with_index(self, beats: Sequence[SeenBeat], on_strip: bool) -> list[SeenBeat]:
        """With the index beats of each image told: by its ED, or on a strip by its peaks."""
        found: set[tuple[str, int]] = set()
        for image in dict.fromkeys(beat.image for beat in beats):
            here = [beat for beat in beats if beat.image == image]
            times = [beat.time_s for beat in here if beat.time_s is not None]
            if not on_strip:
                numbers = [n for n, beat in enumerate(self.beats(image).beats, 1) if beat.index]
            elif len(times) == len(here) and times == sorted(times):
                numbers = [here[place].number for place in index_beats(times)]
            else:
                numbers = []
            found |= {(image, number) for number in numbers}
        return [replace(beat, index=(beat.image, beat.number) in found) for beat in beats]

    # Strips

    def _on_strip(
        self, quantity: Quantity, entries: Sequence[Entry], chosen: Sequence[Entry]
    ) -> Measured:
        strips = by_frame(entries)
        picked = [at for at in strips if at in by_frame(chosen)]
        how = BY_CHOICE if picked else ""
        if not picked:
            picked = stood_behind(strips)
            if len(picked) > 1 and any(not entry.excluded for entry in entries):
                kind = "strips" if len({image for image, _ in picked}) > 1 else "frames"
                how = f"accept the one that counts, or leave out the other{'s' * (len(picked) > 2)}"
                return _without(quantity, f"{len(picked)} {kind} show it: {how}")
        return self._over(quantity, [b for at in picked for b in _strip_beats(strips[at])], how)

    # Frames

    def _at_phase(self, quantity: Quantity, free: Sequence[Entry]) -> Measured:
        """Rules 5 and 6."""
        phase = quantity.output.phase
        timed: dict[str, list[SeenBeat]] = {}
        untimed: list[Entry] = []
        beside: list[int] = []
        for image in dict.fromkeys(entry.image for entry in free):
            here = [entry for entry in free if entry.image == image]
            frames = self._frames.of(image, phase, quantity.measurement)
            if not frames.at:
                untimed += here
                continue
            found = [
                self._frame_beats.near(here, image, frame, number, phase)
                for frame, number in frames.at
            ]
            if any(beat.entries for beat in found):
                timed[image] = found
            else:
                beside += frames.frames
        if timed:
            return self._of_one_image(quantity, timed)
        if not untimed:
            where = frames_words(sorted(set(beside)))
            why = f"no caliper at {phase.words} ({where}), choose the frame"
            return _without(quantity, why)
        question = f"choose which frame is {phase.words}"
        usable = [entry for entry in untimed if not entry.excluded]
        if usable and len(CATALOG[quantity.measurement].outputs) > 1:
            why = self.beats(usable[0].image).reason if len(usable) > 1 else ""
            return _without(quantity, f"{question} ({why})" if why else question)
        return self._alone(quantity, untimed, question)

    def _of_one_image(self, quantity: Quantity, timed: Mapping[str, list[SeenBeat]]) -> Measured:
        counting = {
            image: beats for image, beats in timed.items() if any(not b.why_not for b in beats)
        }
        behind = [
            image
            for image, beats in counting.items()
            if any(entry.reviewed for beat in beats if not beat.why_not for entry in beat.entries)
        ]
        left = behind or list(counting) or list(timed)
        if len(left) > 1 and counting:
            word = quantity.output.phase.words
            return _without(quantity, f"{len(left)} images show {word}, choose the frame")
        return self._timed(quantity, left[0], timed[left[0]])

    def _timed(self, quantity: Quantity, image: str, beats: Sequence[SeenBeat]) -> Measured:
        phase = quantity.output.phase
        how = self._frames.of(image, phase, quantity.measurement).how
        found = self._over(quantity, beats, how)
        of_es = quantity.measurement == "lvid" and phase is Phase.ES
        return replace(found, warnings=self.beats(image).warnings) if of_es else found

    def _alone(self, quantity: Quantity, entries: Sequence[Entry], question: str) -> Measured:
        """The calipers of the only frame that has any, or of the only one that was reviewed."""
        frames = by_frame(entries)
        left = stood_behind(frames)
        if len(left) > 1 and any(not entry.excluded for entry in entries):
            return _without(quantity, question)
        there = [entry for at in left for entry in frames[at]]
        other = self._other_phase(quantity, there)
        if other is not None:
            at = frame_words(there[0].frame)
            return _without(quantity, f"{question} ({at} is at {other.words})")
        beats = self._frame_beats.on_frames(there, quantity.output.phase)
        found = self._over(quantity, beats, ALONE if len(beats[0].entries) == 1 else "")
        # Frames of which nobody knows the phase are no beats.
        return found if len(beats) == 1 else replace(found, beats=())

    def _other_phase(self, quantity: Quantity, there: Sequence[Entry]) -> Phase | None:
        """End-diastole for what is of end-systole, or the reverse, where their frame is known to
        be at it."""
        cycle, phase = (Phase.ED, Phase.ES), quantity.output.phase
        if phase not in cycle or not there:
            return None
        other = cycle[1 - cycle.index(phase)]
        image = there[0].image
        known = self._frames.of(image, other, quantity.measurement).at
        near = (self._frame_beats.near(there, image, *at, other) for at in known)
        return other if any(beat.entries for beat in near) else None

    # The inferior vena cava

    def _largest(self, quantity: Quantity, entries: Sequence[Entry]) -> Measured:
        usable = counting_entries(entries)
        if not usable:
            nothing = self._frame_beats.on_frames(entries, quantity.output.phase)
            return replace(self._over(quantity, nothing), beats=())
        images = {entry.image for entry in usable}
        if len(images) > 1:
            usable = [entry for entry in usable if entry.reviewed]
            images = {entry.image for entry in usable}
        if len(images) != 1:
            return _without(quantity, "choose which one counts")
        return self._cava.largest(usable)

    def _smallest_ivc(self, largest: Measured) -> Measured:
        usable = counting_entries(self._entries_of("ivc"))
        home = next((entry.image for entry in usable if entry.id in largest.entries), None)
        if largest.value is None or home is None:
            output = CATALOG["ivc"].outputs[0]
            return Measured(SMALLEST_IVC, INPUTS[SMALLEST_IVC], None, output.unit)
        return self._cava.smallest([e for e in usable if e.image == home], largest)


def _strip_beats(entries: Sequence[Entry]) -> list[SeenBeat]:
    return [
        seen(beat, number, beat[0].image, beat[0].frame, beat[0].caliper.strip_s)
        for number, beat in enumerate(beat_by_beat_of(entries), 1)
    ]


def _without(quantity: Quantity, why: str) -> Measured:
    return Measured(quantity.id, quantity.output.name, None, quantity.output.unit, missing=why)
