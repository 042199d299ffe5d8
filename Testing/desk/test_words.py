"""What the panel says, and which frames a choice means."""

from __future__ import annotations

import numpy as np
import pytest

from EchoMeasureLib.desk.comparison_words import comparison_words, line_words
from EchoMeasureLib.desk.frames import frames_of
from EchoMeasureLib.desk.words import (
    calibration_line,
    confidence_words,
    flag_words,
    grade_words,
    head_words,
    image_line,
    notice_words,
    progress_words,
    reason_words,
    time_left,
    value_words,
)
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.geometry import Box, Landmark
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.regions import Region, RegionKind, RegionProblem, Trouble
from EchoMeasureLib.measuring.calipers import measure
from EchoMeasureLib.measuring.grading.rules import Grade
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.progress import Progress
from EchoMeasureLib.review.compare import Comparison
from EchoMeasureLib.review.session import Review

TWO_D = Region(0, RegionKind.TWO_D, Box(0, 0, 319, 239), ("cm", "cm"), (0.05, 0.05))
UNEVEN = Region(0, RegionKind.TWO_D, Box(0, 0, 319, 239), ("cm", "cm"), (0.05, 0.04))
STRIP = Region(1, RegionKind.PW, Box(0, 0, 319, 239), ("s", "cm/s"), (0.004, -0.5), (0, 100))
BY_HAND = Region(-1, RegionKind.TWO_D, Box(0, 0, 319, 239), ("cm", "cm"), (0.05, 0.05))
CROPPED = Region(
    0,
    RegionKind.TWO_D,
    Box(0, 0, 900, 700),
    ("cm", "cm"),
    (0.05, 0.05),
    problems=(RegionProblem("outside_image", "The region reaches outside.", Trouble.SCALE),),
)


def cine(*regions: Region, frames: int = 1, times: tuple[float, ...] | None = None) -> Cine:
    source = ArraySource(np.zeros((frames, 240, 320, 3), np.uint8))
    return Cine(source, Timing(times, "FrameTime"), regions, kind="DICOM")


@pytest.mark.parametrize(
    ("image", "line"),
    [
        (cine(), "DICOM, a still of 320 x 240 pixels"),
        # 2 intervals of 40 ms
        (
            cine(frames=3, times=(0.0, 0.04, 0.08)),
            "DICOM, 3 frames of 320 x 240 pixels, 0.08 s at 25 frames/s",
        ),
        (
            cine(frames=3),
            "DICOM, 3 frames of 320 x 240 pixels. The file does not say when each frame was taken.",
        ),
    ],
)
def test_an_image_is_described_in_one_line(image: Cine, line: str) -> None:
    assert image_line(image) == line


@pytest.mark.parametrize(
    ("regions", "line"),
    [
        ((TWO_D,), "Calibrated: a 2-D image (0.5 mm per pixel)."),
        ((UNEVEN,), "Calibrated: a 2-D image (0.5 by 0.4 mm per pixel)."),
        ((BY_HAND,), "Calibrated: a 2-D image (0.5 mm per pixel, by hand)."),
        (
            (TWO_D, STRIP),
            "Calibrated: a 2-D image (0.5 mm per pixel); "
            "a pulsed-wave Doppler strip (4 ms by 0.5 cm/s per pixel).",
        ),
        (
            (),
            "Not calibrated: lengths can be given in pixels only. "
            "The file has no calibrated region.",
        ),
        (
            (CROPPED,),
            "Not calibrated: lengths can be given in pixels only. The region reaches outside.",
        ),
    ],
)
def test_a_calibration_is_described_with_what_is_wrong(
    regions: tuple[Region, ...], line: str
) -> None:
    assert calibration_line(cine(*regions)) == line


def test_values_are_written_as_clinicians_write_them() -> None:
    ring = measure(cine(TWO_D), "lvid", [Landmark(10, 10), Landmark(10, 110)])
    assert value_words(ring) == "5.00 cm"
    inflow = measure(cine(STRIP), "mvpeak", [Landmark(50, 20), Landmark(90, 60)])
    # 80 and 40 rows above the line, 0.5 cm/s a row
    assert value_words(inflow) == "MV E 40.0 cm/s, MV A 20.0 cm/s, E/A 2.00"


def test_without_calibration_the_pixels_and_the_reason_stand_there() -> None:
    length = measure(cine(), "lvid", [Landmark(10, 10), Landmark(10, 110)])
    assert value_words(length) == "100.0 pixels"
    assert reason_words(length) == "The file has no calibrated regions."
    assert flag_words(length) == "not calibrated"
    peak = measure(cine(TWO_D), "trvmax", [Landmark(10, 10)])
    assert value_words(peak) == "no value"


def test_the_least_certain_point_counts() -> None:
    points = [Landmark(10, 10, confidence=0.9), Landmark(10, 110, confidence=0.35)]
    assert confidence_words(measure(cine(TWO_D), "lvid", points)) == "0.35"
    by_hand = [Landmark(10, 10), Landmark(10, 110)]
    assert confidence_words(measure(cine(TWO_D), "lvid", by_hand)) == ""


