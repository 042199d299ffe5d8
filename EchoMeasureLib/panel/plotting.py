"""Values against time, in Slicer's plot view. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from EchoMeasureLib.catalog import CATALOG

if TYPE_CHECKING:
    from EchoMeasureLib.panel.desk import Desk


class Plotting:
    """What can be drawn, and drawing it."""

    def __init__(self, desk: Desk, scene: Any) -> None:
        self._desk = desk
        self._scene = scene

    def values(self) -> dict[str, str]:
        """Values that can be drawn: `measurement output`, and what to call it."""
        found: dict[str, str] = {}
        for entry in self._desk.entries:
            row = CATALOG[entry.measurement]
            for value in entry.caliper.values:
                name = row.output(value.id).name if len(entry.caliper.values) > 1 else row.name
                if entry.image == self._desk.image and value.value is not None:
                    found[f"{row.id} {value.id}"] = name
        return found
