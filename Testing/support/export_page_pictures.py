"""Docs/pictures: what FHIR, tables, markups and training packs of a phantom study look like.

Run after one of these exports has changed: `python Testing/support/export_page_pictures.py`. All
four are made by `echomeasure export` and read back from its files; the markups are read and drawn
by slicer-core.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.font_manager import findfont
from PIL import Image, ImageDraw, ImageFont
from reported_study import ReportedStudy, write_reported_study
from slicer_scene import headless_slicer

from EchoMeasureLib.cli.main import main as echomeasure
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.mrml.loading import load_cine

PICTURES = Path(__file__).parents[2] / "Docs" / "pictures"

EXPORTS = {
    "fhir.json": ("fhir",),
    "values.csv": ("table",),
    "markups": ("markups",),
    "pack": ("training", "--key-file", "site.key"),
}

COLUMNS = ("kind", "label", "value", "unit", "frame", "beat", "n", "sd", "status", "reason", "text")
ROWS = {"caliper": 7, "beat": 5, "summary": 7, "derived": 7}
"""How many of each kind are shown."""

WIDEST = 72
"""Characters of a line."""

INK, GROUND, FAINT = "#1a1a1a", "#ffffff", "#707070"


def main() -> None:
    """Make a study, export it, and write the pictures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study = write_reported_study(folder)
        for out, words in EXPORTS.items():
            line = [str(folder / w) if w.endswith(".key") else w for w in words]
            line = ["export", line[0], str(study.saved), *line[1:], "--out", str(folder / out)]
            assert echomeasure(line) == 0, line
        draw(fhir_lines(folder / "fhir.json")).save(PICTURES / "fhir.png", optimize=True)
        draw(table_lines(folder / "values.csv")).save(PICTURES / "table.png", optimize=True)
        markups(study, folder / "markups").save(PICTURES / "markups.png", optimize=True)
        pack(folder / "pack").save(PICTURES / "training.jpg", quality=88, optimize=True)


def draw(columns: Sequence[Sequence[str]], size: int = 15) -> Image.Image:
    """Columns of lines beside each other, in letters of one width; each under its heading."""
    font = ImageFont.truetype(findfont("DejaVu Sans Mono"), size)
    width = font.getlength("m")
    widths = [int(width * (max(map(len, column)) + 3)) for column in columns]
    height = (size + 4) * max(map(len, columns)) + 24
    picture = Image.new("RGB", (sum(widths) + 12, height), GROUND)
    pen, left = ImageDraw.Draw(picture), 12
    for column, wide in zip(columns, widths, strict=True):
        for number, line in enumerate(column):
            colour = INK if number else FAINT
            pen.text((left, 12 + number * (size + 4)), line, font=font, fill=colour)
        left += wide
    return picture


def fhir_lines(path: Path) -> list[list[str]]:
    """The report on the left, an Observation of it on the right."""
    entries = [entry["resource"] for entry in json.loads(path.read_text())["entry"]]
    report = next(one for one in entries if one["resourceType"] == "DiagnosticReport")
    value = next(o for o in entries if o.get("code", {}).get("text") == "LVIDd")
    report = {**report, "result": [*report["result"][:2], f"... {len(report['result'])} in all"]}
    report["conclusion"] = f"{report['conclusion'][:44]}..."
    value.pop("device", None)
    return [["DiagnosticReport", *pretty(report)], ["Observation", *pretty(value)]]


def pretty(record: Any, before: str = "", indent: int = 0) -> list[str]:
    """As JSON: what fits into a line is one, and what is longer is cut."""
    start = f"{' ' * indent}{before}"
    line = f"{start}{json.dumps(record, ensure_ascii=False)}"
    if len(line) <= WIDEST:
        return [line]
    if not isinstance(record, (dict, list)):
        return [f'{line[: WIDEST - 4]}..."']
    opening, closing = "{}" if isinstance(record, dict) else "[]"
    items = record.items() if isinstance(record, dict) else ((None, one) for one in record)
    parts = [pretty(v, "" if k is None else f"{json.dumps(k)}: ", indent + 2) for k, v in items]
    lines = [part for some in parts[:-1] for part in (*some[:-1], f"{some[-1]},")] + parts[-1]
    return [f"{start}{opening}", *lines, f"{' ' * indent}{closing}"]


