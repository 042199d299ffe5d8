"""The networks on PyTorch: processor, number format and batch."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from EchoMeasureLib.errors import EchoMeasureError, EngineProblem
from EchoMeasureLib.inference.canvas import Canvas
from EchoMeasureLib.inference.network_facts import Logits
from EchoMeasureLib.inference.networks import LandmarkNetwork
from EchoMeasureLib.inference.resampling import with_torch
from EchoMeasureLib.inference.settings import EngineName, Precision


class TorchEngine:
    """Runs a network with PyTorch on the GPU when there is one, else on the CPU."""

    name: EngineName = EngineName.TORCH
    version = str(torch.__version__)
    interpolate = staticmethod(with_torch)
    sees_screens = False

    def __init__(
        self,
        network: LandmarkNetwork,
        precision: Precision = Precision.AUTO,
        device: torch.device | None = None,
    ) -> None:
        """The network is changed: do not share it. Raises `EngineProblem` for int8.

        `device`: a card of NVIDIA where there is one, else the processor, unless it is named.
        """
        if precision is Precision.INT8:
            raise EngineProblem("PyTorch runs no network in int8 here.", "Use --engine openvino.")
        usual = "cuda" if torch.cuda.is_available() else "cpu"
        self.device = device or torch.device(usual)
        automatic = precision == Precision.AUTO
        self.precision = best_precision(self.device) if automatic else precision
        self.network = network
        self.facts = network.facts
        _fold_normalisation(network.module, self._dtype)
        self._move(self.device)

    @property
    def batch(self) -> int:
        """A large network fills a CPU with one canvas; more only fall out of its cache."""
        return 4 if self.device.type == "cuda" or self.facts.compact else 1

    def prepare(self, size: tuple[int, int], several: bool) -> None:
        """As `Engine.prepare`: nothing, any size is the same to it."""

    @property
    def _dtype(self) -> torch.dtype:
        return torch.bfloat16 if self.precision == Precision.BFLOAT16 else torch.float32

    def _move(self, device: torch.device) -> None:
        self.device = device
        module = self.network.module.to(device=device, dtype=self._dtype)
        # torch's stubs know the memory format only on its own.
        module.to(memory_format=_memory_format(device))

    def run(self, canvases: Sequence[Canvas]) -> dict[str, Logits]:
        """Logits per measurement; halves the batch, then leaves the GPU, when memory runs out.

        As `Engine.run`. Raises `EchoMeasureError` when there is none for a single frame.
        """
        try:
            return self._on_device(canvases)
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
        if len(canvases) > 1:
            half = len(canvases) // 2
            parts = (self.run(canvases[:half]), self.run(canvases[half:]))
            return {id: np.concatenate([part[id] for part in parts]) for id in parts[0]}
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
            self._move(torch.device("cpu"))
            return self.run(canvases)
        raise EchoMeasureError(
            "There is not enough memory to run the network on a single frame.",
            "Close other programs and try again.",
        )

    def _on_device(self, canvases: Sequence[Canvas]) -> dict[str, Logits]:
        # Pictures lie in memory as channels-last tensors do.
        pictures = np.stack([canvas.picture for canvas in canvases])
        batch = torch.from_numpy(pictures).permute(0, 3, 1, 2)
        batch = batch.contiguous(memory_format=_memory_format(self.device)).to(self.device)
        with torch.inference_mode(), self._exact():
            found = self.network.logits((batch.float() / 255).to(self._dtype))
            return {id: maps.float().cpu().numpy() for id, maps in found.items()}

    def _exact(self) -> AbstractContextManager[None]:
        """float32 is float32: a card would else multiply with the 10 bits of TF32."""
        if self.device.type != "cuda" or self.precision != Precision.FLOAT32:
            return nullcontext()
        return torch.backends.cudnn.flags(enabled=True, allow_tf32=False)


def _memory_format(device: torch.device) -> torch.memory_format:
    """The one in which convolutions are quick; plain on cards that are less tried with another."""
    return torch.channels_last if device.type in ("cpu", "cuda") else torch.contiguous_format


def best_precision(device: torch.device) -> Precision:
    """bfloat16 where the processor computes in it, else float32."""
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return Precision.BFLOAT16 if native else Precision.FLOAT32
    # Without oneDNN (a Mac, for one) torch only imitates bfloat16, slowly.
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return Precision.FLOAT32
    # Private names of torch: one that goes away must not take measuring with it.
    asked = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    native = any(getattr(torch.cpu, name, bool)() for name in asked)
    return Precision.BFLOAT16 if native else Precision.FLOAT32


def is_out_of_memory(error: BaseException) -> bool:
    """Whether torch says so, or Python."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    # The CPU allocator of torch has no class of its own.
    return "allocate memory" in str(error) or "out of memory" in str(error)


def _fold_normalisation(module: nn.Module, dtype: torch.dtype) -> None:
    """Put every batch normalisation into the convolution before it: fewer passes, same result.

    Each convolution comes into its own number format at once: all of them in float32 would take
    as much memory again as the file.
    """
    previous: nn.Module | None = None
    for name, child in list(module.named_children()):
        if isinstance(previous, nn.Conv2d) and _normalises(child):
            facts: Any = child
            previous.weight, previous.bias = fuse_conv_bn_weights(
                previous.weight,
                previous.bias,
                facts.running_mean,
                facts.running_var,
                getattr(child, "eps", 1e-5),
                facts.weight,
                facts.bias,
            )
            previous.to(dtype)
            setattr(module, name, nn.Identity())
        else:
            _fold_normalisation(child, dtype)
        previous = child


def _normalises(module: nn.Module) -> bool:
    return hasattr(module, "running_mean") and hasattr(module, "running_var")
