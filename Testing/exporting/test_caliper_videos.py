"""Videos: calipers move, values run below, times are those of the heart, names are black."""

from __future__ import annotations

import math
from pathlib import Path

import av
import numpy as np
import pytest
from marked_file import painted, write_marked
from review_studies import PLAX, beating, plax, predicted, spectral, upright

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.exporting.caliper_videos import Playback, write_caliper_video
from EchoMeasureLib.exporting.drawn_images import drawn_image, frames_that_count
from EchoMeasureLib.exporting.pictures import part_to_show
from EchoMeasureLib.exporting.trace_drawing import TraceStrip
from EchoMeasureLib.exporting.value_traces import PhaseMark, Trace, TraceLine, TracePoint
from EchoMeasureLib.imaging.cine import ArraySource, Cine
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.screen_parts import ScreenPart
from EchoMeasureLib.progress import Cancelled, Progress
from EchoMeasureLib.review.session import Review

FRAMES = 100
"""Two beats and a half of 0.8 s at 50 frames a second: ED at 0, 40 and 80, ES at 20 and 60."""


def beating_review(frames: int = FRAMES) -> tuple[Review, Cine]:
    cine = plax(frames, r_waves=(0.8, 1.6))
    review = Review(cine, "AB")
    review.add_predictions(
        predicted("lvid", frame, upright(beating(frame))) for frame in range(frames)
    )
    return review, cine


def test_the_trace_has_the_value_of_every_frame_and_its_ed_and_es() -> None:
    review, cine = beating_review()
    trace = drawn_image(review, PLAX, cine).trace
    (line,) = trace.lines
    assert (line.name, line.unit) == ("LVID", "cm")
    assert [point.frame for point in line.points] == list(range(FRAMES))
    # 50 px of 0.1 cm at ED, 30 at ES.
    assert line.points[40].value == pytest.approx(5.0)
    assert line.points[20].value == pytest.approx(3.0)
    marks = {(mark.frame, mark.phase) for mark in trace.marks}
    assert {(40, Phase.ED), (60, Phase.ES)} <= marks
    assert line.means == ("LVIDd 5.0 cm", "LVIDs 3.0 cm")


def test_what_was_rejected_is_neither_drawn_nor_traced_and_what_is_flagged_is_in_doubt() -> None:
    review, cine = beating_review(8)
    review.reject("lvid-f3")
    review.add_prediction(predicted("lvid", 5, upright(48), confidence=0.1))
    drawn = drawn_image(review, PLAX, cine)
    assert 3 not in drawn.calipers
    doubtful = {point.frame: point.doubtful for point in drawn.trace.lines[0].points}
    assert (doubtful[5], doubtful[4]) == (True, False)
    assert 3 not in doubtful


def test_a_mark_of_the_reviewer_is_a_mark_of_the_trace() -> None:
    review, cine = beating_review(8)
    review.mark(2, Phase.ED)
    assert PhaseMark(2, Phase.ED) in drawn_image(review, PLAX, cine).trace.marks


def test_a_strip_and_a_still_show_their_course_themselves() -> None:
    strip = spectral()
    review = Review(strip, "AB")
    review.place("mvpeak", 0, [(20, 10), (40, 14)])
    (key,) = review.images
    assert drawn_image(review, key, strip).trace is None


def test_frames_that_count_are_those_of_the_beats_and_of_the_reviewer() -> None:
    review, _ = beating_review()
    beats = {
        entry.frame
        for measured in review.measured().values()
        for entry in map(review.entry, measured.entries)
    }
    assert 40 in beats
    assert frames_that_count(review, PLAX) == beats
    review.accept("lvid-f7")
    assert frames_that_count(review, PLAX) == {*beats, 7}


def write(path: Path, speed: float = 1.0, frames: int = 12) -> Path:
    review, cine = beating_review(frames)
    part = part_to_show(cine, keep_screen=False)
    write_caliper_video(path, drawn_image(review, PLAX, cine), part, Playback(speed))
    return path


