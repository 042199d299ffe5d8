"""`echomeasure export table`: every value of a study as rows for other programs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from EchoMeasureLib.cli.common import DONE, EXIT_CODES
from EchoMeasureLib.cli.streams import say
from EchoMeasureLib.cli.study_options import add_study, study_of
from EchoMeasureLib.exporting.table_rows import study_rows
from EchoMeasureLib.exporting.tables import write_table

EPILOG = f"""One row per number of a caliper, per value, and per beat of each value; the column
`kind` says which. The columns are those of measurements.csv, whatever the file, and
Docs/data-dictionary.md says what each holds. Text that a table program would take for a
formula begins with an apostrophe.

examples:
  echomeasure export table review.json --out values.csv
  echomeasure export table tr/measurements.json inflow/measurements.json --out values.parquet

{EXIT_CODES}"""


def add_parser(kinds: Any) -> None:
    """Add the kind."""
    parser = kinds.add_parser(
        "table",
        help="every caliper, beat and value as CSV, JSON Lines or Parquet",
        description="Write every caliper, beat and value of a study as rows.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_study(parser)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="ends in .csv, .jsonl or .parquet"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the table."""
    rows = study_rows(study_of(args))
    write_table(args.out, rows)
    say(f"{args.out}: {len(rows)} rows")
    return DONE
