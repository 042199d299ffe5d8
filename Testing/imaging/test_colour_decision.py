"""Colour is decided once per file, from stream, tag and pixels together, for every coding."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from picture_streams import (
    jpeg,
    jpeg_2000,
    jpeg_lossless,
    jpeg_ls,
    run_lengths,
    with_adobe,
    with_jfif,
    without_jfif,
)
from PIL import Image
from raw_dicom import (
    JPEG,
    JPEG_2000,
    JPEG_LOSSLESS,
    JPEG_LS,
    RLE,
    header,
    write_encapsulated,
    write_native,
)

from EchoMeasureLib.imaging.reading import read

Pixels = npt.NDArray[Any]


def screen() -> Pixels:
    """A screen as scanners draw it: black, a grey sector, a red box."""
    picture = np.zeros((64, 64, 3), np.uint8)
    ramp = np.arange(64, dtype=np.uint8) * 3 + 20
    picture[8:56, 4:60] = ramp[4:60, None]
    picture[20:28, 20:28] = (200, 30, 30)
    return picture


RGB = screen()
YBR = np.array(Image.fromarray(RGB).convert("YCbCr"))


def lossless_jfif(pixels: Pixels) -> bytes:
    return with_jfif(jpeg_lossless(pixels))


def bare_jpeg(components: Pixels) -> bytes:
    """JPEG of these very components, without a marker that says what they are."""
    return without_jfif(jpeg(components, "YCbCr"))


# what, syntax (None: uncompressed), encoder that keeps the components as they are
SILENT: list[tuple[str, str | None, Callable[[Pixels], bytes]]] = [
    ("uncompressed", None, lambda pixels: pixels.tobytes()),
    ("run lengths", RLE, run_lengths),
    ("JPEG without markers", JPEG, bare_jpeg),
    ("lossless JPEG", JPEG_LOSSLESS, jpeg_lossless),
    ("lossless JPEG with JFIF", JPEG_LOSSLESS, lossless_jfif),
    ("JPEG-LS", JPEG_LS, jpeg_ls),
    ("JPEG 2000 without a transform", JPEG_2000, jpeg_2000),
]


def written(
    folder: Path, syntax: str | None, stream: bytes, tag: str, pixels: Pixels = RGB
) -> Path:
    tags = {"PhotometricInterpretation": tag}
    rows, columns = pixels.shape[:2]
    if syntax is None:
        return write_native(folder / "a", header(rows, columns, **tags), stream)
    return write_encapsulated(folder / "a", header(rows, columns, syntax, **tags), [stream])


@pytest.mark.parametrize(
    ("syntax", "encode"), [row[1:] for row in SILENT], ids=[row[0] for row in SILENT]
)
@pytest.mark.parametrize("stored", ["RGB", "YBR"])
@pytest.mark.parametrize("tag", ["RGB", "YBR_FULL", "YBR_FULL_422"])
def test_a_stream_that_does_not_say_is_shown_by_its_pixels(
    tmp_path: Path, syntax: str | None, encode: Callable[[Pixels], bytes], stored: str, tag: str
) -> None:
    stream = encode(RGB if stored == "RGB" else YBR)
    cine = read(written(tmp_path, syntax, stream, tag))
    np.testing.assert_allclose(cine.frame(0), RGB, atol=4)
    wrong = tag.startswith(stored) is False
    assert [note for note in cine.notes if "but the pixels are" in note] == [
        f"The header says {tag}, but the pixels are "
        f"{'RGB' if stored == 'RGB' else 'YBR (luma and chroma)'}; they are read as what they are."
    ] * wrong


def named_rgb() -> bytes:
    """JPEG whose components are called R, G and B, without a marker."""
    stream = bytearray(bare_jpeg(RGB))
    frame, scan = stream.index(b"\xff\xc0") + 10, stream.index(b"\xff\xda") + 5
    for at, letter in enumerate(b"RGB"):
        assert stream[frame + 3 * at] == stream[scan + 2 * at] == at + 1
        stream[frame + 3 * at] = stream[scan + 2 * at] = letter
    return bytes(stream)


def sycc(jp2: bytes) -> bytes:
    """A JP2 file whose box says that its components are YCbCr (18) instead of sRGB (16)."""
    box = b"colr\1\0\0\0\0\0\x10"
    assert jp2.count(box) == 1
    return jp2.replace(box, box[:-1] + b"\x12")


# what, syntax, stream of the screen, tag, whether a note says that the tag is wrong
SAYING: list[tuple[str, str, bytes, str, bool]] = [
    ("JFIF, tagged RGB", JPEG, jpeg(RGB), "RGB", True),
    ("JFIF 4:2:0, tagged RGB", JPEG, jpeg(RGB, subsampling=2), "RGB", True),
    ("bare 4:2:0, tagged RGB", JPEG, without_jfif(jpeg(RGB, subsampling=2)), "RGB", True),
    ("RGB by Adobe, tagged YBR", JPEG, with_adobe(bare_jpeg(RGB), 0), "YBR_FULL_422", True),
    ("RGB by names alone, tagged YBR", JPEG, named_rgb(), "YBR_FULL_422", True),
    ("JFIF and RGB by Adobe", JPEG, with_jfif(with_adobe(bare_jpeg(RGB), 0)), "RGB", False),
    ("YCbCr by Adobe, tagged RGB", JPEG, with_adobe(bare_jpeg(YBR), 1), "RGB", True),
    ("JFIF before RGB, tagged RGB", JPEG, with_jfif(bare_jpeg(RGB)), "RGB", False),
    (
        "lossless YCbCr by Adobe, tagged RGB",
        JPEG_LOSSLESS,
        with_adobe(jpeg_lossless(YBR), 1),
        "RGB",
        True,
    ),
    (
        "lossless RGB by Adobe, tagged YBR",
        JPEG_LOSSLESS,
        with_adobe(jpeg_lossless(RGB), 0),
        "YBR_FULL",
        True,
    ),
    ("a transform in JPEG 2000", JPEG_2000, jpeg_2000(RGB, transform=True), "YBR_RCT", False),
    ("the same, tagged RGB", JPEG_2000, jpeg_2000(RGB, transform=True), "RGB", False),
    ("the same, tagged YBR_FULL", JPEG_2000, jpeg_2000(RGB, transform=True), "YBR_FULL", True),
    ("a transform of YCbCr", JPEG_2000, jpeg_2000(YBR, transform=True), "YBR_FULL", False),
    ("JP2 that says YCbCr", JPEG_2000, sycc(jpeg_2000(YBR, boxes=True)), "YBR_FULL", False),
    ("JP2 that says YCbCr, tagged RGB", JPEG_2000, sycc(jpeg_2000(YBR, boxes=True)), "RGB", True),
]


@pytest.mark.parametrize(
    ("syntax", "stream", "tag", "noted"), [row[1:] for row in SAYING], ids=[r[0] for r in SAYING]
)
def test_a_stream_that_says_is_converted_once(
    tmp_path: Path, syntax: str, stream: bytes, tag: str, noted: bool
) -> None:
    cine = read(written(tmp_path, syntax, stream, tag))
    frame = cine.frame(0).astype(int)
    # Colours of half resolution run over at the edges of the box.
    np.testing.assert_allclose(frame[24, 24], (200, 30, 30), atol=5)
    np.testing.assert_allclose(frame[:16], RGB[:16], atol=4)
    assert any("but the pixels are" in note for note in cine.notes) is noted


def test_blackened_names_do_not_change_the_colours_around_them(tmp_path: Path) -> None:
    """Tools write zeros over names, in YBR too: 60 % of this picture."""
    stored = YBR.copy()
    stored[:38] = 0
    cine = read(written(tmp_path, RLE, run_lengths(stored), "YBR_FULL"))
    np.testing.assert_allclose(cine.frame(0)[38:], RGB[38:], atol=3)
    assert cine.notes == ()


def test_a_black_first_frame_leaves_the_decision_to_the_tag(tmp_path: Path) -> None:
    dataset = header(64, 64, RLE, PhotometricInterpretation="YBR_FULL", NumberOfFrames=2)
    frames = [run_lengths(np.zeros_like(YBR)), run_lengths(YBR)]
    cine = read(write_encapsulated(tmp_path / "a", dataset, frames))
    np.testing.assert_allclose(cine.frame(1), RGB, atol=3)


def test_a_picture_without_greys_is_shown_by_its_tag(tmp_path: Path) -> None:
    """BT.601: (200, 30, 30) is Y 81, Cb 99, Cr 213; as RGB it would be a purple."""
    stored = np.full((64, 64, 3), (81, 99, 213), np.uint8)
    for tag, shown in (("YBR_FULL", (200, 30, 30)), ("RGB", (81, 99, 213))):
        cine = read(written(tmp_path, JPEG_LS, jpeg_ls(stored), tag))
        np.testing.assert_allclose(cine.frame(0)[9, 9], shown, atol=2)


def test_a_frame_that_says_other_than_the_first_is_believed(tmp_path: Path) -> None:
    """The first frame is YCbCr by its Adobe marker, the second RGB by its own."""
    frames = [with_adobe(bare_jpeg(YBR), 1), with_adobe(bare_jpeg(RGB), 0)]
    dataset = header(64, 64, JPEG, PhotometricInterpretation="YBR_FULL_422", NumberOfFrames=2)
    cine = read(write_encapsulated(tmp_path / "a", dataset, frames))
    for index in (1, 0):
        np.testing.assert_allclose(cine.frame(index), RGB, atol=4)
