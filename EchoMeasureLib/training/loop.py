"""The training itself: steps, averaging of weights, checkpoints, resuming, early stopping.

Which samples a step sees and how they are changed follows from seed and step number alone,
so a resumed run goes exactly where an uninterrupted one would have gone (to the bit on one
machine in float32 with the same number of threads).
"""

from __future__ import annotations

import math
import pickle
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from EchoMeasureLib.errors import InvalidArgument, InvalidDocument
from EchoMeasureLib.files import make_folder, written_whole
from EchoMeasureLib.progress import Monitor, Progress, silent
from EchoMeasureLib.training.batches import Batches
from EchoMeasureLib.training.checkpoint_files import not_finite, save_tensors
from EchoMeasureLib.training.config import Config
from EchoMeasureLib.training.dataset import SampleStore
from EchoMeasureLib.training.losses import heat_map_loss
from EchoMeasureLib.training.trainees import Trainee
from EchoMeasureLib.training.watching import Watch, watch

RESUME_FILE = "resume.pt"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished training."""

    state: dict[str, torch.Tensor]
    """Averaged weights as the checkpoint's state dict."""
    steps: int
    wall_seconds: float
    """Of the steps, those before a resumption included."""
    loss: float
    """Mean of the last hundred steps or so."""
    watch: Watch | None
    """The last look at the held-out samples, with the averaged weights."""
    history: tuple[dict[str, float], ...]
    """One row per look: step, loss, and the look's `Watch.summary`."""
    stopped_early: bool
    """Whether patience ran out before the steps did."""


def train(
    trainee: Trainee,
    samples: SampleStore,
    held_out: SampleStore | None,
    config: Config,
    folder: Path,
    monitor: Monitor = silent,
) -> Outcome:
    """Trains until steps, minutes or patience run out; goes on from `folder/resume.pt` if there.

    A monitor that raises leaves a checkpoint behind, as do a kill and a power cut at most
    `checkpoint_minutes` earlier. Raises `InvalidArgument` for samples of other heads or another
    size of picture, when the loss or the weights grow without bounds, and `InvalidDocument` when
    the folder's checkpoint belongs to another training.
    """
    if samples.heads != trainee.heads or samples.reduction != trainee.reduction:
        raise InvalidArgument("The prepared pictures are not those of this network.")
    make_folder(folder)
    run = _Run(trainee, samples, held_out, config, folder)
    run.restore()
    try:
        for progress in run.advance():
            monitor(progress)
    except _RanAway:
        # What lies in the folder is from before, or nothing; these weights lead nowhere.
        raise
    except BaseException:
        run.save()
        raise
    run.save()
    return run.outcome()


class _RanAway(InvalidArgument):
    """The loss or the weights are no numbers any more."""

    def __init__(self, step: int) -> None:
        super().__init__(
            f"The training ran away: by step {step} its loss or weights are no numbers any more.",
            "Give a lower --rate, and train again without --resume.",
        )


@dataclass(slots=True)
class _Counters:
    """What else a resumed run has to know."""

    step: int = 0
    seconds: float = 0.0
    loss: float = math.nan
    best: float = math.inf
    stale: int = 0
    history: list[dict[str, float]] = field(default_factory=list)


