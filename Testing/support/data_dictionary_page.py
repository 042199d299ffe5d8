"""Docs/data-dictionary.md from the columns: run `Testing/support/data_dictionary_page.py`."""

from __future__ import annotations

from pathlib import Path

from EchoMeasureLib.exporting.curve_rows import CURVE_COLUMNS
from EchoMeasureLib.exporting.table_rows import COLUMNS, Column, RowKind

PAGE = Path(__file__).parents[2] / "Docs" / "data-dictionary.md"

KINDS = {
    RowKind.CALIPER: "one number of a caliper: three for a mitral inflow, one for every other",
    RowKind.BEAT: "one beat of a value, measured or derived, also where it does not count",
    RowKind.SUMMARY: "a measured value: its mean over the beats that count, or the reason why not",
    RowKind.DERIVED: "a value that a formula gives from others",
}


def column_line(column: Column) -> str:
    """One line of the table of columns."""
    kinds = [kind.value for kind in RowKind if kind.value[0] in column.rows]
    filled = "all" if len(kinds) == len(RowKind) else ", ".join(kinds)
    cells = (column.name, column.type.value, column.unit or "-", filled, column.meaning)
    return f"| {' | '.join(cells)} |"


def page() -> str:
    """The whole page."""
    return "\n".join(
        [
            "# Data dictionary",
            "",
            "The columns of `measurements.csv` and of `echomeasure export table`, the same in CSV, "
            "JSON Lines and Parquet, from `EchoMeasureLib/exporting/table_rows.py`. Research use "
            "only.",
            "",
            "```sh",
            "echomeasure review init echo.dcm --out review.json --reviewer AB",
            "echomeasure review place review.json aorta --points 629,319 689,435 --reviewer AB",
            "echomeasure export table review.json --out values.csv",
            "echomeasure export table review.json --out values.jsonl",
            "echomeasure export table review.json --out values.parquet",
            "```",
            "",
            "![Rows of each kind, some columns](pictures/table.png)",
            "",
            "The files of `export table` are those of one study, reviews and `measurements.json` "
            "alike, as for `derive`. Every row has every column; what a row does not fill is empty "
            "in CSV and null in the others. Numbers are not rounded, and are in the stored units: "
            "cm, and cm/s with the sign of the side of the baseline. Only `text` is rounded, as "
            "people read it. Parquet needs the extra `tables` (pyarrow); each of its columns "
            "carries meaning and unit as metadata.",
            "",
            "Text that a table program would take for a formula begins with an apostrophe, in all "
            "three, since a table often goes on into a workbook.",
            "",
            "| kind | what the row is |",
            "|---|---|",
            *(f"| {kind.value} | {words} |" for kind, words in KINDS.items()),
            "",
            "| column | type | unit | filled in | meaning |",
            "|---|---|---|---|---|",
            *map(column_line, COLUMNS),
            "",
            "## ivc-diameter.csv",
            "",
            "The diameter of a vena cava over an M-mode, which `echomeasure measure` writes beside "
            "its results: one row every 0.04 s, and no number where both walls are not read "
            "([envelope.md](envelope.md#the-vena-cava-over-time)).",
            "",
            "| column | type | unit | meaning |",
            "|---|---|---|---|",
            *(
                f"| {c.name} | {c.type.value} | {c.unit or '-'} | {c.meaning} |"
                for c in CURVE_COLUMNS
            ),
            "",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
