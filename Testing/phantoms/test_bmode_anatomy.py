"""The drawn anatomy has the sizes it says, by hand, and moves as a heart does."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from EchoMeasureLib.phantoms.anatomy import Pose, eased
from EchoMeasureLib.phantoms.anatomy_apical import ApicalHeart
from EchoMeasureLib.phantoms.anatomy_plax import LongAxisView
from EchoMeasureLib.phantoms.anatomy_plax_heart import LongAxisHeart
from EchoMeasureLib.phantoms.anatomy_plax_moment import LongAxisMoment
from EchoMeasureLib.phantoms.anatomy_psax import ShortAxisBase
from EchoMeasureLib.phantoms.anatomy_subcostal import SubcostalVein
from EchoMeasureLib.phantoms.motion import HeartState, Motion, ramp, systole_s

ED = HeartState(contraction=0.0, mitral=0.0, aortic=0.0, inspiration=0.0)
ES = HeartState(contraction=1.0, mitral=0.0, aortic=0.0, inspiration=0.0)
DIASTOLE = HeartState(contraction=0.4, mitral=1.0, aortic=0.0, inspiration=0.5)


def length(ends):
    return float(np.hypot(*(ends[1] - ends[0])))


@pytest.fixture
def simple_heart():
    """Smooth walls, no bulge, before the probe as drawn: its numbers can be checked by hand."""
    return LongAxisHeart(
        kind="normal",
        lvid=4.8,
        shortening=0.25,
        ivs=0.9,
        lvpw=0.8,
        thickening=0.5,
        root=3.4,
        aorta=3.1,
        la=3.6,
        rv=2.5,
        wall=0.2,
        lean=0.0,
        station=2.0,
        bulge=0.0,
        ripple=(0.0, 0.0),
        leaflet=0.2,
        descending=1.0,
        pose=Pose(0.0, (0.0, 0.0)),
        depth=15.0,
    )


# id, end-diastolic length, end-systolic length in cm
SIZES = [
    ("lvid", 4.8, 4.8 * 0.75),
    ("ivs", 0.9, 0.9 * 1.5),
    ("lvpw", 0.8, 0.8 * 1.5),
    ("aortic_root", 3.4, 3.4),
    ("la", 3.6 * 0.82, 3.6),
]


@pytest.mark.parametrize(("id", "diastole", "systole"), SIZES)
def test_long_axis_calipers_have_the_sizes_of_the_patient(simple_heart, id, diastole, systole):
    view = LongAxisView(simple_heart)
    assert length(view.draw(ED).calipers[id]) == pytest.approx(diastole, abs=1e-6)
    assert length(view.draw(ES).calipers[id]) == pytest.approx(systole, abs=2e-3)


def test_septum_cavity_and_wall_lie_on_one_line_in_the_order_of_the_catalog(simple_heart):
    calipers = LongAxisView(simple_heart).draw(ED).calipers
    # Two centimetres from the base, on the axis z = 0: septum -3.3..-2.4, wall 2.4..3.2.
    assert calipers["ivs"][0] == pytest.approx([-2.0, -3.3])
    assert calipers["ivs"][1] == pytest.approx([-2.0, -2.4])
    assert calipers["lvid"][0] == pytest.approx([-2.0, -2.4])
    assert calipers["lvid"][1] == pytest.approx([-2.0, 2.4])
    assert calipers["lvpw"][0] == pytest.approx([-2.0, 2.4])
    assert calipers["lvpw"][1] == pytest.approx([-2.0, 3.2])


def test_a_pose_turns_and_shifts_calipers_and_keeps_their_length(simple_heart):
    posed = dataclasses.replace(simple_heart, pose=Pose(math.pi / 2, (1.0, 10.0)))
    septal, posterior = LongAxisView(posed).draw(ED).calipers["lvid"]
    # A quarter turn clockwise on screen takes (x, z) to (-z, x).
    assert septal == pytest.approx([1.0 + 2.4, 10.0 - 2.0])
    assert posterior == pytest.approx([1.0 - 2.4, 10.0 - 2.0])


def test_the_aorta_moves_forward_and_the_base_descends_in_systole(simple_heart):
    diastole, systole = (LongAxisView(simple_heart).draw(state).calipers for state in (ED, ES))
    assert systole["aortic_root"][0][1] < diastole["aortic_root"][0][1] - 0.1
    assert systole["lvid"][0][0] < diastole["lvid"][0][0] - 0.3


def test_the_structures_of_a_moment_can_be_asked_for_in_any_order(simple_heart):
    forth, back = LongAxisMoment(simple_heart, ES), LongAxisMoment(simple_heart, ES)
    first = (forth.tissues(), forth.interfaces(), forth.calipers())
    calipers, interfaces = back.calipers(), back.interfaces()
    again = (back.tissues(), interfaces, calipers)
    for one, other in zip(first[0], again[0], strict=True):
        assert np.array_equal(one.outline, other.outline)
    for one, other in zip(first[1], again[1], strict=True):
        assert np.array_equal(one.line, other.line)
    assert {id: length(ends) for id, ends in first[2].items()} == {
        id: length(ends) for id, ends in again[2].items()
    }


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("kind", [LongAxisView, ApicalHeart, ShortAxisBase, SubcostalVein])
def test_every_patient_keeps_its_vertices_and_stays_within_plausible_sizes(kind, seed):
    from EchoMeasureLib.catalog import definition

    anatomy = kind.sample(np.random.default_rng(seed))
    drawings = [anatomy.draw(state) for state in (ED, ES, DIASTOLE)]
    assert len({drawing.anchors().shape for drawing in drawings}) == 1
    for id, ends in drawings[0].calipers.items():
        assert definition(id).outputs[0].plausible.contains(length(ends)), id
    assert 11 <= anatomy.depth_cm <= 18


@pytest.mark.parametrize("seed", range(20))
def test_the_right_ventricle_is_measured_across_its_basal_third(seed):
    heart = ApicalHeart.sample(np.random.default_rng(seed))
    free, septal = heart.draw(ED).calipers["rv_base"]
    assert free[0] < septal[0]
    assert length((free, septal)) == pytest.approx(heart.rv_width, rel=0.06)


@pytest.mark.parametrize("seed", range(20))
def test_the_vena_cava_is_measured_one_to_two_centimetres_from_the_atrium(seed):
    vein = SubcostalVein.sample(np.random.default_rng(seed))
    drawing = vein.draw(ED)
    front, back = drawing.calipers["ivc"]
    assert front[1] < back[1]
    assert length((front, back)) == pytest.approx(vein.ivc, abs=1e-6)
    assert 1 <= vein.station <= 2
    breath = vein.draw(HeartState(0.0, 0.0, 0.0, 1.0)).calipers
    if "ivc" in breath:
        assert length(breath["ivc"]) == pytest.approx(vein.ivc * (1 - vein.collapse), abs=1e-6)


def test_the_pulmonary_artery_goes_from_screen_left_to_right():
    artery = ShortAxisBase.sample(np.random.default_rng(4))
    left, right = artery.draw(ED).calipers["pa"]
    assert left[0] < right[0]
    assert length((left, right)) == pytest.approx(artery.pa, rel=0.06)


def test_systole_lasts_a_third_of_a_second_at_seventy():
    assert systole_s(60 / 70) == pytest.approx(0.346, abs=0.002)
    assert systole_s(60 / 130) < systole_s(60 / 45)


@pytest.mark.parametrize("seed", range(6))
def test_the_heart_is_relaxed_at_the_r_wave_and_valves_are_never_open_together(seed):
    motion = Motion.sample(np.random.default_rng(seed), 4.0, 0.8)
    for wave in motion.rhythm.within(3.0):
        assert motion.state(wave).contraction < 0.03
        _, rr = motion.beat_at(wave + 1e-6)
        assert motion.state(wave + systole_s(rr)).contraction > 0.99
    states = [motion.state(time) for time in np.arange(0, 4, 0.01)]
    assert not any(state.mitral > 0.05 and state.aortic > 0.05 for state in states)
    for name in ("contraction", "mitral", "aortic", "inspiration"):
        values = [getattr(state, name) for state in states]
        assert min(values) >= 0
        assert max(values) <= 1 + 1e-9


def test_helpers_of_curves():
    assert ramp(0.5, 0.0, 1.0) == pytest.approx(0.5)
    assert eased([0.0, 1.0, 2.0], [(0, 3.0), (2, 5.0)]) == pytest.approx([3.0, 4.0, 5.0])
