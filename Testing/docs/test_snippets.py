"""What the pages and docstrings show is what happens."""

from __future__ import annotations

import doctest
import re
import shlex
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from pages import PAGES, ROOT, Block, blocks

from EchoMeasureLib.cli.main import build_parser, main

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BLOCKS = [block for page in PAGES for block in blocks(page)]
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
"""An error is checked by its kind; `Testing/` checks its words."""

WITH_EXAMPLES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted((ROOT / "EchoMeasureLib").rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


def _of(language: str) -> list[Block]:
    return [block for block in BLOCKS if block.language == language]


@pytest.mark.parametrize("block", _of("python"), ids=str)
def test_python_on_a_page_does_what_the_page_says(block: Block, sample_folder: Path) -> None:
    test = doctest.DocTestParser().get_doctest(block.text, {}, str(block), block.page, block.line)
    assert test.examples, "write it as a doctest, so that what it prints is checked too"
    assert doctest.DocTestRunner(optionflags=OPTIONS).run(test).failed == 0


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_an_example_in_a_docstring_does_what_it_says(name: str, sample_folder: Path) -> None:
    result = doctest.testmod(import_module(name), optionflags=OPTIONS)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("name", ["read", "measure", "predict_calipers", "Review", "Region"])
def test_the_way_in_is_shown_by_examples(name: str) -> None:
    thing = getattr(import_module("EchoMeasureLib"), name)
    assert any(test.examples for test in doctest.DocTestFinder().find(thing))


def _echomeasure(words: list[str]) -> None:
    if words[0] == "serve":
        # It would go on until somebody closes the page; Testing/web opens it.
        assert build_parser(("serve",)).parse_args(words).run
    else:
        assert main(words) == 0


def _make(words: list[str]) -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][\w-]*):", text, re.MULTILINE))
    assert set(words) <= targets


def _pip(words: list[str]) -> None:
    """`pip install '.[one,two]'`, also editable: the extras are there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert words[0] == "install"
    for asked in re.findall(r"\[([\w,-]+)\]", " ".join(words)):
        assert set(asked.split(",")) <= set(project["optional-dependencies"])


def _python(words: list[str]) -> None:
    """`python FILE ...`: the file is there."""
    assert (ROOT / words[0]).is_file()


def _git(words: list[str]) -> None:
    """`git clone URL`, of this repository."""
    assert words == ["clone", "https://github.com/EchoMeasure/SlicerEchoMeasure"]


def _cd(words: list[str]) -> None:
    """`cd` into what `git clone` made."""
    assert words == ["SlicerEchoMeasure"]


def _pre_commit(words: list[str]) -> None:
    assert words == ["install"]
    assert (ROOT / ".pre-commit-config.yaml").is_file()


CHECKS: dict[str, Callable[[list[str]], None]] = {
    "echomeasure": _echomeasure,
    "make": _make,
    "pip": _pip,
    "python": _python,
    "git": _git,
    "cd": _cd,
    "pre-commit": _pre_commit,
}
"""How a command of a page is checked, by its first word. Those of EchoMeasure are run."""


@pytest.mark.parametrize("block", _of("sh"), ids=str)
def test_commands_on_a_page_work(block: Block, sample_folder: Path) -> None:
    lines = [shlex.split(line, comments=True) for line in block.text.splitlines()]
    for words in filter(None, lines):
        program = words[0].removeprefix(".venv/bin/")
        CHECKS[program](words[1:])


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_every_sample_is_marked_as_what_it_is(block: Block) -> None:
    """A block without a language is a drawing: a command in it would never be tried."""
    assert block.language in ("python", "sh", "")
    if not block.language:
        first = {line.split()[0] for line in block.text.splitlines() if line.split()}
        assert first.isdisjoint({*CHECKS, "$", ">>>", "import", "from"})
