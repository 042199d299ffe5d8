"""Thirty corrected cases teach the shipped network another convention."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import EchoMeasureLib
from EchoMeasureLib.inference.canvas import image_canvas
from EchoMeasureLib.phantoms.bmode import bmode_frame
from EchoMeasureLib.phantoms.layouts import LAYOUTS
from EchoMeasureLib.training.config import Config
from EchoMeasureLib.training.dataset import Sample, prepare, reduced
from EchoMeasureLib.training.fine_tuning import from_checkpoint
from EchoMeasureLib.training.loop import train
from EchoMeasureLib.training.tasks import Heads, supervision
from EchoMeasureLib.training.watching import watch

SHIPPED = Path(EchoMeasureLib.__file__).parent / "inference" / "phantom_weights" / "image.ckpt"

LVID = Heads.of(["lvid"])

OUTWARD_CM = 0.35
"""Leading edge to trailing edge in place of inner edge to inner edge: both ends move outward."""


@dataclass(frozen=True)
class OtherConvention:
    """Corrected LV diameters of a laboratory that measures 7 mm more."""

    first: int
    count: int
    heads: Heads = LVID
    reduction: int = 2

    def identity(self) -> dict[str, Any]:
        return {"source": "other convention", "first": self.first, "n": self.count}

    def sample(self, index: int) -> Sample:
        rng = np.random.default_rng([self.first + index, 3])
        layout = LAYOUTS[str(rng.choice(["768x1024", "600x800", "480x640"]))]
        landmarks: dict[str, Any] = {}
        while "lvid" not in landmarks:
            frame, landmarks = bmode_frame("plax", layout, rng, measurement="lvid")
        canvas = image_canvas(frame)
        ends = np.array([canvas.to_canvas.apply(*end) for end in landmarks["lvid"]])
        along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
        # A canvas of 480 rows shows 12 to 20 cm: 0.35 cm are some 9 pixels.
        step = OUTWARD_CM * 26 * along
        moved = np.stack((ends[0] - step, ends[1] + step))[None].astype(np.float32)
        return Sample(
            reduced(canvas.pixels, 2), supervision(self.heads, {"lvid": moved}), f"{index}"
        )


@pytest.mark.slow
def test_thirty_cases_halve_the_error_against_another_convention(tmp_path):
    torch.set_num_threads(2)
    cases = prepare(OtherConvention(30_000, 30), tmp_path)
    held_out = prepare(OtherConvention(40_000, 40), tmp_path)
    trainee = from_checkpoint(cases.heads, SHIPPED)
    config = Config(
        steps=250, batch=8, rate=1e-3, seed=1, precision="bfloat16", averaging=0.97, watch_steps=999
    )
    before = watch(trainee, held_out, config).rows["lvid"].mean_px
    after = train(trainee, cases, held_out, config, tmp_path / "run").watch
    assert before > 6
    assert after.rows["lvid"].mean_px <= before / 2
