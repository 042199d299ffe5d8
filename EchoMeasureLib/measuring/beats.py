"""End-diastole and end-systole from the left ventricular diameter of every frame.

End-diastole (ED) is the frame with the largest diameter, near the R wave where there is one;
end-systole (ES) the one with the smallest before the next ED (ASE/EACVI 2015). A frame counts
only where the curve is seen to turn: at a border of the clip it may go on. Frames are found
on a smoothed curve in real time; whoever wants a number takes the caliper of the frame that
was found, unsmoothed.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.measuring.cycle import SYSTOLE_S, Event, find_events
from EchoMeasureLib.measuring.rhythm import HeartRhythm, alike, rhythm_of
from EchoMeasureLib.measuring.smoothing import FEWEST
from EchoMeasureLib.measuring.turns import Curve, measured_curve

MAX_SPACING_S = 0.1
"""With fewer measured frames per second a systole of 0.3 s cannot be seen."""
MIN_EXCURSION = 0.05
"""Share of the mean diameter that the curve must move; less is no heartbeat."""
MIN_SIGNAL = 8.0
"""The movement against the standard deviation of single frames; less is noise."""
MAX_ROUGHNESS = 0.9
"""Steps from frame to frame against the whole (`Curve.roughness`); a beat in 12 frames has 0.4."""
FEWEST_FRAMES, FEW_FRAMES = 12, 20
"""Frames per beat with which ES can be seen, and with which it is seen well."""
FEWEST_IN_SYSTOLE, FEW_IN_SYSTOLE = 5, 8
"""The same from ED to ES, where the clip shows no beat from end to end."""
FILLING_S = (0.08, 1.7)
"""Shortest and longest time from ES to ED."""
RR_S = (0.25, 2.4)
"""Shortest and longest beat."""
HIDDEN_S = 0.15
"""In a longer time without a diameter a whole ED or ES may hide."""


@dataclass(frozen=True, slots=True)
class Beat:
    """One end-diastole and the end-systole that follows it, as frame indices.

    Either may lie outside the clip or where nothing is measured; what is there still counts,
    an ED for LVIDd and an ES for LVIDs. In a clip that shows no systole from end to end the
    ES is that before the ED.
    """

    ed: int | None
    es: int | None
    index: bool = False
    """Whether it follows two alike RR: the index beat of atrial fibrillation."""

    @property
    def complete(self) -> bool:
        """Whether its whole movement is seen, so that the pair may give EF and FS."""
        return not self.why_not

    @property
    def why_not(self) -> str:
        """Why it gives no EF and FS; empty where it does."""
        missing = [
            phase.words
            for phase, frame in ((Phase.ED, self.ed), (Phase.ES, self.es))
            if frame is None
        ]
        return f"its {' and '.join(missing)} is not seen" if missing else ""


@dataclass(frozen=True, slots=True)
class Beats:
    """The beats of a cine, in time."""

    beats: tuple[Beat, ...]
    reason: str = ""
    """Why no beat is complete; empty where one is."""
    source: str = ""
    """What ED was found by: "R waves" or "diameter"."""
    rhythm: HeartRhythm = field(default_factory=HeartRhythm)
    """Rate and rhythm of the beats; empty without frame times."""
    warnings: tuple[str, ...] = ()
    """Sentences to be read beside the numbers, such as that there are few frames per beat."""

    @property
    def complete(self) -> tuple[Beat, ...]:
        """The beats that may give EF and FS."""
        return tuple(beat for beat in self.beats if beat.complete)

    @property
    def ed_frames(self) -> tuple[int, ...]:
        """The end-diastoles that are in the clip."""
        return tuple(beat.ed for beat in self.beats if beat.ed is not None)

    @property
    def es_frames(self) -> tuple[int, ...]:
        """The end-systoles that are in the clip."""
        return tuple(sorted(beat.es for beat in self.beats if beat.es is not None))


def find_beats(
    diameters: Mapping[int, float],
    times: Sequence[float] | None,
    r_waves: Sequence[float] = (),
    trusted: Collection[int] = (),
) -> Beats:
    """The beats of a cine from its diameters by frame, in any unit.

    `times` gives the seconds of every frame of the cine, `r_waves` the seconds of
    the R waves. Frames without a diameter are simply not there; single frames that stand
    out of their neighbours are left aside, but for the `trusted` ones, which a person placed.
    Without times the shape of the curve alone decides, as if the frames were 1/30 s apart.
    """
    # Without times only the smoothing and the limits below need a scale; no result carries it.
    clock = {i: i / 30.0 for i in diameters} if times is None else times
    curve = measured_curve(diameters, clock, trusted)
    if curve is None:
        return Beats((), _too_few(diameters, clock))
    if curve.spacing > MAX_SPACING_S:
        every = f"LVID is measured every {curve.spacing:.2f} s only"
        return Beats((), f"{every}, too seldom to see a beat")
    if curve.span < MIN_EXCURSION * float(np.mean(curve.smooth)):
        return Beats((), "LVID hardly changes; no heartbeat is seen")
    signal = curve.span >= MIN_SIGNAL * curve.noise and curve.roughness <= MAX_ROUGHNESS
    waves = [] if times is None else _usable(r_waves, curve)
    if not (signal and curve.steady):
        few = _frames_words(*_frames_per_beat(curve, np.diff(waves).tolist(), ()))[0]
        return Beats((), few or "LVID jumps from frame to frame: noise, or too few frames per beat")
    events, by_waves = find_events(curve, waves)
    return _beats(curve, events, waves if by_waves else [], times is not None)


def _too_few(diameters: Mapping[int, float], clock: Mapping[int, float] | Sequence[float]) -> str:
    if len({clock[i] for i in diameters}) < min(len(diameters), FEWEST):
        return "the frame times do not rise"
    return f"LVID is measured on {len(diameters)} frame(s); {FEWEST} are needed"


def _usable(r_waves: Sequence[float], curve: Curve) -> list[float]:
    """The R waves of the measured part of the clip, rising; none where they cannot be beats."""
    first, last = curve.clock[0] - curve.spacing, curve.clock[-1] + curve.spacing
    waves = sorted({float(wave) for wave in r_waves if first <= wave <= last})
    sound = all(RR_S[0] <= b - a <= RR_S[1] for a, b in itertools.pairwise(waves))
    return waves if sound else []


def _beats(curve: Curve, events: Sequence[Event], waves: Sequence[float], timed: bool) -> Beats:
    """The events as beats, with rate and rhythm, and with what cannot be said."""
    rr = _intervals(curve, events, waves)
    pairs = _pairs(events)
    frames = _frames_per_beat(curve, [interval.rr for interval in rr], pairs)
    reason, warnings = _frames_words(*frames)
    if reason:
        pairs = [(ed, None) for ed, _ in pairs if ed is not None]
    whole = any(ed is not None and es is not None for ed, es in pairs)
    return Beats(
        tuple(
            Beat(
                None if ed is None else int(curve.frames[ed.turn.at]),
                None if es is None else int(curve.frames[es.turn.at]),
                timed and ed is not None and _after_alike(rr, ed.time),
            )
            for ed, es in pairs
        ),
        "" if whole else reason or _why_none(curve, events),
        ("R waves" if waves else "diameter") if pairs else "",
        rhythm_of([interval.rr for interval in rr]) if timed else HeartRhythm(),
        warnings if whole else (),
    )


@dataclass(frozen=True, slots=True)
class _Interval:
    """From one beat to the next, s."""

    start: float
    end: float

    @property
    def rr(self) -> float:
        return self.end - self.start


def _intervals(
    curve: Curve, events: Sequence[Event], waves: Sequence[float]
) -> tuple[_Interval, ...]:
    """From R wave to R wave, else from ED to ED, else from ES to ES; never over a gap."""
    hidden = [(a, b) for a, b in itertools.pairwise(curve.clock.tolist()) if b - a > HIDDEN_S]
    for largest in (True, False):
        marks = [(e.time, e.sure) for e in events if e.turn.largest is largest]
        known = set(waves) if largest else set()
        marks = sorted(
            {*((wave, True) for wave in known), *(m for m in marks if m[0] not in known)}
        )
        found = tuple(
            _Interval(start, end)
            for (start, sure), (end, also) in itertools.pairwise(marks)
            if sure
            and also
            and RR_S[0] <= end - start <= RR_S[1]
            and ({start, end} <= known or not any(start < b and a < end for a, b in hidden))
        )
        if found:
            return found
    return ()


def _after_alike(rr: Sequence[_Interval], time: float) -> bool:
    """Whether the two RR before this time are known and alike."""
    own = next((interval for interval in rr if interval.end == time), None)
    earlier = own and next((interval for interval in rr if interval.end == own.start), None)
    return bool(own and earlier and alike(earlier.rr, own.rr))


_Pair = tuple[Event | None, Event | None]


def _pairs(events: Sequence[Event]) -> list[_Pair]:
    """Each sure ED with the sure ES after it; either alone where the other is not sure."""
    pairs: list[_Pair] = []
    for number, event in enumerate(events):
        if not event.sure:
            continue
        before = events[number - 1] if number else None
        if event.turn.largest:
            pairs.append((event, None))
        elif before and before.sure and _lasts(before, event, SYSTOLE_S):
            pairs[-1] = (before, event)
        else:
            pairs.append((None, event))
    if not any(ed and es for ed, es in pairs):
        return _filling(events) or pairs
    return pairs


def _filling(events: Sequence[Event]) -> list[_Pair]:
    """An ES with the ED after it: the movement of a clip without a whole systole."""
    return [
        (ed, es)
        for es, ed in itertools.pairwise(events)
        if es.sure and ed.sure and ed.turn.largest and _lasts(es, ed, FILLING_S)
    ]


def _lasts(first: Event, second: Event, limits: tuple[float, float]) -> bool:
    return limits[0] <= second.turn.time - first.turn.time <= limits[1]


def _frames_per_beat(
    curve: Curve, rr: Sequence[float], pairs: Sequence[_Pair]
) -> tuple[float | None, float | None]:
    """Measured frames per beat; where no beat is seen from end to end, from ED to ES."""
    if rr:
        return float(np.mean(rr)) / curve.spacing, None
    whole = [abs(es.turn.time - ed.turn.time) for ed, es in pairs if ed and es]
    return None, float(np.mean(whole)) / curve.spacing if whole else None


def _frames_words(beat: float | None, half: float | None) -> tuple[str, tuple[str, ...]]:
    """Why ES cannot be seen, or what to say beside the numbers."""
    if beat is not None:
        count, fewest, few, what = beat, FEWEST_FRAMES, FEW_FRAMES, "per beat"
    elif half is not None:
        count, fewest, few = half, FEWEST_IN_SYSTOLE, FEW_IN_SYSTOLE
        what = "between end-diastole and end-systole"
    else:
        return "", ()
    # A rate is known to a few digits: 11.9 frames are 12.
    whole = math.floor(count + 0.1)
    shown = f"{whole} frames {what}"
    if whole < fewest:
        return f"{shown}: too few to see end-systole", ()
    if whole < few:
        return "", (f"{shown}: end-systole may lie between two of them, EF and FS be too low.",)
    return "", ()


def _why_none(curve: Curve, events: Sequence[Event]) -> str:
    """Why no beat is complete."""
    if any(event.turn.gap for event in events):
        return "LVID is not measured on the frames around end-diastole or end-systole"
    missing = [
        word
        for word, largest in (("end-diastole", True), ("end-systole", False))
        if not any(event.sure for event in events if event.turn.largest is largest)
    ]
    if missing:
        return f"the clip holds no {' and no '.join(missing)} that is seen from both sides"
    return "the clip holds no end-diastole with an end-systole after it"
