"""The folder of a comparison: document, tables, plots and page, all or nothing."""

from __future__ import annotations

import fnmatch
from datetime import datetime, timezone
from pathlib import Path

from EchoMeasureLib.agreement.agreement_page import agreement_page
from EchoMeasureLib.agreement.agreement_plots import bland_altman_plot, scatter_plot
from EchoMeasureLib.agreement.agreement_records import (
    FINDING_COLUMNS,
    PAIR_COLUMNS,
    UNPAIRED_COLUMNS,
    agreement_record,
    finding_line,
    pair_line,
    unpaired_line,
)
from EchoMeasureLib.agreement.comparing import Comparison
from EchoMeasureLib.errors import MissingPackage, OutputProblem
from EchoMeasureLib.exporting.tables import write_json, write_lines
from EchoMeasureLib.files import folder_written_whole, write_bytes, write_text
from EchoMeasureLib.progress import Monitor, Progress, silent

DOCUMENT, TABLE, PAIRS, UNPAIRED = "findings.json", "findings.csv", "pairs.csv", "unpaired.csv"

PAGE, DIFFERENCES, SCATTER = "findings.html", "-bland-altman.png", "-scatter.png"

RESULT_NAMES = (DOCUMENT, TABLE, PAIRS, UNPAIRED, PAGE, f"*{DIFFERENCES}", f"*{SCATTER}")
"""What the files of such a folder are called."""


def write_agreement(folder: Path, comparison: Comparison, monitor: Monitor = silent) -> list[str]:
    """Write a comparison into a folder, over an earlier one; returns what the user should know.

    Raises `OutputProblem` where the folder holds anything else or cannot be written, and
    `Cancelled`.
    """
    with folder_written_whole(folder, _check) as new:
        write_json(new / DOCUMENT, agreement_record(comparison))
        findings = (finding_line(finding, comparison) for finding in comparison.findings)
        write_lines(new / TABLE, FINDING_COLUMNS, findings)
        write_lines(new / PAIRS, PAIR_COLUMNS, map(pair_line, comparison.pairing.pairs))
        write_lines(
            new / UNPAIRED, UNPAIRED_COLUMNS, map(unpaired_line, comparison.pairing.unpaired)
        )
        try:
            plots = _plots(comparison, monitor)
        except MissingPackage as missing:
            plots, notes = {}, [str(missing)]
        else:
            notes = []
        for id, (differences, scatter) in plots.items():
            write_bytes(new / f"{id}{DIFFERENCES}", differences)
            write_bytes(new / f"{id}{SCATTER}", scatter)
        made = datetime.now(timezone.utc)
        write_text(new / PAGE, agreement_page(comparison, plots, made))
    return notes


def _plots(comparison: Comparison, monitor: Monitor) -> dict[str, tuple[bytes, bytes]]:
    """Both plots of every value, over all its pairs."""
    whole = [finding for finding in comparison.findings if not finding.group]
    found = {}
    for done, finding in enumerate(whole):
        monitor(Progress(done, len(whole), "plots"))
        found[finding.quantity.id] = (
            bland_altman_plot(finding, comparison.names),
            scatter_plot(finding, comparison.names),
        )
    return found


def _check(folder: Path) -> None:
    others = sorted(item.name for item in folder.iterdir() if not _is_ours(item))
    if others:
        raise OutputProblem(
            f"{folder} is no folder of a comparison: it holds {others[0]}.", "Name a new folder."
        )


def _is_ours(item: Path) -> bool:
    return item.is_file() and any(fnmatch.fnmatchcase(item.name, name) for name in RESULT_NAMES)
