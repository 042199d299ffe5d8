"""A network that is loaded beside what comes before it: modules, and the image that it will see."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.inference.canvas import canvas_size
from EchoMeasureLib.inference.engine_choice import engine_for, is_ready
from EchoMeasureLib.inference.engines import Engine
from EchoMeasureLib.inference.settings import Settings
from EchoMeasureLib.inference.weight_store import Checkpoint, Store


@dataclass(slots=True)
class Loaded:
    """A network that can be run."""

    engine: Engine
    checkpoint: Checkpoint
    exact: Engine | None = None
    """The same network in float32, made when a tie is not decided otherwise."""


class LoadingAhead:
    """One thread, which begins at once and ends with what it loads, asked for or not.

    Only what is converted and chosen already is loaded: that takes a second at most.
    """

    def __init__(
        self, store: Store, settings: Settings, measurement: str, tell: Callable[[str], object]
    ) -> None:
        """`tell` is that of `engine_for`."""
        thread = ThreadPoolExecutor(1, "loading-ahead")
        self._found = thread.submit(_load, store, settings, measurement, tell)
        thread.shutdown(wait=False)

    def take(self) -> Loaded | None:
        """What was loaded, waited for; None where that failed: whoever loads it then hears why."""
        return None if self._found.exception() else self._found.result()


def _load(
    store: Store, settings: Settings, measurement: str, tell: Callable[[str], object]
) -> Loaded | None:
    checkpoint = store.find(measurement)
    asked = (settings.engine, checkpoint, measurement, settings.number_format)
    if not is_ready(*asked):
        return None
    engine = engine_for(*asked, tell)
    engine.prepare(canvas_size(definition(measurement)))
    return Loaded(engine, checkpoint)
