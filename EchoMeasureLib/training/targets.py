"""Heat maps with a Gaussian at every landmark: what a network should have answered."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from EchoMeasureLib.training.tasks import CanvasKind


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a heat map on its canvas. Cell centres stand as torch interpolates them:
    cell i lies at canvas pixel `(i + 0.5) * step - 0.5`."""

    rows: int
    columns: int
    step_y: float
    """Canvas pixels per cell."""
    step_x: float
    """The same along x."""

    def to_cells(self, points: torch.Tensor) -> torch.Tensor:
        """Canvas pixels (..., 2) as x, y -> cells, float."""
        step = points.new_tensor([self.step_x, self.step_y])
        return (points + 0.5) / step - 0.5

    def to_canvas(self, cells: torch.Tensor) -> torch.Tensor:
        """Cells (..., 2) as x, y -> canvas pixels; the inverse of `to_cells`."""
        step = cells.new_tensor([self.step_x, self.step_y])
        return (cells + 0.5) * step - 0.5


@dataclass(frozen=True, slots=True)
class Spot:
    """Standard deviation of the Gaussian at a landmark, canvas pixels."""

    x: float
    y: float


SPOTS = {
    CanvasKind.IMAGE: Spot(7.0, 7.0),
    # A spectral peak is flat, so its time is uncertain and its height, the velocity, is not.
    CanvasKind.STRIP: Spot(12.0, 6.0),
}


def heat_maps(points: torch.Tensor, grid: Grid, spot: Spot) -> torch.Tensor:
    """Targets (n, channels, rows, columns), 0..1, for points (n, channels, sightings, 2).

    Points are canvas pixels; a NaN is no landmark. Where Gaussians meet, the higher counts.
    An empty channel is all zero.
    """
    cells = torch.nan_to_num(grid.to_cells(points), nan=-1e6)
    x = torch.arange(grid.columns, device=points.device, dtype=points.dtype)
    y = torch.arange(grid.rows, device=points.device, dtype=points.dtype)
    across = torch.exp(-(((x - cells[..., 0:1]) * grid.step_x / spot.x) ** 2) / 2)
    down = torch.exp(-(((y - cells[..., 1:2]) * grid.step_y / spot.y) ** 2) / 2)
    # One sighting at a time: all of them at once would be the largest tensor of a step.
    maps = torch.zeros(*points.shape[:2], grid.rows, grid.columns, device=points.device)
    used = (~torch.isnan(points[..., 0])).any(0).any(0).nonzero().flatten().tolist()
    for k in used:
        spots = down[:, :, k, :, None] * across[:, :, k, None, :]
        maps = torch.maximum(maps, spots)
    return maps


def peaks(logits: torch.Tensor, grid: Grid, reach: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    """Points (n, channels, 2) in canvas pixels and peak probabilities (n, channels).

    The centroid in a window of `reach` cells around the highest cell; the quick decoder
    that training watches itself with (the real one is `inference.decoding`).
    """
    rows, columns = logits.shape[-2:]
    chance = torch.sigmoid(logits.float())
    height, at = chance.flatten(2).max(2)
    row, column = at // columns, at % columns
    x = torch.arange(columns, device=logits.device)
    y = torch.arange(rows, device=logits.device)
    near = ((y - row[..., None]).abs() <= reach)[..., None] & (
        (x - column[..., None]).abs() <= reach
    )[..., None, :]
    weight = chance * near
    total = weight.sum((2, 3)).clamp_min(1e-12)
    centre_x = (weight.sum(2) * x).sum(2) / total
    centre_y = (weight.sum(3) * y).sum(2) / total
    return grid.to_canvas(torch.stack((centre_x, centre_y), -1)), height
