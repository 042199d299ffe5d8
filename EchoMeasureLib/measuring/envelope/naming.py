"""Which wave of a spectral strip is which: E and A, e', a' and s', systolic jets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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
from EchoMeasureLib.measuring.envelope.incomplete import INCOMPLETE, why_in_part
from EchoMeasureLib.measuring.envelope.isovolumic import ISOVOLUMIC, may_be_isovolumic
from EchoMeasureLib.measuring.envelope.mirrors import without_images
from EchoMeasureLib.measuring.envelope.reading import StripReading
from EchoMeasureLib.measuring.envelope.timelines import SLOTS, Seconds, WaveKind, WaveName
from EchoMeasureLib.measuring.envelope.tops import MARKED
from EchoMeasureLib.measuring.envelope.turned_over import TURNED_OVER, may_be_turned_over
from EchoMeasureLib.measuring.envelope.vote import MOST_DOUBT
from EchoMeasureLib.measuring.envelope.waves import Wave
from EchoMeasureLib.measuring.odd_beats import find_odd_beats
from EchoMeasureLib.measuring.rhythm import IRREGULAR

NAMED, LEAST, SURE = 0.5, 0.15, 0.9
"""Probability from which a place in the beat has a wave, from which a summit takes part in that,
and share of it from which its name is sure."""

LOW, OVER_CLUTTER = 0.22, 1.7
"""Share of the highest of its side that a wave has at least, or it is clutter; and how often it is
as high as what is there a quarter of the time."""

FAR_LOWER = 0.4
"""A jet lower than this share of another wave of its side that is seen clearly may be none: beats
are not that unlike, and what goes before an ejection is low."""

AT_REST = 0.5
"""Share of its height that is seen on the other side of the baseline at the peak of what is no wave
of tissue: a band that moves leaves the baseline, one that rests lies on both sides of it."""

UNLIKE = 0.25
"""Difference from the same wave in other beats, as a share, at which quality has fallen by 40 %."""

MEASURED = (WaveName.JET, WaveName.E, WaveName.E_PRIME)
"""What a strip of each kind is measured for in the first place."""

FUSED_S = 0.15
"""Where E and A would be no farther apart, one wave may be both."""


@dataclass(frozen=True, slots=True)
class NamedWave:
    """A wave with its name, its beat and its times. Places are source pixels."""

    name: WaveName
    beat: int
    """Which beat of the strip it is of, from R wave to R wave, 0 the first that shows anything;
    the waves of one beat share it, so E and A of one diastole do."""
    wave: Wave
    velocity: float
    """Of its peak, cm/s, towards the probe positive."""
    onset_s: float | None
    """When it begins, seconds from the strip's left edge; None where times are not calibrated."""
    peak_s: float | None
    end_s: float | None
    quality: float
    """0 to 1: how clear it stands out, how alike it is in other beats, how sure its name is."""
    unsure: str = ""
    """Why its name or its peak is not to be relied on, in a sentence; empty where they are."""

    @property
    def peak(self) -> PixelPoint:
        """Its peak, source pixels: what a caliper is measured at."""
        return PixelPoint(self.wave.peak, self.wave.row)


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
        found = [replace(one, unsure=one.unsure or TURNED_OVER) for one in found]
    found = _not_isovolumic(reading, found)
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
    found = _alike(_far_lower(_one_or_two(found, kind, beats), waves))
    return _seen_in_part(reading, found) if reading.continuous else found


def _not_isovolumic(reading: StripReading, found: Sequence[NamedWave]) -> list[NamedWave]:
    """With a word where e' may be the spike before it."""
    early = [one.wave for one in found if one.name is WaveName.E_PRIME]
    others = [one.wave for one in found if one.name is not WaveName.E_PRIME]
    spikes = dict(zip(early, may_be_isovolumic(reading, early, others), strict=True))
    return [
        replace(one, unsure=one.unsure or ISOVOLUMIC)
        if one.name is WaveName.E_PRIME and spikes[one.wave]
        else one
        for one in found
    ]


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
    for wave, odds in zip(waves, places[:, own], strict=True):
        total, best = float(odds.sum()), int(odds.argmax())
        if total < LEAST:
            continue
        time = (wave.peak - reading.sides[0][0].left) * per_px
        beat = _beat_at(beats.starts, time, slots[own[best]].after)
        candidates.setdefault((beat, best), []).append((total, float(odds[best]) / total, wave))
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
        if share < SURE and not named.unsure:
            odds = places[waves.index(wave)][own]
            others = [slots[own[n]].name for n in np.argsort(odds)[::-1][:2]]
            words = " or ".join(other.value for other in others if other is not None)
            named = replace(named, unsure=f"The strip does not say whether it is {words}.")
        found.append(named)
    return sorted(found, key=lambda named: named.wave.peak)


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
        why = "It is not seen clearly."
    clear = max(0.0, 1 - wave.top.doubt / (2 * MOST_DOUBT)) * (not wave.cut and not wave.incomplete)
    return NamedWave(name, beat, wave, velocity, *times, clear * share, why)


