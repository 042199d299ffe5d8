"""One training from data to checkpoint: what `echomeasure train` does."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from EchoMeasureLib.errors import InvalidArgument, InvalidDocument, WeightsProblem
from EchoMeasureLib.hashes import file_sha256
from EchoMeasureLib.progress import Monitor, silent
from EchoMeasureLib.training.checkpoint_files import Facts, write_checkpoint
from EchoMeasureLib.training.config import Config
from EchoMeasureLib.training.dataset import SampleStore, digest, prepare
from EchoMeasureLib.training.fine_tuning import from_checkpoint, from_scratch
from EchoMeasureLib.training.loop import RESUME_FILE, Outcome, train
from EchoMeasureLib.training.manifest import Example, read_manifest, read_phantoms
from EchoMeasureLib.training.sources import ManifestSource
from EchoMeasureLib.training.tasks import Heads
from EchoMeasureLib.training.trainees import Architecture, Trainee

SCRATCH_RATE, TUNING_RATE = 2e-3, 3e-4


@dataclass(frozen=True, slots=True)
class Job:
    """Everything that is asked of a training."""

    out: Path
    """Checkpoint to write, ending in .ckpt."""
    manifest: Path | None = None
    phantoms: Path | None = None
    measurements: tuple[str, ...] = ()
    """Empty: every measurement that the data hold."""
    architecture: str = "compact"
    start: Path | None = None
    freeze_backbone: bool = False
    steps: int = 2000
    minutes: float | None = None
    batch: int = 8
    rate: float | None = None
    """None: 2e-3 from scratch, 3e-4 from a checkpoint."""
    patience: int = 0
    seed: int = 0
    resume: bool = False
    precision: str = "float32"
    device: str = "cpu"
    workers: int = 0

    @property
    def folder(self) -> Path:
        """Where pictures and the resumable state lie."""
        return self.out.with_suffix(".training")


@dataclass(frozen=True, slots=True)
class JobReport:
    """What came out."""

    outcome: Outcome
    samples: int
    held_out: int

    def lines(self) -> list[str]:
        """For people: one line per measurement."""
        watch = self.outcome.watch
        found = [f"{self.outcome.steps} steps on {self.samples} pictures, {self.held_out} held out"]
        for id, row in watch.rows.items() if watch is not None else ():
            found.append(
                f"{id}: n {row.n}, median {row.median_px:.2f} px, mean {row.mean_px:.2f} px, "
                f"seen {row.seen:.0%}"
            )
        return found


def run_job(job: Job, monitor: Monitor = silent) -> JobReport:
    """Prepares the pictures, trains, and writes checkpoint and sidecar.

    Raises `InvalidArgument`, `InvalidDocument` or `WeightsProblem` before any work is done
    when data, settings and starting point do not go together.
    """
    if job.out.suffix != ".ckpt":
        raise InvalidArgument(f"{job.out} is no name for a checkpoint.", "End it in .ckpt.")
    examples = _examples(job)
    heads = Heads.of(job.measurements or _measured(examples))
    trainee = _trainee(job, heads)
    if not job.resume and job.folder.exists():
        (job.folder / RESUME_FILE).unlink(missing_ok=True)
    samples, held_out = _stores(job, trainee, examples, monitor)
    outcome = train(trainee, samples, held_out, _config(job), job.folder, monitor)
    write_checkpoint(job.out, outcome.state, _facts(job, trainee, samples, held_out, outcome))
    (job.folder / RESUME_FILE).unlink(missing_ok=True)
    return JobReport(outcome, len(samples), len(held_out) if held_out else 0)


def clear(job: Job) -> None:
    """Removes prepared pictures and the resumable state."""
    shutil.rmtree(job.folder, ignore_errors=True)


def _examples(job: Job) -> tuple[Example, ...]:
    found: tuple[Example, ...] = ()
    if job.manifest is not None:
        found += read_manifest(job.manifest)
    if job.phantoms is not None:
        found += read_phantoms(job.phantoms)
    return found


def _measured(examples: tuple[Example, ...]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(id for example in examples for id in example.landmarks))
    if not found:
        raise InvalidDocument("The data hold no landmarks.", "Check manifest or phantoms.")
    return found


def _trainee(job: Job, heads: Heads) -> Trainee:
    architecture = Architecture(job.architecture)
    if job.start is None:
        if job.freeze_backbone:
            raise InvalidArgument(
                "A backbone from scratch has nothing to keep.", "Give --start, or do not freeze."
            )
        return from_scratch(heads, architecture, job.seed)
    trainee = from_checkpoint(heads, job.start, job.freeze_backbone, job.seed)
    if trainee.architecture is not architecture:
        raise WeightsProblem(
            f"{job.start.name} is of the {trainee.architecture.value} architecture.",
            f"Add --architecture {trainee.architecture.value}.",
        )
    return trainee


def _stores(
    job: Job, trainee: Trainee, examples: tuple[Example, ...], monitor: Monitor
) -> tuple[SampleStore, SampleStore | None]:
    sources = [
        ManifestSource.of(trainee.heads, trainee.reduction, examples, split)
        for split in ("train", "validation")
    ]
    samples = prepare(sources[0], job.folder, job.workers, monitor)
    if not sources[1].count:
        return samples, None
    return samples, prepare(sources[1], job.folder, job.workers, monitor)


def _config(job: Job) -> Config:
    usual = SCRATCH_RATE if job.start is None else TUNING_RATE
    return Config(
        steps=job.steps,
        batch=job.batch,
        rate=usual if job.rate is None else job.rate,
        seed=job.seed,
        precision=job.precision,
        device=job.device,
        minutes=job.minutes,
        patience=job.patience,
        watch_steps=max(1, min(500, job.steps // 10)),
    )


def _facts(
    job: Job,
    trainee: Trainee,
    samples: SampleStore,
    held_out: SampleStore | None,
    outcome: Outcome,
) -> Facts:
    data = {"train": _data(samples)}
    if held_out is not None:
        data["held_out"] = _data(held_out)
    metrics: dict[str, Any] = {"loss": outcome.loss, "history": list(outcome.history)}
    if outcome.watch is not None:
        metrics["held_out"] = asdict(outcome.watch)
    started = {"file": job.start.name, "sha256": file_sha256(job.start)} if job.start else {}
    return Facts(
        trainee.architecture.value,
        trainee.heads.ids,
        data,
        asdict(_config(job)),
        metrics,
        job.seed,
        outcome.steps,
        outcome.wall_seconds,
        started,
    )


def _data(store: SampleStore) -> dict[str, Any]:
    # The hash stands for the list of files and landmarks, which may be long and is not public.
    return {"sha256": digest(store.identity), "count": len(store)}
