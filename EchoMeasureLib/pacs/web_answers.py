"""Answers of DICOMweb (the DICOM JSON model, PS3.18 Annex F) in our own words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pydicom

from EchoMeasureLib.pacs.queries import StudyFound, is_uid
from EchoMeasureLib.pacs.servers import Stored
from EchoMeasureLib.pacs.statuses import SUCCESS, is_stored, store_words
from EchoMeasureLib.texts import clean

STUDY_UID, SERIES_UID, INSTANCE_UID = "0020000D", "0020000E", "00080018"
SOP_CLASS, MODALITY = "00080016", "00080060"
LONGEST = 1024
"""Characters of one text that are kept."""


def values(answer: Mapping[str, Any], tag: str) -> list[Any]:
    """The values of an attribute; none where it is absent or empty."""
    element = answer.get(tag)
    found = element.get("Value") if isinstance(element, dict) else None
    return [value for value in found if value is not None] if isinstance(found, list) else []


def text(answer: Mapping[str, Any], tag: str) -> str:
    """The first value as text, unpadded; a name is that of its letters (PS3.5 6.2)."""
    value = next(iter(values(answer, tag)), "")
    if isinstance(value, dict):
        value = value.get("Alphabetic") or next(iter(value.values()), "")
    return _unpadded(value)


def texts(answer: Mapping[str, Any], tag: str) -> tuple[str, ...]:
    """All values as text; some servers write several into one, as in a file (PS3.5 6.4)."""
    parts = (part for value in values(answer, tag) for part in str(value).split("\\"))
    return tuple(filter(None, map(_unpadded, parts)))


def _unpadded(value: object) -> str:
    return clean(str(value)[:LONGEST].strip(" \0")).strip()


def study_of(answer: Mapping[str, Any]) -> StudyFound:
    """A study."""
    uid = text(answer, STUDY_UID)
    count = text(answer, "00201208")
    return StudyFound(
        uid if is_uid(uid) else "",
        date=text(answer, "00080020"),
        time=text(answer, "00080030"),
        modalities=texts(answer, "00080061"),
        description=text(answer, "00081030"),
        instances=int(count) if count.isdecimal() else None,
        patient_id=text(answer, "00100020"),
        patient_name=text(answer, "00100010"),
        accession=text(answer, "00080050"),
    )


def stored(path: Path, uid: str, answer: pydicom.Dataset) -> Stored:
    """What the answer to STOW-RS (PS3.18 Annex I) says of the object with this UID."""
    for item in answer.get("FailedSOPSequence") or ():
        if str(item.get("ReferencedSOPInstanceUID", "")) == uid:
            words = store_words(int(item.get("FailureReason") or 0xC000))
            return Stored(path, uid, False, words)
    for item in answer.get("ReferencedSOPSequence") or ():
        if str(item.get("ReferencedSOPInstanceUID", "")) == uid:
            status = int(item.get("WarningReason") or SUCCESS)
            return Stored(path, uid, is_stored(status), store_words(status))
    return Stored(path, uid, False, "it does not say whether it stored the object")
