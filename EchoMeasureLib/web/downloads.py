"""What leaves through the browser: made in a folder of the process, fetched by number."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from EchoMeasureLib.desk.export_kinds import Export, Wish
from EchoMeasureLib.errors import EchoMeasureError, InvalidState
from EchoMeasureLib.progress import Cancelled, Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from EchoMeasureLib.desk.desk import Desk

ON_SLICER_NODES = (Export.MARKUPS,)
"""Made at once: Slicer's nodes are for one thread."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A file that can be fetched."""

    path: Path
    name: str
    """Without anybody's name in it."""


class Downloads:
    """One export at a time; each is kept until the next one or the end."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._ready: dict[str, Ready] = {}
        self._stop = threading.Event()
        self.busy = False
        self.progress = Progress(0, 0, "")
        self.said = ""
        """What was written, or why not."""
        self.tell: Callable[[], None] = lambda: None
        """Told that any of this is another now."""

    @property
    def latest(self) -> tuple[str, str]:
        """Number and name of the file that can be fetched; empty where there is none."""
        return next(((number, one.name) for number, one in self._ready.items()), ("", ""))

    def find(self, number: str) -> Ready | None:
        """The file of this number."""
        return self._ready.get(number)

    async def make(self, wish: Wish) -> None:
        """Write this, and offer it; `said` tells how it went. Raises `InvalidState` while busy."""
        if self.busy:
            raise InvalidState("Something is being written.", "Wait for it, or stop it.")
        self._forget()
        self._stop.clear()
        self.busy, self.said = True, ""
        self.tell()
        name = self._desk.exports.proposed_name(wish)
        path = self._place() / (name if wish.chosen.ending else wish.export.value)
        try:
            self.said = await self._written(wish, path)
            self._offer(path, name)
        except Cancelled:
            self.said = "Stopped."
        except EchoMeasureError as error:
            self.said = str(error)
        finally:
            self.busy = False
            self.tell()

    def make_review(self) -> None:
        """Offer the review as it is now, as one document."""
        self._forget()
        name = self._desk.saving.proposed_name()
        path = self._place() / name
        self._desk.save_review(path)
        self._offer(path, name)
        self.said = "The review as it is now. It goes on saving itself on this machine."
        self.tell()

    def cancel(self) -> None:
        """Stop writing."""
        self._stop.set()

    def close(self) -> None:
        """Take everything away."""
        self.cancel()
        self._forget()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    async def _written(self, wish: Wish, path: Path) -> str:
        if wish.export in ON_SLICER_NODES:
            said = self._desk.exports.write(wish, path, self._monitor)
        else:
            said = await asyncio.to_thread(self._desk.exports.write, wish, path, self._monitor)
        return said.replace(str(path), path.name)

    def _monitor(self, progress: Progress) -> None:
        self.progress = progress
        if self._stop.is_set():
            raise Cancelled

    def _offer(self, path: Path, name: str) -> None:
        if path.is_dir():
            packed = shutil.make_archive(str(path), "zip", path)
            path, name = Path(packed), f"{name}.zip"
        self._ready[secrets.token_urlsafe(16)] = Ready(path, name)

    def _place(self) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="echomeasure-")
        return Path(self._folder.name)

    def _forget(self) -> None:
        self._ready.clear()
        for path in self._place().iterdir() if self._folder is not None else ():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
