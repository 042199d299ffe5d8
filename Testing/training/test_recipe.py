"""The recipe of the shipped weights: which phantoms it draws, and where it starts from."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from EchoMeasureLib.hashes import file_sha256
from EchoMeasureLib.inference.networks import read_state
from EchoMeasureLib.inference.weight_store import package_folder
from EchoMeasureLib.training import recipe
from EchoMeasureLib.training.phantom_source import (
    HELD_OUT_SEEDS,
    TRAINING_SEEDS,
    PhantomSource,
    choose_strip,
)
from EchoMeasureLib.training.recipe import Plan, make_network
from EchoMeasureLib.training.tasks import CanvasKind, Heads, all_of

STRIP, IMAGE = (Heads.of(all_of(kind)) for kind in (CanvasKind.STRIP, CanvasKind.IMAGE))


def samples(heads, lifelike, count, first=1_000_000):
    source = PhantomSource(heads, 2, first, count, lifelike)
    return [source.sample(index) for index in range(count)]


def test_the_looks_are_mixed_and_a_plain_sample_is_the_same_in_any_mixture():
    plain, mixed = samples(STRIP, 0.0, 10), samples(STRIP, 0.5, 10)
    lifelike = ["lifelike" in sample.name for sample in mixed]
    assert 1 < sum(lifelike) < 9
    for before, now, changed in zip(plain, mixed, lifelike, strict=True):
        assert changed or np.array_equal(before.picture, now.picture)
    names = PhantomSource(STRIP, 2, 0, 1).identity()
    assert "lifelike" not in names
    assert PhantomSource(STRIP, 2, 0, 1, 0.5).identity() == {"lifelike": 0.5, **names}


@pytest.mark.parametrize("words", ["mmode_", "clipped", "aliased", "empty"])
def test_there_is_nothing_to_find_on_negatives_and_past_the_edge(words):
    source = PhantomSource(STRIP, 2, 1_000_000, 900, 1.0)
    chosen = [
        choose_strip(np.random.default_rng([1_000_000 + index, 20]), True) for index in range(900)
    ]
    found = [
        index for index, (kind, layout) in enumerate(chosen) if words in f"{kind} {layout.name}"
    ]
    for sample in map(source.sample, found[:2]):
        assert words in sample.name
        assert np.isnan(sample.supervision.points).all()
        assert "turned" in sample.name or sample.supervision.known.all()


def test_lifelike_frames_of_the_heart_refute_the_other_views():
    for sample in samples(IMAGE, 1.0, 8):
        if sample.name.startswith("plax") and "two-panes" not in sample.name:
            for id in ("ivc", "pa", "rv_base"):
                channels = IMAGE.slices()[id]
                assert sample.supervision.known[channels].all()
                assert np.isnan(sample.supervision.points[channels]).all()


def test_a_training_says_what_it_started_from(tmp_path):
    plan = Plan(samples=2, held_out=1, steps=1, batch=2, lifelike=0.5)
    path = make_network(
        CanvasKind.STRIP, tmp_path / "out", tmp_path / "work", 3, workers=0, plan=plan,
        start=package_folder(),
    )  # fmt: skip
    facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    begun = json.loads((package_folder() / "strip.json").read_text(encoding="utf-8"))
    assert facts["started_from"] == {"file": "strip.ckpt", "sha256": begun["sha256"]}
    assert facts["data"]["train"]["lifelike"] == 0.5


@pytest.mark.slow
def test_a_later_part_takes_other_phantoms_and_makes_them_harder(tmp_path):
    plan = Plan(samples=2, held_out=1, steps=1, batch=2, pass_over=300, harder=0.5, held=True)
    path = make_network(
        CanvasKind.STRIP, tmp_path / "out", tmp_path / "work", 3, workers=0, plan=plan,
        start=package_folder(),
    )  # fmt: skip
    facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert facts["data"]["train"]["first_seed"] == TRAINING_SEEDS + 300
    assert facts["data"]["held_out"]["first_seed"] == HELD_OUT_SEEDS
    assert facts["config"]["augmentation"]["gaps"] == pytest.approx(0.175)
    begun, after = (read_state(folder / "strip.ckpt") for folder in (package_folder(), path.parent))
    statistics = [key for key in begun if "running_" in key]
    assert statistics
    for key in statistics:
        assert torch.equal(begun[key].float(), after[key].float()), key


@pytest.mark.slow
def test_the_parts_follow_each_other(tmp_path, monkeypatch):
    shares = {"plain": 0.0, "mixed": 0.5, "settling": 0.5}
    tiny = {
        name: {CanvasKind.STRIP: Plan(samples=2, held_out=1, steps=1, batch=2, lifelike=share)}
        for name, share in shares.items()
    }
    monkeypatch.setattr(recipe, "PARTS", {**tiny, "refining": {}})
    out, work = tmp_path / "out", tmp_path / "work"
    begun: list[tuple[int, str]] = []

    def noted(kind, out, work, seed, *rest):
        start = rest[-1]
        begun.append((seed, file_sha256(start / "strip.ckpt") if start else ""))
        made.append(file_sha256(make_network(kind, out, work, seed, *rest)))

    made: list[str] = []
    monkeypatch.setattr(recipe, "make_network", noted)
    words = ["--out", str(out), "--work", str(work), "--only", "strip", "--seed", "5"]
    assert recipe.main(words) == 0
    assert begun == [(5, ""), (6, made[0]), (7, made[1])]
    facts = json.loads((out / "strip.json").read_text())
    assert (facts["seed"], facts["started_from"]["sha256"]) == (7, made[1])
    assert len(set(made)) == 3
