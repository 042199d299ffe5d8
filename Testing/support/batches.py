"""Batches that tests run in their own process, and the tables that come of them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from EchoMeasureLib.batch.batch_run import OneProcess, Tally, run_batch
from EchoMeasureLib.batch.batch_settings import BatchSettings
from EchoMeasureLib.batch.chunk_running import Job
from EchoMeasureLib.batch.deciding import Orders
from EchoMeasureLib.batch.run_folder import Run, begin_run
from EchoMeasureLib.exporting.pseudonyms import Key

KEY = Key(b"the key of the tests")


@dataclass(frozen=True)
class Batch:
    """Folders, and where their results go."""

    folder: Path
    out: Path

    def run(
        self,
        settings: BatchSettings | None = None,
        orders: Orders | None = None,
        resume: bool = True,
    ) -> Tally:
        """Measure the folder in this process, going on where results are."""
        job, run = self.job(settings, orders, resume)
        return run_batch([self.folder], job, run, OneProcess(job))

    def job(
        self,
        settings: BatchSettings | None = None,
        orders: Orders | None = None,
        resume: bool = True,
    ) -> tuple[Job, Run]:
        """What workers have to know, and the run."""
        settings, orders = settings or BatchSettings(), orders or Orders()
        run = begin_run(self.out, settings, orders, KEY, resume)
        return Job(self.out, settings, orders, KEY, run.fingerprint), run

    def table(self, name: str) -> list[dict[str, str]]:
        """The rows of a table, but for the times of the clock."""
        with (self.out / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            found = list(csv.DictReader(file))
        return [{k: v for k, v in row.items() if k not in ("made", "seconds")} for row in found]
