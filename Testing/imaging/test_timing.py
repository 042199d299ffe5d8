"""When each frame was taken, from whichever tag can be believed."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from raw_dicom import header, write_native

from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.timing import read_timing

FRAME_TIME, FRAME_TIME_VECTOR = 0x00181063, 0x00181065


def tags(**values: Any) -> Dataset:
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


# why, tags, times of three frames in s, source
CASES: list[tuple[str, dict[str, Any], tuple[float, ...] | None, str]] = [
    ("frame time in ms", {"FrameTime": "40"}, (0, 0.04, 0.08), "FrameTime"),
    ("cine rate in frames per second", {"CineRate": "50"}, (0, 0.02, 0.04), "CineRate"),
    (
        "display rate, the last resort",
        {"RecommendedDisplayFrameRate": "20"},
        (0, 0.05, 0.1),
        "RecommendedDisplayFrameRate",
    ),
    (
        "the frame time comes before the rate",
        {"FrameTime": "40", "CineRate": "50"},
        (0, 0.04, 0.08),
        "FrameTime",
    ),
    ("increments", {"FrameTimeVector": ["0", "10", "30"]}, (0, 0.01, 0.04), "FrameTimeVector"),
    (
        "the first increment is not zero",
        {"FrameTimeVector": ["16", "10", "30"]},
        (0, 0.01, 0.04),
        "FrameTimeVector",
    ),
    (
        "no increment for the first frame",
        {"FrameTimeVector": ["10", "30"]},
        (0, 0.01, 0.04),
        "FrameTimeVector",
    ),
    (
        "more increments than frames",
        {"FrameTimeVector": ["0", "10", "30", "50"]},
        (0, 0.01, 0.04),
        "FrameTimeVector",
    ),
    (
        "too few increments",
        {"FrameTimeVector": ["0"], "CineRate": "50"},
        (0, 0.02, 0.04),
        "CineRate",
    ),
    (
        "a zero among the increments",
        {"FrameTimeVector": ["0", "0", "30"], "CineRate": "50"},
        (0, 0.02, 0.04),
        "CineRate",
    ),
    (
        "a negative increment",
        {"FrameTimeVector": ["0", "30", "-10"], "CineRate": "50"},
        (0, 0.02, 0.04),
        "CineRate",
    ),
    (
        "the pointer decides for the vector",
        {
            "FrameIncrementPointer": FRAME_TIME_VECTOR,
            "FrameTime": "40",
            "FrameTimeVector": ["0", "10", "30"],
        },
        (0, 0.01, 0.04),
        "FrameTimeVector",
    ),
    (
        "the pointer decides for the frame time",
        {
            "FrameIncrementPointer": FRAME_TIME,
            "FrameTime": "40",
            "FrameTimeVector": ["0", "10", "30"],
        },
        (0, 0.04, 0.08),
        "FrameTime",
    ),
    (
        "the pointer names a tag that is absent",
        {"FrameIncrementPointer": FRAME_TIME_VECTOR, "FrameTime": "40"},
        (0, 0.04, 0.08),
        "FrameTime",
    ),
    ("zero frame time", {"FrameTime": "0", "CineRate": "50"}, (0, 0.02, 0.04), "CineRate"),
    ("negative frame time", {"FrameTime": "-40", "CineRate": "50"}, (0, 0.02, 0.04), "CineRate"),
    ("frame time of an hour", {"FrameTime": "3600000"}, None, "unknown"),
    ("frame time in seconds by mistake", {"FrameTime": "0.04"}, None, "unknown"),
    ("zero rates", {"CineRate": "0", "RecommendedDisplayFrameRate": "0"}, None, "unknown"),
    ("a million frames per second", {"CineRate": "1000000"}, None, "unknown"),
    ("empty tags", {"FrameTime": None, "CineRate": None}, None, "unknown"),
    ("nothing", {}, None, "unknown"),
    ("two frame times", {"FrameTime": ["40", "50"], "CineRate": "50"}, (0, 0.02, 0.04), "CineRate"),
    (
        "labels beside a frame time",
        {"FrameIncrementPointer": 0x00182002, "FrameTime": "40"},
        (0, 0.04, 0.08),
        "FrameTime",
    ),
    (
        "slices, and times as well",
        {"FrameIncrementPointer": [0x00182005, FRAME_TIME], "FrameTime": "40"},
        (0, 0.04, 0.08),
        "FrameTime",
    ),
]


@pytest.mark.parametrize(
    ("values", "times", "source"), [row[1:] for row in CASES], ids=[row[0] for row in CASES]
)
def test_times_of_three_frames(
    values: dict[str, Any], times: tuple[float, ...] | None, source: str
) -> None:
    timing = read_timing(tags(**values), 3)
    assert timing.source == source
    assert timing.times == (None if times is None else pytest.approx(times))


@pytest.mark.parametrize(
    ("pointer", "name"),
    [
        (0x00182001, "PageNumberVector"),
        (0x00182003, "FramePrimaryAngleVector"),
        (0x00182004, "FrameSecondaryAngleVector"),
        (0x00182005, "SliceLocationVector"),
        (0x00540050, "RotationVector"),
        (0x00540080, "SliceVector"),
    ],
)
def test_pages_slices_and_angles_have_no_times(pointer: int, name: str) -> None:
    """A sweep through a volume is no cine, how fast ever it is to be played."""
    played = tags(FrameIncrementPointer=pointer, CineRate="20", RecommendedDisplayFrameRate="20")
    timing = read_timing(played, 3)
    assert (timing.times, timing.source) == (None, "unknown")
    assert timing.notes == (
        f"The frames follow each other by {name}, so their times are not known.",
    )


def test_what_was_passed_over_is_said() -> None:
    timing = read_timing(tags(FrameTime="0", CineRate="50"), 3)
    assert timing.notes == ("FrameTime is passed over: 0 ms between frames cannot be.",)


def test_what_is_no_number_is_said_to_be_none() -> None:
    raw = Dataset.from_json({"00181063": {"vr": "LO", "Value": ["33,3"]}})
    assert read_timing(raw, 3).notes == ("FrameTime is passed over: it is no number.",)


def test_times_that_contradict_each_other_are_said() -> None:
    timing = read_timing(tags(FrameTime="1000", CineRate="25"), 3)
    assert timing.times == (0, 1, 2)
    assert timing.notes == (
        "The file contradicts itself: 1 frames per second by FrameTime, which is believed, and 25 "
        "by CineRate.",
    )


@pytest.mark.parametrize(
    "values",
    [
        {"FrameTime": "33.333", "CineRate": "30"},
        {"FrameTime": "40", "RecommendedDisplayFrameRate": "60"},
        {"FrameTime": "40", "CineRate": "0"},
        {"FrameTime": "40", "FrameTimeVector": ["0", "40", "41"]},
    ],
)
def test_times_that_agree_need_no_word(values: dict[str, str]) -> None:
    assert read_timing(tags(**values), 3).notes == ()


@pytest.mark.parametrize(
    ("seconds", "agrees"),
    [
        *[(duration, True) for duration in ("0.36", "0.4", "0.3", "0", "")],
        *[(duration, False) for duration in ("0.2", "0.8", "36")],
    ],
)
def test_a_duration_that_is_far_other_than_the_times_is_said(seconds: str, agrees: bool) -> None:
    """Ten frames of 40 ms span 0.36 s, or 0.4 s with the last one."""
    timing = read_timing(tags(FrameTime="40", EffectiveDuration=seconds), 10)
    assert timing.times is not None
    assert timing.times[-1] == pytest.approx(0.36)
    assert bool(timing.notes) is not agrees
    assert all("0.36 s by FrameTime, which is believed" in note for note in timing.notes)


def test_a_vector_of_times_instead_of_steps_is_passed_over() -> None:
    vector = [str(40 * index) for index in range(8)]
    timing = read_timing(tags(FrameTimeVector=vector, CineRate="25"), 8)
    assert (timing.source, timing.times) == (
        "CineRate",
        pytest.approx([0.04 * n for n in range(8)]),
    )
    assert "no steps" in timing.notes[0]


def test_steps_that_grow_a_little_are_steps() -> None:
    timing = read_timing(tags(FrameTimeVector=["0", "39.8", "39.9", "40.1", "40.2"]), 5)
    assert (timing.source, timing.notes) == ("FrameTimeVector", ())


@pytest.mark.parametrize("values", [{}, {"FrameTime": "40"}, {"CineRate": "0"}])
def test_a_still_is_at_time_zero(values: dict[str, Any]) -> None:
    timing = read_timing(tags(**values), 1)
    assert (timing.times, timing.source) == ((0.0,), "still")


# R waves are in ms from the first frame; one before it is negative.
@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        ([250.0, 1050.0], (0.25, 1.05)),
        ([1050.0, 250.0], (0.25, 1.05)),
        ([-100.0, 700.0], (-0.1, 0.7)),
        ([250.0, 250.0, math.nan], (0.25,)),
        ([], ()),
    ],
)
def test_r_waves_are_in_seconds_and_in_order(
    values: list[float], seconds: tuple[float, ...]
) -> None:
    assert read_timing(tags(RWaveTimeVector=values), 2).r_waves == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("values", "gap"),
    [
        pytest.param([0.05, 0.9, 1.75], "0.85 ms", id="seconds"),
        pytest.param([12, 37, 64], "25 ms", id="numbers of frames"),
        pytest.param([50_000, 900_000, 1_750_000], "850000 ms", id="microseconds"),
    ],
)
def test_r_waves_that_are_no_heartbeats_are_passed_over(values: list[float], gap: str) -> None:
    """Hearts beat 300 times a minute at most, and never stand still for ten seconds."""
    timing = read_timing(tags(RWaveTimeVector=values), 1)
    assert timing.r_waves == ()
    assert timing.notes == (f"RWaveTimeVector is passed over: {gap} between R waves cannot be.",)


def test_one_r_wave_alone_is_read() -> None:
    assert read_timing(tags(RWaveTimeVector=250.0), 2).r_waves == pytest.approx((0.25,))


@pytest.mark.parametrize("written", ["inf", "-inf", "nan", "1e308", "what", "9" * 300])
def test_a_pointer_that_is_no_tag_is_passed_over(tmp_path: Path, written: str) -> None:
    """(0028,0009) written as a decimal string, as only a damaged file has it."""
    dataset = header(4, 4, NumberOfFrames=3, FrameTime="40")
    path = write_native(tmp_path / "a.dcm", dataset, b"\0" * 144)
    value = written.encode() + b" " * (len(written) % 2)
    element = b"\x28\0\x09\0DS" + struct.pack("<H", len(value)) + value
    rows = b"\x28\0\x10\0US"
    path.write_bytes(path.read_bytes().replace(rows, element + rows))
    assert read(path).times == pytest.approx((0, 0.04, 0.08))


def test_a_decimal_rate_where_the_standard_wants_a_whole_one_is_read(tmp_path: Any) -> None:
    """29.97 in CineRate, an integer string, makes pydicom refuse the whole tag."""
    from raw_dicom import header, write_native

    from EchoMeasureLib.imaging.reading import read

    dataset = header(2, 2, NumberOfFrames=2, CineRate="30000")
    path = write_native(tmp_path / "a", dataset, b"\0" * 24)
    path.write_bytes(path.read_bytes().replace(b"IS\x06\x0030000 ", b"IS\x06\x0029.97 "))
    cine = read(path)
    assert cine.timing.source == "CineRate"
    assert cine.times == pytest.approx((0, 1 / 29.97))