def test_a_line_of_a_comparison_says_who_has_what() -> None:
    """TR of 2.0 and 2.2 m/s, shown without their sign: 0.2 of a mean of 2.1; 40 rows apart."""
    strip = Region(0, RegionKind.CW, Box(0, 0, 319, 239), ("s", "cm/s"), (0.004, -5.0), (0, 20))
    first, second = Review(cine(strip), "AB"), Review(cine(strip), "CD")
    first.place("trvmax", 0, [(50, 60)])
    second.place("trvmax", 0, [(50, 64)])
    comparison = first.compared_with(second.layer())
    (line,) = comparison.lines()
    assert line_words(line) == (
        "TR Vmax",
        "1",
        "2.00 m/s",
        "2.20 m/s",
        "0.20 m/s (9.5 %)",
        "4.0 px",
        "edited",
        "edited",
    )
    assert comparison_words(comparison).startswith("AB (you) and CD differ on 1 of 1 caliper,")
    alike = Comparison(("AB", "CD"), 3, ())
    assert comparison_words(alike).startswith("AB (you) and CD agree on 3 calipers.")


@pytest.mark.parametrize(
    ("elapsed", "done", "total", "text"),
    [
        (10.0, 0, 90, ""),  # nothing is known yet
        (10.0, 10, 0, ""),  # no end is known
        (10.0, 20, 60, "about 20 s left"),
        (60.0, 10, 100, "about 9 min left"),
        (10.0, 99, 100, "almost done"),
    ],
)
def test_the_time_that_is_left(elapsed: float, done: int, total: int, text: str) -> None:
    assert time_left(elapsed, done, total) == text


def test_progress_counts_calipers_once_there_are_any() -> None:
    assert progress_words(Progress(0, 90, "loading lvid"), "") == "Loading lvid"
    assert progress_words(Progress(12, 90, "lvid"), "about 30 s left") == (
        "12 of 90 calipers, about 30 s left"
    )


@pytest.mark.parametrize(
    ("choice", "between", "ed_es", "frames"),
    [
        ("current", (0, 0, 1), (), (7,)),
        ("all", (0, 0, 1), (), tuple(range(10))),
        ("every", (0, 0, 1), (), tuple(range(10))),
        ("range", (2, 8, 3), (), (2, 5, 8)),
        ("range", (8, 99, 1), (), (8, 9)),  # past the end is to the end
        ("range", (4, 4, 0), (), (4,)),  # a step of nothing is a step of one
        ("ed_es", (0, 0, 1), (1, 6), (1, 6)),
    ],
)
def test_the_frames_of_a_choice(
    choice: str, between: tuple[int, int, int], ed_es: tuple[int, ...], frames: tuple[int, ...]
) -> None:
    assert frames_of(choice, 10, 7, between, ed_es) == frames


@pytest.mark.parametrize(("choice", "between"), [("range", (5, 4, 1)), ("ed_es", (0, 9, 1))])
def test_a_choice_without_frames_is_refused(choice: str, between: tuple[int, int, int]) -> None:
    with pytest.raises(InvalidArgument):
        frames_of(choice, 10, 7, between, ())


@pytest.mark.parametrize(
    ("kinds", "line"),
    [
        ((), "Research use only - not for diagnosis or treatment"),
        (("echonet",), "Research use only - not for diagnosis or treatment"),
        (("phantom", "phantom"), "Research use only - phantom networks, not for patients"),
        # A set that this version does not know is nobody's.
        (("of 2031",), "Research use only - custom networks, not verified"),
    ],
)
def test_one_line_stands_over_everything(kinds: tuple[str, ...], line: str) -> None:
    assert notice_words(kinds) == line


@pytest.mark.parametrize(
    ("missing", "line"),
    [
        ((), "Aortic valve: mild stenosis [V2]"),
        (("LAVI",), "Aortic valve: mild stenosis (missing LAVI) [V2]"),
        (
            ("E/e' at least 14", "LAVI above 34 mL/m2", "TR", "PASP"),
            "Aortic valve: mild stenosis (missing E/e', LAVI, TR, ...) [V2]",
        ),
    ],
)
def test_a_grade_is_a_line_with_its_rule_and_what_it_lacks(
    missing: tuple[str, ...], line: str
) -> None:
    grade = Grade("aortic_stenosis", "1", "a guideline", "mild", "mild stenosis", ("V2",), missing)
    assert grade_words(grade) == line


@pytest.mark.parametrize(
    ("subject", "head"),
    [
        (Subject("F", 165.2, 70.4, age=62.7), "F 63 y 165 cm 70 kg | HR ? | AB"),
        (Subject(), "sex ? age ? height ? weight ? | HR ? | AB"),
    ],
)
def test_the_head_line_says_what_is_known_and_what_is_not(subject: Subject, head: str) -> None:
    review = Review(cine(TWO_D), "AB")
    assert head_words(subject, review.sheet(), "AB") == head
