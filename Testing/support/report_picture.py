"""Docs/pictures/structured-report.png: the head of an echo report, and one beside a review.

Run `python Testing/support/report_picture.py` after the templates have changed.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from pathlib import Path

import matplotlib
from PIL import Image, ImageDraw, ImageFont
from report_study import report_study
from vendor_report import (
    FLOW,
    LEFT_VENTRICLE,
    SELECTION,
    findings,
    number,
    said,
    write_vendor_report,
)

from EchoMeasureLib.cli.main import main as echomeasure
from EchoMeasureLib.exporting.structured_report.report_tree import ReportNode, read_tree

PICTURE = Path(__file__).parents[2] / "Docs" / "pictures" / "structured-report.png"
MOST_LINES, WIDEST, SIZE, MARGIN = 34, 100, 14, 14
CHOSEN = said(SELECTION, ("121410", "DCM", "User chosen value"))
BACK = said(FLOW, ("312004007", "SCT", "Retrograde Direction"))


def tree_lines(node: ReportNode, depth: int = 0) -> list[str]:
    """A line per content item, the way it is read."""
    name = node.name.meaning if node.name else ""
    value = node.words.splitlines()[0] if node.words else ""
    if node.number is not None:
        value = f"{node.number:.4g} {node.unit}"
    elif node.code is not None:
        value = node.code.meaning
    elif node.points:
        value = " ".join(f"({x:g}, {y:g})" for x, y in node.points)
    elif node.image:
        value = f"{node.image}, frame {node.frame + 1}"
    line = f"{'   ' * depth}{node.kind} {name}{': ' if value else ''}{value}"
    lines = [line if len(line) <= WIDEST else f"{line[: WIDEST - 3]}..."]
    return lines + [below for child in node.children for below in tree_lines(child, depth + 1)]


def beside_lines(folder: Path, document: Path) -> list[str]:
    """What `echomeasure sr` prints of a scanner's report beside the review."""
    theirs = write_vendor_report(
        folder / "theirs.dcm",
        [
            findings(
                LEFT_VENTRICLE,
                number(("29436-3", "LN", "LVIDd"), 48.2, "mm", CHOSEN),
                number(("29438-9", "LN", "LVIDs"), 30.9, "mm", CHOSEN),
                number(("18043-0", "LN", "Ejection Fraction"), 62, "%"),
            ),
            findings(
                ("46030003", "SCT", "Tricuspid valve"),
                number(("11726-7", "LN", "Peak Velocity"), 2.6, "m/s", BACK),
            ),
        ],
    )
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        echomeasure(["sr", str(theirs), "--beside", str(document)])
    return printed.getvalue().replace(f"{folder}{os.sep}", "").splitlines()


def draw(lines: list[str]) -> Image.Image:
    """The lines on white, in a fixed width."""
    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    font = ImageFont.truetype(fonts / "DejaVuSansMono.ttf", SIZE)
    columns = max(map(len, lines))
    step, height = font.getlength("0"), SIZE + 5
    picture = Image.new(
        "RGB", (int(columns * step) + 2 * MARGIN, len(lines) * height + 2 * MARGIN), "white"
    )
    pen = ImageDraw.Draw(picture)
    for row, line in enumerate(lines):
        pen.text((MARGIN, MARGIN + row * height), line, fill="black", font=font)
    return picture


def main() -> None:
    """Make the picture."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study = report_study(folder)
        document = study.document
        report = folder / "echo.dcm"
        words = ["export", "sr", str(document), "--template", "5300", "--out", str(report)]
        if echomeasure(words):
            raise SystemExit(1)
        lines = tree_lines(read_tree(report).root)[:MOST_LINES]
        draw([*lines, "...", "", *beside_lines(folder, document)]).save(PICTURE, optimize=True)
    print(PICTURE)


if __name__ == "__main__":
    main()
