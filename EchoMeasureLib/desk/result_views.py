"""Results as Slicer nodes: the table of values, and values against time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.measuring.by_envelope import CAVA_IDS, read_cava_curve
from EchoMeasureLib.measuring.cava_curve import CavaCurve
from EchoMeasureLib.mrml.result_nodes import ResultNodes

if TYPE_CHECKING:
    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.desk.selection import Selection

RENEW_S = 1.0
"""Nodes that are shown follow the review, but no more often than this."""


class ResultViews:
    """What can be shown of the open image, and showing it; what is shown is kept up to date."""

    def __init__(
        self,
        study: OpenStudy,
        selection: Selection,
        show_chart: Callable[[Any], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`show_chart`: puts a chart node into a plot view."""
        self._study = study
        self._selection = selection
        self._show_chart = show_chart
        self._clock = clock
        self._shown: set[str] = set()
        self._behind = False
        self._renewed = 0.0

    def values(self) -> dict[str, str]:
        """Values that can be drawn: `measurement output`, and what to call it."""
        found: dict[str, str] = {}
        for entry in self._selection.entries:
            row = CATALOG[entry.measurement]
            for value in entry.caliper.values:
                name = row.output(value.id).name if len(entry.caliper.values) > 1 else row.name
                if entry.image == self._study.image and value.value is not None:
                    found[f"{row.id} {value.id}"] = name
        return found

    def draw(self, key: str) -> Any:
        """Draw a value against time and show it; returns the chart node.

        Raises `InvalidState` where that value was not measured.
        """
        if key not in self.values():
            raise InvalidState("There is nothing to draw.", "Measure something first.")
        chart = self._plot(key)
        self._shown.add(key)
        self._show_chart(chart)
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
        for key in self._shown:
            if key:
                self._plot(key)
            else:
                self._nodes().table()

    def _plot(self, key: str) -> Any:
        measurement, output = key.split(" ")
        return self._nodes().plot(measurement, output, self._cava(measurement))

    def _cava(self, measurement: str) -> CavaCurve | None:
        """The vena cava over the strip that is open, where its calipers are of one frame."""
        cine, image = self._study.cine, self._study.image
        if measurement not in CAVA_IDS or cine is None:
            return None
        entries = self._study.need_review().entries.values()
        frames = {e.frame for e in entries if e.image == image and e.measurement == measurement}
        curve = read_cava_curve(cine, *frames) if len(frames) == 1 else None
        return curve if isinstance(curve, CavaCurve) else None

    def _nodes(self) -> ResultNodes:
        study = self._study
        volume = study.need_located().nodes.volume
        return ResultNodes(study.need_review(), study.scene, volume, study.image)
