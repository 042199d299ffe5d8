"""A printed report as a DICOM object in its study (PS3.3 A.45.1, Encapsulated PDF)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import generate_uid

from EchoMeasureLib.exporting.report.report_page import TITLE
from EchoMeasureLib.exporting.study_object import new_study_object
from EchoMeasureLib.review.images import ImageFacts

ENCAPSULATED_PDF = "1.2.840.10008.5.1.4.1.1.104.1"

SERIES_NUMBER = 991
"""Far from those of scanners, beside that of structured reports."""


def encapsulated_pdf(
    pdf: bytes, source: Dataset, images: Iterable[ImageFacts], made: datetime, named: bool
) -> FileDataset:
    """The PDF in a new series of the patient and study of `source`, the header of one image.

    It refers to `images`, as far as they are DICOM. `named`: whether the pages name the person.
    `made` has a time zone. Nobody has verified it.
    """
    found = new_study_object(ENCAPSULATED_PDF, source, made)
    found.Modality, found.ConversionType = "DOC", "WSD"
    found.SeriesInstanceUID = generate_uid(prefix=None)
    found.SeriesNumber, found.InstanceNumber = SERIES_NUMBER, 1
    found.SeriesDescription = "EchoMeasure report"
    found.AcquisitionDateTime = ""
    found.BurnedInAnnotation = "YES" if named else "NO"
    found.DocumentTitle = TITLE
    found.ConceptNameCodeSequence = DicomSequence([_imaging_report()])
    found.VerificationFlag = "UNVERIFIED"
    known = [facts for facts in images if facts.identity.sop_instance_uid]
    found.SourceInstanceSequence = DicomSequence(map(_reference, known))
    found.MIMETypeOfEncapsulatedDocument = "application/pdf"
    found.EncapsulatedDocumentLength = len(pdf)
    found.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    return found


def _imaging_report() -> Dataset:
    """A title of CID 7020."""
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator = "18748-4", "LN"
    code.CodeMeaning = "Diagnostic Imaging Report"
    return code


def _reference(facts: ImageFacts) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = facts.identity.sop_class_uid
    item.ReferencedSOPInstanceUID = facts.identity.sop_instance_uid
    return item
