"""Other settings, other probes, other windows: the same picture as it might have come out.

Everything is drawn from one generator, so that a step's pictures depend on its seed only.
Geometry is one affine map per picture, applied to pixels and landmarks alike, so the truth
stays exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch.nn import functional

from EchoMeasureLib.training.tasks import CanvasKind


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How much may change. All ranges are symmetric and uniform."""

    scale: float = 0.12
    """Largest relative change of size, common to both axes."""
    stretch: float = 0.04
    """Largest relative change of one axis against the other."""
    shift: float = 0.05
    """Largest shift, as a share of the canvas."""
    turn_deg: float = 4.0
    """Largest turn, degrees."""
    contrast: float = 0.25
    """Largest relative change of gain, and of the logarithm of gamma."""
    offset: float = 0.04
    """Largest shift of the grey level, on a scale of 0 to 1."""
    speckle: float = 0.25
    """Largest standard deviation of multiplicative grain."""
    noise: float = 0.03
    """Largest standard deviation of additive noise."""
    flip: bool = False
    """Half of the pictures mirrored left to right. Never by default: a view has its handedness."""
    gaps: float = 0.0
    """Share of the pictures in which echo drops out at one place, half of the time at a landmark;
    a landmark in the dark is not there to be found."""
    coarse: float = 0.0
    """Largest deviation of the logarithm of light in large grain, which half of them have."""
    lift: float = 0.0
    """Highest grey level of black, on a scale of 0 to 1, of one picture in eight."""


NO_CHANGE = Augmentation(0, 0, 0, 0, 0, 0, 0, 0)

DEFAULTS = {
    CanvasKind.IMAGE: Augmentation(),
    # Axes of a strip are time and velocity, which change apart; a strip never turns, and the
    # canvas always starts at its top.
    CanvasKind.STRIP: Augmentation(
        scale=0.08, stretch=0.08, shift=0.02, turn_deg=0.0, contrast=0.3
    ),
}


def harder_strips(strength: float) -> Augmentation:
    """For strips of many phantoms: windows and grey maps of all kinds. `strength`: 0 to 1."""
    gaps, coarse, lift = (strength * most for most in (0.35, 0.6, 0.3))
    return replace(DEFAULTS[CanvasKind.STRIP], gaps=gaps, coarse=coarse, lift=lift)


