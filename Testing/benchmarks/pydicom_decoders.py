"""What pydicom's own decoders make of the real test files, beside EchoMeasure's: why Docs/decisions
says that files are read here.

Run it in an environment with the pydicom in question (2.4 or 3), Pillow, SimpleITK, pyjpegls,
pydicom-data and deid-data: `python Testing/benchmarks/pydicom_decoders.py`. For each file: is the
first frame the picture that EchoMeasure shows, how long does it take from the closed file to that
frame, and how much memory does it take on top of the imports.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import numpy as np
import pydicom
from pydicom.data import get_testdata_file

ROOT = Path(__file__).resolve().parents[2]

FILES = (
    *("color3d_jpeg_baseline.dcm", "examples_ybr_color.dcm", "JPGLosslessP14SV1_1s_1f_8b.dcm"),
    *("OBXXXX1A.dcm", "OBXXXX1A_rle.dcm", "OBXXXX1A_rle_2frame.dcm", "OBXXXX1A_expb.dcm"),
    *("examples_palette.dcm", "ultrasound-multiframe.dcm", "gdcm-US-ALOKA-16.dcm"),
    *("US1_UNCI.dcm", "US1_J2KI.dcm", "US1_J2KR.dcm"),
)


def by_echomeasure(path: Path) -> np.ndarray:
    """The first frame as EchoMeasure reads it."""
    from EchoMeasureLib.imaging.reading import read

    return read(path).frame(0)


def by_pixel_array(path: Path) -> np.ndarray:
    """The first frame as both generations of pydicom give it: the whole array, its first frame."""
    dataset = pydicom.dcmread(path)
    values = dataset.pixel_array
    return values[0] if int(dataset.get("NumberOfFrames", 1) or 1) > 1 else values


def by_pixels(path: Path) -> np.ndarray:
    """The first frame by `pydicom.pixels`, which pydicom 3 brought."""
    from pydicom.pixels import pixel_array

    return pixel_array(path, index=0)


READERS = {read.__name__: read for read in (by_echomeasure, by_pixel_array, by_pixels)}


def main() -> None:
    """Print the table, each cell from a process of its own."""
    if len(sys.argv) > 1:
        report(READERS[sys.argv[1]], Path(sys.argv[2]))
        return
    names = [name for name in READERS if name != "by_pixels" or pydicom.__version__ >= "3"]
    print(f"pydicom {pydicom.__version__}")
    for name in FILES:
        print(name)
        path = find(name)
        if path is None:
            print("  not among the example files of this pydicom")
            continue
        for reader in names:
            command = [sys.executable, __file__, reader, str(path)]
            env = {**os.environ, "PYTHONPATH": str(ROOT)}
            done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
            lines = (done.stdout or done.stderr).splitlines() or ["ended without a word"]
            print(f"  {reader:<16} {lines[-1]}")


def find(name: str) -> Path | None:
    """A real file of the test packages; None when this pydicom does not bring it."""
    if found := get_testdata_file(name, download=False):
        return Path(str(found))
    files = metadata.files("deid-data") or ()
    return next((Path(str(file.locate())) for file in files if file.name == name), None)


def report(reader: Callable[[Path], np.ndarray], path: Path) -> None:
    """One line about one reader and one file."""
    warnings.simplefilter("ignore")
    if (small := find("US1_UNCI.dcm")) is not None:
        reader(small)  # what is imported on the way does not count
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    frame = reader(path)
    took = time.perf_counter() - start
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    shown = by_echomeasure(path)
    if frame.shape != shown.shape:
        words = f"stored values {frame.shape} {frame.dtype}, no colours"
    else:
        apart = np.abs(frame.astype(int) - shown.astype(int)).max()
        words = "the same picture" if apart <= 2 else f"another picture, up to {apart} levels apart"
    print(f"{words}; {1000 * took:.0f} ms, {more:.0f} MB")


if __name__ == "__main__":
    main()
