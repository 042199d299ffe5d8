"""The dialog of everything that can be exported: what, in which form, with what in it, where to."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from EchoMeasureLib.desk.export_kinds import (
    OFFERS,
    OPTION_WORDS,
    SPEEDS,
    Export,
    Form,
    Option,
    Wish,
)
from EchoMeasureLib.panel.section import chosen, enable, fill
from EchoMeasureLib.progress import Cancelled

if TYPE_CHECKING:
    from EchoMeasureLib.panel.section import Section


class ExportDialog:
    """A list of what there is, and beside it what the chosen one is, asks and says."""

    def __init__(
        self,
        section: Section,
        quiet: Callable[[], AbstractContextManager[None]],
        tell: Callable[[str], None],
    ) -> None:
        """`quiet` keeps the keys of the panel from being heard; `tell` hears what was written."""
        import qt

        self._section, self._quiet, self._tell = section, quiet, tell
        self._forms: dict[Export, str] = {}
        self.widget = qt.QDialog(section.ui.exportButton.window())
        self.widget.windowTitle = "EchoMeasure: export"
        self.kinds = qt.QListWidget()
        for offer in OFFERS.values():
            self.kinds.addItem(offer.name)
        self.kinds.currentRow = 0
        self.about, self.form, self.speed = qt.QLabel(), qt.QComboBox(), qt.QComboBox()
        self.options = {option: qt.QCheckBox(words) for option, words in OPTION_WORDS.items()}
        self.says, self.said = qt.QLabel(), qt.QLabel()
        for label in (self.about, self.says, self.said):
            label.wordWrap = True
            label.textFormat = qt.Qt.PlainText
        self.write = qt.QPushButton()
        self.close = qt.QPushButton("Close")
        fill(self.speed, [(str(speed), words) for speed, words in SPEEDS.items()], "1.0")
        self._lay_out()
        self.widget.resize(640, 360)
        section.on(self.kinds.itemSelectionChanged, self._kind_chosen)
        section.on(self.form.activated, self._form_chosen)
        for box in self.options.values():
            section.on(box.clicked, self.refresh)
        section.on(self.write.clicked, self._write)
        section.on(self.close.clicked, self.widget.hide)
        self._kind_chosen()

    @property
    def export(self) -> Export:
        """What is chosen."""
        row: int = self.kinds.currentRow
        return list(OFFERS)[max(0, row)]

    def wish(self) -> Wish:
        """What the widgets say."""
        asked = (option for option, box in self.options.items() if box.checked)
        return Wish(
            self.export, chosen(self.form), frozenset(asked), float(chosen(self.speed) or 1)
        )

    def refresh(self) -> None:
        """Show what the chosen one needs, and whether it can be written now."""
        exports, wish = self._section.desk.exports, self.wish()
        self.about.text = wish.offer.about
        there = exports.options(wish.export, wish.chosen.id)
        for option, box in self.options.items():
            box.visible = option in there
        self.form.visible = len(wish.offer.forms) > 1
        self.speed.visible = wish.offer.speeds
        obstacle = exports.obstacle(wish)
        self.says.text = obstacle or exports.says(wish)
        self.write.text = "Store" if exports.to_database(wish) else "Write…"
        enable(self.write, obstacle, "Ask where to, and write it.")

    def _kind_chosen(self) -> None:
        export = self.export
        rows = [(form.id, form.name) for form in OFFERS[export].forms]
        fill(self.form, rows, self._forms.get(export, rows[0][0]))
        # A structured report belongs where its images are, as long as that place is open.
        self.options[Option.DATABASE].checked = export is Export.STRUCTURED
        for option in (Option.IDENTITY, Option.SCREEN, Option.UNREVIEWED, Option.COMPLETE):
            self.options[option].checked = False
        self.said.text = ""
        self.refresh()

    def _form_chosen(self) -> None:
        self._forms[self.export] = chosen(self.form)
        self.refresh()

    def _write(self) -> None:
        desk, dialogs, wish = self._section.desk, self._section.dialogs, self.wish()
        desk.exports.check_packages(wish)
        place = None
        if not desk.exports.to_database(wish):
            place = self._place(wish)
            if place is None:
                return
        try:
            with self._quiet(), dialogs.progress(f"Writing {wish.offer.name}") as monitor:
                said = desk.exports.write(wish, place, monitor)
        except Cancelled:
            said = f"Stopped. {place} is as it was." if place is not None else "Stopped."
        self.said.text = said
        self._tell(said)

    def _place(self, wish: Wish) -> Path | None:
        """Where to, as the user says; None when they think better of it."""
        dialogs, form = self._section.dialogs, wish.chosen
        if not form.ending:
            return dialogs.folder(f"{wish.offer.name}: a folder of its own")
        name = self._section.desk.exports.proposed_name(wish)
        path = dialogs.save_file(f"Write the {wish.offer.name.lower()}", _kinds(form), name)
        if path is None or path.suffix.lower() == form.ending:
            return path
        path = path.with_name(path.name + form.ending)
        # The dialog has asked about another name.
        if path.exists() and not dialogs.ask(f"{path} is there already. Replace it?"):
            return None
        return path

    def _lay_out(self) -> None:
        import qt

        across = qt.QHBoxLayout(self.widget)
        across.addWidget(self.kinds, 1)
        layout = qt.QVBoxLayout()
        across.addLayout(layout, 3)
        for part in (self.about, self.form, self.speed, *self.options.values(), self.says):
            layout.addWidget(part)
        layout.addStretch(1)
        layout.addWidget(self.said)
        bottom = qt.QHBoxLayout()
        bottom.addWidget(self.write)
        bottom.addStretch(1)
        bottom.addWidget(self.close)
        layout.addLayout(bottom)


def _kinds(form: Form) -> str:
    """As Qt's dialogs take it."""
    return f"{form.name.partition(' (')[0]} (*{form.ending})"
