"""What answers rest on that is no number, such as the rhythm: coded statements, and read back.

Ranges, grades and indices follow from it, so that a report without it would be graded otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from pydicom.dataset import Dataset

from EchoMeasureLib.choices import Choice
from EchoMeasureLib.exporting.structured_report.content_items import CONTAINS, code_item
from EchoMeasureLib.exporting.structured_report.report_codes import (
    FROM_FILE,
    OWN,
    SrCode,
    dcm,
    own,
    same,
)
from EchoMeasureLib.exporting.structured_report.report_tree import ReportNode
from EchoMeasureLib.measuring.breathing import Manoeuvre
from EchoMeasureLib.measuring.examination import Examination, Rhythm
from EchoMeasureLib.measuring.grading.diastole_groups import GROUPS
from EchoMeasureLib.measuring.grading.ranges import RangeSet
from EchoMeasureLib.measuring.subject import WORDS, BsaFormula, Subject

SEXES: Mapping[str, SrCode] = MappingProxyType({"M": dcm("M", "Male"), "F": dcm("F", "Female")})
"""CID 7455, by DICOM's letter."""

_NAMES: Mapping[str, SrCode] = MappingProxyType(
    {
        "rhythm": own("rhythm", "Rhythm"),
        "manoeuvre": own("manoeuvre", "How the person breathed"),
        "group": own("group", "Special group"),
        "disease": own("disease", "Disease of the myocardium"),
        "no_jet": own("no_jet", "Tricuspid regurgitation"),
        "ranges": own("ranges", "Whose normal ranges"),
        "bsa_formula": own("bsa_formula", "Formula of body surface area"),
    }
)
_FROM_FILE = own("from-file", f"Of the person, {FROM_FILE}")
_YES, _NONE = own("yes", "Known"), own("none", "None that can be measured")

_Kind = TypeVar("_Kind", bound=Choice)


def choice_items(subject: Subject, examination: Examination) -> Iterator[Dataset]:
    """One statement for each thing that was said, or that the site has chosen."""
    rhythm, manoeuvre, group = examination.rhythm, examination.manoeuvre, examination.group
    said = {
        "rhythm": own(rhythm.value, rhythm.words) if rhythm else None,
        "manoeuvre": own(manoeuvre.value, manoeuvre.value) if manoeuvre else None,
        "group": own(group, GROUPS[group].name) if group else None,
        "disease": _YES if examination.disease else None,
        "no_jet": _NONE if examination.no_jet else None,
        "ranges": own(examination.ranges.value, examination.ranges.value.upper()),
        "bsa_formula": own(subject.bsa_formula.value, subject.bsa_formula.value),
    }
    for id, code in said.items():
        if code is not None:
            yield code_item(CONTAINS, _NAMES[id], code)
    for fact in sorted(subject.from_file & WORDS.keys()):
        yield code_item(CONTAINS, _FROM_FILE, own(fact, WORDS[fact]))


def subject_choices(nodes: Iterable[ReportNode]) -> dict[str, Any]:
    """Fields of `Subject`, as far as these items of a report say them."""
    there = list(nodes)
    formula = _chosen(there, "bsa_formula", BsaFormula)
    facts = frozenset(WORDS.keys() & _words(there, _FROM_FILE))
    return {"from_file": facts, **({"bsa_formula": formula} if formula else {})}


def examination_choices(nodes: Iterable[ReportNode]) -> dict[str, Any]:
    """Fields of `Examination`, as far as these items of a report say them."""
    there = list(nodes)
    ranges = _chosen(there, "ranges", RangeSet)
    return {
        "rhythm": _chosen(there, "rhythm", Rhythm),
        "manoeuvre": _chosen(there, "manoeuvre", Manoeuvre),
        "group": next(iter(_words(there, _NAMES["group"])), ""),
        "disease": _YES.value in _words(there, _NAMES["disease"]),
        "no_jet": _NONE.value in _words(there, _NAMES["no_jet"]),
        **({"ranges": ranges} if ranges else {}),
    }


def _chosen(nodes: Iterable[ReportNode], id: str, kind: type[_Kind]) -> _Kind | None:
    """What is said; None also for a word that this version does not know."""
    said = _words(nodes, _NAMES[id])
    return next((one for one in kind if one.value in said), None)


def _words(nodes: Iterable[ReportNode], name: SrCode) -> list[str]:
    codes = [node.code for node in nodes if same(node.name, name)]
    return [code.value for code in codes if code is not None and code.scheme == OWN]
