"""The rounds of a watching service, with what it says of itself between them."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

from EchoMeasureLib.errors import EchoMeasureError, OutputProblem, ServerProblem
from EchoMeasureLib.pacs.watch_health import Health
from EchoMeasureLib.pacs.watch_log import WatchLog, nameless
from EchoMeasureLib.pacs.watch_settings import WatchSettings
from EchoMeasureLib.pacs.watcher import Watcher

LONGEST_PAUSE_S = 900.0
"""Between two looks at a server that is away."""


class Service:
    """Rounds without an end."""

    def __init__(
        self,
        watcher: Watcher,
        settings: WatchSettings,
        health: Health,
        log: WatchLog,
        clock: Callable[[], float],
    ) -> None:
        self._watcher, self._settings = watcher, settings
        self._health, self._log, self._clock = health, log, clock
        self._failures = 0

    def rounds(self, pause: Callable[[float], object]) -> None:
        """Round after round, for ever; `pause` waits the seconds that it is given."""
        while True:
            self.round()
            pause(self.pause_s())

    def pause_s(self) -> float:
        """Seconds to the next look: longer, the longer things go wrong."""
        longer = self._settings.poll_s * float(1 << min(self._failures, 20))
        return max(self._settings.poll_s, min(longer, LONGEST_PAUSE_S))

    def round(self) -> bool:
        """One round; whether all went well. What did not is said, and tried again in the next."""
        problem, away = "", False
        try:
            self._watcher.round()
        except ServerProblem as error:
            problem, away = error.problem, True
        except EchoMeasureError as error:
            problem = error.problem
        except Exception as error:  # noqa: BLE001 - a service that ended would measure nothing
            last = traceback.extract_tb(error.__traceback__)[-1]
            # The words of such an error can be those of a header.
            where = f"{Path(last.filename).name}:{last.lineno}"
            problem = f"A fault of the program: {type(error).__name__} at {where}."
        self._say(problem, away)
        return not problem and not self._watcher.put_off

    def _say(self, problem: str, away: bool) -> None:
        if problem:
            self._log.event("server_away" if away else "trouble", words=problem)
        elif self._failures:
            self._log.event("well_again")
        self._failures = self._failures + 1 if problem else 0
        now = datetime.fromtimestamp(self._clock(), timezone.utc)
        facts = {} if problem else {"last_poll": now.isoformat(timespec="seconds")}
        words = nameless(problem)
        self._health.set(
            status="trouble" if problem else "ok",
            server={"reachable": not away, "problem": words if away else ""},
            problem="" if away else words,
            disk={"used_bytes": self._used(), "most_bytes": self._settings.most_bytes},
            studies=self._watcher.states.counts(),
            doing="",
            **facts,
        )

    def _used(self) -> int | None:
        try:
            return self._watcher.disk.used()
        except OutputProblem:
            return None
