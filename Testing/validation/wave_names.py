"""Whether the waves of a phantom strip have the names that were drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.measuring.envelope.named_wave import NamedWave
from EchoMeasureLib.measuring.envelope.naming import name_waves, wave_kind
from EchoMeasureLib.measuring.envelope.reading import StripReading
from EchoMeasureLib.measuring.envelope.timelines import WaveName
from EchoMeasureLib.phantoms.doppler_plan import SpectralPlan
from EchoMeasureLib.phantoms.ecg import DrawnBeat

NEAR_S = 0.05
"""A named wave is that of a true point where its peak lies so near in time."""

MEASURED = {
    "mvpeak": (WaveName.E, WaveName.A),
    "latevel": (WaveName.E_PRIME,),
    "medevel": (WaveName.E_PRIME,),
}
"""What the points of a beat are called; a jet where it is not said."""


@dataclass(slots=True)
class Names:
    """How many names were given, and how many were right."""

    points: int = 0
    told: int = 0
    """True points whose wave has its name, for sure."""
    sure: int = 0
    wrong: int = 0
    """Names said to be sure whose wave lies where no such wave was drawn."""

    def add(self, plan: SpectralPlan, reading: StripReading) -> None:
        """Count those of one strip."""
        waves = [w for w in name_waves(reading, wave_kind(plan.name)) if not w.unsure_name]
        names = MEASURED.get(plan.name, (WaveName.JET,))
        for beat in plan.beats:
            self.points += len(beat)
            self.told += sum(_is_told(p, n, waves, plan) for p, n in zip(beat, names, strict=True))
        self.sure += len(waves)
        self.wrong += sum(not _was_drawn(wave, plan) for wave in waves)


def _is_told(
    point: PixelPoint, name: WaveName, waves: Sequence[NamedWave], plan: SpectralPlan
) -> bool:
    near = NEAR_S / plan.scale.seconds_per_px
    return any(w.name is name and abs(w.wave.peak - point.x) <= near for w in waves)


def _was_drawn(wave: NamedWave, plan: SpectralPlan) -> bool:
    time = (wave.wave.peak - plan.layout.strip.box.x0) * plan.scale.seconds_per_px
    beats = plan.rhythm.beats
    return any(a <= time <= b for beat in beats for a, b in _windows(wave.name, beat, plan))


def _windows(name: WaveName, beat: DrawnBeat, plan: SpectralPlan) -> Iterator[tuple[float, float]]:
    """From when to when the peak of such a wave of a beat may lie; none where it has no such."""
    if name is WaveName.JET:
        yield beat.r, beat.mitral_opening + 0.02
    elif name is WaveName.S_PRIME:
        yield beat.ejection[0] - 0.03, beat.ejection[1]
    elif name in (WaveName.E, WaveName.E_PRIME):
        yield beat.mitral_opening - 0.05, beat.mitral_opening + 0.16
    elif plan.rhythm.sinus:
        yield beat.atrial_peak - 0.08, beat.atrial_peak + 0.08
