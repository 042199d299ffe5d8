"""The extension as Slicer installs it: what is not listed in CMake is not there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from list_scripts import installed_by

ROOT = Path(__file__).resolve().parents[2]

WANTED = (
    "opens_over or choosing_a_file or every_key or two_clicks or pictures_leave_out"
    " or markups_are_written or self_test"
)
"""A walk through every room of the library, the measuring process and the phantoms too."""

SUBJECTS = ("opening", "reviewing", "placing", "exporting", "module")
"""The test files of this walk."""


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """qt-scripted-modules as slicerMacroBuildScriptedModule fills it, in a folder with a space."""
    target = tmp_path_factory.mktemp("Slicer é") / "lib" / "Slicer-5.10" / "qt-scripted-modules"
    for folder, inside in (("EchoMeasure", "."), ("EchoMeasureLib", "EchoMeasureLib")):
        for name in installed_by(ROOT / folder / "CMakeLists.txt"):
            file = name.replace("${MODULE_NAME}", folder)
            copy = target / inside / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / folder / file, copy)
    return target


@pytest.mark.slow
def test_the_panel_works_from_where_slicer_installs_it(modules: Path, tmp_path: Path) -> None:
    here = Path(__file__).parent
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("-o", f"pythonpath={here} {here.parent / 'support'}"),
            f"--basetemp={tmp_path / 'inner'}",
            *(str(here / f"test_{subject}.py") for subject in SUBJECTS),
            *("-k", WANTED),
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "ECHOMEASURE_MODULES": str(modules),
            "PYTHONPATH": str(modules),
            "PYTHONSAFEPATH": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "8 passed" in done.stdout, done.stdout[-500:]
