"""A Doppler point on another wave of the beat than it is named after is told by its time."""

from __future__ import annotations

import pytest
from edge_strips import EdgeStrip, clean

from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Landmark, PixelPoint
from EchoMeasureLib.measuring.beside import checked
from EchoMeasureLib.measuring.calipers import Caliper, Origin, measure
from EchoMeasureLib.phantoms.doppler_plan import plan_spectrum
from EchoMeasureLib.phantoms.layouts import LAYOUTS

SEED = 4001


def flags_of(strip: EdgeStrip, *points: PixelPoint) -> tuple[Flag, ...]:
    placed = measure(strip.cine, strip.measurement, [Landmark(*point) for point in points])
    return said_of(strip, placed).flags


def said_of(strip: EdgeStrip, caliper: Caliper) -> Caliper:
    (caliper,) = checked(strip.cine, [caliper])
    return caliper


@pytest.mark.parametrize("id", ["latevel", "medevel"])
def test_e_prime_on_a_prime(id: str) -> None:
    """Both go away from the probe, a' before the QRS."""
    plan = plan_spectrum(id, LAYOUTS["768x1024"], SEED)
    strip = clean(plan)
    late = plan.case.anatomy["a_prime_cm_s"]
    assert isinstance(late, float)
    for (early,) in strip.beats:
        time = plan.scale.seconds_per_px * (early.x - plan.layout.strip.box.x0)
        beat = next(b for b in plan.rhythm.beats if b.r < time < b.r + b.rr)
        point = plan.point((beat.atrial_peak - 0.005, -late))
        if point.x > plan.layout.strip.box.x0 + 0.95 * plan.end:
            continue
        assert Flag.OTHER_WAVE in flags_of(strip, point)
        assert Flag.OTHER_WAVE not in flags_of(strip, early)


def test_the_words_name_the_wave_that_is_there() -> None:
    strip = clean(plan_spectrum("mvpeak", LAYOUTS["768x1024"], SEED))
    e, a = strip.beats[0]
    wrong = measure(strip.cine, "mvpeak", [Landmark(*a), Landmark(*strip.beats[1][0])])
    caliper = said_of(strip, wrong)
    assert "by its time in the beat that is A." in caliper.value("e").beside
    assert "by its time in the beat that is E." in caliper.value("a").beside
    assert Flag.OTHER_WAVE not in flags_of(strip, e, a)


def test_of_two_points_on_one_wave_only_the_other_is_named_anew() -> None:
    strip = clean(plan_spectrum("mvpeak", LAYOUTS["768x1024"], SEED))
    e, _ = strip.beats[0]
    caliper = said_of(strip, measure(strip.cine, "mvpeak", [Landmark(*e), Landmark(*e)]))
    about = caliper.value("e").beside
    assert "MV A is put at" in about
    assert "MV E is put at" not in about


def test_the_envelope_reader_has_no_vote_on_itself() -> None:
    strip = clean(plan_spectrum("mvpeak", LAYOUTS["768x1024"], SEED))
    _, a = strip.beats[0]
    points = [Landmark(*a), Landmark(*strip.beats[1][0])]
    caliper = measure(strip.cine, "mvpeak", points, 0, Origin.ENVELOPE)
    assert Flag.OTHER_WAVE not in said_of(strip, caliper).flags
