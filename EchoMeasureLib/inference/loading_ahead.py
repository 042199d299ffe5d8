"""A network that is loaded beside what comes before it: modules, and the image that it will see."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.inference.canvas import canvas_size
from EchoMeasureLib.inference.engine_choice import engine_for, is_ready
from EchoMeasureLib.inference.engines import Engine
from EchoMeasureLib.inference.network_tasks import NetworkTask
from EchoMeasureLib.inference.settings import Settings
from EchoMeasureLib.inference.weight_store import Checkpoint, Store


@dataclass(slots=True)
class Loaded:
    """A network that can be run."""

    engine: Engine
    checkpoint: Checkpoint
    exact: Engine | None = None
    """The same network in float32, made when a tie is not decided otherwise."""
    noted: bool = False
    """Whether people have heard what there is to know of it."""

    def answers(self, task: NetworkTask) -> bool:
        """Whether it is the network of this task."""
        known = self.engine.facts.points
        return self.checkpoint == task.checkpoint and all(row.id in known for row in task.rows)


class LoadingAhead:
    """The network that is expected to be asked first."""

    def __init__(self, store: Store, settings: Settings, tell: Callable[[str], object]) -> None:
        """`tell` is that of `engine_for`."""
        self._with = store, settings, tell
        self._loading: _Loading | None = None

    def expect(self, measurements: Sequence[str], several: bool) -> None:
        """As `Predictor.expect`, where nothing is loaded."""
        if self._loading is not None and self._loading.measurement not in measurements:
            self.let_go()
        if measurements and self._loading is None:
            self._loading = _Loading(*self._with, measurements[0], several)

    def take(self, measurements: Sequence[str]) -> Loaded | None:
        """What was loaded for one of these, waited for; nothing is expected any longer.

        None where it failed, too: whoever loads it then hears why.
        """
        loading, mine = self._loading, None
        if loading is not None and loading.measurement in measurements:
            mine = None if loading.found.exception() else loading.found.result()
        self.let_go()
        return mine

    def let_go(self) -> None:
        """Nobody asks for it: it is dropped, and its thread ends with the step that it is at."""
        if self._loading is not None:
            self._loading.over.set()
            self._loading = None


class _Loading:
    """One thread, which begins at once and ends with what it loads.

    Only what is converted and chosen already is loaded: that takes a second at most.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        tell: Callable[[str], object],
        measurement: str,
        several: bool,
    ) -> None:
        self.measurement = measurement
        self.over = threading.Event()
        """Set when nobody waits for it any longer."""
        self._with, self._several = (store, settings, tell), several
        thread = ThreadPoolExecutor(1, "loading-ahead")
        self.found = thread.submit(self._load)
        thread.shutdown(wait=False)

    def _load(self) -> Loaded | None:
        store, settings, tell = self._with
        checkpoint = store.find(self.measurement)
        asked = (settings.engine, checkpoint, self.measurement, settings.number_format)
        if self.over.is_set() or not is_ready(*asked):
            return None
        engine = engine_for(*asked, tell)
        if self.over.is_set():
            return None
        size = canvas_size(definition(self.measurement))
        engine.prepare(size, self._several and engine.batch > 1)
        return Loaded(engine, checkpoint)
