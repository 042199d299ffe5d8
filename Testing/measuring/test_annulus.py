"""TAPSE read off an M-mode without a network: on what was drawn within 2 mm, or with a reason."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.region_problems import find_problems
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.measuring.annulus import NO_LINE, TOO_SMALL, find_excursions
from EchoMeasureLib.measuring.by_envelope import READER, read_beats
from EchoMeasureLib.measuring.calipers import Origin, measure
from EchoMeasureLib.phantoms.layouts import LAYOUTS
from EchoMeasureLib.phantoms.mmode import draw_m_mode, plan_m_mode
from EchoMeasureLib.phantoms.mmode_motion import MModePlan


@cache
def drawn(seed: int) -> tuple[MModePlan, Frame, Region]:
    plan = plan_m_mode("tapse", LAYOUTS["480x640"], seed)
    delta = plan.seconds_per_px, plan.cm_per_px
    box = plan.layout.strip.box
    return plan, draw_m_mode(plan), Region(0, RegionKind.M_MODE, box, ("s", "cm"), delta, (0, 0))


def still(frame: Frame, region: Region) -> Cine:
    return Cine(ArraySource(frame[None]), Timing((0.0,), "still"), [region])


@pytest.mark.parametrize("seed", [9_002, 9_007])
def test_every_beat_is_read_within_two_millimetres(seed: int) -> None:
    plan, frame, region = drawn(seed)
    prediction = read_beats(still(frame, region), "tapse", 0).prediction
    assert prediction is not None
    assert prediction.model == READER
    assert len(prediction.beats) >= 2
    for points in prediction.beats:
        caliper = measure(still(frame, region), "tapse", points, 0, Origin.ENVELOPE)
        true = min(plan.beats, key=lambda beat: abs(beat[1].x - points[1].x))
        assert caliper.values[0].value == pytest.approx(plan.value(true), abs=0.2)


def test_an_m_mode_upside_down_is_read_alike() -> None:
    _, frame, region = drawn(9_002)
    box = region.bounds
    turned = frame.copy()
    turned[box.y0 : box.y1 + 1] = frame[box.y0 : box.y1 + 1][::-1]
    down = replace(region, delta=(region.delta[0], -region.delta[1]))
    found = find_excursions(turned, down)
    usual = find_excursions(frame, region)
    assert not isinstance(found, str)
    assert not isinstance(usual, str)
    for one, other in zip(found, usual, strict=True):
        for p, q in zip(one, other, strict=True):
            assert p.x == pytest.approx(q.x, abs=1)
            assert box.y1 - (p.y - box.y0) == pytest.approx(q.y, abs=1)


def pictures() -> dict[str, Frame]:
    _, frame, region = drawn(9_002)
    rng = np.random.default_rng(5)
    noise = rng.integers(0, 200, frame.shape, dtype=np.uint8)
    still_lines = np.zeros_like(frame)
    box = region.bounds
    still_lines[box.y0 : box.y1 : 40, box.x0 : box.x1] = 200
    return {"noise": noise, "still": still_lines, "black": frame * 0, "white": frame * 0 + 255}


@pytest.mark.parametrize("name", ["noise", "still", "black", "white"])
def test_where_no_line_moves_in_every_beat_there_is_a_reason(name: str) -> None:
    _, _, region = drawn(9_002)
    beats = read_beats(still(pictures()[name], region), "tapse", 0)
    assert beats.prediction is None
    assert beats.why in (NO_LINE, TOO_SMALL)


def test_without_a_scale_nothing_is_read() -> None:
    _, frame, region = drawn(9_002)
    untimed = replace(region, units=("none", "cm"))
    judged = replace(untimed, problems=find_problems(untimed, frame.shape[1], frame.shape[0]))
    assert "units are none x cm" in read_beats(still(frame, judged), "tapse", 0).why
