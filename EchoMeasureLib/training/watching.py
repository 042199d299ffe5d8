"""How well a network does on held-out samples, in canvas pixels: quick, and while it trains."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from EchoMeasureLib.training.config import Config
from EchoMeasureLib.training.dataset import SampleStore
from EchoMeasureLib.training.targets import peaks
from EchoMeasureLib.training.trainees import Trainee

PRESENT = 0.3
"""Peak probability from which a structure counts as seen."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement's record."""

    n: int
    """Points that are there."""
    median_px: float
    """Of the distances of points that are there, canvas pixels."""
    mean_px: float
    """The same, mean."""
    median_y_px: float
    """Of the rows alone: the velocity of a spectral peak, whatever its time."""
    seen: float
    """Share of the points that are there with a peak of at least `PRESENT`."""
    refused: float
    """Share of the absent structures that stay below it."""


@dataclass(frozen=True, slots=True)
class Watch:
    """All measurements' records. Distances in canvas pixels, to the nearest beat's point."""

    rows: Mapping[str, Row]
    error: float
    """Mean over measurements of the median distance."""

    def summary(self) -> dict[str, float]:
        """Means over measurements: `error_px` in canvas pixels, the shares `seen` and `refused`."""
        found = list(self.rows.values())
        return {
            "error_px": self.error,
            "seen": _mean([row.seen for row in found]),
            "refused": _mean([row.refused for row in found]),
        }

    def text(self) -> str:
        """The same as a line for people."""
        s = self.summary()
        return f"error {self.error:.2f} px, seen {s['seen']:.0%}, refused {s['refused']:.0%}"


@torch.no_grad()
def watch(trainee: Trainee, samples: SampleStore, config: Config, batch: int = 16) -> Watch:
    """Runs the network over all samples; memory holds one batch."""
    device = torch.device(config.device)
    was = trainee.training
    trainee.eval()
    found: list[tuple[torch.Tensor, ...]] = []
    for start in range(0, len(samples), batch):
        part = samples.batch(range(start, min(start + batch, len(samples))))
        pictures = torch.from_numpy(part.pictures).permute(0, 3, 1, 2).float().div_(255)
        with torch.autocast(device.type, torch.bfloat16, enabled=config.precision == "bfloat16"):
            logits = trainee(pictures.to(device, memory_format=torch.channels_last))
        at, height = peaks(logits, trainee.grid)
        gap = at.cpu()[:, :, None] - torch.from_numpy(part.points)
        length = gap.square().sum(-1).sqrt().nan_to_num(nan=math.inf)
        nearest = length.argmin(2, keepdim=True)
        down = gap[..., 1].abs().gather(2, nearest)[..., 0]
        found.append((length.amin(2), down, height.cpu(), torch.from_numpy(part.known).bool()))
    trainee.train(was)
    distance, down, height, known = (torch.cat(parts) for parts in zip(*found, strict=True))
    rows = {
        id: _row(distance[:, part], down[:, part], height[:, part], known[:, part])
        for id, part in trainee.heads.slices().items()
    }
    medians = [row.median_px for row in rows.values() if row.n]
    return Watch(rows, _mean(medians))


def _row(
    distance: torch.Tensor, down: torch.Tensor, height: torch.Tensor, known: torch.Tensor
) -> Row:
    there = distance.isfinite() & known
    absent = ~distance.isfinite() & known
    gaps, rows = distance[there], down[there]
    if not len(gaps):
        gaps = rows = torch.tensor([math.nan])
    # One doubtful point is enough to flag a caliper.
    refused = (height < PRESENT).any(1)[absent.any(1)]
    return Row(
        int(there.sum()),
        float(gaps.median()),
        float(gaps.mean()),
        float(rows.median()),
        _mean((height[there] >= PRESENT).float().tolist()),
        _mean(refused.float().tolist()),
    )


def _mean(values: list[float]) -> float:
    real = [value for value in values if not math.isnan(value)]
    return sum(real) / len(real) if real else math.nan
