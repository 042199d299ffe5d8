"""The rows of the table of calipers: what stands in each cell, in which font, with what tip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Lengths
from EchoMeasureLib.desk.caliper_words import history_words, place_words, status_words
from EchoMeasureLib.desk.words import (
    confidence_words,
    flag_words,
    reason_words,
    unused_words,
    value_words,
    which_image,
)
from EchoMeasureLib.panel.section import fit, lay_out
from EchoMeasureLib.review.entries import Status
from EchoMeasureLib.rounding import frame_words

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.review.entries import Entry

IMAGE_COLUMN = 6
"""There only when the review has several images."""


class CaliperRows:
    """Fills and labels the rows; which one is selected is not its business."""

    def __init__(self, table: Any, desk: Desk) -> None:
        self._table = table
        self._desk = desk
        self._study = desk.study
        self._selection = desk.selection
        self.shown: list[str] = []
        """Ids of the calipers in the table, from top to bottom."""
        self._drawn: list[Entry] = []
        self._shown_in = Lengths.CM
        self._images: dict[str, str] = {}
        """What each image is called; empty when there is only one."""
        lay_out(table)

    def fill(self) -> None:
        """Show the listed calipers; only what has changed is written again."""
        table = self._table
        blocked = table.blockSignals(True)
        entries = self._selection.shown
        if self._shown_in is not self._lengths():
            self._shown_in, self._drawn = self._lengths(), []
        table.rowCount = len(entries)
        for number, entry in enumerate(entries):
            # Entries are immutable: the same object says the same.
            if number >= len(self._drawn) or self._drawn[number] is not entry:
                self._fill_row(number, entry)
        self._drawn = list(entries)
        self.shown = [entry.id for entry in entries]
        fit(table)
        table.blockSignals(blocked)

    def name_images(self) -> bool:
        """Name the images of a study; whether they are called otherwise than before."""
        review, table = self._study.review, self._table
        keys = list(review.images) if review is not None else []
        names = {
            key: which_image(number, len(keys), key == self._study.image, self._study.loaded(key))
            for number, key in enumerate(keys, start=1)
        }
        names = names if len(names) > 1 else {}
        if names == self._images:
            return False
        self._images, self._drawn = names, []
        table.columnCount = IMAGE_COLUMN + bool(names)
        lay_out(table)
        if names:
            table.setHorizontalHeaderItem(IMAGE_COLUMN, _header("Image"))
        return True

    def _lengths(self) -> Lengths:
        return self._desk.lengths

    def _when(self, entry: Entry) -> str:
        """The frame with its time, from 1 on as people count."""
        review = self._study.review
        times = review.images[entry.image].times if review is not None else None
        return frame_words(entry.frame, None if times is None else times[entry.frame])

    def _fill_row(self, number: int, entry: Entry) -> None:
        import qt

        caliper = entry.caliper
        why = reason_words(caliper)
        texts = (
            CATALOG[caliper.measurement].short_name,
            place_words(entry),
            value_words(caliper, self._lengths()),
            confidence_words(caliper),
            status_words(entry),
            flag_words(caliper),
            *([str(1 + list(self._images).index(entry.image))] if self._images else []),
        )
        row = CATALOG[caliper.measurement]
        tips = (
            f"{row.name}: {row.convention}",
            self._when(entry),
            why,
            "",
            history_words(entry),
            unused_words(entry) or why,
            self._images.get(entry.image),
        )
        font = status_font(self._table, entry.status)
        for column, text in enumerate(texts):
            item = self._table.item(number, column)
            if item is None:
                item = qt.QTableWidgetItem()
                self._table.setItem(number, column, item)
            item.setText(text)
            item.setToolTip(tips[column] or text)
            item.setFont(font)


def status_font(widget: Any, status: Status) -> Any:
    """Bold: accepted; italic: edited; struck out: rejected. Seen in any theme, by every eye."""
    import qt

    font = qt.QFont(widget.font)
    font.setBold(status is Status.ACCEPTED)
    font.setItalic(status is Status.EDITED)
    font.setStrikeOut(status is Status.REJECTED)
    return font


def _header(text: str) -> Any:
    import qt

    return qt.QTableWidgetItem(text)
