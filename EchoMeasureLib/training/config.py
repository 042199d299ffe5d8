"""How a network is trained: everything that has a say in the result, checked before it begins."""

from __future__ import annotations

from dataclasses import dataclass

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.training.augmenting import Augmentation


@dataclass(frozen=True, slots=True)
class Config:
    """How to train. Everything but `device` and the two clocks has a say in the result.

    Raises `InvalidArgument` for an unknown precision and for steps, batch or minutes below one or
    zero.
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
        if self.steps < 1 or self.batch < 1 or (self.minutes is not None and self.minutes <= 0):
            raise InvalidArgument("Steps, batch and minutes must be positive.")