def _seconds(reading: StripReading, column: float) -> float | None:
    """From the strip's left edge to a column."""
    left = PixelPoint(reading.sides[0][0].left, 0)
    return reading.region.interval(left, PixelPoint(column, 0))


def _beat_at(starts: Sequence[float], time: float, after: Callable[[Seconds], Seconds]) -> int:
    """The beat in which a wave with this place comes nearest to its time."""
    at = np.asarray(starts)
    off = np.abs(at[:-1] + after(np.diff(at)) - time)
    return int(off.argmin())


def _one_or_two(waves: Sequence[NamedWave], kind: WaveKind, beats: Beats) -> list[NamedWave]:
    """With a word where one wave in each beat may be E alone, or E and A in one."""
    if kind is not WaveKind.INFLOW:
        return list(waves)
    by_beat: dict[int, list[NamedWave]] = {}
    for wave in waves:
        by_beat.setdefault(wave.beat, []).append(wave)
    pairs = sum(len(of) == 2 for of in by_beat.values())
    rr = np.diff(beats.starts)
    inner = rr[1:-1] if len(rr) > 3 else rr
    irregular = len(inner) > 2 and float(inner.std(ddof=1)) > IRREGULAR * float(inner.mean())
    return [
        wave
        if irregular or wave.unsure or len(by_beat[wave.beat]) == 2
        else replace(wave, unsure=_why_alone(float(rr[wave.beat]), pairs))
        for wave in waves
    ]


def _far_lower(found: Sequence[NamedWave], waves: Sequence[Wave]) -> list[NamedWave]:
    """With a word where a jet is so low beside another wave that it may be the wrong one."""
    clear = [wave for wave in waves if not wave.cut and wave.top.doubt <= MOST_DOUBT]
    return [
        replace(one, unsure="A far higher wave of its side may be the jet.")
        if one.name is WaveName.JET
        and not one.unsure
        and any(
            wave.up is one.wave.up and one.wave.top.height < FAR_LOWER * wave.top.height
            for wave in clear
        )
        else one
        for one in found
    ]


def _why_alone(rr: float, pairs: int) -> str:
    """Why an E without an A, or an A without an E, may be both; empty where it is not."""
    early, late = (float(slot.after(np.array([rr]))[0]) for slot in SLOTS[WaveKind.INFLOW][:2])
    if late - early < FUSED_S:
        return "E and A may have run into one wave."
    return "" if pairs else "No beat shows both E and A."


def _alike(waves: Sequence[NamedWave]) -> list[NamedWave]:
    """With quality less, and a word, where a wave is unlike the same one of other beats."""
    found = list(waves)
    for name in {wave.name for wave in waves}:
        places = [place for place, wave in enumerate(waves) if wave.name is name]
        speeds = [waves[place].velocity for place in places]
        odd = find_odd_beats(speeds, [False] * len(speeds))
        for number, place in enumerate(places):
            others = [*speeds[:number], *speeds[number + 1 :]]
            if not others:
                continue
            middle = float(np.median(others))
            off = (speeds[number] - middle) / max(abs(middle), 1e-6)
            wave = found[place]
            wave = replace(wave, quality=wave.quality * float(np.exp(-0.5 * (off / UNLIKE) ** 2)))
            if number in odd and not wave.unsure:
                wave = replace(wave, unsure="It is unlike the same wave of the other beats.")
            found[place] = wave
    return found


def _seen_in_part(reading: StripReading, waves: Sequence[NamedWave]) -> list[NamedWave]:
    """With a word where most jets of a side may be higher than their edge."""
    whys = {side.up: "" for side, _ in reading.sides}
    for side, edges in reading.sides:
        tops = [w.wave.top for w in waves if w.wave.up is side.up and not w.unsure]
        if tops:
            # A beat whose wave has no name shows what lies beyond it as well.
            middle = float(np.median([top.height for top in tops]))
            like = reading.tops_like(side.up, middle, MOST_DOUBT)
            whys[side.up] = why_in_part(side, edges, tops, abs(reading.region.delta[1]), like)
    return [wave if wave.unsure else replace(wave, unsure=whys[wave.wave.up]) for wave in waves]
