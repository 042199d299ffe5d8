"""What uncompressed pixels say of a header that describes them wrongly, on real screens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
import pytest
from PIL import Image
from raw_dicom import grey_tags, header, write_native

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.pixel_evidence import (
    Bytes,
    is_rather,
    looks_like,
    looks_transposed,
    tells_ybr,
)
from EchoMeasureLib.imaging.reading import read

RealFile = Callable[[str], Path]
Frame = npt.NDArray[np.uint8]

SCREENS = [
    "color3d_jpeg_baseline.dcm",  # SonoSite
    "OBXXXX1A.dcm",  # Philips CX50
    "ultrasound-multiframe.dcm",  # Philips Affiniti, with a colour box
    "gdcm-US-ALOKA-16.dcm",
    "US1_UNCR.dcm",  # GE
    "JPGLosslessP14SV1_1s_1f_8b.dcm",  # Philips EPIQ
]

# A photograph, an MR and a CT image, a chart of colours, a screen full of yellow.
OTHERS = [
    *("color-px.dcm", "SC_rgb.dcm", "examples_overlay.dcm", "CT_small.dcm", "RG1_UNCR.dcm"),
    *("ExplVR_BigEnd.dcm", "SC_rgb_jpeg_dcmd.dcm"),
]


@pytest.fixture
def picture(real_file: RealFile, tmp_path: Path) -> Callable[[str], Frame]:
    """The first frame of a real file, whatever its modality."""

    def first(name: str) -> Frame:
        path = real_file(name)
        if name in OTHERS:
            dataset = pydicom.dcmread(path)
            dataset.Modality, dataset.SOPClassUID = "US", "1.2.840.10008.5.1.4.1.1.6.1"
            path = tmp_path / name
            dataset.save_as(path)
        return np.array(read(path).frame(0))

    return first


def by_plane(frame: Frame) -> Frame:
    """The bytes of the frame stored by plane, read by pixel."""
    return np.frombuffer(frame.transpose(2, 0, 1).tobytes(), np.uint8).reshape(frame.shape)


def by_pixel(frame: Frame) -> Frame:
    """The bytes of the frame stored by pixel, read by plane."""
    planes = np.frombuffer(frame.tobytes(), np.uint8).reshape(3, -1)
    return planes.T.reshape(frame.shape)


def turned(frame: Frame) -> Frame:
    """The bytes of the frame in rows as long as its columns."""
    return frame.reshape(frame.shape[1], frame.shape[0], 3)


@pytest.mark.parametrize("name", [*SCREENS, *OTHERS])
def test_a_picture_that_is_what_its_header_says_is_not_doubted(
    picture: Callable[[str], Frame], name: str
) -> None:
    frame = picture(name)
    assert tells_ybr(frame) is not True
    assert not is_rather(frame, by_pixel(frame))
    assert not is_rather(frame, by_plane(frame))
    assert not looks_transposed(frame)
    assert looks_like(frame[..., 0].tobytes()) not in (Bytes.DEEP, Bytes.RGB)


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_that_is_not_what_its_header_says_is_noticed(
    picture: Callable[[str], Frame], name: str
) -> None:
    frame = picture(name)
    assert tells_ybr(np.array(Image.fromarray(frame).convert("YCbCr"))) is True
    assert is_rather(by_plane(frame), frame)
    assert is_rather(by_pixel(frame), frame)
    assert looks_transposed(turned(frame))
    assert looks_like(frame[..., 0].astype("<u2").tobytes()) is Bytes.DEEP


def smooth(rows: int, columns: int) -> Frame:
    """Grey speckle of a few pixels' size, and a red box."""
    rng = np.random.default_rng(6)
    coarse = Image.fromarray(rng.gamma(2.0, 30.0, (rows // 4, columns // 4)).clip(0, 255))
    grey = np.asarray(coarse.resize((columns, rows), Image.Resampling.BICUBIC)).clip(0, 255)
    picture = np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)
    picture[8:16, 8:16] = (200, 30, 30)
    return picture


@pytest.mark.parametrize("declared", [0, 1])
def test_planes_and_pixels_are_told_apart(tmp_path: Path, declared: int) -> None:
    frame = smooth(64, 96)
    stored = frame if declared else frame.transpose(2, 0, 1)
    dataset = header(64, 96, PlanarConfiguration=declared)
    cine = read(write_native(tmp_path / "a", dataset, stored.tobytes()))
    np.testing.assert_array_equal(cine.frame(0), frame)
    assert f"PlanarConfiguration is {declared}, but" in cine.notes[0]


@pytest.mark.parametrize("declared", [0, 1])
@pytest.mark.parametrize("by_plane", [True, False])
def test_half_chroma_by_plane_is_told_from_that_by_pair(
    tmp_path: Path, declared: int, by_plane: bool
) -> None:
    """All of Y, then half as many Cb and Cr; the standard wants Y Y Cb Cr."""
    frame = smooth(64, 96)
    ybr = np.asarray(Image.fromarray(frame).convert("YCbCr"))
    parts = ybr[..., 0].reshape(-1, 2), ybr[:, ::2, 1].reshape(-1), ybr[:, ::2, 2].reshape(-1)
    planes, pairs = b"".join(part.tobytes() for part in parts), np.column_stack(parts).tobytes()
    tags = {"PhotometricInterpretation": "YBR_FULL_422", "PlanarConfiguration": declared}
    path = write_native(tmp_path / "a", header(64, 96, **tags), planes if by_plane else pairs)
    cine = read(path)
    np.testing.assert_allclose(cine.frame(0), frame, atol=3)
    assert len(cine.notes) == by_plane


@pytest.mark.parametrize("tags", [{}, grey_tags()])
def test_transposed_sizes_of_uncompressed_pixels_are_refused(
    tmp_path: Path, tags: dict[str, Any]
) -> None:
    frame = smooth(64, 96) if not tags else smooth(64, 96)[..., 0]
    right = write_native(tmp_path / "a", header(64, 96, **tags), frame.tobytes())
    assert read(right).frame(0).shape == (64, 96, 3)
    wrong = write_native(tmp_path / "b", header(96, 64, **tags), frame.tobytes())
    with pytest.raises(UnreadableFile, match="look like 96 x 64, not 64 x 96"):
        read(wrong)


def test_values_in_bits_that_are_not_stored_are_values(tmp_path: Path) -> None:
    """Of 16 bits, where the header says 12: no overlay has so many shades."""
    deep = smooth(64, 96)[..., 0].astype("<u2") * 257
    window = {"WindowCenter": "32768", "WindowWidth": "65536"}
    dataset = header(64, 96, **{**grey_tags(12), **window})
    cine = read(write_native(tmp_path / "a", dataset, deep.tobytes()))
    np.testing.assert_allclose(cine.frame(0)[..., 0], deep / 257, atol=1)
    assert "the pixels use 16" in cine.notes[0]


def test_overlays_in_the_spare_bits_stay_overlays(tmp_path: Path) -> None:
    """Two of them, over a third of the picture."""
    values = smooth(64, 96)[..., 0].astype("<u2") << 4
    values[:20] |= 0x1000
    values[10:30] |= 0x8000
    dataset = header(64, 96, **grey_tags(12), WindowCenter="2048", WindowWidth="4096")
    cine = read(write_native(tmp_path / "a", dataset, values.tobytes()))
    np.testing.assert_allclose(cine.frame(0)[..., 0], (values & 0xFFF) / 4095 * 255, atol=1)
    assert len(cine.notes) == 1
