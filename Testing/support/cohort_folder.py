"""A folder as archives have them: phantoms of some studies, and files that are none."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pydicom
from PIL import Image
from ultrasound_files import region, write_ultrasound

from EchoMeasureLib.phantoms.generate import generate, write

MARK = "ZQXJ"
"""Stands in names of files and persons, and nowhere in results."""

SHOWN = {"plax": 2, "psax": 2, "subcostal": 2, "trvmax": 1, "mvpeak": 1, "latevel": 1, "tapse": 1}
"""What the phantoms of a study show, and their number of frames."""

STUDIES = 2
MEASURED = STUDIES * len(SHOWN)
UNNAMED_JETS = 2
"""Strips of which nothing says which valve they show."""
FOREIGN = 22
TWINS = 12
CUT_TWINS = 1
UNCALIBRATED = 4
BROKEN = 5

ENDINGS = {
    "done": MEASURED,
    "refused": UNNAMED_JETS + FOREIGN + TWINS + CUT_TWINS + UNCALIBRATED,
    "failed": BROKEN,
}
FILES = MEASURED + UNNAMED_JETS + FOREIGN + TWINS + CUT_TWINS + UNCALIBRATED + BROKEN


def write_cohort(folder: Path) -> Path:
    """Write the folder; returns it."""
    made = folder / "made"
    made.mkdir(parents=True)
    phantoms: list[Path] = []
    for shown, frames in SHOWN.items():
        path, truth = write(generate(shown, "480x640", 1, frames if frames > 1 else None), made)
        truth.unlink()
        phantoms.append(path)
    originals = [
        _copy(path, folder / f"{MARK} study {study}" / f"{MARK}^{number}.dcm", study)
        for study in range(STUDIES)
        for number, path in enumerate(phantoms)
    ]
    shutil.rmtree(made)
    for number in range(UNNAMED_JETS):
        jet = generate("avvmax", "480x640", 1)
        path, truth = write(jet, folder)
        truth.unlink()
        _unnamed(path, folder / f"jet {number}", number)
    for path in originals[:TWINS]:
        shutil.copy(path, _beside(folder / "copies" / path.parent.name / f"copy of {path.name}"))
    whole = originals[-1].read_bytes()
    _beside(folder / "copies" / "cut.dcm").write_bytes(whole[: len(whole) * 3 // 4])
    _write_foreign(folder / "others")
    for number in range(UNCALIBRATED):
        path = _beside(folder / "uncalibrated" / f"{MARK} {number}.dcm")
        write_ultrasound(path, np.full((40, 60, 3), 90 + number, np.uint8))
    _write_broken(folder / "broken", originals)
    return folder


def _copy(source: Path, target: Path, study: int) -> Path:
    dataset = pydicom.dcmread(source)
    dataset.StudyInstanceUID = f"2.25.4711{study}"
    dataset.SeriesInstanceUID = f"{dataset.SeriesInstanceUID[:40]}{study}"
    dataset.SOPInstanceUID = f"{dataset.SOPInstanceUID[:40]}{study}"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.PatientName, dataset.PatientID = f"{MARK}^Gerda", f"{MARK}-{study}"
    dataset.save_as(_beside(target))
    return target


def _unnamed(source: Path, target: Path, number: int) -> None:
    dataset = pydicom.dcmread(source)
    dataset.SeriesDescription = "Echo"
    dataset.StudyInstanceUID = f"2.25.8150{number}"
    dataset.SOPInstanceUID = f"2.25.8151{number}"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.save_as(target)
    if source.exists():
        source.unlink()


def _write_foreign(folder: Path) -> None:
    """Texts, a picture without calibration, a report, a CT: 22 files."""
    for number in range(17):
        _beside(folder / f"{MARK} notes {number}.txt").write_text(f"Nothing to measure {number}.")
    (folder / "index.json").write_text("{}")
    (folder / "paper.pdf").write_bytes(b"%PDF-1.4 nothing")
    Image.new("RGB", (40, 30), (9, 9, 9)).save(folder / "screen.png")
    report = folder / "report.dcm"
    write_ultrasound(report, np.zeros((4, 4, 3), np.uint8))
    dataset = pydicom.dcmread(report)
    dataset.SOPClassUID, dataset.Modality = "1.2.840.10008.5.1.4.1.1.88.33", "SR"
    for tag in ("PixelData", "Rows", "BitsAllocated"):
        delattr(dataset, tag)
    dataset.save_as(report)
    other = folder / "ct.dcm"
    write_ultrasound(other, np.zeros((8, 8, 3), np.uint8))
    dataset = pydicom.dcmread(other)
    dataset.SOPClassUID, dataset.Modality = "1.2.840.10008.5.1.4.1.1.2", "CT"
    dataset.save_as(other)


def _write_broken(folder: Path, originals: list[Path]) -> None:
    """Cut in the header, cut before the pixels, damaged pixels, empty, and nothing but zeros."""
    _beside(folder / f"{MARK}-empty.dcm").write_bytes(b"")
    (folder / "zeros.dcm").write_bytes(bytes(5000))
    whole = originals[3].read_bytes()
    (folder / "header.dcm").write_bytes(whole[:700])
    path = folder / "no pixels.dcm"
    write_ultrasound(path, np.zeros((64, 64, 3), np.uint8), [region((0, 0, 60, 60), (0.1, 0.1))])
    path.write_bytes(path.read_bytes()[: -64 * 64 * 3 - 40])
    path = folder / "pixels.dcm"
    _copy(originals[0], path, 9)
    data = bytearray(path.read_bytes())
    start = data.index(b"\xff\xd8\xff")
    data[start + 2 :] = bytes(len(data) - start - 2)
    path.write_bytes(bytes(data))


def _beside(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def write_many(folder: Path, number: int) -> Path:
    """So many strips, four to a study, each with UIDs of its own; returns the folder.

    Drawing takes longest, so the same few pictures come again and again.
    """
    made = folder / "made"
    made.mkdir(parents=True)
    phantoms: list[Path] = []
    for seed in (1, 2, 3):
        for shown in ("trvmax", "mvpeak", "latevel", "tapse"):
            path, truth = write(generate(shown, "480x640", seed), made)
            truth.unlink()
            phantoms.append(path)
    for place in range(number):
        source = phantoms[place % len(phantoms)]
        dataset = pydicom.dcmread(source)
        dataset.StudyInstanceUID = f"2.25.77{place // 4}"
        dataset.SeriesInstanceUID = f"2.25.78{place}"
        dataset.SOPInstanceUID = f"2.25.79{place}"
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.PatientID = f"{MARK}-{place // 4}"
        dataset.save_as(folder / f"{place:04d}.dcm")
    shutil.rmtree(made)
    return folder
