"""Which wave of a spectral strip is which: E and A, e', a' and s', systolic jets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Side
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.measuring.envelope import sides
from EchoMeasureLib.measuring.envelope.beat_length import find_beat_length
from EchoMeasureLib.measuring.envelope.beat_search import Beats, Doubles, Sighting, find_beats_of
from EchoMeasureLib.measuring.envelope.edges import Edges
from EchoMeasureLib.measuring.envelope.incomplete import INCOMPLETE
from EchoMeasureLib.measuring.envelope.mirrors import without_images
from EchoMeasureLib.measuring.envelope.named_wave import NamedWave
from EchoMeasureLib.measuring.envelope.reading import StripReading
from EchoMeasureLib.measuring.envelope.timelines import SLOTS, Seconds, WaveKind, WaveName
from EchoMeasureLib.measuring.envelope.tops import MARKED
from EchoMeasureLib.measuring.envelope.turned_over import TURNED_OVER, may_be_turned_over
from EchoMeasureLib.measuring.envelope.unsure_names import (
    alike,
    far_lower,
    not_isovolumic,
    one_or_two,
    seen_in_part,
)
from EchoMeasureLib.measuring.envelope.vote import MOST_DOUBT
from EchoMeasureLib.measuring.envelope.waves import BORDER_MS, Wave

NAMED, LEAST, SURE = 0.5, 0.15, 0.9
"""Probability from which a place in the beat has a wave, from which a summit takes part in that,
and share of it from which its name is sure."""

UNLIKELY = 0.02
"""No place in a beat is taken for surer, nor for less likely, than by so much."""

LOW, OVER_CLUTTER = 0.22, 1.7
"""Share of the highest of its side that a wave has at least, or it is clutter; and how often it is
as high as what is there a quarter of the time."""

AT_REST = 0.5
"""Share of its height that is seen on the other side of the baseline at the peak of what is no wave
of tissue: a band that moves leaves the baseline, one that rests lies on both sides of it."""

NOT_CLEAR = "It is not seen clearly."
AT_END = "The trace ends beside it, and its peak may lie beyond that."

MEASURED = (WaveName.JET, WaveName.E, WaveName.E_PRIME)
"""What a strip of each kind is measured for in the first place."""


def wave_kind(measurement: str) -> WaveKind:
    """What the strips of a Doppler measurement of the catalog show.

    Raises `InvalidArgument` for an id that is none.
    """
    row = CATALOG.get(measurement)
    if row is None or row.side is None:
        raise InvalidArgument(
            f"'{measurement}' is no velocity of a Doppler strip.",
            f"Known: {', '.join(id for id, known in CATALOG.items() if known.side)}.",
        )
    if row.side is Side.ABOVE:
        return WaveKind.INFLOW
    return WaveKind.TISSUE if "tissue" in row.mode else WaveKind.JET


def name_waves(
    reading: StripReading, kind: WaveKind, r_waves: Sequence[float] = ()
) -> tuple[NamedWave, ...]:
    """The waves of a strip that have a name, from left to right.

    `r_waves`: columns (source pixels) of R waves, where they are known; else beats are as long as
    `find_beat_length` says. Beside that they are laid so that the waves of both sides fit the order
    and times of a heart's beat. What fits no place in it is left out:
    clutter, clicks, other flow. A wave that may have two names, is cut by the strip's edge, is not
    seen clearly or is unlike the same wave of other beats has `unsure` set; take it only with its
    words.
    """
    waves = without_images(reading)
    if not waves or not reading.region.delta[1]:
        return ()
    per_px = reading.sides[0][0].seconds_per_px
    left = reading.sides[0][0].left
    width = reading.sides[0][0].grey.shape[1]
    sightings = _sightings(reading, waves, per_px)
    beat = find_beat_length(reading, r_waves)
    lay = partial(
        find_beats_of,
        slots=SLOTS[kind],
        length=width * per_px,
        period=beat.seconds,
        r_waves=[(column - left) * per_px for column in r_waves or beat.r_waves],
    )
    beats = lay(sightings)

    def turned() -> tuple[Beats, Callable[[], Sequence[Wave]]]:
        opposite = [replace(one, sign=-one.sign) for one in sightings]
        others = lay(opposite)
        return others, lambda: _sure(_told(reading, waves, kind, opposite, others), MEASURED)

    found = _told(reading, waves, kind, sightings, beats)
    if may_be_turned_over(kind, _sure(found), waves, beats, turned):
        found = [replace(one, unsure_name=one.unsure_name or TURNED_OVER) for one in found]
    found = not_isovolumic(reading, found)
    first = min((wave.beat for wave in found), default=0)
    return tuple(replace(wave, beat=wave.beat - first) for wave in found)


def _told(
    reading: StripReading,
    waves: Sequence[Wave],
    kind: WaveKind,
    sightings: Sequence[Sighting],
    beats: Beats,
) -> list[NamedWave]:
    """The waves that have a name in these beats."""
    floor = {side.up: _floor(side, edges) for side, edges in reading.sides}
    high = [
        number
        for number, (sighting, wave) in enumerate(zip(sightings, waves, strict=True))
        if sighting.height >= LOW and wave.top.height >= OVER_CLUTTER * floor[wave.up]
        if kind is not WaveKind.TISSUE or not _rests(reading, wave)
    ]
    per_px = reading.sides[0][0].seconds_per_px
    found = _named(reading, [waves[n] for n in high], kind, beats, beats.places[high], per_px)
    found = alike(far_lower(one_or_two(found, kind, beats), waves))
    return seen_in_part(reading, found) if reading.continuous else found


def _sure(found: Sequence[NamedWave], names: Sequence[WaveName] = tuple(WaveName)) -> list[Wave]:
    return [one.wave for one in found if one.name in names and not one.unsure]


def _sightings(reading: StripReading, waves: Sequence[Wave], per_px: float) -> list[Sighting]:
    left = reading.sides[0][0].left
    heights = {up: [w.top.height for w in waves if w.up is up] for up in (True, False)}
    highest = {up: _second(of) for up, of in heights.items()}
    return [
        Sighting((w.peak - left) * per_px, _sign(reading, w.up), w.top.height / highest[w.up])
        for w in waves
    ]


def _floor(side: sides.Side, edges: Edges) -> float:
    return float(np.percentile(edges.smooth[side.written], 25))


def _rests(reading: StripReading, wave: Wave) -> bool:
    """Whether the tissue does not move while a wave has its peak."""
    opposite = reading.side(not wave.up)
    if opposite is None:
        return False
    side, edges = opposite
    beyond = float(edges.smooth[round(wave.peak) - side.left])
    return beyond >= AT_REST * wave.top.height


def _second(heights: Sequence[float]) -> float:
    """The second highest: the highest may be no wave at all."""
    return sorted(heights)[-2:][0] if heights else 1.0


def _sign(reading: StripReading, up: bool) -> int:
    return 1 if up is (reading.region.delta[1] < 0) else -1


def _named(
    reading: StripReading,
    waves: Sequence[Wave],
    kind: WaveKind,
    beats: Beats,
    places: Doubles,
    per_px: float,
) -> list[NamedWave]:
    slots = SLOTS[kind]
    own = [number for number, slot in enumerate(slots) if slot.name is not None]
    candidates: dict[tuple[int, int], list[tuple[float, float, Wave]]] = {}
    # E and A of a fast heart do run into one wave.
    one_in_two = kind is WaveKind.TISSUE and beats.length_known
    for wave, odds in zip(waves, places[:, own], strict=True):
        total, best = float(odds.sum()), int(odds.argmax())
        if total < LEAST:
            continue
        time = (wave.peak - reading.sides[0][0].left) * per_px
        beat = _beat_at(beats.starts, time, slots[own[best]].after)
        candidates.setdefault((beat, best), []).append((total, _share(odds, one_in_two), wave))
    found = []
    for (beat, best), same in candidates.items():
        # An uneven top has several summits: together they are the wave, and the highest its peak.
        if sum(total for total, _, _ in same) < NAMED:
            continue
        likely = max(total for total, _, _ in same)
        likeliest = [one for one in same if one[0] >= 0.3 * likely]
        # A click may stand higher than its jet.
        whole = [one for one in likeliest if not one[2].incomplete]
        _, share, wave = max(whole or likeliest, key=lambda one: one[2].top.height)
        name = slots[own[best]].name
        assert name is not None
        named = _one(reading, wave, name, beat, share)
        if share < SURE and not named.unsure_name:
            odds = places[waves.index(wave)][own]
            others = [slots[own[n]].name for n in np.argsort(odds)[::-1][:2]]
            words = " or ".join(other.value for other in others if other is not None)
            named = replace(named, unsure_name=f"The strip does not say whether it is {words}.")
        found.append(named)
    return sorted(found, key=lambda named: named.wave.peak)


def _share(odds: Doubles, one_in_two: bool) -> float:
    """Probability that a wave with these probabilities to fill each place has the likeliest one.

    Places are filled each by itself, so that in a fast beat one wave may fill two at once. As far
    as they add up to more than one it does, and where it is one of them (`one_in_two`), not both in
    one, the odds of the two say which.
    """
    total, best = float(odds.sum()), float(odds.max())
    if total <= 1 or not one_in_two:
        return best / total
    second = float(np.sort(odds)[-2])
    both = min(total - 1, second)
    sure, other = (min(max(one, UNLIKELY), 1 - UNLIKELY) for one in (best, second))
    sure, other = sure / (1 - sure), other / (1 - other)
    return best - both + both * sure / (sure + other)


def _one(reading: StripReading, wave: Wave, name: WaveName, beat: int, share: float) -> NamedWave:
    region = reading.region.with_baseline(reading.baseline)
    velocity = region.value_at(PixelPoint(wave.peak, wave.row))[1]
    assert velocity is not None  # with a baseline there is one
    times = _seconds(reading, wave.onset), _seconds(reading, wave.peak), _seconds(reading, wave.end)
    why = ""
    if wave.cut:
        why = "It reaches the strip's edge, so its peak is not on the picture."
    elif wave.incomplete:
        why = INCOMPLETE
    elif wave.top.marked:
        why = MARKED
    elif wave.top.doubt > MOST_DOUBT:
        why = NOT_CLEAR
    name_why = "" if _whole_in_time(reading, wave) else AT_END
    if wave.top.doubt > MOST_DOUBT and not wave.cut and not wave.top.marked:
        name_why = NOT_CLEAR  # it may be no wave
    clear = max(0.0, 1 - wave.top.doubt / (2 * MOST_DOUBT)) * (not wave.cut and not wave.incomplete)
    return NamedWave(name, beat, wave, velocity, *times, clear * share, name_why, why)


def _whole_in_time(reading: StripReading, wave: Wave) -> bool:
    """Whether a wave has its peak so far from where the trace ends that it is its own."""
    found = reading.side(wave.up)
    assert found is not None  # the wave was read there
    side, border = found[0], found[0].columns(BORDER_MS)
    return side.shows(wave.peak - side.left - border, wave.peak - side.left + border)


def _seconds(reading: StripReading, column: float) -> float | None:
    """From the strip's left edge to a column."""
    left = PixelPoint(reading.sides[0][0].left, 0)
    return reading.region.interval(left, PixelPoint(column, 0))


def _beat_at(starts: Sequence[float], time: float, after: Callable[[Seconds], Seconds]) -> int:
    """The beat in which a wave with this place comes nearest to its time."""
    at = np.asarray(starts)
    off = np.abs(at[:-1] + after(np.diff(at)) - time)
    return int(off.argmin())
