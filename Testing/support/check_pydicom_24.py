"""Run the tests of imaging and measuring under pydicom 2.4, in an environment of its own.

Called as `python Testing/support/check_pydicom_24.py` from the environment of
`make setup`, whose pydicom 3 lends its example files. More arguments go to pytest.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".venv-pydicom24"
PACKAGES = (
    *("pydicom>=2.4,<3", "numpy", "pillow", "SimpleITK", "rich", "av"),
    *(
        "pyjpegls",
        "pillow-jxl-plugin",
        "pydicom-data==1.0.0",
        "deid-data==0.0.20",
        "hypothesis",
        "jsonschema",
        "scipy",
    ),
    *("pytest", "pytest-timeout"),
)


def main(arguments: list[str]) -> int:
    """Make the environment when it is not there, run pytest in it, give its exit code."""
    python = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = FOLDER / "installed.txt"
    wanted = "\n".join(PACKAGES)
    if not stamp.is_file() or stamp.read_text() != wanted:
        venv.create(FOLDER, with_pip=True, clear=True, symlinks=os.name != "nt")
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        stamp.write_text(wanted)
    tests = arguments or ["Testing/imaging", "Testing/measuring/test_calipers.py"]
    return subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests],
        cwd=ROOT,
        env={**os.environ, "ECHOMEASURE_TEST_FILES": _example_files()},
        check=False,
    ).returncode


def _example_files() -> str:
    from pydicom.data import get_testdata_file

    found = get_testdata_file("examples_palette.dcm", download=False)
    return str(Path(str(found)).parent) if found else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
