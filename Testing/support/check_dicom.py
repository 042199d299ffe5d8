"""Phantoms of every pixel form against the DICOM standard, by dciodvfy of dicom3tools.

`python Testing/support/check_dicom.py` (part of `make validate`). Debian and Ubuntu have
the tool in their package dicom3tools, which root gets installed. Ends with 1 when anything
is an error or a warning, or when the tool does not see a fault that was put in on purpose,
and with 2 when the tool is not there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pydicom

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

NOTES = {"USImage", "USMultiFrameImage"}
"""Lines by which the tool only says which object it found."""


def complaints(path: Path) -> list[str]:
    """What dciodvfy finds wrong with a file."""
    done = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    lines = (line.strip() for line in (done.stdout + done.stderr).splitlines())
    return [line for line in lines if line and line not in NOTES]


def find_tool() -> bool:
    """Whether dciodvfy is there, installed on the way where that is allowed."""
    allowed = hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get")
    if shutil.which("dciodvfy") is None and allowed:
        for words in (["update", "-q"], ["install", "-q", "-y", "dicom3tools"]):
            subprocess.run(["apt-get", *words], check=False, stdout=subprocess.DEVNULL)
    return shutil.which("dciodvfy") is not None


def sees_faults(sound: Path) -> bool:
    """Whether the tool complains once a required attribute is gone from this file."""
    dataset = pydicom.dcmread(sound)
    del dataset.SequenceOfUltrasoundRegions[0].PhysicalDeltaX
    faulty = sound.with_name("faulty.dcm")
    dataset.save_as(faulty)
    return any("PhysicalDeltaX" in line for line in complaints(faulty))


def main() -> int:
    """Write and check all of them."""
    if not find_tool():
        print("dciodvfy is missing. Install it with: sudo apt-get install dicom3tools")
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
    print(f"{checked} files, {found} complaints")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
