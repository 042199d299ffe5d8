"""Networks of the published size for the bench, which nobody trained.

Untrained ones find many peaks of one height, so that rounding decides and each frame is run again
in float32: that tells nothing of the speed of a trained one. Here the layers are random but for the
last, which is fitted to the true calipers of a phantom on some of its frames (`fitted`): one clear
peak per point. Where that is not needed, `demo_network` fits it to noise. Networks that somebody
trained take their place with `bench.py --networks FOLDER`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torchvision.models.segmentation import deeplabv3_resnet50

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Definition
from EchoMeasureLib.errors import WeightsProblem
from EchoMeasureLib.files import make_folder
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.inference.canvas import IMAGE_SIZE, image_canvas
from EchoMeasureLib.inference.checkpoints import ECHONET_PREFIX
from EchoMeasureLib.inference.demo_weights import write_demo_checkpoint
from EchoMeasureLib.inference.settings import WeightSet
from EchoMeasureLib.inference.weight_store import Store
from EchoMeasureLib.training.targets import Grid, Spot, heat_maps

STANDS_FOR = {"aorta": "aortic_root", "rv_base": "lvid", "pa": "aortic_root", "ivc": "la"}
"""Whose points a network is fitted to that measures nothing in a parasternal long axis."""
STEP = 8
"""Canvas pixels per cell of a heat map."""
EVERY = 7
"""So many frames of the phantom are one fitted to; no part of a usual beat."""
SPOT = Spot(20.0, 20.0)
GAIN, LOWEST = 20.0, -5.0
"""From the fitted heat, 0 to 1, to logits."""
RIDGE = 1e-4
"""Share of the features' variance."""
ABOUT_FITTED = """Their layers are random but for the last, which is fitted to the phantom's
calipers, so that each point has one clear peak"""


def about_given(folder: Path, ids: Sequence[str]) -> str:
    """Which networks of a folder are used for these measurements, for the page.

    Raises `WeightsProblem` where one has no network of its own.
    """
    found = {id: Store(folder).find(id) for id in ids}
    if len({one.path for one in found.values()}) < len(found):
        raise WeightsProblem(
            f"{folder} has one network for several measurements.",
            f"Give a folder with one checkpoint for each of {', '.join(ids)}.",
        )
    files = ", ".join(f"{one.path.name} {one.sha256[:8]}" for one in found.values())
    sets = ", ".join(sorted({one.set.value for one in found.values()}))
    return f"""They were trained before and given with `--networks` (set: {sets}; files, with the
first digits of their SHA-256: {files})"""


def demo_network(folder: Path, id: str) -> Path:
    """An untrained checkpoint in EchoNet's format, once made."""
    path = folder / _name(id)
    return path if path.exists() else write_demo_checkpoint(folder, id, seed=1)


def fitted(folder: Path, ids: Sequence[str], phantom: Path) -> None:
    """Checkpoints in EchoNet's format, one for each of these, fitted to a phantom's DICOM file.

    They share all layers but the last. Those that are there are not made again.
    """
    missing = [id for id in ids if not (folder / _name(id)).exists()]
    if not missing:
        return
    make_folder(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        network = deeplabv3_resnet50(weights=None, weights_backbone=None, num_classes=2).eval()
    last = network.classifier[-1]
    network.classifier[-1] = torch.nn.Identity()
    cine = read(phantom)
    truth = json.loads(phantom.with_suffix(".truth.json").read_text(encoding="utf-8"))
    frames = range(0, cine.frame_count, EVERY)
    canvases = [image_canvas(cine.frame(frame)) for frame in frames]
    features = torch.cat([_features(network, canvas.picture) for canvas in canvases])
    network.classifier[-1] = last
    for number, id in enumerate(missing):
        row = CATALOG[id]
        found = truth["measurements"][STANDS_FOR.get(id, id)]["frames"]
        points = torch.tensor(
            [
                [[tuple(canvas.to_canvas.apply(*point))] for point in found[str(frame)]["points"]]
                for frame, canvas in zip(frames, canvases, strict=True)
            ]
        )
        _fit(last, row, features, points)
        # So that no two have the same SHA-256.
        last.bias.data += 1e-4 * number
        state = {ECHONET_PREFIX + key: value for key, value in network.state_dict().items()}
        path = folder / _name(id)
        torch.save(state, path)
        facts = {"set": WeightSet.DEMO.value, "measurement": id, "note": "Fitted to a phantom."}
        path.with_suffix(".json").write_text(json.dumps(facts), encoding="utf-8")


def _name(id: str) -> str:
    network = CATALOG[id].network
    assert network is not None
    return Path(network.file).name


def _features(network: torch.nn.Module, picture: np.ndarray) -> torch.Tensor:
    """What the last layer gets, (cells, features)."""
    canvas = torch.from_numpy(picture.transpose(2, 0, 1)[None] / 255.0).float()
    with torch.no_grad():
        maps = network.classifier(network.backbone(canvas)["out"])
    return maps[0].flatten(1).T.double()


def _fit(
    last: torch.nn.Module, row: Definition, features: torch.Tensor, points: torch.Tensor
) -> None:
    """Ridge regression to a blob at each point, (frames, points, 1, 2) in canvas pixels."""
    columns, rows = (side // STEP for side in IMAGE_SIZE)
    blobs = heat_maps(points, Grid(rows, columns, STEP, STEP), SPOT)
    wanted = blobs.flatten(2).permute(0, 2, 1).flatten(0, 1).double()
    centred = features - features.mean(0)
    scatter = centred.T @ centred / len(centred)
    scatter += RIDGE * centred.var() * torch.eye(len(scatter))
    by_point = torch.linalg.solve(scatter, centred.T @ (wanted - wanted.mean(0)) / len(centred))
    bias = LOWEST + GAIN * (wanted.mean(0) - features.mean(0) @ by_point)
    with torch.no_grad():
        for point, channel in enumerate(row.channels):
            last.weight[channel] = GAIN * by_point[:, point, None, None]
            last.bias[channel] = bias[point]
