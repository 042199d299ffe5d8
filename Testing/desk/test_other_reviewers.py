"""Others who review the same image at the same time, in the panel or a browser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ultrasound_files import region, write_ultrasound
from watch import Watch

from EchoMeasureLib.desk.desk import Desk
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.review.document import load, save


def test_who_saves_meanwhile_can_be_compared_with(desk: Desk, watch: Watch, tmp_path: Path) -> None:
    """It was said that nobody else had reviewed the image until it was opened again."""
    regions = [region((0, 0, 319, 239), (0.05, 0.05))]
    pixels = np.full((240, 320, 3), 90, np.uint8)
    echo = write_ultrasound(tmp_path / "echo.dcm", pixels, regions)
    desk.set_reviewer("AB")
    desk.load_file(echo)
    review = desk.study.need_review()

    def acts(measurement: str, rows: tuple[float, float]) -> None:
        review.place(measurement, 0, [(160.0, row) for row in rows])
        watch.now += 30
        desk.tick()

    acts("lvid", (60.0, 180.0))
    assert desk.others.names == ()
    place = desk.saving.path
    assert place is not None
    theirs = load(place, read(echo), "CD")
    theirs.place("lvid", 0, [(160.0, 60.0), (160.0, 200.0)])
    save(theirs, place)
    told: list[str] = []
    desk.topics.subscribe(told.append)
    acts("ivs", (40.0, 58.0))
    assert desk.others.names == ("CD",)
    assert told.count("review") == 2, "one of the step, one of what CD has done"
    assert len(desk.others.compare("CD").lines()) == 2
    acts("lvpw", (182.0, 200.0))
    assert told.count("review") == 3, "nothing new of CD"
