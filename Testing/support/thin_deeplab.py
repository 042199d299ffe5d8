"""DeepLabV3-ResNet50 of a part of its width, which one core can train, made into the full one.

The weights of a thin network in a corner of the full tensors, with zeros elsewhere, are a network
of the published architecture, which costs what that costs and answers what the thin one does.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import torch
from torch import nn
from torchvision.models.segmentation import deeplabv3_resnet50

from EchoMeasureLib.inference.checkpoints import ECHONET_PREFIX
from EchoMeasureLib.progress import Monitor, silent
from EchoMeasureLib.training.checkpoint_files import Facts, write_checkpoint
from EchoMeasureLib.training.config import Config
from EchoMeasureLib.training.dataset import prepare
from EchoMeasureLib.training.loop import train
from EchoMeasureLib.training.manifest import read_phantoms
from EchoMeasureLib.training.sources import ManifestSource
from EchoMeasureLib.training.tasks import Heads
from EchoMeasureLib.training.trainees import EchonetTrainee
from EchoMeasureLib.training.training_run import data_record

PROJECT = "classifier.0.project.0.weight"
"""Its input are the five branches of the pyramid beside each other."""
BRANCHES = 5


def thin_network(channels: int, part: int = 8) -> nn.Module:
    """The architecture with 1/`part` of the channels between its input and its heat maps."""
    network: nn.Module = deeplabv3_resnet50(
        weights=None, weights_backbone=None, num_classes=channels, aux_loss=False
    )
    first, last = "backbone.conv1", "classifier.4"
    for name, module in list(network.named_modules()):
        if isinstance(module, nn.Conv2d):
            thin: nn.Module = nn.Conv2d(
                3 if name == first else module.in_channels // part,
                channels if name == last else module.out_channels // part,
                module.kernel_size,  # type: ignore[arg-type]
                module.stride,  # type: ignore[arg-type]
                module.padding,  # type: ignore[arg-type]
                module.dilation,  # type: ignore[arg-type]
                bias=module.bias is not None,
            )
            nn.init.kaiming_normal_(thin.weight, nonlinearity="relu")  # type: ignore[arg-type]
        elif isinstance(module, nn.BatchNorm2d):
            thin = nn.BatchNorm2d(module.num_features // part)
        else:
            continue
        home, _, own = name.rpartition(".")
        setattr(network.get_submodule(home), own, thin)
    return network


def widened(thin: dict[str, torch.Tensor], channels: int) -> dict[str, torch.Tensor]:
    """The state of the full network that answers as the thin one does.

    A channel that the thin network lacks is normalised by 0 x + 0, so it stays 0 and feeds nothing.
    """
    with torch.device("meta"):
        full = deeplabv3_resnet50(
            weights=None, weights_backbone=None, num_classes=channels, aux_loss=False
        ).state_dict()
    found: dict[str, torch.Tensor] = {}
    for name, shape in ((name, tensor.shape) for name, tensor in full.items()):
        own = thin[name]
        wide = torch.ones(shape) if name.endswith("running_var") else torch.zeros(shape)
        if name == PROJECT:
            places, parts = wide.chunk(BRANCHES, 1), own.chunk(BRANCHES, 1)
        else:
            places, parts = (wide,), (own,)
        for place, part in zip(places, parts, strict=True):
            place[tuple(slice(size) for size in part.shape)] = part
        found[name] = wide.to(own.dtype)
    return found


def train_thin(
    id: str, phantoms: Path, out: Path, config: Config, monitor: Monitor = silent, part: int = 8
) -> None:
    """A checkpoint in the published format that knows this measurement on such phantoms."""
    heads = Heads.of([id])
    torch.manual_seed(config.seed)
    trainee = EchonetTrainee(heads, thin_network(heads.channels, part))
    examples = read_phantoms(phantoms)
    samples, held_out = (
        prepare(ManifestSource.of(heads, 1, examples, split), out.with_suffix(".training"))
        for split in ("train", "validation")
    )
    outcome = train(trainee, samples, held_out, config, out.with_suffix(".training"), monitor)
    thin = {key.removeprefix(ECHONET_PREFIX): value for key, value in outcome.state.items()}
    full = {ECHONET_PREFIX + key: value for key, value in widened(thin, heads.channels).items()}
    facts = Facts(
        trainee.architecture.value,
        heads.ids,
        {"train": data_record(samples), "held_out": data_record(held_out)},
        asdict(config),
        {"loss": outcome.loss, "held_out": asdict(outcome.watch) if outcome.watch else None},
        config.seed,
        outcome.steps,
        outcome.wall_seconds,
        regions_only=True,
    )
    write_checkpoint(out, full, facts)
