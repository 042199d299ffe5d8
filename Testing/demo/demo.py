"""`make demo`: a real cine and phantom studies, from the file to calipers, into build/demo.

Everything here goes through the same command line and library that users have.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from pydicom.data import get_testdata_file

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.cli.main import main as echomeasure
from EchoMeasureLib.errors import WeightsProblem
from EchoMeasureLib.files import make_folder
from EchoMeasureLib.inference.demo_weights import write_demo_checkpoint
from EchoMeasureLib.inference.weight_store import Store
from EchoMeasureLib.phantoms.generate import generate, write

REAL_CINE = "color3d_jpeg_baseline.dcm"
FRAMES = "0:120:24"
PHANTOM_SEED = 7
PHANTOMS = (
    ("lvid", ("ivs", "lvid", "lvpw", "aorta", "aortic_root", "la")),
    ("mvpeak", ("mvpeak",)),
    ("trvmax", ("trvmax",)),
    ("tapse", ("tapse",)),
)
"""Measurement that the study is made for, and what is measured in it."""


def run(*words: str | Path) -> None:
    """Run an `echomeasure` command in sight of the user; the demo ends where it fails."""
    command = [str(word) for word in words]
    print(f"\n$ echomeasure {' '.join(command)}", flush=True)
    code = echomeasure(command)
    if code:
        raise SystemExit(code)


def real_cine(out: Path) -> None:
    """The real apical cine: what it is, what can be measured, and one network over it."""
    found = get_testdata_file(REAL_CINE, download=False)
    if found is None:
        raise SystemExit("The test data are not installed: run `make setup`.")
    print("== A real apical cine (SonoSite, 120 frames) ==")
    run("info", str(found))
    options: list[str | Path] = []
    try:
        Store().find("rv_base")
    except WeightsProblem:
        print(
            "\nNo trained weights are installed, so the demo makes an untrained network in "
            "EchoNet's format.\nIts numbers mean nothing; they show the way from file to caliper."
        )
        weights = out / "untrained-weights"
        write_demo_checkpoint(weights, "rv_base", seed=1)
        options = ["--weights", weights]
    run("measure", str(found), "-m", "rv_base", "--frames", FRAMES, *options, "--out", out / "real")


def phantoms(out: Path) -> None:
    """Phantom studies, whose truth is known: value, truth and error per measurement."""
    lines = []
    for made_for, measured in PHANTOMS:
        print(f"\n== A phantom study made for {made_for} ==")
        study = generate(made_for, "768x1024", PHANTOM_SEED)
        dicom, truth_path = write(study, make_folder(out / "phantoms"))
        truth = json.loads(truth_path.read_text(encoding="utf-8"))["measurements"]
        shown = [id for id in measured if id in truth]
        frame = next(iter(truth[shown[0]]["frames"]))
        results = out / f"phantom-{made_for}"
        wanted = [word for id in shown for word in ("-m", id)]
        run("measure", dicom, *wanted, "--frames", frame, "--out", results)
        document = json.loads((results / "measurements.json").read_text(encoding="utf-8"))
        lines += [line for result in document["results"] for line in compare(result, truth)]
    print("\n== Value against truth ==")
    print(f"{'':12} {'value':>9} {'truth':>9} {'error':>9}")
    print("\n".join(lines))


def compare(
    result: dict[str, object], truth: dict[str, dict[str, dict[str, dict[str, object]]]]
) -> list[str]:
    """One line per number: what was measured, what is true, and the difference."""
    id, caliper = str(result["measurement"]), str(result["caliper"])
    known = truth[caliper]["frames"].get(str(result["frame"]))
    if known is None:
        return []
    values = known.get("values")
    true = values[id] if isinstance(values, dict) else known["value"]
    value = result["value"]
    unit = CATALOG[caliper].output(id).unit
    if not isinstance(value, float) or not isinstance(true, (int, float)):
        return [f"{id:12} {'no number':>9} {true!s:>9}  {result['reason']}"]
    shown_unit = "" if unit == "1" else unit
    return [f"{id:12} {value:9.2f} {true:9.2f} {value - true:+9.2f} {shown_unit}"]


def main() -> None:
    """Run the demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, nargs="?", default=Path("build/demo"))
    out = parser.parse_args().out
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    real_cine(out)
    try:
        Store().find("lvid")
    except WeightsProblem as problem:
        print(f"\nThe phantom studies are not measured: {problem}")
    else:
        phantoms(out)
    print(f"\n{RESEARCH_USE_ONLY}\nResults and pictures: {out.resolve()}")


if __name__ == "__main__":
    main()
