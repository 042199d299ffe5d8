"""`make demo`: a real cine and phantom studies, from the file to calipers, into build/demo.

Everything here goes through the same command line and library that users have.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydicom.data import get_testdata_file

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.cli.main import main as echomeasure
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import WeightsProblem
from EchoMeasureLib.exporting.study_files import read_study
from EchoMeasureLib.files import make_folder
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.inference.demo_weights import write_demo_checkpoint
from EchoMeasureLib.inference.weight_store import Store
from EchoMeasureLib.measuring.sheet import Sheet
from EchoMeasureLib.phantoms.generate import generate, write
from EchoMeasureLib.review.session import Review

REAL_CINE = "color3d_jpeg_baseline.dcm"
FRAMES = "0:120:24"
SEED = 17
LAYOUT = "768x1024"
STUDY = {
    "lvid": ("ivs", "lvid", "lvpw", "aortic_root", "la"),
    "mvpeak": ("mvpeak",),
    "medevel": ("medevel",),
    "latevel": ("latevel",),
    "trvmax": ("trvmax",),
    "tapse": ("tapse",),
    "lvotvmax": ("lvotvmax",),
    "avvmax": ("avvmax",),
}
"""The images of the phantom study, by what they are made for, and what is measured in each."""
GIVEN = {"rap": 8.0, "lavi": 30.0}
"""What a reader adds by hand: the phantoms show neither a vena cava nor a volume."""


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


def phantom_study(out: Path) -> None:
    """A phantom study of one made-up person: measured file by file, derived, and its truth."""
    print("\n== A phantom study of one person, and its truth ==")
    folder = make_folder(out / "phantoms")
    measured, truths = [], []
    for made_for, ids in STUDY.items():
        dicom, truth = write(generate(made_for, LAYOUT, SEED), folder)
        wanted = [word for id in ids for word in ("-m", id)]
        run("measure", dicom, *wanted, "--out", out / made_for)
        measured.append(out / made_for / "measurements.json")
        truths.append((read(dicom), json.loads(truth.read_text(encoding="utf-8"))))
    given = [word for name, number in GIVEN.items() for word in (f"--{name}", f"{number:g}")]
    run("derive", *measured, *given)
    review = read_study(measured).review
    review.examine(replace(review.examination, **GIVEN))
    print("\n== Beside the truth: the same values from calipers at the true points ==")
    print("\n".join(compared(review.sheet(), true_sheet(truths))))


def true_sheet(truths: Sequence[tuple[Cine, dict[str, Any]]]) -> Sheet:
    """The sheet of calipers by hand at the true points of every true beat."""
    review = Review(truths[0][0], "truth")
    for cine, truth in truths:
        key = review.add_cine(cine)
        for id in STUDY_IDS & truth["measurements"].keys():
            for phase, frame, points in true_calipers(truth, id):
                entry = review.place(id, frame, points, key)
                if phase is not None:
                    review.choose(entry.id, phase, also=True)
    review.examine(replace(review.examination, **GIVEN))
    return review.sheet()


STUDY_IDS = {id for ids in STUDY.values() for id in ids}


def true_calipers(
    truth: dict[str, Any], id: str
) -> Iterator[tuple[Phase | None, int, list[tuple[float, float]]]]:
    """Phase, frame and points of one measurement, beat by beat."""
    frames = truth["measurements"][id]["frames"]
    if CATALOG[id].on_strip:
        for points in next(iter(frames.values()))["beats_points"]:
            yield None, 0, points
        return
    for phase in dict.fromkeys(output.phase for output in CATALOG[id].outputs):
        for beat in truth["beats"]:
            frame = beat[phase.value]
            if str(frame) in frames:
                yield phase, frame, frames[str(frame)]["points"]


def compared(measured: Sheet, true: Sheet) -> list[str]:
    """Every value that both have, then every grade by the measured and by the true values."""
    lines = [f"{'':24} {'measured':>12} {'truth':>12} {'difference':>11}"]
    for row in measured.rows:
        other = true.row(row.id)
        if other is None or row.value is None or other.value is None or row.manual:
            continue
        share = 100 * (row.value - other.value) / abs(other.value)
        lines.append(f"{row.name:24} {row.text:>12} {other.text:>12} {share:>+9.1f} %")
    known = {grade.table: grade.words for grade in true.grades}
    for grade in measured.grades:
        words = known.get(grade.table, "no grade")
        same = "as the truth" if grade.words == words else f"the truth: {words}"
        lines.append(f"{grade.guideline}: {grade.words} ({same})")
    return lines


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
        phantom_study(out)
    print(f"\n{RESEARCH_USE_ONLY}\nResults and pictures: {out.resolve()}")
    shown = Path(".venv/bin/echomeasure")
    study = out / "phantoms"
    target = f" {study}" if study.is_dir() else ""
    print(f"The review of a phantom study in a browser: {shown} serve{target}")


if __name__ == "__main__":
    main()
