"""Videos as phones, capture cards and damaged files have them: picture, time and shape hold."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest
from problems import problem_of
from video_files import Frame, avi, encode, jpeg, patched

from EchoMeasureLib.errors import UnreadableFile, UnsupportedPixels
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.video import PLAYBACK
from EchoMeasureLib.imaging.video_writing import write_video


def corners() -> Frame:
    """96 x 128; each quarter has its own grey: 40 80 above, 120 200 below."""
    frame = np.empty((96, 128, 3), np.uint8)
    frame[:48, :64], frame[:48, 64:], frame[48:, :64], frame[48:, 64:] = 40, 80, 120, 200
    return frame


def quarters(frame: Frame) -> list[list[int]]:
    rows, columns = frame.shape[:2]
    return [
        [int(round(frame[y * rows // 4, x * columns // 4, 1] / 10, 0) * 10) for x in (1, 3)]
        for y in (1, 3)
    ]


def matrix(a: float, b: float, c: float, d: float) -> bytes:
    """A track's matrix (ISO/IEC 14496-12, 6.2.2): x' = a x + c y, y' = b x + d y."""
    fixed = [round(value * 65536) for value in (a, b, 0, c, d, 0, 0, 0)]
    return struct.pack(">9l", *fixed, 1 << 30)


MATRIX = 40
"""Where it lies in a track header box of version 0."""

# matrix, what is shown, words
TURNS: list[tuple[tuple[int, int, int, int], list[list[int]], str]] = [
    ((1, 0, 0, 1), [[40, 80], [120, 200]], ""),
    ((0, 1, -1, 0), [[120, 40], [200, 80]], "90 degrees clockwise"),
    ((-1, 0, 0, -1), [[200, 120], [80, 40]], "180 degrees"),
    ((0, -1, 1, 0), [[80, 200], [40, 120]], "90 degrees anticlockwise"),
    ((-1, 0, 0, 1), [[80, 40], [200, 120]], "mirrored left to right"),
    ((1, 0, 0, -1), [[120, 200], [40, 80]], "mirrored top to bottom"),
    ((0, 1, 1, 0), [[40, 120], [80, 200]], "mirrored in its diagonal"),
    ((0, -1, -1, 0), [[200, 80], [120, 40]], "mirrored in its other diagonal"),
]


@pytest.mark.parametrize(("numbers", "shown", "words"), TURNS)
def test_a_video_is_turned_and_mirrored_as_its_track_asks(
    tmp_path: Path, numbers: tuple[int, int, int, int], shown: list[list[int]], words: str
) -> None:
    path = encode(tmp_path / "a.mp4", [corners()] * 3)
    cine = read(patched(path, b"tkhd", MATRIX, matrix(*numbers)))
    assert quarters(cine.frame(1)) == shown
    assert (cine.rows, cine.columns) == ((96, 128) if numbers[0] else (128, 96))
    assert cine.frame(1).shape == (cine.rows, cine.columns, 3)
    assert words in " ".join(cine.notes)
    assert bool(cine.notes) is bool(words)


