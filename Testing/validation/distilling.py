"""How near a compact network comes to a DeepLabV3 that teaches it, and how much faster it is.

The teacher is of the published architecture, with an eighth of its channels trained on phantoms
(`thin_deeplab`); the student sees other phantoms without their truth.

`python Testing/validation/distilling.py` writes this part of Docs/validation.md anew.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from page_parts import add_out, write_part
from teaching import LAYOUT, Budget, Lesson, taught

from EchoMeasureLib.catalog import NETWORKED
from EchoMeasureLib.progress import Progress

HEADING = "## A large network that teaches a small one"


def said(progress: Progress) -> None:
    """Every hundredth step as a line."""
    if progress.done % 100 == 0:
        print(f"{progress.stage} {progress.done}", file=sys.stderr, flush=True)


def section(lessons: Sequence[Lesson]) -> list[str]:
    """This part of the page."""
    return [
        HEADING,
        "",
        "`echomeasure train --teacher` with a DeepLabV3-ResNet50, of which an eighth of the "
        f"channels was trained from nothing on phantoms ({LAYOUT}) and the others are zero, so "
        "that it costs what the published networks do. The compact network saw what it sees on "
        "frames of other phantoms, without their truth. Both are compared on a frame of each "
        "cine that the student did not learn from. *Always the same answer*: how far the "
        "teacher's numbers lie from their mean. The truth is that of the teacher's held-out "
        "phantoms, in pixels of the canvas.",
        "",
        "| value | teacher: steps | from the truth, median | student: frames | steps "
        "| numbers of the student | bias | mean difference | 95 % limits | always the same answer "
        "| one canvas: teacher | student | times as fast |",
        "|---" * 13 + "|",
        *rows(lessons),
        "",
        "Numbers of the student: those it has of those that the teacher has. Maps of networks that "
        "learned for so few steps are grey beside their spots, so that the two decoders disagree, "
        "which is a flag. One screen, few frames of one generator: this says that the way works, "
        "not how near a student comes to the published networks on patients. Times are wall time "
        "on one thread of a machine that others used, too.",
    ]


def rows(lessons: Sequence[Lesson]) -> Iterator[str]:
    """A line of the table for each value."""
    for lesson in lessons:
        truth = lesson.teacher["metrics"]["held_out"]["rows"][lesson.id]
        speed = lesson.speed
        for one in lesson.agreements:
            name = f"{one.id}, flagged ones too" if one.flagged else one.id
            yield (
                f"| {name} | {lesson.teacher['steps']} | {truth['median_px']:.1f} px "
                f"| {lesson.student['data']['train']['count']} | {lesson.student['steps']} "
                f"| {one.n} of {one.asked} | {_signed(one.bias, one.unit)} "
                f"| {_sized(one.mean_difference, one.unit)} "
                f"| {' to '.join(_signed(end, one.unit) for end in one.limits or (None,))} "
                f"| {_sized(one.spread, one.unit)} "
                f"| {speed.teachers_s:.2f} s | {speed.student_s:.3f} s "
                f"| {speed.teachers_s / speed.student_s:.0f} |"
            )


def _signed(number: float | None, unit: str) -> str:
    return "-" if number is None else f"{number:+.1f} {unit}"


def _sized(number: float | None, unit: str) -> str:
    return "-" if number is None else f"{number:.1f} {unit}"


def main() -> None:
    """Draw, train, distil, and write this part of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--teacher-frames", type=int, default=600)
    parser.add_argument("--teacher-steps", type=int, default=300)
    parser.add_argument("--student-frames", type=int, default=240)
    parser.add_argument("--student-steps", type=int, default=500)
    parser.add_argument("-m", "--measurement", action="append", choices=list(NETWORKED))
    parser.add_argument("--work", type=Path, help="folder to keep (default: one that goes again)")
    add_out(parser)
    args = parser.parse_args()
    budget = Budget(
        args.teacher_frames, args.teacher_steps, args.student_frames, args.student_steps
    )
    with tempfile.TemporaryDirectory() as name:
        work = args.work or Path(name)
        ids = args.measurement or ["lvid"]
        lessons = [taught(id, work / id, budget, said) for id in ids]
    lines = section(lessons)
    write_part(args.out, HEADING, lines)


if __name__ == "__main__":
    main()
