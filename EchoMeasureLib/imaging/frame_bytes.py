"""The stored bytes of one frame of a DICOM file, read from disk when they are wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.file_meta import BIG_ENDIAN
from EchoMeasureLib.imaging.fragments import (
    Fragment,
    Group,
    frames_of,
    scan_fragments,
)
from EchoMeasureLib.imaging.header import (
    UNDEFINED_LENGTH,
    Header,
    PixelElement,
    number,
    stored_bytes,
    text,
)
from EchoMeasureLib.imaging.jpeg_streams import END_OF_IMAGE
from EchoMeasureLib.imaging.layout import MAX_FRAMES, YBR_422, PixelLayout
from EchoMeasureLib.imaging.pixel_evidence import Bytes, looks_like
from EchoMeasureLib.imaging.stream_facts import Coding
from EchoMeasureLib.imaging.syntaxes import Syntax

_CLASS = "1.2.840.10008.5.1.4.1.1."
SINGLE_FRAME_CLASSES = (f"{_CLASS}6", f"{_CLASS}6.1", f"{_CLASS}7", f"{_CLASS}77.1.4")

_LOOKED_AT = 20
"""Of so many frames that seem to lack their end the whole is searched for it."""

_END_MARKED = (Coding.JPEG, Coding.JPEG_LOSSLESS, Coding.JPEG_LS, Coding.JPEG_2000)


@dataclass(frozen=True, slots=True)
class FrameReader:
    """Reads the stored bytes of a frame."""

    fetch: Callable[[int], bytes]
    layout: PixelLayout
    """Of what it reads: as many frames as there are."""
    encapsulated: bool
    notes: tuple[str, ...] = ()
    """What to know of the file, such as frames that it lacks."""


def frame_reader(header: Header, layout: PixelLayout, syntax: Syntax, path: Path) -> FrameReader:
    """What reads the frames of a file: those that are there, whatever the header declares.

    Raises `UnreadableFile` when the file contradicts itself or holds no frame.
    """
    pixels = header.pixels
    assert pixels is not None  # _check_content
    encapsulated = pixels.length == UNDEFINED_LENGTH
    if syntax.encapsulated and not encapsulated:
        raise UnreadableFile(
            f"{path.name} contradicts itself: its pixels are not compressed, its header says "
            f"{syntax.name}.",
            "Export the file again.",
        )
    if encapsulated and pixels.inflated is not None:
        raise UnreadableFile(
            f"{path.name} contradicts itself: it is deflated as a whole, and its frames are "
            "compressed once more.",
            "Export the file again.",
        )
    declared = declared_frames(header)
    if encapsulated:
        return _encapsulated_reader(header, pixels, layout, syntax, path, declared)
    layout = replace(layout, big_endian=header.syntax == BIG_ENDIAN)
    reader = _native_reader(pixels, layout, path, declared)
    if reader.layout.frames != layout.frames:
        _check_look(reader, path.name)
    if reader.layout.frames > 1 and declared in (None, 1):
        _check_many(text(header.dataset, "SOPClassUID"), reader.layout.frames, path.name)
    return reader


def declared_frames(header: Header) -> int | None:
    """NumberOfFrames; None where the header does not say."""
    value = number(header.dataset, "NumberOfFrames")
    return int(value) if value and value >= 1 else None


def _native_reader(
    pixels: PixelElement, layout: PixelLayout, path: Path, declared: int | None
) -> FrameReader:
    if _is_subsampled(pixels.length, layout, path.name):
        layout = replace(layout, subsampled=True, planar=False)  # the pixels may say otherwise
    there = len(pixels.inflated) if pixels.inflated is not None else path.stat().st_size
    held = max(0, min(there - pixels.offset, pixels.length))
    size = layout.frame_bytes
    count = held // size
    if not count:
        raise UnreadableFile(
            f"{path.name} {'is cut short' if held < pixels.length else 'contradicts itself'}: "
            f"it should hold frames of {size} bytes, but has {held} bytes of pixels.",
            "Copy or export it again.",
        )
    left = held - size * count
    if count < layout.frames and left > 1 and held == pixels.length:
        raise UnreadableFile(
            f"{path.name} contradicts itself: it declares {layout.frames} frames of {size} bytes, "
            f"but has {held} bytes of pixels.",
            "Export it again.",
        )
    if count > layout.frames and left > 1:
        # No whole number of frames: what follows is no picture.
        count, left = layout.frames, held - size * layout.frames
    notes = count_notes(count, declared, held < pixels.length)
    # Only the whole of the pixels should be padded to an even number of bytes.
    step = size + 1 if size % 2 and left == count == layout.frames > 1 else size
    if step > size:
        notes += ("Each frame is followed by a byte that is none of its own.",)
    elif left > 1 and held == pixels.length:
        notes += (f"{left} bytes after the last frame are passed over.",)
    _check_count(count, path.name)
    layout = replace(layout, frames=count)

    def stored(start: int, end: int) -> bytes:
        if pixels.inflated is not None:
            return bytes(pixels.inflated[pixels.offset + start : pixels.offset + end])
        return read_bytes(path, pixels.offset + start, end - start)

    def fetch(index: int) -> bytes:
        start, end = index * step, index * step + size
        if not (layout.big_endian and pixels.words and layout.value_bytes == 1):
            return stored(start, end)
        # Bytes that were written as 16-bit words stand in the wrong order, pair by pair.
        words = bytearray(stored(start - start % 2, min(end + end % 2, held)))
        words.extend(b"\0" * (len(words) % 2))
        words[::2], words[1::2] = words[1::2], words[::2]
        return bytes(words[start % 2 : start % 2 + size])

    return FrameReader(fetch, layout, False, notes)


def _check_look(reader: FrameReader, name: str) -> None:
    """More or fewer bytes than declared may be other pixels instead of other frames."""
    layout = reader.layout
    if layout.value_bytes > 1 or layout.planar or layout.subsampled:
        return
    seen = looks_like(reader.fetch(0))
    wrong = (Bytes.DEEP, Bytes.RGB) if layout.samples == 1 else (Bytes.DEEP, Bytes.PLAIN)
    if seen in wrong:
        raise UnreadableFile(
            f"{name} contradicts itself: its pixels look like {seen.value}, its header says "
            f"{layout.photometric} of {layout.bits_allocated} bits.",
            "Export the file again.",
        )


def _check_many(sop_class: str, count: int, name: str) -> None:
    """Uncompressed pixels say nothing of themselves: more of them may be deeper or coloured."""
    if sop_class in SINGLE_FRAME_CLASSES:
        raise UnreadableFile(
            f"{name} contradicts itself: it is a single picture, but holds {count} times the "
            "bytes of the one that its header describes.",
            "Export the file again.",
        )


def _is_subsampled(length: int, layout: PixelLayout, name: str) -> bool:
    """Whether uncompressed YBR_FULL_422 is what it says; many files hold full chroma."""
    if layout.photometric != YBR_422:
        return False
    full, half = (replace(layout, subsampled=word) for word in (False, True))
    if length - full.frame_bytes * layout.frames in (0, 1):
        return False
    if layout.columns % 2 and length - half.frame_bytes * layout.frames not in (0, 1):
        raise UnreadableFile(
            f"{name} contradicts itself: {YBR_422} with {layout.columns} columns, an odd number, "
            f"and {length} bytes of pixels.",
            "Export it again as RGB.",
        )
    return True


def count_notes(count: int, declared: int | None, cut: bool) -> tuple[str, ...]:
    """What to say of a file that holds more or fewer frames than it declares."""
    if count == (declared or 1):
        return ()
    says = f"its header declares {declared}" if declared else "its header does not say how many"
    if cut and count < (declared or 1):
        return (f"The file is cut short: it holds {count} of its {declared} frames.",)
    return (f"The file holds {count} frame(s), {says}.",)


def _check_count(count: int, name: str) -> None:
    if count > MAX_FRAMES:
        raise UnreadableFile(f"{name} holds {count} frames, which no ultrasound system makes.")


def _encapsulated_reader(
    header: Header,
    pixels: PixelElement,
    layout: PixelLayout,
    syntax: Syntax,
    path: Path,
    declared: int | None,
) -> FrameReader:
    fragments = scan_fragments(path, pixels.offset)
    if not fragments.items:
        raise UnreadableFile(
            f"{path.name} is cut short: it ends before its first frame."
            if not fragments.delimited
            else f"{path.name} declares frames, but holds none.",
            "Copy or export it again.",
        )
    frames = frames_of(fragments, declared, path.name, _extended_table(header))
    while frames and not _is_there(frames[-1]):
        frames = frames[:-1]
    if not frames:
        raise UnreadableFile(
            f"{path.name} is cut short: it ends within its first frame.", "Copy or export it again."
        )
    _check_count(len(frames), path.name)

    def fetch(index: int) -> bytes:
        parts = frames[index]
        if not _is_there(parts):
            raise UnreadableFile(
                f"{path.name} is cut short: frame {index} of {len(frames)} is missing.",
                "Copy or export it again, or use the other frames.",
            )
        return b"".join(_fragment_bytes(path, part) for part in parts)

    notes = count_notes(len(frames), declared, not fragments.delimited)
    return FrameReader(
        fetch, replace(layout, frames=len(frames)), True, notes + _end_notes(frames, syntax, path)
    )


def _end_notes(frames: tuple[Group, ...], syntax: Syntax, path: Path) -> tuple[str, ...]:
    """Frames without the marker that ends a picture; whether one is cut shows on decoding."""
    if syntax.codings[0] not in _END_MARKED:
        return ()
    doubtful = [at for at, parts in enumerate(frames) if parts and not parts[-1].closes]
    # Something may follow the marker.
    looked_at = [at for at in doubtful[:_LOOKED_AT] if not _holds_end(path, frames[at])]
    if not looked_at:
        return ()
    endless = [*looked_at, *doubtful[_LOOKED_AT:]]
    return (
        f"{len(endless)} frame(s) lack the marker that ends a compressed picture, "
        f"the first is frame {endless[0]}.",
    )


def _holds_end(path: Path, parts: Group) -> bool:
    return END_OF_IMAGE in _fragment_bytes(path, parts[-1])


def _is_there(parts: Group) -> bool:
    return bool(parts) and all(part.complete for part in parts)


def _fragment_bytes(path: Path, fragment: Fragment) -> bytes:
    return read_bytes(path, fragment.head + 8, fragment.length)


def _extended_table(header: Header) -> tuple[int, ...]:
    data = stored_bytes(header.dataset, "ExtendedOffsetTable")[: 8 * MAX_FRAMES]
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