@pytest.mark.parametrize("name", ["a.mp4", "a.avi"])
@pytest.mark.parametrize("speed", [1.0, 0.5, 4.0])
def test_the_speed_changes_when_frames_are_shown_and_nothing_else(
    tmp_path: Path, name: str, speed: float
) -> None:
    cine = read(write(tmp_path / name, speed))
    assert cine.frame_count == 12
    assert cine.times == pytest.approx([n / 50 / speed for n in range(12)], abs=0.001)
    # 60 rows of picture, the trace below.
    assert cine.rows > 120


def test_no_line_goes_over_frames_that_are_not_measured() -> None:
    """Of nine frames 0, 1, 5, 6 and 7 have a value: two lines, and dots at their ends."""
    points = tuple(TracePoint(frame, 4.0) for frame in (0, 1, 5, 6, 7))
    line = TraceLine("LVID", "#ff0000", "cm", points, ())
    strip = TraceStrip(Trace((line,), (), tuple(i / 50 for i in range(9)), 9), 400, 12)
    picture = strip.at(8).astype(int)
    # The course is one horizontal line, the only full red.
    red = (picture[..., 0] > 200) & (picture[..., 1] < 80)
    at = np.flatnonzero(red[30:].sum(axis=0))
    at = at[at < 340]  # its name stands behind it
    gaps = np.diff(at)
    assert (gaps > 1).sum() == 1
    assert gaps.max() > 80  # four of eight steps of about 40 columns, less two dots


def test_the_line_that_says_where_the_video_is_moves_with_time(tmp_path: Path) -> None:
    pictures = frames_of(write(tmp_path / "a.mp4"))
    # Nothing else is as white and as high: letters of the last line are left out.
    at = [int((picture[60:-20].min(axis=2) > 170).sum(axis=0).argmax()) for picture in pictures]
    steps = np.diff(at)
    # Even times are even steps, but for rounding to columns.
    assert steps.min() > 10
    assert steps.max() - steps.min() <= 1


def test_outside_of_the_regions_every_frame_is_black_unless_asked(tmp_path: Path) -> None:
    cine = read(write_marked(tmp_path / "echo.dcm"))
    review = Review(cine, "AB")
    for frame in range(3):
        review.place("lvid", frame, [(300, 100), (300, 200 + frame)])
    (key,) = review.images
    drawn = drawn_image(review, key, cine)
    for name in ("a.mp4", "a.avi"):
        write_caliper_video(tmp_path / name, drawn, part_to_show(cine, keep_screen=False))
        assert [painted(frame) for frame in frames_of(tmp_path / name)] == [0, 0, 0]
    write_caliper_video(tmp_path / "all.mp4", drawn, part_to_show(cine, keep_screen=True))
    assert all(painted(frame) > 100_000 for frame in frames_of(tmp_path / "all.mp4"))


def frames_of(path: Path) -> list[Frame]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


class Counting(ArraySource):
    """Says how far it has been read."""

    read_to = -1

    def decode(self, index: int) -> Frame:
        self.read_to = index
        return super().decode(index)


def test_frames_are_drawn_one_after_the_other_and_a_stop_leaves_nothing(tmp_path: Path) -> None:
    review, cine = beating_review(12)
    source = Counting(np.zeros((12, 60, 80, 3), np.uint8))
    streamed = Cine(source, cine.timing, cine.regions, cine.identity)
    ahead: list[int] = []

    def stop(progress: Progress) -> None:
        ahead.append(source.read_to + 1 - progress.done)
        if progress.done == 7:
            raise Cancelled

    part = ScreenPart.whole(80, 60)
    with pytest.raises(Cancelled):
        write_caliper_video(
            tmp_path / "a.mp4", drawn_image(review, PLAX, streamed), part, monitor=stop
        )
    assert set(ahead) == {0}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("speed", [0.0, -1.0, math.nan, math.inf, 0.001])
def test_a_speed_that_makes_no_video_is_refused(speed: float) -> None:
    with pytest.raises(InvalidArgument, match="makes no video"):
        Playback(speed)


def test_a_file_that_is_not_as_it_was_measured_is_refused() -> None:
    review, _ = beating_review(8)
    with pytest.raises(InvalidArgument, match="not as it was"):
        drawn_image(review, PLAX, plax(9))
