"""Small sound files of every container and coding, built in code: what mutants are made of."""

from __future__ import annotations

import io
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
from picture_streams import (
    HTJ2K_GREYS,
    HTJ2K_RED,
    jpeg,
    jpeg_2000,
    jpeg_lossless,
    jpeg_ls,
    jpeg_xl,
    run_lengths,
)
from PIL import Image
from pydicom.data import get_testdata_file
from raw_dicom import (
    EXPLICIT,
    JPEG,
    JPEG_2000,
    JPEG_LOSSLESS,
    JPEG_LS,
    RLE,
    US_MULTI_FRAME,
    grey_tags,
    header,
    write_encapsulated,
    write_native,
)
from ultrasound_files import m_mode, region, spectral

ROWS, COLUMNS = 48, 64
_JPEG = "1.2.840.10008.1.2.4."
JPEG_XL, HTJ2K, MPEG_2, H_264 = (f"{_JPEG}{n}" for n in (110, 201, 100, 102))
ENCAPSULATED, DEFLATED, DEFLATED_FRAMES = (
    f"1.2.840.10008.1.2.{n}" for n in ("1.98", "1.99", "8.1")
)

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Seed:
    """One sound file."""

    name: str
    data: bytes
    header: int | None = None
    """Where the compressed pixels begin, of a file whose stream tells all about them."""


def screen(shift: int = 0) -> Pixels:
    """A small screen: black, a grey sector, a red box; `shift` moves the box."""
    picture = np.zeros((ROWS, COLUMNS, 3), np.uint8)
    picture[6:44, 4:60] = (np.arange(56, dtype=np.uint8) * 4 + 10)[None, :, None]
    picture[12:20, 10 + shift : 18 + shift] = (200, 30, 30)
    return picture


FRAMES = [screen(0), screen(9), screen(18)]
GREYS = [frame[..., 1].copy() for frame in FRAMES]
DEEP = [grey.astype(np.uint16) * 16 for grey in GREYS]


def _tags(**tags: Any) -> dict[str, Any]:
    two_d = region((0, 0, COLUMNS - 1, ROWS - 1), (0.1, 0.1), reference=(0, 0))
    return {
        "NumberOfFrames": 3,
        "FrameTime": "33.3",
        "FrameIncrementPointer": 0x00181063,
        "SequenceOfUltrasoundRegions": [two_d],
        **tags,
    }


def _native(folder: Path, frames: list[Any], **tags: Any) -> bytes:
    dataset = header(ROWS, COLUMNS, **_tags(**tags))
    data = b"".join(np.ascontiguousarray(frame).tobytes() for frame in frames)
    return write_native(folder / "a", dataset, data).read_bytes()


def _coded(
    folder: Path,
    syntax: str,
    streams: list[bytes],
    tags: dict[str, Any] | None = None,
    size: tuple[int, int] = (ROWS, COLUMNS),
    table: bool = False,
) -> bytes:
    dataset = header(*size, syntax, **_tags(**(tags or {})))
    starts = [0]
    for stream in streams[:-1]:
        starts.append(starts[-1] + 8 + len(stream) + len(stream) % 2)
    path = write_encapsulated(folder / "a", dataset, streams, starts if table else ())
    return path.read_bytes()


