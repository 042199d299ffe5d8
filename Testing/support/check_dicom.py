"""Phantoms of every pixel form against the DICOM standard, by dciodvfy of dicom3tools.

`python Testing/support/check_dicom.py` (part of `make validate`). Debian and Ubuntu have
the tool: apt-get install dicom3tools. Ends with 1 when anything is an error or a warning,
with 2 when the tool is not there.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

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


def main() -> int:
    """Write and check all of them."""
    if shutil.which("dciodvfy") is None:
        print("dciodvfy is missing. Install it with: sudo apt-get install dicom3tools")
        return 2
    found = checked = 0
    with tempfile.TemporaryDirectory() as folder:
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