def test_a_damaged_first_frame_does_not_keep_the_others_from_being_turned(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", [corners()] * 4, "mjpeg", "yuvj420p")
    patched(path, b"tkhd", MATRIX, matrix(0, 1, -1, 0))
    data = bytearray(path.read_bytes())
    first = data.index(b"\xff\xd8\xff")
    second = data.index(b"\xff\xd8\xff", first + 3)
    data[first:second] = bytes(second - first)
    path.write_bytes(data)
    cine = read(path)
    assert (cine.rows, cine.columns) == (128, 96)
    assert quarters(cine.frame(2)) == [[120, 40], [200, 80]]
    with pytest.raises(UnreadableFile, match=r"Frame 0 of a\.mp4"):
        cine.frame(0)


def test_a_video_that_asks_for_an_oblique_turn_is_shown_as_it_is_and_says_so(
    tmp_path: Path,
) -> None:
    path = encode(tmp_path / "a.mp4", [corners()] * 3)
    cine = read(patched(path, b"tkhd", MATRIX, matrix(0.8, 0.6, -0.6, 0.8)))
    assert quarters(cine.frame(0)) == [[40, 80], [120, 200]]
    assert "obliquely" in cine.notes[0]


# file, codec, aspect of a pixel, turned by a quarter, aspect of the shown pixel
SHAPES: list[tuple[str, str, Fraction, bool, float]] = [
    ("a.mp4", "libx264", Fraction(2, 1), False, 2.0),
    ("a.mp4", "libx264", Fraction(16, 15), False, 16 / 15),  # 720 x 576 shown 4:3
    ("a.mp4", "libx264", Fraction(8, 9), False, 8 / 9),  # 720 x 480 shown 4:3
    ("a.mov", "mpeg4", Fraction(1, 2), False, 0.5),
    ("a.avi", "libx264", Fraction(4, 3), False, 4 / 3),
    ("a.mp4", "libx264", Fraction(2, 1), True, 0.5),
    ("a.mp4", "libx264", Fraction(1, 1), False, 1.0),
    ("a.mp4", "libx264", Fraction(20, 1), False, 1.0),  # cannot be
]


@pytest.mark.parametrize(("name", "codec", "aspect", "turned", "expected"), SHAPES)
def test_pixels_that_are_not_square_are_known(
    tmp_path: Path, name: str, codec: str, aspect: Fraction, turned: bool, expected: float
) -> None:
    path = encode(tmp_path / name, [corners()] * 3, codec, aspect=aspect)
    if turned:
        patched(path, b"tkhd", MATRIX, matrix(0, 1, -1, 0))
    cine = read(path)
    assert cine.pixel_aspect == pytest.approx(expected, rel=1e-3)
    said = [note for note in cine.notes if "Pixels are" in note or "cannot be" in note]
    assert len(said) == (aspect != 1)


MATRICES = {1: (0.2126, 0.0722), 4: (0.30, 0.11), 5: (0.299, 0.114), 7: (0.212, 0.087)}
MATRICES |= {2: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
"""Kr and Kb by number (ISO/IEC 23091-2, table 4); 2 is "not said", which is BT.601 here."""


@pytest.mark.parametrize("number", sorted(MATRICES))
@pytest.mark.parametrize("full_range", [False, True])
def test_colours_follow_the_matrix_and_range_of_the_file(
    tmp_path: Path, number: int, full_range: bool
) -> None:
    red, blue = MATRICES[number]
    rgb = np.full((96, 128, 3), 60.0)
    rgb[:24] = (30, 200, 30)
    luma = red * rgb[..., 0] + (1 - red - blue) * rgb[..., 1] + blue * rgb[..., 2]
    low, gain, chroma = (0, 1.0, 1.0) if full_range else (16, 219 / 255, 224 / 255)
    planes = np.empty((144, 128), np.uint8)
    planes[:96] = np.rint(low + luma * gain)
    for start, channel, weight in ((96, 2, blue), (120, 0, red)):
        difference = (rgb[..., channel] - luma) / (2 * (1 - weight)) * chroma
        planes[start : start + 24] = np.rint(128 + difference[::2, ::2]).reshape(24, 128)
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "1"})
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        context = stream.codec_context
        context.colorspace, context.color_range = number, 1 + full_range
        picture = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        picture.colorspace, picture.color_range, picture.pts = number, 1 + full_range, 0
        container.mux(stream.encode(picture))
        container.mux(stream.encode())
    frame = read(path).frame(0)
    assert frame[10, 60] == pytest.approx((30, 200, 30), abs=3)
    assert frame[60, 60] == pytest.approx((60, 60, 60), abs=1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, None),
        ({"x264-params": "transfer=arib-std-b67:colormatrix=bt2020nc"}, "HLG (HDR)"),
        ({"x264-params": "transfer=smpte2084:colormatrix=bt2020nc"}, "PQ (HDR)"),
        ({"x264-params": "transfer=bt709"}, None),
        ({"x264-params": "interlaced=1"}, "interlaced"),
    ],
)
def test_what_is_not_undone_is_said(
    tmp_path: Path, options: dict[str, str], words: str | None
) -> None:
    cine = read(encode(tmp_path / "a.mp4", [corners()] * 3, options=options))
    assert [note for note in cine.notes if words and words in note] == list(cine.notes)
    assert bool(cine.notes) is bool(words)


