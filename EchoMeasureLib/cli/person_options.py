"""What is typed of the person and of the examination, over what is known already."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from EchoMeasureLib.choices import Choice
from EchoMeasureLib.measuring.breathing import Manoeuvre
from EchoMeasureLib.measuring.examination import GIVEN, Examination, Rhythm, check_pressures
from EchoMeasureLib.measuring.grading import ranges
from EchoMeasureLib.measuring.grading.diastole_groups import GROUPS
from EchoMeasureLib.measuring.subject import BsaFormula, Subject

UNKNOWN = "none"
"""Typed where something is not known after all, such as a weight that was wrong."""

UNSETTING = "`none` in the place of a number or a word takes away what is known: --weight none."

_Known = TypeVar("_Known", Subject, Examination)


def add_person(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add = parser.add_argument
    add("--sex", choices=["F", "M", UNKNOWN], help="default: what the files say")
    add("--height", type=number, metavar="CM", help="height, cm")
    add("--weight", type=number, metavar="KG", help="weight, kg")
    add("--bsa", choices=[*BsaFormula], help="formula of body surface area")
    add("--age", type=number, metavar="YEARS", help="age, years")
    for row in GIVEN.values():
        help = f"{row.what}, {row.spoken}"
        add(f"--{row.id.replace('_', '-')}", type=number, metavar="N", help=help)
    words = [*Rhythm, UNKNOWN], [*Manoeuvre, UNKNOWN], [*GROUPS, UNKNOWN]
    add("--rhythm", choices=words[0], help="atrial fibrillation has a table of its own")
    add("--manoeuvre", choices=words[1], help="how the person breathed while the IVC was seen")
    add("--group", choices=words[2], help="a group for whom the general tables do not hold")
    either = argparse.BooleanOptionalAction
    add("--disease", action=either, help="whether a disease of the myocardium is known")
    add("--tr", action=either, help="whether there was measurable tricuspid regurgitation")
    add("--ranges", choices=[*ranges.RangeSet], help="whose ranges (default: what the review says)")


def number(text: str) -> float | str:
    """A number as it was typed, or the word that nothing is known."""
    return text if text == UNKNOWN else float(text)


def subject_of(args: argparse.Namespace, known: Subject) -> Subject:
    """What the review knows of the person; what was typed wins."""
    typed = {
        "sex": args.sex,
        "height_cm": args.height,
        "weight_kg": args.weight,
        "age": args.age,
        "bsa_formula": BsaFormula(args.bsa) if args.bsa else None,
    }
    return _with(known, typed)


def examination_of(args: argparse.Namespace, known: Examination) -> Examination:
    """What the reader added to the review; what was typed wins.

    Raises `InvalidArgument` as `Examination`, and for pressures in the wrong order.
    """
    typed = {
        **{id: getattr(args, id) for id in GIVEN},
        "rhythm": _word(Rhythm, args.rhythm),
        "manoeuvre": _word(Manoeuvre, args.manoeuvre),
        "group": args.group,
        "disease": args.disease,
        "no_jet": None if args.tr is None else not args.tr,
        "ranges": ranges.RangeSet(args.ranges) if args.ranges else None,
    }
    found = _with(known, typed)
    check_pressures(known, found)
    return found


def _word(kind: type[Choice], typed: str | None) -> Choice | str | None:
    return typed if typed in (None, UNKNOWN) else kind(typed)


def _with(known: _Known, typed: Mapping[str, Any]) -> _Known:
    """What was typed over what is known; an option that was not given is None."""
    nothing: dict[str, Any] = {field.name: field.default for field in fields(known)}
    given = {name: value for name, value in typed.items() if value is not None}
    said = {name: nothing[name] if v == UNKNOWN else v for name, v in given.items()}
    return replace(known, **said)
