"""Regions as vendors write them, right and wrong: kind, units, signed deltas, problems."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from ultrasound_files import m_mode, region, spectral

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.regions import Region, RegionKind, read_regions

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
    ("m-mode in cm x cm", strip(spatial=2, units=(CM, CM)), ("wrong_units",)),
]


@pytest.mark.parametrize(
    ("item", "codes"), [row[1:] for row in QUIRKS], ids=[row[0] for row in QUIRKS]
)
def test_problems_of_regions(item: Dataset, codes: tuple[str, ...]) -> None:
    found = only(item)
    assert tuple(problem.code for problem in found.problems) == codes
    assert all(problem.text.endswith(".") for problem in found.problems)


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
