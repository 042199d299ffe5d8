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
from EchoMeasureLib.training.distilling import DistillingReport, run_distilling
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
    report: DistillingReport


def taught(id: str, folder: Path, budget: Budget, monitor: Monitor = silent) -> Lesson:
    """Draws, trains the teacher, and has it teach; everything stays in `folder`."""
    teacher = folder / "teachers" / f"{id}_weights.ckpt"
    if not teacher.exists():
        seen = drawn(id, folder / "teacher_phantoms", TEACHERS_SEED, budget.teacher_frames)
        config = Config(
            steps=budget.teacher_steps,
            batch=4,
            precision="bfloat16",
            watch_steps=min(200, budget.teacher_steps),
        )
        train_thin(id, seen, teacher, config, monitor)
    request = TrainingRequest(
        folder / f"{id}.ckpt",
        phantoms=drawn(id, folder / "student_phantoms", STUDENTS_SEED, budget.student_frames),
        measurements=(id,),
        teacher=teacher.parent,
        steps=budget.student_steps,
        precision="bfloat16",
        seed=1,
    )
    facts = json.loads(teacher.with_suffix(".json").read_text(encoding="utf-8"))
    return Lesson(id, facts, run_distilling(request, monitor))


def drawn(id: str, folder: Path, first: int, frames: int) -> Path:
    """So many frames of phantoms that show it, a strip counting as one."""
    folder.mkdir(parents=True, exist_ok=True)
    each = FRAMES if id in BMODE_MEASUREMENTS else 1
    for seed in range(first, first + frames // each):
        write(generate(id, LAYOUT, seed, each), folder)
    return folder
