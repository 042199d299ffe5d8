"""Landmarks for measurements and frames of a cine, as a generator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.definitions import Definition
from EchoMeasureLib.errors import WeightsProblem
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.decoding_ahead import DecodingAhead
from EchoMeasureLib.inference.canvas import Canvas
from EchoMeasureLib.inference.engine_choice import engine_for
from EchoMeasureLib.inference.engines import Engine
from EchoMeasureLib.inference.heat import Heat
from EchoMeasureLib.inference.kept_findings import KeptFindings
from EchoMeasureLib.inference.loading_ahead import Loaded, LoadingAhead
from EchoMeasureLib.inference.network_runs import (
    FoundHeat,
    about_int8,
    decode_frames,
    provenance,
    run_network,
)
from EchoMeasureLib.inference.network_tasks import NetworkTask, alike, network_tasks, task_canvas
from EchoMeasureLib.inference.prediction import Prediction
from EchoMeasureLib.inference.settings import Precision, Settings
from EchoMeasureLib.inference.ties import FramesBeside, still_tied
from EchoMeasureLib.inference.weight_store import Store
from EchoMeasureLib.progress import Monitor, Progress, silent


@dataclass(slots=True)
class Predictor:
    """Runs networks; keeps the last one loaded, and what was found in the last image.

    What was asked before is not run again while the image and its regions are the same.
    """

    store: Store = field(default_factory=Store)
    settings: Settings = field(default_factory=Settings)
    notes: list[str] = field(default_factory=list)
    """What people should know of the runs so far, such as an engine that failed, in sentences."""
    _loaded: Loaded | None = None
    _ahead: LoadingAhead = field(init=False)
    _kept: KeptFindings = field(default_factory=KeptFindings)

    def __post_init__(self) -> None:
        self._ahead = LoadingAhead(self.store, self.settings, self.notes.append)

    def expect(self, measurements: Sequence[str], several: bool = False) -> None:
        """Begin to load the network of the first of these, beside what comes before `predict`.

        `several`: whether it will run on more than one frame. Only what is converted and chosen
        already; whatever is wrong is said by `predict`. Who does not come to `predict` says so
        with `let_go`.
        """
        if self._loaded is None:
            self._ahead.expect(measurements, several)

    def let_go(self) -> None:
        """Expect nothing any longer; what is being loaded is dropped."""
        self._ahead.let_go()

    def check(self, cine: Cine, measurements: Sequence[str]) -> None:
        """Find the weights of these measurements, before minutes of work.

        Raises `UnknownMeasurement`, `WeightsProblem` and `CannotMeasure`, as `predict` would.
        """
        network_tasks(cine, [definition(id) for id in measurements], self.store)

    def predict(
        self,
        cine: Cine,
        measurements: Sequence[str],
        frames: Sequence[int],
        monitor: Monitor = silent,
    ) -> Iterator[Prediction]:
        """One prediction per measurement and frame, network by network, frames in order.

        Weights and frames are checked before anything runs. Raises `UnknownMeasurement`,
        `InvalidArgument`, `WeightsProblem` and `CannotMeasure`; a monitor stops the run
        within one batch.
        """
        for task, batch in self._batches(cine, measurements, frames, monitor, self._new):
            ids, network = [row.id for row in task.rows], task.checkpoint.sha256
            found = self._kept.found(network, ids, batch)
            new = self._new(task, batch)
            if new:
                for prediction in self._predict_batch(cine, task, self._load(task), new):
                    key = (prediction.measurement, prediction.frame)
                    # The same question has the same answer, to the last digit.
                    if key not in found:
                        found[key] = prediction
                        self._kept.keep(network, prediction)
            for id in ids:
                for frame in batch:
                    yield found[id, frame]

    def heats(
        self,
        cine: Cine,
        measurements: Sequence[str],
        frames: Sequence[int],
        monitor: Monitor = silent,
    ) -> Iterator[FoundHeat]:
        """The heat maps themselves, one for each prediction of `predict`, which has the errors."""
        for task, batch in self._batches(cine, measurements, frames, monitor, _all):
            engine = self._load(task).engine
            for rows in alike(task):
                canvases = [self._canvas(cine, frame, task, rows[0], engine) for frame in batch]
                found = run_network(task, rows, canvases, engine)
                model = provenance(task, engine, self.settings)
                for row in rows:
                    for frame, heat in zip(batch, found[row.id], strict=True):
                        yield FoundHeat(row.id, frame, heat, model)

    def canvases(self, cine: Cine, measurement: str, frames: Sequence[int]) -> Iterator[Canvas]:
        """What the network of a measurement sees on these frames. Raises as `predict`."""
        (task,) = network_tasks(cine, [definition(measurement)], self.store)
        engine = self._load(task).engine
        for frame in frames:
            cine.check_frame(frame)
            yield self._canvas(cine, frame, task, task.rows[0], engine).without_screen()

    def _batches(
        self,
        cine: Cine,
        measurements: Sequence[str],
        frames: Sequence[int],
        monitor: Monitor,
        to_run: Callable[[NetworkTask, Sequence[int]], Sequence[int]],
    ) -> Iterator[tuple[NetworkTask, Sequence[int]]]:
        """Network by network, the frames that are run at a time.

        `to_run` says which are at all; a network that has none to run is not loaded.
        """
        self._kept.open(cine)
        rows = [definition(id) for id in dict.fromkeys(measurements)]
        for frame in frames:
            cine.check_frame(frame)
        tasks = network_tasks(cine, rows, self.store)
        total = len(rows) * len(frames)
        done = 0
        ahead = DecodingAhead(cine)
        try:
            for task in tasks:
                names = ", ".join(row.id for row in task.rows)
                size = len(frames) or 1
                if to_run(task, frames):
                    monitor(Progress(done, total, f"loading {names}"))
                    loaded = self._load(task, _within(monitor, done, total))
                    size = self.settings.batch or loaded.engine.batch
                for start in range(0, len(frames), size):
                    batch = frames[start : start + size]
                    monitor(Progress(done, total, names))
                    ahead.expect(to_run(task, frames[start + size : start + 2 * size]))
                    yield task, batch
                    done += len(batch) * len(task.rows)
        finally:
            ahead.close()
            # Where all was found before, nobody has asked for it.
            self.let_go()
        monitor(Progress(done, total, "done"))

    def _new(self, task: NetworkTask, frames: Sequence[int]) -> list[int]:
        """The frames on which not all of these measurements were found before."""
        ids = [row.id for row in task.rows]
        found = self._kept.found(task.checkpoint.sha256, ids, frames)
        return [frame for frame in frames if any((id, frame) not in found for id in ids)]

    def _load(self, task: NetworkTask, monitor: Monitor = silent) -> Loaded:
        self._loaded = self._ahead.take([row.id for row in task.rows]) or self._loaded
        if self._loaded is None or not self._loaded.answers(task):
            self._loaded = None  # before the next one takes memory
            engine = self._engine(task, self.settings.number_format, monitor)
            self._loaded = Loaded(engine, task.checkpoint)
        if not self._loaded.noted and self.settings.number_format is Precision.AUTO:
            self._loaded.noted, note = True, about_int8(task, self._loaded.engine)
            self.notes += [note] if note and note not in self.notes else []
        return self._loaded

    def _engine(self, task: NetworkTask, precision: Precision, monitor: Monitor = silent) -> Engine:
        ids = [row.id for row in task.rows]
        engine = engine_for(
            self.settings.engine, task.checkpoint, ids[0], precision, self.notes.append, monitor
        )
        unknown = [id for id in ids if id not in engine.facts.points]
        if unknown:
            raise WeightsProblem(
                f"{task.checkpoint.path.name} measures {ids[0]}, and not {unknown[0]}.",
                "Give each measurement a file of its own.",
            )
        return engine

    def _predict_batch(
        self, cine: Cine, task: NetworkTask, loaded: Loaded, frames: Sequence[int]
    ) -> Iterator[Prediction]:
        for rows in alike(task):
            heats = self._heats(cine, task, rows, loaded.engine, frames)
            found = decode_frames(rows, heats, self.settings.decoder)
            engines = [loaded.engine] * len(frames)
            rounded = loaded.engine.precision is not Precision.FLOAT32
            tied: list[int] = []
            if rounded and self.settings.precision is Precision.AUTO:
                near = FramesBeside(self._kept, task.checkpoint.sha256, cine.times, frames)
                tied = still_tied(rows, heats, found, near)
            if tied:
                exact = self._exact(task, loaded)
                seen = [self._canvas(cine, frames[n], task, rows[0], exact) for n in tied]
                sharper = decode_frames(
                    rows, run_network(task, rows, seen, exact), self.settings.decoder
                )
                for place, n in enumerate(tied):
                    engines[n] = exact
                    for row in rows:
                        found[row.id][n] = sharper[row.id][place]
            for row in rows:
                for frame, engine, decoded in zip(frames, engines, found[row.id], strict=True):
                    model = provenance(task, engine, self.settings)
                    yield Prediction(row.id, frame, decoded.points, model, decoded.beats)

    def _heats(
        self,
        cine: Cine,
        task: NetworkTask,
        rows: Sequence[Definition],
        engine: Engine,
        frames: Sequence[int],
    ) -> dict[str, list[Heat]]:
        """Each measurement's maps, frame by frame.

        Of a network of several 2-D measurements what it says of the others of the same view is
        kept: they may be asked for later.
        """
        network = f"{task.checkpoint.sha256} {engine.name} {engine.precision}"
        views = {view for row in rows for view in row.view.split(" or ")}
        known = [definition(id) for id in engine.facts.points] if task.region is None else []
        asked = {row.id for row in rows}
        others = [row for row in known if row.id not in asked and views & {*row.view.split(" or ")}]
        there: dict[int, dict[str, Heat]] = {}
        for frame in frames:
            kept = {row.id: self._kept.heat(network, row.id, frame) for row in rows}
            whole = {id: heat for id, heat in kept.items() if heat is not None}
            if len(whole) == len(rows):
                there[frame] = whole
        new = [frame for frame in frames if frame not in there]
        if new:
            canvases = [self._canvas(cine, frame, task, rows[0], engine) for frame in new]
            found = run_network(task, [*rows, *others], canvases, engine)
            for place, frame in enumerate(new):
                there[frame] = {row.id: found[row.id][place] for row in rows}
                for row in others:
                    self._kept.keep_heat(network, row.id, frame, found[row.id][place])
        return {row.id: [there[frame][row.id] for frame in frames] for row in rows}

    def _canvas(
        self, cine: Cine, frame: int, task: NetworkTask, row: Definition, engine: Engine
    ) -> Canvas:
        def make() -> Canvas:
            return task_canvas(cine, frame, task, row, engine.interpolate)

        if engine.sees_screens or not task.shared:
            return make()
        strip = None if task.region is None else (task.region.index, row.side)
        return self._kept.canvas(
            (frame, strip, task.checkpoint.look, engine.name), lambda: make().without_screen()
        )

    def _exact(self, task: NetworkTask, loaded: Loaded) -> Engine:
        if loaded.exact is None:
            loaded.exact = self._engine(task, Precision.FLOAT32)
        return loaded.exact


def predict(
    cine: Cine,
    measurements: Sequence[str],
    frames: Sequence[int],
    store: Store | None = None,
    settings: Settings | None = None,
    monitor: Monitor = silent,
) -> Iterator[Prediction]:
    """As `Predictor.predict`, with a predictor for this call only."""
    predictor = Predictor(store or Store(), settings or Settings())
    yield from predictor.predict(cine, measurements, frames, monitor)


def _all(task: NetworkTask, frames: Sequence[int]) -> Sequence[int]:
    return frames


def _within(monitor: Monitor, done: int, total: int) -> Monitor:
    """For a piece of work of which nobody knows how long it takes."""
    return lambda progress: monitor(Progress(done, total, progress.stage))
