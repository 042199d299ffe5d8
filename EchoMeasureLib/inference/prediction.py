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
    """Word of `settings.WeightSet`; a document of another version may know other ones."""
    decoder: str = ""
    """Word of `settings.Decoder`."""
    engine: str = ""
    """Word of `settings.EngineName`, and the version of its runtime."""
    precision: str = ""
    """Word of `settings.Precision`."""


@dataclass(frozen=True, slots=True)
class Near:
    """The landmarks of the same measurement on a frame beside, run for comparison only."""

    frame: int
    points: tuple[Landmark, ...]
    """As those of a `Prediction`."""


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
    quality: str = ""
    """Why the picture is too poor to trust them, in sentences; empty where it is not."""
    view: str = ""
    """Which other view it looks like, in sentences; empty where it does not."""
    near: tuple[Near, ...] = ()
    """What it says of frames beside that nobody asked for (`inference.comparing`)."""
