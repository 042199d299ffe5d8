"""Build wheel and sdist, install each into a fresh environment without extras, and use it.

Called as `python Testing/support/check_packages.py FOLDER [--tag v1.2.3]`, with the package
`build` installed; FOLDER then holds both packages.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

from EchoMeasureLib import __version__

ROOT = Path(__file__).resolve().parents[2]

BROUGHT = (
    "EchoMeasureLib/py.typed",
    "EchoMeasureLib/exporting/measurements.schema.json",
    "EchoMeasureLib/inference/phantom_weights/image.ckpt",
    "EchoMeasureLib/inference/phantom_weights/strip.json",
    "EchoMeasureLib/review/review.schema.json",
)
"""What is no code, and must not be forgotten."""


def main() -> int:
    """Build, look inside, install, use."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tag", default=f"v{__version__}", help="the tag that is released")
    args = parser.parse_args()
    if args.tag != f"v{__version__}":
        sys.exit(f"The tag is {args.tag}, but EchoMeasureLib says {__version__}.")
    folder = args.folder.resolve()
    subprocess.run([sys.executable, "-m", "build", "--outdir", folder, ROOT], check=True)
    wheel = folder / f"echomeasure-{__version__}-py3-none-any.whl"
    sdist = folder / f"echomeasure-{__version__}.tar.gz"
    _look_inside(wheel, sdist)
    for package in (wheel, sdist):
        with tempfile.TemporaryDirectory(prefix="echomeasure-") as name:
            _use(package, Path(name))
        print(f"{package.name}: installed, and measures")
    return 0


def _look_inside(wheel: Path, sdist: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = set(archive.namelist())
    with tarfile.open(sdist) as tar:
        in_sdist = {name.partition("/")[2] for name in tar.getnames()}
    licence = f"echomeasure-{__version__}.dist-info/licenses/LICENSE.txt"
    for missing in {*BROUGHT, licence} - in_wheel:
        sys.exit(f"{wheel.name} lacks {missing}")
    for missing in {*BROUGHT, "LICENSE.txt", "README.md", "CITATION.cff"} - in_sdist:
        sys.exit(f"{sdist.name} lacks {missing}")
    tops = {name.partition("/")[0] for name in in_wheel}
    if tops != {"EchoMeasureLib", f"echomeasure-{__version__}.dist-info"}:
        sys.exit(f"{wheel.name} installs more than the library: {sorted(tops)}")


def _use(package: Path, folder: Path) -> None:
    """A study is made, told what it is, and a caliper on it has its true length."""
    environment = folder / "environment"
    venv.create(environment, with_pip=True, symlinks=os.name != "nt")
    programs = environment / ("Scripts" if os.name == "nt" else "bin")
    # Elsewhere, so that the installed library is used and not the one of this repository.
    outside = {"cwd": folder, "env": {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}}
    pip = [programs / "python", "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, package], check=True, **outside)

    def run(*words: str) -> str:
        command = [programs / "echomeasure", *words]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, **outside)
        return done.stdout.decode("utf-8")

    if run("--version").split() != ["EchoMeasure", __version__]:
        sys.exit(f"{package.name} says that it is {run('--version')}")
    run("--help")
    lacking = subprocess.run(
        [programs / "echomeasure", "phantom", "."], check=False, capture_output=True, **outside
    )
    if b"pip install 'echomeasure[inference]'" not in lacking.stderr:
        sys.exit(f"Without extras `echomeasure phantom` says: {lacking.stderr.decode()}")
    subprocess.run([*pip, "scipy"], check=True, **outside)
    (study,) = json.loads(run("phantom", "phantoms", "-m", "lvid", "--json"))
    facts = json.loads(run("info", study["file"], "--json"))
    if not facts["measurable"]["lvid"]["ok"]:
        sys.exit(f"LVID cannot be measured in a phantom of it: {facts['measurable']['lvid']}")
    (box,) = (region["bounds"] for region in facts["regions"] if region["kind"] == "2d")
    scale = next(region["delta"] for region in facts["regions"] if region["kind"] == "2d")
    x, y = box[0] + 50, box[1] + 50
    placed = ("--points", f"{x},{y}", f"{x},{y + 100}")
    value = json.loads(run("value", study["file"], "-m", "lvid", *placed, "--json"))
    if abs(value["value"] - 100 * scale[1]) > 1e-9:
        sys.exit(f"100 pixels of {scale[1]} cm are not {value['value']} cm")


if __name__ == "__main__":
    sys.exit(main())
