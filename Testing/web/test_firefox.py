"""The main story in Firefox, where there is one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from firefox import Firefox, find_firefox
from served_review import ServedReview, on_picture

from EchoMeasureLib.imaging.reading import read

pytestmark = pytest.mark.slow

DRAWN = "document.getElementById('drawn').textContent"


def test_firefox_opens_places_drags_plays_and_exports(plax: Path, tmp_path: Path) -> None:
    """By its own keys and mouse: a caliper of 100 pixels, an end dragged, undo, a table."""
    program = find_firefox()
    if program is None:
        pytest.fail("There is no Firefox: apt-get install firefox-esr")
    scale = abs(next(region for region in read(plax).regions if region.usable).delta[1])
    (tmp_path / "browser.json").write_text(json.dumps({"reviewer": "AB", "lengths": "cm"}))
    served = ServedReview(tmp_path, str(plax))
    try:
        with Firefox(program) as fox:
            fox.go(served.address)
            fox.wait("document.getElementById('stage').dataset.picture > 0")
            fox.ask("document.getElementById('place-what').value = 'lvid'")
            fox.click("place")
            fox.wait("!document.getElementById('hand-line').hidden")
            fox.press("Enter", *["Shift+Down"] * 10, "Enter")
            placed = f"LVID {100 * scale:.2f} cm"
            fox.wait(f"{DRAWN} === '{placed}'")
            left, top, width, height = (
                fox.ask(f"document.getElementById('stage').getBoundingClientRect().{side}")
                for side in ("left", "top", "width", "height")
            )
            ways = (
                on_picture((511.5, y), (1024, 768), (width, height)) for y in (483.5, 493, 503.5)
            )
            fox.drag(*((left + x, top + y) for x, y in ways))
            fox.wait("document.getElementById('hand-line').hidden")
            fox.wait(
                f"Math.abs(parseFloat({DRAWN}.match(/[\\d.]+(?= cm)/)[0]) - {120 * scale}) < 0.08"
            )
            fox.press("u")
            fox.wait(f"{DRAWN} === '{placed}'")
            fox.press("d")
            fox.wait(f"{DRAWN}.startsWith('LVIDd')")
            fox.press("p")
            fox.wait("document.getElementById('stage').dataset.frame === '3'")
            fox.press("p")
            fox.wait("document.getElementById('film').hidden")
            fox.press("e")
            fox.wait("document.activeElement.id === 'export-what'")
            fox.press("T", "a", "b")
            fox.wait("document.getElementById('export-says').textContent.includes('patient')")
            fox.click("export")
            fox.wait("!document.getElementById('export-link').hidden")
            text = fox.ask("fetch(document.getElementById('export-link').href).then(a => a.text())")
            assert "lvid" in text
    finally:
        served.stop()
