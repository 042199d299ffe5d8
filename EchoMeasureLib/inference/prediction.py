"""What the networks say: landmarks in source pixels, and which network said so."""

from __future__ import annotations

from dataclasses import dataclass

from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.inference.settings import WeightSet

NETWORK, SHA = "network", "sha256:"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which network with which settings placed the points, or which envelope reader."""

    file: str
    """Name of the checkpoint, without its folder; of the envelope reader its name and version."""
    sha256: str
    """Of the checkpoint; empty for the envelope reader, which has none."""
    set: str
    """Word of `settings.WeightSet`; a document of another version may know other ones."""
    decoder: str = ""
    """Word of `settings.Decoder`."""
    engine: str = ""
    """Word of `settings.EngineName`, and the version of its runtime."""
    precision: str = ""
    """Word of `settings.Precision`."""

    @property
    def by_envelope(self) -> bool:
        """Whether no network placed the points, but the envelope reader."""
        return self.set == WeightSet.ENVELOPE.value

    @property
    def words(self) -> str:
        """Who says so, as an audit trail has it."""
        return self.file if self.by_envelope else f"{NETWORK} {self.set} {self.file}"

    @property
    def algorithm(self) -> tuple[str, str]:
        """Name and version, as reports have them."""
        if self.by_envelope:
            name, _, version = self.file.rpartition(" ")
            return name, version
        return self.file or NETWORK, f"{SHA}{self.sha256}"

    @classmethod
    def of_algorithm(cls, name: str, version: str, **settings: str) -> Provenance:
        """The one whose `algorithm` this is; `settings` by the names of the other fields."""
        if settings.get("set") == WeightSet.ENVELOPE.value:
            return cls(f"{name} {version}", "", **settings)
        return cls(name, version.removeprefix(SHA), **settings)


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
