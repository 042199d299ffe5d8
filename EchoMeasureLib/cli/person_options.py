"""What is typed of the person and of the examination, over what is known already."""

from __future__ import annotations

import argparse
from dataclasses import replace

from EchoMeasureLib.measuring.breathing import Manoeuvre
from EchoMeasureLib.measuring.examination import GIVEN, Examination, Rhythm
from EchoMeasureLib.measuring.grading import ranges
from EchoMeasureLib.measuring.grading.diastole_groups import GROUPS
from EchoMeasureLib.measuring.subject import BsaFormula, Subject


def add_person(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add = parser.add_argument
    add("--sex", choices=["F", "M"], help="default: what the files say")
    add("--height", type=float, metavar="CM", help="height, cm")
    add("--weight", type=float, metavar="KG", help="weight, kg")
    add("--bsa", choices=[*BsaFormula], help="formula of body surface area")
    add("--age", type=float, metavar="YEARS", help="age, years")
    for row in GIVEN.values():
        help = f"{row.what}, {row.spoken}"
        add(f"--{row.id.replace('_', '-')}", type=float, metavar="N", help=help)
    add("--rhythm", choices=[*Rhythm], help="atrial fibrillation has a table of its own")
    add("--manoeuvre", choices=[*Manoeuvre], help="how the person breathed while the IVC was seen")
    add("--group", choices=[*GROUPS], help="a group for whom the general tables do not hold")
    add("--disease", action="store_true", help="a disease of the myocardium is known")
    add("--no-tr", action="store_true", help="there was no measurable tricuspid regurgitation")
    add("--ranges", choices=[*ranges.RangeSet], help="whose ranges (default: what the review says)")


def subject_of(args: argparse.Namespace, known: Subject) -> Subject:
    """What the review knows of the person; what was typed wins."""
    typed = {
        "sex": args.sex,
        "height_cm": args.height,
        "weight_kg": args.weight,
        "age": args.age,
        "bsa_formula": BsaFormula(args.bsa) if args.bsa else None,
    }
    return replace(known, **{name: value for name, value in typed.items() if value is not None})


def examination_of(args: argparse.Namespace, known: Examination) -> Examination:
    """What the reader added to the review; what was typed wins."""
    typed = {
        **{id: getattr(args, id) for id in GIVEN},
        "rhythm": Rhythm(args.rhythm) if args.rhythm else None,
        "manoeuvre": Manoeuvre(args.manoeuvre) if args.manoeuvre else None,
        "group": args.group,
        "disease": args.disease or None,
        "no_jet": args.no_tr or None,
        "ranges": ranges.RangeSet(args.ranges) if args.ranges else None,
    }
    return replace(known, **{name: value for name, value in typed.items() if value is not None})
