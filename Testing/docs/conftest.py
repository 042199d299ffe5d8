"""The pages, and the folder in which their samples run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture
def sample_folder(
    real_file: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The current folder of a sample: `echo.dcm` is the Philips still of an ascending aorta."""
    echo = real_file("JPGLosslessP14SV1_1s_1f_8b.dcm")
    (tmp_path / "echo.dcm").write_bytes(echo.read_bytes())
    Image.new("RGB", (64, 48)).save(tmp_path / "screenshot.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path
