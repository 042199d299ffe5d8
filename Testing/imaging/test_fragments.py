"""Compressed frames are found by table, by count or by their first bytes, and none is lost."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from raw_dicom import JPEG, RLE, header, item, write_encapsulated, write_native

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.reading import read

LEVELS = (40, 90, 140, 190)


def grey_jpeg(level: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (16, 16), (level,) * 3).save(out, "JPEG", quality=95)
    data = out.getvalue()
    return data + b"\0" * (len(data) % 2)


def halves(level: int) -> list[bytes]:
    stream = grey_jpeg(level)
    middle = len(stream) // 4 * 2
    return [stream[:middle], stream[middle:]]


def offsets(fragments: Sequence[bytes], firsts: Sequence[int]) -> list[int]:
    """Offset table: where the items at `firsts` begin, counted from the first item."""
    starts, place = [], 0
    for fragment in fragments:
        starts.append(place)
        place += len(item(fragment))
    return [starts[first] for first in firsts]


def levels_seen(path: Path) -> list[int]:
    cine = read(path)
    return [round(float(cine.frame(i).mean())) for i in range(cine.frame_count)]


def jpeg_header(frames: int) -> object:
    return header(16, 16, JPEG, PhotometricInterpretation="YBR_FULL_422", NumberOfFrames=frames)


WHOLE = [grey_jpeg(level) for level in LEVELS]
SPLIT = [half for level in LEVELS for half in halves(level)]

# what, fragments, offset table
FORMS = [
    ("a fragment per frame, no table", WHOLE, ()),
    ("a fragment per frame, with a table", WHOLE, offsets(WHOLE, (0, 1, 2, 3))),
    ("two fragments per frame, with a table", SPLIT, offsets(SPLIT, (0, 2, 4, 6))),
    ("two fragments per frame, no table", SPLIT, ()),
    ("a table that points nowhere", WHOLE, (0, 3, 5, 7)),
    ("a table that goes backwards", WHOLE, tuple(offsets(WHOLE, (3, 2, 1, 0)))),
    ("a table of another length", WHOLE, (0, 10)),
    ("uneven numbers of fragments", [*halves(40), *WHOLE[1:]], ()),
]


@pytest.mark.parametrize(
    ("fragments", "table"), [row[1:] for row in FORMS], ids=[row[0] for row in FORMS]
)
def test_each_frame_is_found(tmp_path: Path, fragments: list[bytes], table: Sequence[int]) -> None:
    path = write_encapsulated(tmp_path / "a", jpeg_header(4), fragments, table)
    np.testing.assert_allclose(levels_seen(path), LEVELS, atol=1)


def test_a_single_frame_may_come_in_many_fragments(tmp_path: Path) -> None:
    stream = grey_jpeg(90)
    pieces = [stream[start : start + 100] for start in range(0, len(stream), 100)]
    path = write_encapsulated(tmp_path / "a", jpeg_header(1), pieces)
    np.testing.assert_allclose(levels_seen(path), [90], atol=1)


def test_the_extended_offset_table_is_believed(tmp_path: Path) -> None:
    """(7FE0,0001) has 64-bit offsets; here it is the only thing that tells RLE frames apart."""
    segments = struct.pack("<16L", 3, 64, 66, 68, *[0] * 12)
    frames = [segments + bytes((253, level)) * 3 for level in LEVELS]
    fragments = [part for frame in frames for part in (frame[:64], frame[64:])]
    dataset = header(2, 2, RLE, NumberOfFrames=4)
    dataset.ExtendedOffsetTable = struct.pack("<4Q", *offsets(fragments, (0, 2, 4, 6)))
    dataset.ExtendedOffsetTableLengths = struct.pack("<4Q", *(len(f) + 8 for f in frames))
    assert levels_seen(write_encapsulated(tmp_path / "a", dataset, fragments)) == list(LEVELS)


def test_fragments_that_cannot_be_told_apart_are_refused(tmp_path: Path) -> None:
    """Five run-length fragments for three frames, without a table."""
    path = write_encapsulated(tmp_path / "a", header(2, 2, RLE, NumberOfFrames=3), [b"ab"] * 5)
    with pytest.raises(UnreadableFile, match=r"3 frames.*5 fragments"):
        read(path)


@pytest.mark.parametrize("table", [(), offsets(WHOLE, (0, 1, 2, 3))])
def test_a_cine_that_is_cut_short_gives_the_frames_that_are_there(
    tmp_path: Path, table: Sequence[int]
) -> None:
    path = write_encapsulated(tmp_path / "a.dcm", jpeg_header(4), WHOLE, table)
    data = path.read_bytes()
    # Cut inside the third of the four frames.
    path.write_bytes(data[: -len(item(WHOLE[3])) - 8 - len(WHOLE[2]) // 2])
    cine = read(path)
    assert cine.notes == ("The file is cut short: it holds 2 of its 4 frames.",)
    np.testing.assert_allclose(levels_seen(path), LEVELS[:2], atol=1)


def test_compressed_pixels_without_a_frame_are_refused(tmp_path: Path) -> None:
    path = write_encapsulated(tmp_path / "a", jpeg_header(2), [])
    with pytest.raises(UnreadableFile, match="declares frames, but holds none"):
        read(path)
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(UnreadableFile, match="cut short: it ends before its first frame"):
        read(path)
    path = write_encapsulated(tmp_path / "a", jpeg_header(2), WHOLE[:1])
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(UnreadableFile, match="cut short: it ends within its first frame"):
        read(path)


def test_uncompressed_pixels_that_are_cut_short_give_the_frames_that_are_there(
    tmp_path: Path,
) -> None:
    """Two frames of 4 x 4 RGB are 96 bytes."""
    path = write_native(tmp_path / "a", header(4, 4, NumberOfFrames=2), b"\1" * 96)
    assert read(path).frame(1).shape == (4, 4, 3)
    path.write_bytes(path.read_bytes()[:-2])
    cine = read(path)
    assert (cine.frame_count, cine.frame(0)[3, 3].tolist()) == (1, [1, 1, 1])
    assert cine.notes == ("The file is cut short: it holds 1 of its 2 frames.",)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(UnreadableFile, match=r"cut short: .* frames of 48 bytes, but has 44"):
        read(path)


def test_odd_frames_of_big_endian_words_are_put_in_order(tmp_path: Path) -> None:
    """Three 1 x 1 RGB frames, 9 bytes: pairs of bytes change places across frame borders."""
    path = tmp_path / "a"
    write_big_endian(path, bytes((2, 1, 4, 3, 6, 5, 8, 7, 0, 9)))
    cine = read(path)
    seen = [cine.frame(index)[0, 0].tolist() for index in range(3)]
    assert seen == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]


def write_big_endian(path: Path, pixels: bytes) -> None:
    """The few elements that are needed, by hand, most significant byte first."""

    def element(group: int, number: int, vr: bytes, value: bytes) -> bytes:
        return struct.pack(">HH2sH", group, number, vr, len(value)) + value

    def short(group: int, number: int, value: int) -> bytes:
        return element(group, number, b"US", struct.pack(">H", value))

    meta = struct.pack("<HH2sH", 2, 16, b"UI", 20) + b"1.2.840.10008.1.2.2\0"
    body = (
        element(0x0008, 0x0016, b"UI", b"1.2.840.10008.5.1.4.1.1.3.1\0")
        + short(0x0028, 0x0002, 3)
        + element(0x0028, 0x0004, b"CS", b"RGB ")
        + short(0x0028, 0x0006, 0)
        + element(0x0028, 0x0008, b"IS", b"3 ")
        + short(0x0028, 0x0010, 1)
        + short(0x0028, 0x0011, 1)
        + short(0x0028, 0x0100, 8)
        + short(0x0028, 0x0101, 8)
        + struct.pack(">HH2sHL", 0x7FE0, 0x0010, b"OW", 0, len(pixels))
        + pixels
    )
    length = struct.pack("<HH2sHL", 2, 0, b"UL", 4, len(meta))
    path.write_bytes(b"\0" * 128 + b"DICM" + length + meta + body)
