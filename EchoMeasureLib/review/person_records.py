"""What is known of the person and of the examination, as JSON records and back."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.fields import Fields, as_text, refuse
from EchoMeasureLib.measuring.breathing import Manoeuvre
from EchoMeasureLib.measuring.examination import GIVEN, Examination, Rhythm
from EchoMeasureLib.measuring.grading.ranges import RangeSet
from EchoMeasureLib.measuring.subject import BsaFormula, Subject


def subject_record(subject: Subject) -> dict[str, Any]:
    """What is known of the person."""
    return {
        "sex": subject.sex,
        "height_cm": subject.height_cm,
        "weight_kg": subject.weight_kg,
        "age": subject.age,
        "bsa_formula": subject.bsa_formula.value,
        "from_file": sorted(subject.from_file),
    }


def parse_subject(fields: Fields) -> Subject:
    """Raises `InvalidDocument` naming the place of what is wrong."""
    try:
        return Subject(
            fields.text("sex"),
            fields.maybe_number("height_cm"),
            fields.maybe_number("weight_kg"),
            fields.maybe_number("age"),
            fields.choice("bsa_formula", BsaFormula),
            _from_file(fields, Subject()),
        )
    except InvalidArgument as error:
        refuse(fields.where, error.problem.rstrip("."))


def examination_record(examination: Examination) -> dict[str, Any]:
    """What the reader added by hand."""
    rhythm, manoeuvre = examination.rhythm, examination.manoeuvre
    return {
        "rhythm": rhythm.value if rhythm else None,
        "manoeuvre": manoeuvre.value if manoeuvre else None,
        "group": examination.group,
        "disease": examination.disease,
        "no_jet": examination.no_jet,
        **{id: getattr(examination, id) for id in GIVEN},
        "ranges": examination.ranges.value,
        "from_file": sorted(examination.from_file),
    }


def parse_examination(fields: Fields) -> Examination:
    """Raises `InvalidDocument` naming the place of what is wrong."""
    try:
        return Examination(
            rhythm=fields.choice("rhythm", Rhythm) if fields.any("rhythm") is not None else None,
            manoeuvre=(
                fields.choice("manoeuvre", Manoeuvre)
                if fields.any("manoeuvre") is not None
                else None
            ),
            group=fields.text("group"),
            disease=fields.boolean("disease"),
            no_jet=fields.boolean("no_jet"),
            **{id: fields.maybe_number(id) for id in GIVEN},
            ranges=fields.choice("ranges", RangeSet),
            from_file=_from_file(fields, Examination()),
        )
    except InvalidArgument as error:
        refuse(fields.where, error.problem.rstrip("."))


def _from_file(record: Fields, empty: Subject | Examination) -> frozenset[str]:
    """Names of facts that are there; the file cannot have given what is not known."""
    names = frozenset(record.list("from_file", as_text))
    able = {field.name for field in fields(empty)} - {"from_file"}
    for name in sorted(names):
        if name not in able or not record.has(name):
            refuse(record.at("from_file"), f"the file cannot have given '{name}'")
    return names
