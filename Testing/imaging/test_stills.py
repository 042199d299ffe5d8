"""PNG and JPEG pictures of every form become uncalibrated RGB stills."""

from __future__ import annotations

import hashlib
import io
import struct
import subprocess
import sys
import zlib
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from picture_streams import JPEG_12_RED, jpeg_ls, without_jfif
from PIL import Image
from problems import problem_of

from EchoMeasureLib.errors import UnreadableFile, UnsupportedPixels
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
    with pytest.raises(UnreadableFile, match="that is cut short"):
        read(path)


def noise(rows: int = 64, columns: int = 64) -> Image.Image:
    rgb = np.random.default_rng(2).integers(0, 256, (rows, columns, 3), np.uint8)
    return Image.fromarray(rgb)


def jpeg(picture: Image.Image, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", **options)
    return out.getvalue()


def png_with(*chunks: tuple[bytes, bytes]) -> bytes:
    """A picture of 64 x 64 pixels with these chunks after its header."""
    out = io.BytesIO()
    noise().save(out, "PNG")
    data = out.getvalue()
    more = b"".join(
        struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    return data[:33] + more + data[33:]


def exif(orientation: int, resolution: tuple[int, int] | None = None) -> Image.Exif:
    found = Image.Exif()
    found[0x0112] = orientation
    if resolution is not None:
        found[0x011A], found[0x011B], found[0x0128] = *map(float, resolution), 2
    return found


def density(units: int, across: int, down: int) -> bytes:
    """A JPEG whose JFIF marker gives pixels per unit; units 0 says nothing but their shape."""
    data = bytearray(jpeg(noise()))
    place = data.index(b"JFIF\0") + 7
    data[place : place + 5] = struct.pack(">BHH", units, across, down)
    return bytes(data)


# what, file, width of a pixel over its height
SHAPES: list[tuple[str, bytes, float]] = [
    ("PNG, nothing said", png_with(), 1.0),
    ("PNG, 96 dpi", png_with((b"pHYs", struct.pack(">2LB", 3780, 3780, 1))), 1.0),
    # Twice as many pixels to the metre across: each is half as wide as high.
    ("PNG, pixels per metre", png_with((b"pHYs", struct.pack(">2LB", 4000, 2000, 1))), 0.5),
    ("PNG, shape alone", png_with((b"pHYs", struct.pack(">2LB", 3, 4, 0))), 4 / 3),
    ("PNG, no number", png_with((b"pHYs", struct.pack(">2LB", 0, 4, 0))), 1.0),
    ("PNG, cannot be", png_with((b"pHYs", struct.pack(">2LB", 1, 4000, 0))), 1.0),
    ("JFIF, nothing said", density(0, 1, 1), 1.0),
    ("JFIF, shape alone", density(0, 1, 2), 2.0),
    ("JFIF, dots per inch", density(1, 150, 75), 0.5),
    ("JFIF, dots per cm", density(2, 30, 40), 4 / 3),
    ("Exif alone", without_jfif(jpeg(noise(), exif=exif(1, (72, 144)))), 2.0),
    ("Exif alone, no number", without_jfif(jpeg(noise(), exif=exif(1, (0, 144)))), 1.0),
    ("JFIF before Exif", jpeg(noise(), dpi=(72, 72), exif=exif(1, (72, 144))), 1.0),
    ("JFIF, turned upright", jpeg(noise(), dpi=(150, 75), exif=exif(6)), 2.0),
    ("JFIF, upside down", jpeg(noise(), dpi=(150, 75), exif=exif(3)), 0.5),
]


@pytest.mark.parametrize(("data", "aspect"), [r[1:] for r in SHAPES], ids=[r[0] for r in SHAPES])
def test_the_shape_of_a_pixel(tmp_path: Path, data: bytes, aspect: float) -> None:
    (tmp_path / "a").write_bytes(data)
    cine = read(tmp_path / "a")
    assert cine.pixel_aspect == pytest.approx(aspect, rel=0.01)
    assert ("Pixels are" in " ".join(cine.notes)) is (aspect != 1)


def test_the_longest_text_does_not_hide_a_picture(tmp_path: Path) -> None:
    """Pillow refuses a text of more than 1 MB, and more than 64 MB in all, when unpacked."""
    book = zlib.compress(b"patient " * 1_000_000)
    texts = [(b"zTXt", b"Comment\0\0" + book)] * 70
    profile = (b"iCCP", b"icc\0\0" + book)
    (tmp_path / "a.png").write_bytes(png_with(profile, *texts, (b"iTXt", b"x\0\1\0\0\0" + book)))
    cine = read(tmp_path / "a.png")
    np.testing.assert_array_equal(cine.frame(0), np.asarray(noise()))
    assert cine.notes == ()


def test_of_an_animated_picture_the_first_frame_is_shown_and_said(tmp_path: Path) -> None:
    first, second = Image.new("RGB", (8, 8), (9, 8, 7)), Image.new("RGB", (8, 8), (90, 80, 70))
    path = save(tmp_path / "a.png", first, save_all=True, append_images=[second])
    cine = read(path)
    assert cine.frame(0)[0, 0].tolist() == [9, 8, 7]
    assert "animated" in cine.notes[0]


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0, "quality": 95}])
def test_a_jpeg_without_its_end_mark_is_shown_and_one_that_is_cut_is_not(
    tmp_path: Path, options: dict[str, object]
) -> None:
    """Whatever is cut off beyond the mark loses the last pixels, which decoders paint over."""
    data = jpeg(noise(40, 56), **options)
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    whole = read(path).frame(0)
    shown = []
    for missing in range(1, 60):
        path.write_bytes(data[:-missing])
        problem = problem_of(partial(read, path))
        if problem:
            assert "cut short" in problem
        else:
            shown.append(missing)
            cine = read(path)
            np.testing.assert_array_equal(cine.frame(0), whole)
            assert "end is missing" in cine.notes[0]
    assert shown[:2] == [1, 2]
    assert len(shown) <= 3


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_jpeg_that_was_cut_and_ended_again_is_not_shown(tmp_path: Path, orientation: int) -> None:
    """libjpeg paints grey over what is missing where there is a mark at the end."""
    data = jpeg(noise(40, 56), exif=exif(orientation))
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    assert read(path).notes == ()
    path.write_bytes(data[: -len(data) // 3] + b"\xff\xd9")
    with pytest.raises(UnreadableFile, match="cut short"):
        read(path)


def test_a_grey_corner_is_no_damage(tmp_path: Path) -> None:
    path = save(tmp_path / "a.jpg", Image.new("RGB", (64, 48), (128, 128, 128)))
    assert (read(path).frame(0) == 128).all()
    assert read(path).notes == ()


def flipped(data: bytes) -> bytes:
    """One bit of the compressed pixels is wrong."""
    place = data.index(b"IDAT") + 400
    return data[:place] + bytes([data[place] ^ 16]) + data[place + 1 :]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (flipped(png_with()), "is damaged"),
        (png_with()[:3000], "is cut short"),
        (jpeg(noise())[:3000], "is cut short"),
        (png_with().replace(b"IHDR", b"IHDX"), "is damaged"),
    ],
)
def test_only_what_is_cut_is_called_cut(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(UnreadableFile, match=words):
        read(tmp_path / "a")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (JPEG_12_RED, "is JPEG of 12 bits, which is not read"),
        (jpeg_ls(np.asarray(noise().convert("L"))), "is JPEG-LS of 8 bits, which is not read"),
    ],
)
def test_a_jpeg_that_is_not_read_is_not_called_damaged(
    tmp_path: Path, data: bytes, words: str
) -> None:
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(UnsupportedPixels, match=words):
        read(tmp_path / "a")


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
from EchoMeasureLib.imaging.reading import read
print(read(sys.argv[1]).frame(0).shape)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are those of Linux")
@pytest.mark.parametrize("mode", ["I;16", "RGBA", "P", "1"])
def test_the_largest_screen_is_read_within_a_gigabyte(tmp_path: Path, mode: str) -> None:
    """7680 x 4320: a few kilobytes of a blank picture unfold to 100 MB of RGB."""
    path = save(tmp_path / "a.png", Image.new(mode, (7680, 4320)))
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "(4320, 7680, 3)"
