"""What the pages point at is there."""

from __future__ import annotations

import ast
import re

import pytest
from pages import PAGES, ROOT, anchors, code_words, links

LIBRARY = ROOT / "EchoMeasureLib"
TOP = ("EchoMeasure/", "EchoMeasureLib/", "Testing/", "Docs/")


@pytest.mark.parametrize("page", PAGES)
def test_links_inside_the_repository_lead_somewhere(page: str) -> None:
    for link in links(page):
        if re.match(r"https?://|mailto:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (ROOT / page).parent / file if file else ROOT / page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(str(target.resolve().relative_to(ROOT))), link


@pytest.mark.parametrize("page", PAGES)
def test_files_that_a_page_names_are_there(page: str) -> None:
    for word in code_words(page):
        for part in word.split():
            if part.startswith(TOP) and not re.search(
                r"[A-Z]{3,}|[*{<]", part.removeprefix("EchoMeasure")
            ):
                assert (ROOT / part.rstrip(",")).exists(), word


@pytest.mark.parametrize("page", PAGES)
def test_names_of_code_that_a_page_names_are_there(page: str) -> None:
    rooms = {path.stem for path in LIBRARY.iterdir()} - {
        "__init__",
        "__pycache__",
    }
    for word in code_words(page):
        dotted = word.removeprefix("EchoMeasureLib.").removesuffix("()")
        if dotted.partition(".")[0] in rooms and re.fullmatch(r"[a-z]\w*(\.\w+)+", dotted):
            _resolve(dotted)


def _resolve(dotted: str) -> None:
    """Look a name up in the text of the library, as some of it can be loaded in Slicer only."""
    if (LIBRARY / dotted).exists():
        return  # a file's name, such as catalog.py
    place, parts = LIBRARY, dotted.split(".")
    while parts and (place / parts[0]).is_dir():
        place /= parts.pop(0)
    if parts and (place / f"{parts[0]}.py").is_file():
        place = place / f"{parts.pop(0)}.py"
    else:
        place /= "__init__.py"
    body: list[ast.stmt] = ast.parse(place.read_text(encoding="utf-8")).body
    for part in parts:
        found = [node for node in body if part in _named(node)]
        assert found, f"{dotted}: no {part} in {place.name}"
        body = getattr(found[0], "body", [])


def _named(node: ast.stmt) -> set[str]:
    """What a statement gives a name to."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return {target.id for target in targets if isinstance(target, ast.Name)}
