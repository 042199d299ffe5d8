"""The desk knows no Qt, one file of it knows Slicer, and none but that imports the conductor."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

LIBRARY = Path(__file__).resolve().parents[2] / "EchoMeasureLib"
FILES = sorted((LIBRARY / "desk").glob("*.py"))
CONDUCTOR = "EchoMeasureLib.desk.desk"
ABOVE_IT = {"in_slicer.py"}


def imported(path: Path) -> set[str]:
    """Every module that a file imports, at any depth, also where only types are checked."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_file_of_the_desk_imports_qt_or_the_panel(path: Path) -> None:
    roots = {name.partition(".")[0] for name in imported(path)}
    assert not roots & {"qt", "ctk", "PySide6", "PythonQt"}
    assert not [name for name in imported(path) if name.startswith("EchoMeasureLib.panel")]


def test_only_one_file_reaches_for_the_slicer_application() -> None:
    reaching = {path.name for path in FILES if "slicer" in imported(path)}
    assert reaching == ABOVE_IT


def test_nothing_below_imports_the_conductor() -> None:
    above = {path.name for path in FILES if CONDUCTOR in imported(path)}
    assert above == ABOVE_IT


def test_every_file_of_the_panel_needs_qt_or_slicer_or_the_dialogs() -> None:
    """What knows none of them belongs on the desk."""
    at_home = {"qt", "slicer", "EchoMeasureLib.panel.section", "EchoMeasureLib.panel.dialogs"}
    strangers = [
        path.name
        for path in (LIBRARY / "panel").glob("*.py")
        if path.name != "__init__.py" and not imported(path) & at_home
    ]
    assert strangers == []
