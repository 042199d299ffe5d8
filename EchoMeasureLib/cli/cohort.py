"""`echomeasure cohort`: questions to the results of `echomeasure batch`."""

from __future__ import annotations

import argparse
import csv
import io
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, count, islice
from pathlib import Path
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.batch.cohort_files import CohortFile, cohort_files, look_at
from EchoMeasureLib.batch.cohort_index import id_of_another
from EchoMeasureLib.batch.cohort_query import Answer, query
from EchoMeasureLib.batch.cohort_rows import FILE
from EchoMeasureLib.batch.file_endings import Ending
from EchoMeasureLib.batch.parts import parts, read_part
from EchoMeasureLib.batch.run_folder import read_run
from EchoMeasureLib.choices import Choice
from EchoMeasureLib.cli.common import DONE, EXIT_CODES
from EchoMeasureLib.cli.streams import print_json, print_lines
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.exporting.pseudonyms import read_key, usual_key_file
from EchoMeasureLib.texts import cell

SHOWN_ROWS = 200
WIDEST = 60

EPILOG = f"""The tables are files, calipers, beats, summaries, derived and grades; `DESCRIBE files`
shows the columns of one, and Docs/cohorts.md says what they mean. Nothing but the cohort can be
read, and nothing is written.

examples:
  echomeasure cohort query cohort "SELECT ending, reason, count(*) FROM files GROUP BY ALL"
  echomeasure cohort query cohort "SELECT measurement, count(value), avg(value), stddev(value)
    FROM summaries WHERE flags IS NULL GROUP BY measurement" --as csv > means.csv
  echomeasure cohort where cohort archive --ending failed

{EXIT_CODES}"""


class AnswerForm(Choice):
    """How an answer is printed."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "cohort",
        help="ask the results of a batch",
        description=f"Ask the results of a batch. {RESEARCH_USE_ONLY}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    ask = actions.add_parser("query", help="a question in SQL to the tables")
    ask.add_argument("out", type=Path, metavar="OUT", help="the folder of the results")
    ask.add_argument("sql", metavar="SQL", help="such as: SELECT count(*) FROM files")
    ask.add_argument(
        "--as",
        dest="form",
        choices=[*AnswerForm],
        type=AnswerForm,
        default=AnswerForm.TEXT,
        help="text (default, of long answers the beginning), csv or json",
    )
    ask.set_defaults(run=run_query)
    where = actions.add_parser("where", help="which files were refused or failed, and why")
    where.add_argument("out", type=Path, metavar="OUT", help="the folder of the results")
    where.add_argument(
        "folders", type=Path, nargs="+", metavar="DIR", help="the folders that were measured"
    )
    where.add_argument(
        "--ending",
        choices=[*Ending],
        type=Ending,
        action="append",
        help="only these; may be given again (default: refused and failed)",
    )
    where.add_argument(
        "--key-file", type=Path, metavar="FILE", help="the key of the site, as for the batch"
    )
    where.set_defaults(run=run_where)


def run_query(args: argparse.Namespace) -> int:
    """Ask, and print the answer."""
    answer = query(args.out, args.sql)
    if args.form is AnswerForm.JSON:
        names = _names(answer.columns)
        print_json([dict(zip(names, map(_plain, row), strict=True)) for row in answer.rows])
    elif args.form is AnswerForm.CSV:
        print_lines(_csv_lines(answer))
    else:
        print_lines(_text_lines(answer))
    return DONE


def run_where(args: argparse.Namespace) -> int:
    """Say which files they were: the one place where names and results meet, on the screen."""
    run = read_run(args.out)
    key = read_key(args.key_file or usual_key_file())
    if run.record.get("key") != key.pseudonym("check", "EchoMeasure"):
        raise InvalidArgument(
            f"{args.out} was made with another key.", "Name that one with --key-file."
        )
    wanted = args.ending or [Ending.REFUSED, Ending.FAILED]
    names = ("file", "ending", "reason", "image")
    rows = (row for path in parts(args.out) for row in read_part(path, (FILE,), names))
    ended = {row["file"]: row for row in rows if Ending(row["ending"]) in wanted}

    def named() -> Iterator[tuple[CohortFile, str]]:
        for file in cohort_files(args.folders, [args.out]):
            yield file, key.pseudonym("file", file.name)

    found = [(file.path, ended.pop(id)) for file, id in named() if id in ended]
    if any(row["image"] for row in ended.values()):
        # Another image lies there than was first measured under that name.
        looked = ((file, id, look_at(file).image) for file, id in named())
        others = ((f, id_of_another(key, id, key.pseudonym("image", i))) for f, id, i in looked)
        found += [(file.path, ended.pop(id)) for file, id in others if id in ended]
    found.sort(key=lambda one: one[1]["ending"])
    print_lines(_where_lines(found, len(ended)))
    return DONE


def _where_lines(found: Sequence[tuple[str, Any]], missing: int) -> Iterator[str]:
    for path, row in found:
        yield f"{row['ending']}: {path}: {row['reason'] or 'measured'}"
    counts = Counter(row["ending"] for _, row in found)
    yield ", ".join(f"{number} {ending}" for ending, number in counts.items()) or "None."
    if missing:
        yield f"{missing} more are not in these folders, or were named by another way to them."


def _names(columns: Sequence[str]) -> list[str]:
    """Names of an object in JSON, which has each once: the second `reason` is `reason_2`."""
    found: dict[str, None] = {}
    for column in columns:
        others = (f"{column}_{number}" for number in count(2))
        found[next(name for name in chain((column,), others) if name not in found)] = None
    return list(found)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        # JSON has no word for it.
        return None
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def _csv_lines(answer: Answer) -> Iterator[str]:
    yield _csv_line(answer.columns)
    for row in answer.rows:
        yield _csv_line(row)


def _csv_line(values: Sequence[Any]) -> str:
    text = io.StringIO()
    safe = [cell(value) if isinstance(value, str) else value for value in values]
    csv.writer(text, lineterminator="").writerow(safe)
    return text.getvalue()


def _text_lines(answer: Answer) -> Iterator[str]:
    rows = [[_text(value) for value in row] for row in islice(answer.rows, SHOWN_ROWS)]
    widths = [max(map(len, column)) for column in zip(answer.columns, *rows, strict=True)]
    for line in (answer.columns, *rows):
        yield "  ".join(
            text.ljust(width) for text, width in zip(line, widths, strict=True)
        ).rstrip()
    if next(answer.rows, None) is not None:
        yield f"The first {SHOWN_ROWS} rows; --as csv gives all."


def _text(value: Any) -> str:
    if value is None:
        return "-"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 3]}..."
