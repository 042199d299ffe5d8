"""A drawn baseline that contradicts the calibration's is told, with both numbers."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from schemas import validate

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.exporting.measurement_documents import document
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Box, Landmark, PixelPoint
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.manual_calibration import from_velocity_axis, with_manual_region
from EchoMeasureLib.imaging.region_problems import find_problems
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.measuring.calipers import Caliper, Origin, measure
from EchoMeasureLib.phantoms.doppler import draw_spectrum
from EchoMeasureLib.phantoms.doppler_cases import CASES
from EchoMeasureLib.phantoms.doppler_plan import SpectralPlan, plan_spectrum
from EchoMeasureLib.phantoms.layout_parts import Quirk
from EchoMeasureLib.phantoms.layouts import LAYOUTS
from EchoMeasureLib.review.images import image_key
from EchoMeasureLib.review.session import Review

STRIP = Box(42, 342, 943, 733)
LINE = 440


def strip(kind: RegionKind, reference: float | None, delta_y: float = -0.5) -> Region:
    """The strip of `screen`; `reference` is a row of the image."""
    offset = None if reference is None else reference - STRIP.y0
    return Region(0, kind, STRIP, ("s", "cm/s"), (0.0035, delta_y), (0, offset))


def screen(line: int | None = LINE) -> Frame:
    """A strip of noise with an orange line of three rows; None leaves it out."""
    frame = np.zeros((768, 1024, 3), np.uint8)
    noise = np.random.default_rng(1).integers(0, 30, (392, 902, 1))
    frame[STRIP.y0 : STRIP.y1 + 1, STRIP.x0 : STRIP.x1 + 1] = noise
    if line is not None:
        frame[line - 1 : line + 2, STRIP.x0 : STRIP.x1 + 1] = (180, 100, 40)
    return frame


def cine(frame: Frame, region: Region) -> Cine:
    return Cine(ArraySource(frame[None]), Timing((0.0,), "still"), [region])


def tr(reference: float, line: int | None = LINE, origin: Origin = Origin.MANUAL) -> Caliper:
    """TR at row 920 - 280 = 640 of the image."""
    one = cine(screen(line), strip(RegionKind.CW, reference))
    return measure(one, "trvmax", [Landmark(500, 640)], origin=origin)


@pytest.mark.parametrize("off", [-12, -6, -4, 4, 6, 12, 60])
@pytest.mark.parametrize("origin", list(Origin))
def test_a_reference_that_misses_the_line_is_flagged_for_hand_and_network_alike(
    off: int, origin: Origin
) -> None:
    caliper = tr(LINE + off, origin=origin)
    (value,) = caliper.values
    assert Flag.BASELINE_MOVED in value.flags
    assert caliper.excluded
    # The number is that of the file, (LINE + off - 640) x 0.5 cm/s.
    assert value.value == pytest.approx((LINE + off - 640) * 0.5)


def test_both_rows_and_both_numbers_are_said() -> None:
    """Row 452 gives (452 - 640) x 0.5 = -94 cm/s, row 440 gives -100: 0.94 and 1.00 m/s."""
    assert tr(LINE + 12).values[0].doubt == (
        "The file puts the baseline at row 452.0, which gives 0.94 m/s; "
        "the picture shows it at row 440.0, which would give 1.00 m/s."
    )


def test_a_reference_that_counts_from_the_corner_is_recognised_where_both_readings_fit() -> None:
    """Row 360 of the image, written as the offset: 342 + 360 = 702 lies in the strip as well."""
    one = cine(screen(360), strip(RegionKind.CW, STRIP.y0 + 360))
    (value,) = measure(one, "trvmax", [Landmark(500, 560)]).values
    # (360 - 560) x 0.5 = -100 cm/s by the line.
    assert "row 360.0, which would give 1.00 m/s" in value.doubt
    assert "seems to count from the corner of the picture." in value.doubt
    assert "corner" not in tr(LINE + 12).values[0].doubt


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        (None, "does not say where the baseline is"),
        (STRIP.y0 + 440, "is a position on the whole image, not in the strip"),
        (STRIP.y0 + 2000, "lies outside the spectral strip"),
    ],
)
def test_a_baseline_that_only_the_picture_shows_is_said_with_its_row(
    reference: float | None, words: str
) -> None:
    one = cine(screen(), strip(RegionKind.CW, reference))
    region = replace(one.regions[0], problems=find_problems(one.regions[0], 1024, 768))
    (value,) = measure(one.with_regions([region]), "trvmax", [Landmark(500, 640)]).values
    assert value.flags == (Flag.BASELINE_DETECTED,)
    assert value.value == pytest.approx(-100)
    assert words in value.doubt
    assert value.doubt.endswith("The picture shows it at row 440.0.")


@pytest.mark.parametrize("off", [-2, -1, 0, 1, 2])
def test_writers_count_from_either_edge_of_the_line(off: int) -> None:
    (value,) = tr(LINE + off).values
    assert value.flags == ()
    assert value.doubt == ""


def test_without_a_line_there_is_nothing_to_compare() -> None:
    assert tr(LINE + 12, line=None).values[0].flags == ()


def test_the_ratio_says_both_ratios() -> None:
    """Zero at 642 by the file, 630 drawn: E 80 and 74, A 50 and 44, E/A 1.60 and 1.68."""
    one = cine(screen(630), strip(RegionKind.PW, 642))
    caliper = measure(one, "mvpeak", [Landmark(400, 482), Landmark(460, 542)])
    e, a, ratio = caliper.values
    for value, words in ((e, ("80.0", "74.0")), (a, ("50.0", "44.0")), (ratio, ("1.60", "1.68"))):
        assert Flag.BASELINE_MOVED in value.flags
        assert all(word in value.doubt for word in words)


def test_a_baseline_put_by_hand_is_compared_too() -> None:
    plain = Cine(ArraySource(screen()[None]), Timing((0.0,), "still"))
    marks = PixelPoint(950, 440), PixelPoint(950, 640)
    for row, doubted in ((LINE, False), (LINE + 9, True)):
        region = from_velocity_axis(plain, *marks, 100.0, row, bounds=STRIP)
        one = with_manual_region(plain, region)
        (value,) = measure(one, "trvmax", [Landmark(500, 640)]).values
        assert (Flag.BASELINE_MOVED in value.flags) is doubted
        assert ("calibration by hand" in value.doubt) is doubted


def test_a_moved_baseline_can_be_exported() -> None:
    one = cine(screen(), strip(RegionKind.CW, LINE + 12))
    review = Review(one, "AB")
    review.place("trvmax", 0, [(500, 640)])
    record = document(review, image_key(one))
    assert "row 452.0" in record["results"][0]["doubt"]
    validate(record, "exporting/measurements.schema.json")


def phantoms() -> Iterator[SpectralPlan]:
    """Each spectral measurement on each screen, upright and upside down: 7 x (6 x 2 + 1)."""
    for seed, name in enumerate(CASES, 40):
        yield plan_spectrum(name, LAYOUTS["768x1024"], seed + 20)
        for place, layout in enumerate(LAYOUTS.values()):
            yield plan_spectrum(name, layout, seed + place)
            yield plan_spectrum(name, layout.with_quirks(Quirk.INVERTED), seed + place + 9)


def jpeg(frame: Frame) -> Frame:
    out = io.BytesIO()
    Image.fromarray(frame).save(out, "JPEG", quality=85)
    return np.asarray(Image.open(out))


def flags_of(plan: SpectralPlan, frame: Frame, stale: int) -> tuple[Flag, ...]:
    """Flags of the best beat, its points as they are drawn, where the tag is `stale` rows off."""
    kind = CATALOG[plan.name].regions[0]
    box = plan.layout.strip.box
    reference = plan.baseline_y + stale - box.y0
    region = Region(0, kind, box, ("s", "cm/s"), plan.delta, (0, reference))
    points = [Landmark(*point) for point in plan.beats[0]]
    return measure(cine(frame, region), plan.name, points).flags


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_no_clean_strip_is_flagged(every: int) -> None:
    plans = list(phantoms())[::every]
    for number, plan in enumerate(plans):
        frame = draw_spectrum(plan)
        frame = jpeg(frame) if number % 2 else frame
        assert Flag.BASELINE_MOVED not in flags_of(plan, frame, 0), plan
    assert len(plans) == -(-91 // every)


def test_every_strip_whose_tag_went_stale_by_twelve_rows_is_flagged() -> None:
    plans = list(phantoms())[:: 91 // 15][:15]
    assert len(plans) == 15
    for plan in plans:
        frame = draw_spectrum(plan)
        for stale in (12, -12):
            assert Flag.BASELINE_MOVED in flags_of(plan, frame, stale), plan


def test_of_lifelike_strips_nearly_all_stale_tags_are_flagged_and_no_true_one() -> None:
    """Baselines in all greys, thin and under clutter; a tag is 12 rows off."""
    stale, layouts = [], list(LAYOUTS.values())
    for number in range(14):
        layout = layouts[number % len(layouts)].with_quirks(Quirk.LIFELIKE)
        plan = plan_spectrum(list(CASES)[number % len(CASES)], layout, 700 + number)
        frame = draw_spectrum(plan)
        assert Flag.BASELINE_MOVED not in flags_of(plan, frame, 0), plan
        stale.append(Flag.BASELINE_MOVED in flags_of(plan, frame, 12))
    assert sum(stale) >= 0.9 * len(stale)
