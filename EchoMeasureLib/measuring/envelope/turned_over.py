"""Whether the velocities of a strip may have the wrong sign, by the beats that its waves make.

Some writers give the size of a pixel without its sign where the display is inverted (or with the
wrong one): what flows away from the probe then seems to flow towards it, and another wave is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from EchoMeasureLib.measuring.envelope.beat_search import Beats
from EchoMeasureLib.measuring.envelope.timelines import WaveKind
from EchoMeasureLib.measuring.envelope.vote import MOST_DOUBT
from EchoMeasureLib.measuring.envelope.waves import Wave

TURNED_OVER = (
    "The strip fits a heart's beat better upside down: do its velocities have the right sign?"
)

CLEARLY, NEARLY = 1.0, 5.0
"""Log odds by which the waves fit better upside down where that is said; and by which they may fit
worse where all jets are lower than those of the strip upside down."""


def may_be_turned_over(
    kind: WaveKind,
    sure: Sequence[Wave],
    waves: Sequence[Wave],
    beats: Beats,
    turned: Callable[[], tuple[Beats, Callable[[], Sequence[Wave]]]],
) -> bool:
    """Whether the `sure` ones of the `waves`, which have their names from `beats`, are wrong.

    `turned` lays the beats of the strip upside down, and gives what tells which of its waves are
    then sure to be what is measured. A jet is one wave in each beat, as a wave of the other side
    may be by chance: only where those are higher than every jet do they count.
    """
    if not sure:
        return False
    jets = kind is WaveKind.JET
    clear = [wave for wave in waves if wave.top.doubt <= MOST_DOUBT and not wave.cut]
    if jets and not _are_lower(sure, clear):
        return False
    others, name = turned()
    if others.fit - beats.fit <= (-NEARLY if jets else CLEARLY):
        return False
    instead = name()
    return _are_lower(sure, instead) if jets else bool(instead)


def _are_lower(jets: Sequence[Wave], waves: Sequence[Wave]) -> bool:
    """Whether a wave of the other side is higher than all jets."""
    highest = max(jets, key=lambda wave: wave.top.height)
    return any(wave.up is not highest.up and wave.top.height > highest.top.height for wave in waves)
