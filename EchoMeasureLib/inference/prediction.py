"""What the networks say: landmarks in source pixels, and which network said so."""

from __future__ import annotations

from dataclasses import dataclass

from EchoMeasureLib.geometry import Landmark


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which network and which settings placed the points."""

    file: str
    """Name of the checkpoint, without its folder."""
    sha256: str
    set: str
    """`echonet`, `phantom`, `custom` or `demo`."""
    decoder: str = ""
    """`robust` or `parity`."""
    engine: str = ""
    precision: str = ""


@dataclass(frozen=True, slots=True)
class Prediction:
    """The landmarks of one measurement on one frame."""

    measurement: str
    frame: int
    points: tuple[Landmark, ...]
    """In source pixels, in the order of `Definition.points`."""
    model: Provenance
    beats: tuple[tuple[Landmark, ...], ...] = ()
    """On strips, the points of every whole beat, left to right; `points` is the clearest one."""
