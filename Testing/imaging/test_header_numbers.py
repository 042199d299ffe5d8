"""Numbers of the header are checked against each other and against the data."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from picture_streams import jpeg, jpeg_2000, jpeg_lossless, run_lengths
from PIL import Image
from raw_dicom import (
    EXPLICIT,
    JPEG,
    JPEG_2000,
    JPEG_LOSSLESS,
    RLE,
    grey_tags,
    header,
    save,
    with_syntax,
    write_encapsulated,
    write_native,
)

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.reading import read

Pixels = npt.NDArray[Any]
US_IMAGE = "1.2.840.10008.5.1.4.1.1.6.1"


def bits(allocated: int, stored: int, high: int, **more: Any) -> dict[str, Any]:
    """Grey of these bits."""
    numbers = {"BitsAllocated": allocated, "BitsStored": stored, "HighBit": high}
    return {**grey_tags(), **numbers, **more}


WINDOW_12 = {"WindowCenter": "2048", "WindowWidth": "4096"}

# what, tags, stored values, shown, words of the note
BITS: list[tuple[str, dict[str, Any], Pixels, list[int], str]] = [
    ("8 of 8, high 0", bits(8, 8, 0), np.uint8([0, 200]), [0, 200], "HighBit 0 is passed over"),
    ("8 of 8, high -1", bits(8, 8, 65535), np.uint8([0, 200]), [0, 200], "HighBit 65535"),
    ("8 of 16, high 7 is right", bits(16, 8, 7), np.uint16([9, 200]), [9, 200], ""),
    (
        "8 of 16, high 15, in the upper half",
        bits(16, 8, 15),
        np.uint16([0, 200 << 8]),
        [0, 200],
        "the upper bits",
    ),
    (
        "12 of 16, high 15, in the upper bits",
        bits(16, 12, 15, **WINDOW_12),
        np.uint16([0, 2048 << 4]),
        [0, 128],
        "the upper bits",
    ),
    (
        "12 of 16, high 15, in the lower bits",
        bits(16, 12, 15, **WINDOW_12),
        np.uint16([0, 2048]),
        [0, 128],
        "the lower bits",
    ),
    (
        "12 of 16, high 13, but 14 bits are used",
        bits(16, 12, 13, WindowCenter="8192", WindowWidth="16384"),
        np.uint16([0, 8193]),
        [0, 128],
        "use 14 bits",
    ),
    ("7 of 8, high 7, but 8 are used", bits(8, 7, 7), np.uint8([0, 201]), [0, 201], "use 8 bits"),
    ("1 of 8", bits(8, 1, 0), np.uint8([0, 1]), [0, 255], ""),
    ("4 of 8", bits(8, 4, 3), np.uint8([15, 8]), [255, 136], ""),
]


@pytest.mark.parametrize(
    ("tags", "values", "shown", "words"), [row[1:] for row in BITS], ids=[row[0] for row in BITS]
)
def test_the_bits_that_count_are_those_that_the_pixels_use(
    tmp_path: Path, tags: dict[str, Any], values: Pixels, shown: list[int], words: str
) -> None:
    cine = read(write_native(tmp_path / "a", header(1, 2, **tags), values.tobytes()))
    assert cine.frame(0)[0, :, 0].tolist() == shown
    noted = [note for note in cine.notes if "HighBit" in note]
    assert len(noted) == bool(words)
    assert all(words in note for note in noted)


def test_colours_of_four_bits_fill_the_range(tmp_path: Path) -> None:
    """15 of 15 is 255, 8 of 15 is 136."""
    dataset = header(1, 1, BitsStored=4, HighBit=3)
    frame = read(write_native(tmp_path / "a", dataset, bytes((15, 8, 0)))).frame(0)
    assert frame[0, 0].tolist() == [255, 136, 0]


def test_a_later_frame_that_uses_other_bits_is_refused(tmp_path: Path) -> None:
    """The first frame is dark, so that its values fit the lower bits; the second one does not."""
    values = np.array([[0, 9], [0, 200 << 8]], "<u2")
    dataset = header(1, 2, **bits(16, 8, 15), NumberOfFrames=2)
    cine = read(write_native(tmp_path / "a", dataset, values.tobytes()))
    assert cine.frame(0)[0, 1].tolist() == [9] * 3
    with pytest.raises(UnreadableFile, match=r"Frame 1 .* use bits that those of the first"):
        cine.frame(1)


# PixelRepresentation 1: the pattern 0x9C of 8 bits is -100.
SIGNED = np.array([[0x9C, 0, 100]], np.uint8)


@pytest.mark.parametrize(
    ("syntax", "stream", "tolerance"),
    [
        (None, SIGNED.tobytes(), 0),
        (RLE, run_lengths(SIGNED), 0),
        (JPEG_LOSSLESS, jpeg_lossless(SIGNED), 0),
        (JPEG_2000, jpeg_2000(SIGNED), 0),
    ],
)
def test_signed_grey_is_two_complement_in_every_coding(
    tmp_path: Path, syntax: str | None, stream: bytes, tolerance: int
) -> None:
    """A window of 201 around 0 shows -100.5 as black and 99.5 as white: 0 is 128 of 255."""
    tags = {**grey_tags(), "PixelRepresentation": 1, "WindowCenter": "0", "WindowWidth": "201"}
    dataset = header(1, 3, syntax or EXPLICIT, **tags)
    if syntax is None:
        path = write_native(tmp_path / "a", dataset, stream)
    else:
        path = write_encapsulated(tmp_path / "a", dataset, [stream])
    seen = read(path).frame(0)[0, :, 0].tolist()
    np.testing.assert_allclose(seen, [1, 128, 255], atol=1 + tolerance)


SCREEN = np.zeros((40, 60), np.uint8)
SCREEN[10:30, 10:50] = np.arange(40) * 5 + 50
"""A grey ramp from 50 to 245 on black."""


@pytest.mark.parametrize(
    ("syntax", "encode"),
    [(EXPLICIT, np.ndarray.tobytes), (RLE, run_lengths), (JPEG_LOSSLESS, jpeg_lossless)],
)
@pytest.mark.parametrize("signed", [False, True])
def test_a_sign_that_the_picture_does_not_have_is_passed_over(
    tmp_path: Path, syntax: str, encode: Any, signed: bool
) -> None:
    """With a sign black is -128, the byte 0x80; 8-bit screens have none, whatever is declared."""
    stored = SCREEN ^ 0x80 if signed else SCREEN
    dataset = header(40, 60, syntax, **grey_tags(), PixelRepresentation=1)
    if syntax == EXPLICIT:
        path = write_native(tmp_path / "a", dataset, encode(stored))
    else:
        path = write_encapsulated(tmp_path / "a", dataset, [encode(stored)])
    cine = read(path)
    shown = cine.frame(0)[..., 0].astype(int)
    # A sign comes with the range of the frame, of which 245 is the brightest.
    np.testing.assert_allclose(shown, SCREEN * (255 / 245 if signed else 1), atol=1)
    assert ("read without one" in " ".join(cine.notes)) is not signed


def test_colours_have_no_sign(tmp_path: Path) -> None:
    dataset = header(1, 1, PixelRepresentation=1)
    cine = read(write_native(tmp_path / "a", dataset, bytes((200, 30, 129))))
    assert cine.frame(0)[0, 0].tolist() == [200, 30, 129]
    assert "a sign" in cine.notes[0]


def palette(count: int, declared: int, data: bytes, first: int = 0) -> dict[str, Any]:
    """A grey palette: `count` entries of `declared` bits, and these very bytes."""
    tags: dict[str, Any] = grey_tags(8, "PALETTE COLOR")
    for colour in ("Red", "Green", "Blue"):
        tags[f"{colour}PaletteColorLookupTableDescriptor"] = [count, first, declared]
        tags[f"{colour}PaletteColorLookupTableData"] = data
    return tags


RAMP = np.arange(256)
WORDS = (RAMP << 8).astype("<u2").tobytes()
BYTES = RAMP.astype(np.uint8).tobytes()

# what, descriptor (entries, bits), data, shown for the index 100
PALETTES: list[tuple[str, int, int, bytes, int]] = [
    ("8 declared, words of v << 8", 256, 8, WORDS, 100),
    ("8 declared, words of v * 257", 256, 8, (RAMP * 257).astype("<u2").tobytes(), 100),
    ("8 declared, bytes", 256, 8, BYTES, 100),
    ("16 declared, bytes", 256, 16, BYTES, 100),
    ("16 declared, words that hold 8", 256, 16, RAMP.astype("<u2").tobytes(), 100),
    ("12 declared, words of 12", 256, 12, (RAMP << 4).astype("<u2").tobytes(), 100),
    ("0 declared, words", 256, 0, WORDS, 100),
    ("zeros behind the words", 256, 16, WORDS + b"\0" * 8, 100),
    ("an odd number of bytes, padded", 255, 8, BYTES[:255] + b"\0", 100),
    ("fewer entries than indices", 50, 16, WORDS[:100], 49),
]


@pytest.mark.parametrize(
    ("count", "declared", "data", "shown"), [r[1:] for r in PALETTES], ids=[r[0] for r in PALETTES]
)
def test_the_length_of_palette_data_tells_bytes_from_words(
    tmp_path: Path, count: int, declared: int, data: bytes, shown: int
) -> None:
    """PS3.3 C.7.6.3.1.5 and 6."""
    dataset = header(1, 2, **palette(count, declared, data))
    frame = read(write_native(tmp_path / "a", dataset, bytes((0, 100)))).frame(0)
    assert frame[0].tolist() == [[0] * 3, [shown] * 3]


@pytest.mark.parametrize(
    "data", [WORDS[:300], WORDS + WORDS, BYTES[:200], b"\1\2"], ids=["300", "1024", "200", "2"]
)
def test_a_palette_of_another_length_than_it_says_is_refused(tmp_path: Path, data: bytes) -> None:
    path = write_native(tmp_path / "a", header(1, 1, **palette(256, 16, data)), b"\5")
    with pytest.raises(UnreadableFile, match=f"{len(data)} bytes for 256 entries"):
        read(path)


LEVELS = (20, 60, 100, 140, 180)


def frames_of(path: Path) -> list[int]:
    cine = read(path)
    return [round(float(cine.frame(index).mean())) for index in range(cine.frame_count)]


def grey_frames(encode: Any = None) -> list[bytes]:
    pictures = [np.full((6, 8, 3), level, np.uint8) for level in LEVELS]
    return [encode(picture) if encode else picture.tobytes() for picture in pictures]


# what, syntax, declared frames, sound frames in the file
COUNTS: list[tuple[str, str, int | None, list[bytes], str]] = [
    ("none declared, 5 JPEG", JPEG, None, grey_frames(jpeg), "does not say how many"),
    ("1 declared, 5 JPEG", JPEG, 1, grey_frames(jpeg), "declares 1"),
    ("3 declared, 5 RLE", RLE, 3, grey_frames(run_lengths), "declares 3"),
    ("none declared, 5 RLE", RLE, None, grey_frames(run_lengths), "does not say"),
    ("7 declared, 5 JPEG 2000", JPEG_2000, 7, grey_frames(jpeg_2000), "declares 7"),
    ("none declared, 5 uncompressed", EXPLICIT, None, grey_frames(), "does not say"),
    ("2 declared, 5 uncompressed", EXPLICIT, 2, grey_frames(), "declares 2"),
    ("9 declared, 5 uncompressed", EXPLICIT, 9, grey_frames(), "declares 9"),
]


@pytest.mark.parametrize(
    ("syntax", "declared", "frames", "words"), [r[1:] for r in COUNTS], ids=[r[0] for r in COUNTS]
)
def test_all_frames_that_are_there_are_shown_and_a_note_says_how_many_were_declared(
    tmp_path: Path, syntax: str, declared: int | None, frames: list[bytes], words: str
) -> None:
    dataset = header(6, 8, syntax, NumberOfFrames=declared)
    if syntax == EXPLICIT:
        path = write_native(tmp_path / "a", dataset, b"".join(frames))
    else:
        path = write_encapsulated(tmp_path / "a", dataset, frames)
    assert read(path).notes[0].startswith("The file holds 5 frame(s), ")
    assert words in read(path).notes[0]
    np.testing.assert_allclose(frames_of(path), LEVELS, atol=2)


def test_times_fit_the_frames_that_are_there(tmp_path: Path) -> None:
    dataset = header(6, 8, NumberOfFrames=3, FrameTime="40")
    cine = read(write_native(tmp_path / "a", dataset, b"".join(grey_frames())))
    assert cine.times == pytest.approx((0, 0.04, 0.08, 0.12, 0.16))


def test_more_pixels_than_a_single_picture_has_are_no_frames(tmp_path: Path) -> None:
    """Three times the bytes of a grey picture is a colour one whose header is wrong."""
    tags = {**grey_tags(), "SOPClassUID": US_IMAGE}
    path = write_native(tmp_path / "a", header(6, 8, **tags), grey_frames()[0])
    with pytest.raises(UnreadableFile, match="holds 3 times the bytes"):
        read(path)


SPECKLE = np.random.default_rng(4).gamma(2.0, 30.0, (60, 80)).clip(0, 255).astype(np.uint8)
"""Grey as ultrasound has it: neighbours differ, colours do not."""

# what, tags, bytes, words
OTHER_PIXELS: list[tuple[str, dict[str, Any], bytes, str]] = [
    ("colours under grey", grey_tags(), np.repeat(SPECKLE, 3).tobytes(), "three colours"),
    ("16 bits under 8", grey_tags(), SPECKLE.astype("<u2").tobytes(), "16 bits per value"),
    ("12 bits under 8", grey_tags(), (SPECKLE.astype("<u2") << 4).tobytes(), "16 bits per value"),
    (
        "three frames of grey under colour",
        {"NumberOfFrames": 3},
        SPECKLE.tobytes() * 3,
        "one byte per pixel",
    ),
]


@pytest.mark.parametrize(
    ("tags", "data", "words"), [r[1:] for r in OTHER_PIXELS], ids=[r[0] for r in OTHER_PIXELS]
)
def test_bytes_of_other_pixels_are_not_taken_for_other_frames(
    tmp_path: Path, tags: dict[str, Any], data: bytes, words: str
) -> None:
    path = write_native(tmp_path / "a", header(60, 80, **tags), data)
    with pytest.raises(UnreadableFile, match=words):
        read(path)


@pytest.mark.parametrize(
    ("tags", "frame"), [(grey_tags(), SPECKLE), ({}, np.repeat(SPECKLE[..., None], 3, axis=2))]
)
def test_more_frames_of_speckle_are_frames(
    tmp_path: Path, tags: dict[str, Any], frame: Pixels
) -> None:
    dataset = header(60, 80, NumberOfFrames=2, **tags)
    cine = read(write_native(tmp_path / "a", dataset, frame.tobytes() * 6))
    assert cine.frame_count == 6
    np.testing.assert_array_equal(cine.frame(5)[..., 0], SPECKLE)


@pytest.mark.parametrize("said", ["1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1"])
def test_the_other_order_of_bytes_than_it_says_is_refused(tmp_path: Path, said: str) -> None:
    path = write_native(tmp_path / "a", header(4, 4), bytes(48))
    data = path.read_bytes()
    if said == EXPLICIT:
        start = 144 + struct.unpack("<L", data[140:144])[0]
        data = data[:start] + b"\0\x08\0\x16UI\0\x04" + b"1.2\0" + data[start:]
    path.write_bytes(data if said == EXPLICIT else with_syntax(data, said))
    with pytest.raises(UnreadableFile, match="endian, which it is not"):
        read(path)


def test_what_is_no_whole_number_of_frames_is_passed_over_with_a_note(tmp_path: Path) -> None:
    """10 more bytes after one frame of 144, and 216 more, which is one and a half."""
    for more in (10, 216):
        path = write_native(tmp_path / "a", header(6, 8), grey_frames()[2] + b"\7" * more)
        cine = read(path)
        assert (cine.frame_count, cine.frame(0)[5, 7].tolist()) == (1, [100] * 3)
        assert cine.notes == (f"{more} bytes after the last frame are passed over.",)


def test_pixels_that_make_no_whole_number_of_the_declared_frames_are_refused(
    tmp_path: Path,
) -> None:
    """Half chroma under a header that says RGB: 4 frames of 96 bytes are 2.67 of 144."""
    data = b"\x50\x50\x80\x80" * 96
    path = write_native(tmp_path / "a", header(6, 8, NumberOfFrames=4), data)
    with pytest.raises(UnreadableFile, match="4 frames of 144 bytes, but has 384"):
        read(path)


def ybr_422(rows: int, columns: int, colour: tuple[int, int, int]) -> bytes:
    """Rows of Y Y Cb Cr, each padded to whole pairs."""
    y, cb, cr = Image.new("RGB", (1, 1), colour).convert("YCbCr").getpixel((0, 0))
    return bytes((y, y, cb, cr)) * (rows * ((columns + 1) // 2))


@pytest.mark.parametrize("columns", [2, 3, 7, 8])
@pytest.mark.parametrize("frames", [1, 3])
def test_half_chroma_of_odd_columns_is_padded_row_by_row(
    tmp_path: Path, columns: int, frames: int
) -> None:
    tags = {"PhotometricInterpretation": "YBR_FULL_422", "NumberOfFrames": frames}
    data = ybr_422(5, columns, (200, 30, 30)) * frames
    cine = read(write_native(tmp_path / "a", header(5, columns, **tags), data))
    assert (cine.frame_count, cine.frame(0).shape) == (frames, (5, columns, 3))
    np.testing.assert_allclose(
        cine.frame(frames - 1).reshape(-1, 3), [(200, 30, 30)] * (5 * columns), atol=2
    )


def test_half_chroma_of_odd_columns_without_padding_is_refused(tmp_path: Path) -> None:
    """5 x 4 pixels are 10 pairs, 40 bytes: pairs would run over the ends of rows."""
    dataset = header(4, 5, PhotometricInterpretation="YBR_FULL_422")
    path = write_native(tmp_path / "a", dataset, b"\x50\x50\x80\x80" * 10)
    with pytest.raises(UnreadableFile, match="5 columns, an odd number"):
        read(path)


def pixel_data(vr: bytes, data: bytes, long: bool = True) -> bytes:
    """Pixel Data under this VR; implicit where it is empty."""
    length = struct.pack("<L", len(data))
    if not vr:
        return b"\xe0\x7f\x10\0" + length + data
    return b"\xe0\x7f\x10\0" + vr + (b"\0\0" if long else b"") + length + data


@pytest.mark.parametrize("vr", [b"OB", b"OW", b"UN", b"??", b"\0\0", b"OX", b"OF", b""])
def test_an_unknown_or_wrong_vr_of_pixel_data_does_no_harm(tmp_path: Path, vr: bytes) -> None:
    pixels = np.arange(48, dtype=np.uint8).tobytes()
    path = save(header(4, 4), tmp_path / "a")
    path.write_bytes(path.read_bytes() + pixel_data(vr, pixels))
    assert read(path).frame(0).tobytes() == pixels


# tags that cannot be, words of the refusal
IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"BitsStored": 0, "HighBit": 0}, "contradicts itself: 0 bits in 8"),
    ({"BitsStored": 9}, "9 bits in 8"),
    ({"BitsAllocated": 12, "BitsStored": 12}, "12 bits per value"),
    ({"SamplesPerPixel": 4}, "4 values per pixel"),
    ({"Rows": 65535, "Columns": 65535}, "no ultrasound system makes"),
    ({"PhotometricInterpretation": "MONOCHROME2"}, "3 values per pixel instead of 1"),
    ({"PhotometricInterpretation": "YBR_PARTIAL_422"}, "YBR_PARTIAL_422"),
    ({"NumberOfFrames": 900000}, "900000 frames"),
]


@pytest.mark.parametrize(("tags", "words"), IMPOSSIBLE)
def test_numbers_that_cannot_be_are_refused(
    tmp_path: Path, tags: dict[str, Any], words: str
) -> None:
    path = write_native(tmp_path / "a", header(4, 4, **tags), b"\0" * 48)
    with pytest.raises(UnreadableFile, match=words):
        read(path)


def test_frames_of_an_odd_size_that_are_padded_one_by_one(tmp_path: Path) -> None:
    frames = [np.random.default_rng(n).integers(0, 256, (5, 7, 3), np.uint8) for n in range(3)]
    pixels = b"".join(frame.tobytes() + b"\0" for frame in frames)
    cine = read(write_native(tmp_path / "a", header(5, 7, NumberOfFrames=3), pixels))
    for index, frame in enumerate(frames):
        np.testing.assert_array_equal(cine.frame(index), frame)
    assert cine.notes == ("Each frame is followed by a byte that is none of its own.",)
