"""Docs/pictures/report.jpg: pages of a report as PDF, side by side.

Run after the report has changed; needs Chromium and pdftoppm (Debian: poppler-utils).
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from phantom_study import CLIPS
from PIL import Image
from reported_study import write_reported_study

from EchoMeasureLib.cli.main import main as echomeasure

PICTURE = Path(__file__).parents[2] / "Docs" / "pictures" / "report.jpg"
PAGES, DPI = (1, 4), 80
"""The values, and the first pictures."""


def main() -> None:
    """Make a study, its report and the picture of two of its pages."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study = write_reported_study(folder, tuple(CLIPS))
        echomeasure(["report", str(study.saved), "--pdf", str(folder / "report.pdf")])
        words = ["pdftoppm", "-r", str(DPI), "-png", str(folder / "report.pdf"), str(folder / "p")]
        subprocess.run(words, check=True)
        printed = sorted(folder.glob("p-*.png"))
        pages = [Image.open(printed[number - 1]).convert("RGB") for number in PAGES]
        width, height = pages[0].size
        sheet = Image.new("RGB", (width * len(pages) + 12, height), (128, 128, 128))
        for place, page in enumerate(pages):
            sheet.paste(page, (place * (width + 12), 0))
        sheet.save(PICTURE, quality=82, optimize=True)


if __name__ == "__main__":
    main()
