"""One real scene for all tests of this room, empty for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from reviewed_cine import Reviewed, make_cine
from slicer_scene import HeadlessSlicer, headless_slicer


@pytest.fixture
def slicer_app() -> Iterator[HeadlessSlicer]:
    app = headless_slicer()
    app.render_on_request()
    app.clear()
    yield app
    app.clear()


@pytest.fixture
def reviewed(slicer_app: HeadlessSlicer) -> Reviewed:
    """Five frames on display; LVID predicted on frames 0 to 2, IVS on frame 0, end to end."""
    scene = Reviewed(slicer_app, make_cine())
    for frame in (0, 1, 2):
        scene.predict("lvid", frame, [(100, 120), (220, 120)])
    scene.predict("ivs", 0, [(74, 120), (98, 120)])
    return scene


@pytest.fixture(scope="session")
def screens() -> Path:
    """Where pictures for people to look at are left."""
    return Path(__file__).parents[2] / "build" / "screens"
