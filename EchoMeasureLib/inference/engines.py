"""What can run a network. No runtime is loaded before an engine of it is made.

An engine takes canvases and gives logits; it knows nothing of measurements. Another runtime
fits in with a class that has the members of `Engine`, a name in `EngineName` and a row here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol, TypeAlias

from EchoMeasureLib.errors import needed_for
from EchoMeasureLib.inference.canvas import Canvas
from EchoMeasureLib.inference.network_facts import Logits, NetworkFacts
from EchoMeasureLib.inference.resampling import Interpolate
from EchoMeasureLib.inference.settings import EngineName, Precision
from EchoMeasureLib.inference.weight_store import Checkpoint


class Engine(Protocol):
    """Runs one network."""

    @property
    def name(self) -> EngineName: ...

    @property
    def version(self) -> str:
        """Of its runtime."""

    @property
    def precision(self) -> Precision:
        """The one in use, never `auto`."""

    @property
    def facts(self) -> NetworkFacts: ...

    @property
    def batch(self) -> int:
        """How many canvases at a time suit it."""

    @property
    def interpolate(self) -> Interpolate:
        """How its library resamples pictures."""

    @property
    def sees_screens(self) -> bool:
        """Whether it looks at `Canvas.screen` where there is one."""

    def prepare(self, size: tuple[int, int], several: bool) -> None:
        """Do what the first run of canvases of this size (columns, rows) would have to do.

        `several`: of more than one at a time.
        """

    def run(self, canvases: Sequence[Canvas]) -> dict[str, Logits]:
        """Logits (n, points, h, w) per measurement of canvases of one size."""


Factory: TypeAlias = Callable[[Checkpoint, str, Precision], Engine]
"""Makes an engine of the network in a checkpoint, for this measurement."""


def _torch(checkpoint: Checkpoint, measurement: str, precision: Precision) -> Engine:
    from EchoMeasureLib.inference.networks import load_network
    from EchoMeasureLib.inference.torch_engine import TorchEngine

    return TorchEngine(load_network(checkpoint, measurement), precision)


def _openvino(checkpoint: Checkpoint, measurement: str, precision: Precision) -> Engine:
    from EchoMeasureLib.inference.openvino_engine import OpenVinoEngine

    return OpenVinoEngine(checkpoint, measurement, precision)


def _mps(checkpoint: Checkpoint, measurement: str, precision: Precision) -> Engine:
    from EchoMeasureLib.inference.mps_engine import MpsEngine
    from EchoMeasureLib.inference.networks import load_network

    return MpsEngine(load_network(checkpoint, measurement), precision)


ENGINES: Mapping[EngineName, Factory] = MappingProxyType(
    {EngineName.TORCH: _torch, EngineName.OPENVINO: _openvino, EngineName.MPS: _mps}
)
"""Every engine by its name; `engine_choice` says which of them `auto` takes."""


def engines_there(installed: Callable[[str], bool], system: str) -> list[EngineName]:
    """Those that may run on a system (of `sys.platform`) with these packages.

    Whether a Mac has a card that PyTorch knows, only PyTorch says: making the engine then fails.
    """
    there: list[EngineName] = [
        name for name in ENGINES if name is not EngineName.MPS and installed(name.value)
    ]
    if system == "darwin" and EngineName.TORCH in there:
        there.append(EngineName.MPS)
    return there


def make_engine(
    name: EngineName, checkpoint: Checkpoint, measurement: str, precision: Precision
) -> Engine:
    """The engine of that name, not `auto`, with the network of a checkpoint in it.

    Raises `WeightsProblem` as `load_network`, and `MissingPackage` without its runtime.
    """
    with needed_for("Running the networks"):
        return ENGINES[name](checkpoint, measurement, precision)