def table_lines(path: Path) -> list[list[str]]:
    """Some rows of each kind, of some columns."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    chosen = [row for kind, count in ROWS.items() for row in of_kind(rows, kind)[:count]]
    return [[name, *(cell(row[name]) for row in chosen)] for name in COLUMNS]


def of_kind(rows: list[dict[str, str]], kind: str) -> list[dict[str, str]]:
    """Of calipers those that a reviewer decided about first, of values those with a number."""
    found = [row for row in rows if row["kind"] == kind]
    if kind == "caliper":
        return sorted(found, key=lambda row: row["status"] == "unreviewed")
    return [row for row in found if row["value"] or row["reason"]]


def cell(text: str) -> str:
    """Short enough for a picture."""
    try:
        number = float(text)
    except ValueError:
        return text if len(text) <= 24 else f"{text[:21]}..."
    return f"{number:g}"


def markups(study: ReportedStudy, folder: Path) -> Image.Image:
    """The frame of LVIDd with the markups of it that Slicer reads, by their own labels."""
    import slicer

    entry = study.review.entry(study.review.measured()["lvidd"].entries[0])
    app = headless_slicer()
    app.clear()
    logic = slicer.vtkSlicerMarkupsLogic()
    logic.SetMRMLScene(app.scene)
    cine = read(next(clip.path for clip in study.clips if clip.path.stem.startswith("plax")))
    nodes = load_cine(app.scene, cine, "plax")
    nodes.show_frame(entry.frame)
    for path in sorted(folder.glob(f"*-f{entry.frame}.mrk.json")):
        node = app.scene.GetNodeByID(logic.LoadMarkups(str(path), path.name.partition(".")[0]))
        node.GetDisplayNode().SetPointLabelsVisibility(True)
        node.GetDisplayNode().SetTextScale(2.8)
    app.view.render_window().SetSize(900, 640)
    app.show(nodes.volume)
    with tempfile.TemporaryDirectory() as name:
        app.screenshot(Path(name) / "view.png")
        return Image.open(Path(name) / "view.png").convert("RGB")


def pack(folder: Path) -> Image.Image:
    """Three frames of the pack, with their landmarks and what the manifest says of them."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    examples = {tuple(sorted(row["landmarks"])): row for row in manifest["examples"]}
    shown = []
    for row in list(examples.values())[:3]:
        picture = Image.open(folder / row["file"]).convert("RGB")
        pen = ImageDraw.Draw(picture)
        for series in row["landmarks"].values():
            for x, y in (point for points in series for point in points):
                pen.ellipse((x - 7, y - 7, x + 7, y + 7), outline="#ffd34d", width=3)
        picture = picture.resize((460, 460 * picture.height // picture.width))
        words = [f"{', '.join(row['landmarks'])}: {row['split']}", f"{row['file']}"]
        under = Image.new("RGB", (460, 48), "black")
        text = ImageDraw.Draw(under)
        for number, line in enumerate(words):
            text.text((8, 4 + 21 * number), line, font=ImageFont.load_default(16), fill="white")
        both = Image.new("RGB", (460, picture.height + 48))
        both.paste(picture, (0, 0))
        both.paste(under, (0, picture.height))
        shown.append(both)
    sheet = Image.new("RGB", (468 * len(shown) - 8, max(one.height for one in shown)), "#808080")
    for place, one in enumerate(shown):
        sheet.paste(one, (468 * place, 0))
    return sheet


if __name__ == "__main__":
    main()
