"""`echomeasure train`: from files to a checkpoint, and what it refuses."""

import argparse
import json

import numpy as np
import pytest
from PIL import Image
from training_manifests import write_manifest

from EchoMeasureLib.cli import train
from EchoMeasureLib.errors import InvalidArgument, WeightsProblem
from EchoMeasureLib.inference.networks import read_state
from EchoMeasureLib.training import recipe


def run(*words):
    parser = argparse.ArgumentParser()
    train.add_parser(parser.add_subparsers())
    args = parser.parse_args(["train", *map(str, words)])
    return args.run(args)


@pytest.fixture
def data(tmp_path):
    Image.fromarray(np.zeros((480, 640, 3), np.uint8)).save(tmp_path / "a.png")
    row = {"file": "a.png", "frame": 0, "landmarks": {"pa": [[[200, 100], [300, 100]]]}}
    rows = [
        row | {"study": f"{split} {n}", "split": split}
        for split in ("train", "validation")
        for n in range(2)
    ]
    region = {"kind": "2d", "bounds": [100, 50, 500, 400]}
    rows = [row | {"region": region} for row in rows]
    write_manifest(tmp_path / "m.json", rows)
    return tmp_path / "m.json"


def test_training_and_fine_tuning_from_what_it_wrote(data, tmp_path, capsys):
    first, second = tmp_path / "first.ckpt", tmp_path / "second.ckpt"
    assert run("--manifest", data, "--out", first, "--steps", 1, "--batch", 2) == 0
    said = capsys.readouterr()
    assert "pa: n 4" in said.out
    assert "does not look for that name" in said.err
    tuned = ["--start", first, "--freeze-backbone", "--out", second, "--steps", 1, "--batch", 2]
    assert run("--manifest", data, *tuned) == 0
    told = json.loads(second.with_suffix(".json").read_text())
    assert told["started_from"]["file"] == "first.ckpt"
    assert told["regions_only"] is True
    key = "compact.encoder.2.0.conv.weight"
    assert (read_state(first)[key] == read_state(second)[key]).all()


def test_it_refuses_what_makes_no_sense(data, tmp_path):
    out = ("--out", tmp_path / "x.ckpt")
    with pytest.raises(InvalidArgument, match="nothing to train on"):
        run(*out)
    with pytest.raises(InvalidArgument, match="no name for a checkpoint"):
        run("--manifest", data, "--out", tmp_path / "x")
    with pytest.raises(InvalidArgument, match="nothing to keep"):
        run("--manifest", data, *out, "--freeze-backbone")
    with pytest.raises(InvalidArgument, match="one kind of canvas"):
        run("--manifest", data, *out, "-m", "pa", "-m", "tapse")
    with pytest.raises(WeightsProblem, match="cannot be read"):
        run("--manifest", data, *out, "--start", tmp_path / "none.ckpt")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--rate", "-1"), "no learning rate"),
        (("--rate", "nan"), "no learning rate"),
        (("--minutes", "nan"), "must be positive"),
        (("--steps", "0"), "must be positive"),
        (("--patience", "-1"), "patience"),
        (("--workers", "-1"), "processes"),
        (("--seed", "-1"), "seed -1 is out of range"),
        (("--seed", str(10**22)), "out of range"),
        (("--device", "nosuch"), "no device 'nosuch'"),
        (("--device", "meta"), "Nothing is trained on 'meta'"),
        (("--device", "cuda:99"), "no card 'cuda:99'"),
    ],
)
def test_settings_that_no_training_can_have_are_refused_before_any_picture(
    data, tmp_path, words, said
):
    with pytest.raises(InvalidArgument, match=said):
        run("--manifest", data, "--out", tmp_path / "x.ckpt", *words)
    taught = ("--manifest", data, "--teacher", tmp_path, "--out", tmp_path / "x.ckpt")
    with pytest.raises(InvalidArgument, match=said):
        run(*taught, *words)
    assert not (tmp_path / "x.training").exists()


def test_the_recipe_takes_what_it_leaves_open_and_refuses_the_rest(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(recipe, "_run", lambda args, *rest: asked.append((args, rest)) or 0)
    out = ("--recipe", "phantom", "--out", tmp_path)
    assert run(*out) == 0
    assert (asked[0][0].seed, asked[0][0].minutes, asked[0][0].device) == (2026, None, "cpu")
    asked.clear()
    assert run(*out, "--seed", 0, "--minutes", 2, "--workers", 3) == 0
    assert (asked[0][0].seed, asked[0][0].minutes, asked[0][0].workers) == (0, 2, 3)
    for words in (("--steps", 5), ("--rate", 1e-3), ("-m", "pa"), ("--phantoms", tmp_path)):
        with pytest.raises(InvalidArgument, match="The recipe sets"):
            run(*out, *words)
    for words in (("--minutes", 0), ("--seed", -1), ("--workers", -1), ("--device", "nosuch")):
        with pytest.raises(InvalidArgument):
            run(*out, *words)


def test_help_shows_examples(capsys):
    with pytest.raises(SystemExit):
        run("--help")
    assert "echomeasure train --phantoms" in capsys.readouterr().out