def augment(
    pictures: torch.Tensor, points: torch.Tensor, how: Augmentation, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Changed pictures (n, 3, h, w), 0..1, and points (n, channels, sightings, 2) on them.

    Points are pixels of these pictures; one that leaves the picture becomes NaN.
    """
    pictures, points, _ = augment_all(pictures, points, None, 1, how, generator)
    return pictures, points


def augment_all(
    pictures: torch.Tensor,
    points: torch.Tensor,
    heats: torch.Tensor | None,
    step: float,
    how: Augmentation,
    generator: torch.Generator,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
    """The same with heat maps (n, channels, rows, columns) whose cells are `step` pixels wide."""
    if how == NO_CHANGE:
        return pictures, points, heats
    size = torch.tensor([pictures.shape[3], pictures.shape[2]], dtype=torch.float32)
    # Drawn on the processor, so that a training is the same wherever it runs.
    maps = _maps(len(pictures), size, how, generator).to(pictures.device)
    moved = None if heats is None else warp_heats(heats, maps, size.to(pictures.device), step)
    pictures, points = warp(pictures, points, maps)
    if how.gaps:
        pictures, points = _drop_out(pictures, points, how.gaps, generator)
    if how.coarse:
        pictures = _coarse_grain(pictures, how.coarse, generator)
    pictures = _regrade(pictures, how, generator)
    if how.lift:
        pictures = _lifted(pictures, how.lift, generator)
    return pictures, points, moved


def warp_heats(
    heats: torch.Tensor, maps: torch.Tensor, size: torch.Tensor, step: float
) -> torch.Tensor:
    """Heat maps moved by the affine maps of `warp`, which act on the pixels of their pictures.

    `size` is columns and rows of these; cell i lies at pixel (i + 0.5) * step - 0.5. What comes
    from outside is 0.
    """
    rows, columns = heats.shape[-2:]
    cells = torch.tensor([columns, rows], device=heats.device)
    y = (torch.arange(rows, device=heats.device) + 0.5) * step - 0.5
    x = (torch.arange(columns, device=heats.device) + 0.5) * step - 0.5
    at = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)
    centre = (size - 1) / 2
    inverse = torch.linalg.inv(maps[:, :, :2])
    about = at - centre - maps[:, None, None, :, 2]
    source = torch.einsum("nij,nyxj->nyxi", inverse, about) + centre
    # grid_sample counts from -1 at the left edge of the first cell to 1 at the right of the last.
    grid = 2 * (source + 0.5) / step / cells - 1
    return functional.grid_sample(heats, grid, padding_mode="zeros", align_corners=False)


def warp(
    pictures: torch.Tensor, points: torch.Tensor, maps: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures (n, 3, h, w) and points (n, channels, sightings, 2) moved by affine maps.

    `maps` (n, 2, 3) act on pixels about the centre of the picture. What comes from outside is
    black; a point that leaves the picture becomes NaN.
    """
    n, _, rows, columns = pictures.shape
    matrix, shift = maps[:, :, :2], maps[:, :, 2]
    inverse = torch.linalg.inv(matrix)
    # grid_sample asks, in units of half the picture, where each new pixel came from.
    size = torch.tensor([columns / 2, rows / 2], device=pictures.device)
    theta = torch.cat(
        (
            inverse * size / size[:, None],
            -(inverse @ shift[..., None]) / size[:, None],
        ),
        2,
    )
    grid = functional.affine_grid(theta, [n, 3, rows, columns], align_corners=False)
    moved = functional.grid_sample(pictures, grid, padding_mode="zeros", align_corners=False)
    centre = torch.tensor([(columns - 1) / 2, (rows - 1) / 2], device=pictures.device)
    about = torch.einsum("nij,nckj->ncki", matrix, points - centre)
    placed = about + shift[:, None, None] + centre
    limit = torch.tensor([columns - 0.5, rows - 0.5], device=pictures.device)
    inside = ((placed >= -0.5) & (placed <= limit)).all(-1, keepdim=True)
    return moved, torch.where(inside, placed, torch.nan)


def _maps(
    n: int, size: torch.Tensor, how: Augmentation, generator: torch.Generator
) -> torch.Tensor:
    """Affine maps (n, 2, 3) of pixels; `size`: columns, rows."""
    draws = torch.rand(n, 6, generator=generator) * 2 - 1
    scale = torch.exp(draws[:, 0] * math.log1p(how.scale))
    stretch = torch.exp(draws[:, 1] * math.log1p(how.stretch) / 2)
    turn = draws[:, 2] * math.radians(how.turn_deg)
    mirror = torch.where((draws[:, 5] < 0) & how.flip, -1.0, 1.0)
    cos, sin = torch.cos(turn), torch.sin(turn)
    x, y = scale * stretch * mirror, scale / stretch
    matrix = torch.stack((cos * x, -sin * y, sin * x, cos * y), 1).view(n, 2, 2)
    return torch.cat((matrix, draws[:, 3:5, None] * how.shift * size[:, None]), 2)


def _drop_out(
    pictures: torch.Tensor, points: torch.Tensor, share: float, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures with a hole in some, points without those that lie in the dark of one."""
    n, _, rows, columns = pictures.shape
    draws = torch.rand(n, 7, generator=generator).to(pictures.device)
    centre = draws[:, 2:4] * draws.new_tensor([columns, rows])
    for k, here in enumerate(points.flatten(1, 2)):
        there = here[~torch.isnan(here[:, 0])]
        if len(there) and draws[k, 1] < 0.5:
            centre[k] = there[int(draws[k, 4] * len(there))] + 4 * (draws[k, 2:4] - 0.5)
    reach = 4 + 8 * draws[:, 5:7]
    reach[draws[:, 0] >= share] = 1e-3
    x = (torch.arange(columns, device=pictures.device) - centre[:, 0:1]) / reach[:, 0:1]
    y = (torch.arange(rows, device=pictures.device) - centre[:, 1:2]) / reach[:, 1:2]
    light = (y.square()[:, :, None] + x.square()[:, None, :]).clamp(0.05, 1)
    away = ((points - centre[:, None, None]) / reach[:, None, None]).square().sum(-1, keepdim=True)
    return pictures * light[:, None], torch.where(away < _DARK, torch.nan, points)


_DARK = 0.4
"""Share of the light below which a landmark has dropped out."""


def _coarse_grain(
    pictures: torch.Tensor, deviation: float, generator: torch.Generator
) -> torch.Tensor:
    n, _, rows, columns = pictures.shape
    down, across = (int(k) for k in torch.randint(3, 9, (2,), generator=generator))
    size = (n, 1, -(-rows // down), -(-columns // across))
    grain = torch.randn(size, generator=generator).to(pictures.device)
    grain = functional.interpolate(grain, (rows, columns), mode="bicubic")
    strength = (torch.rand(n, 1, 1, 1, generator=generator) * 2 - 1).clamp_min(0) * deviation
    return (pictures * torch.exp(grain * strength.to(pictures.device))).clamp(0, 1)


def _lifted(pictures: torch.Tensor, highest: float, generator: torch.Generator) -> torch.Tensor:
    draws = torch.rand(len(pictures), 2, 1, 1, 1, generator=generator).to(pictures.device)
    black = draws[:, 0] * highest * (draws[:, 1] < 1 / 8)
    return black + (1 - black) * pictures


def _regrade(pictures: torch.Tensor, how: Augmentation, generator: torch.Generator) -> torch.Tensor:
    (n, _, rows, columns), device = pictures.shape, pictures.device
    draws = (torch.rand(n, 5, 1, 1, 1, generator=generator) * 2 - 1).to(device)
    gamma = torch.exp(draws[:, 0] * how.contrast)
    gain = 1 + draws[:, 1] * how.contrast
    pictures = pictures.clamp(0, 1).pow(gamma) * gain
    if how.speckle:
        coarse = torch.randn(n, 1, rows // 2, columns // 2, generator=generator).to(device)
        grain = functional.interpolate(coarse, (rows, columns), mode="bilinear")
        pictures = pictures * (1 + grain * draws[:, 2].abs() * how.speckle)
    if how.noise:
        fine = torch.randn(n, 1, rows, columns, generator=generator).to(device)
        pictures = pictures + fine * draws[:, 3].abs() * how.noise
    return (pictures + draws[:, 4] * how.offset).clamp(0, 1)
