"""The sets of networks one can choose from, and what is known about them.

Looking into gigabytes of weights takes seconds, so a worker does it; `poll` takes
over what it has found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.inference.events import (
    Failed,
    NetworkState,
    WeightsInstalled,
    WeightsListed,
)
from EchoMeasureLib.inference.settings import Reader, WeightSet
from EchoMeasureLib.inference.worker_client import WorkerClient
from EchoMeasureLib.measuring.wave_points import is_read

if TYPE_CHECKING:
    from EchoMeasureLib.review.session import Review

AUTO, PHANTOM = "auto", "phantom"
ENVELOPE = "envelope"
"""Key of the choice that is no network: the reader of Doppler strips."""
FOLDER = "folder:"
"""Begins the key of a folder that the user named."""

NAMES: Mapping[str, str] = MappingProxyType(
    {
        AUTO: "Best available",
        PHANTOM: "Phantom only",
        ENVELOPE: "Envelope reader, no weights",
    }
)

_PUBLISHED = [row.network for row in CATALOG.values() if row.network is not None]

NO_WEIGHTS = (
    "Reads peaks, integrals and times off Doppler strips, TAPSE and IVC off M-modes, every beat: "
    "no network, no PyTorch. Tick what the strip is of."
)

HOW_TO_GET = (
    f"The published networks (EchoNet-Measurements, {len(_PUBLISHED)} files, "
    f"{sum(network.bytes for network in _PUBLISHED) / 1e9:.1f} GB) are not part of "
    "EchoMeasure. Download the repository's release or clone it with git lfs, then install "
    "from that folder: every file is checked by its hash. Nothing is sent anywhere."
)


class NetworkSets:
    """What can be chosen, and a worker that looks after it."""

    def __init__(self, client: WorkerClient | None = None) -> None:
        self._client = client or WorkerClient()
        self._folders: dict[str, Path] = {}
        self._known: dict[str, tuple[NetworkState, ...]] = {}
        self._troubles: dict[str, str] = {}
        self._asked = ""
        self._installing = False
        self.message = ""
        """The outcome of the last installation, or what went wrong."""

    @property
    def busy(self) -> bool:
        """Whether the worker is looking or installing."""
        return self._client.busy

    def choices(self) -> tuple[str, ...]:
        """Keys of all sets, best first."""
        return (AUTO, PHANTOM, *self._folders, ENVELOPE)

    def name(self, key: str) -> str:
        """What the user reads."""
        return NAMES.get(key) or f"Folder {self._folders[key].name}"

    def reader(self, key: str) -> Reader:
        """Who measures with this choice."""
        return Reader.ENVELOPE if key == ENVELOPE else Reader.NETWORKS

    def folder(self, key: str) -> Path | None:
        """The folder of a set; None for the usual places."""
        if key == PHANTOM:
            from EchoMeasureLib.inference.weight_store import package_folder

            return package_folder()
        return self._folders.get(key)

    def add_folder(self, folder: Path) -> str:
        """Offer a folder too; returns its key."""
        key = f"{FOLDER}{folder}"
        self._folders[key] = folder
        self._troubles.pop(key, None)
        return key

    def recall(self, key: str) -> bool:
        """Whether there is a set of this key, kept in a scene; a folder is offered again."""
        if key.startswith(FOLDER) and key not in self._folders:
            self.add_folder(Path(key.removeprefix(FOLDER)))
        return key in self.choices()

    def look(self, key: str, again: bool = False) -> None:
        """Have a set looked into, unless it is known or the worker has something to do."""
        if key == ENVELOPE or self._client.busy or (not again and key in self._known):
            return
        if self._trouble(key):
            return
        self._asked = key
        try:
            self._client.list_weights(self.folder(key))
        except EchoMeasureError as error:
            self._troubles[key] = str(error)

    def install(self, source: Path) -> None:
        """Install the published networks from a folder or archive; the outcome is `message`."""
        self._client.install_weights(str(source))
        self._installing = True
        self.message = "Installing; this can take some minutes."

    def poll(self) -> bool:
        """Take over what the worker has found; whether anything is new."""
        events = self._client.poll()
        for event in events:
            if isinstance(event, WeightsListed):
                self._known[self._asked] = event.states
                self._troubles.pop(self._asked, None)
            elif isinstance(event, WeightsInstalled):
                self._known.clear()
                self._troubles.clear()
                self.message, self._installing = _outcome(event), False
            elif isinstance(event, Failed):
                self._failed(f"{event.problem} {event.hint}".strip())
        if events and not self._client.busy:
            # It holds no network; a new one is started in a moment when it is needed.
            self._client.close()
        return bool(events)

    def _trouble(self, key: str) -> str:
        """Why a set cannot be used at all; empty when it can."""
        folder = self._folders.get(key)
        if folder is not None and not folder.is_dir():
            return f"There is no folder {folder} on this computer. Choose other networks."
        return self._troubles.get(key, "")

    def _failed(self, text: str) -> None:
        """What failed to be installed takes nothing away from what is there."""
        self.message = text
        if not self._installing:
            self._troubles[self._asked] = text
        self._installing = False

    def kinds(self, key: str) -> tuple[str, ...]:
        """Which sets the networks of this choice belong to, as far as is known."""
        if key == ENVELOPE:
            return (WeightSet.ENVELOPE,)
        if key in self._known:
            return tuple(dict.fromkeys(state.set for state in self._known[key] if state.set))
        return (WeightSet.PHANTOM,) if key == PHANTOM else ()

    def obstacle(self, key: str, measurements: tuple[str, ...]) -> str:
        """Why these cannot be measured; empty when they can, or when that is not known yet."""
        if key == ENVELOPE:
            others = [CATALOG[id].name for id in measurements if not is_read(id)]
            words = (
                f"The envelope reader reads Doppler strips and M-modes, not: {', '.join(others)}."
            )
            return words if others else ""
        if self._trouble(key):
            return self._trouble(key)
        without = [
            CATALOG[state.measurement].name
            for state in self._known.get(key, ())
            if state.measurement in measurements and state.problem
        ]
        return f"There is no network for: {', '.join(without)}." if without else ""

    def status(self, key: str) -> str:
        """One line about a set."""
        if key == ENVELOPE:
            return NO_WEIGHTS
        if self._trouble(key):
            return self._trouble(key)
        if key not in self._known:
            return "Looking for networks."
        states = self._known[key]
        counts = {one.word: sum(state.set == one for state in states) for one in WeightSet}
        parts = [f"{count} {word}" for word, count in counts.items() if count]
        missing = sum(not state.set for state in states)
        parts += [f"none for {missing}"] if missing else []
        return f"Networks for {len(states)} measurements: {', '.join(parts)}."

    def files(self, key: str) -> list[tuple[str, str]]:
        """Every measurement with its network file, or with what is wrong."""
        return [
            (
                CATALOG[state.measurement].name,
                f"{WeightSet(state.set).word}: {state.file}" if state.set else state.problem,
            )
            for state in self._known.get(key, ())
        ]

    def close(self) -> None:
        """End the worker."""
        self._client.close()


def kinds_in_use(chosen: Iterable[str], review: Review | None) -> tuple[str, ...]:
    """The sets of the chosen networks, and of those whose calipers are in the review."""
    entries = review.entries.values() if review is not None else ()
    models = (entry.caliper.model for entry in entries)
    used = (model.set for model in models if model is not None)
    return tuple(dict.fromkeys((*chosen, *used)))


def _outcome(event: WeightsInstalled) -> str:
    parts = [f"{event.installed} installed", f"{event.present} there already"]
    if event.missing:
        parts.append(f"{len(event.missing)} not in the source")
    text = ", ".join(parts) + "."
    return " ".join([text, *event.problems.values()])
