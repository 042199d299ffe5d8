"""Write the files of EchoMeasureLib into its CMakeLists.txt.

Run `python Testing/support/list_scripts.py` after adding or removing a file.
Slicer installs only what is listed there. The files are those that git knows.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = "EchoMeasureLib"
LISTING = ROOT / LIBRARY / "CMakeLists.txt"

TEMPLATE = """\
#-----------------------------------------------------------------------------
# Both lists are written by Testing/support/list_scripts.py.
set(MODULE_NAME EchoMeasureLib)

set(MODULE_PYTHON_SCRIPTS
{scripts}
  )

set(MODULE_PYTHON_RESOURCES
{resources}
  )

#-----------------------------------------------------------------------------
slicerMacroBuildScriptedModule(
  NAME ${{MODULE_NAME}}
  SCRIPTS ${{MODULE_PYTHON_SCRIPTS}}
  RESOURCES ${{MODULE_PYTHON_RESOURCES}}
  WITH_SUBDIR
  )
"""


def tracked(folder: str, root: Path = ROOT) -> list[str]:
    """The files of a folder that git knows, relative to it, sorted."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", folder], cwd=root, check=True, capture_output=True
    ).stdout.decode()
    paths = (Path(name) for name in listed.split("\0") if name)
    names = (path.relative_to(folder).as_posix() for path in paths if (root / path).exists())
    # A file in conflict is listed once per side.
    return sorted({name for name in names if Path(name).name != "CMakeLists.txt"})


def listing(files: list[str]) -> str:
    """The CMakeLists.txt that installs these files."""
    scripts = [name for name in files if name.endswith(".py")]
    resources = [name for name in files if not name.endswith(".py")]
    return TEMPLATE.format(
        scripts="\n".join(f"  {name}" for name in scripts),
        resources="\n".join(f"  {name}" for name in resources),
    )


def cmake_set(file: Path, name: str) -> list[str]:
    """The words of `set(NAME ...)` in a CMake file, without quotes and comments."""
    text = re.sub(r"#.*", "", file.read_text(encoding="utf-8"))
    found = re.search(rf"set\({name}\s+(.*?)\)", text, re.DOTALL)
    assert found, f"{file.name} sets no {name}"
    return [quoted or bare for quoted, bare in re.findall(r'"([^"]*)"|(\S+)', found.group(1))]


def installed_by(file: Path) -> list[str]:
    """All files that a CMakeLists.txt of a scripted module installs."""
    scripts = cmake_set(file, "MODULE_PYTHON_SCRIPTS")
    return scripts + cmake_set(file, "MODULE_PYTHON_RESOURCES")


def main() -> int:
    LISTING.write_text(listing(tracked(LIBRARY)), encoding="utf-8")
    print(f"{LISTING.relative_to(ROOT)}: {len(tracked(LIBRARY))} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
