"""A formula beat by beat: its inputs of one and the same beat, never of two."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

from EchoMeasureLib.measuring.equations import NoAnswer
from EchoMeasureLib.measuring.formula import Numbers
from EchoMeasureLib.measuring.measured import BeatValue

Beats = Mapping[int, Sequence[BeatValue]]
"""What was seen of each beat of an image, by its number."""


def over_beats(
    inputs: Mapping[str, Sequence[BeatValue]],
    compute: Callable[[Numbers], float],
    name: Callable[[str], str],
) -> tuple[BeatValue, ...]:
    """The result of each beat, or why it has none; empty unless all inputs are of one image.

    `inputs`: the beats of each input by its id, of which `name` gives what people call it.
    """
    images = {beat.image for beats in inputs.values() for beat in beats}
    if len(images) != 1 or not all(inputs.values()):
        return ()
    seen = {id: _by_number(beats) for id, beats in inputs.items()}
    numbers = sorted({number for beats in seen.values() for number in beats})
    return tuple(_one(number, seen, compute, name) for number in numbers)


def shared_beats(inputs: Mapping[str, Sequence[BeatValue]]) -> set[int]:
    """The numbers of the beats in which every input counts, all being of one image."""
    counting = [{beat.number for beat in beats if beat.counts} for beats in inputs.values()]
    return set.intersection(*counting) if counting else set()


def _by_number(beats: Sequence[BeatValue]) -> Beats:
    found: dict[int, list[BeatValue]] = {}
    for beat in beats:
        found.setdefault(beat.number, []).append(beat)
    return found


def _one(
    number: int,
    seen: Mapping[str, Beats],
    compute: Callable[[Numbers], float],
    name: Callable[[str], str],
) -> BeatValue:
    parts = {id: beats.get(number, ()) for id, beats in seen.items()}
    there = [beat for beats in parts.values() for beat in beats]
    counting = {
        id: [beat for beat in beats if beat.counts and beat.value is not None]
        for id, beats in parts.items()
    }
    value, why = None, "; ".join(_missing(name(id), parts[id]) for id in parts if not counting[id])
    if not why:
        inputs = {id: fmean(_numbers(beats)) for id, beats in counting.items()}
        try:
            value = compute(inputs)
        except NoAnswer as reason:
            why = str(reason)
    # A number rests on what counts; of a beat without one everything is named.
    named = there if value is None else [beat for beats in counting.values() for beat in beats]
    entries = dict.fromkeys(entry for beat in named for entry in beat.entries)
    first = named[0]
    index = any(beat.index for beat in there)
    return BeatValue(
        number, first.image, first.frame, first.time_s, value, tuple(entries), why, index
    )


def _missing(name: str, beats: Sequence[BeatValue]) -> str:
    if not beats:
        return f"no {name} in this beat"
    return f"{name}: {beats[0].why_not or 'no number'}"


def _numbers(beats: Sequence[BeatValue]) -> list[float]:
    return [beat.value for beat in beats if beat.value is not None]
