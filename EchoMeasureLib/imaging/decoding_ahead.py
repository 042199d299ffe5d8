"""The next frames of a cine, decoded while something else is done with the present ones."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from EchoMeasureLib.imaging.cine import Cine


class DecodingAhead:
    """One thread, which begins when it is first needed."""

    def __init__(self, cine: Cine) -> None:
        self._cine = cine
        self._thread: ThreadPoolExecutor | None = None

    def expect(self, frames: Sequence[int]) -> None:
        """These are asked for next. Whoever asks hears of what is wrong with them."""
        if frames:
            self._thread = self._thread or ThreadPoolExecutor(1, "decoding-ahead")
            self._thread.submit(self._decode, tuple(frames))

    def close(self) -> None:
        """Nothing more is asked for; what is being decoded is waited for."""
        if self._thread is not None:
            self._thread.shutdown(cancel_futures=True)

    def _decode(self, frames: Sequence[int]) -> None:
        for frame in frames:
            self._cine.frame(frame)
