"""The heat maps that a network gives of a measurement."""

from __future__ import annotations

from dataclasses import dataclass

from EchoMeasureLib.geometry import Affine2D
from EchoMeasureLib.inference.network_facts import HeatGrid, Logits


@dataclass(frozen=True, slots=True)
class Heat:
    """The heat maps of one measurement on one frame, before the sigmoid."""

    logits: Logits
    """(points, h, w) at the network's own resolution, in the order of `Definition.points`."""
    grid: HeatGrid
    to_source: Affine2D
    """From canvas pixels to source pixels."""
    seconds_per_px: float | None = None
    """Time per canvas pixel of a strip; None when it is not known."""
    columns: tuple[float, float] | None = None
    """First and last canvas column of a strip; None when it is not known."""
