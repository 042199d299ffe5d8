"""`import EchoMeasureLib` offers the way in, and loads nothing that is not asked for."""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys

import pytest

import EchoMeasureLib

HEAVY = {"torch", "torchvision", "SimpleITK", "pydicom", "scipy", "PIL", "av", "rich", "slicer"}


def _loaded_after(code: str) -> set[str]:
    """Top-level packages that a fresh Python holds after running this code."""
    script = f"import json, sys\n{code}\nprint(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in json.loads(run.stdout)}


def test_importing_the_package_loads_no_other_package() -> None:
    before, after = _loaded_after(""), _loaded_after("import EchoMeasureLib")
    assert after - before - set(sys.stdlib_module_names) == {"EchoMeasureLib"}


def test_a_public_name_loads_numpy_at_most() -> None:
    """Frames are numpy arrays; what opens, runs or draws them is loaded when that is done."""
    loaded = _loaded_after(f"from EchoMeasureLib import {', '.join(EchoMeasureLib.__all__)}")
    assert loaded & HEAVY == set()


def test_every_public_name_is_there_and_listed() -> None:
    listed = dir(EchoMeasureLib)
    for name in EchoMeasureLib.__all__:
        assert name in listed
        assert getattr(EchoMeasureLib, name) is not None


@pytest.mark.parametrize("name", ["nonsense", "_nonsense", "__path_of_nonsense__"])
def test_any_other_name_is_refused_as_by_every_module(name: str) -> None:
    assert not hasattr(EchoMeasureLib, name)
    with pytest.raises(ImportError):
        exec(f"from EchoMeasureLib import {name}", {})


def test_type_checkers_find_each_name_where_it_is_loaded_from() -> None:
    """mypy and editors read the imports, Python the table: both must say the same."""
    tree = ast.parse(inspect.getsource(EchoMeasureLib))
    imports = {
        (alias.name, node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("EchoMeasureLib")
        for alias in node.names
    }
    homes = {
        (name, f"EchoMeasureLib.{module}")
        for module, names in EchoMeasureLib._HOMES.items()
        for name in names
    }
    assert imports == homes
    assert {name for name, _ in homes} | {"__version__", "RESEARCH_USE_ONLY"} == set(
        EchoMeasureLib.__all__
    )
