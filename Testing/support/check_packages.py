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
from dataclasses import dataclass
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
            _use(package, _Environment(Path(name)))
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


@dataclass(frozen=True, slots=True)
class _Environment:
    """A fresh Python, and a folder to work in, away from the library of this repository."""

    folder: Path

    def make(self) -> None:
        venv.create(self.folder / "python", with_pip=True, symlinks=os.name != "nt")

    def run(self, program: str, *words: str | Path) -> tuple[str, str, int]:
        """What a program of the environment says, its complaints, and its exit code."""
        done = subprocess.run(
            [self.folder / "python" / ("Scripts" if os.name == "nt" else "bin") / program, *words],
            cwd=self.folder,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return done.stdout, done.stderr, done.returncode

    def must(self, program: str, *words: str | Path) -> str:
        """What it says; ends here when it fails."""
        said, complaints, code = self.run(program, *words)
        if code:
            sys.exit(f"{program} {' '.join(map(str, words))} failed ({code}): {complaints}")
        return said


def _use(package: Path, there: _Environment) -> None:
    """A study is made, told what it is, and a caliper on it has its true length."""
    there.make()
    there.must("python", "-m", "pip", "install", "--quiet", package)
    if (version := there.must("echomeasure", "--version").split()) != ["EchoMeasure", __version__]:
        sys.exit(f"{package.name} says that it is {version}")
    there.must("echomeasure", "--help")
    lacking = there.run("echomeasure", "weights", "verify")[1]
    if "pip install 'echomeasure[inference]'" not in lacking:
        sys.exit(f"Without extras `echomeasure weights verify` says: {lacking}")
    made = there.must("echomeasure", "phantom", "phantoms", "-m", "lvid", "--json")
    study = json.loads(made)[0]["file"]
    facts = json.loads(there.must("echomeasure", "info", study, "--json"))
    region = next(region for region in facts["regions"] if region["kind"] == "2d")
    left, top, right, bottom = region["bounds"]
    # The middle of a sector shows echo; its corners do not.
    x, y = (left + right) // 2, (top + bottom) // 2
    points = ("--points", f"{x},{y}", f"{x},{y + 100}")
    value = json.loads(there.must("echomeasure", "value", study, "-m", "lvid", *points, "--json"))
    if value["value"] is None:
        sys.exit(f"{package.name} gives no number: {value['reason']}")
    if abs(value["value"] - 100 * region["delta"][1]) > 1e-9:
        sys.exit(f"100 pixels of {region['delta'][1]} cm are not {value['value']} cm")


if __name__ == "__main__":
    sys.exit(main())
