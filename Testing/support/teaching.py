"""A DeepLabV3 that learned from phantoms has a compact network learn from it, on other phantoms."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thin_deeplab import train_thin

from EchoMeasureLib.phantoms.bmode import BMODE_MEASUREMENTS
from EchoMeasureLib.phantoms.generate import generate, write
from EchoMeasureLib.progress import Monitor, silent
from EchoMeasureLib.training.config import Config
from EchoMeasureLib.training.distilling import run_distilling
from EchoMeasureLib.training.manifest import read_phantoms
from EchoMeasureLib.training.tasks import Heads
from EchoMeasureLib.training.teacher_agreement import Agreement, Speed, agreement, speed_of
from EchoMeasureLib.training.teachers import Teachers, lessons
from EchoMeasureLib.training.training_run import TrainingRequest

LAYOUT = "480x640"
FRAMES = 4
"""Of a cine, which shows less than a fifth of a second."""
TEACHERS_SEED, STUDENTS_SEED = 3_000_000, 4_000_000


@dataclass(frozen=True)
class Budget:
    """How much each of the two may see and how long it may learn."""

    teacher_frames: int
    teacher_steps: int
    student_frames: int
    student_steps: int


@dataclass(frozen=True)
class Lesson:
    """One measurement, taught."""

    id: str
    teacher: dict[str, Any]
    """Its page of facts."""
    student: dict[str, Any]
    agreements: tuple[Agreement, ...]
    """On a frame of each cine that the student did not learn from."""
    speed: Speed


def taught(id: str, folder: Path, budget: Budget, monitor: Monitor = silent) -> Lesson:
    """Draws, trains the teacher, has it teach, and compares the two.

    Everything stays in `folder`, and networks that are there are not trained again.
    """
    teacher, student = folder / "teachers" / f"{id}_weights.ckpt", folder / f"{id}.ckpt"
    if not teacher.exists():
        seen = drawn(id, folder / "teacher_phantoms", TEACHERS_SEED, budget.teacher_frames)
        config = Config(
            steps=budget.teacher_steps,
            batch=4,
            precision="bfloat16",
            watch_steps=min(200, budget.teacher_steps),
        )
        train_thin(id, seen, teacher, config, monitor)
    phantoms = folder / "student_phantoms"
    if not student.exists():
        request = TrainingRequest(
            student,
            phantoms=drawn(id, phantoms, STUDENTS_SEED, budget.student_frames),
            measurements=(id,),
            teacher=teacher.parent,
            steps=budget.student_steps,
            precision="bfloat16",
            seed=1,
        )
        run_distilling(request, monitor)
    unseen = {one.file: one for one in read_phantoms(phantoms) if one.split != "train"}
    held = lessons(unseen.values(), Heads.of([id]))
    teachers = Teachers(teacher.parent, [id])
    return Lesson(
        id,
        json.loads(teacher.with_suffix(".json").read_text(encoding="utf-8")),
        json.loads(student.with_suffix(".json").read_text(encoding="utf-8")),
        agreement(teachers, student, held, monitor),
        speed_of(teachers, student, held[0]),
    )


def drawn(id: str, folder: Path, first: int, frames: int) -> Path:
    """So many frames of phantoms that show it, a strip counting as one."""
    folder.mkdir(parents=True, exist_ok=True)
    each = FRAMES if id in BMODE_MEASUREMENTS else 1
    for seed in range(first, first + frames // each):
        write(generate(id, LAYOUT, seed, each), folder)
    return folder
