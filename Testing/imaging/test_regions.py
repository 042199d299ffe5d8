"""Regions as vendors write them, right and wrong: kind, units, signed deltas, problems."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from ultrasound_files import m_mode, region, spectral

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.region_reading import read_regions
from EchoMeasureLib.imaging.regions import Region, RegionKind

CM, S, CM_S, HZ, NONE = 3, 4, 7, 5, 0


def only(item: Dataset, columns: int = 1024, rows: int = 768, **tags: Any) -> Region:
    dataset = Dataset()
    dataset.SequenceOfUltrasoundRegions = Sequence([item])
    for keyword, value in tags.items():
        setattr(dataset, keyword, value)
    return read_regions(dataset, columns, rows)[0]


# RegionSpatialFormat, RegionDataType, kind (PS3.3 C.8.5.5.1.1 and .2)
KINDS = [
    (1, 1, RegionKind.TWO_D),
    (1, 2, RegionKind.COLOUR),
    (1, 0, RegionKind.TWO_D),
    (2, 1, RegionKind.M_MODE),
    (2, 2, RegionKind.M_MODE),
    (3, 3, RegionKind.PW),  # tissue Doppler is written as PW too
    (3, 4, RegionKind.CW),
    (4, 10, RegionKind.ECG),
    (0, 10, RegionKind.ECG),
    (0, 13, RegionKind.OTHER),  # grey bar
    (1, 14, RegionKind.OTHER),  # a colour bar that claims to be 2-D
    (5, 0, RegionKind.OTHER),
    (0, 0, RegionKind.OTHER),
]


@pytest.mark.parametrize(("spatial", "data", "kind"), KINDS)
def test_kinds_of_regions(spatial: int, data: int, kind: RegionKind) -> None:
    item = region((10, 10, 500, 400), (0.02, 0.02), spatial=spatial, data=data)
    assert only(item).kind is kind


@pytest.mark.parametrize(
    ("image_type", "kind"),
    [
        (None, RegionKind.SPECTRAL),
        (["ORIGINAL", "PRIMARY"], RegionKind.SPECTRAL),
        (["ORIGINAL", "PRIMARY", "", "0004"], RegionKind.CW),
        (["ORIGINAL", "PRIMARY", "TTE", "0009"], RegionKind.PW),  # with a 2-D picture
        (["ORIGINAL", "PRIMARY", "TTE", "0018"], RegionKind.PW),  # with colour
        (["ORIGINAL", "PRIMARY", "TTE", "000C"], RegionKind.SPECTRAL),  # both
        (["ORIGINAL", "PRIMARY", "TTE", "0001"], RegionKind.SPECTRAL),
        (["ORIGINAL", "PRIMARY", "TTE", "DOPPLER"], RegionKind.SPECTRAL),
    ],
)
@pytest.mark.parametrize("data", [None, 0, 7])
def test_a_strip_that_does_not_say_its_kind_of_doppler_is_neither(
    image_type: list[str] | None, kind: RegionKind, data: int | None
) -> None:
    """PS3.3 C.8.5.6.1.1: value 4 of ImageType has bit 4 for CW and 8 for PW, in hexadecimal."""
    item = spectral(data=data or 0)
    if data is None:
        del item.RegionDataType
    tags = {} if image_type is None else {"ImageType": image_type}
    assert only(item, **tags).kind is kind


def test_what_is_said_of_a_strip_goes_before_what_is_said_of_the_picture() -> None:
    assert only(spectral(data=4), ImageType=["ORIGINAL", "PRIMARY", "", "0008"]).kind is (
        RegionKind.CW
    )


def box(*bounds: int, delta: tuple[float, float] = (0.02, 0.02), **more: Any) -> Dataset:
    return region(bounds, delta, **more)  # type: ignore[arg-type]


def strip(**more: Any) -> Dataset:
    return region((42, 342, 943, 733), (0.0035, -0.05), **more)


# quirk, region, codes of its problems
QUIRKS: list[tuple[str, Dataset, tuple[str, ...]]] = [
    ("sound", box(10, 10, 900, 700), ()),
    ("one past the last pixel", box(10, 10, 1024, 768), ()),
    ("two past the last pixel", box(10, 10, 1025, 700), ("outside_image",)),
    ("below the image", box(10, 10, 900, 800), ("outside_image",)),
    ("zero width", box(10, 10, 10, 700), ("zero_size",)),
    ("zero height", box(10, 10, 900, 10), ("zero_size", "implausible_depth")),
    ("bounds the wrong way round", box(900, 10, 10, 700), ("zero_size",)),
    ("no units", box(10, 10, 900, 700, units=(NONE, NONE)), ("wrong_units",)),
    ("2-D in seconds", box(10, 10, 900, 700, units=(S, CM)), ("wrong_units",)),
    ("zero delta", box(10, 10, 900, 700, delta=(0.02, 0.0)), ("zero_delta",)),
    ("delta that is no number", box(10, 10, 900, 700, delta=(math.nan, 0.02)), ("zero_delta",)),
    ("negative DeltaX", box(10, 10, 900, 700, delta=(-0.02, 0.02)), ()),
    ("anisotropic", box(10, 10, 900, 700, delta=(0.02857, 0.02286)), ()),
    # 691 rows x 0.1 cm = 69 cm
    ("69 cm deep", box(10, 10, 900, 700, delta=(0.1, 0.1)), ("implausible_depth",)),
    ("in millimetres", box(10, 10, 900, 700, delta=(0.2, 0.2)), ("implausible_depth",)),
    ("7 mm deep", box(10, 10, 900, 700, delta=(0.001, 0.001)), ("implausible_depth",)),
    ("spectral", spectral(), ()),
    ("spectral in Hz", strip(spatial=3, units=(S, HZ), reference=(0, 100)), ("wrong_units",)),
    ("spectral without a reference", spectral(reference_y=None), ("no_reference",)),
    ("baseline at the strip's top", spectral(reference_y=0), ()),
    # The strip has 392 rows, 342 to 733.
    ("baseline at the strip's last row", spectral(reference_y=391), ()),
    ("baseline as a row of the image", spectral(reference_y=500), ("absolute_reference",)),
    ("baseline outside the strip", spectral(reference_y=-20), ("reference_outside",)),
    ("baseline far below", spectral(reference_y=2000), ("reference_outside",)),
    ("m-mode", m_mode(), ()),
    # Scales that cannot be. The box is 691 rows high, the strip 392 rows by 902 columns.
    ("twice as wide as high", box(10, 10, 900, 700, delta=(0.04, 0.02)), ()),
    ("tenfold wider", box(10, 10, 900, 700, delta=(0.2, 0.02)), ("uneven_scale",)),
    ("tenfold narrower", box(10, 10, 900, 700, delta=(-0.002, 0.02)), ("uneven_scale",)),
    ("1e200 cm wide", box(10, 10, 900, 700, delta=(1e200, 0.02)), ("uneven_scale",)),
    (
        "1e-200 cm high",
        box(10, 10, 900, 700, delta=(0.02, 1e-200)),
        ("implausible_depth", "uneven_scale"),
    ),
    ("300 mm/s", spectral(delta=(1 / 1136, -0.5)), ()),
    ("12.5 mm/s", spectral(delta=(1 / 47.3, -0.5)), ()),
    ("milliseconds for seconds", spectral(delta=(3.5, -0.5)), ("implausible_sweep",)),
    ("kiloseconds for seconds", spectral(delta=(3.5e-6, -0.5)), ("implausible_sweep",)),
    ("a strip of a minute", m_mode(delta=(0.07, 0.04)), ("implausible_sweep",)),
    ("1e200 s per pixel", m_mode(delta=(1e200, 0.04)), ("implausible_sweep",)),
    ("tissue Doppler, 20 cm/s in all", spectral(delta=(0.0035, -0.05), data=3), ()),
    ("m/s for cm/s", spectral(delta=(0.0035, -0.005)), ("implausible_velocities",)),
    ("mm/s for cm/s", spectral(delta=(0.0035, -5.5)), ("implausible_velocities",)),
    ("1e200 cm/s per pixel", spectral(delta=(0.0035, 1e200)), ("implausible_velocities",)),
    ("PW of 16 m/s in all", spectral(delta=(0.0035, -4.0), data=3), ("implausible_velocities",)),
    ("CW of 16 m/s in all", spectral(delta=(0.0035, -4.0)), ()),
    ("m-mode of 78 cm", m_mode(delta=(0.0035, 0.2)), ("implausible_depth",)),
    ("m-mode in cm x cm", strip(spatial=2, units=(CM, CM)), ("wrong_units",)),
]


@pytest.mark.parametrize(
    ("item", "codes"), [row[1:] for row in QUIRKS], ids=[row[0] for row in QUIRKS]
)
def test_problems_of_regions(item: Dataset, codes: tuple[str, ...]) -> None:
    found = only(item)
    assert tuple(problem.code for problem in found.problems) == codes
    assert all(problem.text.endswith(".") for problem in found.problems)


@pytest.mark.parametrize(
    ("degrees", "codes"),
    # cos 60 is a half; 180 is flow away along the beam; 255 is none.
    [
        (0, []),
        (15, []),
        (180, []),
        (255, []),
        (60, ["angle_corrected"]),
        (-60, ["angle_corrected"]),
    ],
)
def test_velocities_that_are_corrected_for_an_angle_are_no_numbers_of_echocardiography(
    degrees: float, codes: list[str]
) -> None:
    item, picture = spectral(), box(10, 10, 900, 700)
    item.DopplerCorrectionAngle = picture.DopplerCorrectionAngle = degrees
    assert [problem.code for problem in only(item).problems] == codes
    assert not only(picture).problems


@pytest.mark.parametrize("code", ["absolute_reference", "no_reference", "reference_outside"])
def test_without_a_baseline_lengths_hold_and_velocities_do_not(code: str) -> None:
    item = {
        "absolute_reference": spectral(reference_y=500),
        "no_reference": spectral(reference_y=None),
        "reference_outside": spectral(reference_y=-20),
    }[code]
    found = only(item)
    assert found.usable
    assert found.baseline_y is None


def test_medistim_counts_the_reference_from_the_image_even_where_it_could_be_an_offset() -> None:
    item = spectral(reference_y=360)
    assert only(item).baseline_y == 342 + 360
    medistim = only(item, Manufacturer="Medistim ASA")
    assert [problem.code for problem in medistim.problems] == ["absolute_reference"]
    assert medistim.baseline_y is None


def test_velocity_is_counted_from_the_reference_with_its_sign() -> None:
    """y = 342 + 100 + 60 is 60 rows under the baseline: 60 x -0.5 = -30 cm/s."""
    assert only(spectral()).value_at(PixelPoint(100, 502))[1] == pytest.approx(-30)


def test_positive_delta_turns_the_display_over() -> None:
    item = spectral(delta=(0.0035, 0.5))
    assert only(item).value_at(PixelPoint(100, 502))[1] == pytest.approx(30)


def test_a_physical_value_at_the_reference_moves_the_baseline() -> None:
    """+20 cm/s at row 442 with -0.5 cm/s per row: zero lies 40 rows below, at 482."""
    item = spectral()
    item.ReferencePixelPhysicalValueY = 20.0
    assert only(item).baseline_y == pytest.approx(482)


def test_a_region_without_bounds_is_kept_and_unusable() -> None:
    item = box(10, 10, 900, 700)
    del item.RegionLocationMaxX1
    found = only(item)
    assert [problem.code for problem in found.problems] == ["no_bounds"]
    assert not found.usable


BIG, INSIDE = (100, 50, 900, 650), (150, 100, 880, 620)
BESIDE, CORNER, SMALL = (500, 50, 1000, 650), (880, 600, 1000, 700), (600, 100, 850, 300)
FINE, COARSE = (0.02, 0.02), (0.03, 0.03)

# what, regions, codes of the problems of each
TOGETHER: list[tuple[str, list[Dataset], list[tuple[str, ...]]]] = [
    ("side by side", [box(0, 50, 500, 650), box(501, 50, 1000, 650, delta=COARSE)], [(), ()]),
    ("touching by a column", [box(*BIG), box(900, 50, 1020, 650, delta=COARSE)], [(), ()]),
    ("two of one scale", [box(*BIG), box(*INSIDE, data=2)], [(), ()]),
    (
        "one place, two scales",
        [box(*BIG), box(*BIG, delta=COARSE)],
        [("contradicting_regions",)] * 2,
    ),
    (
        "colour box of another scale",
        [box(*BIG), box(*INSIDE, data=2, delta=COARSE)],
        [("contradicting_regions",)] * 2,
    ),
    (
        "overlapping by half",
        [box(*BIG), box(*BESIDE, delta=COARSE)],
        [("contradicting_regions",)] * 2,
    ),
    (
        "one axis disagrees",
        [box(*BIG), box(*BIG, delta=(0.02, 0.03))],
        [("contradicting_regions",)] * 2,
    ),
    (
        "a third one apart",
        [box(*BIG), box(*BIG, delta=COARSE), box(905, 60, 1000, 400)],
        [("contradicting_regions",), ("contradicting_regions",), ()],
    ),
    ("a picture in the picture", [box(*BIG), box(*SMALL, delta=COARSE)], [(), ()]),
    (
        "a small colour box lies on its own picture",
        [box(*BIG), box(*SMALL, data=2, delta=COARSE)],
        [("contradicting_regions",)] * 2,
    ),
    ("a small colour box of its picture's scale", [box(*BIG), box(*SMALL, data=2)], [(), ()]),
    (
        "the file says whose pixels they are",
        [box(*BIG, flags=3), box(*INSIDE, delta=COARSE)],
        [(), ()],
    ),
    ("corners touch", [box(*BIG), box(890, 630, 1000, 700, delta=COARSE)], [(), ()]),
    (
        "corners lie on each other",
        [box(*BIG), box(*CORNER, delta=COARSE)],
        [("contradicting_regions",)] * 2,
    ),
    (
        "2-D and strip in one place",
        [spectral(), box(42, 342, 943, 733)],
        [("contradicting_regions",)] * 2,
    ),
    ("2-D above a strip, bounds reaching into it", [spectral(), box(270, 76, 690, 360)], [(), ()]),
    ("a strip twice", [spectral(), spectral()], [(), ()]),
    (
        "a strip twice, one upside down",
        [spectral(), spectral(delta=(0.0035, 0.5))],
        [("contradicting_regions",)] * 2,
    ),
    (
        "a strip twice, two sweeps",
        [spectral(), spectral(delta=(0.007, -0.5))],
        [("contradicting_regions",)] * 2,
    ),
    (
        "a strip twice, two baselines",
        [spectral(), spectral(reference_y=150)],
        [("contradicting_baselines",)] * 2,
    ),
    (
        "one of the two is unusable anyway",
        [box(*BIG), box(*BIG, units=(NONE, NONE))],
        [(), ("wrong_units",)],
    ),
]


@pytest.mark.parametrize(
    ("items", "codes"), [row[1:] for row in TOGETHER], ids=[row[0] for row in TOGETHER]
)
def test_regions_that_cannot_both_be_right(
    items: list[Dataset], codes: list[tuple[str, ...]]
) -> None:
    dataset = Dataset()
    dataset.SequenceOfUltrasoundRegions = Sequence(items)
    found = read_regions(dataset, 1024, 768)
    assert [tuple(problem.code for problem in region.problems) for region in found] == codes
    assert all(problem.text.endswith(".") for each in found for problem in each.problems)


# PixelAspectRatio (vertical, horizontal), deltas in x and y, whether they agree
ASPECTS = [
    (None, (0.02, 0.02), True),
    (None, (0.04, 0.02), True),
    ([1, 1], (0.04, 0.02), True),  # many writers put 1:1 everywhere
    ([1, 2], (0.04, 0.02), True),
    ([1, 2], (-0.04, 0.02), True),
    ([1, 2], (0.02, 0.02), False),
    ([4, 5], (0.02, 0.025), False),  # the wrong way round
    ([1, 2], (0.02, 0.04), False),
]


@pytest.mark.parametrize(("ratio", "delta", "agree"), ASPECTS)
def test_a_scale_agrees_with_the_shape_of_pixels_that_the_file_gives(
    ratio: list[int] | None, delta: tuple[float, float], agree: bool
) -> None:
    tags = {} if ratio is None else {"PixelAspectRatio": ratio}
    found = only(box(10, 10, 900, 700, delta=delta), **tags)
    assert found.usable is agree
    assert [problem.code for problem in found.problems] == [] if agree else ["contradicting_aspect"]


# PixelSpacing in mm (down, across), deltas of the 2-D regions in cm, which of them are believed
SPACINGS: list[tuple[Any, list[tuple[float, float]], list[bool]]] = [
    (None, [(0.02, 0.02)], [True]),
    ([0.2, 0.2], [(0.02, 0.02)], [True]),
    ([0.2, 0.2], [(-0.02, 0.02)], [True]),
    ([0.237872, 0.237872], [(0.02378716878592968, 0.02378716878592968)], [True]),  # a Siemens
    ([0.32, 0.32], [(0.0326, 0.0326)], [True]),  # rounded
    ([0.25, 0.2], [(0.02, 0.025)], [True]),  # down is first
    ([0.2, 0.25], [(0.02, 0.025)], [False]),
    ([0.4, 0.4], [(0.02, 0.02)], [False]),  # halved after it was calibrated
    ([0.16, 0.16], [(0.02, 0.02)], [False]),  # 800 columns made 1000
    ([0.2, 0.2], [(0.02, 0.02), (0.03, 0.03)], [True, True]),  # of the first of two panes
    ([0.4, 0.4], [(0.02, 0.02), (0.03, 0.03)], [False, False]),
    ([1, 1], [(0.02, 0.02)], [True]),  # what tools write that know nothing
    ([0, 0], [(0.02, 0.02)], [True]),
    ([7, 7], [(0.02, 0.02)], [True]),  # 4.2 m deep
    ([0.4], [(0.02, 0.02)], [True]),
]


@pytest.mark.parametrize(("spacing", "deltas", "believed"), SPACINGS)
def test_a_scale_that_pixel_spacing_contradicts_gives_no_number(
    spacing: Any, deltas: list[tuple[float, float]], believed: list[bool]
) -> None:
    dataset = Dataset()
    panes = [box(10, 10, 500, 600, delta=deltas[0]), box(510, 10, 1000, 600, delta=deltas[-1])]
    dataset.SequenceOfUltrasoundRegions = Sequence([*panes[: len(deltas)], m_mode()])
    if spacing is not None:
        dataset.PixelSpacing = spacing
    found = read_regions(dataset, 1024, 768)
    assert [region.usable for region in found] == [*believed, True]
    for one, sure in zip(found, believed, strict=False):
        assert [problem.code for problem in one.problems] == (
            [] if sure else ["contradicting_spacing"]
        )


@pytest.mark.parametrize("keyword", ["MinX0", "MinY0", "MaxX1", "MaxY1"])
@pytest.mark.parametrize("edge", [1e308, -1e308, 2**40, math.inf, math.nan])
def test_bounds_without_end_are_no_bounds(keyword: str, edge: float) -> None:
    item = box(10, 10, 900, 700)
    tag = item.data_element(f"RegionLocation{keyword}").tag
    item[tag] = DataElement(tag, "FD", edge)
    found = only(item)
    assert [problem.code for problem in found.problems] == ["no_bounds"]
    assert len(found.problems[0].text) < 100
    assert not found.usable


@pytest.mark.parametrize("value", [1e308, -1e308, 1e200])
def test_a_baseline_beyond_all_rows_is_none(value: float) -> None:
    item = spectral()
    item.ReferencePixelPhysicalValueY = value
    found = only(item)
    assert [problem.code for problem in found.problems] == ["reference_outside"]
    assert found.baseline_y is None


def test_low_priority_is_bit_0_of_the_flags() -> None:
    assert only(box(10, 10, 900, 700, flags=3)).low_priority
    assert not only(box(10, 10, 900, 700, flags=2)).low_priority


def test_no_sequence_means_no_regions() -> None:
    assert read_regions(Dataset(), 640, 480) == ()


def test_a_distance_across_unlike_units_has_no_meaning() -> None:
    with pytest.raises(ValueError, match="no meaning"):
        only(m_mode()).distance(PixelPoint(0, 0), PixelPoint(1, 1))


def test_an_anisotropic_distance_uses_both_deltas() -> None:
    """3 x 0.04 = 0.12 and 4 x 0.0225 = 0.09 cm, so 0.15 cm."""
    found = only(box(10, 10, 900, 700, delta=(0.04, 0.0225)))
    assert found.distance(PixelPoint(20, 20), PixelPoint(23, 24)) == pytest.approx(0.15)
