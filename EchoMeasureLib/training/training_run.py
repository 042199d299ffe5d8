"""One training from data to checkpoint: what `echomeasure train` does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from EchoMeasureLib.catalog import definition
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
class TrainingRequest:
    """Everything that is asked of a training."""

    out: Path
    """Checkpoint to write, ending in .ckpt."""
    manifest: Path | None = None
    """Manifest to read; None for none."""
    phantoms: Path | None = None
    """Folder of phantoms to read; None for none."""
    measurements: tuple[str, ...] = ()
    """Empty: every measurement that the data hold."""
    architecture: str = "compact"
    """Word of `trainees.Architecture`."""
    start: Path | None = None
    """Checkpoint to start from; None for from scratch."""
    freeze_backbone: bool = False
    steps: int = 2000
    minutes: float | None = None
    batch: int = 8
    rate: float | None = None
    """None: 2e-3 from scratch, 3e-4 from a checkpoint."""
    patience: int = 0
    seed: int = 0
    resume: bool = False
    """Whether to go on where the last run of this request stopped."""
    precision: str = "float32"
    device: str = "cpu"
    workers: int = 0
    """Processes that prepare pictures; 0: this one."""
    keep_screen: bool = False
    """Whether prepared pictures keep what lies outside of the declared regions."""
    teacher: Path | None = None
    """Folder of checkpoints to learn from; None: from landmarks."""
    unlabelled: Path | None = None
    """Folder of images that nobody labelled, for teachers; None for none."""

    @property
    def folder(self) -> Path:
        """Where pictures and the resumable state lie."""
        return self.out.with_suffix(".training")


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What came out."""

    outcome: Outcome
    samples: int
    """Pictures that it learned from."""
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


def run_training(request: TrainingRequest, monitor: Monitor = silent) -> TrainingReport:
    """Prepares the pictures, trains, and writes checkpoint and sidecar.

    Raises `InvalidArgument`, `InvalidDocument` or `WeightsProblem` before any work is done
    when data, settings and starting point do not go together.
    """
    check_name(request.out)
    config = config_of(request)
    examples = _examples(request)
    heads = Heads.of(request.measurements or _learned(examples))
    trainee = _trainee(request, heads)
    if not request.resume and request.folder.exists():
        (request.folder / RESUME_FILE).unlink(missing_ok=True)
    samples, held_out = _stores(request, trainee, examples, monitor)
    outcome = train(trainee, samples, held_out, config, request.folder, monitor)
    write_checkpoint(
        request.out, outcome.state, facts_of(request, trainee, samples, held_out, outcome)
    )
    (request.folder / RESUME_FILE).unlink(missing_ok=True)
    return TrainingReport(outcome, len(samples), len(held_out) if held_out else 0)


def check_name(path: Path) -> None:
    """Raises `InvalidArgument` for a name that is none of a checkpoint."""
    if path.suffix != ".ckpt":
        raise InvalidArgument(f"{path} is no name for a checkpoint.", "End it in .ckpt.")


def _examples(request: TrainingRequest) -> tuple[Example, ...]:
    found: tuple[Example, ...] = ()
    if request.manifest is not None:
        found += read_manifest(request.manifest)
    if request.phantoms is not None:
        found += read_phantoms(request.phantoms)
    return found


def _learned(examples: tuple[Example, ...]) -> tuple[str, ...]:
    """What the data hold, without what no network finds."""
    held = (id for example in examples for id in example.landmarks)
    found = tuple(dict.fromkeys(id for id in held if definition(id).by_network))
    if not found:
        raise InvalidDocument("The data hold no landmarks.", "Check manifest or phantoms.")
    return found


def _trainee(request: TrainingRequest, heads: Heads) -> Trainee:
    architecture = Architecture(request.architecture)
    if request.start is None:
        if request.freeze_backbone:
            raise InvalidArgument(
                "A backbone from scratch has nothing to keep.", "Give --start, or do not freeze."
            )
        return from_scratch(heads, architecture, request.seed)
    trainee = from_checkpoint(heads, request.start, request.freeze_backbone, request.seed)
    if trainee.architecture is not architecture:
        raise WeightsProblem(
            f"{request.start.name} is of the {trainee.architecture.value} architecture.",
            f"Add --architecture {trainee.architecture.value}.",
        )
    return trainee


def _stores(
    request: TrainingRequest, trainee: Trainee, examples: tuple[Example, ...], monitor: Monitor
) -> tuple[SampleStore, SampleStore | None]:
    sources = [
        ManifestSource.of(trainee.heads, trainee.reduction, examples, split, request.keep_screen)
        for split in ("train", "validation")
    ]
    samples = prepare(sources[0], request.folder, request.workers, monitor)
    if not sources[1].count:
        return samples, None
    return samples, prepare(sources[1], request.folder, request.workers, monitor)


def config_of(request: TrainingRequest) -> Config:
    """How a request is to be trained. Raises `InvalidArgument`."""
    if request.workers < 0:
        raise InvalidArgument("Fewer than no processes cannot prepare pictures.", "Give 0 or more.")
    usual = SCRATCH_RATE if request.start is None else TUNING_RATE
    return Config(
        steps=request.steps,
        batch=request.batch,
        rate=usual if request.rate is None else request.rate,
        seed=request.seed,
        precision=request.precision,
        device=request.device,
        minutes=request.minutes,
        patience=request.patience,
        watch_steps=max(1, min(500, request.steps // 10)),
    )


def facts_of(
    request: TrainingRequest,
    trainee: Trainee,
    samples: SampleStore,
    held_out: SampleStore | None,
    outcome: Outcome,
    further: Mapping[str, Any] | None = None,
) -> Facts:
    """What is written beside a checkpoint; `further` stands among its data."""
    data: dict[str, Any] = {"train": data_record(samples), **(further or {})}
    if held_out is not None:
        data["held_out"] = data_record(held_out)
    metrics: dict[str, Any] = {"loss": outcome.loss, "history": list(outcome.history)}
    if outcome.watch is not None:
        metrics["held_out"] = asdict(outcome.watch)
    started = (
        {"file": request.start.name, "sha256": file_sha256(request.start)} if request.start else {}
    )
    return Facts(
        trainee.architecture.value,
        trainee.heads.ids,
        data,
        asdict(config_of(request)),
        metrics,
        request.seed,
        outcome.steps,
        outcome.wall_seconds,
        started,
        regions_only=not request.keep_screen,
    )


def data_record(store: SampleStore) -> dict[str, Any]:
    """Which data a network has learned from."""
    # The hash stands for the list of files and landmarks, which may be long and is not public.
    return {"sha256": digest(store.identity), "count": len(store)}
