"""`echomeasure batch`: folders of files measured unattended."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.batch.batch_run import OneProcess, Tally, Workers, run_batch
from EchoMeasureLib.batch.batch_settings import AUTO, BatchSettings
from EchoMeasureLib.batch.chunk_running import Job
from EchoMeasureLib.batch.cohort_files import check_there
from EchoMeasureLib.batch.dask_workers import cluster_workers, local_workers
from EchoMeasureLib.batch.deciding import Orders
from EchoMeasureLib.batch.map_rules import read_manifest, read_rules
from EchoMeasureLib.batch.run_folder import begin_run, only_client
from EchoMeasureLib.cli.batch_progress import ProgressKind, batch_progress, time_words
from EchoMeasureLib.cli.common import DONE, EXIT_CODES, FAILED
from EchoMeasureLib.cli.network_options import add_every_frame, add_running
from EchoMeasureLib.cli.reader_options import add_reader
from EchoMeasureLib.cli.site_key import site_key
from EchoMeasureLib.cli.streams import print_json, print_lines, say
from EchoMeasureLib.errors import InvalidArgument, MissingPackage
from EchoMeasureLib.exporting.pseudonyms import usual_key_file
from EchoMeasureLib.inference.settings import Decoder, Settings

EPILOG = f"""Every file in the folders ends once: done, refused (nothing can be measured
in it, for the reason given) or failed (an error). Ultrasound is known by its content, an image
that lies in two places is measured once, and what a file allows is decided by its regions, the
words of its header and what the networks see in its picture. A jet or a tissue velocity whose
place nothing tells is refused: a rule says it, or a manifest.

