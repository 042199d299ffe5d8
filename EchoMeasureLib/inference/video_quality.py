"""The video quality network for parasternal long axes, with its published preprocessing.

EchoPrime's quality control (echonet on GitHub): every second of the first 32 frames, black
outside the ultrasound picture, the middle square without a tenth at each side, resized to
112 x 112 (bicubic, OpenCV's kernel), normalised channel by channel; what is missing of 16
frames is zero after that. The sigmoid of the output is the probability that the cine is good
enough, which its authors put at 0.3.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torchvision.models.video import r2plus1d_18

from EchoMeasureLib.errors import WeightsProblem
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.inference.looking import Mask
from EchoMeasureLib.inference.networks import read_state
from EchoMeasureLib.inference.quality_weights import QualityCheckpoint, check_shapes

FIRST_FRAMES, STRIDE, SIDE = 32, 2, 112
CUT = 0.1
"""Of the square, at each side."""
MEAN = (29.110628, 28.076836, 29.096405)
STD = (47.989223, 46.456997, 47.20083)


class VideoQualityNetwork:
    """A loaded network; runs on the CPU in float32."""

    def __init__(self, checkpoint: QualityCheckpoint) -> None:
        """Raises `WeightsProblem` when the file is damaged or of another network."""
        self.model = checkpoint.model
        path = checkpoint.path
        state = read_state(path)
        prefix = check_shapes(path, {key: tuple(value.shape) for key, value in state.items()})
        bare = {
            key.removeprefix(prefix): value.float() if value.is_floating_point() else value
            for key, value in state.items()
        }
        with torch.device("meta"):
            # Nothing is drawn at random only to be thrown away.
            network: Any = r2plus1d_18(weights=None, num_classes=1)
        try:
            network.load_state_dict(bare, assign=True)
        except (RuntimeError, MemoryError) as error:
            first = str(error).splitlines()[-1].strip()
            raise WeightsProblem(f"{path.name} does not fit R(2+1)D-18: {first}") from error
        self._network = network.eval()

    def probability(self, cine: Cine, sector: Mask) -> float:
        """That the cine is good enough, 0 to 1; `sector` is (rows, columns) of a frame.

        Raises `WeightsProblem` for a network that gives no number, and `UnreadableFile`.
        """
        with torch.inference_mode():
            probability = float(torch.sigmoid(self._network(clip(cine, sector)[None]))[0, 0])
        if not np.isfinite(probability):
            raise WeightsProblem(
                f"{self.model.file} gives numbers that are not finite.",
                "The file is damaged or badly trained: use the published one.",
            )
        return probability


def clip(cine: Cine, sector: Mask) -> torch.Tensor:
    """What the network sees: (3, 16, 112, 112) float32, RGB, normalised."""
    seen = torch.zeros((3, FIRST_FRAMES // STRIDE, SIDE, SIDE))
    mean, std = (torch.tensor(numbers)[:, None, None] for numbers in (MEAN, STD))
    for place, index in enumerate(range(0, min(FIRST_FRAMES, cine.frame_count), STRIDE)):
        square = _middle(np.where(sector[..., None], cine.frame(index), 0))
        levels = torch.from_numpy(np.ascontiguousarray(square.transpose(2, 0, 1))).float()
        size = (SIDE, SIDE)
        small = F.interpolate(levels[None], size, mode="bicubic", align_corners=False)[0]
        # A picture has whole grey levels, also a resized one.
        seen[:, place] = (small.round().clamp(0, 255) - mean) / std
    return seen


def _middle(picture: np.ndarray[Any, np.dtype[Any]]) -> np.ndarray[Any, np.dtype[Any]]:
    """The square in the middle, without `CUT` at each side."""
    rows, columns = picture.shape[:2]
    across, down = (max(0, round((a - b) / 2)) for a, b in ((columns, rows), (rows, columns)))
    square = picture[down : rows - down, across : columns - across]
    cut_rows, cut_columns = (int(size * CUT) for size in square.shape[:2])
    return square[cut_rows : len(square) - cut_rows, cut_columns : square.shape[1] - cut_columns]
