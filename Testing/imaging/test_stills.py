"""PNG and JPEG pictures of every form become uncalibrated RGB stills."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.reading import read


def save(path: Path, picture: Image.Image, **options: object) -> Path:
    picture.save(path, **options)
    return path


def test_a_png_is_a_still_without_calibration(tmp_path: Path) -> None:
    rgb = np.random.default_rng(2).integers(0, 256, (7, 9, 3), np.uint8)
    path = save(tmp_path / "a.png", Image.fromarray(rgb))
    cine = read(path)
    np.testing.assert_array_equal(cine.frame(0), rgb)
    assert (cine.kind, cine.times, cine.timing.source) == ("PNG picture", (0.0,), "still")
    assert cine.regions == ()
    assert cine.identity.file_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


# mode, colour given, RGB expected
MODES: list[tuple[str, object, tuple[int, int, int]]] = [
    ("L", 90, (90, 90, 90)),
    ("1", 1, (255, 255, 255)),
    ("RGB", (1, 2, 3), (1, 2, 3)),
    ("RGBA", (200, 100, 50, 255), (200, 100, 50)),
    ("RGBA", (200, 100, 50, 0), (0, 0, 0)),  # what is transparent shows the black of a screen
    ("LA", (90, 255), (90, 90, 90)),
]


@pytest.mark.parametrize(("mode", "colour", "rgb"), MODES)
def test_modes_of_png(tmp_path: Path, mode: str, colour: object, rgb: tuple[int, int, int]) -> None:
    path = save(tmp_path / "a", Image.new(mode, (4, 4), colour), format="PNG")  # type: ignore[arg-type]
    assert tuple(read(path).frame(0)[0, 0]) == rgb


def test_a_palette_png_has_its_colours(tmp_path: Path) -> None:
    picture = Image.new("P", (4, 4), 5)
    picture.putpalette([value for index in range(256) for value in (index, 255 - index, 7)])
    assert read(save(tmp_path / "a.png", picture)).frame(0)[0, 0].tolist() == [5, 250, 7]


def test_16_bit_grey_is_scaled_and_said(tmp_path: Path) -> None:
    picture = Image.fromarray(np.array([[1000, 2000, 3000]], np.uint16))
    cine = read(save(tmp_path / "a.png", picture))
    assert cine.frame(0)[0, :, 0].tolist() == [0, 128, 255]
    assert "1000 to 3000" in cine.notes[0]


def test_a_jpeg_from_a_camera_is_turned_upright(tmp_path: Path) -> None:
    """EXIF orientation 6: the picture is shown turned a quarter clockwise."""
    picture = Image.new("RGB", (40, 20))
    exif = picture.getexif()
    exif[0x0112] = 6
    cine = read(save(tmp_path / "a.jpg", picture, exif=exif))
    assert (cine.kind, cine.rows, cine.columns) == ("JPEG picture", 40, 20)


def test_a_grey_jpeg_is_grey(tmp_path: Path) -> None:
    frame = read(save(tmp_path / "a.jpg", Image.new("L", (16, 16), 77))).frame(0)
    assert frame[8, 8].tolist() == [77, 77, 77]


def test_a_cmyk_jpeg_is_turned_into_rgb(tmp_path: Path) -> None:
    frame = read(save(tmp_path / "a.jpg", Image.new("CMYK", (16, 16), (0, 0, 0, 0)))).frame(0)
    assert frame[8, 8].tolist() == [255, 255, 255]


def test_a_picture_larger_than_any_screen_is_refused(tmp_path: Path) -> None:
    """A few kilobytes of PNG may unfold to gigabytes."""
    path = save(tmp_path / "a.png", Image.new("1", (20000, 20000)))
    with pytest.raises(UnreadableFile, match="more pixels than any screen"):
        read(path)


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_picture_that_is_cut_short_is_refused(tmp_path: Path, form: str) -> None:
    rgb = np.random.default_rng(2).integers(0, 256, (64, 64, 3), np.uint8)
    path = save(tmp_path / "a", Image.fromarray(rgb), format=form)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(UnreadableFile, match="damaged or cut short"):
        read(path)
