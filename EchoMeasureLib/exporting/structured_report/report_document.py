"""The DICOM object around a content tree: patient, study, maker, evidence, flags, predecessor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import generate_uid

from EchoMeasureLib.errors import InvalidArgument, UnreadableFile
from EchoMeasureLib.exporting.structured_report.content_items import one_line, person_name
from EchoMeasureLib.exporting.structured_report.report_codes import OWN
from EchoMeasureLib.exporting.study_object import MAKER, new_study_object
from EchoMeasureLib.imaging.header import PARSE_ERRORS, quiet_pydicom
from EchoMeasureLib.imaging.patient import patient_check

ADULT_ECHO = "1.2.840.10008.5.1.4.1.1.88.72"
SERIES_NUMBER = 990
"""Of reports: far from those of scanners."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a person says of a report; a program says none of it.

    Raises `InvalidArgument` for a verification that DICOM does not know (PS3.3 C.17.2).
    """

    complete: bool = False
    """Nothing is missing."""
    verified_by: str = ""
    """Who stands behind it."""
    organisation: str = ""
    """For which organisation."""

    def __post_init__(self) -> None:
        if self.verified != bool(one_line(self.organisation)):
            raise InvalidArgument(
                "Who verifies a report does so for an organisation.", "Give both."
            )
        if self.verified and not self.complete:
            raise InvalidArgument("Only a report that is complete can be verified.", "Say both.")

    @property
    def verified(self) -> bool:
        """Whether a person stands behind it."""
        return bool(one_line(self.verified_by))


def make_document(
    root: Dataset,
    template: str,
    sop_class: str,
    sources: Iterable[Dataset],
    now: datetime,
    signature: Signature,
    previous: Dataset | None = None,
) -> FileDataset:
    """The report with this content tree, in a new series of the study of its images.

    `now` has a time zone. Raises `InvalidArgument` for an object that does not say which it is or
    of which series, and for a `previous` report that is of another study or patient.
    """
    images = list(sources)
    report = new_study_object(sop_class, images[0], now)
    report.update(root)
    report.pop("RelationshipType", None)
    _of_series(report)
    if sop_class == ADULT_ECHO and "TimezoneOffsetFromUTC" not in report:
        # This class has to name one (PS3.3 A.35.17).
        report.TimezoneOffsetFromUTC = f"{now:%z}"
    _name_scheme(report)
    report.ContentTemplateSequence = DicomSequence([_template(template)])
    report.CurrentRequestedProcedureEvidenceSequence = _references(images)
    _sign(report, signature, now)
    if previous is not None:
        _check_same(images[0], previous)
        report.PredecessorDocumentsSequence = _references([previous])
    return report


def read_previous(path: Path) -> Dataset:
    """An earlier version of a report. Raises `UnreadableFile` for what is no report."""
    try:
        with path.open("rb") as file, quiet_pydicom():
            found = pydicom.dcmread(file, stop_before_pixels=True)
    except PARSE_ERRORS as error:
        raise UnreadableFile(
            f"{path} cannot be read as DICOM.", "Name a structured report."
        ) from error
    if found.get("Modality") != "SR" or "ContentSequence" not in found:
        raise UnreadableFile(f"{path} is no structured report.", "Name the one that is replaced.")
    return found


def _of_series(report: Dataset) -> None:
    report.Modality = "SR"
    report.SeriesInstanceUID = generate_uid(prefix=None)
    report.SeriesNumber, report.InstanceNumber = SERIES_NUMBER, 1
    report.SeriesDescription = "EchoMeasure measurements"
    report.SeriesDate, report.SeriesTime = report.ContentDate, report.ContentTime
    report.ReferencedPerformedProcedureStepSequence = DicomSequence()
    report.PerformedProcedureCodeSequence = DicomSequence()


def _name_scheme(report: Dataset) -> None:
    scheme = Dataset()
    scheme.CodingSchemeDesignator = OWN
    scheme.CodingSchemeName = "Values and statements of EchoMeasure that no other scheme has"
    scheme.CodingSchemeResponsibleOrganization = MAKER
    report.CodingSchemeIdentificationSequence = DicomSequence([scheme])


def _template(id: str) -> Dataset:
    item = Dataset()
    item.MappingResource, item.TemplateIdentifier = "DCMR", id
    return item


def _sign(report: Dataset, signature: Signature, now: datetime) -> None:
    report.CompletionFlag = "COMPLETE" if signature.complete else "PARTIAL"
    report.VerificationFlag = "VERIFIED" if signature.verified else "UNVERIFIED"
    if signature.verified:
        observer = Dataset()
        observer.VerifyingObserverName = person_name(signature.verified_by)
        observer.VerifyingOrganization = one_line(signature.organisation)
        observer.VerificationDateTime = f"{now:%Y%m%d%H%M%S%z}"
        observer.VerifyingObserverIdentificationCodeSequence = DicomSequence()
        report.VerifyingObserverSequence = DicomSequence([observer])


def _references(objects: Iterable[Dataset]) -> DicomSequence:
    """These objects of one study, by their series."""
    found = list(objects)
    for one in found:
        if not all(one.get(keyword) for keyword in _REFERENCE):
            raise InvalidArgument(
                "An image or report has no UID of its class, study, series or its own: a "
                "structured report cannot refer to it.",
                "Export it from the archive again. Tables and reports for people can have its "
                "values.",
            )
    study = Dataset()
    study.StudyInstanceUID = found[0].StudyInstanceUID
    series: dict[str, Dataset] = {}
    for one in found:
        uid = one.SeriesInstanceUID
        if uid not in series:
            series[uid] = Dataset()
            series[uid].SeriesInstanceUID = uid
            series[uid].ReferencedSOPSequence = DicomSequence()
        instance = Dataset()
        instance.ReferencedSOPClassUID = one.SOPClassUID
        instance.ReferencedSOPInstanceUID = one.SOPInstanceUID
        series[uid].ReferencedSOPSequence.append(instance)
    study.ReferencedSeriesSequence = DicomSequence(series.values())
    return DicomSequence([study])


_REFERENCE = ("SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


def _check_same(source: Dataset, previous: Dataset) -> None:
    def checks(dataset: Dataset) -> Iterator[str]:
        uid = str(dataset.get("StudyInstanceUID", ""))
        yield uid
        yield patient_check(
            uid, str(dataset.get("PatientID", "")), str(dataset.get("PatientBirthDate", ""))
        )

    if list(checks(source)) != list(checks(previous)):
        raise InvalidArgument(
            "The previous report is of another study or patient.",
            "Name the one that this report replaces.",
        )
