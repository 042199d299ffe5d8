"""The user's data lies where the system keeps data of applications."""

from __future__ import annotations

from pathlib import Path

import pytest

from EchoMeasureLib.folders import data_folder


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {}, "/home/a/.local/share/EchoMeasure"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/EchoMeasure"),
        ("darwin", {}, "/home/a/Library/Application Support/EchoMeasure"),
        ("win32", {"LOCALAPPDATA": "/users/a/Local"}, "/users/a/Local/EchoMeasure"),
        ("win32", {}, "/home/a/AppData/Local/EchoMeasure"),
        ("linux", {"ECHOMEASURE_DATA": "/elsewhere/données"}, "/elsewhere/données"),
    ],
)
def test_each_system_has_its_place(
    monkeypatch: pytest.MonkeyPatch, platform: str, environment: dict[str, str], expected: str
) -> None:
    for name in ("ECHOMEASURE_DATA", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr(Path, "home", lambda: Path("/home/a"))
    assert data_folder() == Path(expected)
