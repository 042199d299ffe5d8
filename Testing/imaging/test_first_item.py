"""Frame i is frame i, whatever is wrong with the offset table, or there is a refusal."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from picture_streams import jpeg, jpeg_2000, jpeg_lossless, jpeg_ls, jpeg_xl, run_lengths
from raw_dicom import (
    JPEG,
    JPEG_2000,
    JPEG_LOSSLESS,
    JPEG_LS,
    RLE,
    header,
    item,
    save,
)

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.reading import read

Pixels = npt.NDArray[Any]

JPEG_XL = "1.2.840.10008.1.2.4.110"
LEVELS = (20, 60, 100, 140, 180)


def streams(encode: Callable[[Pixels], bytes]) -> list[bytes]:
    return [encode(np.full((16, 16, 3), level, np.uint8)) for level in LEVELS]


def written(
    folder: Path,
    syntax: str,
    fragments: Sequence[bytes],
    table: bytes | None,
    frames: int | None = 5,
    **tags: Any,
) -> Path:
    """Encapsulated pixels; a `table` of None leaves its item out, against PS3.5 A.4."""
    path = save(header(16, 16, syntax, NumberOfFrames=frames, **tags), folder / "a.dcm")
    items = [*([] if table is None else [table]), *fragments]
    body = struct.pack("<HH2sHL", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF)
    body += b"".join(map(item, items)) + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
    path.write_bytes(path.read_bytes() + body)
    return path


def offsets(fragments: Sequence[bytes], firsts: Sequence[int]) -> bytes:
    starts, place = [], 0
    for fragment in fragments:
        starts.append(place)
        place += len(item(fragment))
    return struct.pack(f"<{len(firsts)}L", *(starts[first] for first in firsts))


def levels(cine: Cine) -> list[int | None]:
    """The level of each frame; None for one that is refused."""
    seen: list[int | None] = []
    for index in range(cine.frame_count):
        try:
            seen.append(LEVELS[np.abs(cine.frame(index).mean() - LEVELS).argmin()])
        except UnreadableFile:
            seen.append(None)
    return seen


CODINGS = [
    ("JPEG", JPEG, jpeg),
    ("lossless JPEG", JPEG_LOSSLESS, jpeg_lossless),
    ("JPEG-LS", JPEG_LS, jpeg_ls),
    ("JPEG 2000", JPEG_2000, jpeg_2000),
    ("JP2", JPEG_2000, lambda pixels: jpeg_2000(pixels, boxes=True)),
    ("JPEG XL", JPEG_XL, jpeg_xl),
    ("run lengths", RLE, run_lengths),
]
each_coding = pytest.mark.parametrize(
    ("syntax", "encode"), [row[1:] for row in CODINGS], ids=[row[0] for row in CODINGS]
)


@each_coding
@pytest.mark.parametrize("frames", [5, None])
def test_a_first_item_that_is_a_picture_is_the_first_frame(
    tmp_path: Path, syntax: str, encode: Callable[[Pixels], bytes], frames: int | None
) -> None:
    path = written(tmp_path, syntax, streams(encode), table=None, frames=frames)
    assert levels(read(path)) == list(LEVELS)


@each_coding
def test_a_single_picture_without_a_table_item_is_read(
    tmp_path: Path, syntax: str, encode: Callable[[Pixels], bytes]
) -> None:
    path = written(tmp_path, syntax, streams(encode)[2:3], table=None, frames=1)
    assert levels(read(path)) == [100]


@each_coding
def test_frames_in_two_fragments_are_told_apart_without_a_table(
    tmp_path: Path, syntax: str, encode: Callable[[Pixels], bytes]
) -> None:
    halves = [part for s in streams(encode) for part in (s[:66], s[66:])]
    assert levels(read(written(tmp_path, syntax, halves, b""))) == list(LEVELS)
    assert levels(read(written(tmp_path, syntax, halves, None))) == list(LEVELS)


WHOLE = streams(jpeg)

# what, table
TABLES: list[tuple[str, bytes]] = [
    ("a single 0", b"\0\0\0\0"),
    ("the first three frames only", offsets(WHOLE, (0, 1, 2))),
    ("zeros", b"\0" * 20),
    ("counted from the table's own item", struct.pack("<5L", *range(8, 48, 8))),
    ("text", b"no table"),
    ("an odd number of bytes", b"\0\0\0\0\1"),
    ("big endian", struct.pack(">5L", *range(0, 5000, 1000))),
]


@pytest.mark.parametrize("table", [row[1] for row in TABLES], ids=[row[0] for row in TABLES])
def test_a_wrong_table_does_not_move_a_frame(tmp_path: Path, table: bytes) -> None:
    assert levels(read(written(tmp_path, JPEG, WHOLE, table))) == list(LEVELS)


def broken(index: int) -> list[bytes]:
    """The frames, one of them damaged in its first bytes."""
    frames = list(WHOLE)
    frames[index] = b"\x55\xaa\x55" + frames[index][3:]
    return frames


@pytest.mark.parametrize("index", range(5))
@pytest.mark.parametrize("tabled", [True, False])
def test_a_damaged_frame_leaves_the_others_in_their_places(
    tmp_path: Path, index: int, tabled: bool
) -> None:
    table = offsets(WHOLE, range(5)) if tabled else b""
    cine = read(written(tmp_path, JPEG, broken(index), table))
    assert levels(cine) == [None if at == index else level for at, level in enumerate(LEVELS)]


def test_a_damaged_first_frame_where_the_table_should_be_is_no_table(tmp_path: Path) -> None:
    """Its bytes are no offsets, and one frame too few begins like a picture: all could be moved."""
    with pytest.raises(UnreadableFile, match=r"5 frames.*4 fragments"):
        read(written(tmp_path, JPEG, broken(0), table=None))


def test_a_frame_that_is_left_out_by_table_and_file_is_said(tmp_path: Path) -> None:
    frames = WHOLE[:3]
    cine = read(written(tmp_path, JPEG, frames, offsets(frames, (0, 1, 2))))
    assert levels(cine) == [20, 60, 100]
    assert cine.notes[0] == "The file holds 3 frame(s), its header declares 5."


def test_an_empty_item_is_a_frame_that_is_missing(tmp_path: Path) -> None:
    """As some scanners write for a frame that they dropped."""
    frames = [*WHOLE[:2], b"", *WHOLE[3:]]
    cine = read(written(tmp_path, JPEG, frames, offsets(frames, range(5))))
    assert levels(cine) == [20, 60, None, 140, 180]


def test_a_wrong_extended_table_gives_way_to_the_basic_one(tmp_path: Path) -> None:
    halves = [part for s in streams(run_lengths) for part in (s[:70], s[70:])]
    extended = struct.pack("<5Q", 0, 3, 1 << 60, 7, 9)
    path = written(
        tmp_path, RLE, halves, offsets(halves, range(0, 10, 2)), ExtendedOffsetTable=extended
    )
    assert levels(read(path)) == list(LEVELS)


def test_padding_after_the_end_of_a_picture_is_no_frame(tmp_path: Path) -> None:
    """A single picture whose second fragment is nothing but zeros."""
    path = written(tmp_path, JPEG, [WHOLE[3], b"\0" * 50], b"", frames=1)
    assert levels(read(path)) == [140]
