"""A desk over the headless scene whose clock and workers do what a test tells them."""

from __future__ import annotations

from dicom_database import DicomDatabase
from scripted_worker import ScriptedWorker
from slicer_scene import HeadlessSlicer
from watch import Watch

from EchoMeasureLib.desk.desk import Desk
from EchoMeasureLib.inference.worker_client import WorkerClient


def scripted_desk(
    slicer_app: HeadlessSlicer,
    watch: Watch,
    database: DicomDatabase | None = None,
    worker: ScriptedWorker | None = None,
) -> Desk:
    """`worker` is the one that measures; the caller closes the desk."""
    return Desk(
        slicer_app.scene,
        slicer_app.app.app_logic,
        database=lambda: database,
        measurer=WorkerClient((worker or ScriptedWorker()).start, watch),
        librarian=WorkerClient(ScriptedWorker().start, watch),
        clock=watch,
    )
