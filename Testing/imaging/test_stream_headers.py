"""A compressed frame is read as what its own header says, or refused; never shown as it is not."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from picture_streams import (
    END,
    JPEG_12_RED,
    JPEG_2000_12_WHITE_OVER_RED,
    jpeg,
    jpeg_2000,
    jpeg_lossless,
    jpeg_ls,
    jpeg_xl,
    run_lengths,
)
from raw_dicom import (
    EXPLICIT,
    JPEG,
    JPEG_2000,
    JPEG_LOSSLESS,
    JPEG_LS,
    RLE,
    grey_tags,
    header,
    write_encapsulated,
)

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.reading import read

Pixels = npt.NDArray[Any]

JPEG_XL = "1.2.840.10008.1.2.4.110"
IMPLICIT = "1.2.840.10008.1.2"
ENCAPSULATED, DEFLATED_FRAMES = "1.2.840.10008.1.2.1.98", "1.2.840.10008.1.2.8.1"
GREYS = np.arange(12 * 16, dtype=np.uint8).reshape(12, 16)
"""12 rows, 16 columns."""
COLOURS = np.stack([GREYS, GREYS[::-1], 255 - GREYS], axis=-1)
DEEP = GREYS.astype(np.uint16) * 16
"""12 bits: 0 to 3056."""
RGBA = np.dstack([COLOURS, np.full((12, 16), 255, np.uint8)])


def encoded(
    folder: Path, syntax: str, streams: bytes | Sequence[bytes], size: tuple[int, int], **tags: Any
) -> Path:
    """A file of `size` (rows, columns) around these streams."""
    streams = [streams] if isinstance(streams, bytes) else streams
    dataset = header(*size, syntax, **tags)
    return write_encapsulated(folder / "a.dcm", dataset, streams)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


GREY, GREY_12, GREY_16 = grey_tags(), grey_tags(12), grey_tags(16)
COLOUR: dict[str, Any] = {}

# what, syntax, stream, rows and columns of the header, its tags, words of the refusal
CONTRADICTIONS: list[tuple[str, str, bytes, tuple[int, int], dict[str, Any], str]] = [
    ("JPEG, transposed", JPEG, jpeg(COLOURS), (16, 12), COLOUR, "16 x 12 pixels, not 12 x 16"),
    ("JPEG-LS, larger", JPEG_LS, jpeg_ls(GREYS), (6, 8), GREY, "16 x 12 pixels, not 8 x 6"),
    ("JPEG 2000, transposed", JPEG_2000, jpeg_2000(GREYS), (16, 12), GREY, "not 12 x 16"),
    ("JPEG 2000 of more than 65535 rows", JPEG_2000, b"", (12, 16), GREY, "16 x 70012 pixels"),
    ("lossless JPEG, wider", JPEG_LOSSLESS, jpeg_lossless(GREYS), (12, 15), GREY, "not 15 x 12"),
    ("JPEG XL, smaller", JPEG_XL, jpeg_xl(COLOURS), (24, 32), COLOUR, "not 32 x 24"),
    ("colour JPEG, grey header", JPEG, jpeg(COLOURS), (12, 16), GREY, "has colours"),
    ("colour JPEG-LS, grey header", JPEG_LS, jpeg_ls(COLOURS), (12, 16), GREY, "has colours"),
    ("colour JPEG 2000", JPEG_2000, jpeg_2000(COLOURS), (12, 16), GREY, "has colours"),
    ("colour lossless", JPEG_LOSSLESS, jpeg_lossless(COLOURS), (12, 16), GREY, "has colours"),
    ("colour JPEG XL, grey header", JPEG_XL, jpeg_xl(COLOURS), (12, 16), GREY, "has colours"),
    ("colour run lengths", RLE, run_lengths(COLOURS), (12, 16), GREY, "3 run-length segments"),
    ("grey run lengths", RLE, run_lengths(GREYS), (12, 16), COLOUR, "1 run-length segments"),
    ("16-bit run lengths", RLE, run_lengths(DEEP), (12, 16), GREY, "2 run-length segments"),
    ("run lengths of 16 columns under 15", RLE, run_lengths(GREYS), (12, 15), GREY, "more pixels"),
    ("run lengths of 12 rows under 11", RLE, run_lengths(COLOURS), (11, 16), COLOUR, "more pixels"),
    ("run lengths of 12 rows under 13", RLE, run_lengths(GREYS), (13, 16), GREY, "cut short"),
    ("pieces of nothing known", EXPLICIT, b"pieces" * 200, (12, 16), GREY, "come in pieces"),
    ("too many bytes", ENCAPSULATED, COLOURS.tobytes(), (11, 16), COLOUR, "more than 528 bytes"),
    ("too few bytes", ENCAPSULATED, COLOURS.tobytes(), (13, 16), COLOUR, "fewer than 624 bytes"),
    (
        "too many deflated bytes",
        DEFLATED_FRAMES,
        raw_deflate(COLOURS.tobytes()),
        (12, 15),
        COLOUR,
        "more than 540 bytes",
    ),
    (
        "palette header over colour JPEG",
        JPEG,
        jpeg(COLOURS),
        (12, 16),
        {**GREY, "PhotometricInterpretation": "PALETTE COLOR"},
        "has colours",
    ),
    ("12 bits of JPEG-LS in 8", JPEG_LS, jpeg_ls(DEEP, 12), (12, 16), GREY, "12 bits per value"),
    (
        "12 bits of lossless JPEG in 8",
        JPEG_LOSSLESS,
        jpeg_lossless(DEEP, 12),
        (12, 16),
        GREY,
        "12 bits per value",
    ),
    ("16 bits of JPEG 2000 in 8", JPEG_2000, jpeg_2000(DEEP), (12, 16), GREY, "16 bits"),
    ("four components", JPEG_2000, jpeg_2000(RGBA), (12, 16), COLOUR, "4 values per pixel"),
]


def taller(stream: bytes) -> bytes:
    """The JPEG 2000 stream with 70000 rows more in its size."""
    rows = struct.unpack(">L", stream[12:16])[0]
    return stream[:12] + struct.pack(">L", rows + 70000) + stream[16:]


@pytest.mark.parametrize(
    ("syntax", "stream", "size", "tags", "words"),
    [row[1:] for row in CONTRADICTIONS],
    ids=[row[0] for row in CONTRADICTIONS],
)
def test_a_stream_that_is_not_the_picture_of_the_header_is_refused(
    tmp_path: Path,
    syntax: str,
    stream: bytes,
    size: tuple[int, int],
    tags: dict[str, Any],
    words: str,
) -> None:
    stream = stream or taller(jpeg_2000(GREYS))
    path = encoded(tmp_path, syntax, stream, size, **tags)
    with pytest.raises(UnreadableFile, match=words):
        read(path).frame(0)


# what, syntax of the header, stream, what the note calls it
OTHER_CODINGS: list[tuple[str, str, bytes, str]] = [
    ("JPEG under lossless JPEG", JPEG_LOSSLESS, jpeg(GREYS), "compressed as JPEG;"),
    ("JPEG under JPEG 2000", JPEG_2000, jpeg(GREYS), "compressed as JPEG;"),
    ("lossless under baseline JPEG", JPEG, jpeg_lossless(GREYS), "as JPEG Lossless"),
    ("lossless JPEG under JPEG-LS", JPEG_LS, jpeg_lossless(GREYS), "as JPEG Lossless"),
    ("JPEG-LS under lossless JPEG", JPEG_LOSSLESS, jpeg_ls(GREYS), "as JPEG-LS"),
    ("JPEG 2000 under JPEG", JPEG, jpeg_2000(GREYS), "as JPEG 2000"),
    ("a JP2 file under JPEG-LS", JPEG_LS, jpeg_2000(GREYS, boxes=True), "as JPEG 2000"),
    ("JPEG XL under JPEG", JPEG, jpeg_xl(GREYS), "as JPEG XL"),
    ("JPEG under run lengths", RLE, jpeg(GREYS), "compressed as JPEG;"),
    ("JPEG under uncompressed", EXPLICIT, jpeg(GREYS), "compressed as JPEG;"),
    ("run lengths under uncompressed", EXPLICIT, run_lengths(GREYS), "as RLE Lossless"),
    ("run lengths under implicit VR", IMPLICIT, run_lengths(GREYS), "as RLE Lossless"),
    ("JPEG-LS under uncompressed", EXPLICIT, jpeg_ls(GREYS), "as JPEG-LS"),
]


@pytest.mark.parametrize(
    ("syntax", "stream", "words"),
    [row[1:] for row in OTHER_CODINGS],
    ids=[row[0] for row in OTHER_CODINGS],
)
def test_a_stream_of_another_coding_is_read_as_what_it_is_and_a_note_says_so(
    tmp_path: Path, syntax: str, stream: bytes, words: str
) -> None:
    cine = read(encoded(tmp_path, syntax, stream, (12, 16), **GREY))
    np.testing.assert_allclose(cine.frame(0)[..., 1], GREYS, atol=3)
    assert [note for note in cine.notes if words in note]


@pytest.mark.parametrize(
    ("syntax", "stream"),
    [
        (JPEG, jpeg(GREYS)),
        (JPEG_LS, jpeg_ls(GREYS)),
        (JPEG_2000, jpeg_2000(GREYS)),
        (JPEG_LOSSLESS, jpeg_lossless(GREYS)),
        (JPEG_XL, jpeg_xl(GREYS)),
    ],
)
@pytest.mark.parametrize("tag", ["RGB", "YBR_FULL_422"])
def test_a_grey_stream_under_a_header_with_colours_is_grey(
    tmp_path: Path, syntax: str, stream: bytes, tag: str
) -> None:
    path = encoded(tmp_path, syntax, stream, (12, 16), PhotometricInterpretation=tag)
    cine = read(path)
    frame = cine.frame(0)
    np.testing.assert_allclose(frame[..., 0], GREYS, atol=3)
    assert (np.ptp(frame, axis=2) == 0).all()
    assert "are grey" in cine.notes[0]


WINDOW = {"WindowCenter": "2048", "WindowWidth": "4096"}
"""Shows 0 to 4095."""

# what, syntax, stream, tags, expected level of the value 2048 of 4095, note or None
DEPTHS: list[tuple[str, str, bytes, dict[str, Any], str | None]] = [
    ("12 in 12", JPEG_LS, jpeg_ls(DEEP, 12), GREY_12, None),
    ("12 declared, 16 in the stream, all fit", JPEG_LS, jpeg_ls(DEEP, 16), GREY_12, None),
    ("10 declared, 12 in the stream", JPEG_LS, jpeg_ls(DEEP, 12), grey_tags(10), "have 12"),
    ("16 declared, 12 in the stream", JPEG_LS, jpeg_ls(DEEP, 12), GREY_16, "have 12"),
    ("the same, lossless JPEG", JPEG_LOSSLESS, jpeg_lossless(DEEP, 12), GREY_16, "have 12"),
    (
        "10 declared, lossless JPEG of 12",
        JPEG_LOSSLESS,
        jpeg_lossless(DEEP, 12),
        grey_tags(10),
        "have 12",
    ),
]


@pytest.mark.parametrize(
    ("syntax", "stream", "tags", "words"), [r[1:] for r in DEPTHS], ids=[r[0] for r in DEPTHS]
)
def test_depth_is_that_of_the_stream(
    tmp_path: Path, syntax: str, stream: bytes, tags: dict[str, Any], words: str | None
) -> None:
    """Value v of 4095 is shown as v / 4095 x 255."""
    cine = read(encoded(tmp_path, syntax, stream, (12, 16), **tags, **WINDOW))
    np.testing.assert_allclose(cine.frame(0)[..., 2], DEEP / 4095 * 255, atol=1)
    assert any(words in note for note in cine.notes) if words else len(cine.notes) == 1


def test_seven_bits_of_a_stream_fill_the_range(tmp_path: Path) -> None:
    """100 of 127 is 200.8 of 255."""
    stream = jpeg_ls(np.full((12, 16), 100, np.uint8), 7)
    cine = read(encoded(tmp_path, JPEG_LS, stream, (12, 16), **GREY))
    assert cine.frame(0)[0, 0].tolist() == [201] * 3
    assert "have 7" in cine.notes[0]


def test_colours_of_16_bits_keep_their_upper_8(tmp_path: Path) -> None:
    deep = COLOURS.astype(np.uint16) * 257
    tags = {"BitsAllocated": 16, "BitsStored": 16, "HighBit": 15}
    cine = read(encoded(tmp_path, JPEG_LS, jpeg_ls(deep, 16), (12, 16), **tags))
    np.testing.assert_array_equal(cine.frame(0), COLOURS)


DEEP_COLOURS = {"BitsAllocated": 16, "BitsStored": 12, "HighBit": 11}


def test_white_of_a_deep_jpeg_2000_stays_white(tmp_path: Path) -> None:
    """Rounded to 8 bits instead of cut, the highest values of 12 become 256, which is 0."""
    stream, tags = JPEG_2000_12_WHITE_OVER_RED, {"PhotometricInterpretation": "YBR_RCT"}
    shown = read(encoded(tmp_path, JPEG_2000, stream, (8, 8), **DEEP_COLOURS, **tags)).frame(0)
    assert (shown[:4] == 255).all()
    assert (shown[4:] == (200, 30, 30)).all()


@pytest.mark.parametrize("tag", ["YBR_FULL_422", "YBR_FULL", "RGB"])
def test_colours_of_a_jpeg_of_12_bits_are_converted_once(tmp_path: Path, tag: str) -> None:
    """(3200, 480, 480) of 4095 is (200, 30, 30) of 255."""
    tags = {**DEEP_COLOURS, "PhotometricInterpretation": tag}
    cine = read(encoded(tmp_path, "1.2.840.10008.1.2.4.51", JPEG_12_RED, (16, 16), **tags))
    np.testing.assert_allclose(cine.frame(0)[8, 8], (200, 30, 30), atol=2)


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (jpeg(COLOURS[:8]), "16 x 8 pixels, not 16 x 12"),
        (jpeg_2000(RGBA), "4 values per pixel"),
        (jpeg_ls(COLOURS.astype(np.uint16) * 9, 12), "12 bits per value"),
    ],
)
def test_a_frame_that_is_unlike_the_first_is_refused_by_its_number(
    tmp_path: Path, second: bytes, words: str
) -> None:
    path = encoded(tmp_path, JPEG, [jpeg(COLOURS), second], (12, 16), NumberOfFrames=2)
    cine = read(path)
    assert cine.frame(0).shape == (12, 16, 3)
    with pytest.raises(UnreadableFile, match=rf"Frame 1 of a\.dcm.*{words}"):
        cine.frame(1)


def rows_by_themselves(pixels: Pixels) -> bytes:
    """Run lengths as PS3.5 G.3.1 wants them: every row begins with a new run."""
    rows = b"".join(bytes((len(row) - 1,)) + row.tobytes() for row in pixels)
    return struct.pack("<16L", 1, 64, *[0] * 14) + rows + b"\0" * (len(rows) % 2)


def test_run_lengths_of_rows_show_a_transposed_header(tmp_path: Path) -> None:
    stream = rows_by_themselves(GREYS)
    assert (read(encoded(tmp_path, RLE, stream, (12, 16), **GREY)).frame(0)[..., 0] == GREYS).all()
    with pytest.raises(UnreadableFile, match="its rows have 16 pixels, not 12"):
        read(encoded(tmp_path, RLE, stream, (16, 12), **GREY)).frame(0)


# Streams that end without the marker of their end, and how close they come.
ENDLESS = [
    ("JPEG", JPEG, jpeg(GREYS), 3),
    ("progressive JPEG", JPEG, jpeg(GREYS, progressive=True), 3),
    ("JPEG 2000", JPEG_2000, jpeg_2000(GREYS), 0),
    ("JP2", JPEG_2000, jpeg_2000(GREYS, boxes=True), 0),
    ("JPEG-LS", JPEG_LS, jpeg_ls(GREYS), 0),
    ("lossless JPEG", JPEG_LOSSLESS, jpeg_lossless(GREYS), 0),
]


@pytest.mark.parametrize(
    ("syntax", "stream", "tolerance"), [r[1:] for r in ENDLESS], ids=[r[0] for r in ENDLESS]
)
def test_only_the_end_marker_is_missing(
    tmp_path: Path, syntax: str, stream: bytes, tolerance: int
) -> None:
    assert stream.endswith(END)
    cine = read(encoded(tmp_path, syntax, stream[:-2], (12, 16), **GREY))
    np.testing.assert_allclose(cine.frame(0)[..., 0], GREYS, atol=tolerance)
    assert cine.notes == (
        "1 frame(s) lack the marker that ends a compressed picture, the first is frame 0.",
    )


@pytest.mark.parametrize(
    ("syntax", "stream", "tolerance"), [r[1:] for r in ENDLESS], ids=[r[0] for r in ENDLESS]
)
def test_what_follows_the_end_marker_is_passed_over(
    tmp_path: Path, syntax: str, stream: bytes, tolerance: int
) -> None:
    cine = read(encoded(tmp_path, syntax, stream + b"maker's notes", (12, 16), **GREY))
    np.testing.assert_allclose(cine.frame(0)[..., 0], GREYS, atol=tolerance)
    assert cine.notes == ()


@pytest.mark.parametrize(
    ("syntax", "stream"),
    [*(r[1:3] for r in ENDLESS), (JPEG_XL, jpeg_xl(GREYS)), (RLE, run_lengths(GREYS))],
    ids=[*(r[0] for r in ENDLESS), "JPEG XL", "run lengths"],
)
def test_a_stream_that_is_cut_anywhere_is_refused(
    tmp_path: Path, syntax: str, stream: bytes
) -> None:
    """An even number of bytes is left, as an item has one."""
    short = len(stream) - len(stream) % 2
    for length in (*range(short - 4, short - 40, -2), *range(short - 40, 2, -16)):
        path = encoded(tmp_path, syntax, stream[:length], (12, 16), **GREY)
        with pytest.raises(UnreadableFile, match=r"cannot be decoded|contradicts itself"):
            read(path).frame(0)


# As tools leave it that put an end to whatever arrived.
@pytest.mark.parametrize(
    ("syntax", "encode"),
    [(JPEG, jpeg), (JPEG_LOSSLESS, jpeg_lossless), (JPEG_LS, jpeg_ls), (JPEG_2000, jpeg_2000)],
)
@pytest.mark.parametrize("pixels", [GREYS, COLOURS])
@pytest.mark.parametrize("part", [0.6, 0.9])
def test_a_stream_that_is_cut_and_then_ended_is_refused(
    tmp_path: Path, syntax: str, encode: Any, pixels: Pixels, part: float
) -> None:
    stream = encode(pixels)
    cut = stream[: int(part * len(stream))] + END
    tags = GREY if pixels.ndim == 2 else COLOUR
    with pytest.raises(UnreadableFile, match="cannot be decoded"):
        read(encoded(tmp_path, syntax, cut, (12, 16), **tags)).frame(0)


@pytest.mark.parametrize(("syntax", "encode"), [(JPEG, jpeg), (JPEG_LOSSLESS, jpeg_lossless)])
def test_a_whole_picture_may_end_in_the_grey_that_libjpeg_fills_with(
    tmp_path: Path, syntax: str, encode: Any
) -> None:
    pixels = np.full((12, 16), 128, np.uint8)
    cine = read(encoded(tmp_path, syntax, encode(pixels), (12, 16), **GREY))
    assert (cine.frame(0) == 128).all()
    assert cine.notes == ()


def test_tiles_whose_parts_take_turns_are_read(real_file: Any, tmp_path: Path) -> None:
    """A Kakadu stream of 16 tiles in 96 parts: grey text on black, as pydicom's page shows it."""
    import pydicom

    dataset = pydicom.dcmread(real_file("GDCMJ2K_TextGBR.dcm"))
    dataset.Modality = "US"
    dataset.save_as(tmp_path / "a")
    frame = read(tmp_path / "a").frame(0)
    assert frame.shape == (400, 400, 3)
    assert len(np.unique(frame.reshape(-1, 3), axis=0)) > 3
