"""Which frames of an image are end-diastole and end-systole, and of which beat."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.measuring.averaging import mean_over_beats
from EchoMeasureLib.measuring.beats import Beat, Beats, find_beats
from EchoMeasureLib.measuring.largest import LARGEST, at_r_waves, largest_frames
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.marks import Mark, marked_beats

EntriesOf = Callable[[str], Sequence[Entry]]
"""The entries of a measurement, on all images."""

Marks = Mapping[str, Collection[Mark]]
"""What the reviewer has marked, by the key of the image."""

NO_MARKS: Marks = MappingProxyType({})

AT_THE_R_WAVE = "at the R wave"
AT_ITS_LARGEST = "where it is largest"


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames of a phase, in time, each with the number of its beat, from 1."""

    at: tuple[tuple[int, int], ...] = ()
    how: str = ""
    """What they were taken by, where that is not the LVID or the reviewer."""

    @property
    def frames(self) -> tuple[int, ...]:
        return tuple(frame for frame, _ in self.at)


class PhaseFrames:
    """Frames that the reviewer marked or chose, else those of the beats found in the LVID.

    Where the clip has no such beat, ED is at its R waves, and what is largest at its phase is at
    it where it is. Of one state of a review.
    """

    def __init__(
        self,
        entries_of: EntriesOf,
        images: Mapping[str, ImageFacts],
        marks: Marks = NO_MARKS,
        earlier: PhaseFrames | None = None,
    ) -> None:
        """`earlier`: of the state before, whose beats hold where the LVID is as it was."""
        self._curves: dict[str, tuple[object, ...]] = {}
        """What the beats of each image were found in."""
        self._earlier = _nothing() if earlier is None else (earlier._curves, earlier._found)
        self._entries_of = entries_of
        self._images = images
        self._marks = marks
        self._found: dict[str, Beats] = {}
        self._beats: dict[str, Beats] = {}
        self._of: dict[tuple[str, Phase, str], Frames] = {}
        self._chosen = self._find_chosen()

    def beats(self, image: str) -> Beats:
        """The beats of an image, as marked and as found in its LVID calipers."""
        if image not in self._beats:
            marks, times = self._marks.get(image, ()), self._images[image].times
            self._beats[image] = marked_beats(self.found(image), marks, times)
        return self._beats[image]

    def found(self, image: str) -> Beats:
        """The beats as found, without what is marked."""
        if image not in self._found:
            facts = self._images[image]
            series, placed = self._curve(image, "lvid")
            curve = self._curves[image] = (series, placed, facts.times, facts.r_waves)
            curves, found = self._earlier
            if curves.get(image) == curve:
                self._found[image] = found[image]
            else:
                self._found[image] = find_beats(series, facts.times, facts.r_waves, placed)
        return self._found[image]

    def says_the_same(self, earlier: PhaseFrames) -> bool:
        """Whether every frame and beat that was asked of `earlier` is the same now.

        What of them rests on the curve of another measurement is not compared.
        """
        return self._chosen == earlier._chosen and all(
            image in self._images and self.beats(image) == beats
            for image, beats in earlier._beats.items()
        )

    def of(self, image: str, phase: Phase, measurement: str = "lvid") -> Frames:
        """The frames of this phase for a measurement; those of LVID are known by it alone."""
        key = image, phase, measurement
        if key not in self._of:
            found = self._known(image, phase)
            own = measurement != "lvid" and not found.at
            self._of[key] = self._own(image, phase, measurement) if own else found
        return self._of[key]

    def _known(self, image: str, phase: Phase) -> Frames:
        chosen = self._chosen.get((image, phase))
        marked = any(mark.phase is phase for mark in self._marks.get(image, ()))
        if chosen and not marked:
            numbered = ((frame, self.number(image, phase, frame)) for frame in sorted(chosen))
            return Frames(tuple(numbered))
        found = ((_frame(b, phase), n) for n, b in enumerate(self.beats(image).beats, 1))
        return Frames(tuple(sorted((frame, n) for frame, n in found if frame is not None)))

    def _own(self, image: str, phase: Phase, measurement: str) -> Frames:
        times = self._images[image].times
        if times is None or CATALOG[measurement].on_strip:
            return Frames()
        if phase is Phase.ED and (at := at_r_waves(times, self._images[image].r_waves)):
            return Frames(_in_order(at), AT_THE_R_WAVE)
        if LARGEST.get(measurement) is phase:
            series, placed = self._curve(image, measurement)
            found = largest_frames(series, times, placed)
            return Frames(_in_order(found), AT_ITS_LARGEST)
        return Frames()

    def number(self, image: str, phase: Phase, frame: int) -> int:
        """The number of the beat whose ED or ES is nearest to a frame."""
        beats = self.beats(image).beats or _in_turn(
            self._chosen.get((image, Phase.ED), set()), self._chosen.get((image, Phase.ES), set())
        )
        found = ((_frame(beat, phase), n) for n, beat in enumerate(beats, 1))
        away = [(abs(at - frame), n) for at, n in found if at is not None]
        return min(away)[1] if away else 1

    def phase_of(self, entry: Entry) -> Phase | None:
        """The phase that the frame of a caliper is known to be in; None when it is not.

        What the reviewer chose, else ED or ES where a caliper of that frame was chosen
        for it, or where the beats have it, whatever the measurement is made in.
        """
        if entry.phase is not None:
            return entry.phase
        cycle = (Phase.ED, Phase.ES)
        image, id = entry.image, entry.measurement
        return next((p for p in cycle if entry.frame in self.of(image, p, id).frames), None)

    def _curve(self, image: str, measurement: str) -> tuple[dict[int, float], list[int]]:
        """A diameter by frame, and the frames on which a person placed it.

        A beat that is left out, even rejected, is still where it is.
        """
        by_frame: dict[int, list[Entry]] = {}
        for entry in self._entries_of(measurement):
            there = entry.status is not Status.REJECTED or bool(entry.left_out)
            sound = there and not entry.caliper.excluded
            if entry.image == image and sound:
                by_frame.setdefault(entry.frame, []).append(entry)
        placed = [f for f, here in by_frame.items() if any(e.reviewed for e in here)]
        return {frame: _diameter(here) for frame, here in by_frame.items()}, placed

    def _find_chosen(self) -> dict[tuple[str, Phase], set[int]]:
        frames: dict[tuple[str, Phase], set[int]] = {}
        for row in CATALOG.values():
            for entry in self._entries_of(row.id):
                if entry.phase is not None and entry.status is not Status.REJECTED:
                    frames.setdefault((entry.image, entry.phase), set()).add(entry.frame)
        return frames


def _nothing() -> tuple[dict[str, tuple[object, ...]], dict[str, Beats]]:
    """Of a state before which there was none."""
    return {}, {}


def _diameter(here: Sequence[Entry]) -> float:
    counting = [entry for entry in here if entry.reviewed] or here
    return mean_over_beats([[entry.caliper for entry in counting]], here[0].measurement)


def _in_order(frames: Iterable[int]) -> tuple[tuple[int, int], ...]:
    return tuple((frame, number) for number, frame in enumerate(frames, 1))


def _frame(beat: Beat, phase: Phase) -> int | None:
    return beat.ed if phase is Phase.ED else beat.es


def _in_turn(ed_frames: Iterable[int], es_frames: Iterable[int]) -> list[Beat]:
    """Beats from an ED each, with the ES between it and the next."""
    beats: list[Beat] = []
    events = sorted([(frame, True) for frame in ed_frames] + [(f, False) for f in es_frames])
    for frame, is_ed in events:
        if is_ed:
            beats.append(Beat(frame, None))
        elif beats and beats[-1].es is None:
            beats[-1] = Beat(beats[-1].ed, frame)
        else:
            beats.append(Beat(None, frame))
    return beats
