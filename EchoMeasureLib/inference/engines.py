"""What can run a network. No runtime is loaded before an engine of it is made.

An engine takes canvases and gives logits; it knows nothing of measurements. Another runtime
fits in with a class that has the members of `Engine`, a name in `EngineName` and a row here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeAlias

from EchoMeasureLib.inference.settings import EngineName, Precision

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import torch

    from EchoMeasureLib.inference.networks import LandmarkNetwork


class Engine(Protocol):
    """Runs one network."""

    name: EngineName
    precision: Precision
    """The one in use, never `auto`."""
    network: LandmarkNetwork

    @property
    def batch(self) -> int:
        """How many canvases at a time suit it."""

    def run(self, canvases: Sequence[npt.NDArray[np.float32]]) -> dict[str, torch.Tensor]:
        """Logits (n, points, h, w) per measurement, float32 on the CPU, of canvases (3, h, w)."""


Factory: TypeAlias = "Callable[[LandmarkNetwork, Precision], Engine]"
"""Makes an engine of a network that is its own from then on."""


def _torch(network: LandmarkNetwork, precision: Precision) -> Engine:
    from EchoMeasureLib.inference.torch_engine import TorchEngine

    return TorchEngine(network, precision)


ENGINES: Mapping[EngineName, Factory] = MappingProxyType({EngineName.TORCH: _torch})
"""Every engine by its name, the one that `auto` takes first."""


def make_engine(name: EngineName, network: LandmarkNetwork, precision: Precision) -> Engine:
    """The engine of that name with this network in it."""
    factory = next(iter(ENGINES.values())) if name is EngineName.AUTO else ENGINES[name]
    return factory(network, precision)
