"""Files that are read once for as long as anybody holds their image."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from pathlib import Path

from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.reading import read

_Version = tuple[Path, int, int]


class SameFiles:
    """Gives the image of a file again while it is held and the file is as it was.

    What was seen in an image is kept with it: its frames, the walls at calipers, strips that were
    read. A review holds its images, so that who goes back to one need not wait for that again.
    """

    def __init__(self, reader: Callable[[Path], Cine] = read) -> None:
        self._reader = reader
        self._held: weakref.WeakValueDictionary[_Version, Cine] = weakref.WeakValueDictionary()

    def read(self, path: Path) -> Cine:
        """As `imaging.reading.read`."""
        version = _version(path)
        cine = None if version is None else self._held.get(version)
        if cine is None:
            cine = self._reader(path)
            # One that was changed meanwhile is not what was read.
            if version is not None and version == _version(path):
                self._held[version] = cine
        return cine


def _version(path: Path) -> _Version | None:
    """By which a file is known to be the same; None where there is none to be read."""
    try:
        at = path.stat()
    except OSError:
        return None
    return path.absolute(), at.st_size, at.st_mtime_ns
