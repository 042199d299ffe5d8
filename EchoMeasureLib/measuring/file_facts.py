"""What the file says of the person, where the reader has said nothing."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TypeVar

from EchoMeasureLib.imaging.subject_facts import SubjectFacts
from EchoMeasureLib.measuring.examination import Examination
from EchoMeasureLib.measuring.subject import Subject

_Known = TypeVar("_Known", Subject, Examination)


def completed(known: _Known, facts: SubjectFacts) -> _Known:
    """With what the file says in the place of what is not known; nothing else changes."""
    names = {field.name for field in fields(known)} - {"from_file"}
    said = {
        field.name: getattr(facts, field.name)
        for field in fields(facts)
        if field.name in names and getattr(facts, field.name) not in (None, "")
    }
    new = {name: value for name, value in said.items() if getattr(known, name) in (None, "")}
    return replace(known, **new, from_file=known.from_file | new.keys()) if new else known


def still_from_file(before: _Known, after: _Known) -> _Known:
    """What a reader gives now; what the file gave and stands as it was is still from the file."""
    kept = (name for name in before.from_file if getattr(after, name) == getattr(before, name))
    return replace(after, from_file=frozenset(kept))


def only_from_file(known: Examination) -> Examination:
    """What the file gave, without anything that a reader did."""
    given = {name: getattr(known, name) for name in known.from_file}
    return replace(Examination(), **given, from_file=known.from_file)
