"""Playing a cine in the time in which the heart went, however long a picture takes."""

from __future__ import annotations

import bisect
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from EchoMeasureLib.errors import InvalidState

if TYPE_CHECKING:
    from EchoMeasureLib.desk.open_study import OpenStudy

USUAL_FPS = 25.0
"""Where the file does not say when its frames were taken."""


class Player:
    """Round and round from the frame on display; `step` shows the frame of the moment."""

    def __init__(self, study: OpenStudy, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` counts seconds."""
        self._study = study
        self._clock = clock
        self._began: float | None = None
        self._times: tuple[float, ...] = ()
        self._round = 0.0

    @property
    def playing(self) -> bool:
        """Whether it goes on by itself."""
        return self._began is not None

    def play(self) -> None:
        """Go on from here. Raises `InvalidState` for a still, and where no image is open."""
        cine = self._study.need_cine()
        if cine.frame_count < 2:
            raise InvalidState("A still does not play.")
        times = cine.times
        if times is None or times[-1] <= times[0]:
            times = tuple(frame / USUAL_FPS for frame in range(cine.frame_count))
        self._times = tuple(time - times[0] for time in times)
        # The last frame is seen as long as the others are.
        self._round = self._times[-1] * cine.frame_count / (cine.frame_count - 1)
        self._began = self._clock() - self._times[max(0, self._study.frame)]

    def stop(self) -> None:
        """Stay where it is."""
        self._began = None

    def step(self) -> bool:
        """Show the frame of this moment, if it is another one; whether it was."""
        if self._began is None:
            return False
        if self._study.cine is None or self._study.cine.frame_count != len(self._times):
            self.stop()
            return False
        now = (self._clock() - self._began) % self._round
        frame = bisect.bisect_right(self._times, now + 1e-6) - 1
        if frame == self._study.frame:
            return False
        self._study.show_frame(frame)
        return True

    def until_next(self) -> float:
        """Seconds until the next frame is due."""
        if self._began is None:
            return 1.0
        now = (self._clock() - self._began) % self._round
        later = bisect.bisect_right(self._times, now + 1e-6)
        due = self._times[later] if later < len(self._times) else self._round
        return max(0.0, due - now)
