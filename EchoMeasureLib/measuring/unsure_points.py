"""How sure a network, or the envelope reader, is of its points: what makes a value doubtful."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from EchoMeasureLib.definitions import Definition, Phase
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import NOTHING, Landmark, lowest_confidence
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.inference.prediction import Provenance
from EchoMeasureLib.inference.settings import WeightSet
from EchoMeasureLib.measuring.envelope.naming import wave_kind
from EchoMeasureLib.measuring.ground import Ground
from EchoMeasureLib.measuring.known_tips import FITTED, unsure_tips
from EchoMeasureLib.measuring.resolution import too_coarse
from EchoMeasureLib.measuring.values import Value, doubly

LOW_CONFIDENCE = 0.3
"""Peak probability below which a landmark is doubtful, of networks whose probabilities nobody has
held against the truth (EchoNet-LVH thresholds here)."""

LOW_OF_PACKAGE: Mapping[str, float] = MappingProxyType({"PLAX": 0.6, "2-D": 0.4, "strip": 0.7})
"""The same of the networks of the package, from what their confidences are worth on spoiled
phantoms (Docs/validation.md): on strips, and in a parasternal long axis, a peak lower than this
is rare where the picture is whole, and every second or third number of such a one is wrong. The
heads of the other views are never as sure: 0.65 to 0.75 where all is well."""

DISAGREEMENT_SHARE = 0.005
"""Distance of the two decoders' points, as a share of the image diagonal, that is doubtful."""


def doubted(
    cine: Cine,
    row: Definition,
    frame: int,
    value: Value,
    model: Provenance | None,
    quality: str,
    view: str,
    ground: Ground,
) -> Value:
    """The value with what makes a network's points doubtful; none where it found none.

    Arguments as of `calipers.measure`.
    """
    lost = [point for point in value.points if not point.found]
    if lost:
        flags = (Flag.NOT_FOUND, Flag.OTHER_VIEW) if view else (Flag.NOT_FOUND,)
        reason = _not_found(lost)
        return Value(value.id, None, value.unit, value.points, flags, reason, doubt=view)
    confidence = lowest_confidence(value.points)
    coarse = ""
    if confidence is not None and value.value is not None and ground.region is not None:
        here = [point.point for point in value.points]
        short = row.output(value.id).phase is Phase.DIASTOLE
        known = model is not None and model.sha256 == FITTED
        size = cine.columns, cine.rows
        coarse = too_coarse(size, ground.region, here, short and not known)
        if known and row.side is not None and not coarse:
            kind = wave_kind(row.id)
            coarse = unsure_tips(cine, frame, ground.region, kind, value.points)
    doubts = {
        Flag.LOW_CONFIDENCE: _unsure(value.points, least_confidence(row, model), model),
        Flag.DECODERS_DISAGREE: _two_decoders(value.points, math.hypot(cine.columns, cine.rows)),
        Flag.POOR_QUALITY: quality,
        Flag.OTHER_VIEW: view,
        Flag.COARSE: coarse,
    }
    for flag, words in doubts.items():
        value = doubly(value, flag, words) if words else value
    return value


def least_confidence(row: Definition, model: Provenance | None) -> float:
    """Peak probability below which a landmark of this network is doubtful."""
    if model is None or model.set != WeightSet.PHANTOM.value:
        return LOW_CONFIDENCE
    return LOW_OF_PACKAGE["strip" if row.on_strip else "PLAX" if "PLAX" in row.view else "2-D"]


def _unsure(points: Sequence[Landmark], least: float, model: Provenance | None) -> str:
    """Of which points the network or the envelope reader is not sure, in words."""
    lowest: dict[str, float] = {}  # all points of a tracing have one label
    for point in points:
        if point.confidence is not None and point.confidence < least:
            lowest[point.label] = min(point.confidence, lowest.get(point.label, 1.0))
    by_envelope = model is not None and model.by_envelope
    who, what = ("envelope reader", "clearness") if by_envelope else ("network", "peak probability")
    return " ".join(
        f"The {who} is not sure of the {label}: its {what} is "
        f"{math.floor(100 * confidence) / 100:.2f}, under {least:g}."
        for label, confidence in lowest.items()
    )


def _two_decoders(points: Sequence[Landmark], diagonal: float) -> str:
    """Which points lie elsewhere by the other way of reading the network's map, in words."""
    limit = DISAGREEMENT_SHARE * diagonal
    return " ".join(
        f"The two ways of reading the network's map put the {point.label} {point.disagreement:.1f} "
        f"pixels apart, more than {limit:.1f}."
        for point in points
        if point.disagreement is not None and point.disagreement > limit
    )


def _not_found(lost: Sequence[Landmark]) -> str:
    names = " and no ".join(point.label for point in lost)
    best = max(point.confidence or 0.0 for point in lost)
    return (
        f"No landmark found: the network sees no {names} here "
        f"(probability {best:.2f}, under {NOTHING:g} it is chance)."
    )