def test_of_two_videos_in_a_file_the_first_is_shown_and_said(tmp_path: Path) -> None:
    path, grey = tmp_path / "a.mp4", np.full((64, 96, 3), 60, np.uint8)
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("libx264", rate=25) for _ in range(2)]
        for stream, size in zip(streams, ((96, 64), (128, 96)), strict=True):
            stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for stream, frame in zip(streams, (grey, corners()), strict=True):
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            picture.pts = 0
            container.mux(stream.encode(picture))
        for stream in streams:
            container.mux(stream.encode())
    cine = read(path)
    assert cine.frame(0)[0, 0] == pytest.approx((60, 60, 60), abs=2)
    assert cine.notes == ("The file holds 2 videos; the first is shown.",)


NAMES = [
    "12:30 echo.mp4",
    "http:echo.mp4",
    "concat:a.mp4|b.mp4",
    "pipe:0",
    "data:video,x.mp4",
    "-y",
    "echo%03d.mp4",
    "café échographie.mp4",
]


@pytest.mark.skipif(os.name == "nt", reason="Windows allows no such names")
@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_the_name_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_video(Path(name), [corners()] * 3, None)
    for path in (Path(name), tmp_path / name):
        assert read(path).frame_count == 3
        assert quarters(read(path).frame(2)) == [[40, 80], [120, 200]]


def frames(count: int) -> list[bytes]:
    return [jpeg(np.full((96, 128, 3), 10 * number, np.uint8)) for number in range(count)]


# dwRate, dwScale, whether times are given
RATES: list[tuple[int, int, bool]] = [
    (25, 1, True),
    (30000, 1001, True),
    (0, 0, False),  # FFmpeg takes 25 per second for granted
    (0, 1, False),
    (25, 0, False),
    (1_000_000_000, 1, False),  # a frame each nanosecond
    (1, 3600, False),  # a frame each hour
    (1, 0xFFFFFFFF, False),
]


@pytest.mark.parametrize(("rate", "scale", "timed"), RATES)
def test_a_rate_that_is_missing_or_cannot_be_gives_no_times(
    tmp_path: Path, rate: int, scale: int, timed: bool
) -> None:
    cine = read(avi(tmp_path / "a.avi", frames(5), (128, 96), rate=(rate, scale)))
    assert cine.frame_count == 5
    assert [int(cine.frame(number)[5, 5, 0]) for number in range(5)] == [0, 10, 20, 30, 40]
    if timed:
        assert cine.times == pytest.approx([number * scale / rate for number in range(5)])
        assert cine.timing.notes == (PLAYBACK,)
    else:
        assert cine.times is None
        assert "cannot be" in cine.timing.notes[0]


def test_a_rate_that_only_ffmpeg_finds_is_none(tmp_path: Path) -> None:
    """The stream's list is called otherwise, so that nothing says which stream it describes."""
    path = avi(tmp_path / "a.avi", frames(3), (128, 96))
    path.write_bytes(path.read_bytes().replace(b"strl", b"odml"))
    cine = read(path)
    assert cine.frame_count == 3
    assert cine.times is None
    assert "no rate" in cine.timing.notes[0]


# what, box, offset in it, number
TIMELESS: list[tuple[str, bytes, int, int]] = [
    ("all samples last no time", b"stts", 12, 0),
    ("the track has no time scale", b"mdhd", 12, 0),
    ("a frame lasts an hour", b"stts", 12, 12800 * 3600),
    ("a frame lasts a microsecond", b"mdhd", 12, 512 * 1_000_000),
]


