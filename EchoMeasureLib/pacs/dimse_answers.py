"""Answers of DIMSE in our own words."""

from __future__ import annotations

from pydicom.dataset import Dataset

from EchoMeasureLib.imaging.header import PARSE_ERRORS, quiet_pydicom
from EchoMeasureLib.pacs.queries import StudyFound, is_uid
from EchoMeasureLib.texts import clean

LONGEST = 1024
"""Characters of one text that are kept."""

_FAILURES = {
    0x0122: "it does not know the service",
    0x0124: "we may not ask for it",
    0xA700: "it is overloaded",
    0xA701: "it cannot say how much that is",
    0xA702: "it could not send it to us",
    0xA801: "it does not know where we are: have it enter our AE title, address and listen_port",
    0xA900: "it does not understand the question",
    0xFE00: "it stopped",
    0x0000: "it does not have the object, or not in an encoding that is read here",
}


def field_text(answer: Dataset, keyword: str) -> str:
    """The first value of an attribute as text; empty where it is absent or damaged."""
    try:
        with quiet_pydicom():
            value = answer.get(keyword)
            if value is not None and not isinstance(value, str) and hasattr(value, "__getitem__"):
                value = value[0] if len(value) else ""
            return "" if value is None else clean(str(value)[:LONGEST]).strip()
    except PARSE_ERRORS:
        return ""


def study_of(answer: Dataset) -> StudyFound:
    """A study."""
    uid = field_text(answer, "StudyInstanceUID")
    count = field_text(answer, "NumberOfStudyRelatedInstances")
    return StudyFound(
        uid if is_uid(uid) else "",
        date=field_text(answer, "StudyDate"),
        time=field_text(answer, "StudyTime"),
        modalities=_several(answer, "ModalitiesInStudy"),
        description=field_text(answer, "StudyDescription"),
        instances=int(count) if count.isdecimal() else None,
        patient_id=field_text(answer, "PatientID"),
        patient_name=field_text(answer, "PatientName"),
        accession=field_text(answer, "AccessionNumber"),
    )


def failed_words(status: int) -> str:
    """Why a question got no answer (PS3.4 C.4), such as "it is overloaded (status A700)"."""
    if status & 0xF000 == 0xB000:
        return f"it could not send it to us (status {status:04X})"
    words = _FAILURES.get(status, "it gives no reason that is known")
    return f"{words} (status {status:04X})"


def _several(answer: Dataset, keyword: str) -> tuple[str, ...]:
    try:
        with quiet_pydicom():
            value = answer.get(keyword)
    except PARSE_ERRORS:
        return ()
    if not value:
        return ()
    found = [value] if isinstance(value, str) else list(value)
    return tuple(clean(str(one)[:LONGEST]) for one in found)
