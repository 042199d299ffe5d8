"""Files that other programs read: rare syntaxes, videos in DICOM, old and bare files."""

from __future__ import annotations

import io
import struct
import zlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from picture_streams import HTJ2K_GREYS, HTJ2K_RED, jpeg, jpeg_xl
from raw_dicom import (
    EXPLICIT,
    grey_tags,
    header,
    save,
    with_syntax,
    write_encapsulated,
    write_native,
)
from ultrasound_files import region
from video_files import encode

from EchoMeasureLib.errors import MissingPackage, UnreadableFile, UnsupportedPixels
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.reading import read

Pixels = npt.NDArray[Any]

_DICOM = "1.2.840.10008.1.2."
_JPEG = f"{_DICOM}4."
_CLASS = "1.2.840.10008.5.1.4.1.1."
GREYS = np.arange(256, dtype=np.uint8).reshape(16, 16)
COLOURS = np.stack([GREYS, GREYS[::-1], 255 - GREYS], axis=-1)


@pytest.mark.parametrize("number", [110, 111, 112])
def test_jpeg_xl_colours(tmp_path: Path, number: int) -> None:
    """Lossless here under every of the three syntaxes, also under the header of a JPEG."""
    dataset = header(16, 16, f"{_JPEG}{number}", PhotometricInterpretation="YBR_FULL_422")
    cine = read(write_encapsulated(tmp_path / "a", dataset, [jpeg_xl(COLOURS)]))
    np.testing.assert_array_equal(cine.frame(0), COLOURS)
    assert cine.notes == ()