@pytest.mark.parametrize(
    ("kind", "offset", "number"), [row[1:] for row in TIMELESS], ids=[row[0] for row in TIMELESS]
)
def test_frames_without_a_time_of_their_own_stay_frames(
    tmp_path: Path, kind: bytes, offset: int, number: int
) -> None:
    grey = [np.full((96, 128, 3), 10 * place, np.uint8) for place in range(20)]
    path = encode(tmp_path / "a.mp4", grey, options={"bf": "0"})
    path.write_bytes(path.read_bytes().replace(b"elst", b"free"))  # else it cuts most away
    cine = read(patched(path, kind, offset, struct.pack(">L", number)))
    assert cine.frame_count == 20
    assert cine.times is None
    assert cine.timing.notes
    for place in (19, 3, 11, 0):
        assert cine.frame(place)[5, 5, 0] == pytest.approx(10 * place, abs=2)


def h264_packets(between: int) -> list[bytes]:
    """Packets of H.264 of five grey frames, with so many pictures between others."""
    codec = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt, codec.time_base = 96, 64, "yuv420p", Fraction(1, 25)
    codec.options = {"bf": str(between), "x264-params": f"b-adapt=0:bframes={between}"}
    packets: list[bytes] = []
    for number, level in enumerate((20, 60, 100, 140, 180)):
        frame = np.full((64, 96, 3), level, np.uint8)
        picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
        picture.pts = number
        packets += [bytes(packet) for packet in codec.encode(picture)]
    return [*packets, *(bytes(packet) for packet in codec.encode(None))]


@pytest.mark.parametrize(
    ("between", "left_out", "times"),
    [
        (0, (), (0, 0.04, 0.08, 0.12, 0.16)),
        (2, (), (0, 0.04, 0.08, 0.12, 0.16)),
        (0, (2,), (0, 0.04, 0.12, 0.16, 0.2)),
        (0, (1, 2, 5), (0, 0.12, 0.16, 0.24, 0.28)),
        (2, (2,), None),
    ],
)
def test_frames_that_an_avi_leaves_out_take_their_time(
    tmp_path: Path, between: int, left_out: tuple[int, ...], times: tuple[float, ...] | None
) -> None:
    """An empty chunk is a frame that was dropped: the one before it is shown for longer."""
    chunks_of = iter(h264_packets(between))
    count = 5 + len(left_out)
    stored = [b"" if place in left_out else next(chunks_of) for place in range(count)]
    cine = read(avi(tmp_path / "a.avi", stored, (96, 64), coding=b"H264"))
    assert cine.times == (None if times is None else pytest.approx(times))
    assert bool([note for note in cine.timing.notes if "left out" in note]) is (times is None)
    levels = [int(cine.frame(place)[30, 40, 0]) for place in range(cine.frame_count)]
    assert levels == pytest.approx([20, 60, 100, 140, 180], abs=3)


def test_what_an_edit_list_cuts_away_is_counted(tmp_path: Path) -> None:
    """The edit lasts 800 of 1000 ticks per second: doubled time puts half the frames beyond it."""
    path = encode(tmp_path / "a.mp4", [corners()] * 20, options={"bf": "0"})
    cine = read(patched(path, b"stts", 12, struct.pack(">L", 1024)))
    assert cine.frame_count == 10
    assert "10 of its 20 frames are cut away by the video's edit list." in cine.notes


def test_a_grey_palette_of_an_avi_gives_its_greys(tmp_path: Path) -> None:
    """Bottom row first: the file's first row is the picture's last one."""
    ramp = b"".join(bytes((level, level, level, 0)) for level in range(256))
    rows = [bytes([row] * 96) for row in range(64)]
    path = avi(tmp_path / "a", [b"".join(rows)] * 2, (96, 64), bytes(4), 8, palette=ramp)
    assert read(path).frame(1)[:, 0, 0].tolist() == list(range(63, -1, -1))


