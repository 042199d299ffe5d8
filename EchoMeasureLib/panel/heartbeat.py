"""Something that is done again and again, until it fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from EchoMeasureLib.panel.section import guarded

if TYPE_CHECKING:
    from EchoMeasureLib.panel.section import Speaker


class Heartbeat:
    """A timer. An error is shown once and ends it: ten dialogs a second help nobody."""

    def __init__(
        self,
        speaker: Speaker,
        interval_ms: int,
        action: Callable[[], object],
        failed: Callable[[], None],
    ) -> None:
        """`failed` is called once the timer has stopped, before the error is shown."""
        import qt

        self._action, self._failed = action, failed
        self.beats = 0
        """How often it was done."""
        self._timer = qt.QTimer()
        self._timer.interval = interval_ms
        self._timer.timeout.connect(guarded(speaker, self.beat))

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return bool(self._timer.active)

    def start(self) -> None:
        """Begin, or begin again after a failure."""
        self._timer.start()

    def stop(self) -> None:
        """No more."""
        self._timer.stop()

    def beat(self) -> None:
        """Do it once."""
        well = False
        try:
            self._action()
            self.beats += 1
            well = True
        finally:
            if not well:
                self._timer.stop()
                self._failed()
