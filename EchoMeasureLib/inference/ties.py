"""Two peaks between which rounding decides: the one where the network sees it on frames beside.

A second run in float32 costs two to three times a first one, and its choice between two peaks of
one height is no better founded than what frames within 0.15 s say.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from EchoMeasureLib.definitions import Definition
from EchoMeasureLib.geometry import NOTHING, Landmark, PixelPoint, lowest_confidence
from EchoMeasureLib.inference.beside_frames import near_frames
from EchoMeasureLib.inference.decoding import DecodedHeat, decode
from EchoMeasureLib.inference.heat import Heat
from EchoMeasureLib.inference.kept_findings import KeptFindings
from EchoMeasureLib.inference.network_facts import Logits
from EchoMeasureLib.inference.peaks import RIVAL
from EchoMeasureLib.inference.settings import Decoder

FEWEST = 2
"""Frames beside that are needed."""
ALIKE = 32.0
"""How far each of them may be from their middle, canvas pixels."""
AROUND = 64.0
"""How far from there the peak is looked for: its whole blob, and what moves between frames."""


@dataclass(frozen=True, slots=True)
class FramesBeside:
    """What a network has said of the frames about those of a batch."""

    kept: KeptFindings
    network: str
    """Its SHA-256."""
    times: Sequence[float] | None
    frames: Sequence[int]
    """Of the batch."""

    def of(self, id: str, n: int, found: Sequence[DecodedHeat]) -> list[tuple[Landmark, ...]]:
        """The points of a measurement within 0.15 s of the frame at a place in the batch.

        A tie that frames beside decided is none of them, so that no chain of such drifts away.
        """
        if self.times is None:
            return []
        near = near_frames(self.times, self.frames[n])
        points = {
            frame: one.points
            for (_, frame), one in self.kept.found(self.network, [id], near).items()
            if (self.network, id, frame) not in self.kept.by_neighbours
        }
        for frame, one in zip(self.frames, found, strict=True):
            chained = (self.network, id, frame) in self.kept.by_neighbours
            if frame in near and not one.tied and not chained:
                points[frame] = one.points
        return [*points.values()]

    def keep(self, id: str, n: int) -> None:
        """The frame at this place was decided by others."""
        self.kept.by_neighbours.add((self.network, id, self.frames[n]))


def still_tied(
    rows: Sequence[Definition],
    heats: Mapping[str, Sequence[Heat]],
    found: Mapping[str, list[DecodedHeat]],
    beside: FramesBeside,
) -> list[int]:
    """The places in a batch of the frames with a tie that the frames beside do not decide.

    What they decide is put into `found`.
    """
    left = []
    for n in range(len(beside.frames)):
        new = {
            row.id: decided(
                heats[row.id][n], row, found[row.id][n], beside.of(row.id, n, found[row.id])
            )
            for row in rows
            if found[row.id][n].tied
        }
        settled = {id: one for id, one in new.items() if one is not None}
        if len(settled) < len(new):
            left.append(n)  # one run in float32 answers all of them
            continue
        for id, one in settled.items():
            found[id][n] = one
            beside.keep(id, n)
    return left


def decided(
    heat: Heat,
    measurement: Definition,
    tied: DecodedHeat,
    beside: Sequence[Sequence[Landmark]],
) -> DecodedHeat | None:
    """What a tied map of a 2-D measurement says where the frames `beside` have its points.

    None where they are too few or at odds, or where not just one of the equal peaks is there. How
    far the other decoder is away stays that of the tied map. The landmarks beside are in source
    pixels.
    """
    sure = [points for points in beside if (lowest_confidence(points) or 0.0) >= NOTHING]
    if len(sure) < FEWEST:
        return None
    maps = heat.logits.copy()
    for channel, points in zip(maps, zip(*sure, strict=True), strict=True):
        places = [heat.to_source.inverse.apply(point.x, point.y) for point in points]
        middle = PixelPoint(*(statistics.median(axis) for axis in zip(*places, strict=True)))
        if any(math.dist(place, middle) > ALIKE for place in places):
            return None
        highest, lowest = float(channel.max()), float(channel.min())
        channel[_away(channel, heat, middle) > AROUND] = lowest
        if float(channel.max()) < highest - RIVAL * (highest - lowest):
            return None
    found = decode(replace(heat, logits=maps), measurement, Decoder.ROBUST)
    if found.tied:
        return None
    points = tuple(
        replace(point, disagreement=before.disagreement)
        for point, before in zip(found.points, tied.points, strict=True)
    )
    return DecodedHeat(points)


def _away(channel: Logits, heat: Heat, place: PixelPoint) -> Logits:
    """Distance of each cell from a place on the canvas, canvas pixels."""
    to = heat.grid.to_canvas
    rows, columns = np.indices(channel.shape, np.float32)
    away: Logits = np.hypot(
        to.scale_x * columns + to.shift_x - place.x, to.scale_y * rows + to.shift_y - place.y
    )
    return away
