"""Videos for tests: by PyAV's encoders, or byte by byte where a test needs odd headers."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

Frame = np.ndarray[Any, np.dtype[np.uint8]]


def encode(
    path: Path,
    frames: Sequence[Frame],
    codec: str = "libx264",
    pixels: str = "yuv420p",
    options: dict[str, str] | None = None,
    aspect: Fraction | None = None,
    stamps: Sequence[int] | None = None,
) -> Path:
    """RGB frames at 25 per second or at `stamps` (ms); `aspect` is a pixel's width over height."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options=options or {})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pixels
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        base = Fraction(1, 25) if stamps is None else Fraction(1, 1000)
        if stamps is not None:
            stream.time_base = stream.codec_context.time_base = base
        for number, frame in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            picture.pts = number if stamps is None else stamps[number]
            picture.time_base = base
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


def chunk(kind: bytes, data: bytes) -> bytes:
    """A RIFF chunk."""
    return kind + struct.pack("<L", len(data)) + data + b"\0" * (len(data) % 2)


def chunks(kind: bytes, data: bytes) -> bytes:
    """A RIFF list."""
    return chunk(b"LIST", kind + data)


def avi(
    path: Path,
    frames: Sequence[bytes],
    size: tuple[int, int],
    coding: bytes = b"MJPG",
    bits: int = 24,
    rate: tuple[int, int] = (25, 1),
    microseconds: int = 40000,
    palette: bytes = b"",
) -> Path:
    """An AVI with these frames as they are; `rate` is dwRate, dwScale, `size` columns, rows."""
    columns, rows = size
    count = len(frames)
    main = struct.pack("<14L", microseconds, 0, 0, 0x10, count, 0, 1, 0, columns, rows, *[0] * 4)
    times = struct.pack("<10L", 0, 0, 0, rate[1], rate[0], 0, count, 0, 0xFFFFFFFF, 0)
    stream = b"vids" + coding + times + struct.pack("<4H", 0, 0, columns, rows)
    form = struct.pack("<LllHH", 40, columns, rows, 1, bits) + coding
    form += struct.pack("<5L", 0, 0, 0, len(palette) // 4, 0) + palette
    streams = chunks(b"strl", chunk(b"strh", stream) + chunk(b"strf", form))
    header = chunks(b"hdrl", chunk(b"avih", main) + streams)
    body = header + chunks(b"movi", b"".join(chunk(b"00dc", frame) for frame in frames))
    path.write_bytes(b"RIFF" + struct.pack("<L", len(body) + 4) + b"AVI " + body)
    return path


def jpeg(frame: Frame) -> bytes:
    """A baseline JPEG."""
    out = io.BytesIO()
    Image.fromarray(frame).save(out, "JPEG", quality=95)
    return out.getvalue()


def patched(path: Path, kind: bytes, offset: int, data: bytes) -> Path:
    """Overwrites bytes of the first MP4 box of this kind, `offset` bytes after its name."""
    content = bytearray(path.read_bytes())
    place = content.index(kind) + 4 + offset
    content[place : place + len(data)] = data
    path.write_bytes(content)
    return path
