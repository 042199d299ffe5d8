"""A structured report of anybody, read into a tree of plain facts.

Anybody may have written the file: what is missing or odd in it is None or empty, and depth and
number of its items have bounds.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.sr._snomed_dict import mapping as snomed

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.exporting.structured_report.report_codes import SrCode, same
from EchoMeasureLib.imaging.header import MAX_TEXT, PARSE_ERRORS, quiet_pydicom
from EchoMeasureLib.imaging.patient import patient_check
from EchoMeasureLib.opening import open_file
from EchoMeasureLib.texts import clean

MOST_BYTES = 64 << 20
"""Of a report; those of scanners have a few hundred kilobytes."""
MOST_ITEMS, MOST_DEEP = 200_000, 40


@dataclass(frozen=True, slots=True)
class ReportNode:
    """One content item."""

    kind: str
    """Value type, such as NUM."""
    relation: str
    name: SrCode | None
    code: SrCode | None = None
    """Of a CODE."""
    words: str = ""
    """Of a TEXT, PNAME, UIDREF or date."""
    number: float | None = None
    unit: str = ""
    """UCUM unit of the number."""
    uid: str = ""
    """Observation UID."""
    points: tuple[tuple[float, float], ...] = ()
    """Of an SCOORD, in pixels of ours: 0, 0 is the middle of the first one."""
    image: str = ""
    """SOP Instance UID of an IMAGE."""
    frame: int = 0
    """Of an IMAGE, counted from 0."""
    children: tuple[ReportNode, ...] = ()

    def below(self, code: SrCode, *more: SrCode) -> list[ReportNode]:
        """The items that one comes to by these names, a level each."""
        found = [child for child in self.children if same(child.name, code)]
        return found if not more else [n for child in found for n in child.below(*more)]

    def words_of(self, code: SrCode) -> list[str]:
        """What texts and names of this concept say."""
        return [child.words for child in self.below(code)]

    def code_of(self, code: SrCode) -> SrCode | None:
        """The coded answer to this concept; None where there is none."""
        return next((child.code for child in self.below(code) if child.code), None)


@dataclass(frozen=True, slots=True)
class ReportTree:
    """A report with what its header says."""

    root: ReportNode
    template: str
    """Such as "5200"; empty where it does not say."""
    maker: str
    model: str
    uid: str
    """SOP Instance UID."""
    study: str
    patient: str
    """As `Identity.patient`."""
    person: str
    """Patient ID with who issued it: whose the report is in any study. To compare, not to write."""
    complete: bool
    verified: bool


def read_tree(path: Path) -> ReportTree:
    """The report in a DICOM file. Raises `UnreadableFile` for a damaged one, or none."""
    try:
        with open_file(path) as file, quiet_pydicom():
            if os.fstat(file.fileno()).st_size > MOST_BYTES:
                raise UnreadableFile(f"{path} is larger than any structured report.")
            dataset = pydicom.dcmread(file)
            if "ContentSequence" not in dataset or _text(dataset, "Modality") != "SR":
                raise UnreadableFile(
                    f"{path} is no structured report.", "Name a DICOM file of modality SR."
                )
            return _tree(dataset)
    except UnreadableFile:
        raise
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be opened ({error.strerror or error}).") from error
    except PARSE_ERRORS as error:
        raise UnreadableFile(
            f"{path} cannot be read as a structured report ({type(error).__name__}).",
            "Name a DICOM file of modality SR.",
        ) from error


def tree_of(dataset: Dataset) -> ReportTree:
    """The report in a data set that is in memory. Raises `UnreadableFile` for too large a one."""
    with quiet_pydicom():
        return _tree(dataset)


def _tree(dataset: Dataset) -> ReportTree:
    (template,) = _items(dataset, "ContentTemplateSequence")[:1] or (Dataset(),)
    study = _text(dataset, "StudyInstanceUID")
    return ReportTree(
        _node(dataset, count(1), 0),
        _text(template, "TemplateIdentifier"),
        _text(dataset, "Manufacturer"),
        _text(dataset, "ManufacturerModelName"),
        _text(dataset, "SOPInstanceUID"),
        study,
        patient_check(study, _text(dataset, "PatientID"), _text(dataset, "PatientBirthDate")),
        _person(dataset),
        _text(dataset, "CompletionFlag") == "COMPLETE",
        _text(dataset, "VerificationFlag") == "VERIFIED",
    )


def _person(dataset: Dataset) -> str:
    id = _text(dataset, "PatientID")
    return f"{_text(dataset, 'IssuerOfPatientID')} {id}".strip() if id else ""


def _text(item: Dataset, keyword: str) -> str:
    """As `header.text`, inside `quiet_pydicom`: there are many."""
    try:
        value = item.get(keyword)
    except PARSE_ERRORS:
        return ""
    return "" if value is None else "".join(filter(str.isprintable, str(value)[:MAX_TEXT])).strip()


def _items(item: Dataset, keyword: str) -> list[Dataset]:
    try:
        return [found for found in item.get(keyword) or () if isinstance(found, Dataset)]
    except PARSE_ERRORS:
        return []


def _node(item: Dataset, numbers: Iterator[int], depth: int) -> ReportNode:
    if next(numbers) > MOST_ITEMS or depth > MOST_DEEP:
        raise UnreadableFile(f"The report has more than {MOST_ITEMS} items or {MOST_DEEP} levels.")
    number, unit = _number(item)
    image, frame = _image(item)
    return ReportNode(
        _text(item, "ValueType"),
        _text(item, "RelationshipType"),
        _code(item, "ConceptNameCodeSequence"),
        _code(item, "ConceptCodeSequence"),
        _words(item),
        number,
        unit,
        _text(item, "ObservationUID"),
        _points(item),
        image,
        frame,
        tuple(_node(child, numbers, depth + 1) for child in _items(item, "ContentSequence")),
    )


def _code(item: Dataset, keyword: str) -> SrCode | None:
    """The code there; one of the retired SNOMED scheme as that of SNOMED CT."""
    for found in _items(item, keyword)[:1]:
        value = _text(found, "CodeValue") or _text(found, "LongCodeValue")
        scheme = _text(found, "CodingSchemeDesignator")
        if scheme in ("SRT", "SNM3", "99SDM"):
            value, scheme = snomed["SRT"].get(value, value), "SCT"
        return SrCode(value, scheme, clean(_text(found, "CodeMeaning")))
    return None


_WORDS = {
    "TEXT": "TextValue",
    "PNAME": "PersonName",
    "UIDREF": "UID",
    "DATETIME": "DateTime",
    "DATE": "Date",
    "TIME": "Time",
}


def _words(item: Dataset) -> str:
    keyword = _WORDS.get(_text(item, "ValueType"))
    value = item.get(keyword) if keyword else None
    return clean(str(value)) if value is not None else ""


def _number(item: Dataset) -> tuple[float | None, str]:
    for found in _items(item, "MeasuredValueSequence")[:1]:
        unit = _code(found, "MeasurementUnitsCodeSequence")
        written = found.get("FloatingPointValue", found.get("NumericValue"))
        try:
            number = float(written)
        except (TypeError, ValueError):
            return None, ""
        return (number if math.isfinite(number) else None), unit.value if unit else ""
    return None, ""


def _points(item: Dataset) -> tuple[tuple[float, float], ...]:
    if _text(item, "ValueType") != "SCOORD":
        return ()
    data = [float(axis) - 0.5 for axis in item.get("GraphicData") or ()]
    return tuple(zip(data[::2], data[1::2], strict=False))


def _image(item: Dataset) -> tuple[str, int]:
    for found in _items(item, "ReferencedSOPSequence")[:1]:
        frames = found.get("ReferencedFrameNumber")
        first = frames[0] if isinstance(frames, (list, pydicom.multival.MultiValue)) else frames
        return _text(found, "ReferencedSOPInstanceUID"), max(0, int(first or 1) - 1)
    return "", 0