def _palette(form: str, data: bytes) -> dict[str, Any]:
    tags: dict[str, Any] = grey_tags(8, "PALETTE COLOR")
    for colour in ("Red", "Green", "Blue"):
        tags[f"{colour}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        tags[form.format(colour)] = data
    return tags


_WHOLE = _palette(
    "{}PaletteColorLookupTableData", (np.arange(256, dtype="<u2") << 8).astype("<u2").tobytes()
)
_SEGMENTED = _palette(  # one entry of 0, then two ramps
    "Segmented{}PaletteColorLookupTableData",
    struct.pack("<9H", 0, 1, 0, 1, 127, 32512, 1, 128, 65280),
)


def _deflated(folder: Path) -> bytes:
    plain = _native(folder, FRAMES)
    (length,) = struct.unpack("<L", plain[140:144])
    start = 144 + length
    old, new = (b"UI\x14\0" + EXPLICIT.encode() + b"\0", b"UI\x16\0" + DEFLATED.encode())
    meta = plain[:140] + struct.pack("<L", length + 2) + plain[144:start].replace(old, new)
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return meta + packer.compress(plain[start:]) + packer.flush()


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def _bare_implicit() -> bytes:
    """A data set of implicit little endian without preamble or file header."""

    def element(group: int, number: int, value: bytes) -> bytes:
        value += b"\0" * (len(value) % 2)
        return struct.pack("<HHL", group, number, len(value)) + value

    shorts = [(2, 3), (6, 0), (0x10, ROWS), (0x11, COLUMNS), (0x100, 8), (0x101, 8), (0x102, 7)]
    body = element(8, 0x16, b"1.2.840.10008.5.1.4.1.1.6.1") + element(8, 0x60, b"US")
    numbers = {number: struct.pack("<H", value) for number, value in (*shorts, (0x103, 0))}
    numbers[4] = b"RGB "
    body += b"".join(element(0x28, number, numbers[number]) for number in sorted(numbers))
    return body + element(0x7FE0, 0x10, FRAMES[0].tobytes())


def _video(form: str, codec: str, pixels: str, frames: int = 6, **options: str) -> bytes:
    import av

    out = io.BytesIO()
    with av.open(out, "w", format=form) as container:
        stream: Any = container.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = COLUMNS, ROWS, pixels
        for index in range(frames):
            picture = av.VideoFrame.from_ndarray(screen(4 * index), format="rgb24")
            picture.pts = index
            container.mux(stream.encode(picture.reformat(format=pixels)))
        container.mux(stream.encode())
    return out.getvalue()


def _picture(pixels: npt.NDArray[Any], form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, form, **options)
    return out.getvalue()


def _dicom(folder: Path) -> Iterator[tuple[str, bytes, bool]]:
    """Name, bytes, and whether the stream tells all about the pixels."""
    for name, data in (*_uncompressed(folder), *_rare(folder)):
        yield name, data, False
    yield from _compressed(folder)


def _uncompressed(folder: Path) -> Iterator[tuple[str, bytes]]:
    yield "rgb", _native(folder, FRAMES)
    planes = [frame.transpose(2, 0, 1) for frame in FRAMES]
    yield "planar", _native(folder, planes, PlanarConfiguration=1)
    yield "grey", _native(folder, GREYS, **grey_tags())
    window = {"WindowCenter": "2048", "WindowWidth": "4096"}
    yield "grey12", _native(folder, DEEP, **grey_tags(12), **window)
    yield "signed", _native(folder, DEEP, **{**grey_tags(16), "PixelRepresentation": 1})
    yield "palette", _native(folder, GREYS, **_WHOLE)
    yield "segmented", _native(folder, GREYS, **_SEGMENTED)
    pairs = np.full((ROWS, COLUMNS // 2, 4), 128, np.uint8)
    pairs[..., :2] = GREYS[0].reshape(ROWS, -1, 2)
    yield "ybr422", _native(folder, [pairs] * 3, PhotometricInterpretation="YBR_FULL_422")
    for name, item in (
        ("strip", spectral((0, 0, COLUMNS - 1, ROWS - 1), (0.01, -5.0), 24)),
        ("mmode", m_mode((0, 0, COLUMNS - 1, ROWS - 1), (0.01, 0.1))),
    ):
        yield name, _native(folder, FRAMES, SequenceOfUltrasoundRegions=[item])
    times = {"FrameTimeVector": ["0", "33", "34"], "RWaveTimeVector": [10.0, 50.0]}
    pointer = {"FrameTime": None, "FrameIncrementPointer": 0x00181065}
    yield "vector", _native(folder, FRAMES, **times, **pointer)


def _rare(folder: Path) -> Iterator[tuple[str, bytes]]:
    yield "deflated", _deflated(folder)
    yield "bare", _native(folder, FRAMES)[132:]
    yield "bareimplicit", _bare_implicit()
    whole = [frame.tobytes() for frame in FRAMES]
    yield "encapsulated", _coded(folder, ENCAPSULATED, whole)
    yield "deflatedframes", _coded(folder, DEFLATED_FRAMES, list(map(_raw_deflate, whole)))
    video = {"PhotometricInterpretation": "YBR_PARTIAL_420", "NumberOfFrames": 6}
    yield "mpeg2", _coded(folder, MPEG_2, [_video("mpeg", "mpeg2video", "yuv420p")], video)
    yield "h264", _coded(folder, H_264, [_video("mp4", "libx264", "yuv420p")], video)


def _compressed(folder: Path) -> Iterator[tuple[str, bytes, bool]]:
    grey, grey12, grey16 = grey_tags(), grey_tags(12), grey_tags(16)
    ybr = {"PhotometricInterpretation": "YBR_FULL_422"}
    rct = {"PhotometricInterpretation": "YBR_RCT"}

    def coded(
        syntax: str, encode: Callable[[Any], bytes], frames: list[Any], tags: dict[str, Any]
    ) -> bytes:
        return _coded(folder, syntax, [encode(frame) for frame in frames], tags)

    yield "rle", coded(RLE, run_lengths, FRAMES, {}), False
    yield "rle16", coded(RLE, run_lengths, DEEP, grey12), False
    yield "jpeg", coded(JPEG, lambda f: jpeg(f, subsampling=1), FRAMES, ybr), True
    yield "jpegtable", _coded(folder, JPEG, list(map(jpeg, FRAMES)), ybr, table=True), True
    yield "jpeggrey", coded(JPEG, jpeg, GREYS, grey), False
    yield "progressive", coded(JPEG, lambda f: jpeg(f, progressive=True), FRAMES, ybr), True
    yield "lossless", coded(JPEG_LOSSLESS, jpeg_lossless, FRAMES, {}), False
    yield "lossless12", coded(JPEG_LOSSLESS, lambda f: jpeg_lossless(f, 12), DEEP, grey12), False
    yield "jpegls", coded(JPEG_LS, jpeg_ls, FRAMES, {}), False
    yield "jpegls12", coded(JPEG_LS, lambda f: jpeg_ls(f, 12), DEEP, grey12), False
    yield "jpeg2000", coded(JPEG_2000, lambda f: jpeg_2000(f, transform=True), FRAMES, rct), True
    yield "jp2", coded(JPEG_2000, lambda f: jpeg_2000(f, boxes=True), GREYS, grey), False
    small, two = (16, 16), {"NumberOfFrames": 2}
    yield "htj2k", _coded(folder, HTJ2K, [HTJ2K_RED] * 2, two, small), False
    yield "htj2kgrey", _coded(folder, HTJ2K, [HTJ2K_GREYS] * 2, {**two, **grey}, small), False
    yield "jpegxl", coded(JPEG_XL, jpeg_xl, FRAMES, {}), True
    yield "jpegxlgrey", coded(JPEG_XL, jpeg_xl, DEEP, grey16), False


def _others() -> Iterator[tuple[str, bytes]]:
    yield "mp4", _video("mp4", "libx264", "yuv420p")
    yield "mp4b", _video("mp4", "libx264", "yuv420p", 12, bf="2", g="4")
    yield "mov", _video("mov", "mpeg4", "yuv420p")
    yield "avi", _video("avi", "mjpeg", "yuvj420p")
    yield "aviraw", _video("avi", "rawvideo", "bgr24")
    yield "avimpeg4", _video("avi", "mpeg4", "yuv420p", 12, bf="2")
    yield "mpg", _video("mpeg", "mpeg2video", "yuv420p")
    yield "ts", _video("mpegts", "libx264", "yuv420p")
    yield "png", _picture(FRAMES[0], "PNG")
    yield "pnggrey16", _picture(DEEP[0], "PNG")
    yield "pngalpha", _picture(np.dstack([FRAMES[0], GREYS[1]]), "PNG")
    yield "pngpalette", _palette_png()
    yield "jpg", _picture(FRAMES[0], "JPEG", exif=_turned())
    yield "jpgprogressive", _picture(FRAMES[0], "JPEG", progressive=True)


def _palette_png() -> bytes:
    out = io.BytesIO()
    Image.fromarray(FRAMES[0]).quantize(16).save(out, "PNG", transparency=3)
    return out.getvalue()


def _turned() -> Any:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


_REAL = (
    *("examples_ybr_color", "OBXXXX1A_rle", "JPGLosslessP14SV1_1s_1f_8b", "US1_J2KI"),
    *("GDCMJ2K_TextGBR", "JPGExtended", "SC_rgb_jls_lossy_line", "emri_small_jpeg_2k_lossless"),
)
"""Files of pydicom and pydicom-data, of scanners and of every coder."""


def _real(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Those files, made ultrasound where they are none; their pixels stay as they are."""
    for name in _REAL:
        dataset = pydicom.dcmread(str(get_testdata_file(f"{name}.dcm", download=False)))
        if dataset.get("Modality") != "US":
            dataset.Modality, dataset.SOPClassUID = "US", US_MULTI_FRAME
        dataset.save_as(folder / "a")
        yield name, (folder / "a").read_bytes()


def all_seeds() -> Mapping[str, Seed]:
    """Every seed by its name."""
    seeds: dict[str, Seed] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, data, tells in _dicom(Path(folder)):
            start = data.index(b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff") if tells else None
            seeds[f"dicom-{name}"] = Seed(f"dicom-{name}", data, start)
        for name, data in _real(Path(folder)):
            seeds[f"real-{name}"] = Seed(f"real-{name}", data)
    for name, data in _others():
        seeds[name] = Seed(name, data)
    return seeds
