"""Going on with a review that was saved in a file: what came after it is not lost in silence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ultrasound_files import region, write_ultrasound

from EchoMeasureLib.desk.desk import Desk
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.review.document import load, save

LVID, IVS = [(160.0, 60.0), (160.0, 180.0)], [(160.0, 40.0), (160.0, 58.0)]


@pytest.fixture
def echo(tmp_path: Path) -> Path:
    """A still of 240 x 320 pixels of 0.5 mm."""
    regions = [region((0, 0, 319, 239), (0.05, 0.05))]
    return write_ultrasound(tmp_path / "echo.dcm", np.full((240, 320, 3), 90, np.uint8), regions)


@pytest.fixture
def saved(desk: Desk, echo: Path, tmp_path: Path) -> Path:
    """AB has placed a diameter, and saved that in a file."""
    desk.set_reviewer("AB")
    desk.load_file(echo)
    desk.study.need_review().place("lvid", 0, LVID)
    desk.save_review(tmp_path / "mine.json")
    return tmp_path / "mine.json"


def the_next_day(desk: Desk, echo: Path) -> None:
    """Close the scene, which saves, and open the image again."""
    desk.close_image()
    desk.study.scene.Clear(False)
    desk.load_file(echo)


def placed(desk: Desk) -> list[str]:
    return [entry.measurement for entry in desk.study.need_review().entries.values()]


def test_a_file_that_is_named_is_gone_on_with_where_it_was_left(
    desk: Desk, echo: Path, saved: Path
) -> None:
    """`echomeasure serve mine.json` on three days; the file itself stays as it was saved."""
    the_next_day(desk, echo)
    desk.go_on_with(saved)
    assert (placed(desk), desk.saving.trouble) == (["lvid"], "")
    desk.study.need_review().place("ivs", 0, IVS)
    before = saved.read_bytes()
    the_next_day(desk, echo)
    desk.go_on_with(saved)
    assert placed(desk) == ["lvid", "ivs"]
    assert "mine.json is an earlier state of this review" in desk.saving.trouble
    the_next_day(desk, echo)
    assert placed(desk) == ["lvid", "ivs"]
    assert list((echo.parent / "data" / "reviews").glob("*-aside-*")) == []
    assert saved.read_bytes() == before


def test_what_a_named_file_does_not_know_is_put_aside_and_that_is_said(
    desk: Desk, echo: Path, saved: Path
) -> None:
    """The file was gone on with elsewhere, and the review here too."""
    elsewhere = load(saved, read(echo), "AB")
    elsewhere.place("la", 0, LVID)
    save(elsewhere, saved)
    desk.study.need_review().place("ivs", 0, IVS)
    the_next_day(desk, echo)
    desk.go_on_with(saved)
    assert placed(desk) == ["lvid", "la"]
    (aside,) = (echo.parent / "data" / "reviews").glob("*-aside-*")
    assert str(aside) in desk.saving.trouble
    assert "steps of AB that are not part of the review in mine.json" in desk.saving.trouble
    assert len(load(aside, read(echo), "AB").entries) == 2


def test_the_own_review_goes_on_where_the_named_file_has_none_of_this_reviewer(
    desk: Desk, echo: Path, saved: Path
) -> None:
    desk.study.need_review().place("ivs", 0, IVS)
    theirs = load(saved, read(echo), "CD")
    theirs.place("la", 0, LVID)
    shared = saved.with_name("theirs.json")
    save(theirs, shared)
    the_next_day(desk, echo)
    desk.go_on_with(shared)
    assert placed(desk) == ["lvid", "ivs"]
    assert "theirs.json holds no review by AB" in desk.saving.trouble
    assert desk.others.names == ("CD",)


def test_steps_that_another_window_saved_are_asked_about_too(
    desk: Desk, echo: Path, saved: Path
) -> None:
    """The present review knows the file; the one that saves itself has come further meanwhile."""
    desk.saving.stop()
    place = next((echo.parent / "data" / "reviews").glob("*.json"))
    desk.saving.follow(desk.study.need_review(), desk.study.need_cine())
    assert desk.saving.question(saved) == ""
    other = load(place, read(echo), "AB")
    other.place("ivs", 0, IVS)
    save(other, place)
    question = desk.saving.question(saved)
    assert f"{place.name} holds {len(other.audit)} steps of AB" in question
    assert question.endswith("Go on with the file?")
