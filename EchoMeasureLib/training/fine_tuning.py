"""Where a training starts: from nothing, or from what another network knows already."""

from __future__ import annotations

from pathlib import Path

import torch

from EchoMeasureLib.errors import WeightsProblem
from EchoMeasureLib.inference.compact import CompactNetwork
from EchoMeasureLib.inference.network_facts import is_compact
from EchoMeasureLib.inference.networks import read_state
from EchoMeasureLib.training.tasks import Heads
from EchoMeasureLib.training.trainees import (
    TRAINEES,
    Architecture,
    CompactTrainee,
    EchonetTrainee,
    Trainee,
    echonet_network,
)


def from_scratch(heads: Heads, architecture: Architecture, seed: int) -> Trainee:
    """A new network with weights drawn from the seed.

    Raises `InvalidArgument` for heads that the architecture cannot hold.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return TRAINEES[architecture](heads)


def from_checkpoint(
    heads: Heads, path: Path, freeze_backbone: bool = False, seed: int = 0
) -> Trainee:
    """The network of a checkpoint, ready to learn more about these measurements.

    EchoNet's format and the compact one are told apart by their keys. A compact network
    keeps the heads it has and gets new ones for the rest. Normalisation statistics stay
    as they are: a few dozen cases are no sample of all screens. Raises `WeightsProblem`.
    """
    state = read_state(path)
    trainee = _compact(heads, state, seed) if is_compact(state) else _echonet(heads, state, path)
    trainee.fixed_statistics = True
    if freeze_backbone:
        trainee.freeze_backbone()
    return trainee


def _compact(heads: Heads, state: dict[str, torch.Tensor], seed: int) -> Trainee:
    known = CompactNetwork.from_state(state)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = CompactNetwork(dict(heads.points), known.compact.width)
    network.compact.load_state_dict(known.compact.state_dict())
    for id, points in heads.points:
        if known.points.get(id) == points:
            network.heads[id].load_state_dict(known.heads[id].state_dict())
    return CompactTrainee(heads, network)


def _echonet(heads: Heads, state: dict[str, torch.Tensor], path: Path) -> Trainee:
    try:
        network = echonet_network(heads.channels, state)
    except RuntimeError as error:
        raise WeightsProblem(
            f"{path.name} does not fit {', '.join(heads.ids)} in EchoNet's format: {error}",
            "Give the checkpoint of the measurement that is trained.",
        ) from error
    return EchonetTrainee(heads, network)