@pytest.mark.parametrize("pixels", [GREYS, GREYS.astype(np.uint16) * 257])
def test_jpeg_xl_greys_of_8_and_16_bits(tmp_path: Path, pixels: Pixels) -> None:
    bits = 8 * pixels.itemsize
    window = {"WindowCenter": str((1 << bits) // 2), "WindowWidth": str(1 << bits)}
    dataset = header(16, 16, f"{_JPEG}110", **grey_tags(bits), **window)
    frame = read(write_encapsulated(tmp_path / "a", dataset, [jpeg_xl(pixels)])).frame(0)
    np.testing.assert_allclose(frame[..., 0], GREYS, atol=1)


def test_jpeg_xl_without_its_package_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_encapsulated(tmp_path / "a", header(16, 16, f"{_JPEG}110"), [jpeg_xl(COLOURS)])
    monkeypatch.setitem(__import__("sys").modules, "pillow_jxl", None)
    with pytest.raises(MissingPackage, match=r"JPEG XL needs .*'echomeasure\[codecs\]'"):
        read(path).frame(0)


@pytest.mark.parametrize("number", [201, 202, 203])
def test_high_throughput_jpeg_2000(tmp_path: Path, number: int) -> None:
    dataset = header(16, 16, f"{_JPEG}{number}", PhotometricInterpretation="YBR_RCT")
    frame = read(write_encapsulated(tmp_path / "a", dataset, [HTJ2K_RED])).frame(0)
    assert (frame == (200, 30, 30)).all()
    dataset = header(16, 16, f"{_JPEG}{number}", **grey_tags())
    frame = read(write_encapsulated(tmp_path / "b", dataset, [HTJ2K_GREYS])).frame(0)
    np.testing.assert_array_equal(frame[..., 2], GREYS)


@pytest.mark.parametrize("number", [50, 51, 53, 55])
def test_progressive_jpeg_under_current_and_retired_syntaxes(tmp_path: Path, number: int) -> None:
    dataset = header(16, 16, f"{_JPEG}{number}", **grey_tags())
    stream = jpeg(GREYS, progressive=True)
    frame = read(write_encapsulated(tmp_path / "a", dataset, [stream])).frame(0)
    np.testing.assert_allclose(frame[..., 0], GREYS, atol=2)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def test_frames_that_are_encapsulated_but_not_compressed(tmp_path: Path) -> None:
    dataset = header(16, 16, f"{_DICOM}1.98", NumberOfFrames=2)
    frames = [COLOURS.tobytes(), COLOURS[::-1].tobytes()]
    cine = read(write_encapsulated(tmp_path / "a", dataset, frames))
    np.testing.assert_array_equal(cine.frame(1), COLOURS[::-1])


def test_deflated_frames(tmp_path: Path) -> None:
    dataset = header(16, 16, f"{_DICOM}8.1", NumberOfFrames=2)
    frames = [raw_deflate(COLOURS.tobytes()), raw_deflate(COLOURS[::-1].tobytes())]
    cine = read(write_encapsulated(tmp_path / "a", dataset, frames))
    np.testing.assert_array_equal(cine.frame(1), COLOURS[::-1])


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_deflated_file_with_or_without_a_zlib_header(tmp_path: Path, wrapped: bool) -> None:
    plain = write_native(tmp_path / "a", header(16, 16), COLOURS.tobytes()).read_bytes()
    start = 144 + struct.unpack("<L", plain[140:144])[0]
    packed = zlib.compress(plain[start:]) if wrapped else raw_deflate(plain[start:])
    path = tmp_path / "b"
    path.write_bytes(with_syntax(plain, f"{_DICOM}1.99")[: start + 2] + packed)
    np.testing.assert_array_equal(read(path).frame(0), COLOURS)


def test_compressed_frames_in_a_file_that_is_deflated_as_a_whole_are_refused(
    tmp_path: Path,
) -> None:
    plain = write_encapsulated(tmp_path / "a", header(16, 16), [jpeg(GREYS)]).read_bytes()
    start = 144 + struct.unpack("<L", plain[140:144])[0]
    meta = with_syntax(plain, f"{_DICOM}1.99")
    path = tmp_path / "b"
    path.write_bytes(meta[: start + 2] + raw_deflate(plain[start:]))
    with pytest.raises(UnreadableFile, match="deflated"):
        read(path)


def video(form: str, codec: str, size: tuple[int, int] = (64, 48), frames: int = 5) -> bytes:
    """Grey pictures of the levels 20, 60, 100, ... at 25 per second."""
    import av

    out = io.BytesIO()
    with av.open(out, "w", format=form) as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for index in range(frames):
            picture = np.full((size[1], size[0], 3), 20 + 40 * index, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()


# syntax, container, codec
VIDEOS = [
    ("100", "mpeg", "mpeg2video"),
    ("100", "mpegts", "mpeg2video"),
    ("101", "mpeg2video", "mpeg2video"),
    ("102", "mp4", "libx264"),
    ("103", "mpegts", "libx264"),
    ("104", "h264", "libx264"),
    ("102.1", "mp4", "libx264"),
    ("107", "mp4", "libx265"),
    ("107", "mpegts", "libx265"),
    ("108.1", "hevc", "libx265"),
]
PARTIAL = {"PhotometricInterpretation": "YBR_PARTIAL_420"}


def video_file(folder: Path, number: str, parts: list[bytes], **tags: Any) -> Path:
    facts = {**PARTIAL, "NumberOfFrames": 5, "FrameTime": "50", **tags}
    dataset = header(48, 64, f"{_JPEG}{number}", **facts)
    return write_encapsulated(folder / "a.dcm", dataset, parts)


def levels(cine: Cine) -> list[int]:
    return [round(float(cine.frame(index).mean())) for index in range(cine.frame_count)]


@pytest.mark.parametrize(("number", "form", "codec"), VIDEOS)
@pytest.mark.parametrize("pieces", [1, 3])
def test_videos_in_dicom(tmp_path: Path, number: str, form: str, codec: str, pieces: int) -> None:
    """Frames by the stream, in one fragment or several; times by the header."""
    stream = video(form, codec)
    step = -(-len(stream) // pieces)
    parts = [stream[at : at + step] for at in range(0, len(stream), step)]
    if any(len(part) % 2 for part in parts[:-1]):
        parts = [stream[at : at + step + 1] for at in range(0, len(stream), step + 1)]
    two_d = region((0, 0, 63, 47), (0.1, 0.1))
    cine = read(video_file(tmp_path, number, parts, SequenceOfUltrasoundRegions=[two_d]))
    np.testing.assert_allclose(levels(cine), (20, 60, 100, 140, 180), atol=3)
    assert cine.frame(3).mean() == pytest.approx(140, abs=3)
    assert cine.times == pytest.approx((0, 0.05, 0.1, 0.15, 0.2))
    assert cine.regions[0].delta == (0.1, 0.1)
    assert "video" in cine.kind


@pytest.mark.parametrize(
    ("delta", "tags", "agrees"),
    [
        ((0.1, 0.1), {}, False),
        ((0.16, 0.1), {}, True),
        ((0.1, 0.1), {"PixelAspectRatio": [1, 1]}, True),  # the header comes first
    ],
)
def test_a_scale_that_the_shape_of_a_videos_pixels_contradicts(
    tmp_path: Path, delta: tuple[float, float], tags: dict[str, Any], agrees: bool
) -> None:
    """The stream's pixels are 1.6 times as wide as high: equal steps both ways cannot be right."""
    grey = [np.full((48, 64, 3), 60, np.uint8)] * 5
    stream = encode(tmp_path / "a.mp4", grey, aspect=Fraction(8, 5)).read_bytes()
    two_d = region((0, 0, 63, 47), delta)
    cine = read(video_file(tmp_path, "102", [stream], SequenceOfUltrasoundRegions=[two_d], **tags))
    assert cine.regions[0].usable is agrees
    codes = [problem.code for problem in cine.regions[0].problems]
    assert codes == ([] if agrees else ["contradicting_aspect"])


def test_a_video_without_an_offset_table_item_is_read(tmp_path: Path) -> None:
    path = video_file(tmp_path, "102", [video("mp4", "libx264")])
    data = path.read_bytes()
    table = data.index(b"\xfe\xff\x00\xe0\0\0\0\0")
    path.write_bytes(data[:table] + data[table + 8 :])
    assert len(levels(read(path))) == 5


def test_a_video_that_plays_at_another_rate_than_its_header_says_has_a_note(
    tmp_path: Path,
) -> None:
    """Five frames of 40 ms last 160 ms from the first to the last, those of 50 ms 200 ms."""
    cine = read(video_file(tmp_path, "102", [video("mp4", "libx264")]))
    assert cine.timing.notes == ("The video plays in 0.16 s; by FrameTime it was taken in 0.2 s.",)
    same = read(video_file(tmp_path, "102", [video("mp4", "libx264")], FrameTime="40"))
    assert same.timing.notes == ()


# what, parts, tags, words
BAD_VIDEOS: list[tuple[str, list[bytes], dict[str, Any], str]] = [
    ("transposed", [video("mp4", "libx264", (48, 64))], {}, "48 x 64 pixels, not 64 x 48"),
    ("larger", [video("mpeg", "mpeg2video", (128, 96))], {}, "128 x 96 pixels, not 64 x 48"),
    ("rubbish", [b"no video at all"], {}, "damaged video"),
    ("nothing", [], {}, "not whole"),
]


@pytest.mark.parametrize(
    ("parts", "tags", "words"), [r[1:] for r in BAD_VIDEOS], ids=[r[0] for r in BAD_VIDEOS]
)
def test_a_video_that_is_not_the_picture_of_the_header_is_refused(
    tmp_path: Path, parts: list[bytes], tags: dict[str, Any], words: str
) -> None:
    with pytest.raises(UnreadableFile, match=words):
        read(video_file(tmp_path, "102", parts, **tags))


def test_more_or_fewer_frames_than_a_video_has_are_said(tmp_path: Path) -> None:
    cine = read(video_file(tmp_path, "100", [video("mpeg", "mpeg2video")], NumberOfFrames=9))
    assert cine.frame_count == 5
    assert "The file holds 5 frame(s), its header declares 9." in cine.notes


@pytest.mark.parametrize(("form", "codec"), [("mpeg", "mpeg2video"), ("mpegts", "libx264")])
def test_a_stream_that_was_taken_out_of_a_dicom_file_is_read(
    tmp_path: Path, form: str, codec: str
) -> None:
    path = tmp_path / "extracted.bin"
    path.write_bytes(video(form, codec))
    np.testing.assert_allclose(levels(read(path)), (20, 60, 100, 140, 180), atol=3)


@pytest.mark.parametrize("number", ["94", "95", "105", "106", "58", "93"])
def test_what_is_not_read_is_named(tmp_path: Path, number: str) -> None:
    path = write_encapsulated(tmp_path / "a", header(4, 4, f"{_JPEG}{number}"), [b"\0" * 8])
    with pytest.raises(UnsupportedPixels, match=rf"{_JPEG}{number}.*not read") as caught:
        read(path)
    assert "as JPEG" in caught.value.hint


# class, modality, whether there are calibrated regions
CLASSES = [
    ("6.1", "US", False),
    ("3.1", "US", False),
    ("6", "US", False),  # retired ultrasound image
    ("3", "US", False),  # retired multi-frame
    ("6.1", "OT", False),
    ("7", "US", False),
    ("7", "IVUS", False),
    ("7", "OT", True),  # screen captures of ultrasound, whatever their modality
    ("7", "", True),
    ("7.2", "US", False),
    ("7.4", "OT", True),
    ("77.1.4.1", "US", False),
]


@pytest.mark.parametrize(("number", "modality", "calibrated"), CLASSES)
def test_images_of_ultrasound(tmp_path: Path, number: str, modality: str, calibrated: bool) -> None:
    tags: dict[str, Any] = {"SOPClassUID": f"{_CLASS}{number}", "Modality": modality}
    if calibrated:
        tags["SequenceOfUltrasoundRegions"] = [region((0, 0, 15, 15), (0.1, 0.1))]
    path = write_native(tmp_path / "a", header(16, 16, **tags), COLOURS.tobytes())
    np.testing.assert_array_equal(read(path).frame(0), COLOURS)


def private(group: int, size: int) -> bytes:
    """A private element of this many bytes, with its creator."""
    creator = struct.pack("<HH2sH", group, 0x0010, b"LO", 6) + b"MAKER "
    return creator + struct.pack("<HH2sHL", group, 0x1001, b"OB", 0, size) + b"\1" * size


NO_SIZE = {"Rows": None, "Columns": None}

# what, tags, bytes behind the header, words
OTHERS: list[tuple[str, dict[str, Any], bytes, str]] = [
    ("a volume", {"SOPClassUID": f"{_CLASS}6.2"}, b"", "a 3-D volume"),
    ("a capture of something", {"SOPClassUID": f"{_CLASS}7", "Modality": "OT"}, b"", "modality OT"),
    ("a CT image", {"SOPClassUID": f"{_CLASS}2", "Modality": "CT"}, b"", "CT Image Storage"),
    ("images in group 7FE1", NO_SIZE, private(0x7FE1, 20000), r"private data .* \(group 7FE1\)"),
    ("images behind the pixels", {}, private(0x7FE1, 20000), r"\(group 7FE1\)"),
    ("settings before them", {}, private(0x0029, 20000), "cut short"),
    ("no image", NO_SIZE, private(0x0029, 20), "without pixels"),
    (
        "floats",
        {},
        struct.pack("<HH2sHL", 0x7FE0, 8, b"OF", 0, 64) + b"\0" * 64,
        "floating-point",
    ),
]


@pytest.mark.parametrize(
    ("tags", "more", "words"), [row[1:] for row in OTHERS], ids=[row[0] for row in OTHERS]
)
def test_what_a_file_is_that_is_no_image_of_ultrasound(
    tmp_path: Path, tags: dict[str, Any], more: bytes, words: str
) -> None:
    if more:
        path = save(header(16, 16, **tags), tmp_path / "a")
        path.write_bytes(path.read_bytes() + more)
    else:
        path = write_native(tmp_path / "a", header(16, 16, **tags), COLOURS.tobytes())
    with pytest.raises(UnreadableFile, match=words):
        read(path)


def implicit(group: int, number: int, value: bytes) -> bytes:
    value += b"\0" * (len(value) % 2)
    return struct.pack("<HHL", group, number, len(value)) + value


def data_set(meta: bytes, order: list[int]) -> bytes:
    """An implicit little endian data set; `order` numbers its elements of group 0028."""
    shorts = {2: 3, 6: 0, 0x10: 16, 0x11: 16, 0x100: 8, 0x101: 8, 0x102: 7, 0x103: 0}
    values = {number: struct.pack("<H", value) for number, value in shorts.items()}
    values[4] = b"RGB "
    head = implicit(8, 0x16, f"{_CLASS}6.1".encode()) + implicit(8, 0x60, b"US")
    image = b"".join(implicit(0x28, number, values[number]) for number in order)
    return meta + head + image + implicit(0x7FE0, 0x10, COLOURS.tobytes())


ALL = [2, 4, 6, 0x10, 0x11, 0x100, 0x101, 0x102, 0x103]
IMPLICIT_META = implicit(2, 0x10, f"{_DICOM}".rstrip(".").encode())
VERSION = implicit(2, 1, b"\0\1")

# what, bytes
BARE = [
    ("no header", data_set(b"", ALL)),
    ("an implicit header", data_set(IMPLICIT_META, ALL)),
    ("its version before it", data_set(VERSION + IMPLICIT_META, ALL)),
    ("a group length before it", data_set(implicit(2, 0, b"\x1c\0\0\0") + IMPLICIT_META, ALL)),
    ("a preamble", b"\0" * 128 + b"DICM" + data_set(b"", ALL)),
    ("a preamble and an implicit header", b"\0" * 128 + b"DICM" + data_set(IMPLICIT_META, ALL)),
    ("neither planes nor a high bit", data_set(b"", [2, 4, 0x10, 0x11, 0x100, 0x101])),
]


@pytest.mark.parametrize("data", [row[1] for row in BARE], ids=[row[0] for row in BARE])
def test_bare_implicit_data_sets(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    np.testing.assert_array_equal(read(path).frame(0), COLOURS)


def test_a_bare_explicit_data_set(tmp_path: Path) -> None:
    whole = write_native(tmp_path / "a", header(16, 16, EXPLICIT), COLOURS.tobytes())
    data = whole.read_bytes()
    whole.write_bytes(data[132:])
    np.testing.assert_array_equal(read(whole).frame(0), COLOURS)
    whole.write_bytes(data[144 + struct.unpack("<L", data[140:144])[0] :])
    np.testing.assert_array_equal(read(whole).frame(0), COLOURS)
