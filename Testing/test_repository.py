"""The files around the code keep to their formats, and name what is there."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from list_scripts import tracked
from ruamel.yaml import YAML

from EchoMeasureLib import __version__

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
UNTRIED = "# Not run yet: written where no hosted runner was at hand."
SEEN_TO_PASS: frozenset[str] = frozenset()
"""Workflows that a person has seen pass on a hosted runner: only these need no such first line."""


def _load(path: Path) -> dict:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def _keeps_to(schema: str, *files: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_citation_keeps_to_its_schema() -> None:
    _keeps_to("vendor.citation-file-format", ROOT / "CITATION.cff")


def test_the_citation_is_of_this_version_and_names_no_person_as_its_author() -> None:
    citation = _load(ROOT / "CITATION.cff")
    assert citation["version"] == __version__
    assert citation["authors"] == [{"name": "The EchoMeasure contributors"}]
    assert citation["license"] == "MIT"
    (paper,) = citation["references"]
    assert paper["doi"] == "10.1016/j.jacc.2025.07.053"


def test_the_workflows_keep_to_their_schema() -> None:
    assert len(WORKFLOWS) >= 2
    _keeps_to("vendor.github-workflows", *WORKFLOWS)
    _keeps_to("custom.github-workflows-require-timeout", *WORKFLOWS)


def test_the_hooks_keep_to_their_schema() -> None:
    command = [sys.executable, "-m", "pre_commit", "validate-config", ".pre-commit-config.yaml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def _steps(workflow: Path) -> list[dict]:
    return [step for job in _load(workflow)["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_what_a_workflow_runs_is_there(workflow: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][\w-]*):", makefile, re.MULTILINE))
    lines = [line for step in _steps(workflow) for line in step.get("run", "").splitlines()]
    assert lines
    for line in lines:
        assert set(re.findall(r"\bmake ([\w-]+)", line)) <= targets
        for path in re.findall(r"\b(?:Testing|EchoMeasureLib|EchoMeasure|Docs)/[\w./-]+", line):
            assert (ROOT / path).exists(), path
        for extras in re.findall(r"\.\[([\w,-]+)\]", line):
            declared = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
            for extra in extras.split(","):
                assert re.search(rf"^{extra} = \[", declared, re.MULTILINE), extra


def test_where_there_is_no_slicer_all_is_tried_but_what_needs_its_nodes() -> None:
    steps = _load(ROOT / ".github" / "workflows" / "tests.yml")["jobs"]["library"]["steps"]
    left_out = set(re.findall(r"--ignore=Testing/(\w+)", " ".join(s.get("run", "") for s in steps)))
    loads_slicer = r"^(from|import) (slicer|playwright|EchoMeasureLib\.(desk|mrml|panel))"
    needing = {
        path.parent.name
        for path in (ROOT / "Testing").glob("*/*.py")
        if re.search(loads_slicer, path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    # Helpers of the tests, and what Slicer itself runs, hold no tests.
    assert left_out == needing - {"support", "slicer", "benchmarks"}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_that_nobody_has_seen_run_says_so(workflow: Path) -> None:
    first = workflow.read_text(encoding="utf-8").splitlines()[0]
    assert (first != UNTRIED) == (workflow.name in SEEN_TO_PASS)


def test_the_workflows_try_the_oldest_python_and_that_of_slicer() -> None:
    matrix = _load(ROOT / ".github" / "workflows" / "tests.yml")["jobs"]["linux"]["strategy"]
    declared = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    oldest = re.search(r'^requires-python = ">=([\d.]+)"', declared, re.MULTILINE)
    assert oldest is not None
    assert matrix["matrix"]["python"] == [oldest.group(1), "3.12"]


def test_one_address_for_the_repository() -> None:
    """Extensions of Slicer are looked for under Slicer*, so that is the repository's name."""
    found = {
        match
        for name in tracked(".")
        if (text := _text(ROOT / name)) is not None
        for match in re.findall(r"github(?:usercontent)?\.com/EchoMeasure/(\w+)", text)
    }
    assert found == {"SlicerEchoMeasure"}


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None  # a picture or weights


def _modules() -> dict[str, Path]:
    """Every module of the library by its name."""
    found = {}
    for path in sorted((ROOT / "EchoMeasureLib").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def _needed(tree: ast.AST) -> Iterator[str]:
    """What a module imports at any depth; what is only there for types is passed over."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
            yield node.module
        yield from _needed(node)


def test_no_files_of_the_library_import_each_other_in_a_circle() -> None:
    """Also not through a third one, and not inside of functions."""
    modules = _modules()
    graph = {
        name: {other for other in _needed(ast.parse(path.read_text("utf-8"))) if other in modules}
        for name, path in modules.items()
    }
    assert len(graph) > 500
    assert sum(map(len, graph.values())) > 1000
    tuple(TopologicalSorter(graph).static_order())
