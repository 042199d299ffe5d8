"""Networks with the frames beside those that are asked for, with small networks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from small_networks import write_small_networks

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.inference.comparing import Comparing
from EchoMeasureLib.inference.predicting import Predictor
from EchoMeasureLib.inference.prediction import Prediction
from EchoMeasureLib.inference.weight_store import Store
from EchoMeasureLib.progress import Monitor, silent


class Remembering(Predictor):
    """Runs networks as ever, and knows on which frames."""

    runs: list[tuple[int, ...]]

    def predict(
        self,
        cine: Cine,
        measurements: Sequence[str],
        frames: Sequence[int],
        monitor: Monitor = silent,
    ) -> Iterator[Prediction]:
        self.runs.append(tuple(frames))
        yield from Predictor.predict(self, cine, measurements, frames, monitor)


@pytest.fixture
def cine() -> Cine:
    """30 frames of noise, 30 a second."""
    pixels = np.random.default_rng(1).integers(0, 200, (30, 96, 128, 3), dtype=np.uint8)
    region = Region(0, RegionKind.TWO_D, Box(0, 0, 127, 95), ("cm", "cm"), (0.1, 0.1))
    times = tuple(i / 30 for i in range(30))
    return Cine(ArraySource(pixels), Timing(times, "FrameTime"), (region,))


@pytest.fixture
def networks(tmp_path: Path) -> Remembering:
    predictor = Remembering(Store(write_small_networks(tmp_path, ["lvid", "ivs"])))
    predictor.runs = []
    return predictor


def test_only_the_asked_frame_is_told_with_what_lies_beside_it(
    cine: Cine, networks: Remembering
) -> None:
    found = list(Comparing(networks).predict(cine, ["lvid", "ivs"], [10]))
    assert [(one.measurement, one.frame) for one in found] == [("lvid", 10), ("ivs", 10)]
    assert [[near.frame for near in one.near] for one in found] == [[6, 8, 12, 14]] * 2
    assert networks.runs == [(6, 8, 12, 14, 10)]
    alone = {one.frame: one.points for one in networks.predict(cine, ["lvid"], [6, 10])}
    assert found[0].points == alone[10]
    assert found[0].near[0].points == alone[6]


def test_where_all_frames_are_asked_for_none_is_run_besides(
    cine: Cine, networks: Remembering
) -> None:
    found = list(Comparing(networks).predict(cine, ["lvid"], range(30)))
    assert [one.frame for one in found] == list(range(30))
    assert not any(one.near for one in found)
