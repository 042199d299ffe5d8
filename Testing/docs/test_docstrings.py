"""A public function says which errors it raises on purpose, so that callers can count on them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import ROOT

from EchoMeasureLib import errors

LIBRARY = ROOT / "EchoMeasureLib"
SKINS = ("cli", "panel")
"""Where errors end: they are shown there, and nobody catches them from outside."""

OURS = {name for name in vars(errors) if isinstance(getattr(errors, name), type)}

ROOMS = sorted(
    path.name
    for path in LIBRARY.iterdir()
    if path.name not in SKINS and (path / "__init__.py").is_file()
)


def _public(body: list[ast.stmt]) -> Iterator[ast.FunctionDef]:
    """Functions and methods whose names do not begin with an underscore."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body)
            else:
                yield node


def _raises(function: ast.FunctionDef) -> bool:
    """Whether it raises one of EchoMeasure's errors itself, not through another function."""
    raised = (node.exc for node in ast.walk(function) if isinstance(node, ast.Raise))
    calls = (error.func for error in raised if isinstance(error, ast.Call))
    return any(isinstance(call, ast.Name) and call.id in OURS for call in calls)


def _silent(path: Path) -> list[str]:
    functions = _public(ast.parse(path.read_text(encoding="utf-8")).body)
    return [
        f"{path.relative_to(ROOT)}: {function.name}"
        for function in functions
        if _raises(function)
        # `open` of a source says that it is as its Protocol describes it.
        and not re.search(r"[Rr]aise|error|See `", ast.get_docstring(function) or "")
    ]


@pytest.mark.parametrize("room", [".", *ROOMS])
def test_errors_raised_on_purpose_stand_in_the_docstring(room: str) -> None:
    files = (LIBRARY / room).glob("*.py") if room == "." else (LIBRARY / room).rglob("*.py")
    assert [line for path in files for line in _silent(path)] == []
