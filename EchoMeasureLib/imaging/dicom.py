"""Ultrasound DICOM files as cines."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np

from EchoMeasureLib.errors import MissingPackage, UnreadableFile, UnsupportedPixels
from EchoMeasureLib.imaging.cine import DEFAULT_CACHE_BYTES, Cine, FrameSource, Identity
from EchoMeasureLib.imaging.codecs import Decoded
from EchoMeasureLib.imaging.colours import ToRgb, Values, colouring, to_8_bit, ybr_to_rgb
from EchoMeasureLib.imaging.dicom_content import check_content
from EchoMeasureLib.imaging.dicom_video import checked_timing, video_frames
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.frame_bytes import FrameReader, frame_reader
from EchoMeasureLib.imaging.frame_values import FrameDecoder
from EchoMeasureLib.imaging.header import (
    Header,
    read_header,
    text,
)
from EchoMeasureLib.imaging.layout import PixelLayout, read_layout
from EchoMeasureLib.imaging.patient import patient_check
from EchoMeasureLib.imaging.pixel_shape import dicom_aspect
from EchoMeasureLib.imaging.region_reading import read_regions
from EchoMeasureLib.imaging.stream_facts import CodecError, Contradiction
from EchoMeasureLib.imaging.subject_reading import read_subject
from EchoMeasureLib.imaging.syntaxes import Syntax, syntax_of
from EchoMeasureLib.imaging.timing import read_timing


def read_dicom(path: Path, cache_bytes: int = DEFAULT_CACHE_BYTES) -> Cine:
    """The cine or still in a DICOM file; frames are decoded when they are asked for.

    Raises `UnreadableFile` when it is damaged or no ultrasound image, and
    `UnsupportedPixels` when nothing here decodes its pixels.
    """
    header = read_header(path)
    check_content(header, path)
    syntax = syntax_of(header.syntax, path.name)
    layout, notes = read_layout(header.dataset, path.name, syntax.is_video)
    subject, identity = read_subject(header.dataset), _identity(header)
    aspect, more = dicom_aspect(header.dataset)
    notes += more
    frames: FrameSource
    if syntax.is_video:
        frames, index, more = video_frames(header, layout, syntax, path)
        timing = checked_timing(read_timing(header.dataset, frames.frame_count), index)
        aspect = aspect if "PixelAspectRatio" in header.dataset else index.look.pixel_aspect
    else:
        frames, more = _still_frames(header, layout, syntax, path)
        timing = read_timing(header.dataset, frames.frame_count)
    return Cine(
        frames,
        timing,
        read_regions(header.dataset, layout.columns, layout.rows, aspect),
        identity,
        path,
        f"DICOM, {syntax.name}",
        cache_bytes,
        (*notes, *more),
        aspect,
        subject,
    )


def _still_frames(
    header: Header, layout: PixelLayout, syntax: Syntax, path: Path
) -> tuple[FrameSource, tuple[str, ...]]:
    """Frames that are stored one by one, and what is odd about them."""
    reader = frame_reader(header, layout, syntax, path)
    source = DicomSource(path.name, reader, syntax)
    notes = reader.notes + source.settle()
    if not source.layout.is_colour:
        source.to_rgb, more = colouring(header.dataset, source.layout, path.name, source.sample)
        notes += more
    return source, notes


def _identity(header: Header) -> Identity:
    dataset = header.dataset
    study = text(dataset, "StudyInstanceUID")
    patient = patient_check(study, text(dataset, "PatientID"), text(dataset, "PatientBirthDate"))
    for keyword in ("PatientID", "PatientBirthDate"):
        dataset.pop(keyword, None)
    return Identity(
        sop_instance_uid=text(dataset, "SOPInstanceUID"),
        sop_class_uid=text(dataset, "SOPClassUID"),
        series_instance_uid=text(dataset, "SeriesInstanceUID"),
        study_instance_uid=study,
        transfer_syntax_uid=header.syntax,
        modality=text(dataset, "Modality"),
        manufacturer=text(dataset, "Manufacturer"),
        model=text(dataset, "ManufacturerModelName"),
        patient=patient,
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

    def sample(self) -> Values:
        """The stored values of the first frame that is sound, (rows, columns, samples)."""
        for index in range(min(self.frame_count, _LOOKED_AT) - 1):
            with suppress(UnreadableFile):
                return self._decoded(index).values
        return self._decoded(min(self.frame_count, _LOOKED_AT) - 1).values

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
