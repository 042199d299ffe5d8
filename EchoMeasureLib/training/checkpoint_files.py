"""Checkpoints as they are written, and the page of facts that lies beside each.

EchoNet's format is a flat state dict of torchvision's deeplabv3_resnet50 with the prefix
`m.` on every key, in float32. The compact format is a flat state dict with the keys
`compact.*` and `heads.*`, in half precision. `NAME.ckpt` has its facts in `NAME.json`.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import platform
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

import EchoMeasureLib
from EchoMeasureLib.errors import OutputProblem, WeightsProblem
from EchoMeasureLib.inference.checkpoints import ECHONET_PREFIX
from EchoMeasureLib.training.trainees import Architecture


def versions() -> dict[str, str]:
    """Of everything that has a say in the numbers."""
    return {
        "echomeasure": EchoMeasureLib.__version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


@dataclass(frozen=True, slots=True)
class Facts:
    """How a checkpoint came to be."""

    architecture: str
    measurements: tuple[str, ...]
    data: Mapping[str, Any]
    """Identity, hash and number of samples of training and held-out data."""
    config: Mapping[str, Any]
    metrics: Mapping[str, Any]
    seed: int
    steps: int
    wall_seconds: float
    started_from: Mapping[str, str] = field(default_factory=dict)
    """File name and SHA-256 of the checkpoint it started from; empty for from scratch."""
    versions: Mapping[str, str] = field(default_factory=versions)


def write_checkpoint(path: Path, state: Mapping[str, torch.Tensor], facts: Facts) -> Path:
    """Writes `path` (.ckpt) and its sidecar (.json); returns the sidecar's path.

    A compact state is written in half precision. Raises `OutputProblem`.
    """
    if facts.architecture == Architecture.COMPACT.value:
        state = {key: value.half() for key, value in state.items()}
    flat = {key: value.detach().cpu().contiguous() for key, value in state.items()}
    sidecar = path.with_suffix(".json")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".ckpt.part")
        torch.save(flat, beside)
        document = {"file": path.name, "sha256": sha256(beside), **asdict(facts)}
        note = sidecar.with_suffix(".json.part")
        note.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        beside.replace(path)
        note.replace(sidecar)
    except OSError as error:
        raise OutputProblem(f"{path} could not be written: {error}") from error
    return sidecar


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """The flat state dict of a checkpoint, without EchoNet's prefix and auxiliary head.

    Raises `WeightsProblem` when the file is missing or is no state dict of tensors.
    """
    try:
        found: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        raise WeightsProblem(
            f"{path} could not be read as a checkpoint: {error}",
            "Fetch it anew, or start from scratch.",
        ) from error
    if not isinstance(found, dict) or not all(torch.is_tensor(v) for v in found.values()):
        raise WeightsProblem(f"{path} is not a flat dictionary of tensors.")
    state = {str(key).removeprefix(ECHONET_PREFIX): value for key, value in found.items()}
    return {k: v for k, v in state.items() if not k.startswith("aux_classifier.")}


def sha256(path: Path) -> str:
    """Of a file, read in pieces."""
    with path.open("rb") as file:
        found = hashlib.sha256()
        while piece := file.read(1 << 20):
            found.update(piece)
    return found.hexdigest()
