"""The images that a report is about: who and which study, as a report has to repeat it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

from EchoMeasureLib.errors import InvalidArgument, UnreadableFile
from EchoMeasureLib.imaging.header import PARSE_ERRORS, as_written, quiet_pydicom, text
from EchoMeasureLib.imaging.patient import patient_check
from EchoMeasureLib.review.image_files import FindImages
from EchoMeasureLib.review.images import ImageFacts, are_of_one_patient

PATIENT = ("PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex")
"""Of the Patient module: what says whose the study is."""

STUDY = (
    *("StudyInstanceUID", "StudyDate", "StudyTime", "StudyID", "AccessionNumber"),
    "ReferringPhysicianName",
)
"""Of the General Study module: what has to be there, and is the same in all of the study."""

IMAGE = (
    *("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "Modality"),
    *("Rows", "Columns", "NumberOfFrames", "TimezoneOffsetFromUTC"),
)
"""Nothing else of a file gets into a report."""


def find_sources(images: Iterable[ImageFacts], find: FindImages) -> dict[str, Dataset]:
    """The headers of these images by their keys, as `read_source`.

    Raises `InvalidArgument` for an image that is not found, and as `find` and `read_source`.
    """
    wanted = {facts.key: facts for facts in images}
    for facts in wanted.values():
        check_is_dicom(facts)
    found = {
        key: read_source(wanted[key], cine.path)
        for key, cine in find(wanted)
        if cine.path is not None
    }
    for key in wanted:
        if key not in found:
            raise InvalidArgument(
                f"The file of image {key} is not at hand, and only it says whose the report is.",
                "Put it beside the review, or name it with --file on the command line.",
            )
    return {key: found[key] for key in wanted}


def first_source(images: Iterable[ImageFacts], find: FindImages) -> Dataset:
    """The header of the first image that belongs to a study. Raises as `find_sources`."""
    of_studies = [facts for facts in images if facts.identity.study_instance_uid]
    if not of_studies:
        raise InvalidArgument(
            "No image of the study is DICOM: a report in DICOM would belong to no patient.",
            "Write it as a PDF.",
        )
    first = of_studies[0]
    return find_sources([first], find)[first.key]


def check_is_dicom(facts: ImageFacts) -> None:
    """Raises `InvalidArgument` for an image that belongs to no study, such as a PNG."""
    identity = facts.identity
    if not (identity.sop_instance_uid and identity.study_instance_uid):
        raise InvalidArgument(
            f"Image {facts.key} is no DICOM image of a study: a structured report of it would "
            "belong to no patient and no study.",
            "Tables and reports for people can have its values.",
        )


def read_source(facts: ImageFacts, path: Path) -> Dataset:
    """The header of this image, with the tags above and no others.

    Raises `InvalidArgument` for an image of another patient than the review says, or of no
    study, and `UnreadableFile` for a damaged one.
    """
    check_is_dicom(facts)
    source = _header(path)
    check = patient_check(
        facts.identity.study_instance_uid,
        text(source, "PatientID"),
        text(source, "PatientBirthDate"),
    )
    there = replace(facts, identity=replace(facts.identity, patient=check))
    if not are_of_one_patient((facts, there)):
        raise InvalidArgument(
            f"{path.name} is of another patient than the review: the patient ID or the birth "
            "date differs.",
            "Have the archive put right.",
        )
    return source


def frames_of(source: Dataset) -> int:
    """How many frames the image has."""
    return int(source.get("NumberOfFrames") or 1)


def _header(path: Path) -> Dataset:
    wanted = ["SpecificCharacterSet", *PATIENT, *STUDY, *IMAGE]
    try:
        with path.open("rb") as file, quiet_pydicom():
            read = pydicom.dcmread(file, stop_before_pixels=True, force=True, specific_tags=wanted)
            header = Dataset()
            for keyword in (*PATIENT, *STUDY, *IMAGE):
                if read.get(keyword) not in (None, ""):
                    value = read[keyword].value
                    setattr(header, keyword, value if keyword in _NUMBERS else as_written(value))
            return header
    except PARSE_ERRORS as error:
        raise UnreadableFile(
            f"{path.name} has a damaged header.", "Copy or export the file again."
        ) from error


_NUMBERS = ("Rows", "Columns", "NumberOfFrames")
