"""Checkpoints as they are written, and the page of facts that lies beside each.

EchoNet's format is a flat state dict of torchvision's deeplabv3_resnet50 with the prefix
`m.` on every key, in float32. The compact format is a flat state dict with the keys
`compact.*` and `heads.*`, in half precision. `NAME.ckpt` has its facts in `NAME.json`.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

import EchoMeasureLib
from EchoMeasureLib.errors import InvalidArgument, OutputProblem
from EchoMeasureLib.files import make_folder, written_whole
from EchoMeasureLib.hashes import file_sha256
from EchoMeasureLib.training.trainees import Architecture


def versions() -> dict[str, str]:
    """The versions of everything that has a say in the numbers, by name."""
    return {
        "echomeasure": EchoMeasureLib.__version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


@dataclass(frozen=True, slots=True)
class Facts:
    """How a checkpoint came to be."""

    architecture: str
    """Word of `trainees.Architecture`."""
    measurements: tuple[str, ...]
    """Ids of the catalog in the order of the output channels."""
    data: Mapping[str, Any]
    """Identity, hash and number of samples of training and held-out data."""
    config: Mapping[str, Any]
    """Every field of `config.Config`."""
    metrics: Mapping[str, Any]
    """Loss, history, and the last look at the held-out samples (canvas pixels)."""
    seed: int
    steps: int
    wall_seconds: float
    """Of the steps alone."""
    started_from: Mapping[str, str] = field(default_factory=dict)
    """File name and SHA-256 of the checkpoint it started from; empty for from scratch."""
    regions_only: bool = False
    """Whether its pictures were black outside of the declared regions; `StripLook` reads it."""
    versions: Mapping[str, str] = field(default_factory=versions)


def write_checkpoint(path: Path, state: Mapping[str, torch.Tensor], facts: Facts) -> Path:
    """Writes `path` (.ckpt) and its sidecar (.json); returns the sidecar's path.

    A compact state is written in half precision. Raises `OutputProblem`, and `InvalidArgument` for
    numbers that the file cannot hold.
    """
    if facts.architecture == Architecture.COMPACT.value:
        state = {key: value.half() for key, value in state.items()}
    flat = {key: value.detach().cpu().contiguous() for key, value in state.items()}
    wrong = not_finite(flat)
    if wrong:
        raise InvalidArgument(
            f"The weights are too large for a checkpoint, or no numbers ({wrong}).",
            "Train again with a lower --rate.",
        )
    sidecar = path.with_suffix(".json")
    make_folder(path.parent)
    with written_whole(path) as beside, written_whole(sidecar) as note:
        save_tensors(flat, beside)
        document = {"file": path.name, "sha256": file_sha256(beside), **asdict(facts)}
        text = json.dumps(_finite(document), indent=1, allow_nan=False)
        note.write_text(text + "\n", encoding="utf-8")
    return sidecar


def save_tensors(value: Any, path: Path) -> None:
    """As `torch.save`; raises `OutputProblem` where the disk refuses."""
    try:
        torch.save(value, path)
    except RuntimeError as error:
        # How torch's own writer says that a disk is full.
        raise OutputProblem(
            f"{path.name} could not be written ({str(error).splitlines()[0]}).",
            "Check the disk space and the permissions of the folder.",
        ) from error


def not_finite(state: Mapping[str, torch.Tensor]) -> str:
    """Name of the first tensor with a number that is none; empty when all are numbers."""
    wrong = (key for key, value in state.items() if not bool(torch.isfinite(value).all()))
    return next(wrong, "")


def _finite(value: Any) -> Any:
    """The same with null for what could not be measured: JSON knows no NaN."""
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
