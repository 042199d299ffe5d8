"""What a batch measures and how: the part of a result's key that is not the image."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from EchoMeasureLib import __version__
from EchoMeasureLib.catalog import CATALOG, CATALOG_VERSION, NETWORKED, definition
from EchoMeasureLib.errors import InvalidArgument, WeightsProblem
from EchoMeasureLib.hashes import file_sha256
from EchoMeasureLib.imaging.frame_numbers import chosen_frames
from EchoMeasureLib.inference.engine_choice import VARIABLE
from EchoMeasureLib.inference.engines import ENGINES
from EchoMeasureLib.inference.settings import EngineName, Reader, Settings
from EchoMeasureLib.inference.weight_store import COMPACT_FILES, Store, package_folder
from EchoMeasureLib.measuring.by_envelope import READER, not_read
from EchoMeasureLib.measuring.wave_points import is_read

AUTO = "auto"
"""In place of measurements: all that a file allows and its view shows."""

MOST_FRAMES = 100_000
"""Of a cine; frames beyond it can be asked for by no text."""


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """What is asked of every file. Can be pickled, and is the same on every worker.

    Raises `UnknownMeasurement` for an id that the catalog lacks, and `InvalidArgument` for frames
    that nobody can mean, and for what the envelope reader does not read where it alone measures.
    """

    measurements: tuple[str, ...] = ()
    """Ids of the catalog; empty for all that the file and its view allow."""
    frames: str = "all"
    """As `imaging.frame_numbers.chosen_frames` reads it, of every file."""
    weights: Path | None = None
    """The only folder in which weights are looked for; None for the usual ones."""
    networks: Settings = field(default_factory=Settings)
    """`auto` is settled here: see `one_engine`."""
    neighbours: bool = True
    """Whether frames beside the ones asked for are run, to compare with."""
    reader: Reader = Reader.NETWORKS
    """Who measures; the envelope reader needs no weights."""
    every_frame: bool = False
    """Whether all frames of a cine are run where all are asked for (`measuring.coarse_to_fine`)."""

    def __post_init__(self) -> None:
        for id in self.measurements:
            definition(id)
            if self.reader is Reader.ENVELOPE and (refusal := not_read(id)):
                raise InvalidArgument(refusal, "Measure it with the networks.")
        chosen_frames(self.frames, MOST_FRAMES)
        object.__setattr__(self, "networks", one_engine(self.networks))

    def weight_hashes(self) -> dict[str, str]:
        """SHA-256 by measurement, of the weights that are found for what may be measured.

        With those that tell views apart; none where no network measures. Raises `WeightsProblem`
        where one that is asked for by name has none, or nothing has any.
        """
        if self.reader is Reader.ENVELOPE:
            return {}
        store, found = Store(self.weights), {}
        asked = [id for id in self.measurements or NETWORKED if not self._is_read_only(id)]
        for id in asked:
            try:
                found[id] = store.find(id).sha256
            except WeightsProblem:
                if self.measurements:
                    raise
        if asked and not found:
            raise WeightsProblem(
                "There are no weights for any measurement.",
                "`echomeasure weights list` says where they are looked for.",
            )
        views = {f"view {name}": package_folder() / file for name, file in COMPACT_FILES.items()}
        return found | {name: file_sha256(path) for name, path in views.items()}

    def known(self) -> list[str]:
        """Ids of what may be measured and can be by this reader. Raises as `weight_hashes`."""
        known = self.weight_hashes()
        if self.reader is Reader.ENVELOPE:
            return [id for id in self.measurements or CATALOG if is_read(id)]
        asked = self.measurements or CATALOG
        return [id for id in asked if id in known or self._is_read_only(id)]

    def _is_read_only(self, id: str) -> bool:
        """Whether the envelope reader measures it beside the networks, which never do."""
        return self.reader is Reader.BOTH and not CATALOG[id].by_network and is_read(id)

    def weight_bytes(self) -> int:
        """Size of the files of all weights that are found for what may be measured."""
        store = Store(self.weights)
        paths = {
            state.checkpoint.path
            for state in store.states()
            if state.checkpoint is not None
            and state.measurement in (self.measurements or NETWORKED)
        }
        return sum(path.stat().st_size for path in paths)

    def record(self) -> dict[str, Any]:
        """All of it as JSON, with the versions and the weights; no path. Raises as those."""
        return {
            "version": __version__,
            "catalog": CATALOG_VERSION,
            "measurements": list(self.measurements) or AUTO,
            "frames": self.frames,
            "neighbours": self.neighbours,
            "every_frame": self.every_frame,
            "networks": self.networks.record(),
            "weights": self.weight_hashes(),
            "reader": self.reader.value,
            "envelope": "" if self.reader is Reader.NETWORKS else READER.file,
        }


def one_engine(networks: Settings) -> Settings:
    """Settings that name their engine.

    `auto` takes the quicker one of each machine: workers of several kinds, or a run that goes on
    elsewhere, would mix results. Here it is what `ECHOMEASURE_ENGINE` names, else the first that
    is installed, torch before others. Raises `InvalidArgument` for a word that is no engine.
    """
    if networks.engine is not EngineName.AUTO:
        return networks
    said = EngineName(os.environ.get(VARIABLE) or EngineName.AUTO)
    there = [engine for engine in ENGINES if find_spec(engine.value) is not None]
    chosen = there[0] if there else next(iter(ENGINES))
    return replace(networks, engine=chosen if said is EngineName.AUTO else said)


def fingerprint(record: dict[str, Any]) -> str:
    """16 hexadecimal digits that change with anything in a record."""
    text = json.dumps(record, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
