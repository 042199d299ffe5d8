"""The kinds of strip that training draws, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from EchoMeasureLib.phantoms.doppler import spectral_still
from EchoMeasureLib.phantoms.layout_parts import Layout
from EchoMeasureLib.phantoms.mmode import m_mode_still
from EchoMeasureLib.phantoms.mmode_views import MMODE_VIEWS
from EchoMeasureLib.phantoms.study import PhantomStudy

STRIP_KINDS: Mapping[str, float] = MappingProxyType(
    {
        "avvmax": 1.0,
        "trvmax": 1.0,
        "mrvmax": 1.0,
        "lvotvmax": 1.1,
        # Two heads learn from each of these.
        "latevel": 0.7,
        "medevel": 0.7,
        # E and A have to be told apart, and paired.
        "mvpeak": 2.0,
        "tapse": 1.3,
        "aortic_leak": 0.25,
        "pulmonary_vein": 0.35,
        "empty": 0.15,
        "inflow_without_a": 0.25,
    }
)
"""Relative frequency of each; the last four are negatives."""

LIFELIKE_STRIP_KINDS: Mapping[str, float] = MappingProxyType(
    {**STRIP_KINDS, "tapse": 1.7, "empty": 0.35, "aortic_leak": 0.35}
    | dict.fromkeys(MMODE_VIEWS, 0.35)
)
"""The same among lifelike strips, with the M-modes of other structures."""


def draw_strip(kind: str, layout: Layout, seed: int) -> PhantomStudy:
    """The still of a kind of `LIFELIKE_STRIP_KINDS`. Raises `InvalidArgument` for another word."""
    if kind == "tapse" or kind in MMODE_VIEWS:
        return m_mode_still(kind, layout, seed)
    return spectral_still(kind, layout, seed)
