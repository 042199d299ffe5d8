"""What the desk keeps of an image names no person."""

from __future__ import annotations

from pathlib import Path

from marked_file import check_bytes, write_marked

from EchoMeasureLib.desk.saving import own_place
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.mrml.description import describe


def test_neither_the_place_of_a_review_nor_a_scene_names_a_person(tmp_path: Path) -> None:
    cine = read(write_marked(tmp_path / "echo.dcm"))
    check_bytes("where it saves itself", str(own_place(cine).name).encode())
    check_bytes("description in a scene", describe(cine).encode())
