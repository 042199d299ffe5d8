"""What leaves the name or the peak of a wave unsure: words that each wave is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from EchoMeasureLib.measuring.envelope.beat_search import Beats
from EchoMeasureLib.measuring.envelope.incomplete import INCOMPLETE, fades_beside, why_in_part
from EchoMeasureLib.measuring.envelope.isovolumic import ISOVOLUMIC, may_be_isovolumic
from EchoMeasureLib.measuring.envelope.named_wave import NamedWave
from EchoMeasureLib.measuring.envelope.reading import StripReading
from EchoMeasureLib.measuring.envelope.timelines import SLOTS, WaveKind, WaveName
from EchoMeasureLib.measuring.envelope.vote import MOST_DOUBT
from EchoMeasureLib.measuring.envelope.waves import Wave
from EchoMeasureLib.measuring.odd_beats import find_odd_beats
from EchoMeasureLib.measuring.rhythm import IRREGULAR

FAR_LOWER = 0.4
"""A jet lower than this share of another wave of its side that is seen clearly may be none: beats
are not that unlike, and what goes before an ejection is low."""

UNLIKE = 0.25
"""Difference from the same wave in other beats, as a share, at which quality has fallen by 40 %."""

FUSED_S = 0.15
"""Where E and A would be no farther apart, one wave may be both."""


def one_or_two(waves: Sequence[NamedWave], kind: WaveKind, beats: Beats) -> list[NamedWave]:
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
        if irregular or wave.unsure_name or len(by_beat[wave.beat]) == 2
        else replace(wave, unsure_name=_why_alone(float(rr[wave.beat]), pairs))
        for wave in waves
    ]


def far_lower(found: Sequence[NamedWave], waves: Sequence[Wave]) -> list[NamedWave]:
    """With a word where a jet is so low beside another wave that it may be the wrong one."""
    clear = [wave for wave in waves if not wave.cut and wave.top.doubt <= MOST_DOUBT]
    return [
        replace(one, unsure_name="A far higher wave of its side may be the jet.")
        if one.name is WaveName.JET
        and not one.unsure_name
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


def alike(waves: Sequence[NamedWave]) -> list[NamedWave]:
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
                wave = replace(wave, unsure_name="It is unlike the same wave of the other beats.")
            found[place] = wave
    return found


def seen_in_part(reading: StripReading, waves: Sequence[NamedWave]) -> list[NamedWave]:
    """With a word where a jet, or most of a side, may be higher than its edge."""
    whys = {side.up: "" for side, _ in reading.sides}
    for side, edges in reading.sides:
        tops = [w.wave.top for w in waves if w.wave.up is side.up and not w.unsure]
        if tops:
            # A beat whose wave has no name shows what lies beyond it as well.
            middle = float(np.median([top.height for top in tops]))
            like = reading.tops_like(side.up, middle, MOST_DOUBT)
            whys[side.up] = why_in_part(side, edges, tops, abs(reading.region.delta[1]), like)

    def why(wave: Wave) -> str:
        found = reading.side(wave.up)
        assert found is not None  # the wave was read there
        return INCOMPLETE if fades_beside(*found, wave.top) else whys[wave.up]

    return [one if one.unsure else replace(one, unsure_peak=why(one.wave)) for one in waves]


def not_isovolumic(reading: StripReading, found: Sequence[NamedWave]) -> list[NamedWave]:
    """With a word where e' may be the spike before it."""
    early = [one.wave for one in found if one.name is WaveName.E_PRIME]
    others = [one.wave for one in found if one.name is not WaveName.E_PRIME]
    spikes = dict(zip(early, may_be_isovolumic(reading, early, others), strict=True))
    return [
        replace(one, unsure_name=one.unsure_name or ISOVOLUMIC)
        if one.name is WaveName.E_PRIME and spikes[one.wave]
        else one
        for one in found
    ]
