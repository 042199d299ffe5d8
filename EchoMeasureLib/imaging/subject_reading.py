"""From DICOM tags to `SubjectFacts`: what can be true is taken, the rest is said with the reason.

(0010,0040) Patient's Sex, (0010,1010) Age, (0010,1020) Size in metres, (0010,1030) Weight in
kilograms, (0018,1088) Heart Rate, and blood pressure where an item of (0040,0555) Acquisition
Context has it. Of the birth date no more than the age in whole years is kept.
"""

from __future__ import annotations

import re
from datetime import date

from pydicom.dataset import Dataset

from EchoMeasureLib.imaging.header import items_of, number, text
from EchoMeasureLib.imaging.subject_facts import (
    AGE,
    DIASTOLIC,
    HEART_RATE,
    HEIGHT_M,
    MASS_INDEX,
    SYSTOLIC,
    WEIGHT_KG,
    SubjectFacts,
    too_heavy,
    too_tall,
)

PRESSURES = {
    "systolic": {"8480-6", "271649006", "F-008EC"},
    "diastolic": {"8462-4", "271650006", "F-008ED"},
}
"""Codes of blood pressure: LOINC, SNOMED CT and SNOMED RT."""
_YEARS = {"Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}


def read_subject(dataset: Dataset) -> SubjectFacts:
    """The facts in a header, before the birth date is taken out of it."""
    notes: list[str] = []
    height = _within(number(dataset, "PatientSize"), HEIGHT_M, "height", "m", notes)
    weight = _within(number(dataset, "PatientWeight"), WEIGHT_KG, "weight", "kg", notes)
    if height and weight and not MASS_INDEX[0] <= weight / height**2 <= MASS_INDEX[1]:
        notes.append(f"height of {height:g} m and weight of {weight:g} kg do not fit together")
        height = weight = None
    age, height, weight = _of_one_person(_age(dataset, notes), height, weight, notes)
    rate = _within(number(dataset, "HeartRate"), HEART_RATE, "heart rate", "per minute", notes)
    high, low = _pressures(dataset, notes)
    sex = text(dataset, "PatientSex").upper()
    return SubjectFacts(
        sex if sex in ("M", "F") else "",
        None if height is None else round(100 * height, 1),
        weight,
        age,
        rate,
        high,
        low,
        tuple(notes),
    )


def _within(
    value: float | None, limits: tuple[float, float], what: str, unit: str, notes: list[str]
) -> float | None:
    """The number if it can be true. Zero is how scanners write that nothing was typed."""
    if not value:
        return None
    if limits[0] <= value <= limits[1]:
        return value
    inches = " (were centimetres typed?)" if what == "height" and 40 <= value <= 250 else ""
    notes.append(f"{what} of {value:g} {unit}{inches}")
    return None


def _of_one_person(
    age: float | None, height: float | None, weight: float | None, notes: list[str]
) -> tuple[float | None, float | None, float | None]:
    """Age (years), height (m) and weight (kg) without those that nobody of that age has."""
    wrong = []
    if age is not None and height is not None and too_tall(age, height):
        wrong.append(f"height of {height:g} m")
        height = None
    if age is not None and weight is not None and too_heavy(age, weight):
        wrong.append(f"weight of {weight:g} kg")
        weight = None
    if not wrong:
        return age, height, weight
    # Age or size is wrong, and nobody knows which.
    notes.append(f"{' and '.join(wrong)} at an age of {age:g} years")
    return None, height, weight


def _age(dataset: Dataset, notes: list[str]) -> float | None:
    found = re.fullmatch(r"(\d{1,3})\s*([DWMY])", text(dataset, "PatientAge").upper())
    told = int(int(found[1]) * _YEARS[found[2]] + 1e-9) if found else None
    born, day = (_date(dataset, tag) for tag in ("PatientBirthDate", "StudyDate"))
    counted = None
    if born is not None and day is not None:
        counted = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    if told is not None and counted is not None and abs(told - counted) > 1:
        notes.append(f"age of {told} years, where the birth date makes it {counted}")
        return None
    age = counted if told is None else told
    if age is not None and not AGE[0] <= age <= AGE[1]:
        notes.append(f"age of {age} years")
        return None
    return None if age is None else float(age)


def _date(dataset: Dataset, keyword: str) -> date | None:
    found = re.fullmatch(r"(\d{4})\.?(\d{2})\.?(\d{2})", text(dataset, keyword))
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None


def _pressures(dataset: Dataset, notes: list[str]) -> tuple[float | None, float | None]:
    said: dict[str, float | None] = {}
    for item in items_of(dataset, "AcquisitionContextSequence"):
        codes = {text(name, "CodeValue") for name in items_of(item, "ConceptNameCodeSequence")}
        for which, known in PRESSURES.items():
            if codes & known:
                said[which] = number(item, "NumericValue")
    high = _within(said.get("systolic"), SYSTOLIC, "systolic pressure", "mmHg", notes)
    low = _within(said.get("diastolic"), DIASTOLIC, "diastolic pressure", "mmHg", notes)
    if high is not None and low is not None and low >= high:
        notes.append(f"blood pressure of {high:g} over {low:g} mmHg")
        return None, None
    return high, low
