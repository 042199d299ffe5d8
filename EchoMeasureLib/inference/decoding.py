"""From heat maps to landmarks, in one of two ways.

`robust` looks around the maximum only, so that a faint background over the whole screen
does not pull the points together; it keeps the identity of the channels, pairs E with
the A of the same beat, and finds every beat. Its confidence is the raw peak probability.
`parity` decodes as the published scripts do (`published_decoding`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import NamedTuple

import numpy as np

from EchoMeasureLib.definitions import CaliperKind, Definition
from EchoMeasureLib.geometry import NOTHING, Landmark, PixelPoint
from EchoMeasureLib.inference.heat import Heat
from EchoMeasureLib.inference.peaks import Peak, highest_cells, margin, refine, rivalled
from EchoMeasureLib.inference.published_decoding import centroids, highest_pixel, published_peaks
from EchoMeasureLib.inference.settings import Decoder
from EchoMeasureLib.inference.strip_beats import beats_of, whole_beats

TOGETHER = 8
"""Measurements whose maps are refined together: as many as stay in a processor's cache."""


@dataclass(frozen=True, slots=True)
class DecodedHeat:
    """Landmarks in source pixels."""

    points: tuple[Landmark, ...]
    beats: tuple[tuple[Landmark, ...], ...] = ()
    """For strips: the points of every beat that the strip's ends do not cut, left to right.

    None where nothing was found; `points` then lie where it would be first."""
    tied: bool = False
    """Rounding to bfloat16 may have decided which peak this is: ask float32."""


def decode(heat: Heat, measurement: Definition, decoder: Decoder) -> DecodedHeat:
    """The landmarks of one measurement."""
    return decode_each([(heat, measurement)], decoder)[0]


def decode_each(heats: Sequence[tuple[Heat, Definition]], decoder: Decoder) -> list[DecodedHeat]:
    """The landmarks of several measurements; maps of linear calipers are refined together."""
    if decoder == Decoder.PARITY:
        return [
            DecodedHeat(_landmarks(published_peaks(heat.logits, heat.grid, row.caliper), heat, row))
            for heat, row in heats
        ]
    linear = [n for n, (_, row) in enumerate(heats) if row.caliper is CaliperKind.LINEAR]
    found = dict(zip(linear, _linear([heats[n][0] for n in linear]), strict=True))
    return [
        _decoded(heat, measurement, found[n] if n in found else _on_strip(heat, measurement))
        for n, (heat, measurement) in enumerate(heats)
    ]


class _Told(NamedTuple):
    """What a measurement's maps say, in canvas pixels."""

    clearest: list[list[Peak]]
    """The clearest beat and those as clear."""
    published: list[PixelPoint] | None
    """What the published scripts would say, nearly; None for a pair on a strip, where their
    pairing is known to be wrong."""
    beats: Sequence[list[Peak]] = ()
    tied: bool = False


def _linear(heats: Sequence[Heat]) -> list[_Told]:
    """The peaks of 2-D measurements, together where their maps lie alike on the canvas."""
    found: list[_Told] = []
    for start in range(0, len(heats), TOGETHER):
        some = heats[start : start + TOGETHER]
        alike = {(heat.grid, heat.logits.shape[1:]) for heat in some}
        groups = [some] if len(alike) == 1 else [[heat] for heat in some]
        for group in groups:
            found += _linear_alike(group)
    return found


def _linear_alike(heats: Sequence[Heat]) -> list[_Told]:
    maps, grid = np.concatenate([heat.logits for heat in heats]), heats[0].grid
    cells = highest_cells(maps)
    peaks = refine(maps, grid.to_canvas, grid.canvas, cells)
    rivals = rivalled(maps, cells, grid.to_canvas)
    published = centroids(maps, grid)
    found: list[_Told] = []
    first = 0
    for heat in heats:
        own = slice(first, first + len(heat.logits))
        tied = [
            rival and peak.probability >= NOTHING
            for rival, peak in zip(rivals[own], peaks[own], strict=True)
        ]
        found.append(_Told([peaks[own]], published[own], tied=any(tied)))
        first = own.stop
    return found


def _on_strip(heat: Heat, measurement: Definition) -> _Told:
    beats = whole_beats(beats_of(heat, measurement), heat)
    clear = [beat for beat in beats if _clarity(beat) >= NOTHING]
    published = None
    if measurement.caliper is CaliperKind.VELOCITY:
        highest = highest_pixel(heat.logits[0], heat.grid)
        published = [PixelPoint(highest.x, highest.y)]
    return _Told(_clearest(beats, heat), published, clear)


def _decoded(heat: Heat, measurement: Definition, told: _Told) -> DecodedHeat:
    apart = None
    if told.published is not None:
        # Of equally clear beats the other decoder takes any: it is held against that one.
        scale = abs(heat.to_source.scale_x)
        distances = [
            [scale * math.dist((p.x, p.y), o) for p, o in zip(beat, told.published, strict=True)]
            for beat in told.clearest
        ]
        apart = min(distances, key=max)
    return DecodedHeat(
        _landmarks(told.clearest[0], heat, measurement, apart),
        tuple(_landmarks(beat, heat, measurement) for beat in told.beats),
        told.tied,
    )


def _clearest(beats: Sequence[list[Peak]], heat: Heat) -> list[list[Peak]]:
    """The clearest beat and those that rounding might put before it, left to right.

    All of them are told, and a number is their mean: which one stands first is a matter of taste,
    but it should be the same one in every number format: the leftmost.
    """
    highest = _logit(max(map(_clarity, beats)))
    widest = float(margin(heat.logits).max())
    return [beat for beat in beats if highest - _logit(_clarity(beat)) <= widest]


def _logit(probability: float) -> float:
    # A float32 close to 1 becomes 1.
    kept = min(max(probability, 1e-7), 1 - 1e-7)
    return math.log(kept / (1 - kept))


def _clarity(beat: Sequence[Peak]) -> float:
    return min(peak.probability for peak in beat)


def _landmarks(
    peaks: Sequence[Peak],
    heat: Heat,
    measurement: Definition,
    apart: Sequence[float] | None = None,
) -> tuple[Landmark, ...]:
    """`apart`: how far each lies from that of the other decoder, source pixels."""
    scale = abs(heat.to_source.scale_x)
    return tuple(
        Landmark(
            *heat.to_source.apply(peak.x, peak.y),
            label=label,
            confidence=min(1.0, peak.probability),
            spread=peak.spread * scale,
            disagreement=away,
        )
        for peak, label, away in zip(
            peaks, measurement.points, apart or repeat(None, len(peaks)), strict=True
        )
    )
