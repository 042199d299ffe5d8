"""`echomeasure sr`: the values of a structured report, alone or beside a review."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.common import DONE, EXIT_CODES, NOT_HERE
from EchoMeasureLib.cli.review_showing import print_review
from EchoMeasureLib.cli.streams import print_json, print_lines, say
from EchoMeasureLib.cli.study_options import add_files
from EchoMeasureLib.exporting.structured_report.beside_words import (
    BesideWords,
    report_words,
    row_words,
    unmatched_words,
)
from EchoMeasureLib.exporting.structured_report.own_reviews import (
    images_of_report,
    review_of_report,
)
from EchoMeasureLib.exporting.structured_report.report_codes import SrCode
from EchoMeasureLib.exporting.structured_report.report_tree import ReportTree, read_tree
from EchoMeasureLib.exporting.structured_report.their_values import (
    TheirValue,
    answers_of,
    values_of,
)
from EchoMeasureLib.exporting.structured_report.values_beside import (
    BesideRow,
    beside,
    check_same_study,
    whose_words,
)
from EchoMeasureLib.exporting.study_files import read_study
from EchoMeasureLib.review.document import save
from EchoMeasureLib.review.image_files import found_images
from EchoMeasureLib.review.session import Review

EPILOG = f"""Reads reports of scanners and workplaces (TID 5200, 5300 and 1500). A number is matched
with a value of EchoMeasure by its code and, where that is not enough, by finding site, direction
of flow and method; what does not say them is listed and not guessed. Units are converted. Of
several numbers the one that the report says was chosen counts, else its mean; a number that is
written twice counts once.
A report that EchoMeasure wrote becomes a review again with --to-review: points, statuses and
notes as they were, numbers measured anew in the images.

examples:
  echomeasure sr report.dcm
  echomeasure sr report.dcm --beside review.json
  echomeasure sr report.dcm --beside review.json --json
  echomeasure sr report.dcm --to-review review.json --file plax.dcm tr.dcm

{EXIT_CODES}"""


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "sr",
        help="the values of a structured report, alone or beside a review",
        description=f"The values of a structured report in DICOM. {RESEARCH_USE_ONLY}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("report", type=Path, help="a structured report (DICOM)")
    add(
        "--beside", type=Path, nargs="+", default=[], metavar="REVIEW",
        help="reviews and measurements.json of the same study",
    )  # fmt: skip
    add("--reviewer", help="whose layer of the reviews (default: the last saved)")
    add("--to-review", type=Path, metavar="FILE", help="make a review of EchoMeasure's own report")
    add_files(parser, "the report")
    add("--json", action="store_true", help="print JSON only")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the values; exit code 5 when none is a value of EchoMeasure."""
    tree = read_tree(args.report)
    if args.to_review is not None:
        return _to_review(args, tree)
    review = None
    if args.beside:
        study = read_study(args.beside, args.reviewer)
        for note in study.notes:
            say(note)
        review = study.review
        check_same_study(review, tree)
        if doubt := whose_words(review, tree):
            say(doubt)
    values = values_of(tree)
    answers = answers_of(values)
    rows = beside(review, answers)
    if args.json:
        print_json(_record(tree, values, rows))
    else:
        print_lines(_lines(args.report, tree, values, rows, review))
    return DONE if answers else NOT_HERE


def _to_review(args: argparse.Namespace, tree: ReportTree) -> int:
    keys = images_of_report(tree)
    folder = args.report.resolve().parent
    cines = [cine for _, cine in found_images(keys, args.file, [folder])]
    review, notes = review_of_report(tree, cines)
    save(review, args.to_review)
    for note in notes:
        say(note)
    print_review(args, args.to_review, review)
    return DONE


def _record(
    tree: ReportTree, values: Sequence[TheirValue], rows: Sequence[BesideRow]
) -> dict[str, Any]:
    return {
        "schema": "echomeasure-beside-1",
        "notice": RESEARCH_USE_ONLY,
        "report": {
            "template": tree.template,
            "manufacturer": tree.maker,
            "model": tree.model,
            "sop_instance_uid": tree.uid,
            "study_instance_uid": tree.study,
            "complete": tree.complete,
            "verified": tree.verified,
        },
        "values": [
            {
                "id": row.id,
                "name": row.name,
                "unit": row.unit,
                "ours": row.ours,
                "reviewed": row.reviewed,
                "theirs": row.theirs.number if row.theirs else None,
                "basis": row.theirs.basis if row.theirs else "",
                "difference": row.difference,
                "percent": row.percent,
                "numbers": [_value_record(v) for v in row.theirs.values] if row.theirs else [],
            }
            for row in rows
        ],
        "unmatched": [_value_record(value) for value in values if not value.id],
    }


def _value_record(value: TheirValue) -> dict[str, Any]:
    codes = {
        key: part._asdict() if isinstance(part, SrCode) else part
        for key, part in ((key, getattr(value, key)) for key in asdict(value))
    }
    return codes


def _lines(
    path: Path,
    tree: ReportTree,
    values: Sequence[TheirValue],
    rows: Sequence[BesideRow],
    review: Review | None,
) -> list[str]:
    compared = review is not None
    lines = [f"{path}: {report_words(tree, values)}", ""]
    table = [_cells(row_words(row), compared) for row in rows]
    head = _cells(BesideWords("", "ours", "theirs", "difference", ""), compared)
    if table:
        widths = [max(map(len, column)) for column in zip(head, *table, strict=True)]
        lines += [
            "  ".join(
                cell.ljust(n) if i in (0, len(head) - 1) else cell.rjust(n)
                for i, (cell, n) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in (head, *table)
        ]
    others = [value for value in values if not value.id]
    if others:
        lines += ["", "Not matched:"]
        lines += [f"  {': '.join(unmatched_words(value))}" for value in others]
    return [*lines, "", RESEARCH_USE_ONLY]


def _cells(words: BesideWords, compared: bool) -> list[str]:
    return [*words] if compared else [words.name, words.theirs, words.remark]
