"""A measurement is added in one row of the catalog, with or without a published checkpoint."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from training_manifests import write_manifest
from ultrasound_files import region, write_ultrasound

import EchoMeasureLib

ROW = """
    Definition(
        "rvot",
        "Right ventricular outflow tract, proximal",
        "PLAX",
        "2-D",
        (RegionKind.TWO_D,),
        CaliperKind.LINEAR,
        ("anterior edge", "septal edge"),
        (_cm("rvot", "RVOT prox", Phase.ED, "79935-3", (1, 6)),),
        "end-diastole",
        "#123456",
    ),
"""
END = ')\n"""Of the outflow tract, by hand."""'


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the library whose catalog has one row more."""
    root = tmp_path_factory.mktemp("larger")
    package = Path(EchoMeasureLib.__file__).parent
    half_written = shutil.ignore_patterns("*.pyc.*")
    shutil.copytree(package, root / "EchoMeasureLib", ignore=half_written)
    catalog = root / "EchoMeasureLib" / "catalog_lengths.py"
    before, after = catalog.read_text(encoding="utf-8").split(END)
    catalog.write_text(before + ROW.lstrip("\n") + END + after, encoding="utf-8")
    return root


RUNS = """
import contextlib, io, json, sys
from EchoMeasureLib.cli.main import main
printed = []
for words in json.load(sys.stdin):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        code = main(words)
    printed.append((code, out.getvalue()))
print(json.dumps(printed))
"""


def run(larger: Path, *commands: tuple[object, ...]) -> list[tuple[int, str]]:
    """Exit code and output of each command of the larger library, one after the other."""
    done = subprocess.run(
        [sys.executable, "-c", RUNS],
        input=json.dumps([[str(word) for word in words] for words in commands]),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(larger)},
        check=False,
        cwd=larger,
    )
    assert done.returncode == 0, done.stderr
    return [(code, out) for code, out in json.loads(done.stdout)]


def test_a_row_without_a_published_checkpoint_is_a_measurement_like_the_others(
    larger: Path, tmp_path: Path
) -> None:
    """33 px by 44 px are 55 px, of 0.05 cm: 2.75 cm."""
    weights = tmp_path / "weights"
    weights.mkdir()
    echo = write_ultrasound(tmp_path / "a.dcm", regions=[region((0, 0, 639, 399), (0.05, 0.05))])

    manifest = tmp_path / "manifest.json"
    landmarks = {"rvot": [[[100, 100], [133, 144]]]}
    rows = [
        {"file": "a.dcm", "frame": 0, "study": split, "split": split, "landmarks": landmarks}
        for split in ("train", "validation")
    ]
    write_manifest(manifest, rows)
    points = ("--points", "100,100", "133,144")
    how = ("--out", weights / "rvot.ckpt", "--steps", 1, "--batch", 1)
    out = ("--out", tmp_path / "out", "--json")
    ran = run(
        larger,
        ("info", echo, "--json"),
        ("value", echo, "-m", "rvot", *points, "--json"),
        ("weights", "list", "--json", "--weights", weights),
        ("train", "--manifest", manifest, "-m", "rvot", *how),
        ("measure", echo, "-m", "rvot", "--weights", weights, *out),
    )
    assert [code for code, _ in ran] == [0, 0, 4, 0, 0]
    info, value, states, found = (json.loads(ran[number][1]) for number in (0, 1, 2, 4))

    assert info["measurable"]["rvot"] == {"ok": True, "reason": ""}
    assert (value["value"], value["unit"]) == (pytest.approx(2.75), "cm")
    assert states[-1]["measurement"] == "rvot"
    assert "None are published for it" in states[-1]["problem"]
    assert "weights install" in states[0]["problem"]
    (result,) = found["results"]
    assert (result["measurement"], result["model"]["set"]) == ("rvot", "custom")
    assert result["unit"] == "cm"
