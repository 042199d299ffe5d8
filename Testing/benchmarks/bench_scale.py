"""How much `make bench` measures, and what its sections share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench_networks import ABOUT_FITTED, about_given, demo_network, fitted

from EchoMeasureLib.imaging.cine import Cine, Timing
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.inference.weight_store import Store
from EchoMeasureLib.phantoms.generate import generate, write

NINE = ("lvid", "ivs", "lvpw", "aorta", "aortic_root", "la", "rv_base", "pa", "ivc")
"""The measurements of the published networks for images."""

SIX = NINE[:6]
"""Those of a parasternal long axis."""

SEED = 71
"""Of the phantoms: 37 frames a second and 68 beats a minute, as a usual cine has."""


@dataclass(frozen=True)
class Scale:
    """How often, and on how much."""

    rounds: int = 4
    """Of the engines; each has one frame."""
    starts: int = 3
    networks: int = 9
    cine: int = 120
    """Frames of the cine that nine networks measure."""
    counts: tuple[int, ...] = (1, 10, 100, 1000)
    long: int = 1000
    """Frames of the long cines."""
    learn: int = 30
    """Frames from which a network in int8 is made, and which decide about it."""
    repeats: int = 12


FULL = Scale()
QUICK = Scale(1, 1, 2, 12, (1, 3), 24, 9, 3)
"""Says nothing of speed: that every section runs."""


class Bench:
    """What sections share: a folder for this run, networks and phantoms that are made once."""

    def __init__(self, folder: Path, scale: Scale, given: Path | None = None) -> None:
        """`given`: a folder with networks that somebody trained, in place of those made here."""
        self.folder, self.scale, self.given = folder, scale, given

    @property
    def nine(self) -> tuple[str, ...]:
        """The measurements of the networks, as many as are wanted."""
        return NINE[: self.scale.networks]

    @property
    def networks(self) -> Path:
        """A folder with networks of the published size, one for each of `nine`: those given, else
        such as find one clear peak per point in the long phantom."""
        if self.given is not None:
            return self.given
        folder = self.folder / "networks"
        fitted(folder, self.nine, self.phantom("plax", self.scale.cine))
        return folder

    @property
    def about_networks(self) -> str:
        """Which networks those are, for the page."""
        return ABOUT_FITTED if self.given is None else about_given(self.given, self.nine)

    @property
    def checkpoint(self) -> Path:
        """Of the first of `nine`: the one given, else an untrained one, alone in its folder."""
        if self.given is not None:
            return Store(self.given).find(NINE[0]).path
        return demo_network(self.folder / "untrained", NINE[0])

    def phantom(self, view: str, frames: int, layout: str = "768x1024") -> Path:
        """A file of it."""
        folder = self.folder / f"{view}-{frames}-{layout}"
        if not folder.exists():
            folder.mkdir()
            write(generate(view, layout, SEED, frames), folder)
        return next(folder.glob("*.dcm"))


def in_memory(cine: Cine, frames: Sequence[int], count: int | None = None) -> Cine:
    """These frames of a cine without times; with `count` so many, those in turn."""
    pictures = [cine.frame(frame) for frame in frames]
    return Cine(_InTurn(pictures, count or len(pictures)), Timing(None, ""), cine.regions)


class _InTurn:
    """A `FrameSource` of pictures that come again and again."""

    def __init__(self, pictures: Sequence[Frame], count: int) -> None:
        self._pictures, self.frame_count = pictures, count
        self.size = pictures[0].shape[1], pictures[0].shape[0]

    def decode(self, index: int) -> Frame:
        return self._pictures[index % len(self._pictures)]
