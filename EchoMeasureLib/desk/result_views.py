"""Results as Slicer nodes: the table of values, and values against time. No Qt."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.mrml.result_nodes import ResultNodes

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk

RENEW_S = 1.0
"""Nodes that are shown follow the review, but no more often than this."""


class Plotting:
    """What can be shown of the open image, and showing it; what is shown is kept up to date."""

    def __init__(self, desk: Desk, scene: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._scene = scene
        self._clock = clock
        self._shown: set[str] = set()
        self._behind = False
        self._renewed = 0.0

    def values(self) -> dict[str, str]:
        """Values that can be drawn: `measurement output`, and what to call it."""
        found: dict[str, str] = {}
        for entry in self._desk.selection.entries:
            row = CATALOG[entry.measurement]
            for value in entry.caliper.values:
                name = row.output(value.id).name if len(entry.caliper.values) > 1 else row.name
                if entry.image == self._desk.image and value.value is not None:
                    found[f"{row.id} {value.id}"] = name
        return found

    def draw(self, key: str) -> Any:
        """Draw a value against time and show it; returns the chart node."""
        if key not in self.values():
            raise InvalidArgument("There is nothing to draw.", "Measure something first.")
        chart = self._nodes().plot(*key.split(" "))
        self._shown.add(key)
        _show_chart(chart)
        return chart

    def table(self) -> Any:
        """The table node of every value that was not rejected, and of the derived ones."""
        node = self._nodes().table()
        self._shown.add("")
        return node

    def changed(self) -> None:
        """The review is another one now, or says something else."""
        self._behind = True

    def forget(self, keep_table: bool = False) -> None:
        """Another image: what was shown stays in the scene as it is.

        The table of the study follows on, with `keep_table`.
        """
        self._shown &= {""} if keep_table else set()

    def tick(self) -> None:
        """Bring what is shown up to date."""
        now = self._clock()
        if not (self._behind and self._shown) or now - self._renewed < RENEW_S:
            return
        self._behind, self._renewed = False, now
        nodes = self._nodes()
        for key in self._shown:
            if key:
                nodes.plot(*key.split(" "))
            else:
                nodes.table()

    def _nodes(self) -> ResultNodes:
        desk = self._desk
        if desk.located is None:
            raise InvalidArgument("No image is open.")
        return ResultNodes(desk.need_review(), self._scene, desk.located.nodes.volume, desk.image)


def _show_chart(chart: Any) -> None:
    """Put a chart into Slicer's plot view; there is none without the Plots module."""
    import slicer

    plots = getattr(slicer.modules, "plots", None)
    if plots is not None:
        plots.logic().ShowChartInLayout(chart)
