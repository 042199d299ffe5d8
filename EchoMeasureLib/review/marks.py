"""Frames that the reviewer has marked as ED or ES: they take the place of what was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.measuring.beats import Beat, Beats
from EchoMeasureLib.measuring.rhythm import HeartRhythm, heart_rhythm

FRAMES_PER_S = 30.0
"""Where frames have no times, as `find_beats` takes them."""

OF_THE_SLOT_S = 0.5
"""Between two ES lies one ED: a mark there moves the one that was found, so far away or nearer."""

AT_THE_BORDER_S = 0.3
"""Before the first and after the last ES there may be none: farther away is another beat."""

BY_THE_REVIEWER = "the reviewer"


class Mark(NamedTuple):
    """One frame of an image that is ED or ES because the reviewer says so."""

    frame: int
    phase: Phase


def remarked(
    found: Beats, marks: Iterable[Mark], mark: Mark, times: Sequence[float] | None
) -> frozenset[Mark]:
    """The marks of an image after one more: it is taken back where it is there already.

    It replaces the mark of the same beat, and any other of its frame. `found` without marks.
    """
    before = frozenset(marks)
    if mark in before:
        return before - {mark}
    others = {other for other in before if other.frame != mark.frame}
    events = _with_marks(_events(found.beats), others, times)
    replaced = _target(mark, [event for event in events if event.marked], events, times)
    if replaced is not None:
        others.discard(Mark(replaced.frame, replaced.phase))
    return frozenset({*others, mark})


def marked_beats(found: Beats, marks: Iterable[Mark], times: Sequence[float] | None) -> Beats:
    """The beats with every marked ED and ES in its place; marks alone make beats too."""
    marks = frozenset(marks)
    if not marks:
        return found
    beats = _paired(_with_marks(_events(found.beats), marks, times), found.beats)
    whole = any(beat.complete for beat in beats)
    source = " and ".join(word for word in (found.source, BY_THE_REVIEWER) if word)
    return replace(
        found,
        beats=beats,
        reason="" if whole else found.reason or "no beat has both its ED and its ES marked",
        source=source,
        rhythm=_rhythm(found, beats, times),
    )


@dataclass(frozen=True, slots=True)
class _Event:
    frame: int
    phase: Phase
    home: int | None = None
    """Which of the beats that were found it belongs to."""
    marked: bool = False


_Pair = tuple[_Event | None, _Event | None]
"""An ED and its ES."""


def _events(beats: Sequence[Beat]) -> list[_Event]:
    found = [
        _Event(frame, phase, home)
        for home, beat in enumerate(beats)
        for frame, phase in ((beat.ed, Phase.ED), (beat.es, Phase.ES))
        if frame is not None
    ]
    return sorted(found, key=lambda event: event.frame)


def _with_marks(
    events: list[_Event], marks: Iterable[Mark], times: Sequence[float] | None
) -> list[_Event]:
    for mark in sorted(marks):
        here = next((e for e in events if e.frame == mark.frame), None)
        events = [event for event in events if event.frame != mark.frame]
        moved = here if here is not None and here.phase is mark.phase else None
        if moved is None:
            free = [event for event in events if not event.marked]
            moved = _target(mark, free, events, times)
        new = _Event(*mark, moved.home if moved else None, marked=True)
        events = sorted([*(e for e in events if e is not moved), new], key=lambda e: e.frame)
    return events


def _target(
    mark: Mark,
    candidates: Sequence[_Event],
    events: Sequence[_Event],
    times: Sequence[float] | None,
) -> _Event | None:
    """Which ED or ES a mark moves: the nearest one with nothing of the other kind between."""
    others = [event.frame for event in events if event.phase is not mark.phase]
    before = max((frame for frame in others if frame < mark.frame), default=None)
    after = min((frame for frame in others if frame > mark.frame), default=None)
    reach = AT_THE_BORDER_S if before is None or after is None else OF_THE_SLOT_S
    now = _seconds(mark.frame, times)
    near = [
        (abs(_seconds(event.frame, times) - now), event.frame, event)
        for event in candidates
        if event.phase is mark.phase
        and (before is None or event.frame > before)
        and (after is None or event.frame < after)
    ]
    away, _, nearest = min(near, key=lambda item: item[:2], default=(0.0, 0, None))
    return nearest if away <= reach else None


def _paired(events: Sequence[_Event], found: Sequence[Beat]) -> tuple[Beat, ...]:
    """Each ED with the ES after it; either alone where the other is missing."""
    pairs: list[_Pair] = []
    for event in events:
        if event.phase is Phase.ED:
            pairs.append((event, None))
        elif pairs and pairs[-1][0] is not None and pairs[-1][1] is None:
            pairs[-1] = (pairs[-1][0], event)
        else:
            pairs.append((None, event))
    if not any(ed and es for ed, es in pairs):
        pairs = _filling(pairs)
    return tuple(_beat(ed, es, found) for ed, es in pairs)


def _filling(alone: Sequence[_Pair]) -> list[_Pair]:
    """A clip without a whole systole: each ES with the ED that follows it, as `find_beats`."""
    pairs: list[_Pair] = []
    for ed, es in alone:
        if ed is not None and pairs and pairs[-1][0] is None:
            pairs[-1] = (ed, pairs[-1][1])
        else:
            pairs.append((ed, es))
    return pairs


def _beat(ed: _Event | None, es: _Event | None, found: Sequence[Beat]) -> Beat:
    homes = [event.home for event in (ed, es) if event is not None and event.home is not None]
    frames = (None if ed is None else ed.frame), (None if es is None else es.frame)
    if not homes:
        return Beat(*frames)
    return replace(found[homes[0]], ed=frames[0], es=frames[1])


def _rhythm(found: Beats, beats: Sequence[Beat], times: Sequence[float] | None) -> HeartRhythm:
    """R waves tell the rhythm whatever is marked; else the ED that are known now do."""
    if times is None or "R waves" in found.source:
        return found.rhythm
    return heart_rhythm([times[beat.ed] for beat in beats if beat.ed is not None])


def _seconds(frame: int, times: Sequence[float] | None) -> float:
    return frame / FRAMES_PER_S if times is None else times[frame]
