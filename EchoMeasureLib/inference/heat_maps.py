"""Heat maps as pictures: where on the screen a network saw its landmarks, and how surely."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.geometry import Affine2D
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.inference.heat import Heat
from EchoMeasureLib.inference.network_facts import probability
from EchoMeasureLib.inference.prediction import Provenance
from EchoMeasureLib.progress import Monitor, silent

if TYPE_CHECKING:
    from EchoMeasureLib.inference.predicting import Predictor

Probability = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """What a network saw of one measurement on one frame."""

    measurement: str
    frame: int
    probability: Probability
    """(rows, columns) of the source picture, 0 to 1: the most likely point at each pixel."""
    model: Provenance


def heat_maps(
    predictor: Predictor,
    cine: Cine,
    measurements: Sequence[str],
    frames: Sequence[int],
    monitor: Monitor = silent,
) -> Iterator[HeatMap]:
    """The heat maps of these measurements, frame by frame, in source pixels.

    Raises as `Predictor.predict`.
    """
    for found in predictor.heats(cine, measurements, frames, monitor):
        picture = on_source(found.heat, cine.columns, cine.rows)
        yield HeatMap(found.measurement, found.frame, picture, found.model)


def on_source(heat: Heat, columns: int, rows: int) -> Probability:
    """The highest probability of any point at every pixel of a screen of this size.

    Bilinear between the cells of the map; 0 where the network did not look.
    """
    chance: Probability = probability(heat.logits.max(0))
    to_cells = heat.to_source.inverse.then(heat.grid.to_canvas.inverse)
    across, down = _places(to_cells, columns, rows)
    on_canvas = _places(heat.to_source.inverse, columns, rows)
    seen_x, seen_y = map(_within, on_canvas, heat.grid.canvas)
    picture = _between(_between(chance, down, 0), across, 1)
    return (picture * seen_y[:, None] * seen_x).astype(np.float32)


Places = npt.NDArray[np.float64]


def _places(to: Affine2D, columns: int, rows: int) -> tuple[Places, Places]:
    """Where the columns and the rows of the screen lie under a map."""
    x, y = np.arange(columns, dtype=np.float64), np.arange(rows, dtype=np.float64)
    return to.scale_x * x + to.shift_x, to.scale_y * y + to.shift_y


def _within(places: Places, size: int) -> npt.NDArray[np.bool_]:
    seen: npt.NDArray[np.bool_] = (places >= -0.5) & (places <= size - 0.5)
    return seen


def _between(values: Probability, places: Places, axis: int) -> Probability:
    """Values at these cells along one axis, linear between two, that of the border beyond it."""
    last = values.shape[axis] - 1
    kept = np.clip(places, 0, last)
    low = np.minimum(np.floor(kept).astype(int), max(last - 1, 0))
    share = (kept - low).astype(np.float32)
    share = share[:, None] if axis == 0 else share[None, :]
    above = np.take(values, np.minimum(low + 1, last), axis)
    mixed: Probability = np.take(values, low, axis) * (1 - share) + above * share
    return mixed