Into --out come a review document for each study (reviews/, to be opened in Slicer), tables of
calipers, beats, summaries, derived values and grades (tables/, Parquet and CSV) and summary.html.
Tables, names and messages have pseudonyms in place of UIDs and file names, made with the key of
the site; reviews keep the UIDs of their images, by which these are found again.
A run that was stopped, by whatever, goes on with --resume and ends with the same results.

  --map      CSV with the columns tag,pattern,measurements, the first line that fits counts:
             SeriesDescription,*TR*CW*,trvmax      path,*/septal/*,medevel
  --manifest CSV with the columns file,frame,measurement; no frame means all

examples:
  echomeasure batch study-folder --out cohort
  echomeasure batch archive --out cohort --workers 4 --key-file ~/site.key
  echomeasure batch archive --out cohort --workers 4 --key-file ~/site.key --resume
  echomeasure batch strips --out cohort --reader envelope --map rules.csv
  echomeasure batch archive --out cohort --measurements lvid,ivs --frames ::4 --progress json
  echomeasure cohort query cohort "SELECT measurement, avg(value) FROM summaries GROUP BY 1"

exit code 1 says that a file failed, or that something went wrong.
{EXIT_CODES}"""


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "batch",
        help="measure every file in folders, unattended",
        description=f"Measure every file in folders, unattended. {RESEARCH_USE_ONLY}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("folders", type=Path, nargs="+", metavar="DIR", help="folders of files, and files")
    add("--out", type=Path, required=True, metavar="DIR", help="folder for the results")
    add(
        "--measurements",
        default=AUTO,
        metavar="ID,...",
        help="only these, where a file and its view show them (default: auto, all)",
    )
    told = parser.add_mutually_exclusive_group()
    told.add_argument("--map", type=Path, metavar="RULES.csv", help="what which files show")
    told.add_argument(
        "--manifest", type=Path, metavar="FILES.csv", help="what is measured, file by file"
    )
    add(
        "--frames",
        default="all",
        metavar="WHICH",
        help="of every file: all (default), N,N,... or A:B:STEP, such as ::4 to save time",
    )
    add_every_frame(parser)
    add_reader(parser)
    add_running(parser)
    add(
        "--no-neighbours",
        action="store_true",
        help="do not run frames beside those that --frames names, to compare with",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes on this machine (default: 1)"
    )
    where.add_argument(
        "--scheduler", metavar="ADDRESS", help="of a Dask cluster, such as tcp://10.0.0.1:8786"
    )
    add("--resume", action="store_true", help="go on with the run in --out, or begin it")
    add(
        "--key-file",
        type=Path,
        metavar="FILE",
        help="the key of the site, made where there is none (default: in the user's data folder)",
    )
    add(
        "--progress",
        choices=[*ProgressKind],
        type=ProgressKind,
        default=ProgressKind.AUTO,
        help="auto (default): a bar, or a line a minute; json: a line a second; none",
    )
    add("--json", action="store_true", help="print the counts as JSON only")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure the folders; exit code 1 when a file failed."""
    if args.workers < 1:
        raise InvalidArgument(f"{args.workers} processes measure nothing.", "Give 1 or more.")
    check_there(args.folders)
    key_file = args.key_file or usual_key_file()
    if args.out.resolve() in key_file.resolve().parents:
        raise InvalidArgument(
            "The key would lie in the results, and everybody who gets them would have it.",
            "Keep it elsewhere.",
        )
    settings, orders = settings_of(args), orders_of(args)
    key = site_key(key_file)
    with only_client(args.out):
        begun = begin_run(args.out, settings, orders, key, args.resume)
        job = Job(args.out.resolve(), settings, orders, key, begun.fingerprint)
        with batch_progress(args.progress) as watch, workers_of(args, job) as workers:
            end = run_batch(args.folders, job, begun, workers, watch)
    if args.json:
        counts = {"done": end.done, "refused": end.refused, "failed": end.failed}
        print_json({"files": end.files, **counts, "out": str(args.out)})
    else:
        print_lines(end_lines(end, args.out, args.key_file))
    return FAILED if end.failed else DONE


def settings_of(args: argparse.Namespace) -> BatchSettings:
    """What is measured, and how."""
    asked = [id.strip() for id in args.measurements.split(",") if id.strip()]
    return BatchSettings(
        () if asked == [AUTO] or not asked else tuple(dict.fromkeys(asked)),
        args.frames,
        None if args.weights is None else args.weights.resolve(),
        Settings(Decoder.ROBUST, args.engine, args.precision),
        not args.no_neighbours,
        args.reader,
        args.every_frame,
    )


def orders_of(args: argparse.Namespace) -> Orders:
    """What the site says of its files."""
    if args.manifest is not None:
        return Orders(manifest=read_manifest(args.manifest))
    return Orders(read_rules(args.map)) if args.map is not None else Orders()


@contextmanager
def workers_of(args: argparse.Namespace, job: Job) -> Iterator[Workers]:
    """Those that the options name; this process alone where what others need is not installed."""
    if args.scheduler:
        with cluster_workers(job, args.scheduler) as cluster:
            yield cluster
    elif args.workers > 1 and find_spec("distributed") is not None:
        with local_workers(job, args.workers) as workers:
            yield workers
    else:
        if args.workers > 1:
            lacking = MissingPackage("distributed", "Measuring with several processes", "cohort")
            say(f"{lacking} One process does the work.")
        yield OneProcess(job)


def end_lines(end: Tally, out: Path, key_file: Path | None) -> Iterator[str]:
    """What came of it, for people."""
    yield f"{end.files} files: {end.done} done, {end.refused} refused, {end.failed} failed"
    new = end.ended - end.before
    if end.before:
        yield f"{end.before} of them had ended in an earlier run."
    if new and end.rate is not None:
        yield f"{new} files in {time_words(end.seconds)}, {end.rate:.2f} a second."
    yield f"Reviews, tables and summary.html: {out}"
    if end.refused or end.failed:
        key = "" if key_file is None else f" --key-file {key_file}"
        yield f"Which, and why: echomeasure cohort where {out} DIR...{key}"
