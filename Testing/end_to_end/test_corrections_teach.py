"""What a reviewer corrects in a review comes back as a network that has learned it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from pathlib import Path

import pydicom
import pytest
import torch
from phantom_study import write_clip

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.inference.predicting import Predictor
from EchoMeasureLib.inference.prediction import Prediction
from EchoMeasureLib.inference.weight_store import Store, package_folder
from EchoMeasureLib.review.document import save
from EchoMeasureLib.review.session import Review

OUTWARD_CM = 0.35
"""A laboratory that measures leading edge to trailing edge: both ends of LVID move outward."""

PER_CLIP = 4
TAUGHT, HELD_OUT = range(40, 52), range(80, 84)
"""Seeds of the phantoms that are corrected, and of those that are not."""


def clip(folder: Path, seed: int) -> tuple[Cine, Sequence[Prediction]]:
    """A parasternal long axis of a patient of its own, and its LVID on some frames."""
    folder.mkdir()
    made = write_clip(folder, "plax", seed, frames=12)
    header = pydicom.dcmread(made.path)
    header.StudyInstanceUID, header.PatientID = f"1.2.3.{seed}", f"P{seed}"
    header.save_as(made.path)
    found = [p for p in made.predictions if p.measurement == "lvid" and p.frame % 3 == 0]
    return read(made.path), found[:PER_CLIP]


def corrected(cine: Cine, found: Prediction) -> list[PixelPoint]:
    """Where this laboratory puts the ends."""
    first, last = (point.point for point in found.points)
    (region,) = (region for region in cine.regions if region.kind.is_image)
    length = math.dist(first, last)
    step = OUTWARD_CM / region.delta[0] / length
    dx, dy = (last.x - first.x) * step, (last.y - first.y) * step
    return [PixelPoint(first.x - dx, first.y - dy), PixelPoint(last.x + dx, last.y + dy)]


def error_px(weights: Path, clips: Sequence[tuple[Cine, Sequence[Prediction]]]) -> float:
    """Median distance of the network's points from where this laboratory puts them."""
    predictor, away = Predictor(Store(weights)), []
    for cine, found in clips:
        for said in predictor.predict(cine, ["lvid"], [one.frame for one in found]):
            (truth,) = (one for one in found if one.frame == said.frame)
            wanted = corrected(cine, truth)
            away += [math.dist(p.point, q) for p, q in zip(said.points, wanted, strict=True)]
    return statistics.median(away)


@pytest.mark.slow
def test_a_correction_is_learned_on_phantoms_that_nobody_corrected(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    (tmp_path / "key").write_text("the key of this test")
    reviews = []
    for seed in TAUGHT:
        cine, found = clip(tmp_path / f"p{seed}", seed)
        review = Review(cine, "AB")
        for one in found:
            entry = review.add_prediction(one)
            review.move(entry.id, corrected(cine, one))
        reviews.append(tmp_path / f"p{seed}" / "review.json")
        save(review, reviews[-1])
    pack, tuned = tmp_path / "pack", tmp_path / "tuned" / "image.ckpt"
    words = ["--key-file", str(tmp_path / "key"), "--out", str(pack)]
    assert main(["export", "training", *map(str, reviews), *words]) == 0
    words = ["--start", str(package_folder() / "image.ckpt"), "--out", str(tuned)]
    how = ["-m", "lvid", "--steps", "60", "--batch", "4", "--rate", "1e-3"]
    manifest = str(pack / "manifest.json")
    assert main(["train", "--manifest", manifest, *how, *words, "--precision", "bfloat16"]) == 0
    clips = [clip(tmp_path / f"h{seed}", seed) for seed in HELD_OUT]
    before, after = error_px(package_folder(), clips), error_px(tuned.parent, clips)
    print(f"median error before {before:.2f} px, after {after:.2f} px")
    assert before > 5
    assert after < before / 2
