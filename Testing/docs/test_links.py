"""What the pages point at is there."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest
from pages import PAGES, ROOT, anchors, code_words, links

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
    rooms = {path.stem for path in (ROOT / "EchoMeasureLib").iterdir()} - {
        "__init__",
        "__pycache__",
    }
    for word in code_words(page):
        dotted = word.removeprefix("EchoMeasureLib.").removesuffix("()")
        if dotted.partition(".")[0] in rooms and re.fullmatch(r"[a-z]\w*(\.\w+)+", dotted):
            _resolve(dotted)


def _resolve(dotted: str) -> None:
    """Import as much of it as there are modules, then look up the rest."""
    if (ROOT / "EchoMeasureLib" / dotted).exists():
        return  # a file's name, such as catalog.py
    parts = dotted.split(".")
    modules = [n for n in range(1, len(parts) + 1) if _is_module(parts[:n])]
    found: object = import_module(".".join(["EchoMeasureLib", *parts[: modules[-1]]]))
    for part in parts[modules[-1] :]:
        found = getattr(found, part)


def _is_module(parts: list[str]) -> bool:
    path = Path(ROOT, "EchoMeasureLib", *parts)
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()
