"""An archive that is watched, with a measurer that finds what a test says, and a clock it sets."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from review_studies import predicted
from watch import Watch

from EchoMeasureLib.batch.file_measuring import MeasuredFile
from EchoMeasureLib.errors import CannotMeasure
from EchoMeasureLib.exporting.pseudonyms import Key
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.pacs.server_opening import open_server
from EchoMeasureLib.pacs.servers import Server
from EchoMeasureLib.pacs.serving import Service
from EchoMeasureLib.pacs.watch_health import Health
from EchoMeasureLib.pacs.watch_log import WatchLog
from EchoMeasureLib.pacs.watch_settings import WatchSettings
from EchoMeasureLib.pacs.watcher import Tools, Watcher
from EchoMeasureLib.progress import Monitor, silent

DAY = 1772359200.0
"""2026-03-01 10:00 UTC, in seconds since 1970."""


class Measurer:
    """Finds a left ventricle of 3 cm in every image, or what `failing` raises for its UID."""

    def __init__(self) -> None:
        self.measured: list[str] = []
        self.failing: dict[str, BaseException] = {}

    def measure(self, path: Path, monitor: Monitor = silent) -> MeasuredFile:
        """As `batch.file_measuring.Measurer`."""
        cine = read(path)
        uid = cine.identity.sop_instance_uid
        if uid in self.failing:
            raise self.failing[uid]
        self.measured.append(uid)
        found = predicted("lvid", 0, [(30.0, 8.0), (30.0, 38.0)])
        nothing: Any = None
        return MeasuredFile(cine, nothing, (found,), nothing)


@dataclass
class Watched:
    """A service that may be ended and started again at any moment."""

    folder: Path
    source: Callable[[], Server]
    settings: WatchSettings
    clock: Watch = field(default_factory=Watch)
    measurer: Measurer = field(default_factory=Measurer)
    health: Health = field(default_factory=Health)
    lines: list[str] = field(default_factory=list)

    def start(self, **changes: Any) -> Service:
        """A new process, as it were: it knows what is on the disk."""
        key = Key(b"the key of this test")
        log = WatchLog(key, self.lines.append, self.clock)
        tools = Tools(self.source, self.source, lambda: self.measurer, log, self.clock)
        settings = replace(self.settings, **changes)
        self.watcher = Watcher(settings, 1 << 20, tools)
        return Service(self.watcher, settings, self.health, log, self.clock)

    def events(self) -> list[str]:
        """What the service has said, by the name of each event."""
        return [json.loads(line)["event"] for line in self.lines]

    def stages(self) -> dict[str, str]:
        """By study."""
        return {state.study: str(state.stage) for state in self.watcher.states.all()}


def watched(folder: Path, settings: Any, **changes: Any) -> Watched:
    """A service for the server with these settings; polls each minute, complete after five."""
    watch = WatchSettings("web", folder, least_free=0, days=3, **changes)
    made = Watched(folder, lambda: open_server(settings), watch)
    made.clock.now = DAY
    return made


def nothing_to_measure() -> CannotMeasure:
    """As for an image of something else."""
    return CannotMeasure("Nothing that can be measured is shown.")
