"""The diameter of a vena cava over an M-mode: right where it is read, nothing where it is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_cava import BREATH, BREATHING, COLUMNS, REGION, ROWS, SECONDS, TIMES, cine, drawn

from EchoMeasureLib.errors import CannotMeasure
from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.region_problems import find_problems
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.measuring.by_envelope import read_beats, read_cava_curve
from EchoMeasureLib.measuring.cava_curve import CavaCurve
from EchoMeasureLib.measuring.cava_walls import NO_WALLS
from EchoMeasureLib.measuring.running import beat_by_beat

TRUE = 2 - BREATH
"""cm at every column of `BREATHING`."""


def curve(frame: Frame = BREATHING) -> CavaCurve:
    found = read_cava_curve(cine(frame), 0)
    assert isinstance(found, CavaCurve), found
    return found


def off_mm(found: CavaCurve) -> list[float]:
    true = np.interp(found.seconds, TIMES, TRUE)
    return [10 * abs(cm - t) for cm, t in zip(found.cm, true, strict=True) if cm is not None]


def test_it_is_as_drawn_from_end_to_end() -> None:
    """2.0 to 1.0 cm every 3.2 s, over 8 s."""
    found = curve()
    assert found.cm.count(None) == 0
    assert max(off_mm(found)) < 1.2
    assert np.diff(found.seconds) == pytest.approx(0.04)
    assert 0 < found.seconds[0] < 0.04
    assert 7.96 < found.seconds[-1] < 8
    assert found.breath_s == pytest.approx(3.2, abs=0.1)
    assert found.breath_words == "one breath every 3.2 s, 19 per minute"


HIDDEN = {"dark": 0, "white": 230, "grey": 60}


@pytest.mark.parametrize("begins", [1.7, 2.4, 3.3])
@pytest.mark.parametrize("shade", HIDDEN)
def test_where_walls_are_hidden_is_a_gap_that_nothing_bridges(shade: str, begins: float) -> None:
    """For 0.3 s, where it is narrowest, in between, and where it is widest."""
    hidden = (begins <= TIMES) & (begins + 0.3 > TIMES)
    frame = BREATHING.copy()
    frame[:, hidden] = HIDDEN[shade]
    found = curve(frame)
    at = np.array(found.seconds)
    inside = (begins + 0.04 < at) & (at < begins + 0.26)
    assert all(found.cm[place] is None for place in np.flatnonzero(inside))
    away = (at < begins - 0.16) | (at > begins + 0.46)
    assert all(found.cm[place] is not None for place in np.flatnonzero(away))
    assert max(off_mm(found)) < 1.2
    assert found.gaps_words.endswith("of 8.0 s")


def test_one_wall_that_is_lost_is_a_gap_as_well() -> None:
    """From 5 cm on all is dark for 0.3 s, as in the shadow of a rib."""
    frame = BREATHING.copy()
    frame[100:, (TIMES >= 2.4) & (TIMES < 2.7)] = 5
    found = curve(frame)
    assert all(cm is None for s, cm in zip(found.seconds, found.cm, strict=True) if 2.44 < s < 2.66)
    assert max(off_mm(found)) < 1.2


def test_its_times_are_those_of_the_calipers_also_where_a_strip_begins_late() -> None:
    """Nothing is written in the first second, and the strip stands 30 columns to the right."""
    frame = np.zeros((ROWS, COLUMNS + 30, 3), np.uint8)
    frame[:, 30:] = BREATHING
    frame[:, 30 : 30 + round(1 / SECONDS)] = 0
    image = cine(frame, replace(REGION, bounds=Box(30, 0, COLUMNS + 29, ROWS - 1)))
    found = read_cava_curve(image, 0)
    assert isinstance(found, CavaCurve)
    assert 1 <= found.seconds[0] < 1.08
    assert max(off_mm(found)) < 1.2
    read = read_beats(image, "ivcmmin", 0)
    assert read.prediction is not None
    assert read.beat == "One breath every 3.2 s, 19 per minute."
    for caliper in beat_by_beat(image, read.prediction)[1]:
        assert caliper.strip_s is not None
        here = float(np.interp(caliper.strip_s, found.seconds, [cm or 0 for cm in found.cm]))
        assert caliper.values[0].value == pytest.approx(here, abs=0.02)


def test_without_a_vein_there_is_a_reason() -> None:
    assert read_cava_curve(cine(drawn(4 + 0 * TIMES, 4 + 0 * TIMES)), 0) == NO_WALLS


def test_walls_that_may_have_been_lost_give_no_curve() -> None:
    """Both go up by 2 cm within 0.4 s, as no vein does: another band may lie there."""
    jump = 2 / (1 + np.exp(-(TIMES - 4) / 0.05))
    found = read_cava_curve(cine(drawn(4 + jump, 6 + jump)), 0)
    assert found == "Both walls move too quickly at once to be followed for sure."


def test_without_a_scale_or_an_m_mode_nothing_is_read() -> None:
    bare = replace(REGION, units=("none", "cm"))
    judged = replace(bare, problems=find_problems(bare, 2000, 2000))
    found = read_cava_curve(cine(BREATHING, judged), 0)
    assert isinstance(found, str)
    assert "units are none x cm" in found
    flow = replace(REGION, kind=RegionKind.CW, units=("s", "cm/s"))
    with pytest.raises(CannotMeasure):
        read_cava_curve(cine(BREATHING, flow), 0)
