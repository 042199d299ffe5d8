"""What the published scripts do per frame, written from their description."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torchvision.models.segmentation import deeplabv3_resnet50

GFLOP = 383.0
"""Of DeepLabV3-ResNet50 for one canvas of 640 x 480."""


class PublishedWay:
    """DeepLabV3-ResNet50 in eager float32, a frame at a time."""

    def __init__(self, checkpoint: Path) -> None:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        self.network = deeplabv3_resnet50(weights=None, weights_backbone=None, num_classes=2)
        self.network.load_state_dict({k.removeprefix("m."): v for k, v in state.items()})
        self.network.eval()

    def points(self, frame: np.ndarray) -> list[tuple[float, float]]:
        """Centroids of the maps at the frame's own size."""
        canvas = torch.from_numpy(frame.transpose(2, 0, 1)[None] / 255.0).float()
        with torch.no_grad():
            maps = torch.sigmoid(self.network(canvas)["out"])[0].numpy()
        rows, columns = np.mgrid[: maps.shape[1], : maps.shape[2]]
        return [
            (float((m * columns).sum() / m.sum()), float((m * rows).sum() / m.sum())) for m in maps
        ]
