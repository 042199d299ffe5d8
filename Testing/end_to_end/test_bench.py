"""The page of `make bench`: every section comes, and one that is measured again replaces itself."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from EchoMeasureLib.errors import WeightsProblem
from EchoMeasureLib.inference.weight_store import package_folder

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "Testing" / "benchmarks" / "bench.py"


def test_a_section_that_is_measured_again_leaves_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(BENCH.parent))
    from bench_page import with_section

    order = ["first", "second", "third"]
    page = with_section("", order, "third", "## Third\n\n3")
    page = with_section(page, order, "first", "## First\n\n1")
    again = with_section(page, order, "third", "## Third\n\n4")
    assert "3" not in again.replace("bench-compare", "").partition("## Third")[2]
    assert again.index("## First\n\n1") < again.index("## Third\n\n4")
    assert with_section(again, order, "third", "## Third\n\n4") == again


def test_networks_that_are_given_are_named_and_one_for_each_measurement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(BENCH.parent))
    from bench_networks import about_given

    sha256 = hashlib.sha256((package_folder() / "image.ckpt").read_bytes()).hexdigest()
    assert f"image.ckpt {sha256[:8]}" in about_given(package_folder(), ["lvid"])
    with pytest.raises(WeightsProblem, match="one network for several"):
        about_given(package_folder(), ["lvid", "ivs"])


@pytest.mark.slow
def test_every_section_runs(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    words = [sys.executable, str(BENCH), "--quick", "--page", str(page)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(words, check=True, env=environment)
    whole = page.read_text(encoding="utf-8")
    titles = [line for line in whole.splitlines() if line.startswith("## ")]
    assert titles == [
        "## One network",
        "## A caliper",
        "## A new process",
        "## 2 networks on one cine",
        "## 2 networks on one cine, in int8",
        "## The gate of int8",
        "## What it costs against",
        "## In the scene",
        "## Long cines",
    ]
    subprocess.run([*words, "--only", "long"], check=True, env=environment)
    again = page.read_text(encoding="utf-8").splitlines()
    assert [line for line in again if line.startswith("## ")] == titles
