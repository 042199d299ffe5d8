"""Sizes are checked before memory is taken, and work is bounded by the picture."""

from __future__ import annotations

import struct
import subprocess
import sys
import textwrap
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from picture_streams import jpeg, jpeg_2000, jpeg_lossless, jpeg_ls, jpeg_xl
from raw_dicom import (
    JPEG,
    JPEG_2000,
    JPEG_LOSSLESS,
    JPEG_LS,
    RLE,
    grey_tags,
    header,
    item,
    with_syntax,
    write_encapsulated,
    write_native,
)
from ultrasound_files import region

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging import file_meta
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.measuring.calipers import measure, pixel_points

JPEG_XL = "1.2.840.10008.1.2.4.110"
DEFLATED, DEFLATED_FRAMES = "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.8.1"
GREY = np.zeros((16, 16), np.uint8)
COLOUR = np.zeros((16, 16, 3), np.uint8)
MEGABYTE = 1024 * 1024

Writer = Callable[[Path], Path]


def sized(stream: bytes, rows: int, columns: int) -> bytes:
    """A JPEG or JPEG-LS stream whose frame header says another size."""
    at = next(stream.index(mark) for mark in FRAMES if mark in stream)
    return stream[: at + 5] + struct.pack(">HH", rows, columns) + stream[at + 9 :]


FRAMES = (b"\xff\xc0", b"\xff\xc2", b"\xff\xc3", b"\xff\xf7")


def sized_2000(stream: bytes, rows: int, columns: int) -> bytes:
    """The same of JPEG 2000: picture and tile."""
    size = struct.pack(">6L", columns, rows, 0, 0, columns, rows)
    return stream[:8] + size + stream[32:]


def tiled_2000(stream: bytes) -> bytes:
    """A stream that says that its tiles are of one pixel."""
    return stream[:24] + struct.pack(">2L", 1, 1) + stream[32:]