class _Run:
    """One training in progress."""

    def __init__(
        self,
        trainee: Trainee,
        samples: SampleStore,
        held_out: SampleStore | None,
        config: Config,
        folder: Path,
    ) -> None:
        self.config = config
        self.device = torch.device(config.device)
        self.trainee = trainee.to(self.device).to(memory_format=torch.channels_last)
        self.samples = samples
        self.batches = Batches(samples, trainee, config)
        self.held_out = held_out
        self.path = folder / RESUME_FILE
        self.average = {k: v.detach().clone() for k, v in trainee.state_dict().items()}
        learning = [p for p in trainee.parameters() if p.requires_grad]
        groups: list[dict[str, Any]] = [
            {"params": [p for p in learning if p.ndim > 1], "weight_decay": config.weight_decay},
            {"params": [p for p in learning if p.ndim <= 1], "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=config.rate)
        self.learning = learning
        self.counters = _Counters()
        self.last_watch: Watch | None = None
        self.stopped_early = False
        torch.manual_seed(config.seed)

    def advance(self) -> Iterator[Progress]:
        config, counters = self.config, self.counters
        last_save = time.monotonic()
        while self.share() < 1 and not self.stopped_early:
            began = time.monotonic()
            loss = self._step()
            counters.step += 1
            if not math.isfinite(loss):
                raise _RanAway(counters.step)
            counters.loss = (
                loss if math.isnan(counters.loss) else 0.98 * counters.loss + 0.02 * loss
            )
            counters.seconds += time.monotonic() - began
            if counters.step % config.watch_steps == 0 or self.share() >= 1:
                self._look()
            if time.monotonic() - last_save >= config.checkpoint_minutes * 60:
                self.save()
                last_save = time.monotonic()
            yield Progress(counters.step, config.steps, self._stage())

    def share(self) -> float:
        """How much of the budget is used, 0 to 1."""
        by_steps = self.counters.step / self.config.steps
        minutes = self.config.minutes
        by_clock = self.counters.seconds / (minutes * 60) if minutes else 0.0
        return max(by_steps, by_clock)

    def _step(self) -> float:
        config = self.config
        pictures, targets, known = self.batches.of_step(self.counters.step)
        trainee = self.trainee
        for group in self.optimiser.param_groups:
            group["lr"] = config.rate * _rate(self.share())
        trainee.train()
        with torch.autocast(
            self.device.type, torch.bfloat16, enabled=config.precision == "bfloat16"
        ):
            logits = trainee(pictures)
        loss = heat_map_loss(logits, targets, known)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.learning, config.clip)
        self.optimiser.step()
        self._follow()
        return float(loss.detach())

    @torch.no_grad()
    def _follow(self) -> None:
        """Moves the averaged weights; early on they follow closely."""
        step = self.counters.step
        decay = min(self.config.averaging, (1 + step) / (10 + step))
        current = self.trainee.state_dict()
        floats = [key for key, value in self.average.items() if value.is_floating_point()]
        torch._foreach_lerp_(
            [self.average[key] for key in floats], [current[key] for key in floats], 1 - decay
        )

    def _look(self) -> None:
        if self.held_out is None:
            return
        with _swapped(self.trainee, self.average):
            self.last_watch = watch(self.trainee, self.held_out, self.config)
        counters = self.counters
        error = self.last_watch.error
        counters.history.append(
            {"step": counters.step, "loss": counters.loss, **self.last_watch.summary()}
        )
        counters.stale = 0 if error < counters.best else counters.stale + 1
        counters.best = min(counters.best, error)
        self.stopped_early = bool(self.config.patience) and counters.stale >= self.config.patience

    def _stage(self) -> str:
        text = f"loss {self.counters.loss:.2f}"
        return text if self.last_watch is None else f"{text}, {self.last_watch.text()}"

    def signature(self) -> dict[str, Any]:
        """What must agree for a checkpoint to be this training's."""
        config = replace(self.config, minutes=None, device="cpu", checkpoint_minutes=0.0)
        return {
            "heads": [list(pair) for pair in self.trainee.heads.points],
            "architecture": self.trainee.architecture.value,
            "data": self.samples.identity,
            "config": asdict(config),
        }

    def save(self) -> None:
        if not_finite(self.average):
            raise _RanAway(self.counters.step)
        state = {
            "signature": self.signature(),
            "counters": asdict(self.counters),
            "network": self.trainee.state_dict(),
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "rng": torch.get_rng_state(),
            "stopped_early": self.stopped_early,
        }
        with written_whole(self.path) as beside:
            save_tensors(state, beside)

    def restore(self) -> None:
        if not self.path.exists():
            return
        try:
            saved = torch.load(self.path, map_location="cpu", weights_only=True)
        except (RuntimeError, OSError, EOFError, ValueError, pickle.UnpicklingError) as error:
            raise InvalidDocument(
                f"{self.path} is damaged or cut short.", "Train again without --resume."
            ) from error
        if saved["signature"] != self.signature():
            raise InvalidDocument(
                f"{self.path} belongs to a training with other data or settings.",
                "Resume with the settings it was started with, or give another --out.",
            )
        self.counters = _Counters(**saved["counters"])
        self.trainee.load_state_dict(saved["network"])
        self.average = {k: v.to(self.device) for k, v in saved["average"].items()}
        self.optimiser.load_state_dict(saved["optimiser"])
        torch.set_rng_state(saved["rng"])
        self.stopped_early = bool(saved["stopped_early"])

    def outcome(self) -> Outcome:
        if self.last_watch is None:
            self._look()
        with _swapped(self.trainee, self.average):
            state = {key: value.clone() for key, value in self.trainee.state().items()}
        counters = self.counters
        return Outcome(
            state,
            counters.step,
            counters.seconds,
            counters.loss,
            self.last_watch,
            tuple(counters.history),
            self.stopped_early,
        )


@contextmanager
def _swapped(trainee: Trainee, state: dict[str, torch.Tensor]) -> Iterator[None]:
    """The network with other weights, for the time of a block."""
    own = {key: value.detach().clone() for key, value in trainee.state_dict().items()}
    trainee.load_state_dict(state)
    try:
        yield
    finally:
        trainee.load_state_dict(own)


def _rate(share: float, warm: float = 0.05, floor: float = 0.005) -> float:
    """Learning rate as a share of the highest, after this share of the training."""
    if share < warm:
        return 0.02 + 0.98 * share / warm
    return floor + (1 - floor) * (1 + math.cos(math.pi * (share - warm) / (1 - warm))) / 2
