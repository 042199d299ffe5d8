"""The folder of a comparison: document, tables, plots and page, all or nothing."""

from __future__ import annotations

import fnmatch
from pathlib import Path

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
from EchoMeasureLib.errors import OutputProblem
from EchoMeasureLib.exporting.tables import write_json, write_lines
from EchoMeasureLib.files import folder_written_whole
from EchoMeasureLib.progress import Monitor, silent

DOCUMENT, TABLE, PAIRS, UNPAIRED = "findings.json", "findings.csv", "pairs.csv", "unpaired.csv"

RESULT_NAMES = (DOCUMENT, TABLE, PAIRS, UNPAIRED)


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
    return []


def _check(folder: Path) -> None:
    others = sorted(item.name for item in folder.iterdir() if not _is_ours(item))
    if others:
        raise OutputProblem(
            f"{folder} is no folder of a comparison: it holds {others[0]}.", "Name a new folder."
        )


def _is_ours(item: Path) -> bool:
    return item.is_file() and any(fnmatch.fnmatchcase(item.name, name) for name in RESULT_NAMES)
