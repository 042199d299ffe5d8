"""`echomeasure review show`, and what the other actions print: a review in lines or as JSON."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.common import DONE
from EchoMeasureLib.cli.length_options import lengths_of
from EchoMeasureLib.cli.result_lines import (
    caliper_lines,
    decided,
    doubt_lines,
    image_words,
    reason_lines,
    summary_lines,
    warning_lines,
)
from EchoMeasureLib.cli.streams import print_json, print_lines, say
from EchoMeasureLib.definitions import Lengths
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.exporting.beat_records import heart_record
from EchoMeasureLib.exporting.measurement_records import result_records, source_record
from EchoMeasureLib.exporting.summaries import summary_records, summary_rows
from EchoMeasureLib.review.document import read_document
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.review.frames_run import frames_run, frames_run_words
from EchoMeasureLib.review.person_records import examination_record, subject_record
from EchoMeasureLib.review.session import Review


def run_show(args: argparse.Namespace) -> int:
    """Print the images, the values and the calipers of one reviewer."""
    document = read_document(args.review)
    layer = document.layer(args.reviewer)
    print_review(args, args.review, Review.resume(tuple(document.images.values()), layer))
    return DONE


def print_review(args: argparse.Namespace, path: Path, review: Review) -> None:
    """Print all of a review, which may be one that was just saved."""
    if args.json:
        print_json(_review_record(path, review, review.entries.values()))
    else:
        print_lines(_review_lines(path, review, lengths_of(args)))


def print_entries(args: argparse.Namespace, review: Review, ids: Sequence[str]) -> None:
    """Print calipers of a review as they are now, as far as they are still there."""
    entries = [review.entries[id] for id in ids if id in review.entries]
    if args.json:
        print_json(_review_record(args.review, review, entries))
        return
    lengths, describing = lengths_of(args), args.action == "describe"
    print_lines(_person_lines(review) if describing else _entry_lines(review, entries, lengths))
    say(f"{args.review} is saved; {review.reviewer} has {_count(review)}.")


def image_numbered(review: Review, number: int | None) -> str:
    """The key of the image of this number, from 1; of the only image without a number.

    Raises `InvalidArgument` where there is none such, or where it has to be said which.
    """
    keys = list(review.images)
    if number is None and len(keys) == 1:
        return keys[0]
    if number is None or not 1 <= number <= len(keys):
        asked = "" if number is None else f" There is no image {number}."
        raise InvalidArgument(
            f"The review has {len(keys)} image(s).{asked}",
            "Say which with --image N; `echomeasure review show` numbers them.",
        )
    return keys[number - 1]


def _review_record(path: Path, review: Review, entries: Iterable[Entry]) -> dict[str, Any]:
    numbers = {key: number for number, key in enumerate(review.images, 1)}
    return {
        "schema": "echomeasure-reviewed-1",
        "notice": RESEARCH_USE_ONLY,
        "review": str(path),
        "reviewer": review.reviewer,
        "subject": subject_record(review.subject),
        "examination": examination_record(review.examination),
        "images": [
            {
                "number": numbers[key],
                **source_record(facts),
                "frames_run": frames_run(review.entries.values(), facts),
            }
            for key, facts in review.images.items()
        ],
        "summary": summary_records(review),
        "heart": [heart_record(review, key) for key in review.images],
        "results": [
            {**record, "image": numbers[entry.image]}
            for entry in entries
            for record in result_records(review, [entry])
        ],
    }


def _review_lines(path: Path, review: Review, lengths: Lengths) -> list[str]:
    lines = [f"{path}: review of {review.reviewer}, {_count(review)}", *_person_lines(review)]
    lines += warning_lines(review)
    rows = summary_rows(review, lengths)
    lines += ["", *summary_lines(rows, lengths)] if review.entries else []
    for number, (key, facts) in enumerate(review.images.items(), 1):
        here = [entry for entry in review.entries.values() if entry.image == key]
        run = frames_run_words(frames_run(here, facts), facts.frame_count)
        lines += ["", f"image {number}: {image_words(facts)}", *([run] if run else [])]
        lines += _entry_lines(review, here, lengths)
    return lines


def _person_lines(review: Review) -> list[str]:
    """What is known of the person, and of the examination where anything is."""
    return [text for text in (review.subject.text(), review.examination.text()) if text]


def _entry_lines(review: Review, entries: Sequence[Entry], lengths: Lengths) -> list[str]:
    """Each caliper, then why numbers are missing and what flags mean, each sentence once."""
    lines = zip(entries, caliper_lines(review, entries, lengths), strict=True)
    shown = [f"  {e.id:<16} {line}  {decided(e)}{_note(e)}" for e, line in lines]
    calipers = [entry.caliper for entry in entries]
    return [*shown, *(f"  {words}" for words in (*reason_lines(calipers), *doubt_lines(calipers)))]


def _note(entry: Entry) -> str:
    return f"  note: {entry.notes}" if entry.notes else ""


def _count(review: Review) -> str:
    """Such as "90 calipers, 12 of them reviewed"."""
    entries = review.entries.values()
    done = sum(entry.status is not Status.UNREVIEWED for entry in entries)
    return f"{len(entries)} caliper{'s' * (len(entries) != 1)}, {done} of them reviewed"
