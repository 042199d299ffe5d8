"""Phantoms of every pixel form and structured reports against DICOM, by dciodvfy of dicom3tools;
the files of one study against each other, by its dcentvfy.

`python Testing/support/check_dicom.py` (part of `make validate`, which installs the tool for root).
Debian and Ubuntu have it in their package dicom3tools. Ends with 1 when anything is an error or a
warning, or when a tool does not see a fault that was put in on purpose, and with 2 when one is not
there.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pydicom
from pydicom.uid import UID
from report_study import report_study

from EchoMeasureLib.cli.main import main as echomeasure
from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.exporting.report.printing import find_browser
from EchoMeasureLib.phantoms.encoding import Form
from EchoMeasureLib.phantoms.generate import generate, write

STUDIES = (
    ("trvmax", "768x1024", None),
    ("latevel", "480x640+inverted+no-reference", None),
    ("mvpeak", "1080x1920", None),
    ("tapse", "600x800+one-past", None),
    ("plax", "480x640+frame-time-vector+ecg-region", 5),
    ("a4c", "600x800", 4),
    ("psax", "708x1016+two-panes", 4),
    ("subcostal", "768x1024-348+negative-delta", 4),
)
"""What is shown, the screen, and the number of frames of a cine."""

ONE_STUDY = tuple(
    (shown, layout)
    for layout in ("480x640", "600x800")
    for shown in ("plax", "psax", "trvmax", "mvpeak", "latevel", "tapse")
)
"""What the files of one study show, on screens of two scanners."""

NOTES = {"USImage", "USMultiFrameImage"}
"""Lines by which the tool only says which object it found."""


def complaints(path: Path) -> list[str]:
    """What dciodvfy finds wrong with a file."""
    done = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    lines = (line.strip() for line in (done.stdout + done.stderr).splitlines())
    return [line for line in lines if line and line not in NOTES]


OWN_SCHEME = "Unrecognized defined term <99ECHOMEASURE> for value 1 of attribute"
"""The tool has a list of schemes, and takes none of those that everybody may make up."""

ECHO_REPORT, COMPREHENSIVE = (f"1.2.840.10008.5.1.4.1.1.88.{number}" for number in (72, 33))


def report_complaints(path: Path) -> list[str]:
    """What dciodvfy finds wrong with a structured report.

    It does not know the class of adult echo reports: a copy is judged as a comprehensive one.
    """
    dataset = pydicom.dcmread(path)
    if dataset.SOPClassUID == ECHO_REPORT:
        dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = UID(COMPREHENSIVE)
        path = path.with_name(f"as-comprehensive-{path.name}")
        dataset.save_as(path)
    found = complaints(path)
    return [line for line in found if line != "ComprehensiveSR" and OWN_SCHEME not in line]


def sees_faults_of_reports(sound: Path) -> bool:
    """Whether the tool complains once a number of this report has no unit."""
    dataset = pydicom.dcmread(sound)
    for item in dataset.iterall():
        if item.keyword == "MeasuredValueSequence" and item.value:
            del item.value[0].MeasurementUnitsCodeSequence
            break
    faulty = sound.with_name("faulty-report.dcm")
    dataset.save_as(faulty)
    return any("MeasurementUnitsCodeSequence" in line for line in report_complaints(faulty))


def study_complaints(folder: Path) -> list[str]:
    """What dcentvfy finds different between the files of one study that should be the same."""
    folder.mkdir()
    paths = [write(generate(shown, layout, 1, 2), folder)[0] for shown, layout in ONE_STUDY]
    return entity_complaints(paths)


def entity_complaints(paths: list[Path]) -> list[str]:
    """What dcentvfy says of these files together."""
    done = subprocess.run(["dcentvfy", *paths], capture_output=True, text=True, check=False)
    return [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]


def sees_faults_of_studies(folder: Path) -> bool:
    """Whether the tool complains once two images of a series describe it in other words."""
    folder.mkdir()
    paths = [folder / f"{number}.dcm" for number in range(2)]
    for number, path in enumerate(paths):
        dataset = pydicom.dcmread(write(generate("trvmax", "480x640", 1), folder)[0])
        dataset.SeriesDescription = f"Series {number}"
        dataset.SOPInstanceUID = f"2.25.{number + 1}"
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.save_as(path)
    return any("SeriesDescription" in line for line in entity_complaints(paths))


def printed_complaints(document: Path) -> list[str]:
    """The same of the report for people as an object; where nothing prints, that is said."""
    try:
        find_browser()
    except EchoMeasureError as error:
        print(f"Not checked: {error}")
        return []
    path = document.with_name("printed.dcm")
    if echomeasure(["report", str(document), "--dicom-pdf", str(path)]):
        return ["it was not written"]
    return [line for line in complaints(path) if line != "EncapsulatedPDF"]


def captures(document: Path) -> list[Path]:
    """The pictures of a review as secondary captures."""
    folder = document.parent / "captures"
    words = ["export", "pictures", str(document), "--format", "dcm", "--out", str(folder)]
    return sorted(folder.iterdir()) if echomeasure(words) == 0 else []


def sees_faults(sound: Path) -> bool:
    """Whether the tool complains once a required attribute is gone from this file."""
    dataset = pydicom.dcmread(sound)
    del dataset.SequenceOfUltrasoundRegions[0].PhysicalDeltaX
    faulty = sound.with_name("faulty.dcm")
    dataset.save_as(faulty)
    return any("PhysicalDeltaX" in line for line in complaints(faulty))


def main() -> int:
    """Write and check all of them."""
    if None in map(shutil.which, ("dciodvfy", "dcentvfy")):
        print("dciodvfy or dcentvfy is missing. Install it with: sudo apt-get install dicom3tools")
        return 2
    found = checked = 0
    with tempfile.TemporaryDirectory() as folder:
        path, _ = write(generate("trvmax", "480x640", 1), Path(folder), Form.RGB)
        if not sees_faults(path):
            print("dciodvfy does not complain of a file with a fault")
            return 1
        for shown, layout, frames in STUDIES:
            study = generate(shown, layout, 1, frames)
            for form in Form:
                path, _ = write(study, Path(folder), form)
                lines = complaints(path)
                checked, found = checked + 1, found + len(lines)
                for line in lines:
                    print(f"{shown} {layout} {form.value}: {line}")
        if not sees_faults_of_studies(Path(folder) / "two"):
            print("dcentvfy does not complain of a study with a fault")
            return 1
        lines = study_complaints(Path(folder) / "study")
        checked, found = checked + len(ONE_STUDY), found + len(lines)
        for line in lines:
            print(f"files of one study: {line}")
        reviewed = report_study(Path(folder))
        for template in ("1500", "5300"):
            path = Path(folder) / f"{template}.dcm"
            words = ["export", "sr", str(reviewed.document), "--template", template]
            if echomeasure([*words, "--include-unreviewed", "--out", str(path)]):
                return 1
            if not sees_faults_of_reports(path):
                print("dciodvfy does not complain of a report with a fault")
                return 1
            lines = report_complaints(path)
            checked, found = checked + 1, found + len(lines)
            for line in lines:
                print(f"TID {template}: {line}")
        for path in captures(reviewed.document):
            lines = [line for line in complaints(path) if line != "SCImage"]
            checked, found = checked + 1, found + len(lines)
            for line in lines:
                print(f"picture: {line}")
        lines = printed_complaints(reviewed.document)
        checked, found = checked + 1, found + len(lines)
        for line in lines:
            print(f"report as PDF: {line}")
    print(f"{checked} files, {found} complaints")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
