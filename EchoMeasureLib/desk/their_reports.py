"""A scanner's structured report of the open study beside the review: read, never written."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.exporting.structured_report.beside_words import (
    BesideWords,
    made_by,
    maker_words,
    report_words,
    row_words,
    unmatched_words,
    value_words,
)
from EchoMeasureLib.exporting.structured_report.report_tree import ReportTree, read_tree
from EchoMeasureLib.exporting.structured_report.their_values import answers_of, values_of
from EchoMeasureLib.exporting.structured_report.values_beside import (
    BesideRow,
    beside,
    check_same_study,
    whose_words,
)
from EchoMeasureLib.exporting.study_object import MAKER

if TYPE_CHECKING:
    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.mrml.volumes import Database

MODALITY, MANUFACTURER, MODEL, DATE, TIME = (
    *("0008,0060", "0008,0070", "0008,1090"),
    *("0008,0023", "0008,0033"),
)
"""Tags as Slicer's database takes them; the last two are of the content."""


@dataclass(frozen=True, slots=True)
class TheirReport:
    """A report beside the review as that stands now."""

    words: str
    """What it is, and what nobody can tell about whose it is."""
    rows: tuple[BesideRow, ...]
    """A row for each value that either has."""
    lines: tuple[BesideWords, ...]
    """The same for people."""
    details: tuple[str, ...]
    """For each row every number that the report has for it, as it says them."""
    unmatched: tuple[tuple[str, str], ...]
    """Every number of the report that is no value of ours, and why."""


class TheirReports:
    """One report at a time, or none; of the open study only."""

    def __init__(self, study: OpenStudy, database: Callable[[], Database | None]) -> None:
        self._study = study
        self._database = database
        self._tree: ReportTree | None = None
        self._of = ""
        self._file = ""
        self._labels: dict[str, str] = {}
        self._looked_of = ""

    def look(self) -> None:
        """Find the reports of the study in the DICOM database; the only one of another is opened.

        Raises as `open` where that one cannot be.
        """
        found = self._in_database()
        kept = {self.file: self._labels[self.file]} if self.file else {}
        self._labels = {file: _label(said) for file, said in found.items()} | kept
        self._looked_of = self._whose()
        others = [file for file, said in found.items() if said[0] != MAKER]
        if not self.file and len(others) == 1:
            self.open(Path(others[0]))

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """File and name of the reports that `look` found, and of the one that is open."""
        here = self._study.review is not None and self._looked_of == self._whose()
        return tuple(
            (file, name) for file, name in self._labels.items() if here or file == self.file
        )

    def open(self, path: Path) -> None:
        """Set this report beside the review from now on.

        Raises `UnreadableFile` for what is no report, and `InvalidArgument` for one of another
        study or patient; the one before stays then.
        """
        review = self._study.need_review()
        tree = read_tree(path)
        check_same_study(review, tree)
        self._tree, self._of, self._file = tree, self._whose(), str(path)
        self._labels.setdefault(self._file, path.name)

    def close(self) -> None:
        """No report any longer."""
        self._tree = None

    @property
    def file(self) -> str:
        """The report that is open; empty when there is none."""
        return self._file if self._fitting() is not None else ""

    @property
    def title(self) -> str:
        """What made the report that is open, in a word or two; empty when there is none."""
        tree = self._fitting()
        return (tree.model or maker_words(tree)) if tree is not None else ""

    def beside(self) -> TheirReport | None:
        """The report beside the review as it stands; None when none of its study is open."""
        tree = self._fitting()
        if tree is None:
            return None
        review, lengths = self._study.need_review(), self._study.lengths
        values = values_of(tree)
        rows = beside(review, answers_of(values))
        numbers = (row.theirs.values if row.theirs is not None else () for row in rows)
        doubt = whose_words(review, tree)
        return TheirReport(
            f"{report_words(tree, values)}.{f' {doubt}' if doubt else ''}",
            rows,
            tuple(row_words(row, lengths) for row in rows),
            tuple("\n".join(map(value_words, some)) for some in numbers),
            tuple(unmatched_words(value) for value in values if not value.id),
        )

    def numbers(self) -> dict[str, float]:
        """Their number for each value that has one, in our unit and on our side of the baseline."""
        found, sheet = self.beside(), self._study.need_review().sheet()
        numbers: dict[str, float] = {}
        for row in found.rows if found is not None else ():
            if row.theirs is not None and row.theirs.number is not None:
                mine = sheet.row(row.id)
                value = mine.value if mine is not None else None
                size = row.theirs.number
                numbers[row.id] = size if value is None else math.copysign(size, value)
        return numbers

    def _fitting(self) -> ReportTree | None:
        """The report that is open, as long as its study is."""
        tree, review = self._tree, self._study.review
        if tree is None or review is None or self._whose() != self._of:
            return None
        try:
            check_same_study(review, tree)
        except InvalidArgument:
            # Two patients have been given one study UID.
            return None
        return tree

    def _in_database(self) -> dict[str, tuple[str, str, str, str]]:
        """File and header of each report of the study: those of others first, then the latest."""
        database, study = self._database(), self._study_uid()
        if database is None or not study:
            return {}
        said = {
            str(file): _header(database, str(file))
            for series in database.seriesForStudy(study)
            for file in database.filesForSeries(series)
            if database.fileValue(file, MODALITY) == "SR"
        }
        latest = sorted(said.items(), key=lambda item: item[1][2:], reverse=True)
        return dict(sorted(latest, key=lambda item: item[1][0] == MAKER))

    def _study_uid(self) -> str:
        review = self._study.review
        images = review.images.values() if review is not None else ()
        return next((uid for f in images if (uid := f.identity.study_instance_uid)), "")

    def _whose(self) -> str:
        """What the open study is known by: its UID, else the key of its first image."""
        return self._study_uid() or next(iter(self._study.need_review().images))


def _header(database: Database, file: str) -> tuple[str, str, str, str]:
    maker, model, date, time = (
        str(database.fileValue(file, tag) or "") for tag in (MANUFACTURER, MODEL, DATE, TIME)
    )
    return maker, model, date, time


def _label(said: tuple[str, str, str, str]) -> str:
    """Such as "GE Vivid T8, 2026-03-01 10:15"."""
    maker, model, date, time = said
    who = made_by(maker, model) or "unknown maker"
    day = f"{date[:4]}-{date[4:6]}-{date[6:8]}" if len(date) >= 8 else date
    when = " ".join(word for word in (day, f"{time[:2]}:{time[2:4]}" if time else "") if word)
    return f"{who}, {when}" if when else who
