"""The measurements by view, to be ticked; what is impossible here is grey and says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.desk.measuring_run import unknown_to
from EchoMeasureLib.desk.words import by_view
from EchoMeasureLib.inference.settings import Reader
from EchoMeasureLib.measurable import judge
from EchoMeasureLib.panel.section import Section

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.panel.dialogs import Dialogs


class MeasurementList(Section):
    """Which measurements to make."""

    def __init__(self, ui: Any, desk: Desk, dialogs: Dialogs) -> None:
        super().__init__(ui, desk, dialogs)
        self._items: dict[str, Any] = {}
        self._build()
        ui.measurementTree.itemChanged.connect(self._ticked)
        self.on(ui.tickPossibleButton.clicked, lambda: self.tick(self.all_at_once))
        self.on(ui.tickNoneButton.clicked, lambda: self.tick(()))

    @property
    def possible(self) -> tuple[str, ...]:
        """Ids of what this image allows."""
        return self.desk.measuring.possible_by(self.reader)

    @property
    def all_at_once(self) -> tuple[str, ...]:
        """Ids of what is ticked when all that is possible is asked for."""
        return self.desk.measuring.ticked_at_once(self.reader)

    @property
    def ticked(self) -> tuple[str, ...]:
        """Ids of what is ticked and possible, in clinical order."""
        wanted = self.parameters.measurements.split() if self.parameters is not None else []
        return tuple(id for id in self.possible if id in wanted)

    def reason(self, id: str) -> str:
        """Why a measurement cannot be made on this image; empty when it can."""
        return self.desk.measuring.reason(id, self.reader)

    @property
    def reader(self) -> Reader:
        """Who measures."""
        key = self.parameters.weights if self.parameters is not None else ""
        return self.desk.networks.reader(key)

    def tick(self, ids: tuple[str, ...]) -> None:
        """Tick these and no others."""
        self.store("measurements", " ".join(ids))
        self.refresh()

    def refresh(self, topic: Topic | None = None) -> None:
        if topic not in (None, "image", "weights"):
            return
        import qt

        blocked = self.ui.measurementTree.blockSignals(True)
        ticked = self.ticked
        for id, item in self._items.items():
            reason = self.reason(id)
            if item.isDisabled() != bool(reason):
                item.setDisabled(bool(reason))  # even to what it is makes all be drawn anew
            item.setCheckState(0, qt.Qt.Checked if id in ticked else qt.Qt.Unchecked)
            item.setText(1, self._brief(id))
            tip = reason or f"{CATALOG[id].name}: {CATALOG[id].convention}."
            item.setToolTip(0, tip)
            item.setToolTip(1, tip)
        self.ui.measurementTree.blockSignals(blocked)

    def _brief(self, id: str) -> str:
        """The reason in a word or two."""
        cine = self.study.cine
        if cine is None:
            return ""
        unknown = unknown_to(self.reader, id)
        networks = self.reader is not Reader.ENVELOPE
        here = judge(cine.regions, CATALOG[id]).brief
        return here or ("" if not unknown else "no network" if networks else "not read")

    def _build(self) -> None:
        import qt

        tree = self.ui.measurementTree
        tree.clear()
        for view, rows in by_view().items():
            group = qt.QTreeWidgetItem()
            group.setText(0, view)
            tree.addTopLevelItem(group)
            for row in rows:
                item = qt.QTreeWidgetItem()
                item.setText(0, row.name)
                item.setData(0, qt.Qt.UserRole, row.id)
                group.addChild(item)
                self._items[row.id] = item
            group.setExpanded(True)
        tree.header().setSectionResizeMode(0, qt.QHeaderView.ResizeToContents)

    def _ticked(self, item: Any, column: int) -> None:
        import qt

        done = [id for id, i in self._items.items() if i.checkState(0) == qt.Qt.Checked]
        # What is impossible here stays wished for: the next image may allow it.
        kept = [id for id in self._wished() if self.reason(id)]
        self.store("measurements", " ".join(id for id in CATALOG if id in {*done, *kept}))

    def _wished(self) -> list[str]:
        return self.parameters.measurements.split() if self.parameters is not None else []
