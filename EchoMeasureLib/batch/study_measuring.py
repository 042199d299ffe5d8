"""One study measured, file by file: its review document, and its rows."""

from __future__ import annotations

import filecmp
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from EchoMeasureLib.batch.chunks import FileTask, StudyTask
from EchoMeasureLib.batch.cohort_files import size_of
from EchoMeasureLib.batch.cohort_index import CHANGED_TWIN, TWIN
from EchoMeasureLib.batch.cohort_rows import FILE, cohort_row, result_rows
from EchoMeasureLib.batch.file_endings import Ended, Ending, ended_by, nameless
from EchoMeasureLib.batch.file_measuring import MeasuredFile, Measurer
from EchoMeasureLib.batch.journal import MOST_DEATHS, POISON, Journal
from EchoMeasureLib.errors import (
    EchoMeasureError,
    InvalidArgument,
    InvalidDocument,
    OutputProblem,
    UnreadableFile,
)
from EchoMeasureLib.exporting.measurement_records import Record
from EchoMeasureLib.exporting.measurements_reading import NOBODY
from EchoMeasureLib.exporting.pseudonyms import Key
from EchoMeasureLib.files import write_text
from EchoMeasureLib.progress import Monitor, silent
from EchoMeasureLib.review.document import dumps, read_document, resume_closed, save
from EchoMeasureLib.review.images import ImageFacts, image_key
from EchoMeasureLib.review.layers import Layer
from EchoMeasureLib.review.session import Review

Told = Callable[[Ending], None]
"""Is called with how each file ended, as it ends."""


@dataclass(frozen=True, slots=True)
class StudyPlace:
    """Where a study's results go, and under which names."""

    reviews: Path
    """Folder of review documents."""
    key: Key
    run: str
    """Fingerprint of what is measured."""

    def review(self, study: str) -> Path:
        """The document of a study, by its pseudonym."""
        return self.reviews / f"{study}.json"


def measure_study(
    study: StudyTask,
    measurer: Measurer,
    place: StudyPlace,
    journal: Journal,
    told: Told = lambda ending: None,
    monitor: Monitor = silent,
) -> Iterator[Record]:
    """Measure the files of a study, write its review, and give the rows of all of it.

    A review that is there and holds work of a person, or images of an earlier run, is added to;
    any other was left by a run that was killed, and is made anew. Raises `OutputProblem` where the
    review cannot be written, and what else is of the run (`file_endings.ended_by`).
    """
    made = datetime.now(timezone.utc).isoformat(timespec="seconds")
    filling = _Filling(measurer, place, study, monitor)
    rows: list[Record] = []
    # A copy may be whole where the file that was to be measured is damaged.
    for task in sorted(study.files, key=lambda task: bool(task.refusal)):
        row = filling.end(task, journal)
        told(Ending(row["ending"]))
        rows.append(row)
    written = filling.write()
    patient = filling.patient or study.id
    common = {"study": study.id, "patient": patient, "made": made}
    for row in rows:
        more: Record = {}
        if written is not None and row["ending"] == Ending.DONE.value:
            more = {"ending": written.ending.value, "reason": written.reason}
        yield cohort_row({**common, **row, **more})
    review = filling.review()
    if review is not None and written is None:
        yield from result_rows(review, place.key, common)


