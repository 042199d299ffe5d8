"""Readings of structured reports, of scanners and of ours: the value that each says counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pydicom

from EchoMeasureLib.agreement.quantities import Level
from EchoMeasureLib.agreement.readings import LeftOut, Place, Reading, Readings
from EchoMeasureLib.errors import InvalidArgument, UnreadableFile
from EchoMeasureLib.exporting.structured_report.report_tree import ReportTree, read_tree
from EchoMeasureLib.exporting.structured_report.their_values import answers_of, values_of
from EchoMeasureLib.hashes import file_sha256
from EchoMeasureLib.imaging.header import PARSE_ERRORS, quiet_pydicom
from EchoMeasureLib.measuring.sheet_values import unit_of
from EchoMeasureLib.opening import open_file

KIND = "structured reports"

PREAMBLE = 128
"""Bytes before the letters DICM."""


def report_readings(paths: Sequence[Path], level: Level) -> Readings:
    """What these reports say, study by study.

    Raises `UnreadableFile` for a damaged one, and `InvalidArgument` for another level than the
    study: reports seldom say in which image, and never in which beat.
    """
    if level is not Level.STUDY:
        raise InvalidArgument(
            "A structured report says what counts of a study, not of an image, beat or frame.",
            f"Compare at --level {Level.STUDY}.",
        )
    found = [one for path in paths for one in _of_report(read_tree(path))]
    return Readings(
        KIND,
        tuple(one for one in found if isinstance(one, Reading)),
        tuple(one for one in found if isinstance(one, LeftOut)),
        salt="".join(map(file_sha256, paths)),
    )


def is_report(path: Path) -> bool:
    """Whether a file is a DICOM file of modality SR. Raises `UnreadableFile`."""
    try:
        with open_file(path) as file:
            if file.read(PREAMBLE + 4)[PREAMBLE:] != b"DICM":
                return False
            file.seek(0)
            with quiet_pydicom():
                head = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=["Modality"])
                return str(head.get("Modality", "")) == "SR"
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be opened ({error.strerror or error}).") from error
    except PARSE_ERRORS:
        return False


def _of_report(tree: ReportTree) -> Iterator[Reading | LeftOut]:
    place = Place(tree.study, patient=tree.person)
    facts = {"manufacturer": tree.maker, "model": tree.model}
    groups = {name: word for name, word in facts.items() if word}
    values = values_of(tree)
    for answer in answers_of(values):
        if answer.number is None:
            yield LeftOut(answer.id, place, f"ambiguous: {answer.basis}")
            continue
        unit = unit_of(answer.id)
        yield Reading(answer.id, answer.number, unit, place, groups=groups)
    for value in values:
        if not value.id:
            # What a scanner calls it; a label could have been typed.
            yield LeftOut(value.name.meaning or value.name.value, place, value.why_not)
