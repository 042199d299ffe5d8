"""DeepLabV3 in fewer passes gives what torchvision's module gives."""

from __future__ import annotations

import copy

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn
from torchvision.models.segmentation import deeplabv3_resnet50

from EchoMeasureLib.geometry import Affine2D
from EchoMeasureLib.inference.canvas import image_canvas
from EchoMeasureLib.inference.engines import TorchEngine
from EchoMeasureLib.inference.fused import FusedDeepLab, can_fuse
from EchoMeasureLib.inference.networks import LandmarkNetwork
from EchoMeasureLib.inference.peaks import refine
from EchoMeasureLib.phantoms.bmode import bmode_frame
from EchoMeasureLib.phantoms.layouts import LAYOUTS

Canvas = npt.NDArray[np.float32]


def deeplab(seed: int) -> nn.Module:
    """Untrained, with normalisations that have something to normalise."""
    torch.manual_seed(seed)
    network: nn.Module = deeplabv3_resnet50(weights=None, weights_backbone=None, num_classes=2)
    for name, buffer in network.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(0, 0.1)
        elif name.endswith("running_var"):
            buffer.uniform_(0.7, 1.5)
    return network.eval()


def plain(network: nn.Module, canvases: list[Canvas]) -> torch.Tensor:
    with torch.inference_mode():
        batch = torch.from_numpy(np.stack(canvases))
        return network.classifier(network.backbone(batch)["out"])  # type: ignore[operator]


@pytest.mark.skipif(
    not can_fuse(deeplab(0), torch.float32), reason="this torch is built without oneDNN"
)
@pytest.mark.parametrize("size", [(240, 320), (213, 512)], ids=["image", "strip"])
def test_float32_is_that_of_the_plain_module(size: tuple[int, int]) -> None:
    """Also for a second batch of another size: the weights are laid out for the first."""
    rng = np.random.default_rng(1)
    canvases = [rng.random((3, *size), dtype=np.float32) for _ in range(3)]
    wanted = plain(deeplab(2), canvases)
    engine = TorchEngine(LandmarkNetwork(deeplab(2), {"lvid": 2}), "float32")
    assert isinstance(engine.network.module, FusedDeepLab)
    for chosen in (slice(0, 1), slice(1, 3)):
        torch.testing.assert_close(
            engine.run(canvases[chosen])["lvid"], wanted[chosen], rtol=1e-3, atol=1e-4
        )


def test_other_modules_are_left_alone() -> None:
    assert not can_fuse(nn.Sequential(nn.Conv2d(3, 8, 3)), torch.float32)
    assert not can_fuse(deeplab(0), torch.float64)


class Trained:
    """A DeepLabV3 whose classifier was taught the LV diameter on phantoms."""

    def __init__(self, frames: int, steps: int) -> None:
        torch.manual_seed(1)
        self.samples = [self._sample(index) for index in range(frames)]
        self.network = deeplabv3_resnet50(weights=None, weights_backbone=None, num_classes=2)
        self._normalise()
        head: nn.Module = self.network.classifier  # type: ignore[assignment]
        with torch.inference_mode():
            features = [
                self.network.backbone(torch.from_numpy(canvas)[None])["out"]  # type: ignore[operator]
                for canvas, _ in self.samples
            ]
        optimiser = torch.optim.Adam(head.parameters(), 1e-3)
        nn.init.constant_(head[4].bias, -4)  # type: ignore[index]
        head.train()
        for step in range(steps):
            chosen = np.random.default_rng(step).choice(frames, 2, replace=False)
            batch = torch.cat([features[index].clone() for index in chosen])
            wanted = torch.stack([self._blobs(self.samples[index][1]) for index in chosen])
            with torch.autocast("cpu", torch.bfloat16):
                maps = head(batch)
            loss = nn.functional.binary_cross_entropy_with_logits(maps.float(), wanted)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        head.eval()

    def _normalise(self) -> None:
        """Give the normalisations the statistics of some frames, as training would."""
        for module in self.network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = None
        with torch.no_grad():
            self.network.train()(torch.from_numpy(np.stack([c for c, _ in self.samples[:3]])))
        self.network.eval()

    @staticmethod
    def _sample(index: int) -> tuple[Canvas, npt.NDArray[np.float64]]:
        rng = np.random.default_rng([77, index])
        frame, landmarks = bmode_frame("plax", LAYOUTS["600x800"], rng, measurement="lvid")
        canvas = image_canvas(frame)
        return canvas.pixels, np.array([canvas.to_canvas.apply(*p) for p in landmarks["lvid"]])

    @staticmethod
    def _blobs(ends: npt.NDArray[np.float64]) -> torch.Tensor:
        """Heat of 10 canvas pixels around each end, in cells of 8."""
        y, x = torch.meshgrid(torch.arange(60.0), torch.arange(80.0), indexing="ij")
        cells = (ends - 3.5) / 8
        return torch.stack(
            [torch.exp(-((x - a) ** 2 + (y - b) ** 2) / (2 * 1.3**2)) for a, b in cells.tolist()]
        )

    def maps(self, precision: str) -> npt.NDArray[np.float32]:
        network = LandmarkNetwork(copy.deepcopy(self.network), {"lvid": 2})
        engine = TorchEngine(network, precision)
        return np.concatenate([engine.run([c])["lvid"].numpy() for c, _ in self.samples])


@pytest.mark.slow
def test_bfloat16_moves_no_landmark_of_a_trained_network_by_half_a_pixel() -> None:
    trained = Trained(frames=16, steps=160)
    grid = Affine2D.resize((80, 60), (640, 480))
    exact, quick = (
        [
            [refine(channel, grid, (640, 480)) for channel in maps]
            for maps in trained.maps(precision)
        ]
        for precision in ("float32", "bfloat16")
    )
    moved, missed, kept = [], [], 0
    for (_, truth), p, q in zip(trained.samples, exact, quick, strict=True):
        for a, b, (x, y) in zip(p, q, truth, strict=True):
            missed.append(np.hypot(a.x - x, a.y - y))
            # A tie is decided in float32.
            if not b.rivalled:
                kept += 1
                moved.append(np.hypot(a.x - b.x, a.y - b.y))
    # It has learnt something, so its maps are those of a trained network.
    assert np.median(missed) < 8
    assert kept >= 28
    assert max(moved) <= 0.5
    print(f"moved by {np.median(moved):.3f} px (median), at most {max(moved):.3f} px")
