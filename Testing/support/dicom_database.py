"""Slicer's DICOM database as far as EchoMeasure uses it: copies of files in a folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pydicom


class DicomDatabase:
    """Keeps copies of files by their instances, as Slicer's database does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def insert(self, file: str, store: bool, thumbnail: bool) -> None:
        assert store, "the file is gone when it has been inserted"
        assert not thumbnail
        uid = pydicom.dcmread(file).SOPInstanceUID
        shutil.copy(file, self.folder / f"{uid}.dcm")

    def fileForInstance(self, uid: str) -> str:
        path = self.folder / f"{uid}.dcm"
        return str(path) if path.exists() else ""

    def seriesForStudy(self, uid: str) -> list[str]:
        of_study = (found for found in self._all() if found.StudyInstanceUID == uid)
        return list(dict.fromkeys(str(found.SeriesInstanceUID) for found in of_study))

    def filesForSeries(self, uid: str) -> list[str]:
        return [str(found.filename) for found in self._all() if found.SeriesInstanceUID == uid]

    def fileValue(self, file: str, tag: str) -> str:
        group, element = tag.split(",")
        header = pydicom.dcmread(file, stop_before_pixels=True)
        found = header.get((int(group, 16), int(element, 16)))
        return "" if found is None else str(found.value)

    def reports(self) -> list[pydicom.Dataset]:
        return [found for found in self._all() if found.Modality == "SR"]

    def _all(self) -> list[pydicom.Dataset]:
        paths = sorted(self.folder.iterdir())
        return [pydicom.dcmread(path, stop_before_pixels=True) for path in paths]
