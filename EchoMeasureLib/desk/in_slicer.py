"""The desk of the Slicer application: the one file of this room that reaches for `slicer`."""

from __future__ import annotations

from typing import Any

from EchoMeasureLib.desk.desk import Desk


def desk_in_slicer() -> Desk:
    """A desk over the application's scene, views and DICOM database."""
    import slicer

    return Desk(
        slicer.mrmlScene,
        slicer.app.applicationLogic(),
        database=lambda: getattr(slicer, "dicomDatabase", None),
        show_chart=_show_chart,
    )


def _show_chart(chart: Any) -> None:
    """Put a chart into Slicer's plot view; there is none without the Plots module."""
    import slicer

    plots = getattr(slicer.modules, "plots", None)
    if plots is not None:
        plots.logic().ShowChartInLayout(chart)
