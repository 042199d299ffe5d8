"""`echomeasure derive`: the sheet and the grades of a reviewed study."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.common import DONE, EXIT_CODES, NOT_HERE
from EchoMeasureLib.cli.streams import print_json, print_lines
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.measuring.examination import Examination, Rhythm
from EchoMeasureLib.measuring.formulae import FORMULAE_VERSION
from EchoMeasureLib.measuring.grading import ranges, uncertainty
from EchoMeasureLib.measuring.grading.diastole_groups import GROUPS
from EchoMeasureLib.measuring.grading.rules import INSUFFICIENT, Grade
from EchoMeasureLib.measuring.sheet import Sheet, SheetRow, make_sheet
from EchoMeasureLib.measuring.subject import BsaFormula, Subject
from EchoMeasureLib.review.counting import Counting
from EchoMeasureLib.review.document import Document, read_document
from EchoMeasureLib.review.layers import Layer

EPILOG = f"""The review is a document that the panel has saved. What is not given is missing, never
assumed: without sex there is no range by sex, without LAVI no rule that needs it.
H and L stand beside a value above or below its range, ~ where a limit lies within the
published uncertainty of one reading.

examples:
  echomeasure derive review.json --sex F --age 62 --height 165 --weight 70
  echomeasure derive review.json --rap 8 --lavi 30 --rhythm af --json

{EXIT_CODES}"""

NUMBERS = {
    "age": "years",
    "ef": "ejection fraction by another method, %%",
    "lavi": "left atrial volume index, mL/m2",
    "lars": "left atrial reservoir strain, %%",
    "pv-s-d": "pulmonary vein S/D",
    "ivrt": "isovolumic relaxation time, ms",
    "dt": "deceleration time of E, ms",
    "ar-a": "Ar minus A duration, ms",
    "t-e-e": "T(E-e'), ms",
}


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "derive",
        help="derived values, ranges and grades of a reviewed study",
        description=f"Derived values, ranges and grades of a review. {RESEARCH_USE_ONLY}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("review", type=Path, help="a review document (JSON)")
    add("--reviewer", help="whose layer (default: the one saved last)")
    add("--sex", choices=["F", "M"], help="default: what the review says")
    add("--height", type=float, metavar="CM", help="height, cm")
    add("--weight", type=float, metavar="KG", help="weight, kg")
    add("--rap", type=float, metavar="MMHG", help="right atrial pressure, mmHg")
    add("--bsa", choices=[f.value for f in BsaFormula], help="formula of body surface area")
    for name, what in NUMBERS.items():
        add(f"--{name}", type=float, metavar="N", help=what)
    add("--rhythm", choices=[*Rhythm], help="atrial fibrillation has a table of its own")
    add("--group", choices=[*GROUPS], help="a group for whom the general tables do not hold")
    add("--disease", action="store_true", help="a disease of the myocardium is known")
    add("--no-tr", action="store_true", help="there was no measurable tricuspid regurgitation")
    add("--ranges", choices=[*ranges.RangeSet], default=ranges.RangeSet.ASE, help="whose ranges")
    add("--json", action="store_true", help="print JSON only")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the sheet; exit code 5 when the review has no number that counts."""
    document = read_document(args.review)
    layer = _layer(document, args.reviewer)
    of = {
        id: [entry for entry in layer.entries if entry.measurement == id]
        for id in {entry.measurement for entry in layer.entries}
    }
    counting = Counting(lambda wanted: of.get(wanted, []), document.images)
    subject, examination = _subject(args, layer.subject), _examination(args)
    sheet = make_sheet(counting.measured(), subject, examination)
    if args.json:
        print_json(sheet_record(sheet, subject, layer))
    else:
        print_lines(sheet_lines(sheet, subject, layer))
    return DONE if any(row.value is not None for row in sheet.rows) else NOT_HERE


def sheet_record(sheet: Sheet, subject: Subject, layer: Layer) -> dict[str, Any]:
    """The sheet as JSON: every row, every grade with its rules, and the versions of the tables."""
    return {
        "schema": "echomeasure-sheet-1",
        "notice": RESEARCH_USE_ONLY,
        "reviewer": layer.reviewer,
        "subject": subject.text(),
        "versions": {
            "formulae": FORMULAE_VERSION,
            "ranges": ranges.VERSION,
            "uncertainty": uncertainty.VERSION,
        },
        "values": [asdict(row) for row in sheet.rows],
        "grades": [asdict(grade) for grade in sheet.grades],
    }


def sheet_lines(sheet: Sheet, subject: Subject, layer: Layer) -> list[str]:
    """The sheet for people: values first, then grades, then what is missing in one line each."""
    lines = [f"Review of {layer.reviewer}; {subject.text()}"]
    there = [row for row in sheet.rows if row.text]
    lines += [_row_line(row) for row in there]
    for grade in sheet.grades:
        lines += ["", *_grade_lines(grade)]
    absent = [row for row in sheet.rows if not row.text]
    if absent:
        lines += ["", "No value:", *(f"  {row.name}: {row.reason}" for row in absent)]
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


def _layer(document: Document, reviewer: str | None) -> Layer:
    if reviewer is not None and reviewer not in document.layers:
        raise InvalidArgument(
            f"The document has no review by '{reviewer}'.",
            f"It has those of: {', '.join(document.layers)}.",
        )
    if reviewer is not None:
        return document.layers[reviewer]
    return max(document.layers.values(), key=lambda layer: layer.saved)


def _subject(args: argparse.Namespace, known: Subject) -> Subject:
    """What the review knows of the person; what was typed wins."""
    return Subject(
        sex=args.sex or known.sex,
        height_cm=args.height if args.height is not None else known.height_cm,
        weight_kg=args.weight if args.weight is not None else known.weight_kg,
        rap_mmhg=args.rap if args.rap is not None else known.rap_mmhg,
        bsa_formula=BsaFormula(args.bsa) if args.bsa else known.bsa_formula,
    )


def _examination(args: argparse.Namespace) -> Examination:
    numbers = {name.replace("-", "_"): None for name in NUMBERS}
    given = {name: getattr(args, name) for name in numbers}
    return Examination(
        **given,
        rhythm=Rhythm(args.rhythm) if args.rhythm else None,
        group=args.group or "",
        disease=args.disease,
        no_jet=args.no_tr,
        ranges=ranges.RangeSet(args.ranges),
    )
