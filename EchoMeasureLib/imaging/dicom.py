"""Ultrasound DICOM files as cines."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from EchoMeasureLib.errors import MissingPackage, UnreadableFile, UnsupportedPixels
from EchoMeasureLib.imaging.cine import DEFAULT_CACHE_BYTES, Cine, Frame, Identity
from EchoMeasureLib.imaging.codecs import Decoded
from EchoMeasureLib.imaging.colours import ToRgb, Values, colouring, to_8_bit, ybr_to_rgb
from EchoMeasureLib.imaging.decoding import FrameDecoder
from EchoMeasureLib.imaging.frame_bytes import FrameReader, frame_reader
from EchoMeasureLib.imaging.header import (
    Header,
    read_header,
    text,
    uid_name,
)
from EchoMeasureLib.imaging.layout import PixelLayout, read_layout
from EchoMeasureLib.imaging.pixel_shape import dicom_aspect
from EchoMeasureLib.imaging.region_reading import read_regions
from EchoMeasureLib.imaging.streams import CodecError, Contradiction
from EchoMeasureLib.imaging.syntaxes import Syntax, syntax_of
from EchoMeasureLib.imaging.timing import read_timing

_US = "1.2.840.10008.5.1.4.1.1."
ULTRASOUND_CLASSES = (f"{_US}6.1", f"{_US}3.1", f"{_US}6", f"{_US}3")
"""Ultrasound and multi-frame ultrasound images, and both in their retired form."""

SCREEN_CLASSES = (
    *(f"{_US}7", f"{_US}7.1", f"{_US}7.2", f"{_US}7.3", f"{_US}7.4"),
    *(f"{_US}77.1.4", f"{_US}77.1.4.1"),
)
"""Secondary captures and photographs: read when their modality says ultrasound."""

DICOM_DIRECTORY = "1.2.840.10008.1.3.10"

ULTRASOUND_MODALITIES = ("US", "IVUS")


def read_dicom(path: Path, cache_bytes: int = DEFAULT_CACHE_BYTES) -> Cine:
    """The cine or still in a DICOM file; frames are decoded when they are asked for.

    Raises `UnreadableFile` when it is damaged or no ultrasound image, and
    `UnsupportedPixels` when nothing here decodes its pixels.
    """
    header = read_header(path)
    _check_content(header, path.name)
    syntax = syntax_of(header.syntax, path.name)
    layout, notes = read_layout(header.dataset, path.name)
    reader = frame_reader(header, layout, syntax, path)
    source = DicomSource(path.name, reader, syntax)
    notes += reader.notes + source.settle()
    if not source.layout.is_colour:
        source.to_rgb, more = colouring(header.dataset, source.layout, path.name, source.values)
        notes += more
    aspect, more = dicom_aspect(header.dataset)
    return Cine(
        source,
        read_timing(header.dataset, source.frame_count),
        read_regions(header.dataset, layout.columns, layout.rows),
        _identity(header),
        path,
        f"DICOM, {syntax.name}",
        cache_bytes,
        (*notes, *more),
        aspect,
    )


def _check_content(header: Header, name: str) -> None:
    sop_class = text(header.dataset, "SOPClassUID")
    modality = text(header.dataset, "Modality")
    what = uid_name(sop_class) if sop_class else f"a {modality or 'nameless'} object"
    if sop_class == DICOM_DIRECTORY:
        raise UnreadableFile(
            f"{name} is a DICOMDIR, an index of other files.", "Open one of the images it names."
        )
    if header.pixels is None:
        if "Rows" in header.dataset and "BitsAllocated" in header.dataset:
            raise UnreadableFile(
                f"{name} is cut short: it ends before its pixels.", "Copy or export it again."
            )
        raise UnreadableFile(
            f"{name} is a DICOM file without pixels ({what}).", "Open the image it belongs to."
        )
    if sop_class in ULTRASOUND_CLASSES:
        return
    if modality in ULTRASOUND_MODALITIES and (not sop_class or sop_class in SCREEN_CLASSES):
        return
    raise UnreadableFile(
        f"{name} is no ultrasound image: it is {what} of modality {modality or 'unknown'}.",
        "EchoMeasure opens ultrasound images, and screen captures whose modality is US.",
    )


def _identity(header: Header) -> Identity:
    dataset = header.dataset
    return Identity(
        sop_instance_uid=text(dataset, "SOPInstanceUID"),
        sop_class_uid=text(dataset, "SOPClassUID"),
        series_instance_uid=text(dataset, "SeriesInstanceUID"),
        study_instance_uid=text(dataset, "StudyInstanceUID"),
        transfer_syntax_uid=header.syntax,
        modality=text(dataset, "Modality"),
        manufacturer=text(dataset, "Manufacturer"),
        model=text(dataset, "ManufacturerModelName"),
    )


_LOOKED_AT = 5
"""So many frames are tried for one that tells depth and colours."""


class DicomSource:
    """Frames of a DICOM file. Nothing but the frame asked for is read from disk."""

    def __init__(self, name: str, reader: FrameReader, syntax: Syntax) -> None:
        self._name = name
        self._syntax = syntax
        self._fetch = reader.fetch
        self._decoder = FrameDecoder(syntax, reader.layout, reader.encapsulated)
        self.to_rgb: ToRgb | None = None
        """What turns stored values of one sample into colours."""

    @property
    def layout(self) -> PixelLayout:
        return self._decoder.layout

    @property
    def frame_count(self) -> int:
        return self.layout.frames

    @property
    def size(self) -> tuple[int, int]:
        return self.layout.columns, self.layout.rows

    def settle(self) -> tuple[str, ...]:
        """Let the first frame that is sound tell depth and colours; what is odd about them.

        Raises `UnreadableFile` when it is not the picture that the header describes.
        """
        for index in range(min(self.frame_count, _LOOKED_AT)):
            try:
                return self._decoder.settle(self._fetch(index))
            except Contradiction as error:
                raise self._problem(index, error) from error
            except (CodecError, UnreadableFile, ImportError):
                continue  # said when the frame is asked for
        return ()

    def values(self, index: int) -> Values:
        """The stored values of a frame, (rows, columns, samples)."""
        return self._decoded(index).values

    def decode(self, index: int) -> Frame:
        """Frame `index` as RGB. Raises `UnreadableFile` when it is damaged."""
        decoded = self._decoded(index)
        if self.to_rgb is not None:
            return self.to_rgb(decoded.values)
        values = to_8_bit(decoded.values, decoded.bits)
        if values.shape[2] == 1:
            return np.repeat(values, 3, axis=2)
        return ybr_to_rgb(values) if decoded.ybr else values

    def _decoded(self, index: int) -> Decoded:
        data = self._fetch(index)
        try:
            return self._decoder.decode(data)
        except CodecError as error:
            raise self._problem(index, error) from error
        except MissingPackage:
            raise
        except ImportError as error:
            raise UnsupportedPixels(
                f"{self._which(index)} is {self._syntax.name}, which needs SimpleITK, and that is "
                "missing.",
                "Install it with: pip install simpleitk",
            ) from error

    def _which(self, index: int) -> str:
        return f"Frame {index} of {self._name}" if self.frame_count > 1 else self._name

    def _problem(self, index: int, error: CodecError) -> UnreadableFile:
        verb = "contradicts itself" if isinstance(error, Contradiction) else "cannot be decoded"
        return UnreadableFile(
            f"{self._which(index)} {verb} ({self._syntax.name}): {error}.", "Export the file again."
        )
