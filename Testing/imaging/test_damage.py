"""Whatever is broken in a file, reading it gives a picture or one of our errors, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.imaging.reading import read

ROUNDS = 60


@pytest.mark.parametrize(
    "name",
    [
        "OBXXXX1A.dcm",  # palette
        "gdcm-US-ALOKA-16.dcm",  # implicit VR, several regions
        "examples_ybr_color.dcm",  # JPEG cine
        "OBXXXX1A_rle_2frame.dcm",
    ],
)
def test_bytes_changed_at_random_in_the_header(
    real_file: Callable[[str], Path], tmp_path: Path, name: str
) -> None:
    """Three bytes at a time; seeded, so that a failure comes again."""
    whole = real_file(name).read_bytes()
    end = whole.index(b"\xe0\x7f\x10\x00") + 12
    rng = np.random.default_rng(len(name))
    path = tmp_path / "broken.dcm"
    seen = 0
    for _ in range(ROUNDS):
        data = bytearray(whole)
        for place in rng.integers(132, end, 3):
            data[place] = rng.integers(0, 256)
        path.write_bytes(data)
        try:
            cine = read(path)
            seen += cine.frame(0).shape == (cine.rows, cine.columns, 3)
        except EchoMeasureError:
            continue
    assert seen > 0


def test_bytes_changed_at_random_in_compressed_frames(
    real_file: Callable[[str], Path], tmp_path: Path
) -> None:
    whole = real_file("examples_ybr_color.dcm").read_bytes()
    start = whole.index(b"\xe0\x7f\x10\x00") + 12
    rng = np.random.default_rng(5)
    path = tmp_path / "broken.dcm"
    for _ in range(ROUNDS):
        data = bytearray(whole)
        for place in rng.integers(start, len(data), 30):
            data[place] = rng.integers(0, 256)
        path.write_bytes(data)
        try:
            cine = read(path)
            for index in range(0, cine.frame_count, 7):
                cine.frame(index)
        except EchoMeasureError:
            continue
