"""DeepLabV3 in fewer passes gives what torchvision's module gives."""

from __future__ import annotations

import platform

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn
from torchvision.models.segmentation import deeplabv3_resnet50

from EchoMeasureLib.inference.fused import FusedDeepLab, can_fuse
from EchoMeasureLib.inference.network_facts import NetworkFacts
from EchoMeasureLib.inference.networks import LandmarkNetwork
from EchoMeasureLib.inference.settings import Precision
from EchoMeasureLib.inference.torch_engine import TorchEngine

Canvas = npt.NDArray[np.uint8]
FACTS = NetworkFacts({"lvid": 2}, compact=False)


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


def plain(network: nn.Module, canvases: list[Canvas]) -> npt.NDArray[np.float32]:
    with torch.inference_mode():
        batch = torch.from_numpy(np.stack(canvases)).permute(0, 3, 1, 2) / 255
        maps: torch.Tensor = network.classifier(network.backbone(batch)["out"])  # type: ignore[operator]
        return maps.numpy()


@pytest.mark.parametrize("size", [(120, 160), (107, 256)], ids=["image", "strip"])
def test_float32_is_that_of_the_plain_module(size: tuple[int, int]) -> None:
    """Also for a second batch of another size: the weights are laid out for the first."""
    rng = np.random.default_rng(1)
    canvases = list(rng.integers(0, 256, (3, *size, 3), np.uint8))
    wanted = plain(deeplab(2), canvases)
    engine = TorchEngine(LandmarkNetwork(deeplab(2), FACTS), Precision.FLOAT32)
    # Elsewhere, and on a GPU, the plain module runs, with the same result.
    here = platform.machine() in ("x86_64", "AMD64") and torch.backends.mkldnn.is_available()
    fused = isinstance(engine.network.module, FusedDeepLab)
    assert fused is (here and not torch.cuda.is_available())
    for chosen in (slice(0, 1), slice(1, 3)):
        found = engine.run(canvases[chosen])["lvid"]
        np.testing.assert_allclose(found, wanted[chosen], rtol=1e-3, atol=1e-4)


def test_other_modules_are_left_alone() -> None:
    assert not can_fuse(nn.Sequential(nn.Conv2d(3, 8, 3)), torch.float32)
    assert not can_fuse(deeplab(0), torch.float64)


def test_other_processors_run_the_plain_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    canvas = np.random.default_rng(1).integers(0, 256, (120, 160, 3), np.uint8)
    engine = TorchEngine(LandmarkNetwork(deeplab(2), FACTS), Precision.FLOAT32)
    assert not isinstance(engine.network.module, FusedDeepLab)
    found = engine.run([canvas])["lvid"]
    np.testing.assert_allclose(found, plain(deeplab(2), [canvas]), rtol=1e-3, atol=1e-4)
