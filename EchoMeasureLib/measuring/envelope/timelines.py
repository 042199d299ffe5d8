"""When in a beat each wave of a spectral strip has its peak.

Ejection time after Weissler's regression on heart rate (Am Heart J 1961;62:367-378); isovolumic
relaxation, acceleration and the atrial wave after Nagueh et al., J Am Soc Echocardiogr
2016;29:277-314. How far single hearts differ is EchoMeasure's own estimate.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

Seconds = npt.NDArray[np.float64]

BEFORE_EJECTION_S = 0.06
"""From the R peak to the opening of the aortic valve."""


class WaveName(str, enum.Enum):
    """What a wave of a spectral strip is called."""

    E = "E"
    A = "A"
    E_PRIME = "e'"
    A_PRIME = "a'"
    S_PRIME = "s'"
    JET = "jet"
    """One systolic flow: outflow tract, aortic valve, or a regurgitation of an inflow valve."""


class WaveKind(str, enum.Enum):
    """What a spectral strip is taken of, which says what its waves are called."""

    INFLOW = "inflow"
    """Filling of a ventricle, towards the probe: E and A."""
    TISSUE = "tissue"
    """A mitral annulus: s' towards the probe, e' and a' away from it."""
    JET = "jet"
    """A systolic flow away from the probe, one per beat."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A wave that each beat of a kind of strip has."""

    name: WaveName | None
    """None for one that tells where systole is, and is not named."""
    sign: int
    """1 towards the probe, -1 away from it."""
    after: Callable[[Seconds], Seconds]
    """Seconds from the R peak to its peak, for beats of so many seconds."""
    spread: float
    """Standard deviation of that among hearts, s."""
    absent: float
    """How often a beat does not show it."""


def ejection_time(rr: Seconds) -> Seconds:
    """Seconds for which the left ventricle ejects, by those from one R to the next."""
    rate = np.clip(60 / rr, 40, 150)
    return np.minimum(0.413 - 0.0017 * rate, 0.48 * rr)


def valve_opening(rr: Seconds) -> Seconds:
    """Seconds from the R peak to the opening of the mitral valve."""
    return BEFORE_EJECTION_S + ejection_time(rr) + np.minimum(0.08, 0.11 * rr)


def _in_ejection(share: float) -> Callable[[Seconds], Seconds]:
    return lambda rr: BEFORE_EJECTION_S + share * ejection_time(rr)


def _early(later: float) -> Callable[[Seconds], Seconds]:
    return lambda rr: valve_opening(rr) + later


def _atrial(earlier: float) -> Callable[[Seconds], Seconds]:
    return lambda rr: rr - np.minimum(earlier, 0.1 * rr)


SLOTS: Mapping[WaveKind, tuple[Slot, ...]] = MappingProxyType(
    {
        WaveKind.INFLOW: (
            Slot(WaveName.E, 1, _early(0.08), 0.035, 0.02),
            Slot(WaveName.A, 1, _atrial(0.065), 0.03, 0.1),
            Slot(None, -1, _in_ejection(0.4), 0.07, 0.6),
        ),
        WaveKind.TISSUE: (
            Slot(WaveName.S_PRIME, 1, _in_ejection(0.33), 0.06, 0.1),
            Slot(WaveName.E_PRIME, -1, _early(0.035), 0.035, 0.02),
            Slot(WaveName.A_PRIME, -1, _atrial(0.07), 0.03, 0.1),
        ),
        WaveKind.JET: (Slot(WaveName.JET, -1, _in_ejection(0.4), 0.06, 0.02),),
    }
)
"""The waves of each kind of strip, in the order of time."""
