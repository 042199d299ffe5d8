"""The stored bytes of one frame of a DICOM file, read from disk when they are wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.fragments import Fragment, frames_of, scan_fragments
from EchoMeasureLib.imaging.header import (
    BIG_ENDIAN,
    UNDEFINED_LENGTH,
    Header,
    PixelElement,
    stored_bytes,
)
from EchoMeasureLib.imaging.layout import YBR_422, PixelLayout
from EchoMeasureLib.imaging.syntaxes import Syntax


@dataclass(frozen=True, slots=True)
class FrameReader:
    """Reads the stored bytes of a frame."""

    fetch: Callable[[int], bytes]
    layout: PixelLayout
    """Of what it reads."""
    notes: tuple[str, ...] = ()
    """What to know of the file, such as frames that it lacks."""


def frame_reader(header: Header, layout: PixelLayout, syntax: Syntax, path: Path) -> FrameReader:
    """What reads the frames of a file.

    Raises `UnreadableFile` when the file contradicts itself or holds less than it
    declares: at once for uncompressed pixels, for compressed ones when a frame that
    is missing is asked for.
    """
    pixels = header.pixels
    assert pixels is not None  # _check_content
    encapsulated = pixels.length == UNDEFINED_LENGTH
    if encapsulated != syntax.encapsulated:
        raise UnreadableFile(
            f"{path.name} contradicts itself: its pixels are "
            f"{'' if encapsulated else 'not '}compressed, its header says {syntax.name}.",
            "Export the file again.",
        )
    if encapsulated:
        return _encapsulated_reader(header, pixels, layout, path)
    layout = replace(layout, big_endian=header.syntax == BIG_ENDIAN)
    return FrameReader(_native_reader(pixels, layout, path), layout)


def _native_reader(pixels: PixelElement, layout: PixelLayout, path: Path) -> Callable[[int], bytes]:
    size = layout.frame_bytes
    if layout.photometric == YBR_422 and pixels.length < size * layout.frames:
        size = size * 2 // 3
    held = pixels.length if pixels.inflated is not None else path.stat().st_size - pixels.offset
    held = min(held, pixels.length)
    if held < size * layout.frames:
        raise UnreadableFile(
            f"{path.name} is cut short: it should hold {layout.frames} frame(s) of {size} bytes, "
            f"but has {max(0, held)} bytes of pixels.",
            "Copy or export it again.",
        )

    def stored(start: int, end: int) -> bytes:
        if pixels.inflated is not None:
            return pixels.inflated[start:end]
        return read_bytes(path, pixels.offset + start, end - start)

    def fetch(index: int) -> bytes:
        start, end = index * size, (index + 1) * size
        if not (layout.big_endian and pixels.words and layout.value_bytes == 1):
            return stored(start, end)
        # Bytes that were written as 16-bit words stand in the wrong order, pair by pair.
        words = bytearray(stored(start - start % 2, min(end + end % 2, held)))
        words.extend(b"\0" * (len(words) % 2))
        words[::2], words[1::2] = words[1::2], words[::2]
        return bytes(words[start % 2 : start % 2 + size])

    return fetch


def _encapsulated_reader(
    header: Header, pixels: PixelElement, layout: PixelLayout, path: Path
) -> FrameReader:
    fragments = scan_fragments(path, pixels.offset)
    if not fragments.items:
        raise UnreadableFile(
            f"{path.name} is cut short: it ends before its first frame.", "Copy or export it again."
        )
    frames = frames_of(fragments, layout.frames, path.name, _extended_table(header))

    def fetch(index: int) -> bytes:
        parts = frames[index]
        if not _is_there(parts):
            raise UnreadableFile(
                f"{path.name} is cut short: frame {index} of {layout.frames} is missing.",
                "Copy or export it again, or use the frames before it.",
            )
        return b"".join(_fragment_bytes(path, part) for part in parts)

    missing = [number for number, parts in enumerate(frames) if not _is_there(parts)]
    notes: tuple[str, ...] = ()
    if missing:
        notes = (
            f"The file is cut short: {len(missing)} of its {layout.frames} frames are missing, "
            f"the first is frame {missing[0]}.",
        )
    return FrameReader(fetch, layout, notes)


def _is_there(parts: tuple[Fragment, ...]) -> bool:
    return bool(parts) and all(part.complete for part in parts)


def _fragment_bytes(path: Path, fragment: Fragment) -> bytes:
    return read_bytes(path, fragment.head + 8, fragment.length)


def _extended_table(header: Header) -> tuple[int, ...]:
    data = stored_bytes(header.dataset, "ExtendedOffsetTable")
    return tuple(
        int.from_bytes(data[start : start + 8], "little") for start in range(0, len(data) - 7, 8)
    )


def read_bytes(path: Path, offset: int, size: int) -> bytes:
    """These bytes of the file. Raises `UnreadableFile` when they are not there any more."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(size)
    except OSError as error:
        raise UnreadableFile(f"{path.name} cannot be read any more: {error.strerror}.") from error
    if len(data) < size:
        raise UnreadableFile(f"{path.name} was cut short since it was opened.")
    return data
