"""What every part of the panel has in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from EchoMeasureLib.errors import EchoMeasureError, MissingPackage
from EchoMeasureLib.panel.packages import offer

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.panel.dialogs import Dialogs


class Section:
    """A part of the panel: shows what the desk holds, and passes on what the user does."""

    def __init__(self, ui: Any, desk: Desk, dialogs: Dialogs) -> None:
        self.ui = ui
        self.desk = desk
        self.study = desk.study
        self.dialogs = dialogs
        self.parameters: Any = None
        """The parameter node of the scene; None while the module is not entered."""

    def on(self, signal: Any, action: Callable[[], object]) -> None:
        """Do something when a widget's signal comes; errors are shown, not lost."""
        signal.connect(guarded(self, action))

    def store(self, name: str, value: Any) -> None:
        """Keep a choice in the scene."""
        if self.parameters is not None and getattr(self.parameters, name) != value:
            setattr(self.parameters, name, value)

    def set_parameters(self, parameters: Any) -> None:
        """Follow this parameter node, or none."""
        self.parameters = parameters

    def refresh(self, topic: Topic | None = None) -> None:
        """Show the present state; `topic` says what has changed, None for everything."""

    def close(self) -> None:
        """The panel goes for good: so does what this part has opened elsewhere."""


def dispose(widget: Any) -> None:
    """Close a dialog for good: it lives on the main window, and would outlive the panel."""
    widget.close()
    widget.deleteLater()


class Speaker(Protocol):
    """Whoever has dialogs to speak through."""

    dialogs: Dialogs


def guarded(speaker: Speaker, action: Callable[[], object]) -> Callable[[], None]:
    """A slot that shows EchoMeasure's own errors as advice, and any other as an error."""

    def slot() -> None:
        import slicer

        with slicer.util.tryWithErrorDisplay("EchoMeasure met an error it does not know."):
            try:
                _do(speaker.dialogs, action)
            except EchoMeasureError as error:
                speaker.dialogs.warn(str(error))

    return slot


def _do(dialogs: Dialogs, action: Callable[[], object]) -> None:
    try:
        action()
    except MissingPackage as missing:
        if not offer(missing, dialogs):
            raise
        action()


def banner(urgent: bool) -> str:
    """A style in two roles of the palette: so it is readable in the light and the dark theme."""
    text, ground = ("highlighted-text", "highlight") if urgent else ("text", "alternate-base")
    return (
        f"color: palette({text}); background: palette({ground}); padding: 3px; border-radius: 3px;"
    )


def fill(combo: Any, rows: list[tuple[str, str]], chosen: str) -> None:
    """Fill a combo box with (key, text) and choose a key, without telling anybody."""
    blocked = combo.blockSignals(True)
    combo.clear()
    for key, text in rows:
        combo.addItem(text, key)
    combo.currentIndex = max(0, [key for key, _ in rows].index(chosen) if chosen else 0)
    combo.blockSignals(blocked)


def chosen(combo: Any) -> str:
    """Key of the chosen row; empty when there is none."""
    return str(combo.itemData(combo.currentIndex) or "")


def enable(button: Any, reason: str, tip: str) -> None:
    """Enable a button when there is no reason against it; the tooltip always says which."""
    button.enabled = not reason
    button.toolTip = reason or tip


def show_texts(table: Any, rows: Sequence[Sequence[str]]) -> None:
    """Fill a table with plain texts; a tooltip shows what is cut off. Tells nobody."""
    import qt

    blocked = table.blockSignals(True)
    table.rowCount = len(rows)
    for number, texts in enumerate(rows):
        for column, text in enumerate(texts):
            item = qt.QTableWidgetItem(text)
            item.setToolTip(text)
            table.setItem(number, column, item)
    fit(table)
    table.blockSignals(blocked)


def lay_out(table: Any) -> None:
    """Columns as wide as their contents, the last one by `fit`; low rows."""
    import qt

    header = table.horizontalHeader()
    header.highlightSections = False
    header.defaultAlignment = qt.Qt.AlignLeft | qt.Qt.AlignVCenter
    header.setSectionResizeMode(qt.QHeaderView.ResizeToContents)
    header.setSectionResizeMode(table.columnCount - 1, qt.QHeaderView.Interactive)
    header.stretchLastSection = False
    table.verticalHeader().setSectionResizeMode(qt.QHeaderView.Fixed)
    table.verticalHeader().defaultSectionSize = 22


def fit(table: Any) -> None:
    """The last column is as wide as its longest text, or fills the table: nothing is cut off."""
    last = table.columnCount - 1
    table.resizeColumnToContents(last)
    left = table.viewport().width - table.horizontalHeader().sectionPosition(last)
    table.setColumnWidth(last, max(left, table.columnWidth(last)))
