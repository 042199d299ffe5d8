"""A video file opened with FFmpeg, as a file and nothing else, or the reason why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from EchoMeasureLib.errors import MissingPackage, UnreadableFile, UnsupportedPixels
from EchoMeasureLib.imaging.byte_source import ByteSource
from EchoMeasureLib.imaging.layout import MAX_PIXELS
from EchoMeasureLib.imaging.mpeg_forms import HEAD_BYTES, mpeg_form

CONVERT = "Convert it to MP4 (H.264) with the program that made it."


def load_av() -> Any:
    """PyAV. Raises `MissingPackage` when it is not installed."""
    try:
        import av
    except ImportError as error:
        raise MissingPackage("av", "Reading or writing a video", "video") from error
    return av


def file_url(path: Path) -> str:
    """The path in the form that FFmpeg takes for a file, whatever stands before a colon in it."""
    return f"file:{path.absolute()}"


def form_of(source: ByteSource) -> str:
    """FFmpeg's name of the container, by the first bytes. Raises `UnreadableFile`."""
    try:
        with source.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise UnreadableFile(f"{source.name} cannot be opened: {error.strerror}.") from error
    return mpeg_form(head) or ("avi" if head[:4] == b"RIFF" else "mov")


def open_video(path: ByteSource, ignore_edits: bool = False) -> tuple[Any, Any]:
    """The opened container and its video stream.

    `ignore_edits` shows the frames that an MP4's edit list cuts away. Raises
    `UnreadableFile`, and `UnsupportedPixels` for a coding that FFmpeg does not know.
    """
    av = load_av()
    options = {"max_pixels": str(MAX_PIXELS), "protocol_whitelist": "file"}
    if ignore_edits:
        options["ignore_editlist"] = "1"
    form = form_of(path)
    try:
        place = file_url(path) if isinstance(path, Path) else path.open("rb")
        container = av.open(place, format=form, metadata_errors="ignore", options=options)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise damaged(path) from error
    if not container.streams.video:
        container.close()
        raise UnreadableFile(f"{path.name} holds no video.", "Open a file with moving pictures.")
    stream = moving_pictures(container)[0]
    if stream.codec_context is None:
        container.close()
        raise unknown_coding(path, b"")
    stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    stream.thread_type = "AUTO"
    return container, stream


def moving_pictures(container: Any) -> list[Any]:
    """Its streams of pictures, without those that are a cover where there are others."""
    cover = load_av().stream.Disposition.attached_pic
    streams = list(container.streams.video)
    return [stream for stream in streams if not stream.disposition & cover] or streams


def damaged(path: ByteSource) -> UnreadableFile:
    """The error of a video that cannot be opened."""
    return UnreadableFile(
        f"{path.name} is a damaged video: FFmpeg cannot make sense of it.",
        "Copy it again, or convert it to MP4 (H.264).",
    )


def unknown_coding(path: ByteSource, coding: bytes) -> UnsupportedPixels:
    """The error of a video whose coding FFmpeg does not know, with its four characters."""
    name = "".join(letter for letter in coding.decode("latin-1") if letter.isprintable()).strip()
    coded = f"coded as '{name}', which" if name else "coded in a way that"
    return UnsupportedPixels(
        f"The pictures of {path.name} are {coded} FFmpeg does not know.", CONVERT
    )


def check_size(path: ByteSource, columns: int, rows: int) -> None:
    """Raises `UnreadableFile` for pictures without or with too many pixels."""
    if columns <= 0 or rows <= 0 or columns * rows > MAX_PIXELS:
        raise UnreadableFile(
            f"{path.name} says that its pictures have {columns} x {rows} pixels, which no screen "
            "has: it is damaged.",
            "Copy it again, or convert it to MP4 (H.264).",
        )
