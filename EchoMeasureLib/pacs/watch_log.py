"""What a watching service says: a line of JSON for each event, in which nobody is named.

A study is called by a pseudonym, made with a key that stays in the folder of the service.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from EchoMeasureLib.exporting.pseudonyms import Key, make_key, read_key
from EchoMeasureLib.texts import json_line

TROUBLE = ("server_away", "trouble", "left_out", "not_sent", "not_fetched")
"""Events that are warnings."""


def site_key(folder: Path) -> Key:
    """The key of the folder, made when it is missing. Raises as `read_key` and `make_key`."""
    path = folder / "site.key"
    return read_key(path) if path.exists() else make_key(path)


class WatchLog:
    """Writes events."""

    def __init__(
        self,
        key: Key,
        write: Callable[[str], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._key, self._write, self._clock = key, write, clock

    def event(self, event: str, study: str = "", **facts: Any) -> None:
        """One event; `facts` are numbers, and words that name nobody."""
        when = datetime.fromtimestamp(self._clock(), timezone.utc)
        record: dict[str, Any] = {
            "time": when.isoformat(timespec="milliseconds"),
            "level": "warning" if event in TROUBLE else "info",
            "event": event,
        }
        if study:
            record["study"] = self._key.pseudonym("study", study)
        named = {key: nameless(fact) for key, fact in facts.items()}
        self._write(json_line({**record, **named}).rstrip("\n"))


def nameless(fact: Any) -> Any:
    """Words without UIDs, which lead back to the person where the images are.

    >>> nameless("1.2.840.10008.5.1.4.1.1.6.1 could not be written to 10.0.0.5")
    '... could not be written to 10.0.0.5'
    """
    return _UID.sub("...", fact) if isinstance(fact, str) else fact


_UID = re.compile(r"\d+(\.\d+){4,}|\d[\d.]{19,}")
"""Longer than an address of a machine."""