class _Filling:
    """The review of a study while its files come in."""

    def __init__(
        self, measurer: Measurer, place: StudyPlace, study: StudyTask, monitor: Monitor
    ) -> None:
        self.patient = ""
        self._state: tuple[tuple[ImageFacts, ...], Layer] | None = None
        self._measurer, self._place, self._monitor = measurer, place, monitor
        self._path = place.review(study.id)
        self._adding = _holds_more(self._path) or study.begun
        self._failed: set[str] = set()

    def end(self, task: FileTask, journal: Journal) -> Record:
        """What is said of a file, which has ended then."""
        begun, path = time.monotonic(), Path(task.path)
        row: Record = {"kind": FILE, "file": task.id, "image": task.image, "run": self._place.run}
        row["bytes"] = size_of(task.path)
        if task.patient:
            row["patient"] = task.patient
        refusal = _refusal(task)
        if task.image in self._failed and refusal != TWIN:
            refusal = ""
        ended = Ended(Ending.REFUSED, refusal)
        if not refusal and journal.deaths(task.id) >= MOST_DEATHS:
            ended = Ended(Ending.FAILED, POISON)
        elif not refusal:
            if task.image:
                self._measurer.warm_up()
            journal.begin(task.id)
            try:
                self._measure(path, row)
                self.patient = self.patient or task.patient
                ended = Ended(Ending.DONE)
            except Exception as error:  # noqa: BLE001 - a file must not take the others with it
                ended = ended_by(error, path)
            finally:
                # Who is asked to stop has not died of this file.
                journal.end(task.id)
        if task.image and ended.ending is Ending.FAILED:
            self._failed.add(task.image)
        elif not refusal:
            self._failed.discard(task.image)
        seconds = round(time.monotonic() - begun, 3)
        return {**row, "ending": ended.ending.value, "reason": ended.reason, "seconds": seconds}

    def review(self) -> Review | None:
        """The review as it is, with no image open; None where nothing was measured."""
        return None if self._state is None else Review.resume(*self._state)

    def _measure(self, path: Path, row: Record) -> None:
        """Measure a file into the review, and write what was found into its row."""
        found = self._measurer.measure(path, self._monitor)
        if row["image"] != self._place.key.pseudonym("image", image_key(found.cine)):
            # It may be of another study, too.
            raise UnreadableFile(
                "The file was another one when it was looked at: it has changed since.",
                "Go on with --resume once nothing writes to it.",
            )
        review = self.review()
        if review is None and self._adding and self._path.exists():
            try:
                review = resume_closed(read_document(self._path), NOBODY)
            except InvalidDocument as error:
                raise InvalidDocument(
                    "The review of its study, which lies in the results, cannot be read, and is "
                    "left as it is.",
                    "Measure into a new folder.",
                ) from error
        if review is None:
            review = Review(found.cine, NOBODY)
            (image,) = review.images
        else:
            try:
                image = review.add_cine(found.cine)
            except InvalidArgument as error:
                # Such as of another patient, of whom nothing comes into this study.
                raise EchoMeasureError(error.problem, "Have the archive put right.") from error
        review.add_predictions(found.predictions, image)
        # Without its pixels: those of a long study would fill the memory.
        self._state = tuple(review.images.values()), review.layer()
        row |= _facts(found)

    def write(self) -> Ended | None:
        """Write the review; how its files have ended where it cannot be one document."""
        review = self.review()
        if review is None:
            return None
        try:
            if self._adding and self._path.exists():
                save(review, self._path)
            else:
                write_text(self._path, dumps(review), durable=True)
        except OutputProblem as error:
            if isinstance(error.__cause__, OSError):
                raise
            return Ended(Ending.FAILED, nameless(error.problem, self._path))
        return None


def _refusal(task: FileTask) -> str:
    """Why a file is not measured; that it is the same image is said of what is the same file."""
    if task.refusal != TWIN or not task.twin:
        return task.refusal
    try:
        same = filecmp.cmp(task.path, task.twin, shallow=False)
    except OSError:
        return task.refusal
    return TWIN if same else CHANGED_TWIN


def _facts(found: MeasuredFile) -> Record:
    cine, decision = found.cine, found.decision
    return {
        "measured": " ".join(decision.asked),
        "note": " ".join(dict.fromkeys(decision.refused.values())),
        "decided_by": decision.by,
        "seen": "; ".join(view.words for view in decision.seen.views),
        "quality": " ".join(found.quality.sentences),
        "format": cine.kind,
        "manufacturer": cine.identity.manufacturer,
        "scanner": cine.identity.model,
        "frame_count": cine.frame_count,
    }


def _holds_more(path: Path) -> bool:
    """Whether a document holds the work of a person, or may: one that cannot be read."""
    try:
        layers = read_document(path).layers if path.exists() else {}
    except EchoMeasureError:
        return True
    return any(reviewer != NOBODY for reviewer in layers)
