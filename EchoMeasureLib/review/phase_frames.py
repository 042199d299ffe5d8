"""Which frames of an image are end-diastole and end-systole, and of which beat."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from EchoMeasureLib.catalog import CATALOG, Phase
from EchoMeasureLib.measuring.averaging import mean_over_beats
from EchoMeasureLib.measuring.beats import Beat, Beats, find_beats
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.marks import Mark, marked_beats

EntriesOf = Callable[[str], Sequence[Entry]]
"""The entries of a measurement, on all images."""


Marks = Mapping[str, Collection[Mark]]
"""What the reviewer has marked, by the key of the image."""

NO_MARKS: Marks = MappingProxyType({})


class PhaseFrames:
    """Frames that the reviewer marked or chose, else those of the beats found in the LVID.

    Of one state of a review.
    """

    def __init__(
        self, entries_of: EntriesOf, images: Mapping[str, ImageFacts], marks: Marks = NO_MARKS
    ) -> None:
        self._entries_of = entries_of
        self._images = images
        self._marks = marks
        self._found: dict[str, Beats] = {}
        self._beats: dict[str, Beats] = {}
        self._of: dict[tuple[str, Phase], tuple[tuple[int, int], ...]] = {}
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
            by_frame = self._lvid_of(image)
            series = {frame: _diameter(here) for frame, here in by_frame.items()}
            placed = [f for f, here in by_frame.items() if any(e.reviewed for e in here)]
            self._found[image] = find_beats(series, facts.times, facts.r_waves, placed)
        return self._found[image]

    def of(self, image: str, phase: Phase) -> tuple[tuple[int, int], ...]:
        """The frames of this phase, each with the number of its beat, from 1, in time."""
        if (image, phase) not in self._of:
            self._of[image, phase] = self._find(image, phase)
        return self._of[image, phase]

    def _find(self, image: str, phase: Phase) -> tuple[tuple[int, int], ...]:
        chosen = self._chosen.get((image, phase))
        marked = any(mark.phase is phase for mark in self._marks.get(image, ()))
        if chosen and not marked:
            return tuple((frame, self.number(image, phase, frame)) for frame in sorted(chosen))
        found = ((_frame(b, phase), n) for n, b in enumerate(self.beats(image).beats, 1))
        return tuple(sorted((frame, n) for frame, n in found if frame is not None))

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
        found = (p for p in cycle if entry.frame in (f for f, _ in self.of(entry.image, p)))
        return next(found, None)

    def _lvid_of(self, image: str) -> dict[int, list[Entry]]:
        """The LVID calipers of each frame. A beat that is left out is still where it is."""
        by_frame: dict[int, list[Entry]] = {}
        for entry in self._entries_of("lvid"):
            sound = entry.status is not Status.REJECTED and not entry.caliper.excluded
            if entry.image == image and sound:
                by_frame.setdefault(entry.frame, []).append(entry)
        return by_frame

    def _find_chosen(self) -> dict[tuple[str, Phase], set[int]]:
        frames: dict[tuple[str, Phase], set[int]] = {}
        for row in CATALOG.values():
            for entry in self._entries_of(row.id):
                if entry.phase is not None and entry.status is not Status.REJECTED:
                    frames.setdefault((entry.image, entry.phase), set()).add(entry.frame)
        return frames


def _diameter(here: Sequence[Entry]) -> float:
    counting = [entry for entry in here if entry.reviewed] or here
    return mean_over_beats([[entry.caliper for entry in counting]], "lvid")


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
