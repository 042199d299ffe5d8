"""`echomeasure derive`: the sheet and the grades of a study, from its reviews and measurements."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.common import DONE, EXIT_CODES, NOT_HERE
from EchoMeasureLib.cli.length_options import add_lengths, lengths_of
from EchoMeasureLib.cli.person_options import UNSETTING, add_person, examination_of, subject_of
from EchoMeasureLib.cli.result_lines import warning_lines
from EchoMeasureLib.cli.streams import print_json, print_lines
from EchoMeasureLib.cli.study_options import add_study, study_of
from EchoMeasureLib.exporting.measurements_reading import NOBODY
from EchoMeasureLib.measuring.formulae import FORMULAE_VERSION
from EchoMeasureLib.measuring.grading import ranges, uncertainty
from EchoMeasureLib.measuring.grading.rules import INSUFFICIENT, Grade
from EchoMeasureLib.measuring.sheet import Sheet, SheetRow
from EchoMeasureLib.review.session import Review

EPILOG = f"""Give the files of one study of one patient: reviews, as the panel and `echomeasure
review` save them, measurements.json of `echomeasure measure`, or both. Where two say the
same, a review goes before measurements, and a later file before an earlier one. No image
is read.
What the files know of the person and the examination holds unless something else is
typed; {UNSETTING}
What is not given is missing, never assumed: without sex there is no range by sex,
without LAVI no rule that needs it.
H and L stand beside a value above or below its range, ~ where a limit lies within the
published uncertainty of one reading.

examples:
  echomeasure derive review.json --sex F --age 62 --height 165 --weight 70
  echomeasure derive plax/measurements.json inflow/measurements.json --sex F
  echomeasure derive review.json --rap 8 --lavi 30 --rhythm af --json

{EXIT_CODES}"""


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "derive",
        help="derived values, ranges and grades of a study",
        description=f"Derived values, ranges and grades of a study. {RESEARCH_USE_ONLY}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_study(parser)
    add_person(parser)
    add_lengths(parser)
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the sheet; exit code 5 when the files have no number that counts."""
    lengths = lengths_of(args)
    review = study_of(args)
    review.describe(subject_of(args, review.subject))
    review.examine(examination_of(args, review.examination))
    sheet = review.sheet()
    if args.json:
        print_json(sheet_record(sheet, review))
    else:
        print_lines(sheet_lines(review.sheet(lengths), review))
    return DONE if any(row.value is not None for row in sheet.rows) else NOT_HERE


def sheet_record(sheet: Sheet, review: Review) -> dict[str, Any]:
    """The sheet as JSON: every row, every grade with its rules, and the versions of the tables."""
    return {
        "schema": "echomeasure-sheet-1",
        "notice": RESEARCH_USE_ONLY,
        "reviewer": review.reviewer,
        "subject": review.subject.text(),
        "examination": review.examination.text(),
        "versions": {
            "formulae": FORMULAE_VERSION,
            "ranges": ranges.VERSION,
            "uncertainty": uncertainty.VERSION,
        },
        "values": [asdict(row) for row in sheet.rows],
        "grades": [asdict(grade) for grade in sheet.grades],
        "doubts": [asdict(doubt) for doubt in sheet.doubts],
    }


def sheet_lines(sheet: Sheet, review: Review) -> list[str]:
    """The sheet for people: values first, then grades, then what is missing in one line each."""
    whose = "Not reviewed" if review.reviewer == NOBODY else f"Review of {review.reviewer}"
    lines = [*warning_lines(review), f"{whose}; {review.subject.text()}"]
    if given := review.examination.text():
        lines.append(f"Examination: {given}")
    there = [row for row in sheet.rows if row.text]
    widths = [
        max((len(cell) for cell in column), default=0)
        for column in zip(*((row.name, row.text, row.range) for row in there), strict=True)
    ]
    for section, rows in groupby(there, lambda row: row.section):
        lines += ["", section.value[0].upper() + section.value[1:]]
        lines += [_row_line(row, widths, review.reviewer != NOBODY) for row in rows]
    for grade in sheet.grades:
        lines += ["", *_grade_lines(grade)]
    if sheet.doubts:
        lines += ["", "Look again:", *(f"  {doubt.text}" for doubt in sheet.doubts)]
    absent: dict[str, list[str]] = {}
    for row in sheet.rows:
        if not row.text:
            absent.setdefault(row.reason, []).append(row.name)
    if absent:
        lines += ["", "No value:"]
        lines += [f"  {', '.join(names)}: {reason}" for reason, names in absent.items()]
    return [*lines, "", RESEARCH_USE_ONLY]


def _row_line(row: SheetRow, widths: Sequence[int], reviewed: bool) -> str:
    """A value; in a study that is `reviewed`, with a word where nobody stands behind it.

    `widths` are those of name, text and range.
    """
    name, text, normal = widths
    mark = f"{row.mark or ' '}{'~' if row.near else ' '}"
    word = row.word if row.mark else ""
    tail = "; ".join(part for part in (word, row.basis, row.note) if part)
    unreviewed = "  (not reviewed)" if reviewed and not row.reviewed else ""
    cells = f"{row.name:<{name}}  {row.text:>{text}}  {mark} {row.range:<{normal}}"
    return f"  {cells}  {tail}{unreviewed}".rstrip()


def _grade_lines(grade: Grade) -> list[str]:
    rule = f" (rule {grade.rule})" if grade.fired else ""
    lines = [f"{grade.guideline}: {grade.words}{rule}"]
    if grade.missing:
        lines.append(f"  missing: {', '.join(grade.missing)}")
    if grade.outcome in ("indeterminate", INSUFFICIENT):
        lines += [f"  would change it: {change}" for change in grade.changes]
    return lines + [f"  {note}" for note in grade.notes]
