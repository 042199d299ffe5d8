"""Which samples a step of a training sees, and how they are changed.

Both follow from seed and step number alone.
"""

from __future__ import annotations

import torch

from EchoMeasureLib.training.augmenting import DEFAULTS, augment_all
from EchoMeasureLib.training.config import Config
from EchoMeasureLib.training.dataset import SampleStore
from EchoMeasureLib.training.targets import SPOTS, heat_maps
from EchoMeasureLib.training.trainees import Trainee


class Batches:
    """The batches of one training."""

    def __init__(self, samples: SampleStore, trainee: Trainee, config: Config) -> None:
        self._samples, self._trainee, self._config = samples, trainee, config
        self._epoch = -1
        self._shuffled: list[int] = []

    def of_step(self, step: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Pictures (n, 3, h, w) from 0 to 1, target heat maps, and which of these are known."""
        config, samples, device = self._config, self._samples, torch.device(self._config.device)
        generator = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
        batch = samples.batch(self._indices(step))
        bytes_ = torch.from_numpy(batch.pictures).to(device)
        pictures = bytes_.permute(0, 3, 1, 2).float().div_(255)
        reduction = samples.reduction
        points = (torch.from_numpy(batch.points).to(device) + 0.5) / reduction - 0.5
        how = config.augmentation or DEFAULTS[samples.kind]
        heats = None
        if batch.heats is not None:
            heats = torch.from_numpy(batch.heats).to(device).float().div_(255)
        grid = self._trainee.grid
        cell = grid.step_x / reduction
        pictures, points, targets = augment_all(pictures, points, heats, cell, how, generator)
        if targets is None:
            points = (points + 0.5) * reduction - 0.5
            targets = heat_maps(points, grid, SPOTS[self._trainee.heads.kind])
        return (
            pictures.contiguous(memory_format=torch.channels_last),
            targets,
            torch.from_numpy(batch.known).float().to(device),
        )

    def _indices(self, step: int) -> list[int]:
        """The samples of a step: each epoch runs through all of them in an order of its own."""
        count, size = len(self._samples), self._config.batch
        wanted: list[int] = []
        for place in range(step * size, (step + 1) * size):
            epoch, index = divmod(place, count)
            wanted.append(self._order(epoch)[index])
        return wanted

    def _order(self, epoch: int) -> list[int]:
        if self._epoch != epoch:
            generator = torch.Generator().manual_seed(self._config.seed * 7919 + epoch)
            self._epoch = epoch
            self._shuffled = torch.randperm(len(self._samples), generator=generator).tolist()
        return self._shuffled
