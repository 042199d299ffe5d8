"""Videos: every frame by its number, its time from the container, in linear time."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest
from problems import problem_of

from EchoMeasureLib.errors import InvalidArgument, MissingPackage, OutputProblem
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.timing import PTS
from EchoMeasureLib.imaging.video import VideoSource
from EchoMeasureLib.imaging.video_index import index_video
from EchoMeasureLib.imaging.video_writing import write_video
from EchoMeasureLib.progress import Cancelled, Progress

COUNT = 60


def numbered(number: int) -> Frame:
    """A frame that shows its number as the place of a white bar."""
    frame = np.full((96, 128, 3), 40, np.uint8)
    frame[:, 2 * number : 2 * number + 4] = 255
    return frame


def number_of(frame: Frame) -> int:
    return round((float(np.flatnonzero(frame[48, :, 1] > 150).mean()) - 1.5) / 2)


def write(
    path: Path,
    codec: str,
    pixels: str,
    options: dict[str, str],
    pts: Sequence[int] | None = None,
    list_first: bool = False,
) -> Path:
    """`list_first`: an MP4 whose list of frames stands before them."""
    layout = {"movflags": "faststart"} if list_first else {}
    with av.open(str(path), "w", container_options=layout) as container:
        stream = container.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 128, 96, pixels
        if pts is not None:
            stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for number in range(COUNT if pts is None else len(pts)):
            frame = av.VideoFrame.from_ndarray(numbered(number), format="rgb24")
            frame.pts = number if pts is None else pts[number]
            frame.time_base = Fraction(1, 25) if pts is None else Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


# name of the file, codec, pixel format, options of the encoder
VIDEOS = [
    ("a.mp4", "libx264", "yuv420p", {"g": "12", "bf": "2"}),
    ("a.mov", "libx264", "yuv420p", {"g": "12", "bf": "2"}),
    ("b.avi", "mjpeg", "yuvj420p", {}),
    ("c.avi", "mpeg4", "yuv420p", {"g": "12", "bf": "2"}),
    ("d.avi", "libx264", "yuv420p", {"g": "12", "bf": "2"}),  # AVI cannot say the order of these
    ("e.avi", "rawvideo", "bgr24", {}),
    ("f.avi", "ffv1", "bgr0", {}),
]


@pytest.mark.parametrize(("name", "codec", "pixels", "options"), VIDEOS)
def test_every_frame_is_had_by_its_number(
    tmp_path: Path, name: str, codec: str, pixels: str, options: dict[str, str]
) -> None:
    cine = read(write(tmp_path / name, codec, pixels, options), cache_bytes=1)
    assert (cine.frame_count, cine.rows, cine.columns) == (COUNT, 96, 128)
    assert [number_of(cine.frame(i)) for i in range(COUNT)] == list(range(COUNT))
    leaps = [5, 59, 0, 30, 29, 31, 12, 11, 13, 58, 1, 47, 48]
    assert [number_of(cine.frame(i)) for i in leaps] == leaps


@pytest.mark.parametrize(("name", "codec", "pixels", "options"), VIDEOS)
def test_times_are_those_of_the_container(
    tmp_path: Path, name: str, codec: str, pixels: str, options: dict[str, str]
) -> None:
    cine = read(write(tmp_path / name, codec, pixels, options))
    assert cine.timing.source == PTS
    assert cine.times == pytest.approx([number / 25 for number in range(COUNT)])
    assert cine.regions == ()
    assert len(cine.identity.file_sha256) == 64


def test_uneven_times_are_kept(tmp_path: Path) -> None:
    pts = [0, 40, 95, 100, 250]
    cine = read(write(tmp_path / "a.mp4", "libx264", "yuv420p", {}, pts))
    assert cine.times == pytest.approx([0, 0.04, 0.095, 0.1, 0.25])


def test_a_video_of_one_frame_is_a_still(tmp_path: Path) -> None:
    cine = read(write(tmp_path / "a.avi", "mjpeg", "yuvj420p", {}, [0]))
    assert (cine.frame_count, cine.times, cine.timing.source) == (1, (0.0,), "still")
    assert number_of(cine.frame(0)) == 0


def test_a_colour_is_red_first(tmp_path: Path) -> None:
    red = np.zeros((96, 128, 3), np.uint8)
    red[..., 0] = 255
    with av.open(str(tmp_path / "a.avi"), "w") as container:
        stream = container.add_stream("rawvideo", rate=25)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "bgr24"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(red, format="rgb24")))
        container.mux(stream.encode())
    assert read(tmp_path / "a.avi").frame(0)[5, 5].tolist() == [255, 0, 0]


def test_walking_through_decodes_each_frame_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", "libx264", "yuv420p", {"g": "250"})
    source = VideoSource(path, index_video(path))
    opened = []
    original = source._start
    source._start = lambda **where: (opened.append(where), original(**where))  # type: ignore[method-assign,func-returns-value]
    for number in range(COUNT):
        source.decode(number)
    assert len(opened) == 1


def test_a_leap_seeks_the_key_frame_before_it(tmp_path: Path) -> None:
    """Key frames are 12 apart, so frame 50 is decoded from frame 48 on."""
    index = index_video(
        write(tmp_path / "a.mp4", "libx264", "yuv420p", {"g": "12", "sc_threshold": "0"})
    )
    assert [index.pts.index(key) for key in index.keys] == [0, 12, 24, 36, 48]


@pytest.mark.parametrize("name", ["a.avi", "a.mp4"])
def test_a_video_that_is_cut_short_keeps_its_first_frames_and_says_so(
    tmp_path: Path, name: str
) -> None:
    path = write(tmp_path / name, "mjpeg", "yuvj420p", {}, list_first=name == "a.mp4")
    data = path.read_bytes()
    assert not any("cut short" in note for note in read(path).notes)
    path.write_bytes(data[: len(data) // 2])
    cine = read(path)
    assert 10 < cine.frame_count < COUNT
    assert number_of(cine.frame(5)) == 5
    assert f"The file is cut short: it holds {cine.frame_count} of its 60 frames." in cine.notes


def test_a_video_whose_list_of_frames_is_cut_off_is_said_to_be_cut(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", "mjpeg", "yuvj420p", {})
    data = path.read_bytes()
    for size in (data.index(b"moov") + 20, len(data) * 6 // 10):
        path.write_bytes(data[:size])
        assert "cut short: the list of its frames" in str(problem_of(partial(read, path)))


def test_a_damaged_frame_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.avi", "mjpeg", "yuvj420p", {})
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4000] = b"\xff" * 4000
    path.write_bytes(data)
    cine = read(path)
    problems = [problem_of(partial(cine.frame, number)) for number in range(cine.frame_count)]
    damaged = [number for number, problem in enumerate(problems) if problem]
    assert damaged
    assert len(damaged) < cine.frame_count
    for number in damaged:
        assert f"Frame {number} of a.avi" in problems[number]


def test_a_video_needs_pyav_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.avi", "mjpeg", "yuvj420p", {})
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    with pytest.raises(MissingPackage, match=r"needs the package av.*echomeasure\[video\]"):
        read(path)


TIMES = tuple(np.cumsum(np.random.default_rng(0).uniform(0.008, 0.06, COUNT)))


@pytest.mark.parametrize("size", [(96, 128), (95, 127), (480, 640)])
def test_a_written_video_has_the_times_of_the_file(tmp_path: Path, size: tuple[int, int]) -> None:
    frames = (np.full((*size, 3), 4 * number, np.uint8) for number in range(COUNT))
    write_video(tmp_path / "out.mp4", frames, TIMES)
    cine = read(tmp_path / "out.mp4")
    assert cine.times == pytest.approx([time - TIMES[0] for time in TIMES], abs=0.001)
    assert (cine.rows, cine.columns) == (size[0] + size[0] % 2, size[1] + size[1] % 2)
    for number in (0, 17, 59):
        assert cine.frame(number)[40, 40] == pytest.approx(4 * number, abs=3)
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


def test_a_video_without_times_runs_at_25_frames_per_second(tmp_path: Path) -> None:
    write_video(tmp_path / "out.mp4", [numbered(number) for number in range(5)], None)
    assert read(tmp_path / "out.mp4").times == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])


def test_the_last_frame_of_a_written_video_lasts_like_the_one_before(tmp_path: Path) -> None:
    write_video(tmp_path / "out.mp4", [numbered(0), numbered(1), numbered(2)], (0, 0.1, 0.3))
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.duration / 1e6 == pytest.approx(0.5, abs=0.002)


def test_a_still_can_be_written(tmp_path: Path) -> None:
    write_video(tmp_path / "out.mp4", [numbered(7)], (0.0,))
    assert number_of(read(tmp_path / "out.mp4").frame(0)) == 7


def test_writing_tells_how_far_it_is_and_can_be_stopped(tmp_path: Path) -> None:
    seen: list[Progress] = []

    def stop(progress: Progress) -> None:
        seen.append(progress)
        if progress.done == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_video(tmp_path / "out.mp4", map(numbered, range(9)), range(9), stop)
    assert [(p.done, p.total) for p in seen] == [(1, 9), (2, 9), (3, 9)]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "times", [(0, 0.1), (0, 0.1, 0.2, 0.3), (0, 0.2, 0.1), (0, 0.1, 0.1), (0, 0.1, float("nan"))]
)
def test_times_that_do_not_fit_are_refused(tmp_path: Path, times: tuple[float, ...]) -> None:
    with pytest.raises(InvalidArgument):
        write_video(tmp_path / "out.mp4", map(numbered, range(3)), times)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_an_output_problem(tmp_path: Path) -> None:
    with pytest.raises(OutputProblem, match="could not be written"):
        write_video(tmp_path / "nowhere" / "out.mp4", [numbered(0)], None)


AVI_STEPS = [
    ("30 a second", [number / 30 for number in range(12)], 0.0002),
    ("33.333 ms, as headers have it", [number * 0.033333 for number in range(12)], 0.0002),
    ("whole milliseconds", [0, 0.033, 0.067, 0.1, 0.133, 0.167], 0.001),
    ("uneven", [0, 0.03, 0.04, 0.2, 0.23, 0.3], 0.0006),
]


@pytest.mark.parametrize(("steps", "times", "kept"), AVI_STEPS, ids=[row[0] for row in AVI_STEPS])
def test_an_avi_keeps_the_times_though_it_has_one_rate(
    tmp_path: Path, steps: str, times: list[float], kept: float
) -> None:
    write_video(tmp_path / "out.avi", [numbered(n) for n in range(len(times))], times)
    cine = read(tmp_path / "out.avi")
    assert cine.kind == "AVI video, mjpeg"
    assert cine.times == pytest.approx(times, abs=kept)
    assert [number_of(cine.frame(n)) for n in range(len(times))] == [*range(len(times))]


def test_uneven_times_nearer_than_a_millisecond_are_for_an_mp4(tmp_path: Path) -> None:
    times = [0, 0.0004, 0.2, 0.4]
    frames = [numbered(n) for n in range(len(times))]
    with pytest.raises(InvalidArgument, match=r"millisecond.*MP4"):
        write_video(tmp_path / "out.avi", frames, times)
    assert list(tmp_path.iterdir()) == []
    write_video(tmp_path / "out.mp4", frames, times)
    assert read(tmp_path / "out.mp4").times == pytest.approx(times, abs=0.0001)


def test_an_avi_of_even_frames_has_their_rate(tmp_path: Path) -> None:
    write_video(tmp_path / "out.avi", map(numbered, range(6)), [n * 0.033333 for n in range(6)])
    with av.open(str(tmp_path / "out.avi")) as container:
        assert container.streams.video[0].average_rate == 30
