"""Who was examined, by name: read only where the user asks for it, and kept nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.header import PARSE_ERRORS, as_written, quiet_pydicom


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """What a DICOM file says of the person and the study; empty where it does not."""

    name: str = ""
    id: str = ""
    birth_date: str = ""
    """YYYYMMDD, as `study_date`."""
    study_date: str = ""
    accession_number: str = ""

    @property
    def name_parts(self) -> tuple[str, ...]:
        """Family, given and middle name, prefix and suffix (PS3.5 6.2.1), in the first script.

        A name may be in none but ideographs, so that the group of letters is empty.
        """
        scripts = (script for script in self.name.split("=") if script.strip("^ "))
        return tuple(part.strip() for part in next(scripts, "").split("^"))

    def facts(self) -> Iterator[tuple[str, str]]:
        """Name and text of what is known, for people."""
        yield "Patient", ", ".join(part for part in self.name_parts if part)
        yield "Patient ID", self.id
        yield "Born", _date(self.birth_date)
        yield "Study date", _date(self.study_date)
        yield "Accession number", self.accession_number


_TAGS = ("PatientName", "PatientID", "PatientBirthDate", "StudyDate", "AccessionNumber")


def read_named_person(path: Path) -> NamedPerson:
    """The person of this DICOM file. Raises `UnreadableFile` for one that is none."""
    try:
        with quiet_pydicom():
            tags = ["SpecificCharacterSet", *_TAGS]
            dataset = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=tags)
            return NamedPerson(*(person_text(dataset, tag) for tag in _TAGS))
    except PARSE_ERRORS as error:
        raise UnreadableFile(
            f"{path.name} is no DICOM file that says whose it is.",
            "Leave --with-identity out, or name the DICOM file with --file.",
        ) from error


def person_text(dataset: Dataset, keyword: str) -> str:
    """What a tag says of the person; empty where it is not there. Raises one of `PARSE_ERRORS`."""
    return as_written(dataset.get(keyword) or "").strip()


def _date(value: str) -> str:
    return f"{value[:4]}-{value[4:6]}-{value[6:]}" if len(value) == 8 else value
