"""Which trained networks are used, which are installed, and how to get more."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.desk.network_sets import AUTO, HOW_TO_GET
from EchoMeasureLib.panel.section import Section, chosen, fill, lay_out, show_texts

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.inference.settings import Reader
    from EchoMeasureLib.panel.dialogs import Dialogs


class WeightsSection(Section):
    """The choice of networks, its status line, and the dialog behind "Weights..."."""

    def __init__(self, ui: Any, desk: Desk, dialogs: Dialogs) -> None:
        super().__init__(ui, desk, dialogs)
        self.sets = desk.networks
        self.dialog: Any = None
        self.on(ui.weightsCombo.activated, self._chosen)
        self.on(ui.weightsButton.clicked, self.open_dialog)
        self._fill()

    @property
    def key(self) -> str:
        """The chosen set."""
        kept = self.parameters.weights if self.parameters is not None else ""
        return kept if self.sets.recall(kept) else AUTO

    @property
    def kinds(self) -> tuple[str, ...]:
        """Which sets the chosen networks belong to, as far as is known."""
        return self.sets.kinds(self.key)

    @property
    def reader(self) -> Reader:
        """Who measures: the networks, or the envelope reader."""
        return self.sets.reader(self.key)

    def folder(self) -> Path | None:
        """The folder to look in; None for the usual places."""
        return self.sets.folder(self.key)

    def obstacle(self, measurements: tuple[str, ...]) -> str:
        """Why these cannot be measured with the chosen set; empty when they can."""
        return self.sets.obstacle(self.key, measurements)

    def refresh(self, topic: Topic | None = None) -> None:
        if topic not in (None, "weights"):
            return
        self._fill()
        self.sets.look(self.key)
        self.ui.weightsLabel.text = self.sets.status(self.key)
        if self.dialog is not None:
            self.dialog.refresh()

    def open_dialog(self) -> None:
        """Show every network file, and offer to install more or to use another folder."""
        if self.dialog is None:
            self.dialog = WeightsDialog(self)
        self.dialog.refresh()
        self.dialog.widget.show()

    def use_folder(self) -> None:
        """Use the networks of a folder that the user names."""
        folder = self.dialogs.folder("Folder with network files (.ckpt)")
        if folder is not None:
            self.store("weights", self.sets.add_folder(folder))
            self.desk.topics.tell("weights")

    def _fill(self) -> None:
        key = self.key  # may bring back a folder
        rows = [(choice, self.sets.name(choice)) for choice in self.sets.choices()]
        fill(self.ui.weightsCombo, rows, key)

    def _chosen(self) -> None:
        self.store("weights", chosen(self.ui.weightsCombo))
        self.desk.topics.tell("weights")

    def close(self) -> None:
        """The dialog lives on the main window, and would outlive the panel."""
        if self.dialog is not None:
            self.dialog.widget.close()
            self.dialog.widget.deleteLater()
            self.dialog = None


class WeightsDialog:
    """Every measurement with its network file, and ways to get the published ones."""

    def __init__(self, section: WeightsSection) -> None:
        import qt

        self._section = section
        self.widget = qt.QDialog(section.ui.weightsButton.window())
        self.widget.windowTitle = "EchoMeasure: networks"
        self.table = qt.QTableWidget()
        self.table.columnCount = 2
        self.table.setHorizontalHeaderLabels(["Measurement", "Network"])
        self.table.verticalHeader().visible = False
        self.table.wordWrap = False
        lay_out(self.table)
        self.help = qt.QLabel(HOW_TO_GET)
        self.help.wordWrap = True
        self.install = qt.QPushButton("Install from a folder...")
        self.folder = qt.QPushButton("Use another folder...")
        self.close = qt.QPushButton("Close")
        layout = qt.QVBoxLayout(self.widget)
        row = qt.QHBoxLayout()
        for button in (self.install, self.folder, self.close):
            row.addWidget(button)
        layout.addWidget(self.table)
        layout.addWidget(self.help)
        layout.addLayout(row)
        self.widget.resize(760, 520)
        section.on(self.install.clicked, self._install)
        section.on(self.folder.clicked, section.use_folder)
        section.on(self.close.clicked, self.widget.hide)

    def refresh(self) -> None:
        """Show what the chosen set has for each measurement."""
        show_texts(self.table, self._section.sets.files(self._section.key))
        self.help.text = self._section.sets.message or HOW_TO_GET

    def _install(self) -> None:
        """Copy published network files from a folder, each verified by its hash."""
        folder = self._section.dialogs.folder("Folder with the published network files")
        if folder is not None:
            self._section.sets.install(folder)
            self.refresh()
