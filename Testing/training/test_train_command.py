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
    assert "pa: n 4" in capsys.readouterr().out
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


def test_help_shows_examples(capsys):
    with pytest.raises(SystemExit):
        run("--help")
    assert "echomeasure train --phantoms" in capsys.readouterr().out
