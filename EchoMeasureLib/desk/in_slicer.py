"""The desk of the Slicer application: the one file of this room that reaches for `slicer`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.desk.desk import Desk

if TYPE_CHECKING:
    from EchoMeasureLib.inference.worker_client import WorkerClient


def desk_in_slicer(
    measurer: WorkerClient | None = None,
    librarian: WorkerClient | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Desk:
    """A desk over the application's scene, views and DICOM database; the rest as in `Desk`."""
    import slicer

    return Desk(
        slicer.mrmlScene,
        slicer.app.applicationLogic(),
        database=lambda: getattr(slicer, "dicomDatabase", None),
        show_chart=_show_chart,
        measurer=measurer,
        librarian=librarian,
        clock=clock,
    )


def _show_chart(chart: Any) -> None:
    """Put a chart into Slicer's plot view; there is none without the Plots module."""
    import slicer

    plots = getattr(slicer.modules, "plots", None)
    if plots is not None:
        plots.logic().ShowChartInLayout(chart)