def coded(syntax: str, stream: bytes, size: tuple[int, int] = (16, 16), **tags: Any) -> Writer:
    def write(path: Path) -> Path:
        return write_encapsulated(path, header(*size, syntax, **tags), [stream])

    return write


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def hostile_palette(words: bytes) -> Writer:
    tags: dict[str, Any] = grey_tags(8, "PALETTE COLOR")
    for colour in ("Red", "Green", "Blue"):
        tags[f"{colour}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        tags[f"Segmented{colour}PaletteColorLookupTableData"] = words
    return lambda path: write_native(path, header(16, 16, **tags), GREY.tobytes())


def one_by_one(count: int) -> bytes:
    """A baseline stream whose scans hold the first component alone."""
    stream = jpeg(COLOUR)
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x00"
    return stream[: stream.index(b"\xff\xda")] + scan * count + b"\xff\xd9"


SCAN = jpeg(COLOUR, progressive=True)
LAST_SCAN = SCAN[SCAN.rindex(b"\xff\xda") : -2]

# what, how it is written; small files, of which each once cost gigabytes or minutes
HOSTILE: list[tuple[str, Writer]] = [
    ("JPEG-LS of 40000 x 40000", coded(JPEG_LS, sized(jpeg_ls(GREY), 40000, 40000), **grey_tags())),
    ("JPEG of 65500 x 65500", coded(JPEG, sized(jpeg(COLOUR), 65500, 65500))),
    ("lossless JPEG", coded(JPEG_LOSSLESS, sized(jpeg_lossless(COLOUR), 40000, 40000))),
    (
        "JPEG 2000 of 2**31 x 2**31",
        coded(JPEG_2000, sized_2000(jpeg_2000(GREY), 2**31, 2**31), **grey_tags()),
    ),
    ("JPEG 2000 of a tile per pixel", coded(JPEG_2000, tiled_2000(jpeg_2000(COLOUR)))),
    ("JPEG XL of 2**30 rows", coded(JPEG_XL, b"\xff\x0a\xfe\xff\xff\xff" + jpeg_xl(GREY)[2:])),
    ("JPEG of a scan per component, 5000 times", coded(JPEG, one_by_one(5000))),
    ("JPEG of 5000 scans", coded(JPEG, SCAN[:-2] + LAST_SCAN * 5000 + b"\xff\xd9")),
    ("frames of 65535 x 65535", coded(JPEG, jpeg(COLOUR), (65535, 65535))),
    ("a deflated frame of 300 MB", coded(DEFLATED_FRAMES, raw_deflate(bytes(300 * MEGABYTE)))),
    ("2**31 frames", coded(JPEG, jpeg(COLOUR), NumberOfFrames=2**31 - 1)),
    ("a palette of segments of no entries", hostile_palette(b"\0" * MEGABYTE)),
    (
        "a palette of segments that repeat each other",
        hostile_palette(struct.pack("<4H", 0, 1, 7, 2) + struct.pack("<4H", 65535, 0, 0, 2) * 9999),
    ),
    (
        "run lengths of nothing",
        coded(RLE, struct.pack("<16L", 3, *[64] * 3, *[0] * 12) + b"\x80" * 5 * MEGABYTE),
    ),
]

CODE = """
import resource, sys
import numpy, pydicom, PIL.Image, SimpleITK, jpeg_ls, pillow_jxl
from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.imaging.reading import read
import EchoMeasureLib.imaging.dicom
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sys.argv[1:]:
    try:
        print(read(path).frame(0).shape)
    except EchoMeasureError as error:
        print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_small_files_that_say_they_are_large_take_no_memory(tmp_path: Path) -> None:
    """All of them together, in a process of their own: under 150 MB."""
    paths = [write(tmp_path / f"{at}") for at, (_, write) in enumerate(HOSTILE)]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CODE), *map(str, paths)],
        capture_output=True,
        text=True,
        check=True,
    )
    *answers, peak = done.stdout.splitlines()
    assert len(answers) == len(HOSTILE)
    assert int(peak) * (1 if sys.platform == "darwin" else 1024) < 150 * MEGABYTE
    assert done.stderr == ""


@pytest.mark.parametrize("write", [row[1] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_small_files_that_say_they_are_large_are_refused(tmp_path: Path, write: Writer) -> None:
    path = write(tmp_path / "a")
    assert path.stat().st_size < 6 * MEGABYTE
    with pytest.raises(UnreadableFile):
        read(path).frame(0)


def test_a_file_that_inflates_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_meta, "MAX_INFLATED_BYTES", 4 * MEGABYTE)
    plain = write_native(tmp_path / "a", header(16, 16), COLOUR.tobytes()).read_bytes()
    start = 144 + struct.unpack("<L", plain[140:144])[0]
    meta = with_syntax(plain, DEFLATED)[: start + 2]
    path = tmp_path / "b"
    path.write_bytes(meta + raw_deflate(plain[start:]))
    assert not read(path).frame(0).any()
    path.write_bytes(meta + raw_deflate(plain[start:] + bytes(5 * MEGABYTE)))
    with pytest.raises(UnreadableFile, match="larger than 4 MB"):
        read(path)


def test_fragments_without_end_are_refused(tmp_path: Path) -> None:
    dataset = header(16, 16, JPEG, NumberOfFrames=5)
    path = write_encapsulated(tmp_path / "a", dataset, [])
    data = path.read_bytes()
    path.write_bytes(data[:-8] + item(b"") * 250_100 + data[-8:])
    with pytest.raises(UnreadableFile, match="more than 250000 pieces"):
        read(path)


# tags that end nowhere, words of a note or a refusal
ENDLESS: list[tuple[dict[str, Any], str]] = [
    ({"WindowCenter": "1e300", "WindowWidth": "10"}, "WindowCenter is passed over"),
    ({"WindowCenter": "10", "WindowWidth": "1e300"}, "WindowWidth is passed over"),
    ({"RescaleSlope": "1e308", "WindowCenter": "5", "WindowWidth": "10"}, "RescaleSlope is passed"),
    ({"RescaleIntercept": "-1e200", "WindowCenter": "5", "WindowWidth": "10"}, "RescaleIntercept"),
]


@pytest.mark.parametrize(("tags", "words"), ENDLESS)
def test_grey_numbers_that_cannot_be_are_passed_over(
    tmp_path: Path, tags: dict[str, Any], words: str
) -> None:
    pixels = np.arange(256, dtype=np.uint8)
    cine = read(
        write_native(tmp_path / "a", header(16, 16, **grey_tags(), **tags), pixels.tobytes())
    )
    assert any(words in note for note in cine.notes)
    assert cine.frame(0).max() == 255


# deltas and bounds that cannot be
@pytest.mark.parametrize("delta", [(1e200, 1e200), (1e-200, 1e-200), (float("inf"), 0.1)])
def test_deltas_that_cannot_be_give_a_reason_and_no_number(
    tmp_path: Path, delta: tuple[float, float]
) -> None:
    tags = {"SequenceOfUltrasoundRegions": [region((0, 0, 63, 63), delta)]}
    cine = read(write_native(tmp_path / "a", header(64, 64, **tags), bytes(64 * 64 * 3)))
    value = measure(cine, "lvid", pixel_points([PixelPoint(3, 3), PixelPoint(3, 50)])).values[0]
    assert value.value is None
    assert value.reason


@pytest.mark.parametrize("samples", [1, 3])
def test_the_largest_screen_is_read(tmp_path: Path, samples: int) -> None:
    """8K from a small file, 128 pixels to a run of two bytes."""
    rows, columns = 4320, 7680
    segment = b"\x81\x07" * (rows * columns // 128)
    starts = [64 + at * len(segment) for at in range(samples)]
    head = struct.pack("<16L", samples, *starts, *[0] * (15 - samples))
    dataset = header(rows, columns, RLE, **(grey_tags() if samples == 1 else {}))
    frame = read(write_encapsulated(tmp_path / "a", dataset, [head + segment * samples])).frame(0)
    assert frame.shape == (rows, columns, 3)
    assert (frame == 7).all()
