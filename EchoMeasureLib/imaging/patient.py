"""Whether two images are of one person, without keeping who that is."""

from __future__ import annotations

import hashlib
import unicodedata

from EchoMeasureLib.imaging.header import as_written

ID_DIGITS, BIRTH_DIGITS = 5, 3
"""Hexadecimal digits. Two persons in a million share the first, one in four thousand both where
the first is the same; and so few digits fit hundreds of persons, so nobody is found by them."""


def patient_check(study_uid: str, patient_id: str, birth_date: str) -> str:
    """A check of (0010,0020) Patient ID and (0010,0030) Patient's Birth Date within a study.

    Such as "3f0a1-c4e"; a part is empty where its tag is, and the whole where both are.
    The ID is compared as Unicode NFC; a day before 1993 was written 1964.02.29 (PS3.5 6.2) and
    is the same day.
    """
    parts = (
        _digits(study_uid, "id", patient_id, ID_DIGITS),
        _digits(study_uid, "birth date", as_written(birth_date.strip()), BIRTH_DIGITS),
    )
    return "-".join(parts) if any(parts) else ""


def _digits(study_uid: str, tag: str, value: str, count: int) -> str:
    value = unicodedata.normalize("NFC", value).strip()
    if not value:
        return ""
    text = "\0".join((study_uid, tag, value))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:count]
