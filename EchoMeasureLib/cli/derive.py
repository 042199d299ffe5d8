"""`echomeasure derive`: the sheet and the grades of a study, from its reviews and measurements."""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.common import DONE, EXIT_CODES, NOT_HERE
from EchoMeasureLib.cli.streams import print_json, print_lines, say
from EchoMeasureLib.exporting.measurements_reading import NOBODY
from EchoMeasureLib.exporting.study_files import read_study
from EchoMeasureLib.measuring.breathing import Manoeuvre
from EchoMeasureLib.measuring.examination import GIVEN, Examination, Rhythm
from EchoMeasureLib.measuring.formulae import FORMULAE_VERSION
from EchoMeasureLib.measuring.grading import ranges, uncertainty
from EchoMeasureLib.measuring.grading.diastole_groups import GROUPS
from EchoMeasureLib.measuring.grading.rules import INSUFFICIENT, Grade
from EchoMeasureLib.measuring.sheet import Sheet, SheetRow
from EchoMeasureLib.measuring.subject import BsaFormula, Subject
from EchoMeasureLib.review.session import Review

EPILOG = f"""Give the files of one study of one patient: reviews, as the panel and `echomeasure
review` save them, measurements.json of `echomeasure measure`, or both. Where two say the
same, a review goes before measurements, and a later file before an earlier one. No image
is read.
What the files know of the person and the examination holds unless something else is
typed. What is not given is missing, never assumed: without sex there is no range by sex,
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
    add = parser.add_argument
    add("files", type=Path, nargs="+", metavar="FILE", help="reviews and measurements.json")
    add("--reviewer", help="whose layer of the reviews (default: the one saved last)")
    add("--sex", choices=["F", "M"], help="default: what the files say")
    add("--height", type=float, metavar="CM", help="height, cm")
    add("--weight", type=float, metavar="KG", help="weight, kg")
    add("--bsa", choices=[*BsaFormula], help="formula of body surface area")
    add("--age", type=float, metavar="YEARS", help="age, years")
    for row in GIVEN.values():
        help = f"{row.what}, {row.spoken}"
        add(f"--{row.id.replace('_', '-')}", type=float, metavar="N", help=help)
    add("--rhythm", choices=[*Rhythm], help="atrial fibrillation has a table of its own")
    add("--manoeuvre", choices=[*Manoeuvre], help="how the person breathed while the IVC was seen")
    add("--group", choices=[*GROUPS], help="a group for whom the general tables do not hold")
    add("--disease", action="store_true", help="a disease of the myocardium is known")
    add("--no-tr", action="store_true", help="there was no measurable tricuspid regurgitation")
    add("--ranges", choices=[*ranges.RangeSet], help="whose ranges (default: what the review says)")
    add("--json", action="store_true", help="print JSON only")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the sheet; exit code 5 when the files have no number that counts."""
    study = read_study(args.files, args.reviewer)
    for note in study.notes:
        say(note)
    review = study.review
    review.describe(_subject(args, review.subject))
    review.examine(_examination(args, review.examination))
    sheet = review.sheet()
    if args.json:
        print_json(sheet_record(sheet, review))
    else:
        print_lines(sheet_lines(sheet, review))
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
    lines = [f"{whose}; {review.subject.text()}"]
    if given := review.examination.text():
        lines.append(f"Examination: {given}")
    there = [row for row in sheet.rows if row.text]
    lines += [_row_line(row) for row in there]
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


def _row_line(row: SheetRow) -> str:
    mark = f"{row.mark or ' '}{'~' if row.near else ' '}"
    word = row.word if row.mark else ""
    tail = "; ".join(part for part in (word, row.basis, row.note) if part)
    unreviewed = "" if row.reviewed else "  (not reviewed)"
    return f"{row.name:<18} {row.text:>14} {mark} {row.range:<14} {tail}{unreviewed}".rstrip()


def _grade_lines(grade: Grade) -> list[str]:
    rule = f" (rule {grade.rule})" if grade.fired else ""
    lines = [f"{grade.guideline}: {grade.words}{rule}"]
    if grade.missing:
        lines.append(f"  missing: {', '.join(grade.missing)}")
    if grade.outcome in ("indeterminate", INSUFFICIENT):
        lines += [f"  would change it: {change}" for change in grade.changes]
    return lines + [f"  {note}" for note in grade.notes]


def _subject(args: argparse.Namespace, known: Subject) -> Subject:
    """What the review knows of the person; what was typed wins."""
    typed = {
        "sex": args.sex,
        "height_cm": args.height,
        "weight_kg": args.weight,
        "age": args.age,
        "bsa_formula": BsaFormula(args.bsa) if args.bsa else None,
    }
    return replace(known, **{name: value for name, value in typed.items() if value is not None})


def _examination(args: argparse.Namespace, known: Examination) -> Examination:
    """What the reader added to the review; what was typed wins."""
    typed = {
        **{id: getattr(args, id) for id in GIVEN},
        "rhythm": Rhythm(args.rhythm) if args.rhythm else None,
        "manoeuvre": Manoeuvre(args.manoeuvre) if args.manoeuvre else None,
        "group": args.group,
        "disease": args.disease or None,
        "no_jet": args.no_tr or None,
        "ranges": ranges.RangeSet(args.ranges) if args.ranges else None,
    }
    return replace(known, **{name: value for name, value in typed.items() if value is not None})
