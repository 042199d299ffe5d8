"""Frames that a measurement left out, run when a person stops at one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.inference.settings import Settings
    from EchoMeasureLib.measuring.coarse_to_fine import FramePlan

REST_S = 0.5
"""So long a frame is on display before it is run: nothing is while playing or scrolling."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A measurement that was not run on the frame on display, and the networks it was made with."""

    image: str
    measurement: str
    frame: int
    weights: Path | None
    settings: Settings


@dataclass(slots=True)
class _Measured:
    """What was measured in an image on the frames that matter."""

    plan: FramePlan
    weights: Path | None
    settings: Settings
    tried: set[tuple[str, int]] = field(default_factory=set)
    """Run since then."""


class FillingIn:
    """Says what may be run while nothing else is; one measurement at a time, so that whoever goes
    on waits for one network at most."""

    def __init__(self, study: OpenStudy, clock: Callable[[], float]) -> None:
        self._study, self._clock = study, clock
        self._measured: dict[str, _Measured] = {}
        self._resting: tuple[str, int] = ("", -1)
        self._since = 0.0

    def remember(
        self, image: str, plan: FramePlan, weights: Path | None, settings: Settings
    ) -> None:
        """A measurement came to its end: what its plan left out may be filled in."""
        self._measured[image] = _Measured(plan, weights, settings)

    def forget(self, image: str) -> None:
        """Fill in nothing of this image."""
        self._measured.pop(image, None)

    def next(self) -> Gap | None:
        """What to run now on the frame on display; None where nothing is, or not yet.

        What is told once is not told again.
        """
        here = (self._study.image, self._study.frame)
        if here != self._resting:
            self._resting, self._since = here, self._clock()
        image, frame = here
        known = self._measured.get(image)
        if known is None or self._study.cine is None or self._clock() - self._since < REST_S:
            return None
        left = (id for id in known.plan.thinned if frame not in known.plan.frames(id))
        id = next((id for id in left if (id, frame) not in known.tried), None)
        if id is None:
            return None
        known.tried.add((id, frame))
        return Gap(image, id, frame, known.weights, known.settings)
