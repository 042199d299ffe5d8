"""A fetched study measured, file by file, into a review document beside its images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from EchoMeasureLib.batch.file_endings import Ended, Ending, ended_by
from EchoMeasureLib.batch.file_measuring import MeasuredFile
from EchoMeasureLib.batch.journal import MOST_DEATHS, POISON, Journal
from EchoMeasureLib.exporting.measurements_reading import NOBODY
from EchoMeasureLib.names import file_name
from EchoMeasureLib.progress import Monitor, silent
from EchoMeasureLib.review.document import save
from EchoMeasureLib.review.on_disk import changed
from EchoMeasureLib.review.session import Review


class Measures(Protocol):
    """What measures a file, as `batch.file_measuring.Measurer`."""

    def measure(self, path: Path, monitor: Monitor = silent) -> MeasuredFile: ...


def review_path(folder: Path, study: str) -> Path:
    """The review of a study, in the folder of its images."""
    return folder / file_name(study, "echomeasure-review-", ".json")


def measure_into(
    files: Mapping[str, Path],
    review: Path,
    measurer: Measures,
    journal: Journal,
    monitor: Monitor = silent,
) -> Iterator[tuple[str, Ended]]:
    """Measure these files, named by SOP Instance UID, into a review; how each has ended.

    The review is saved after each, as work of nobody: what a person has added to it meanwhile
    stays. A file that the process has died of again and again is left out. Raises `OutputProblem`,
    `WeightsProblem` and `MissingPackage`, which have to do with no single file, and
    `InvalidDocument` for a review that is damaged.
    """
    for uid, path in files.items():
        if journal.deaths(uid) >= MOST_DEATHS:
            yield uid, Ended(Ending.FAILED, POISON)
            continue
        journal.begin(uid)
        try:
            _add(measurer.measure(path, monitor), review)
            ended = Ended(Ending.DONE)
        except Exception as error:  # noqa: BLE001 - a file must not take the others with it
            ended = ended_by(error, path)
        finally:
            # Who is asked to stop has not died of this file.
            journal.end(uid)
        yield uid, ended


def _add(found: MeasuredFile, path: Path) -> None:
    if not path.exists():
        review = Review(found.cine, NOBODY)
        (image,) = review.images
        review.add_predictions(found.predictions, image)
        save(review, path)
        return

    def add(review: Review) -> None:
        known = set(review.images)
        image = review.add_cine(found.cine)
        if image not in known:
            review.add_predictions(found.predictions, image)

    changed(path, NOBODY, add)
