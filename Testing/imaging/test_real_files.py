"""The facts of the real ultrasound files hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from PIL import Image

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import RegionKind

RealFile = Callable[[str], Path]

# name, rows, columns, frames, kind, source of the times
FILES = [
    ("color3d_jpeg_baseline.dcm", 480, 640, 120, "DICOM, JPEG Baseline", "FrameTime"),
    ("examples_ybr_color.dcm", 240, 320, 30, "DICOM, JPEG Baseline", "FrameTime"),
    ("JPGLosslessP14SV1_1s_1f_8b.dcm", 768, 1024, 1, "DICOM, JPEG Lossless", "still"),
    ("OBXXXX1A.dcm", 600, 800, 1, "DICOM, uncompressed", "still"),
    ("OBXXXX1A_rle.dcm", 600, 800, 1, "DICOM, RLE Lossless", "still"),
    ("OBXXXX1A_2frame.dcm", 600, 800, 2, "DICOM, uncompressed", "unknown"),
    ("OBXXXX1A_rle_2frame.dcm", 600, 800, 2, "DICOM, RLE Lossless", "unknown"),
    ("OBXXXX1A_expb.dcm", 600, 800, 1, "DICOM, uncompressed, big endian", "still"),
    ("examples_palette.dcm", 350, 800, 1, "DICOM, uncompressed", "still"),
    ("ultrasound-multiframe.dcm", 600, 800, 30, "DICOM, uncompressed", "FrameTime"),
    ("gdcm-US-ALOKA-16.dcm", 480, 640, 1, "DICOM, uncompressed, implicit VR", "still"),
    ("US1_UNCI.dcm", 480, 640, 1, "DICOM, uncompressed", "still"),
    ("US1_UNCR.dcm", 480, 640, 1, "DICOM, uncompressed", "still"),
    ("US1_J2KI.dcm", 480, 640, 1, "DICOM, JPEG 2000", "still"),
    ("US1_J2KR.dcm", 480, 640, 1, "DICOM, JPEG 2000 Lossless", "still"),
]


@pytest.mark.parametrize(("name", "rows", "columns", "frames", "kind", "times"), FILES)
def test_every_real_file_opens_and_its_last_frame_is_a_picture(
    real_file: RealFile, name: str, rows: int, columns: int, frames: int, kind: str, times: str
) -> None:
    cine = read(real_file(name))
    assert (cine.rows, cine.columns, cine.frame_count) == (rows, columns, frames)
    assert (cine.kind, cine.timing.source) == (kind, times)
    frame = cine.frame(frames - 1)
    assert frame.shape == (rows, columns, 3)
    assert frame.dtype == np.uint8
    assert frame.max() > 200
    assert not frame.flags.writeable
    assert cine.identity.sop_instance_uid
    assert cine.identity.modality == "US"
    assert not cine.identity.file_sha256


# name, index, kind, bounds, delta x in cm, codes of the problems
REGIONS = [
    ("color3d_jpeg_baseline.dcm", 0, "2d", (84, 31, 595, 414), 0.0510497, ()),
    ("examples_ybr_color.dcm", 0, "2d", (84, 31, 595, 414), 0.0510497, ("outside_image",)),
    ("JPGLosslessP14SV1_1s_1f_8b.dcm", 0, "2d", (14, 38, 1010, 758), 0.0254767, ()),
    # MaxX1 is 800 on an image of 800 columns: one past the last pixel, and accepted.
    ("OBXXXX1A.dcm", 0, "2d", (120, 60, 800, 518), 0.0262288, ()),
    ("OBXXXX1A_expb.dcm", 0, "2d", (120, 60, 800, 518), 0.0262288, ()),
    ("OBXXXX1A.dcm", 1, "ecg", (176, 522, 743, 576), 0.0096427, ()),
    ("examples_palette.dcm", 0, "2d", (120, 60, 800, 518), 0.0262288, ("outside_image",)),
    ("examples_palette.dcm", 1, "ecg", (176, 522, 743, 576), 0.0096427, ("outside_image",)),
    ("ultrasound-multiframe.dcm", 0, "2d", (11, 30, 788, 592), 0.0307597, ()),
    ("gdcm-US-ALOKA-16.dcm", 0, "2d", (32, 24, 335, 415), 0.0382653, ()),
    ("gdcm-US-ALOKA-16.dcm", 1, "2d", (336, 24, 639, 415), 0.0382653, ()),
    ("gdcm-US-ALOKA-16.dcm", 2, "other", (32, 40, 63, 103), 0.0, ()),
]


@pytest.mark.parametrize(("name", "index", "kind", "bounds", "delta", "problems"), REGIONS)
def test_regions_of_the_real_files(
    real_file: RealFile,
    name: str,
    index: int,
    kind: str,
    bounds: tuple[int, int, int, int],
    delta: float,
    problems: tuple[str, ...],
) -> None:
    region = read(real_file(name)).region(index)
    assert (region.kind.value, region.bounds) == (kind, Box(*bounds))
    assert region.delta[0] == pytest.approx(delta, abs=1e-7)
    assert tuple(problem.code for problem in region.problems) == problems
    assert region.usable is (kind == "2d" and not problems)


def test_a_file_of_a_ge_system_without_regions_has_none(real_file: RealFile) -> None:
    assert read(real_file("US1_UNCI.dcm")).regions == ()


def test_the_ecg_of_the_cx50_has_units_of_time_and_a_reference_far_outside(
    real_file: RealFile,
) -> None:
    ecg = read(real_file("OBXXXX1A.dcm")).region(1)
    assert (ecg.kind, ecg.units, ecg.reference) == (RegionKind.ECG, ("s", "none"), (-176, -522))
    assert not ecg.usable


# The tags say 33.333 and 54.241 ms.
@pytest.mark.parametrize(
    ("name", "index", "seconds"),
    [
        ("color3d_jpeg_baseline.dcm", 119, 119 * 0.033333),
        ("ultrasound-multiframe.dcm", 29, 29 * 0.054241),
    ],
)
def test_times_of_the_real_cines(
    real_file: RealFile, name: str, index: int, seconds: float
) -> None:
    times = read(real_file(name)).times
    assert times is not None
    assert times[0] == 0
    assert times[index] == pytest.approx(seconds)


def test_depth_ticks_of_the_sonosite_cine_are_98_px_apart_for_5_cm(real_file: RealFile) -> None:
    region = read(real_file("color3d_jpeg_baseline.dcm")).region(0)
    assert 98 * region.delta[1] == pytest.approx(5.0, abs=0.01)


# Everything but the sector's colour bar and text is grey, so most pixels must be: one that
# was turned from YBR twice, or not at all, is green or magenta.
@pytest.mark.parametrize(
    ("name", "box"),
    [
        ("color3d_jpeg_baseline.dcm", Box(200, 100, 480, 380)),
        ("examples_ybr_color.dcm", Box(100, 50, 240, 190)),
        ("OBXXXX1A.dcm", Box(300, 80, 600, 300)),
        ("gdcm-US-ALOKA-16.dcm", Box(100, 100, 300, 400)),
    ],
)
def test_grey_b_mode_comes_out_grey(real_file: RealFile, name: str, box: Box) -> None:
    frame = read(real_file(name)).frame(0).astype(int)
    tissue = frame[box.y0 : box.y1, box.x0 : box.x1]
    spread = tissue.max(axis=2) - tissue.min(axis=2)
    assert tissue.mean() > 10
    assert np.quantile(spread, 0.9) <= 6


def test_jpeg_frames_equal_pillow_reading_the_bare_stream(real_file: RealFile) -> None:
    """The stream of the first frame, cut out of the file by its markers."""
    import io

    path = real_file("color3d_jpeg_baseline.dcm")
    data = path.read_bytes()
    start = data.index(b"\xff\xd8\xff")
    stream = data[start : data.index(b"\xff\xd9", start) + 2]
    expected = np.asarray(Image.open(io.BytesIO(stream)).convert("RGB"))
    np.testing.assert_array_equal(read(path).frame(0), expected)


def test_lossless_jpeg_equals_simpleitk_reading_the_file(real_file: RealFile) -> None:
    path = real_file("JPGLosslessP14SV1_1s_1f_8b.dcm")
    expected = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path))).reshape(768, 1024)
    frame = read(path).frame(0)
    for channel in range(3):
        np.testing.assert_array_equal(frame[..., channel], expected)


# GDCM applies the palettes itself: 8-bit indices into 16-bit entries, and 16-bit indices.
@pytest.mark.parametrize("name", ["OBXXXX1A.dcm", "examples_palette.dcm", "gdcm-US-ALOKA-16.dcm"])
def test_palette_colours_equal_simpleitk_reading_the_file(real_file: RealFile, name: str) -> None:
    path = real_file(name)
    picture = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))
    frame = read(path).frame(0)
    expected = picture.reshape(frame.shape).astype(int)
    if picture.dtype.itemsize > 1:
        expected >>= 8
    np.testing.assert_array_equal(frame, expected)


@pytest.mark.parametrize("name", ["OBXXXX1A_rle.dcm", "OBXXXX1A_expb.dcm"])
def test_all_codings_of_the_cx50_still_are_the_same_picture(real_file: RealFile, name: str) -> None:
    np.testing.assert_array_equal(
        read(real_file(name)).frame(0), read(real_file("OBXXXX1A.dcm")).frame(0)
    )


def test_both_codings_of_the_second_cx50_frame_are_the_same_picture(real_file: RealFile) -> None:
    np.testing.assert_array_equal(
        read(real_file("OBXXXX1A_rle_2frame.dcm")).frame(1),
        read(real_file("OBXXXX1A_2frame.dcm")).frame(1),
    )


def test_lossless_jpeg_2000_equals_the_uncompressed_still(real_file: RealFile) -> None:
    np.testing.assert_array_equal(
        read(real_file("US1_J2KR.dcm")).frame(0), read(real_file("US1_UNCR.dcm")).frame(0)
    )


def test_lossy_jpeg_2000_is_close_to_the_uncompressed_still(real_file: RealFile) -> None:
    """US1_UNCI is that very stream uncompressed by another decoder."""
    lossy = read(real_file("US1_J2KI.dcm")).frame(0).astype(int)
    plain = read(real_file("US1_UNCI.dcm")).frame(0).astype(int)
    assert np.abs(lossy - plain).max() <= 2


def test_planes_of_the_affiniti_cine_are_put_together(real_file: RealFile) -> None:
    """PlanarConfiguration 1: red, green and blue of frame 3 are three planes in the file."""
    path = real_file("ultrasound-multiframe.dcm")
    planes = 3 * 600 * 800
    data = path.read_bytes()[-30 * planes :][3 * planes : 4 * planes]
    expected = np.frombuffer(data, np.uint8).reshape(3, 600, 800).transpose(1, 2, 0)
    np.testing.assert_array_equal(read(path).frame(3), expected)


def test_no_name_leaves_the_file(real_file: RealFile) -> None:
    """Neither the objects nor the words of a cine hold the patient's name."""
    import pydicom

    path = real_file("OBXXXX1A.dcm")
    name = str(pydicom.dcmread(path, stop_before_pixels=True).PatientName)
    cine = read(path)
    assert name
    assert name not in f"{cine.identity} {cine.timing} {cine.regions} {cine.kind} {cine.notes}"
