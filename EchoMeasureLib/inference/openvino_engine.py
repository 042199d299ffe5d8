"""The networks on OpenVINO: processors of x86 and ARM, in bfloat16 where they compute in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.errors import EngineProblem
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.inference.canvas import canvas_size
from EchoMeasureLib.inference.network_facts import Logits, checkpoint_facts
from EchoMeasureLib.inference.openvino_dilated import split_dilated
from EchoMeasureLib.inference.openvino_models import (
    core,
    network_model,
    openvino_version,
    threads,
)
from EchoMeasureLib.inference.openvino_resampling import with_openvino
from EchoMeasureLib.inference.quantising import accepted, accepted_model
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
            raise EngineProblem(
                f"No network in int8 was accepted for {measurement}.",
                "Make one: echomeasure weights quantise --frames FILE",
            )
        if precision is Precision.AUTO:
            precision = Precision.INT8 if quantised else self._best
        self.precision = precision
        self._compiled: dict[tuple[tuple[int, int], bool], openvino.CompiledModel] = {}

    @property
    def batch(self) -> int:
        """As many as run side by side.

        A large network gives all processors enough to do with one, and needs memory for each.
        """
        return COMPACT_BATCH if self.facts.compact else 1

    def run(self, pictures: Sequence[Frame]) -> dict[str, Logits]:
        """Logits per measurement. As `Engine.run`.

        One canvas has all processors, several have one each. Raises `EngineProblem` when OpenVINO
        fails, and as `network_model` at the first canvas of a size.
        """
        rows, columns = pictures[0].shape[:2]
        model = self._model((columns, rows))
        try:
            compiled = self._ready((columns, rows), model, len(pictures) > 1)
            found = _run(compiled, pictures)
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

    def _ready(
        self, size: tuple[int, int], model: openvino.Model, several: bool
    ) -> openvino.CompiledModel:
        key = (size, several)
        if key not in self._compiled:
            options = {
                "PERFORMANCE_HINT": "THROUGHPUT" if several else "LATENCY",
                "INFERENCE_PRECISION_HINT": HINTS.get(self.precision, HINTS[self._best]),
                "INFERENCE_NUM_THREADS": threads(),
            }
            self._compiled[key] = core().compile_model(_for_pictures(model), "CPU", options)
        return self._compiled[key]


def _for_pictures(model: openvino.Model) -> openvino.Model:
    """The network for pictures (1, rows, columns, 3) of 8 bits."""
    from openvino import Layout, Type
    from openvino.preprocess import PrePostProcessor

    averaging = _averaging(model)
    if averaging is not None:
        return averaging
    changed = model.clone()
    split_dilated(changed)
    before = PrePostProcessor(changed)
    before.input().tensor().set_element_type(Type.u8).set_layout(Layout("NHWC"))
    before.input().model().set_layout(Layout("NCHW"))
    before.input().preprocess().convert_element_type(Type.f32).scale(255.0)
    return before.build()


def _averaging(model: openvino.Model) -> openvino.Model | None:
    """The same for a network that first averages its canvas 2 x 2; None for any other.

    OpenVINO would bring all of the canvas into another layout first, which takes longer than the
    average. Four pixels of a picture lie in two rows: these are added, and the rest is a product.
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
    picture = operations.parameter([1, rows, columns, 3], Type.u8)
    pairs = operations.reshape(picture, np.array([down, 2, columns * 3]), special_zero=False)
    upper, lower = (
        operations.convert(operations.gather(pairs, np.array(n), np.array(1)), Type.f32)
        for n in (0, 1)
    )
    sums = operations.reshape(
        operations.add(upper, lower), np.array([down * across, 6]), special_zero=False
    )
    quarters = np.tile(np.eye(3, dtype=np.float32) / (4 * 255), (2, 1))
    mixed = operations.matmul(sums, quarters, False, False)
    shaped = operations.reshape(mixed, np.array([1, down, across, 3]), special_zero=False)
    averaged = operations.transpose(shaped, np.array([0, 3, 1, 2]))
    for target in pool.output(0).get_target_inputs():
        target.replace_source_output(averaged.output(0))
    return Model(changed.get_results(), [picture])


def _run(compiled: openvino.CompiledModel, pictures: Sequence[Frame]) -> list[Logits]:
    """The maps of each picture, those of one measurement after the other."""
    from openvino import AsyncInferQueue

    if len(pictures) == 1:
        # Without threads between: they cost as much as a small network's first layers.
        request = compiled.create_infer_request()
        request.infer({0: pictures[0][None]}, share_inputs=True)
        return [request.output_tensors[0].data.copy()]
    found: list[Logits] = [np.empty(0, np.float32)] * len(pictures)

    def take(request: Any, place: int) -> None:
        found[place] = request.output_tensors[0].data.copy()

    queue = AsyncInferQueue(compiled)
    queue.set_callback(take)
    for place, picture in enumerate(pictures):
        queue.start_async({0: picture[None]}, place)
    queue.wait_all()
    return found