@pytest.mark.parametrize(
    "first",
    [
        b"\0\0\0\x10skip" + bytes(8),
        b"\0\0\0\x10free" + bytes(8),
        b"\0\0\0\x14pnot" + bytes(12),
        b"\0\0\0\x18uuid" + bytes(16),
        b"\0\0\0\x18stypmsdh" + bytes(12),
    ],
)
def test_a_quicktime_file_may_begin_with_other_boxes(tmp_path: Path, first: bytes) -> None:
    """Fragmented, as places of frames are then counted from the box that holds them."""
    path = tmp_path / "a.mp4"
    with av.open(
        str(path), "w", options={"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    ) as c:
        stream = c.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        picture = av.VideoFrame.from_ndarray(corners(), format="rgb24")
        picture.pts = 0
        c.mux(stream.encode(picture))
        c.mux(stream.encode())
    path.write_bytes(first + path.read_bytes())
    assert quarters(read(path).frame(0)) == quarters(corners())


@pytest.mark.parametrize("rest", [b"junkjunkjunkjunk", b"\0" * 100, b"\xff" * 100])
def test_what_follows_the_last_box_makes_a_video_no_shorter(tmp_path: Path, rest: bytes) -> None:
    path = encode(tmp_path / "a.mp4", [corners()] * 3)
    path.write_bytes(path.read_bytes() + rest)
    cine = read(path)
    assert (cine.frame_count, cine.notes) == (3, ())


def test_two_frames_at_one_time_are_two_frames(tmp_path: Path) -> None:
    """Two runs of samples: 10 that last no time, and 10 as usual."""
    grey = [np.full((96, 128, 3), 10 * place, np.uint8) for place in range(20)]
    path = encode(
        tmp_path / "a.mp4", grey, options={"bf": "0"}, stamps=[40 * n + n // 10 for n in range(20)]
    )
    patched(path, b"stts", 12, struct.pack(">L", 0))
    path.write_bytes(path.read_bytes().replace(b"elst", b"free"))
    cine = read(path)
    assert cine.frame_count == 20
    assert cine.times is None
    assert [round(int(cine.frame(n)[5, 5, 0]), -1) for n in (0, 7, 19)] == [0, 70, 190]


def vendor_coding(path: Path) -> Path:
    return avi(path, [b"x" * 50] * 4, (128, 96), coding=b"ATL1")


def no_frames(path: Path) -> Path:
    return avi(path, [], (128, 96))


def too_large(path: Path) -> Path:
    return avi(path, [bytes(50)] * 4, (30000, 30000), coding=bytes(4))


def header_cut(path: Path) -> Path:
    avi(path, frames(2), (128, 96))
    path.write_bytes(path.read_bytes()[:190])
    return path


def encrypted(path: Path) -> Path:
    encode(path, [corners()] * 3)
    path.write_bytes(path.read_bytes().replace(b"avc1", b"encv"))
    return path


def unknown_mp4(path: Path) -> Path:
    encode(path, [corners()] * 3)
    path.write_bytes(path.read_bytes().replace(b"avc1", b"ATL1"))
    return path


def sound_only(path: Path) -> Path:
    encode(path, [corners()] * 3)
    path.write_bytes(path.read_bytes().replace(b"vide", b"soun"))
    return path


def many_samples(path: Path) -> Path:
    """50 million samples of one size, in 74 bytes of table."""
    encode(path, [corners()] * 3)
    patched(path, b"stts", 8, struct.pack(">L", 50_000_000))
    return patched(path, b"stsz", 4, struct.pack(">2L", 100, 50_000_000))


def long_table(path: Path) -> Path:
    encode(path, [corners()] * 3)
    return patched(path, b"stco", 4, struct.pack(">L", 0x3FFFFFFF))


def long_fragment(path: Path) -> Path:
    """A fragment whose run names four billion samples and lists nothing about them."""
    run = struct.pack(">L4s2L", 16, b"trun", 0, 0xFFFFFFFF)
    fragment = struct.pack(">L4s", 8 + 8 + len(run), b"moof")
    fragment += struct.pack(">L4s", 8 + len(run), b"traf") + run
    encode(path, [corners()] * 3)
    path.write_bytes(path.read_bytes() + fragment)
    return path


Maker = Callable[[Path], Path]


def without_palette(path: Path) -> Path:
    """8 bits per pixel: indices into a table that is not there, which FFmpeg shows black."""
    return avi(path, [bytes(range(256)) * 24] * 2, (96, 64), coding=bytes(4), bits=8)


# what, how it is made, kind of error, words
REFUSED: list[tuple[str, Maker, type[UnreadableFile], str]] = [
    ("vendor's coding", vendor_coding, UnsupportedPixels, "'ATL1', which FFmpeg does not know"),
    ("unknown coding", unknown_mp4, UnsupportedPixels, "'ATL1', which FFmpeg does not know"),
    ("no palette", without_palette, UnreadableFile, "has palette colours, but no palette"),
    ("encrypted", encrypted, UnsupportedPixels, "is encrypted"),
    ("no frames", no_frames, UnreadableFile, "without a frame|cannot make sense"),
    ("900 megapixels", too_large, UnreadableFile, "30000 x 30000 pixels"),
    ("header cut short", header_cut, UnreadableFile, "cut short"),
    ("sound only", sound_only, UnreadableFile, "holds no video|cannot make sense"),
    ("50 million samples", many_samples, UnreadableFile, "more than|more frames"),
    ("a billion offsets", long_table, UnreadableFile, "more frames or more data"),
    ("an endless fragment", long_fragment, UnreadableFile, "more frames or more data"),
]


@pytest.mark.parametrize(
    ("make", "kind", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_a_video_that_cannot_be_shown_says_why(
    tmp_path: Path, make: Maker, kind: type[UnreadableFile], words: str
) -> None:
    path = make(tmp_path / "file.mp4")
    with pytest.raises(kind, match=words) as caught:
        read(path)
    assert "file.mp4" in caught.value.problem
    assert caught.value.hint
    assert "\n" not in str(caught.value)


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
from EchoMeasureLib.imaging.reading import read
try:
    read(sys.argv[1])
except ValueError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are those of Linux")
@pytest.mark.parametrize("make", [many_samples, long_table, long_fragment, too_large])
def test_a_small_file_never_takes_a_gigabyte(tmp_path: Path, make: Maker) -> None:
    path = make(tmp_path / "a.mp4")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True
    )
    assert "a.mp4" in done.stdout
    assert done.stderr == ""


def test_a_frame_of_another_size_is_refused_and_the_others_hold(tmp_path: Path) -> None:
    pictures = [np.full((96, 128, 3), 50, np.uint8) for _ in range(4)]
    pictures[2] = np.full((48, 64, 3), 90, np.uint8)
    cine = read(avi(tmp_path / "a.avi", [jpeg(p) for p in pictures], (128, 96)))
    assert [int(cine.frame(number)[5, 5, 0]) for number in (0, 1, 3)] == [50, 50, 50]
    with pytest.raises(UnreadableFile, match=r"Frame 2 of a\.avi is 64 x 48 pixels, unlike"):
        cine.frame(2)


def test_no_library_prints_about_a_damaged_video(tmp_path: Path, capfd) -> None:
    path = encode(tmp_path / "a.mp4", [corners()] * 12)
    data = bytearray(path.read_bytes())
    rng = np.random.default_rng(5)
    start = data.index(b"mdat") + 200
    data[start : start + 300] = rng.integers(0, 256, 300, np.uint8).tobytes()
    path.write_bytes(data)
    cine = read(path)
    problems = [problem_of(partial(cine.frame, number)) for number in range(cine.frame_count)]
    for number, problem in enumerate(problems):
        assert not problem or f"Frame {number} of a.mp4" in problem
    assert capfd.readouterr() == ("", "")
