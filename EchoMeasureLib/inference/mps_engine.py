"""The networks on the graphics processor of a Mac, through PyTorch (MPS), in float32.

PyTorch has given wrong results there without a word (its issue 86954 is one), and nobody of
EchoMeasure has such a machine. So the card has to show for each size of batch, in each process,
that it computes what the processor computes, before anything that it says is taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from EchoMeasureLib.errors import EngineProblem
from EchoMeasureLib.inference.canvas import Canvas
from EchoMeasureLib.inference.network_facts import Logits
from EchoMeasureLib.inference.networks import LandmarkNetwork
from EchoMeasureLib.inference.settings import EngineName, Precision
from EchoMeasureLib.inference.torch_engine import TorchEngine, is_out_of_memory

NEAR_SHARE, NEAR = 0.01, 0.001
"""How far a logit may lie from the processor's: a share of the span of its maps, and as much more
where these are flat. Both are float32; cards of NVIDIA stay far below it."""

USE_ANOTHER = "Leave out --engine, or use --engine torch."


class MpsEngine(TorchEngine):
    """Runs a network on the card, which first has to agree with the processor."""

    name = EngineName.MPS

    def __init__(
        self,
        network: LandmarkNetwork,
        precision: Precision = Precision.AUTO,
        card: torch.device | None = None,
    ) -> None:
        """The network is changed. `card`: that of this Mac where none is named.

        Raises `EngineProblem` where there is none, and for other formats than float32.
        """
        if precision not in (Precision.AUTO, Precision.FLOAT32):
            raise EngineProblem(
                "On the graphics processor of a Mac networks run in float32.", USE_ANOTHER
            )
        if card is None and not torch.backends.mps.is_available():
            raise EngineProblem("There is no graphics processor of Apple's here.", USE_ANOTHER)
        super().__init__(network, Precision.FLOAT32, torch.device("cpu"))
        self._card = card or torch.device("mps")
        self._proven: set[tuple[tuple[int, int], int]] = set()

    def run(self, canvases: Sequence[Canvas]) -> dict[str, Logits]:
        """As `Engine.run`. Raises `EngineProblem` when the card fails or computes otherwise."""
        batch = (canvases[0].size, len(canvases))
        try:
            if batch in self._proven:
                return self._on_device(canvases)
            self._move(torch.device("cpu"))
            exact = self._on_device(canvases)
            self._move(self._card)
            found = self._on_device(canvases)
        except (RuntimeError, MemoryError) as error:
            # Of these is NotImplementedError, for an operator that the card does not have.
            lines = str(error).strip().splitlines() or ["no reason given"]
            why = "it has no memory left" if is_out_of_memory(error) else lines[0]
            raise EngineProblem(f"The graphics processor failed ({why}).", USE_ANOTHER) from error
        if not agree(found, exact):
            raise EngineProblem(
                "The graphics processor does not compute what the processor computes.", USE_ANOTHER
            )
        self._proven.add(batch)
        return found


def agree(found: Mapping[str, Logits], exact: Mapping[str, Logits]) -> bool:
    """Whether all maps are those of the processor, but for rounding."""
    if found.keys() != exact.keys():
        return False
    for id, maps in exact.items():
        most = NEAR_SHARE * float(np.ptp(maps)) + NEAR
        # Written so that what is no number does not agree.
        if found[id].shape != maps.shape or not np.all(np.abs(found[id] - maps) <= most):
            return False
    return True
