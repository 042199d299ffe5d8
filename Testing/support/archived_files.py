"""What an archive of a test holds: files by their UIDs, and how they are found."""

from __future__ import annotations

import fnmatch
import functools
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

LEVELS = {
    "STUDY": "StudyInstanceUID",
    "SERIES": "SeriesInstanceUID",
    "IMAGE": "SOPInstanceUID",
}


@dataclass
class Archive:
    """Files in memory, as they came."""

    files: dict[str, bytes] = field(default_factory=dict)
    """By SOP Instance UID."""

    def put(self, content: bytes) -> Dataset:
        """Keep a file; its header."""
        header = _header(content)
        self.files[str(header.SOPInstanceUID)] = content
        return header

    def put_file(self, path: Path) -> Dataset:
        """The same of a file on disk."""
        return self.put(path.read_bytes())

    def headers(self) -> Iterator[Dataset]:
        """Of all files."""
        yield from map(_header, list(self.files.values()))

    def find(self, level: str, wanted: Mapping[str, str]) -> list[Dataset]:
        """A header for each study, series or object that matches, with facts of its study."""
        all_headers = list(self.headers())
        modalities: dict[str, set[str]] = {}
        counts: dict[str, int] = {}
        for header in all_headers:
            study = str(header.StudyInstanceUID)
            modalities.setdefault(study, set()).add(str(header.Modality))
            counts[study] = counts.get(study, 0) + 1
        found: dict[str, Dataset] = {}
        for header in all_headers:
            study = str(header.StudyInstanceUID)
            header.ModalitiesInStudy = sorted(modalities[study])
            header.NumberOfStudyRelatedInstances = counts[study]
            if all(_fits(header, key, value) for key, value in wanted.items() if value):
                found.setdefault(str(header[LEVELS[level]].value), header)
        return list(found.values())


@functools.lru_cache(maxsize=64)
def _header(content: bytes) -> Dataset:
    return pydicom.dcmread(io.BytesIO(content), stop_before_pixels=True)


def _fits(header: Dataset, key: str, wanted: str) -> bool:
    value = header.get(key, "")
    if key == "ModalitiesInStudy":
        return wanted in value
    if key == "StudyDate" and "-" in wanted:
        first, last = wanted.split("-")
        return (not first or str(value) >= first) and (not last or str(value) <= last)
    return fnmatch.fnmatchcase(str(value), wanted)
