"""Distilling from folder to checkpoint: what `echomeasure train --teacher` does."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from EchoMeasureLib.errors import EchoMeasureError, InvalidArgument
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.progress import Monitor, Progress, silent
from EchoMeasureLib.training.checkpoint_files import write_checkpoint
from EchoMeasureLib.training.dataset import prepare
from EchoMeasureLib.training.fine_tuning import from_checkpoint, from_scratch
from EchoMeasureLib.training.loop import RESUME_FILE, Outcome, train
from EchoMeasureLib.training.manifest import Example, read_manifest, read_phantoms, split_of
from EchoMeasureLib.training.tasks import Heads
from EchoMeasureLib.training.teacher_agreement import Agreement, Speed, agreement, speed_of
from EchoMeasureLib.training.teachers import Lesson, Teachers, TeacherSource, lessons
from EchoMeasureLib.training.trainees import Architecture, Trainee
from EchoMeasureLib.training.training_run import TrainingRequest, check_name, config_of, facts_of

FRAMES_PER_FILE = 8
"""Of a cine without labels; neighbouring frames teach the same."""


@dataclass(frozen=True, slots=True)
class DistillingReport:
    """What came out."""

    outcome: Outcome
    taught: int
    """Canvases that it learned from."""
    held_out: int
    agreements: tuple[Agreement, ...]
    """With the teachers, on frames that it did not learn from."""
    speed: Speed

    def lines(self) -> list[str]:
        """For people."""
        found = [f"{self.outcome.steps} steps on {self.taught} canvases, {self.held_out} held out"]
        found += [one.text() for one in self.agreements]
        return [*found, self.speed.text()]


def run_distilling(request: TrainingRequest, monitor: Monitor = silent) -> DistillingReport:
    """Shows the teachers every frame, trains a compact network on what they see, and compares.

    Raises `InvalidArgument`, `InvalidDocument` or `WeightsProblem` before any work is done
    when data, settings and teachers do not go together.
    """
    check_name(request.out)
    config = config_of(request)
    if request.teacher is None:
        raise InvalidArgument("There is no teacher.", "Name the folder of its checkpoints.")
    teachers = Teachers(request.teacher, request.measurements)
    heads = Heads.of(teachers.measurements)
    trainee = _trainee(request, heads)
    sources = _sources(request, teachers, trainee, monitor)
    if not request.resume and request.folder.exists():
        (request.folder / RESUME_FILE).unlink(missing_ok=True)
    samples = prepare(sources["train"], request.folder, 0, monitor)
    held = sources["validation"]
    held_out = prepare(held, request.folder, 0, monitor) if held.count else None
    outcome = train(trainee, samples, held_out, config, request.folder, monitor)
    taught = {"teachers": teachers.identity()}
    facts = facts_of(request, trainee, samples, held_out, outcome, taught)
    write_checkpoint(request.out, outcome.state, facts)
    (request.folder / RESUME_FILE).unlink(missing_ok=True)
    judged = held.lessons or sources["train"].lessons[:1]
    agreements = agreement(teachers, request.out, held.lessons, monitor)
    speed = speed_of(teachers, request.out, judged[0])
    metrics = {
        **facts.metrics,
        "agreement": [asdict(one) for one in agreements],
        "speed": asdict(speed),
    }
    write_checkpoint(request.out, outcome.state, replace(facts, metrics=metrics))
    return DistillingReport(outcome, len(samples), held.count, agreements, speed)


def read_unlabelled(folder: Path, monitor: Monitor = silent) -> tuple[Example, ...]:
    """Frames of every image in a folder and those in it, evenly over each cine.

    What cannot be read is passed over. Split by study, else by file. Raises `InvalidArgument`
    where there is none.
    """
    found: list[Example] = []
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    for done, path in enumerate(paths):
        monitor(Progress(done, len(paths), "looking for frames"))
        try:
            cine = read(path)
        except EchoMeasureError:
            continue
        uid = cine.identity.study_instance_uid or cine.identity.file_sha256
        study = hashlib.sha256(uid.encode()).hexdigest()[:16]
        count = min(FRAMES_PER_FILE, cine.frame_count)
        frames = [number * cine.frame_count // count for number in range(count)]
        found += [Example(path, frame, study, {}, split_of(study)) for frame in frames]
    if not found:
        raise InvalidArgument(
            f"{folder} holds no image.", "Name a folder of DICOM files or videos."
        )
    return tuple(found)


def _trainee(request: TrainingRequest, heads: Heads) -> Trainee:
    if Architecture(request.architecture) is not Architecture.COMPACT:
        raise InvalidArgument(
            "What teachers know goes into one compact network.", "Leave --architecture out."
        )
    if request.start is None:
        return from_scratch(heads, Architecture.COMPACT, request.seed)
    trainee = from_checkpoint(heads, request.start, request.freeze_backbone, request.seed)
    if trainee.architecture is not Architecture.COMPACT:
        raise InvalidArgument(
            f"{request.start.name} is no compact network.", "Start from one, or from scratch."
        )
    return trainee


def _sources(
    request: TrainingRequest, teachers: Teachers, trainee: Trainee, monitor: Monitor
) -> dict[str, TeacherSource]:
    examples: tuple[Example, ...] = ()
    if request.unlabelled is not None:
        examples += read_unlabelled(request.unlabelled, monitor)
    if request.manifest is not None:
        examples += read_manifest(request.manifest)
    if request.phantoms is not None:
        examples += read_phantoms(request.phantoms)
    found: dict[str, list[Lesson]] = {"train": [], "validation": []}
    for lesson in lessons(examples, trainee.heads):
        # What nobody labelled needs no test set beside the frames that are held out.
        split = lesson.example.split
        found["train" if split == "train" else "validation"].append(lesson)
    return {
        split: TeacherSource(
            teachers,
            trainee.heads,
            trainee.grid,
            tuple(some),
            trainee.reduction,
            request.keep_screen,
        )
        for split, some in found.items()
    }
