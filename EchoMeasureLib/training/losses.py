"""How far the network's heat maps are from the targets."""

from __future__ import annotations

import torch
from torch.nn import functional

FOREGROUND = 12.0
"""Extra weight of a cell at a landmark. A Gaussian covers about one cell in a thousand, so
without it the empty background would drown the landmarks."""


def heat_map_loss(
    logits: torch.Tensor, targets: torch.Tensor, known: torch.Tensor, foreground: float = FOREGROUND
) -> torch.Tensor:
    """Weighted Kullback-Leibler divergence per supervised channel; 0 for a perfect answer.

    `logits`, `targets`: (n, channels, rows, columns), targets 0..1. `known`: (n, channels),
    0 masks a channel. Each cell's binary divergence is weighted with `1 + foreground * target`
    and summed over the map, so that a landmark counts the same on any grid of one step.
    """
    logits = logits.float()
    cross = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    divergence = cross - _entropy(targets)
    weighted = divergence * (1 + foreground * targets)
    per_channel = weighted.sum((2, 3)) * known
    return per_channel.sum() / known.sum().clamp_min(1)


def _entropy(chance: torch.Tensor) -> torch.Tensor:
    """Binary entropy, the part of the cross-entropy that no answer can remove."""
    return -(torch.xlogy(chance, chance) + torch.xlogy(1 - chance, 1 - chance))
