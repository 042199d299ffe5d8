"""Questions to the user. One object, so that a test or a script can answer instead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from EchoMeasureLib.progress import Cancelled, Monitor, Progress

IMAGES = "Echo (*.dcm *.DCM *.avi *.mp4 *.png *.jpg *.jpeg);;All files (*)"
REVIEWS = "EchoMeasure review (*.json)"
TABLES = "Table (*.csv)"
REPORTS = "Structured report (*.dcm *.DCM *.sr);;All files (*)"


class Dialogs(Protocol):
    """What the panel asks and tells."""

    def warn(self, text: str) -> None:
        """Say that something could not be done."""

    def ask(self, question: str) -> bool:
        """Yes or no; False when the user closes the question."""

    def text(self, question: str) -> str | None:
        """A word or so, or None when the user thinks better of it."""

    def open_file(self, title: str, kinds: str) -> Path | None:
        """An existing file, or None when the user thinks better of it."""

    def save_file(self, title: str, kinds: str, proposed: str) -> Path | None:
        """Where to write, or None."""

    def folder(self, title: str) -> Path | None:
        """An existing folder, or None."""

    def progress(self, title: str) -> AbstractContextManager[Monitor]:
        """Shows how far something is, with a button to cancel it, as long as it lasts."""


class SlicerDialogs:
    """The dialogs of Slicer. Under `--testing` Slicer answers the message boxes itself."""

    def __init__(self, parent: Any = None) -> None:
        self._parent = parent

    def warn(self, text: str) -> None:
        import slicer

        slicer.util.warningDisplay(text, windowTitle="EchoMeasure")

    def ask(self, question: str) -> bool:
        import slicer

        return bool(slicer.util.confirmOkCancelDisplay(question, windowTitle="EchoMeasure"))

    def text(self, question: str) -> str | None:
        import qt
        import slicer

        if slicer.app.testingEnabled():
            return None
        given = qt.QInputDialog.getText(self._parent, "EchoMeasure", question)
        # PythonQt returns the text alone, some versions a pair with whether it was given.
        word = str(given[0] if isinstance(given, (tuple, list)) else given).strip()
        return word or None

    def open_file(self, title: str, kinds: str) -> Path | None:
        import qt

        return _path(qt.QFileDialog.getOpenFileName(self._parent, title, "", kinds))

    def save_file(self, title: str, kinds: str, proposed: str) -> Path | None:
        import qt

        return _path(qt.QFileDialog.getSaveFileName(self._parent, title, proposed, kinds))

    def folder(self, title: str) -> Path | None:
        import qt

        return _path(qt.QFileDialog.getExistingDirectory(self._parent, title))

    @contextmanager
    def progress(self, title: str) -> Iterator[Monitor]:
        import qt
        import slicer

        bar = qt.QProgressDialog(self._parent)
        bar.windowTitle = f"EchoMeasure: {title}"
        # Nothing else can be done meanwhile, and what takes no time shows nothing.
        bar.windowModality = qt.Qt.ApplicationModal
        bar.minimumDuration = 500

        def monitor(progress: Progress) -> None:
            count = f": {progress.done} of {progress.total}" if progress.total else ""
            bar.labelText = f"{progress.stage}{count}"
            bar.maximum = progress.total
            bar.value = progress.done
            slicer.app.processEvents()
            if bar.wasCanceled:
                raise Cancelled

        try:
            yield monitor
        finally:
            bar.close()
            bar.deleteLater()


def _path(chosen: Any) -> Path | None:
    # PythonQt returns the name alone, some versions a pair with the filter.
    name = chosen[0] if isinstance(chosen, (tuple, list)) else chosen
    return Path(name) if name else None
