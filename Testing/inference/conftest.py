"""A small echo and small networks for what runs in the worker."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_networks import write_small_networks
from ultrasound_files import region, write_ultrasound

from EchoMeasureLib.inference.messages import MeasureRequest
from EchoMeasureLib.inference.settings import Settings

ENDLESS = 20_000
"""Frames, repeated: minutes of work, so that no machine is done before it is stopped."""


@pytest.fixture(scope="session")
def small_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seeded networks for two measurements, a few milliseconds a frame."""
    return write_small_networks(tmp_path_factory.mktemp("weights"), ["lvid", "ivs"])


@pytest.fixture(scope="session")
def noisy_echo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight noisy frames of 240 x 320 pixels, 0.05 cm each."""
    pixels = np.random.default_rng(1).integers(0, 255, (8, 240, 320, 1), np.uint8).repeat(3, 3)
    path = tmp_path_factory.mktemp("echo") / "echo.dcm"
    return write_ultrasound(path, pixels, [region((0, 0, 319, 239), (0.05, 0.05))])


@pytest.fixture(scope="session")
def job(noisy_echo: Path, small_weights: Path) -> MeasureRequest:
    return MeasureRequest(("lvid",), (0, 5), noisy_echo, weights=small_weights)


@pytest.fixture(scope="session")
def endless(job: MeasureRequest) -> MeasureRequest:
    frames = tuple(i % 8 for i in range(ENDLESS))
    return MeasureRequest(
        ("lvid",), frames, job.path, weights=job.weights, settings=Settings(batch=1)
    )
