"""How a scale is given by hand, from two points on a ruler of the screen, in words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from EchoMeasureLib.imaging.manual_calibration import RulerKind

_AXIS = "the zero line first, then a mark of the velocity axis"

RULERS: Mapping[RulerKind, tuple[str, str]] = MappingProxyType(
    {
        RulerKind.DEPTH: ("Depth ruler of a 2-D image", "two marks of the depth ruler"),
        RulerKind.CW: ("Velocity axis, continuous-wave Doppler", _AXIS),
        RulerKind.PW: ("Velocity axis, pulsed-wave Doppler", _AXIS),
        RulerKind.M_MODE: ("Depth ruler of an M-mode strip", "two marks of the depth ruler"),
    }
)
"""What the two points can lie on: name, and what to click."""

RULER_PICKED = "Both points are set; drag them to correct."
NO_RULER = "Pick the two points first."
USE_RULER = "Measure with this scale. Values say so."
