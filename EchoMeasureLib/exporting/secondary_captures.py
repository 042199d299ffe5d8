"""A picture as a DICOM object in the study of its image (PS3.3 A.8.1, Secondary Capture)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import generate_uid

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.exporting.structured_report.source_images import read_source
from EchoMeasureLib.exporting.study_object import new_study_object, write_study_object
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.review.images import ImageFacts

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"

SERIES_NUMBER = 992
"""Far from those of scanners, beside those of reports."""


@dataclass
class CaptureSeries:
    """The pictures of one export: a series of their own in the study."""

    uid: str = field(default_factory=lambda: str(generate_uid(prefix=None)))
    made: datetime = field(default_factory=lambda: datetime.now().astimezone())
    """With a time zone."""
    count: int = 0

    def write(self, path: Path, picture: Frame, cine: Cine, frame: int, whole_screen: bool) -> None:
        """Write a picture of this frame, in RGB. `whole_screen`: what the screen says is in it.

        Raises `InvalidArgument` for an image that is of no study, `UnreadableFile` for one whose
        file is damaged, `OutputProblem`.
        """
        if cine.path is None:
            raise InvalidArgument("An image without a file is of no study.", "Choose png.")
        source = read_source(ImageFacts.of(cine), cine.path)
        self.count += 1
        found = secondary_capture(picture, source, self, None if _is_still(cine) else frame)
        found.BurnedInAnnotation = "YES" if whole_screen else "NO"
        write_study_object(path, found)


def secondary_capture(
    picture: Frame, source: Dataset, series: CaptureSeries, frame: int | None
) -> FileDataset:
    """The picture, uint8 (rows, columns, 3), in the study of `source`, the header of its image.

    `frame` is counted from 0, None for a still. Of modality OT: it is no ultrasound that could be
    measured.
    """
    found = new_study_object(SECONDARY_CAPTURE, source, series.made)
    found.Modality, found.ConversionType = "OT", "WSD"
    found.SeriesInstanceUID = series.uid
    found.SeriesNumber, found.InstanceNumber = SERIES_NUMBER, series.count
    found.SeriesDescription, found.BodyPartExamined = "EchoMeasure pictures", "HEART"
    found.DateOfSecondaryCapture = found.ContentDate
    found.TimeOfSecondaryCapture = found.ContentTime
    found.ImageType = ["DERIVED", "SECONDARY"]
    found.DerivationDescription = "Calipers drawn on a frame; research use only"
    found.PatientOrientation = ""
    found.SourceImageSequence = DicomSequence([_reference(source, frame)])
    found.Rows, found.Columns = picture.shape[:2]
    found.SamplesPerPixel, found.PhotometricInterpretation = 3, "RGB"
    found.PlanarConfiguration, found.PixelRepresentation = 0, 0
    found.BitsAllocated, found.BitsStored, found.HighBit = 8, 8, 7
    data = np.ascontiguousarray(picture, np.uint8).tobytes()
    found.PixelData = data + b"\0" * (len(data) % 2)
    found["PixelData"].VR = "OB"
    return found


def _reference(source: Dataset, frame: int | None) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = source.SOPClassUID
    item.ReferencedSOPInstanceUID = source.SOPInstanceUID
    if frame is not None:
        item.ReferencedFrameNumber = frame + 1
    return item


def _is_still(cine: Cine) -> bool:
    return cine.frame_count == 1
