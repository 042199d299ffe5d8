"""The networks on OpenVINO: processors of x86 and ARM, in bfloat16 where they compute in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.errors import EngineProblem
from EchoMeasureLib.inference.canvas import Canvas, canvas_size
from EchoMeasureLib.inference.network_facts import Logits, checkpoint_facts
from EchoMeasureLib.inference.openvino_dilated import split_dilated
from EchoMeasureLib.inference.openvino_models import (
    core,
    network_model,
    openvino_version,
    threads,
)
from EchoMeasureLib.inference.openvino_requests import Requests
from EchoMeasureLib.inference.openvino_resampling import averaged, with_openvino
from EchoMeasureLib.inference.quantising import accepted, accepted_model, lost, problem_of
from EchoMeasureLib.inference.settings import EngineName, Precision
from EchoMeasureLib.inference.weight_store import Checkpoint

if TYPE_CHECKING:
    import openvino

HINTS = {Precision.FLOAT32: "f32", Precision.BFLOAT16: "bf16"}
"""OpenVINO's words; what is not quantised of a network in int8 is computed in the best of them."""

COMPACT_BATCH = 8
"""Canvases of the compact network that are on their way together."""


class OpenVinoEngine:
    """Runs a network with OpenVINO on the processor."""

    name = EngineName.OPENVINO
    interpolate = staticmethod(with_openvino)

    def __init__(
        self,
        checkpoint: Checkpoint,
        measurement: str,
        precision: Precision = Precision.AUTO,
        models: Mapping[tuple[int, int], openvino.Model] | None = None,
    ) -> None:
        """`models` by size of the canvas, in place of those that are kept.

        Raises `MissingPackage`, `WeightsProblem`, and `EngineProblem` for bfloat16 where the
        processor does not compute in it, and for int8 where no such network was accepted.
        """
        self.version = openvino_version()
        self.facts = checkpoint_facts(checkpoint, measurement)
        native = "BF16" in core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        if precision is Precision.BFLOAT16 and not native:
            raise EngineProblem(
                "OpenVINO does not compute in bfloat16 on this processor.",
                "Leave out --precision, or use --engine torch.",
            )
        self._best = Precision.BFLOAT16 if native else Precision.FLOAT32
        self._checkpoint, self._measurement = checkpoint, measurement
        self._models = dict(models or {})
        size = canvas_size(definition(measurement))
        quantised = self._models or accepted(checkpoint, measurement, size)
        if precision is Precision.INT8 and not quantised:
            raise problem_of(measurement, lost(checkpoint, measurement, size))
        if precision is Precision.AUTO:
            precision = Precision.INT8 if quantised else self._best
        self.precision = precision
        self._compiled: dict[tuple[tuple[int, int], bool], _Ready] = {}

    @property
    def batch(self) -> int:
        """As many as run side by side.

        A large network gives all processors enough to do with one, and needs memory for each.
        """
        return COMPACT_BATCH if self.facts.compact else 1

    @property
    def sees_screens(self) -> bool:
        """A compact network averages its canvas, which may be done while the screen is resized."""
        return self.facts.compact

    def prepare(self, size: tuple[int, int], several: bool) -> None:
        """As `Engine.prepare`. Raises `RuntimeError`, and as `network_model`."""
        self._ready(size, self._model(size), several)

    def run(self, canvases: Sequence[Canvas]) -> dict[str, Logits]:
        """Logits per measurement. As `Engine.run`.

        One canvas has all processors, several have one each. Raises `EngineProblem` when OpenVINO
        fails, and as `network_model` at the first canvas of a size.
        """
        model = self._model(canvases[0].size)
        try:
            compiled = self._ready(canvases[0].size, model, len(canvases) > 1)
            found = compiled.run(canvases)
        except (RuntimeError, MemoryError) as error:
            lines = str(error).strip().splitlines() or ["no reason given"]
            raise EngineProblem(f"OpenVINO failed ({lines[-1]}).", "Use --engine torch.") from error
        maps = found[0] if len(found) == 1 else np.concatenate(found)
        ends = np.cumsum([*self.facts.points.values()])[:-1]
        return dict(zip(self.facts.points, np.split(maps, ends, 1), strict=True))

    def _model(self, size: tuple[int, int]) -> openvino.Model:
        if size not in self._models:
            asked = (self._checkpoint, self._measurement, size)
            found = accepted_model(*asked) if self.precision is Precision.INT8 else None
            self._models[size] = found or network_model(*asked)
        return self._models[size]

    def _ready(self, size: tuple[int, int], model: openvino.Model, several: bool) -> _Ready:
        key = (size, several)
        if key not in self._compiled:
            options = {
                "PERFORMANCE_HINT": "THROUGHPUT" if several else "LATENCY",
                "INFERENCE_PRECISION_HINT": HINTS.get(self.precision, HINTS[self._best]),
                "INFERENCE_NUM_THREADS": threads(),
            }
            averaging = _after_average(model)
            compiled = core().compile_model(averaging or _for_pictures(model), "CPU", options)
            self._compiled[key] = _Ready(compiled, averaging is not None)
        return self._compiled[key]


