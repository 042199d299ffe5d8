"""Open a file as a cine, whatever its name: the content says what it is."""

from __future__ import annotations

from pathlib import Path

from EchoMeasureLib.errors import ForeignFile, UnreadableFile
from EchoMeasureLib.imaging.cine import DEFAULT_CACHE_BYTES, Cine
from EchoMeasureLib.imaging.sniffing import HEAD_BYTES, FileKind, recognise, seems_to_be
from EchoMeasureLib.opening import NotAFile, open_file

READ_KINDS = "EchoMeasure opens DICOM, AVI, MP4, MPEG, PNG and JPEG files."


def read(path: str | Path, cache_bytes: int = DEFAULT_CACHE_BYTES) -> Cine:
    """The cine or still in this file.

    Frames are decoded when they are asked for and kept within `cache_bytes`; the
    pixels of the file are never loaded as a whole. Only DICOM brings calibrated
    regions. Raises `UnreadableFile` for a file that is missing or damaged, `ForeignFile`, which is
    one too, for one of another kind, `UnsupportedPixels` for one that nothing here decodes, and
    `MissingPackage` for a video without PyAV.

    >>> cine = read("echo.dcm")
    >>> cine.kind, cine.frame_count, (cine.rows, cine.columns)
    ('DICOM, JPEG Lossless', 1, (768, 1024))
    >>> [f"{region.kind.value} {region.delta[0]:.4f} {region.units[0]}" for region in cine.regions]
    ['2d 0.0255 cm']
    >>> read("there-is-none.dcm")
    Traceback (most recent call last):
    EchoMeasureLib.errors.UnreadableFile: There is no file there-is-none.dcm.
    """
    path = Path(path)
    match recognise(head := _head(path)):
        case FileKind.DICOM:
            from EchoMeasureLib.imaging.dicom import read_dicom

            return read_dicom(path, cache_bytes)
        case FileKind.VIDEO:
            from EchoMeasureLib.imaging.video import read_video

            return read_video(path, cache_bytes)
        case FileKind.PICTURE:
            from EchoMeasureLib.imaging.stills import read_picture

            return read_picture(path)
    # What is empty was to be something: no file is made for nothing.
    kind = ForeignFile if any(head) else UnreadableFile
    raise kind(
        f"{path.name} is no image that EchoMeasure reads: it seems to be {seems_to_be(head)}.",
        READ_KINDS,
    )


def _head(path: Path) -> bytes:
    try:
        with open_file(path) as file:
            return file.read(HEAD_BYTES)
    except FileNotFoundError as error:
        raise UnreadableFile(f"There is no file {path}.") from error
    except OSError as error:
        hint = error.hint if isinstance(error, NotAFile) else ""
        raise UnreadableFile(f"{path} cannot be opened: {error.strerror}.", hint) from error
