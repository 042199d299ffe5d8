"""`auto` takes the quicker engine, remembers which, and goes on with torch when that fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from small_networks import write_small_networks

from EchoMeasureLib.errors import EngineProblem, InvalidArgument
from EchoMeasureLib.inference import engine_choice, engine_trial
from EchoMeasureLib.inference.canvas import Canvas
from EchoMeasureLib.inference.engine_choice import engine_for
from EchoMeasureLib.inference.network_facts import Logits, NetworkFacts
from EchoMeasureLib.inference.settings import EngineName, Precision
from EchoMeasureLib.inference.weight_store import Checkpoint, Store

FACTS = NetworkFacts({"lvid": 2}, compact=True)


class Clock:
    """Moves only when an engine runs."""

    now = 0.0

    def perf_counter(self) -> float:
        return self.now


class Timed:
    """An engine of which a run takes so long, or fails from some run on."""

    def __init__(self, name: EngineName, clock: Clock, takes: float, fails_at: int = 10**6) -> None:
        self.name, self.version, self.precision, self.facts = name, "1", Precision.FLOAT32, FACTS
        self._clock, self._takes, self._left = clock, takes, fails_at

    def run(self, canvases: Sequence[Canvas]) -> dict[str, Logits]:
        self._left -= 1
        if self._left < 0:
            raise EngineProblem("OpenVINO failed (no memory).", "Use --engine torch.")
        self._clock.now += self._takes
        return {"lvid": np.full((len(canvases), 2, 4, 4), self._takes, np.float32)}


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return Store(write_small_networks(tmp_path, ["lvid"])).find("lvid")


Offer = Callable[..., list[EngineName]]


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Offer:
    """Replaces both engines; the answer lists those that are made from then on."""
    monkeypatch.delenv("ECHOMEASURE_ENGINE")
    clock = Clock()
    monkeypatch.setattr(engine_trial, "time", clock)

    def offered(torch: float, openvino: float, fails_at: int = 10**6) -> list[EngineName]:
        made: list[EngineName] = []

        def make(
            name: EngineName, checkpoint: Checkpoint, measurement: str, precision: Precision
        ) -> Timed:
            made.append(name)
            if name is EngineName.TORCH:
                return Timed(name, clock, torch)
            return Timed(name, clock, openvino, fails_at)

        monkeypatch.setattr(engine_choice, "make_engine", make)
        return made

    return offered


def auto(checkpoint: Checkpoint, told: list[str] | None = None) -> engine_choice.Engine:
    told = [] if told is None else told
    return engine_for(EngineName.AUTO, checkpoint, "lvid", Precision.AUTO, told.append)


@pytest.mark.parametrize(
    ("torch", "openvino", "taken"), [(0.2, 0.1, EngineName.OPENVINO), (0.1, 0.2, EngineName.TORCH)]
)
def test_the_quicker_one_is_taken_and_remembered(
    checkpoint: Checkpoint, offer: Offer, torch: float, openvino: float, taken: EngineName
) -> None:
    offer(torch, openvino)
    assert auto(checkpoint).name is taken
    # Had it not been remembered, the other one would be quicker now.
    made = offer(openvino, torch)
    assert auto(checkpoint).name is taken
    assert made == [taken]


def test_other_versions_are_tried_anew(
    checkpoint: Checkpoint, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(0.2, 0.1)
    assert auto(checkpoint).name is EngineName.OPENVINO
    offer(0.1, 0.2)
    monkeypatch.setattr(metadata, "version", lambda name: "99.0")
    assert auto(checkpoint).name is EngineName.TORCH


def test_two_engines_are_tried_where_openvino_is_not_installed(
    checkpoint: Checkpoint, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a Mac, which has its card beside its processor."""
    plain = metadata.version

    def version(name: str) -> str:
        if name == "openvino":
            raise metadata.PackageNotFoundError(name)
        return plain(name)

    monkeypatch.setattr(metadata, "version", version)
    offer(0.1, 0.2)
    assert auto(checkpoint).name is EngineName.TORCH
    made = offer(0.2, 0.1)
    assert (auto(checkpoint).name, made) == (EngineName.TORCH, [EngineName.TORCH])


def test_what_was_remembered_and_is_damaged_is_tried_anew(
    checkpoint: Checkpoint, offer: Offer, tmp_path: Path
) -> None:
    path = tmp_path / "echomeasure-data" / "engines.json"
    for damage in ("{", "[]", json.dumps({"x": 1})):
        offer(0.2, 0.1)
        path.parent.mkdir(exist_ok=True)
        path.write_text(damage, encoding="utf-8")
        assert auto(checkpoint).name is EngineName.OPENVINO


def test_an_engine_that_fails_in_the_trial_is_not_taken(
    checkpoint: Checkpoint, offer: Offer
) -> None:
    offer(0.2, 0.1, fails_at=2)
    assert auto(checkpoint).name is EngineName.TORCH


def test_when_it_fails_in_the_middle_torch_goes_on_and_it_is_said(
    checkpoint: Checkpoint, offer: Offer
) -> None:
    offer(0.2, 0.1, fails_at=engine_trial.ROUNDS + 2)
    told: list[str] = []
    engine = auto(checkpoint, told)
    picture = np.zeros((480, 640, 3), np.uint8)
    assert engine.run([Canvas.of(picture)])["lvid"].max() == pytest.approx(0.1)
    assert (engine.name, told) == (EngineName.OPENVINO, [])
    for _ in range(2):
        assert engine.run([Canvas.of(picture)])["lvid"].max() == pytest.approx(0.2)
    assert engine.name is EngineName.TORCH
    assert told == ["OpenVINO failed (no memory). PyTorch runs the networks instead."]


def test_the_environment_names_one_without_a_trial(
    checkpoint: Checkpoint, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = offer(0.2, 0.1)
    monkeypatch.setenv("ECHOMEASURE_ENGINE", "torch")
    assert auto(checkpoint).name is EngineName.TORCH
    assert made == [EngineName.TORCH]
    monkeypatch.setenv("ECHOMEASURE_ENGINE", "onnx")
    with pytest.raises(InvalidArgument, match="no engine 'onnx'"):
        auto(checkpoint)
