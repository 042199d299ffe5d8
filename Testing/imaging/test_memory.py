"""A cine is never held as a whole beyond its budget."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from raw_dicom import header, save, write_native

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import Region, RegionKind

MEGABYTE = 1024 * 1024

CODE = """
import resource, sys
import numpy, pydicom, PIL.Image
from EchoMeasureLib.imaging.reading import read
import EchoMeasureLib.imaging.dicom
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
cine = read(sys.argv[1])
opened = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for again in range(2):
    for index in range(cine.frame_count):
        assert cine.frame(index)[0, 0, 0] == index
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(cine.frame_count, opened - before, after - before)
"""


def test_a_cine_of_104_mb_opens_and_is_walked_with_less_than_250_mb(tmp_path: Path) -> None:
    """51 frames of 708 x 963 RGB, each filled with its number, written one by one."""
    rows, columns, frames = 708, 963, 51
    size = rows * columns * 3
    assert 104e6 < frames * size < 105e6
    path = save(header(rows, columns, NumberOfFrames=frames), tmp_path / "large.dcm")
    with path.open("ab") as file:
        file.write(b"\xe0\x7f\x10\x00OB\0\0" + (frames * size + 1 & ~1).to_bytes(4, "little"))
        for number in range(frames):
            file.write(bytes([number]) * size)
        file.write(b"\0" * (frames * size % 2))
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CODE), str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    count, opened, peak = map(int, done.stdout.split())
    # ru_maxrss is in kilobytes on Linux and in bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    assert count == frames
    assert opened * unit < 20 * MEGABYTE
    assert peak * unit < 250 * MEGABYTE


class Counting(ArraySource):
    """Frames of 300 bytes, each filled with its number; knows which were decoded."""

    def __init__(self, count: int) -> None:
        numbers = np.arange(count, dtype=np.uint8)[:, None, None, None]
        super().__init__(np.tile(numbers, (1, 10, 10, 3)))
        self.decoded: list[int] = []

    def decode(self, index: int) -> Frame:
        self.decoded.append(index)
        return super().decode(index)


def test_frames_are_kept_within_the_budget() -> None:
    """Frames of 300 bytes and room for 1000: the last three are kept."""
    source = Counting(8)
    cine = Cine(source, Timing(None, "unknown"), cache_bytes=1000)
    for index in (*range(8), 7, 6, 5):
        assert cine.frame(index)[0, 0, 0] == index
    assert source.decoded == [*range(8)]
    cine.frame(4)
    assert source.decoded == [*range(8), 4]


def test_other_calibration_decodes_no_frame_again() -> None:
    source = Counting(2)
    cine = Cine(source, Timing(None, "unknown"))
    other = cine.with_regions([Region(0, RegionKind.TWO_D, Box(0, 0, 9, 9), ("cm", "cm"), (1, 1))])
    assert other.frame(1) is cine.frame(1)
    assert source.decoded == [1]
    assert (len(cine.regions), len(other.regions)) == (0, 1)


def test_a_frame_that_is_not_there_is_named(real_file: Callable[[str], Path]) -> None:
    cine = read(real_file("examples_ybr_color.dcm"))
    with pytest.raises(ValueError, match="There is no frame 30: the file has 30"):
        cine.frame(30)


def test_a_file_that_shrinks_after_opening_is_one_clear_sentence(tmp_path: Path) -> None:
    path = write_native(tmp_path / "a.dcm", header(4, 4), b"\0" * 48)
    cine = read(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match=r"a\.dcm was cut short since it was opened"):
        cine.frame(0)
    path.unlink()
    with pytest.raises(ValueError, match=r"a\.dcm cannot be read any more"):
        cine.frame(0)
