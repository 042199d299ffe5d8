"""How a network is trained: everything that has a say in the result, checked before it begins."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.training.augmenting import Augmentation

MOST_SEED = 2**32 - 1
"""A million steps of each seed have a generator of their own, numbered in 64 bits."""


@dataclass(frozen=True, slots=True)
class Config:
    """How to train. Everything but `device` and the two clocks has a say in the result.

    Raises `InvalidArgument` for what no training can have, and for a device that is not here.
    """

    steps: int = 2000
    batch: int = 8
    """Samples per step."""
    rate: float = 2e-3
    """Highest learning rate; it rises over the first twentieth and falls as a cosine."""
    weight_decay: float = 1e-2
    """Of AdamW, for weights of more than one dimension."""
    averaging: float = 0.998
    """Decay of the exponential average of the weights, which is what gets written."""
    clip: float = 5.0
    """Largest norm of a step's gradient."""
    seed: int = 0
    precision: str = "float32"
    """`float32` or `bfloat16` (autocast; weights and optimiser stay float32)."""
    device: str = "cpu"
    """As torch names it: `cpu`, `cuda`, `cuda:1`."""
    minutes: float | None = None
    """Budget of wall time. The learning rate then falls with the clock if that is ahead of the
    steps, so such a run ends well trained but is not repeatable to the bit."""
    checkpoint_minutes: float = 2.0
    """How much work a kill may cost."""
    watch_steps: int = 500
    """Steps between looks at the held-out samples."""
    patience: int = 0
    """Looks without improvement after which training stops; 0 never stops early."""
    augmentation: Augmentation | None = None
    """None: the default of the canvas."""

    def __post_init__(self) -> None:
        if self.precision not in ("float32", "bfloat16"):
            raise InvalidArgument(
                f"{self.precision} is no training precision.", "Use float32 or bfloat16."
            )
        minutes = 1.0 if self.minutes is None else self.minutes
        if self.steps < 1 or self.batch < 1 or not 0 < minutes < math.inf:
            raise InvalidArgument("Steps, batch and minutes must be positive.")
        if not 0 < self.rate < math.inf:
            raise InvalidArgument(
                f"{self.rate:g} is no learning rate.", "Give a positive one, such as 0.002."
            )
        if self.patience < 0:
            raise InvalidArgument(
                f"A patience of {self.patience} looks is none.", "Give 0 never to stop early."
            )
        if not 0 <= self.seed <= MOST_SEED:
            raise InvalidArgument(
                f"The seed {self.seed} is out of range.", f"Give one from 0 to {MOST_SEED}."
            )
        _check_device(self.device)


def _check_device(name: str) -> None:
    """Raises `InvalidArgument` for what torch does not train on, or not on this machine."""
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InvalidArgument(f"There is no device '{name}'.", "Use cpu or cuda.") from error
    if device.type not in ("cpu", "cuda"):
        raise InvalidArgument(f"Nothing is trained on '{name}'.", "Use cpu or cuda.")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise InvalidArgument(f"This machine has no card '{name}' that torch can use.", "Use cpu.")