class _Ready:
    """A compiled network, and what it sees of a canvas: its averages or its picture."""

    def __init__(self, compiled: openvino.CompiledModel, averages: bool) -> None:
        self._compiled, self._averages = compiled, averages
        self._requests = Requests(compiled)

    def run(self, canvases: Sequence[Canvas]) -> list[Logits]:
        """The maps of each canvas, those of one measurement after the other."""
        from openvino import AsyncInferQueue

        if len(canvases) == 1:
            # Without threads between: they cost as much as a small network's first layers.
            return [self._requests.run(self._seen(canvases[0]))]
        found: list[Logits] = [np.empty(0, np.float32)] * len(canvases)

        def take(request: Any, place: int) -> None:
            found[place] = request.output_tensors[0].data.copy()

        queue = AsyncInferQueue(self._compiled)
        queue.set_callback(take)
        for place, canvas in enumerate(canvases):
            queue.start_async({0: self._seen(canvas)}, place)
        queue.wait_all()
        return found

    def _seen(self, canvas: Canvas) -> npt.NDArray[Any]:
        return averaged(canvas) if self._averages else canvas.picture[None]


def _for_pictures(model: openvino.Model) -> openvino.Model:
    """The network for pictures (1, rows, columns, 3) of 8 bits."""
    from openvino import Layout, Type
    from openvino.preprocess import PrePostProcessor

    changed = model.clone()
    split_dilated(changed)
    before = PrePostProcessor(changed)
    before.input().tensor().set_element_type(Type.u8).set_layout(Layout("NHWC"))
    before.input().model().set_layout(Layout("NCHW"))
    before.input().preprocess().convert_element_type(Type.f32).scale(255.0)
    return before.build()


def _after_average(model: openvino.Model) -> openvino.Model | None:
    """The network after its average of the canvas, 2 x 2; None for one that has none.

    It sees (1, rows, columns, 3), 0 to 1. OpenVINO would bring all of the canvas into another
    layout first, which takes longer than the average itself.
    """
    from openvino import Model, Type
    from openvino import opset13 as operations

    changed = model.clone()
    (given,) = changed.get_parameters()
    (first, *others) = given.output(0).get_target_inputs()
    pool = first.get_node()
    _, _, rows, columns = (int(size) for size in given.shape)
    (_, _, down, across) = (int(size) for size in pool.output(0).shape)
    halved = (2 * down, 2 * across) == (rows, columns)
    if others or pool.get_type_name() != "AvgPool" or not halved:
        return None
    averages = operations.parameter([1, down, across, 3], Type.f32)
    planes = operations.transpose(averages, np.array([0, 3, 1, 2]))
    for target in pool.output(0).get_target_inputs():
        target.replace_source_output(planes.output(0))
    return Model(changed.get_results(), [averages])
