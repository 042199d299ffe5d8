"""TAPSE read off an M-mode without a network: on what was drawn within 2 mm, or with a reason."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.region_problems import find_problems
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.measuring.annulus import NO_LINE, TOO_SMALL, annulus_rows, find_excursions
from EchoMeasureLib.measuring.by_envelope import READER, read_beats
from EchoMeasureLib.measuring.calipers import Origin, measure
from EchoMeasureLib.measuring.m_mode_motion import Motion
from EchoMeasureLib.phantoms.layout_parts import Quirk
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


@pytest.mark.parametrize("seed", [9_002, 9_003])
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


BOX = Box(42, 342, 943, 733)


def layers(
    *lines: tuple[int, int], fading: int | None = None, grain: float = 30
) -> tuple[Frame, Region]:
    """Lines that lie at a row at rest and move up by so many: 50 rows of 0.04 cm are 2 cm; beats of
    0.98 s, a systole of 0.35 s, over 3.2 s. The row of one may be told that fades in each beat."""
    box = BOX
    columns, rows = np.arange(box.width), np.arange(box.height)[:, None]
    share = (columns / 280) % 1
    up = np.where(share < 0.36, share / 0.36, (1 - share) / 0.64)
    rise = (1 - np.cos(np.pi * up)) / 2
    grey = np.random.default_rng(4).uniform(0, grain, (box.height, box.width))
    for rest, excursion in lines:
        light = 120 - 90 * np.sin(np.pi * share) ** 2 if rest == fading else 120.0
        grey += light * np.exp(-0.5 * ((rows - (rest - box.y0 - excursion * rise)) / 5) ** 2)
    frame = np.zeros((768, 1024, 3), np.uint8)
    frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1] = grey.clip(0, 255)[..., None]
    return frame, Region(0, RegionKind.M_MODE, box, ("s", "cm"), (0.0035, 0.04), (0.0, 0.0))


@pytest.mark.parametrize("others", [((570, 45), (530, 30), (660, 40)), ((500, 40), (690, 20))])
@pytest.mark.parametrize("fades", [False, True])
def test_among_layers_that_move_alike_the_one_that_moves_most_is_read(
    others: tuple[tuple[int, int], ...], fades: bool
) -> None:
    frame, region = layers((600, 50), *others, fading=600 if fades else None)
    found = find_excursions(frame, region)
    assert not isinstance(found, str), found
    assert len(found) >= 2
    assert [(low.y - high.y) * 0.04 for low, high in found] == pytest.approx(
        [2.0] * len(found), abs=0.1
    )


def test_in_noise_as_bright_as_the_lines_the_one_that_moves_most_is_read() -> None:
    frame, region = layers((600, 50), (530, 30), grain=160)
    found = find_excursions(frame, region)
    assert not isinstance(found, str), found
    assert [(low.y - high.y) * 0.04 for low, high in found] == pytest.approx(
        [2.0] * len(found), abs=0.15
    )


@pytest.mark.parametrize(
    "lines",
    [
        # Septum and posterior wall of a left ventricle; the two walls of an aorta, 3 cm apart.
        ((440, -15), (455, -15), (600, 30), (620, 30)),
        ((520, 25), (595, 25)),
        # The septum in the near field, 1.5 and 2.1 cm deep, moves away from the probe.
        ((380, -15), (395, -20), (500, 45), (515, 40), (560, 6), (600, 6)),
    ],
)
def test_walls_of_another_chamber_are_no_annulus(lines: tuple[tuple[int, int], ...]) -> None:
    assert find_excursions(*layers(*lines)) == NO_LINE


def test_an_aorta_in_tissue_that_moves_alike_is_no_annulus() -> None:
    """A lifelike one: tissue above the first wall moves less the farther it lies from it."""
    seed = 7_312
    layout = list(LAYOUTS.values())[seed % len(LAYOUTS)].with_quirks(Quirk.LIFELIKE)
    plan = plan_m_mode("mmode_aorta", layout, seed)
    delta = plan.seconds_per_px, plan.cm_per_px
    region = Region(0, RegionKind.M_MODE, layout.strip.box, ("s", "cm"), delta, (0, 0))
    assert find_excursions(draw_m_mode(plan), region) == NO_LINE


def test_where_nothing_that_moves_is_bright_there_is_no_annulus() -> None:
    """As of a lung: only few rows move alike for sure, and they are darker than all about them."""
    light, rows = np.full((308, 264), 120.0), np.arange(308)
    light[60:74] = 40.0
    alike = (rows > 65) & (rows < 71)
    moved = 10 * (1 + np.sin(2 * np.pi * np.arange(264) / 80))
    motion = Motion(moved, 0.9 * alike, 0.7 * alike, np.full(264, True), np.full(264, 0.5))
    assert list(annulus_rows(light, motion)) == []


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
